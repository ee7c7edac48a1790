"""States of pairs where what happens depends on them: averages over swap outcomes, given all else.

The Pauli that a swap leaves on the right qubit is undone at the next distillation, or at delivery. Until
then it waits with the qubit, which makes a difference to memories that relax toward one of their states.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebit import channels
from ebit._arrays import FloatArray
from ebit.chain.description import Chain
from ebit.memory import Memory
from ebit.state import BellMeasurement, Pair

_TARGET = np.array([1.0, 1.0, -1.0, 1.0])  # diagonal correlations of Phi+


@dataclass(frozen=True, slots=True)
class State:
    """Correlations as if all Paulis were undone; `framed` is E[C[i][0] s], s = -1 where one flips Z."""

    correlations: FloatArray
    framed: FloatArray

    @classmethod
    def of(cls, correlations: FloatArray) -> State:
        """Return a state with nothing to undo."""
        return cls(correlations, correlations[:, 0])

    @property
    def fidelity(self) -> float:
        """Fidelity with Phi+."""
        return float(_TARGET @ self.correlations.diagonal()) / 4.0

    def waited(self, left: Memory, right: Memory, seconds: float) -> State:
        """Return the state after both qubits were stored."""
        of_left, of_right = left.decay(seconds).ptm, right.decay(seconds).ptm
        correlations = of_left @ self.correlations
        framed = of_left @ self.framed
        correlations = correlations * of_right.diagonal()
        correlations[:, 3] += of_right[3, 0] * framed
        return State(correlations, framed)


def stored(chain: Chain, state: State, nodes: tuple[int, int], seconds: float) -> State:
    """Return the state of a pair that two nodes have held for a time."""
    if chain.pair_decay == "once":  # at the mean rate of the two
        seconds *= 0.5
    left, right = (chain.nodes[node].memory if chain.stores(node) else Memory() for node in nodes)
    return state.waited(left, right, seconds)


def swapped(left: State, right: State, bsm: BellMeasurement) -> State:
    """Return the pair that a Bell measurement on the inner qubits leaves."""
    signs = _TARGET * bsm.noise
    return State(
        left.correlations * signs * right.correlations.diagonal(),
        left.correlations[:, 3] * signs[3] * right.framed[3],
    )


def distilled(
    operation: str, kept: State, measured: State, left: BellMeasurement, right: BellMeasurement
) -> tuple[float, State]:
    """Return the probability of success, and the state of the kept pair given success.

    Both nodes apply a CNOT from the qubit of the kept pair to that of the measured one, then read the
    latter; the kept pair is good if the readouts agree ("epl": if both are 1).
    """
    pairs = [state.correlations for state in (kept, measured)]
    if operation == "bbpssw":
        pairs = [_werner(pair) for pair in pairs]
    if operation == "dejmps":
        quarter = channels.unitary("SQRT_X").ptm
        pairs = [quarter @ pair @ quarter for pair in pairs]  # Rx(pi/2) left, Rx(-pi/2) right
    # Axes: left and right qubit of the kept pair, then of the measured one.
    joint = np.einsum("ij,kl->ijkl", *pairs)
    joint = np.einsum("acik,ijkl->ajcl", _noisy_cnot(left), joint)
    joint = np.einsum("bdjl,ajcl->abcd", _noisy_cnot(right), joint)
    a, b = (1.0 - 2.0 * bsm.p_readout_error for bsm in (left, right))
    good = (joint[:, :, 0, 0] + a * b * joint[:, :, 3, 3]) / 2.0
    if operation == "epl":
        good = good / 2.0 - (a * joint[:, :, 3, 0] + b * joint[:, :, 0, 3]) / 4.0
    p_success = float(good[0, 0])
    if p_success <= 0.0:
        return 0.0, kept
    state = good / p_success
    return p_success, State.of(_werner(state) if operation == "bbpssw" else state)


def _werner(correlations: FloatArray) -> FloatArray:
    return Pair._of(correlations).twirled("werner").correlations


def _noisy_cnot(bsm: BellMeasurement) -> FloatArray:
    """Pauli transfer of a CNOT after which both qubits are replaced with some probability."""
    noise = channels.two_qubit_depolarizing(p_replace=bsm.p_replace)
    return (noise @ channels.unitary("CX")).ptm.reshape(4, 4, 4, 4)
