"""PennyLane: Kraus matrices of its channels, gates, noise functions.

The first wire is qubit 0, the most significant one, as here. PennyLane's entropies are in nats.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import channels
from ebit.adapters import arrays, conventions
from ebit.adapters._common import foreign, require_qubits, reset_channel, single_channel, single_state, within
from ebit.channels import Channel
from ebit.density import DensityMatrix

__all__ = [
    "amplitude_damping",
    "bit_flip",
    "channel_from",
    "channel_to",
    "depolarizing_channel",
    "generalized_amplitude_damping",
    "pauli_error",
    "phase_damping",
    "phase_flip",
    "reset_error",
    "state_from",
    "state_to",
    "thermal_relaxation_error",
]


def state_to(state: arrays.State) -> npt.NDArray[np.complexfloating[Any, Any]]:
    """Return a state as the array that ``qml.QubitDensityMatrix`` takes.

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
    >>> import ebit
    >>> ebit.adapters.pennylane.state_to(ebit.Werner(0.6)).shape
    (4, 4)
    """
    return single_state(state)


def state_from(array: Any, *, tolerance: float = 1e-9) -> DensityMatrix:
    """Return the state of what ``qml.state()`` or ``qml.density_matrix(wires)`` gave.

    Parameters
    ----------
    array : array_like
        A state vector or density matrix.
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
    >>> import ebit
    >>> ebit.adapters.pennylane.state_from([0, 0, 1, 0]).expectation("ZI")
    -1.0
    """
    return arrays.state_from(np.asarray(array), tolerance=tolerance)


def channel_to(channel: Channel, wires: Any) -> Any:
    """Return a channel as an operation of PennyLane.

    Parameters
    ----------
    channel : Channel
        A single one.
    wires : sequence
        The wires that it acts on, qubit 0 first.

    Returns
    -------
    pennylane.QubitChannel

    Raises
    ------
    TypeError, ValueError
        If `channel` is not a Channel, or a batch.

    Examples
    --------
    >>> import ebit
    >>> operation = ebit.adapters.pennylane.channel_to(ebit.channels.amplitude_damping(0.2), wires=[3])
    >>> len(operation.kraus_matrices())
    2
    """
    return foreign("pennylane").QubitChannel(list(single_channel(channel).kraus()), wires=wires)


def channel_from(obj: Any, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel of a channel or gate of PennyLane.

    Parameters
    ----------
    obj : pennylane operation
        Its first wire is qubit 0.
    tolerance : float, default 1e-9
        How far it may be from a channel.

    Returns
    -------
    Channel

    Raises
    ------
    TypeError
        If `obj` is no operation.
    ValueError
        If it does not act on one or two qubits, or is not a channel.

    Examples
    --------
    >>> import pennylane, ebit
    >>> ebit.adapters.pennylane.channel_from(pennylane.PhaseFlip(0.1, wires="a")).ptm.diagonal().round(12)
    array([1. , 0.8, 0.8, 1. ])
    """
    qml = foreign("pennylane")
    if not isinstance(obj, qml.operation.Operator):
        raise TypeError(f"obj = {obj!r} is not allowed: it must be an operation of PennyLane")
    require_qubits(len(obj.wires), (1, 2), f"obj = {obj!r}")
    operators = obj.kraus_matrices() if isinstance(obj, qml.operation.Channel) else [obj.matrix()]
    return arrays.channel_from(np.stack([np.asarray(k) for k in operators]), "kraus", tolerance=tolerance)


def depolarizing_channel(p: npt.ArrayLike) -> Channel:
    """Return what PennyLane calls ``DepolarizingChannel(p)``.

    Parameters
    ----------
    p : array_like
        Probability that X, Y or Z happens, in [0, 1]: `p_error` here.

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
    >>> ebit.adapters.pennylane.depolarizing_channel(0.3) == ebit.channels.depolarizing(p_error=0.3)
    True
    """
    return channels.depolarizing(p_error=within("p", p))


def amplitude_damping(gamma: npt.ArrayLike) -> Channel:
    """Return what PennyLane calls ``AmplitudeDamping(gamma)``.

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
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.pennylane.amplitude_damping(0.36) == ebit.channels.amplitude_damping(0.36)
    True
    """
    return channels.amplitude_damping(gamma)


def generalized_amplitude_damping(gamma: npt.ArrayLike, p: npt.ArrayLike) -> Channel:
    """Return what PennyLane calls ``GeneralizedAmplitudeDamping(gamma, p)``.

    Parameters
    ----------
    gamma : array_like
        Fraction of the way, in [0, 1].
    p : array_like
        Probability of ``|1>`` in the state that is reached, in [0, 1]: what Cirq calls ``1 - p``.

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
    >>> float(ebit.adapters.pennylane.generalized_amplitude_damping(1.0, 0.2).ptm[3, 0].round(12))
    0.6
    """
    return channels.generalized_amplitude_damping(gamma, within("p", p))


def phase_damping(gamma: npt.ArrayLike) -> Channel:
    """Return what PennyLane calls ``PhaseDamping(gamma)``.

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
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.pennylane.phase_damping(0.36).ptm.diagonal().round(12)
    array([1. , 0.8, 0.8, 1. ])
    """
    return channels.dephasing(conventions.p_error_from_gamma(gamma))


def bit_flip(p: npt.ArrayLike) -> Channel:
    """Return what PennyLane calls ``BitFlip(p)``.

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
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.pennylane.bit_flip(0.1) == ebit.channels.bit_flip(0.1)
    True
    """
    return channels.bit_flip(within("p", p))


def phase_flip(p: npt.ArrayLike) -> Channel:
    """Return what PennyLane calls ``PhaseFlip(p)``.

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
        If a number is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.pennylane.phase_flip(0.1) == ebit.channels.dephasing(0.1)
    True
    """
    return channels.dephasing(within("p", p))


def reset_error(p_0: npt.ArrayLike, p_1: npt.ArrayLike) -> Channel:
    """Return what PennyLane calls ``ResetError(p_0, p_1)``.

    Parameters
    ----------
    p_0, p_1 : array_like
        Probabilities of a reset to ``|0>`` and to ``|1>``, together at most 1.

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
    >>> ebit.adapters.pennylane.reset_error(0.25, 0.125).ptm[3]
    array([0.125, 0.   , 0.   , 0.625])
    """
    return reset_channel(("p_0", p_0), ("p_1", p_1))


def pauli_error(operators: str, p: npt.ArrayLike) -> Channel:
    """Return what PennyLane calls ``PauliError(operators, p)``.

    Parameters
    ----------
    operators : str
        One or two of I, X, Y, Z, the first wire on the left.
    p : array_like
        Probability that they are applied, in [0, 1].

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the operators are none or `p` is out of range.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.pennylane.pauli_error("XI", 0.25).ptm.diagonal()[[3, 12]]  # IZ, ZI
    array([1. , 0.5])
    """
    if not isinstance(operators, str) or len(operators) not in (1, 2) or set(operators) - set("IXYZ"):
        raise ValueError(f"operators = {operators!r} is not allowed: it must be one or two of I, X, Y, Z")
    probability = within("p", p)
    weights = np.zeros((*probability.shape, 4 ** len(operators)))
    place = int("".join(str("IXYZ".index(letter)) for letter in operators), 4)
    weights[..., place] = probability
    rest = weights[..., 1:]
    if len(operators) == 2:
        return channels.two_qubit_pauli(rest)
    return channels.pauli(rest[..., 0], rest[..., 1], rest[..., 2])


def thermal_relaxation_error(
    pe: npt.ArrayLike, t1: npt.ArrayLike, t2: npt.ArrayLike, tg: npt.ArrayLike
) -> Channel:
    """Return what PennyLane calls ``ThermalRelaxationError(pe, t1, t2, tg)``.

    Parameters
    ----------
    pe : array_like
        Probability of ``|1>`` in equilibrium.
    t1, t2, tg : array_like
        Relaxation time, coherence time and duration, in the same unit, whichever.

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
    >>> error = ebit.adapters.pennylane.thermal_relaxation_error(0.1, 50.0, 70.0, 2.0)
    >>> error == ebit.channels.memory_decay(2.0, 50.0, 70.0, excited_population=0.1)
    True
    """
    return channels.memory_decay(within("tg", tg, float("inf")), t1, t2, within("pe", pe))
