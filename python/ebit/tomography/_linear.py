"""Estimates that are linear in the frequencies, and the way back to a state."""

from __future__ import annotations

import numpy as np

from ebit import _core, _spectrum
from ebit._arrays import ComplexArray, FloatArray, require
from ebit.chain.figures import Figure
from ebit.density import DensityMatrix
from ebit.density._figures import Observable
from ebit.tomography._counts import Model, PauliCounts, Readout, compatible, on_qubits


def expectation(counts: PauliCounts, observable: Observable, *, readout: Readout = 0.0) -> Figure:
    """Estimate the expectation value of a sum of Pauli strings from the settings that measure them.

    Parameters
    ----------
    counts : PauliCounts
    observable : str, dict or list of (str, float)
        A Pauli string or coefficients of some: ``{"XX": 0.5, "ZI": -1.0}``.
    readout : float or array_like, default 0
        Readout errors to undo: the probability of a wrong bit (a number or one per qubit), or
        assignment matrices A[read, true] of shape (2, 2) or (n, 2, 2).

    Returns
    -------
    Figure
        Value and standard error (of the multinomial distribution; strings that are read from the same
        shots are correlated, and counted so), floats or arrays of shape (N,). The error is 0 where
        every shot gave the same outcome. The estimate is unbiased, whatever the errors' sizes.

    Raises
    ------
    ValueError
        If no setting measures one of the strings.

    Notes
    -----
    A string is read from every setting that has its letters, each weighted by its shots.

    Examples
    --------
    >>> import ebit
    >>> counts = ebit.tomography.PauliCounts({"XX": [480, 20, 20, 480]})
    >>> value, standard_error = ebit.tomography.expectation(counts, "XX")
    >>> round(value, 12), round(standard_error, 4)
    (0.92, 0.0124)
    """
    require("counts", counts, PauliCounts)
    terms = DensityMatrix(counts.num_qubits)._terms(observable)
    weights, constant = outcome_weights(counts, [(row, float(value)) for row, value in terms], readout)
    return figure_of(counts, *moments(counts, weights, constant))


def outcome_weights(
    counts: PauliCounts, terms: list[tuple[int, float]], readout: Readout
) -> tuple[FloatArray, float]:
    """Return the estimator of a sum of strings as a number per outcome, and its constant part."""
    model, columns = Model(counts.settings, readout), counts._columns()
    shots, weights, constant = columns.sum(axis=1), np.zeros(columns.shape), 0.0
    for row, value in terms:
        if row == 0:
            constant += value
            continue
        fits, subset = compatible(counts.settings, row)
        if not fits.any():
            text = "".join("IXYZ"[row >> 2 * q & 3] for q in reversed(range(counts.num_qubits)))
            raise ValueError(f"no setting of the counts measures {text}")
        share = np.where(fits[:, None], shots, 0.0)
        weights[:, subset] += value * share / share.sum(axis=0)
    return on_qubits(np.swapaxes(model.inverse(), 1, 2), weights), constant


def moments(counts: PauliCounts, weights: FloatArray, constant: float) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of the sum over settings of a number per outcome."""
    columns = counts._columns()
    shots = columns.sum(axis=1)
    frequencies = columns / shots[:, None]
    means = (weights * frequencies).sum(axis=1)
    spread = ((weights - means[:, None]) ** 2 * frequencies).sum(axis=1)
    return means.sum(axis=0) + constant, (spread / shots).sum(axis=0)


def figure_of(counts: PauliCounts, value: FloatArray, variance: FloatArray) -> Figure:
    error = np.sqrt(variance)
    return Figure(value, error) if counts.batch is not None else Figure(float(value[0]), float(error[0]))


def linear_inversion(counts: PauliCounts, *, readout: Readout = 0.0) -> DensityMatrix:
    """Return the matrix with the measured expectation values: unbiased, but often no state.

    Parameters
    ----------
    counts : PauliCounts
        In settings that determine every Pauli string; all 3**n do.
    readout : float or array_like, default 0
        Readout errors to undo, as in `expectation`.

    Returns
    -------
    DensityMatrix
        With trace 1, and negative eigenvalues where noise made them; `nearest_state` removes these.

    Raises
    ------
    ValueError
        If no setting measures some Pauli string.

    Notes
    -----
    James, Kwiat, Munro and White, Phys. Rev. A 64, 052312 (2001). A string is read from every setting
    that has its letters, each weighted by its shots.

    Examples
    --------
    >>> import ebit
    >>> counts = ebit.tomography.simulate(ebit.DensityMatrix.bell(), 100, rng=7)
    >>> ebit.tomography.linear_inversion(counts).expectation("XX")
    1.0
    """
    require("counts", counts, PauliCounts)
    return _state(linear_rows(counts, readout), counts)


def linear_rows(counts: PauliCounts, readout: Readout) -> FloatArray:
    """Return the measured expectation values, shape (4**n, N)."""
    model, columns = Model(counts.settings, readout), counts._columns()
    sums = on_qubits(model.inverse(), columns)  # expectation values times shots
    total, shots = np.zeros((4**counts.num_qubits, columns.shape[-1])), columns.sum(axis=1)
    weight = np.zeros_like(total)
    for setting, rows in enumerate(model.rows):
        total[rows] += sums[setting]
        weight[rows] += shots[setting]
    missing = np.flatnonzero(weight[:, 0] == 0.0)
    if len(missing):
        n = counts.num_qubits
        text = "".join("IXYZ"[int(missing[0]) >> 2 * q & 3] for q in reversed(range(n)))
        raise ValueError(f"no setting of the counts measures {text}, nor {len(missing) - 1} other strings")
    return total / weight


def nearest_state(state: DensityMatrix) -> DensityMatrix:
    """Return the state with the smallest Hilbert-Schmidt distance to an unphysical matrix of trace 1.

    Parameters
    ----------
    state : DensityMatrix
        Such as `linear_inversion` returns it.

    Returns
    -------
    DensityMatrix
        A new one. What is a state stays as it is to rounding.

    Raises
    ------
    TypeError
        If `state` is no DensityMatrix.

    Notes
    -----
    Smolin, Gambetta and Smith, Phys. Rev. Lett. 108, 070502 (2012): the maximum-likelihood state under
    Gaussian noise that is the same for all Pauli strings. The eigenvalues are moved onto the simplex of
    probabilities.

    Examples
    --------
    >>> import ebit
    >>> rough = ebit.DensityMatrix.from_coefficients([1, 0, 0, 1.25], positivity=False)
    >>> ebit.tomography.nearest_state(rough).expectation("Z")
    1.0
    """
    require("state", state, DensityMatrix)
    nearest = state.copy()
    rows = state.coefficients.reshape(len(state.coefficients), -1)
    nearest.coefficients[...] = nearest_rows(rows).reshape(state.coefficients.shape)
    return nearest


def nearest_rows(rows: FloatArray) -> FloatArray:
    """`nearest_state` on coefficients of shape (4**n, N)."""
    values, vectors = np.linalg.eigh(_spectrum.matrices(rows))
    kept = _on_simplex(values)
    matrices: ComplexArray = (vectors * kept[:, None, :]) @ np.conj(np.swapaxes(vectors, -1, -2))
    state = _core.DensityMatrix(_spectrum.num_qubits(rows), rows.shape[1])
    _core.set_matrices(state, matrices, False, np.inf)
    return state.coefficients


def _on_simplex(values: FloatArray) -> FloatArray:
    """Return the nearest probabilities: a common shift, and zero where that is negative; rows ascend."""
    descending = values[:, ::-1]
    counts = np.arange(1, values.shape[1] + 1)
    shifts = (np.cumsum(descending, axis=1) - 1.0) / counts
    last = (descending > shifts).sum(axis=1) - 1  # how many stay positive
    shift = np.take_along_axis(shifts, last[:, None], axis=1)
    return np.maximum(values - shift, 0.0)


def _state(rows: FloatArray, counts: PauliCounts) -> DensityMatrix:
    state = DensityMatrix(counts.num_qubits, counts.batch)
    state.coefficients[...] = rows.reshape(state.coefficients.shape)
    return state
