"""Cirq: density matrices, gates and channels, noise functions.

Cirq's first qubit is qubit 0, the most significant one, as here. Its simulators work in single
precision unless told otherwise: give `state_from` a tolerance of 1e-6 then.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import channels
from ebit.adapters import arrays, conventions
from ebit.adapters._common import foreign, require_qubits, single_channel, single_state, within
from ebit.channels import Channel
from ebit.density import DensityMatrix

__all__ = [
    "amplitude_damp",
    "asymmetric_depolarize",
    "bit_flip",
    "channel_from",
    "channel_to",
    "depolarize",
    "generalized_amplitude_damp",
    "phase_damp",
    "phase_flip",
    "state_from",
    "state_to",
]


def state_to(state: arrays.State) -> npt.NDArray[np.complexfloating[Any, Any]]:
    """Return a state as the array that Cirq's simulators take as `initial_state`.

    Parameters
    ----------
    state : DensityMatrix, Pair, BellDiagonal or Werner
        A single one, on n qubits.

    Returns
    -------
    complex array, shape (2**n, 2**n)

    Raises
    ------
    ValueError
        If the state is a batch.

    Examples
    --------
    >>> import cirq, ebit
    >>> rho = ebit.adapters.cirq.state_to(ebit.Werner(0.6))
    >>> simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    >>> circuit = cirq.Circuit(cirq.X(qubit) for qubit in cirq.LineQubit.range(2))
    >>> bool(np.allclose(simulator.simulate(circuit, initial_state=rho).final_density_matrix, rho))
    True
    """
    return single_state(state)


def state_from(obj: Any, *, tolerance: float = 1e-9) -> DensityMatrix:
    """Return the state of a result of a simulation, or of an array.

    Parameters
    ----------
    obj : cirq result or array_like
        Something with a `final_density_matrix` or a `final_state_vector`, in the order of its qubits;
        or a density matrix or state vector.
    tolerance : float, default 1e-9
        As for `ebit.adapters.arrays.state_from`.

    Returns
    -------
    DensityMatrix

    Raises
    ------
    ValueError
        If it is not a state of qubits.

    Examples
    --------
    >>> import cirq, ebit
    >>> circuit = cirq.Circuit(cirq.X(cirq.q(0)), cirq.I(cirq.q(1)))
    >>> result = cirq.Simulator(dtype=np.complex128).simulate(circuit)
    >>> ebit.adapters.cirq.state_from(result).expectation("ZI")
    -1.0
    """
    for name in ("final_density_matrix", "final_state_vector"):
        if hasattr(obj, name):
            return arrays.state_from(getattr(obj, name), tolerance=tolerance)
    return arrays.state_from(obj, tolerance=tolerance)


def channel_to(channel: Channel) -> Any:
    """Return a channel as a gate of Cirq.

    Parameters
    ----------
    channel : Channel
        A single one.

    Returns
    -------
    cirq.KrausChannel

    Raises
    ------
    TypeError, ValueError
        If `channel` is not a Channel, or a batch.

    Examples
    --------
    >>> import cirq, ebit
    >>> gate = ebit.adapters.cirq.channel_to(ebit.channels.amplitude_damping(0.2))
    >>> cirq.has_kraus(gate), cirq.num_qubits(gate)
    (True, 1)
    """
    return foreign("cirq", "cirq-core").KrausChannel(list(single_channel(channel).kraus()), validate=False)


def channel_from(obj: Any, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel of a gate, a noise channel or an operation of Cirq.

    Parameters
    ----------
    obj : cirq object
        All that `cirq.kraus` understands; an operation's first qubit is qubit 0.
    tolerance : float, default 1e-9
        How far it may be from a channel.

    Returns
    -------
    Channel

    Raises
    ------
    TypeError
        If it has no Kraus operators.
    ValueError
        If it does not act on one or two qubits, or is not a channel.

    Examples
    --------
    >>> import cirq, ebit
    >>> ebit.adapters.cirq.channel_from(cirq.phase_flip(0.1)).ptm.diagonal().round(12)
    array([1. , 0.8, 0.8, 1. ])
    """
    cirq = foreign("cirq", "cirq-core")
    operators = cirq.kraus(obj, default=None)
    if operators is None:
        raise TypeError(f"obj = {obj!r} is not allowed: it has no Kraus operators")
    shape = cirq.qid_shape(obj)
    if set(shape) != {2}:
        raise ValueError(f"obj acts on levels {shape}: it must act on qubits")
    require_qubits(len(shape), (1, 2), "obj")
    return arrays.channel_from(np.stack(operators), "kraus", tolerance=tolerance)


def depolarize(p: npt.ArrayLike, n_qubits: int = 1) -> Channel:
    """Return what Cirq calls ``depolarize(p, n_qubits)``.

    Parameters
    ----------
    p : array_like
        Probability that one of the Paulis other than the identity happens, in [0, 1]: `p_error` here.
    n_qubits : int, default 1
        1 or 2.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.cirq.depolarize(0.3) == ebit.channels.depolarizing(p_error=0.3)
    True
    """
    require_qubits(n_qubits, (1, 2), "depolarize")
    make = channels.depolarizing if n_qubits == 1 else channels.two_qubit_depolarizing
    return make(p_error=within("p", p))


def asymmetric_depolarize(
    p_x: npt.ArrayLike = 0.0, p_y: npt.ArrayLike = 0.0, p_z: npt.ArrayLike = 0.0
) -> Channel:
    """Return what Cirq calls ``asymmetric_depolarize(p_x, p_y, p_z)``.

    Parameters
    ----------
    p_x, p_y, p_z : array_like, default 0
        Probabilities of X, Y and Z, together at most 1. (Cirq puts 1/3 for one that is left out.)

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.cirq.asymmetric_depolarize(0.1, 0.0, 0.2).ptm.diagonal()
    array([1. , 0.6, 0.4, 0.8])
    """
    return channels.pauli(p_x, p_y, p_z)


def bit_flip(p: npt.ArrayLike) -> Channel:
    """Return what Cirq calls ``bit_flip(p)``.

    Parameters
    ----------
    p : array_like
        Probability of X, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If `p` is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.cirq.bit_flip(0.1) == ebit.channels.bit_flip(0.1)
    True
    """
    return channels.bit_flip(within("p", p))


def phase_flip(p: npt.ArrayLike) -> Channel:
    """Return what Cirq calls ``phase_flip(p)``.

    Parameters
    ----------
    p : array_like
        Probability of Z, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If `p` is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.cirq.phase_flip(0.1) == ebit.channels.dephasing(0.1)
    True
    """
    return channels.dephasing(within("p", p))


def phase_damp(gamma: npt.ArrayLike) -> Channel:
    """Return what Cirq calls ``phase_damp(gamma)``.

    Parameters
    ----------
    gamma : array_like
        In [0, 1]; coherences are multiplied by ``sqrt(1 - gamma)``.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If `gamma` is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.cirq.phase_damp(0.36).ptm.diagonal().round(12)
    array([1. , 0.8, 0.8, 1. ])
    """
    return channels.dephasing(conventions.p_error_from_gamma(gamma))


def amplitude_damp(gamma: npt.ArrayLike) -> Channel:
    """Return what Cirq calls ``amplitude_damp(gamma)``.

    Parameters
    ----------
    gamma : array_like
        Probability that ``|1>`` decays, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If `gamma` is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.cirq.amplitude_damp(0.36) == ebit.channels.amplitude_damping(0.36)
    True
    """
    return channels.amplitude_damping(gamma)


def generalized_amplitude_damp(p: npt.ArrayLike, gamma: npt.ArrayLike) -> Channel:
    """Return what Cirq calls ``generalized_amplitude_damp(p, gamma)``.

    Parameters
    ----------
    p : array_like
        Weight of decay to ``|0>``, in [0, 1]: one minus the excited population that is reached.
    gamma : array_like
        Fraction of the way, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> channel = ebit.adapters.cirq.generalized_amplitude_damp(0.2, 1.0)
    >>> float(channel.ptm[3, 0].round(12))  # <Z>: 80 % excited
    -0.6
    """
    return channels.generalized_amplitude_damping(gamma, 1.0 - within("p", p))
