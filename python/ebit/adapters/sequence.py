"""SeQUeNCe: its memories, pairs and operations. Plain arithmetic, from its source (version 1.0).

SeQUeNCe's times are in picoseconds where they are integers, coherence times in seconds, fibre losses in
dB per metre and speeds in metres per picosecond. Bell states stand in the order of `ebit`. A fidelity of
gates means the share that is not replaced by the mixed state with Bell-diagonal states, but the average
fidelity with stabilizer states.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ebit import channels
from ebit._arrays import FloatArray, as_floats, scalar
from ebit.adapters import conventions
from ebit.adapters._common import within
from ebit.channels import Channel
from ebit.links import Fibre
from ebit.memory import Memory
from ebit.state import BellDiagonal, BellMeasurement, Werner

__all__ = [
    "bell_diagonal",
    "bell_measurement",
    "cutoff",
    "fibre",
    "gate_error",
    "idling_decoherence",
    "memory",
    "raw_pair",
    "seconds",
]


def seconds(picoseconds: npt.ArrayLike) -> FloatArray:
    """Return a time of SeQUeNCe's timeline in seconds.

    Parameters
    ----------
    picoseconds : array_like
        As `timeline.now()` gives it.

    Returns
    -------
    float or array

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.sequence.seconds(250_000))
    2.5e-07
    """
    return scalar(as_floats("picoseconds", picoseconds) / 1e12)


def memory(
    coherence_time: npt.ArrayLike, decoherence_errors: Sequence[float] = (1 / 3, 1 / 3, 1 / 3)
) -> Memory:
    """Return the memory of ``Memory(coherence_time=..., decoherence_errors=...)``.

    Errors happen at the rate ``1 / coherence_time``, and are X, Y or Z with the given shares: with equal
    ones expectation values decay with 3/4 of the coherence time.

    Parameters
    ----------
    coherence_time : float or array_like
        Seconds; 0 or negative for no decoherence.
    decoherence_errors : sequence of three floats, default equal shares
        Of X, Y and Z; they sum to 1.

    Returns
    -------
    Memory

    Raises
    ------
    ValueError
        If the shares are none.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.sequence.memory(0.5, [0.0, 0.0, 1.0]).rates  # of X, Y, Z expectation values
    (4.0, 4.0, 0.0)
    """
    time = as_floats("coherence_time", coherence_time)
    if np.isnan(time).any():
        raise ValueError("coherence_time is NaN: it must be a number of seconds")
    shares = within("decoherence_errors", decoherence_errors)
    if shares.shape != (3,) or abs(shares.sum() - 1.0) > 1e-8:
        raise ValueError(f"decoherence_errors = {decoherence_errors!r} is not allowed: three shares of sum 1")
    rate = np.divide(1.0, time, out=np.zeros(time.shape), where=time > 0.0)
    return Memory.pauli_rates(*(scalar(rate * share) for share in shares))


def cutoff(coherence_time: npt.ArrayLike, cutoff_ratio: npt.ArrayLike = 1.0) -> FloatArray:
    """Return the time in seconds after which a memory of SeQUeNCe gives up its qubit.

    Parameters
    ----------
    coherence_time : array_like
        Seconds; 0 or negative for no cut-off.
    cutoff_ratio : array_like, default 1
        Positive.

    Returns
    -------
    float or array

    Raises
    ------
    ValueError
        If a ratio is not positive.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.sequence.cutoff(0.5, 0.2)), float(ebit.adapters.sequence.cutoff(-1))
    (0.1, inf)
    """
    time, ratio = as_floats("coherence_time", coherence_time), as_floats("cutoff_ratio", cutoff_ratio)
    if not (ratio > 0.0).all():
        raise ValueError(f"cutoff_ratio = {cutoff_ratio!r} is not allowed: it must be positive")
    return scalar(np.where(time > 0.0, time * ratio, np.inf))


def raw_pair(fidelity: npt.ArrayLike) -> Werner:
    """Return the pair that memories of this `fidelity` make by the Barrett-Kok scheme.

    Parameters
    ----------
    fidelity : array_like
        Of `Memory` (`raw_fidelity`); the other three Bell states share the rest.

    Returns
    -------
    Werner

    Raises
    ------
    ValueError
        If the fidelity is outside [0, 1].

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.sequence.raw_pair(0.85).fidelity().round(12))
    0.85
    """
    return Werner(scalar((4.0 * within("fidelity", fidelity) - 1.0) / 3.0))


def bell_diagonal(diag_elems: npt.ArrayLike) -> BellDiagonal:
    """Return the pair of ``BellDiagonalState(diag_elems, keys)``: the order of Bell states is the same.

    Parameters
    ----------
    diag_elems : array_like, shape (..., 4)
        Weights of Phi+, Phi-, Psi+, Psi-.

    Returns
    -------
    BellDiagonal

    Raises
    ------
    ValueError
        If these are no weights.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.sequence.bell_diagonal([0.7, 0.2, 0.1, 0.0]).fidelity())
    0.7
    """
    return BellDiagonal(diag_elems)


def bell_measurement(
    gate_fid: npt.ArrayLike = 1.0, meas_fid: npt.ArrayLike = 1.0, success_prob: npt.ArrayLike = 1.0
) -> BellMeasurement:
    """Return the Bell measurement of a node in the Bell-diagonal formalism.

    Parameters
    ----------
    gate_fid : array_like, default 1
        Of the node: share in which the two qubits are not replaced by the mixed state.
    meas_fid : array_like, default 1
        Of the node: probability that one readout is right.
    success_prob : array_like, default 1
        Of the swapping protocol.

    Returns
    -------
    BellMeasurement

    Raises
    ------
    ValueError
        If a number is outside [0, 1].

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.sequence.bell_measurement(gate_fid=0.75, meas_fid=0.5)
    BellMeasurement(p_success=1.0, p_replace=0.25, p_readout_error=0.5)
    """
    return BellMeasurement(
        p_success=scalar(within("success_prob", success_prob)),
        p_replace=scalar(1.0 - within("gate_fid", gate_fid)),
        p_readout_error=scalar(1.0 - within("meas_fid", meas_fid)),
    )


def gate_error(fidelity: npt.ArrayLike, num_qubits: int) -> Channel:
    """Return the error after a gate in the stabilizer formalism, with ``gate_error_channel="depolarize"``.

    Parameters
    ----------
    fidelity : array_like
        `one_qubit_gate_fid` or `two_qubit_gate_fid`: the average fidelity of the gate.
    num_qubits : int
        1 or 2.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the fidelity is below 1/3 (one qubit) or 1/5, where SeQUeNCe stops at the probability 1.

    Examples
    --------
    >>> import ebit
    >>> float(ebit.adapters.sequence.gate_error(0.98, 1).average_fidelity().round(12))
    0.98
    """
    p_error = conventions.p_error_from_average_fidelity(within("fidelity", fidelity), num_qubits)
    make = channels.depolarizing if num_qubits == 1 else channels.two_qubit_depolarizing
    return make(p_error=p_error)


def idling_decoherence(idle_sec: npt.ArrayLike, t1_sec: npt.ArrayLike, t2_sec: npt.ArrayLike) -> Channel:
    """Return what idling does in the stabilizer formalism, with ``idle_error_channel="pauli"``.

    Parameters
    ----------
    idle_sec, t1_sec, t2_sec : array_like
        Seconds.

    Returns
    -------
    Channel
        The Pauli twirl of relaxation and dephasing: nothing decays to ``|0>``.

    Raises
    ------
    ValueError
        If a time is out of range.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> ebit.adapters.sequence.idling_decoherence(1.0, 2.0, 1.0).ptm.diagonal().round(4)
    array([1.    , 0.3679, 0.3679, 0.6065])
    """
    return channels.memory_decay(idle_sec, t1_sec, t2_sec).twirled()


def fibre(distance: float, attenuation: float, light_speed: float = 2e-4) -> Fibre:
    """Return the fibre of ``QuantumChannel(attenuation=..., distance=..., light_speed=...)``.

    Parameters
    ----------
    distance : float
        Metres.
    attenuation : float
        dB per metre.
    light_speed : float, default 2e-4
        Metres per picosecond.

    Returns
    -------
    Fibre

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> round(ebit.adapters.sequence.fibre(50e3, 0.0002).transmissivity, 12)
    0.1
    """
    return Fibre(
        length=distance, attenuation_db_per_km=1e3 * attenuation, index=299792458.0 / (1e12 * light_speed)
    )
