"""What a streaming estimate knows of a chain: figures with standard errors, and distributions."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ebit import _core
from ebit._arrays import FloatArray, IntArray
from ebit.chain.description import Chain
from ebit.chain.protocols import Nested
from ebit.chain.run import provenance, state_entries
from ebit.state import Pair

# Where a quantity stands in the moments; features of the delivered state come after.
_WAITING_TIME, _ATTEMPTS, _FIRST_FEATURE = range(3)

# The error rate of a basis is (1 - sign * correlation) / 2.
_SIGNS = {"x": 1.0, "y": -1.0, "z": 1.0}

#: Figures of a chain, in the order in which they are reported.
FIGURES = (
    "rate",
    "waiting_time",
    "attempts",
    "fidelity",
    "qber_x",
    "qber_y",
    "qber_z",
    "secret_fraction",
    "secret_key_rate",
)


class Figure(NamedTuple):
    """An estimated figure and its standard error.

    Attributes
    ----------
    value : float
        In the unit of the figure, see `Summary.figures`.
    standard_error : float
        In the same unit; NaN for fewer than two shots.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=1.0, attempt_time=0.5, fidelity=0.9)])
    >>> value, standard_error = ebit.estimate(chain, shots=100, rng=7).figures["rate"]
    >>> value, standard_error
    (2.0, 0.0)
    """

    value: float
    standard_error: float


class Summary:
    """A summary of the shots a run has seen; it keeps no samples.

    The secret fraction is the asymptotic one of BB84 with entangled pairs (BBM92), clipped at zero,
    of the mean state; the secret key rate is the rate of pairs times it. Rates are 1 / E[T]; errors
    of non-linear figures follow from the covariance of time and state (delta method).

    Attributes
    ----------
    chain : Chain
    of : str
        The figure that the run was for.
    key, first_shot : int
        With the chain and the number of shots they say what was sampled.
    complete : bool
        Whether the run reached what it was asked for: its shots, or its target relative error.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.9)])
    >>> summary = ebit.estimate(chain, shots=10_000, rng=7)
    >>> summary.shots, round(summary.figures["fidelity"].value, 6)
    (10000, 0.9)
    """

    def __init__(
        self, chain: Chain, moments: _core.Summary, of: str, key: int, first_shot: int, complete: bool
    ) -> None:
        self.chain = chain
        self.of = of
        self.key = key
        self.first_shot = first_shot
        self.complete = complete
        self.shots = moments.shots
        self._means = moments.means()
        self._covariances = moments.covariances()
        self._waiting_time_counts = moments.waiting_time_counts()
        self._fidelity_counts = moments.fidelity_counts()

    def __repr__(self) -> str:
        return f"Summary({self.of} = {self.value:.6g} +- {self.standard_error:.2g}, {self.shots} shots)"

    def __str__(self) -> str:
        from ebit.report import table

        return table(self)

    @property
    def value(self) -> float:
        """The figure that the run was for."""
        return self.figures[self.of].value

    @property
    def standard_error(self) -> float:
        """Its standard error."""
        return self.figures[self.of].standard_error

    @property
    def is_constant(self) -> bool:
        """Whether the figure that the run was for is the same in every shot of the chain."""
        chain = self.chain
        certain = all(link.p_success == 1.0 for link in chain.links)
        certain &= all(node.bsm.p_success == 1.0 for node in chain.nodes[1:-1])
        of_state = self.of not in ("rate", "waiting_time", "attempts", "secret_key_rate")
        state_varies = any(feature >= 0 for _, _, feature in state_entries(chain))
        return (certain and not isinstance(chain.protocol, Nested)) or (of_state and not state_varies)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """All figures by name; see `FIGURES`.

        `rate` in Hz, `waiting_time` in s, `secret_key_rate` in bit/s, the others are pure numbers.
        """
        if self.shots == 0:
            return dict.fromkeys(FIGURES, Figure(math.nan, math.nan))
        return {name: getattr(self, f"_{name}") for name in FIGURES}

    @cached_property
    def pair(self) -> Pair:
        """The mean state of the delivered pairs."""
        return Pair._of(np.array([entry.value for entry in self._entries]).reshape(4, 4))

    def waiting_time_histogram(self) -> tuple[IntArray, FloatArray]:
        """Return counts, shape (bins,), and bin edges in seconds, shape (bins + 1,).

        There are 256 bins per factor of two; bins before the first and after the last count are left
        out.

        Returns
        -------
        counts : int64 array, shape (bins,)
        edges : float64 array, shape (bins + 1,)

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.9)])
        >>> counts, edges = ebit.estimate(chain, shots=1000, rng=7).waiting_time_histogram()
        >>> int(counts.sum()), float(edges[0])
        (1000, 1.0)
        """
        seen = np.flatnonzero(self._waiting_time_counts)
        if len(seen) == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(1)
        first, last = int(seen[0]), int(seen[-1])
        return self._waiting_time_counts[first : last + 1], _core.waiting_time_edges()[first : last + 2]

    def fidelity_histogram(self) -> tuple[IntArray, FloatArray]:
        """Return counts, shape (1000,), and bin edges, shape (1001,), of the pairs' fidelities.

        The fidelity of a shot is that of its pair given its timing record.

        Returns
        -------
        counts : int64 array, shape (1000,)
        edges : float64 array, shape (1001,)

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.95)])
        >>> counts, edges = ebit.estimate(chain, shots=1000, rng=7).fidelity_histogram()
        >>> int(counts.sum()), edges.shape
        (1000, (1001,))
        """
        return self._fidelity_counts, np.linspace(0.0, 1.0, len(self._fidelity_counts) + 1)

    def waiting_time_quantile(self, q: float) -> Figure:
        """Return the time in seconds within which a share `q` of the pairs is delivered.

        Read from the histogram, so exact to its bins (0.4 % of the value); the standard error covers
        the sampling alone.

        Parameters
        ----------
        q : float
            In (0, 1).

        Returns
        -------
        Figure
            Seconds.

        Raises
        ------
        ValueError
            If `q` is not in (0, 1), or there are no shots.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.01, fidelity=1.0)])
        >>> round(ebit.estimate(chain, shots=1_000_000, rng=7).waiting_time_quantile(0.5).value)
        69
        """
        if not 0.0 < q < 1.0:
            raise ValueError(f"q = {q} is not allowed: it must be in (0, 1)")
        if self.shots == 0:
            raise ValueError("a quantile needs at least one shot")
        spread = math.sqrt(q * (1.0 - q) / self.shots)
        low, value, high = (self._quantile(p) for p in (q - spread, q, q + spread))
        return Figure(value, (high - low) / 2.0)

    @property
    def provenance(self) -> dict[str, Any]:
        """What makes this summary again: chain, key, shots, version, instruction set."""
        return {**provenance(self.chain, self.key), "first_shot": self.first_shot, "shots": self.shots}

    def _quantile(self, q: float) -> float:
        counts, edges = self.waiting_time_histogram()
        cumulative = np.cumsum(counts)
        bin_ = int(np.searchsorted(cumulative, min(max(q, 0.0), 1.0) * self.shots))
        return float(edges[min(bin_, len(counts) - 1)])

    # A quantity of the mean vector, as its value and its gradient, becomes a figure.

    def _figure(self, value: float, gradient: FloatArray) -> Figure:
        if self.shots < 2:
            return Figure(value, math.nan)
        variance = float(gradient @ self._covariances @ gradient) / self.shots
        return Figure(value, math.sqrt(max(variance, 0.0)))

    def _unit(self, quantity: int, scale: float = 1.0) -> FloatArray:
        gradient = np.zeros(len(self._means))
        gradient[quantity] = scale
        return gradient

    def _mean(self, quantity: int) -> Figure:
        return self._figure(float(self._means[quantity]), self._unit(quantity))

    @property
    def _waiting_time(self) -> Figure:
        return self._mean(_WAITING_TIME)

    @property
    def _attempts(self) -> Figure:
        return self._mean(_ATTEMPTS)

    @property
    def _fidelity(self) -> Figure:
        weighted = [(_SIGNS.get(basis, 1.0) / 4.0, self._entries[5 * i]) for i, basis in enumerate("ixyz")]
        value = sum(weight * entry.value for weight, entry in weighted)
        return self._figure(value, np.sum([weight * entry.gradient for weight, entry in weighted], axis=0))

    @property
    def _rate(self) -> Figure:
        return self._figure(*self._rate_and_gradient)

    @property
    def _rate_and_gradient(self) -> tuple[float, FloatArray]:
        time = float(self._means[_WAITING_TIME])
        return 1.0 / time, self._unit(_WAITING_TIME, -1.0 / time**2)

    @cached_property
    def _entries(self) -> list[_Entry]:
        entries = []
        for constant, amplitude, feature in state_entries(self.chain):
            gradient = np.zeros(len(self._means))
            value = constant
            if feature >= 0:
                gradient = self._unit(_FIRST_FEATURE + feature, amplitude)
                value += amplitude * float(self._means[_FIRST_FEATURE + feature])
            entries.append(_Entry(value, gradient))
        return entries

    def _qber(self, basis: str) -> _Entry:
        value, gradient = self._entries[5 * (1 + list(_SIGNS).index(basis))]
        sign = _SIGNS[basis]
        return _Entry(min(max((1.0 - sign * value) / 2.0, 0.0), 1.0), -0.5 * sign * gradient)

    @property
    def _qber_x(self) -> Figure:
        return self._figure(*self._qber("x"))

    @property
    def _qber_y(self) -> Figure:
        return self._figure(*self._qber("y"))

    @property
    def _qber_z(self) -> Figure:
        return self._figure(*self._qber("z"))

    @property
    def _fraction_and_gradient(self) -> _Entry:
        fraction = float(self.pair.secret_fraction("bb84"))
        gradient = np.zeros(len(self._means))
        if fraction > 0.0:
            for qber in (self._qber("x"), self._qber("z")):
                # At an error rate of 0 nothing varies, and the slope of the entropy is infinite.
                if 0.0 < qber.value < 1.0:
                    gradient -= math.log2((1.0 - qber.value) / qber.value) * qber.gradient
        return _Entry(fraction, gradient)

    @property
    def _secret_fraction(self) -> Figure:
        return self._figure(*self._fraction_and_gradient)

    @property
    def _secret_key_rate(self) -> Figure:
        rate, rate_gradient = self._rate_and_gradient
        fraction, fraction_gradient = self._fraction_and_gradient
        return self._figure(rate * fraction, rate * fraction_gradient + fraction * rate_gradient)


class _Entry(NamedTuple):
    value: float
    gradient: FloatArray
