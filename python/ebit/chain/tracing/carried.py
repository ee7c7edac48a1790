"""Pairs whose state decides what happens to them, and what decay, swaps and distillations make of them.

Swap outcomes are kept as a Pauli frame of the right qubit until a distillation or delivery; the state is
the average over them with the frame undone. Where the right qubit relaxes toward one of its states, that
feeds its Z, seen through the frame, by the mean of the frame's sign: one more vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebit import channels
from ebit._arrays import FloatArray
from ebit.state import BellMeasurement, Pair

_SIGNS = np.array((1.0, 1.0, -1.0, 1.0))


@dataclass(frozen=True)
class Carried:
    """The state of a pair.

    Parameters
    ----------
    correlations : ndarray, shape (4, 4)
        With the frame undone.
    framed : ndarray, shape (4,)
        The first column of the correlations, averaged with the sign that the frame gives Z.
    """

    correlations: FloatArray
    framed: FloatArray

    @classmethod
    def without_frame(cls, correlations: FloatArray) -> Carried:
        return cls(correlations, correlations[:, 0])

    @property
    def fidelity(self) -> float:
        return float(_SIGNS @ np.diag(self.correlations)) / 4.0

    def decayed(self, left: FloatArray, right: FloatArray) -> Carried:
        """Return the pair after the decay, as transfer matrices, of its two memories."""
        framed = left @ self.framed
        correlations = left @ self.correlations * np.diag(right)
        correlations[:, 3] += left @ self.framed * right[3, 0]
        return Carried(correlations, framed)


def swapped(left: Carried, right: Carried, bsm: BellMeasurement) -> Carried:
    """Return what a swap makes of two pairs."""
    factors = _SIGNS * np.asarray(bsm.noise)
    correlations = left.correlations * (factors * np.diag(right.correlations))
    return Carried(correlations, left.correlations[:, 3] * (factors[3] * right.framed[3]))


def distilled(
    operation: str, kept: Carried, measured: Carried, left: BellMeasurement, right: BellMeasurement
) -> tuple[float, Carried]:
    """Return the probability of success, and the state of the kept pair given success.

    Both nodes apply a CNOT from the qubit of the kept pair to that of the measured one, then read the
    latter; the kept pair is good if the readouts agree, of EPL if both are 1.
    """
    pairs = [pair.correlations for pair in (kept, measured)]
    if operation == "bbpssw":
        pairs = [_werner(pair) for pair in pairs]
    if operation == "dejmps":
        quarter = channels.unitary("SQRT_X").ptm
        pairs = [quarter @ pair @ quarter for pair in pairs]  # Rx(pi/2) left, Rx(-pi/2) right
    # Axes: left and right qubit of the kept pair, then of the measured one.
    joint = np.einsum("ij,kl->ijkl", *pairs)
    joint = np.einsum("acik,ijkl->ajcl", _noisy_cnot(left), joint)
    joint = np.einsum("bdjl,ijkl->ibkd", _noisy_cnot(right), joint)
    of_left, of_right = (1.0 - 2.0 * bsm.p_readout_error for bsm in (left, right))
    good = (joint[:, :, 0, 0] + of_left * of_right * joint[:, :, 3, 3]) / 2.0
    if operation == "epl":
        good = good / 2.0 - (of_left * joint[:, :, 3, 0] + of_right * joint[:, :, 0, 3]) / 4.0
    p_success = float(good[0, 0])
    state: FloatArray = good / p_success if p_success > 0.0 else good
    return p_success, Carried.without_frame(_werner(state) if operation == "bbpssw" else state)


def _werner(correlations: FloatArray) -> FloatArray:
    twirled: FloatArray = Pair._of(correlations).twirled("werner").correlations
    return twirled


def _noisy_cnot(bsm: BellMeasurement) -> FloatArray:
    """Pauli transfer of a CNOT after which both qubits are replaced with some probability."""
    noise = channels.two_qubit_depolarizing(p_replace=bsm.p_replace)
    return (noise @ channels.unitary("CX")).ptm.reshape(4, 4, 4, 4)
