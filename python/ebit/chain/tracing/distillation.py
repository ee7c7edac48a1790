"""What a distillation makes of two pairs of the same nodes, as its circuit in the Pauli basis."""

from __future__ import annotations

import numpy as np

from ebit import channels
from ebit._arrays import FloatArray
from ebit.state import BellMeasurement, Pair, PairState


def distilled(
    operation: str, kept: PairState, measured: PairState, left: BellMeasurement, right: BellMeasurement
) -> tuple[float, PairState]:
    """Return the probability of success, and the state of the kept pair given success.

    Both nodes apply a CNOT from the qubit of the kept pair to that of the measured one, then read the
    latter; the kept pair is good if the readouts agree.
    """
    if operation == "bbpssw":
        kept, measured = kept.twirled("werner"), measured.twirled("werner")
    pairs = [pair.correlations for pair in (kept, measured)]
    if operation == "dejmps":
        quarter = channels.unitary("SQRT_X").ptm
        pairs = [quarter @ pair @ quarter for pair in pairs]  # Rx(pi/2) left, Rx(-pi/2) right
    # Axes: left and right qubit of the kept pair, then of the measured one.
    joint = np.einsum("ij,kl->ijkl", *pairs)
    joint = np.einsum("acik,ijkl->ajcl", _noisy_cnot(left), joint)
    joint = np.einsum("bdjl,ijkl->ibkd", _noisy_cnot(right), joint)
    readout = (1.0 - 2.0 * left.p_readout_error) * (1.0 - 2.0 * right.p_readout_error)
    good = (joint[:, :, 0, 0] + readout * joint[:, :, 3, 3]) / 2.0
    p_success = float(good[0, 0])
    state: PairState = Pair._of(good / p_success)
    return p_success, state.twirled("werner") if operation == "bbpssw" else state


def _noisy_cnot(bsm: BellMeasurement) -> FloatArray:
    """Pauli transfer of a CNOT after which both qubits are replaced with some probability."""
    noise = channels.two_qubit_depolarizing(p_replace=bsm.p_replace)
    return (noise @ channels.unitary("CX")).ptm.reshape(4, 4, 4, 4)
