"""Entanglement swapping of two pairs."""

from __future__ import annotations

import numpy as np

from ebit import _core
from ebit._arrays import FloatArray, elementwise
from ebit.state.bell_measurement import BellMeasurement
from ebit.state.pairs import BellDiagonal, Pair, PairState, Werner, form_of_rank

_PERFECT = BellMeasurement()


def swap(left: PairState, right: PairState, bsm: BellMeasurement = _PERFECT) -> PairState:
    """Return the pair that a Bell measurement on the inner qubits of two pairs leaves.

    The average over outcomes, the reported Pauli undone on the right qubit, given that the
    measurement succeeded.

    Parameters
    ----------
    left, right : PairState
        The measurement takes the right qubit of `left` and the left qubit of `right`; batch shapes
        broadcast.
    bsm : BellMeasurement
        Perfect by default.

    Returns
    -------
    PairState
        In the most special form that is exact whatever the numbers. Bell-diagonal if `left` is (the
        right pair counts only with its Bell weights), Werner if both are and the measurement does
        not tell the Bell states apart (no readout errors), else a `Pair`.

    Raises
    ------
    TypeError
        If an argument is not a pair state or not a Bell measurement.
    ValueError
        If the batch shapes do not broadcast.

    Notes
    -----
    C = C_left diag(1, 1, -1, 1) diag(bsm.noise) diag(C_right). Zukowski, Zeilinger, Horne and Ekert,
    Phys. Rev. Lett. 71, 4287 (1993).

    Examples
    --------
    >>> import ebit
    >>> ebit.swap(ebit.Werner(0.9), ebit.Werner(0.8), ebit.BellMeasurement(p_replace=0.1)).w.round(12)
    np.float64(0.648)
    """
    noise = _noise(bsm)
    correlations = elementwise(_core.swap, (4, 4), *_parameters(left, right, noise))
    even = Werner.rank if np.all(noise[1:] == noise[1]) else BellDiagonal.rank
    rank = min(left.rank, max(BellDiagonal.rank, min(right.rank, even)))
    return form_of_rank(rank)._from_correlations(correlations)


def swap_outcomes(
    left: PairState, right: PairState, bsm: BellMeasurement = _PERFECT, *, corrected: bool = False
) -> tuple[FloatArray, Pair]:
    """Return the probability of each outcome of a swap and the pair it leaves.

    Parameters
    ----------
    left, right, bsm
        As in `swap`.
    corrected : bool
        Whether the reported Pauli is undone on the right qubit.

    Returns
    -------
    probabilities : ndarray, shape (..., 4)
        Outcomes in the order of the Bell states Phi+, Phi-, Psi+, Psi-; their Paulis are I, Z, X, Y.
    pairs : Pair, shape (..., 4)
        The state after each outcome. An outcome less likely than 1e-12 has no state to speak of and
        gets the maximally mixed one, so that averages over outcomes stand.

    Raises
    ------
    TypeError
        If an argument is not a pair state or not a Bell measurement.
    ValueError
        If the batch shapes do not broadcast.

    Examples
    --------
    >>> import ebit
    >>> phi_plus = ebit.Werner(1.0)
    >>> probabilities, pairs = ebit.swap_outcomes(phi_plus, phi_plus)
    >>> probabilities.tolist()
    [0.25, 0.25, 0.25, 0.25]
    >>> [float(pairs[m].fidelity(state)) for m, state in enumerate(ebit.state.BELL_STATES)]
    [1.0, 1.0, 1.0, 1.0]
    """
    branches = elementwise(_core.swap_outcomes, (64,), *_parameters(left, right, _noise(bsm)))
    if corrected:
        branches = elementwise(_core.undo_paulis, (64,), ("branches", branches, (64,)))
    branches = branches.reshape((*branches.shape[:-1], 4, 4, 4))
    states = elementwise(_core.normalised, (4, 4), ("branches", branches, (4, 4)))
    return branches[..., 0, 0].copy(), Pair._of(states)


def _noise(bsm: BellMeasurement) -> FloatArray:
    if not isinstance(bsm, BellMeasurement):
        raise TypeError(f"bsm = {bsm!r} is not allowed: it must be a BellMeasurement")
    return bsm.noise


def _parameters(
    left: PairState, right: PairState, noise: FloatArray
) -> tuple[tuple[str, FloatArray, tuple[int, ...]], ...]:
    for name, state in (("left", left), ("right", right)):
        if not isinstance(state, PairState):
            raise TypeError(f"{name} = {state!r} is not allowed: it must be a Pair, BellDiagonal or Werner")
    return ("left", left.correlations, (4, 4)), ("right", right.correlations, (4, 4)), ("noise", noise, (4,))
