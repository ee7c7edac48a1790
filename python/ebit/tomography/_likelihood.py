"""Maximum likelihood, with a bound on how far it still is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ebit import _spectrum
from ebit._arrays import FloatArray, IntArray, as_float, as_int, require
from ebit.density import DensityMatrix
from ebit.density._figures import Figure
from ebit.tomography._counts import Model, PauliCounts, Readout
from ebit.tomography._linear import _state, linear_rows, nearest_rows

_MIX = 0.1  # white noise in the first guess, so that no outcome is impossible
_GROW, _SHRINK = 1.5, 0.5
_CHECK_EVERY = 5
# A smaller change of the log-likelihood per shot is lost in rounding: then slopes decide.
_ROUNDING = 1e-11
# A smaller gap per shot cannot be told from rounding.
_LEAST_GAP = 1e-13


class MaximumLikelihood(NamedTuple):
    """The most likely state and the proof that it is.

    Attributes
    ----------
    state : DensityMatrix
    log_likelihood : float or array
        Sum of counts times log probability, in nats.
    gap : float or array
        No state has a log-likelihood that is higher by more than this, in nats.
    iterations : int or array

    Examples
    --------
    >>> import ebit
    >>> counts = ebit.tomography.simulate(ebit.DensityMatrix.bell(), 100, rng=7)
    >>> ebit.tomography.maximum_likelihood(counts).gap < 1e-3
    True
    """

    state: DensityMatrix
    log_likelihood: Figure
    gap: Figure
    iterations: int | IntArray


def log_likelihood(counts: PauliCounts, state: DensityMatrix, *, readout: Readout = 0.0) -> Figure:
    """Return the logarithm of the probability of the counts, without the multinomial coefficients.

    Parameters
    ----------
    counts : PauliCounts
    state : DensityMatrix
        On as many qubits; single ones broadcast against batches.
    readout : float or array_like, default 0
        Readout errors of the experiment: the probability of a wrong bit (a number or one per qubit), or
        assignment matrices A[read, true] of shape (2, 2) or (n, 2, 2).

    Returns
    -------
    float or array, shape (N,)
        Nats; minus infinity where an outcome was seen that the state never gives.

    Raises
    ------
    ValueError
        If counts and state do not fit each other.

    Examples
    --------
    >>> import ebit
    >>> counts = ebit.tomography.PauliCounts({"Z": [3, 1]})
    >>> round(ebit.tomography.log_likelihood(counts, ebit.DensityMatrix.product("+")), 6)
    -2.772589
    """
    require("counts", counts, PauliCounts)
    require("state", state, DensityMatrix)
    if counts.num_qubits != state.num_qubits:
        raise ValueError(f"the state has {state.num_qubits} qubits, the counts {counts.num_qubits}")
    if None not in (counts.batch, state.batch) and counts.batch != state.batch:
        raise ValueError(f"the batches have {state.batch} and {counts.batch} elements: they must agree")
    model = Model(counts.settings, readout)
    rows = state.coefficients.reshape(len(state.coefficients), -1)
    value = -_loss(counts._columns(), model.probabilities(rows))
    return float(value[0]) if counts.batch is None and state.batch is None else value


def maximum_likelihood(
    counts: PauliCounts, *, readout: Readout = 0.0, tolerance: float = 1e-3, max_iterations: int = 10000
) -> MaximumLikelihood:
    """Return the state under which the counts are most likely.

    Parameters
    ----------
    counts : PauliCounts
        In any settings; where they do not determine the state, it is one of the most likely ones.
    readout : float or array_like, default 0
        Readout errors of the experiment, which become part of the likelihood: the probability of a wrong
        bit (a number or one per qubit), or assignment matrices A[read, true] of shape (2, 2) or
        (n, 2, 2).
    tolerance : float, default 1e-3
        The search ends when no state can have a log-likelihood that is higher by more than this (nats; a
        standard deviation is half a nat), or when rounding hides it.
    max_iterations : int, default 10000
        The search ends here in any case; `gap` says what is still missing.

    Returns
    -------
    MaximumLikelihood
        State, log-likelihood, gap and number of iterations.

    Raises
    ------
    ValueError
        If `tolerance` is not positive or `max_iterations` below 1.

    Notes
    -----
    Hradil, Phys. Rev. A 55, R1561 (1997). The search is projected gradient ascent with momentum and
    restarts: Shang, Zhang and Ng, Phys. Rev. A 95, 062336 (2017), with the projection of `nearest_state`.
    The log-likelihood L is concave, so that with R = dL/d rho no state has more than
    L + max eigenvalue of R - tr(R rho): that is `gap`, and Hradil's condition R rho = N rho makes it zero.

    Examples
    --------
    >>> import ebit
    >>> true = ebit.DensityMatrix.from_pair(ebit.Werner(0.9))
    >>> counts = ebit.tomography.simulate(true, 10_000, readout=0.02, rng=7)
    >>> found = ebit.tomography.maximum_likelihood(counts, readout=0.02)
    >>> abs(found.state.fidelity() - true.fidelity()) < 0.005
    True
    """
    require("counts", counts, PauliCounts)
    limit, most = as_float("tolerance", tolerance), as_int("max_iterations", max_iterations)
    if not limit > 0.0:
        raise ValueError(f"tolerance = {limit} is not allowed: it must be positive")
    if most < 1:
        raise ValueError(f"max_iterations = {most} is not allowed: it must be at least 1")
    model, columns = Model(counts.settings, readout), counts._columns()
    totals = columns.sum(axis=(0, 1))
    search = _Search(model, columns / totals, _first_guess(counts, readout))
    search.run(np.maximum(limit / totals, _LEAST_GAP), most)
    value = -_loss(columns, model.probabilities(search.rows))
    gap = np.maximum(0.0, totals * search.gap)
    state = _state(search.rows, counts)
    if counts.batch is not None:
        return MaximumLikelihood(state, value, gap, search.iterations)
    return MaximumLikelihood(state, float(value[0]), float(gap[0]), int(search.iterations[0]))


def _first_guess(counts: PauliCounts, readout: Readout) -> FloatArray:
    """Return the nearest state to the linear estimate, or white noise if there is none; with some noise."""
    try:
        rows = nearest_rows(linear_rows(counts, readout)).copy()
    except ValueError:
        rows = np.zeros((4**counts.num_qubits, counts._columns().shape[-1]))
        rows[0] = 1.0
    rows[1:] *= 1.0 - _MIX
    return rows


def _loss(weights: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Return -sum w log p, infinite where something impossible was seen."""
    seen = weights > 0.0
    safe = np.where(seen & (probabilities > 0.0), probabilities, 1.0)
    loss: FloatArray = -(weights * np.log(safe)).sum(axis=(0, 1))
    return np.where((seen & (probabilities <= 0.0)).any(axis=(0, 1)), np.inf, loss)


class _Search:
    """Accelerated projected gradient descent of -sum f log p, for a batch of experiments at once.

    An element that is done leaves the batch; every one has its own step, momentum and restarts, so that
    none depends on the others.
    """

    def __init__(self, model: Model, frequencies: FloatArray, rows: FloatArray) -> None:
        size = rows.shape[1]
        self.model, self.frequencies, self.rows = model, frequencies, rows
        self.gap = np.full(size, np.inf)
        self.iterations = np.zeros(size, dtype=np.int64)
        self._step = np.ones(size)
        self._theta = np.ones(size)
        self._ahead = rows.copy()  # where the gradient is taken: beyond `rows` by the momentum
        self._value = _loss(frequencies, model.probabilities(rows))

    def run(self, limit: FloatArray, max_iterations: int) -> None:
        active = np.arange(self.rows.shape[1])
        for iteration in range(1, max_iterations + 1):
            self.iterations[active] = iteration
            self._advance(active)
            if iteration % _CHECK_EVERY == 0 or iteration == max_iterations:
                self.gap[active] = self._gap(active)
                active = active[self.gap[active] > limit[active]]
                if len(active) == 0:
                    return

    def _gradient(self, active: IntArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        probabilities = self.model.probabilities(rows)
        weights = self.frequencies[..., active]
        safe = np.where(weights > 0.0, probabilities, 1.0)
        return _loss(weights, probabilities), -self.model.adjoint(weights / safe)

    def _gap(self, active: IntArray) -> FloatArray:
        """Return max eigenvalue of R - tr(R rho), R = sum f E / p."""
        rows = self.rows[:, active]
        _, gradient = self._gradient(active, rows)
        largest = _spectrum.eigenvalues(-gradient * (1 << self.model.num_qubits))[-1]
        gap: FloatArray = largest + np.einsum("rk,rk->k", gradient, rows)
        return gap

    def _advance(self, active: IntArray) -> None:
        ahead = self._ahead[:, active]
        outside = ~np.isfinite(_loss(self.frequencies[..., active], self.model.probabilities(ahead)))
        ahead[:, outside] = self.rows[:, active[outside]]
        self._theta[active[outside]] = 1.0
        value, gradient = self._gradient(active, ahead)
        new, new_value = self._descend(active, ahead, value, gradient)
        # Where the momentum leads uphill, it starts again (O'Donoghue and Candes, 2015), and what it led to
        # is dropped if it is worse.
        worse = new_value > self._value[active] + _ROUNDING
        new[:, worse], new_value[worse] = self.rows[:, active[worse]], self._value[active[worse]]
        move = new - self.rows[:, active]
        restart = worse | ((gradient * move).sum(axis=0) > 0.0)
        theta = np.where(restart, 1.0, self._theta[active])
        following = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * theta**2))
        self._ahead[:, active] = new + (theta - 1.0) / following * move
        self.rows[:, active], self._value[active] = new, new_value
        self._theta[active] = following

    def _descend(
        self, active: IntArray, start: FloatArray, value: FloatArray, gradient: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Take the longest step that the quadratic bound allows, of those that halve."""
        new, new_value = start.copy(), value.copy()
        self._step[active] *= _GROW
        left = np.arange(len(active))
        for _ in range(100):
            step = self._step[active[left]]
            tried = nearest_rows(start[:, left] - step * gradient[:, left])
            tried_value, slope = self._gradient(active[left], tried)
            move = tried - start[:, left]
            change, squared = (gradient[:, left] * move).sum(axis=0), (move**2).sum(axis=0)
            by_value = tried_value <= value[left] + change + 0.5 * squared / step
            by_slope = ((slope - gradient[:, left]) * move).sum(axis=0) <= squared / step
            good = np.where(np.abs(change) > _ROUNDING, by_value, by_slope & np.isfinite(tried_value))
            new[:, left[good]], new_value[left[good]] = tried[:, good], tried_value[good]
            left = left[~good]
            if len(left) == 0:
                break
            self._step[active[left]] *= _SHRINK
        return new, new_value
