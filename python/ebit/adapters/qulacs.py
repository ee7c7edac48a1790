"""qulacs: density matrices, gates, noise functions.

qulacs is little-endian: qubit 0 is the least significant one. Matrices are reordered, so that qubit 0
there is qubit 0 here. Its noise gates draw at random on state vectors, but average on density matrices,
which is what a channel is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import channels
from ebit._arrays import as_int
from ebit.adapters import arrays
from ebit.adapters._common import foreign, require_qubits, single_channel, single_state, within
from ebit.channels import Channel
from ebit.density import DensityMatrix

__all__ = [
    "amplitude_damping_noise",
    "bit_flip_noise",
    "channel_from",
    "channel_to",
    "dephasing_noise",
    "depolarizing_noise",
    "independent_xz_noise",
    "state_from",
    "state_to",
    "two_qubit_depolarizing_noise",
]

# A gate is read by letting it act on a register that reaches up to its highest qubit.
_HIGHEST_QUBIT = 9


def state_to(state: arrays.State) -> Any:
    """Return a state as a density matrix of qulacs.

    Parameters
    ----------
    state : DensityMatrix, Pair, BellDiagonal or Werner
        A single one.

    Returns
    -------
    qulacs.DensityMatrix

    Raises
    ------
    ValueError
        If the state is a batch.

    Examples
    --------
    >>> import ebit
    >>> state = ebit.DensityMatrix(2)
    >>> state.apply("X", 1)
    >>> round(ebit.adapters.qulacs.state_to(state).get_marginal_probability([2, 1]), 12)
    1.0
    """
    matrix = single_state(state)
    other = foreign("qulacs").DensityMatrix(len(matrix).bit_length() - 1)
    other.load(arrays.reorder(matrix, "matrix"))
    return other


def state_from(obj: Any, *, tolerance: float = 1e-9) -> DensityMatrix:
    """Return the state of a density matrix or state vector of qulacs.

    Parameters
    ----------
    obj : qulacs.DensityMatrix or qulacs.QuantumState
        Normalised.
    tolerance : float, default 1e-9
        As for `ebit.adapters.arrays.state_from`.

    Returns
    -------
    DensityMatrix

    Raises
    ------
    TypeError
        If `obj` is neither.
    ValueError
        If it is not a state.

    Examples
    --------
    >>> import qulacs, ebit
    >>> other = qulacs.QuantumState(2)
    >>> qulacs.gate.X(0).update_quantum_state(other)
    >>> ebit.adapters.qulacs.state_from(other).expectation("ZI")
    -1.0
    """
    qulacs = foreign("qulacs")
    if isinstance(obj, qulacs.DensityMatrix):
        return arrays.state_from(obj.get_matrix(), "little", tolerance=tolerance)
    if isinstance(obj, qulacs.QuantumState):
        return arrays.state_from(obj.get_vector(), "little", tolerance=tolerance)
    raise TypeError(f"obj = {obj!r} is not allowed: it must be a DensityMatrix or QuantumState")


def channel_to(channel: Channel, qubits: Sequence[int]) -> Any:
    """Return a channel as a gate of qulacs.

    Parameters
    ----------
    channel : Channel
        A single one.
    qubits : sequence of int
        The qubits that it acts on, the channel's qubit 0 first.

    Returns
    -------
    qulacs gate

    Raises
    ------
    TypeError, ValueError
        If `channel` is not a Channel, or a batch, or the number of qubits another.

    Examples
    --------
    >>> import qulacs, ebit
    >>> other = qulacs.DensityMatrix(2)
    >>> gate = ebit.adapters.qulacs.channel_to(ebit.channels.unitary("CX"), [1, 0])
    >>> qulacs.gate.X(1).update_quantum_state(other)
    >>> gate.update_quantum_state(other)
    >>> round(other.get_marginal_probability([1, 1]), 12)
    1.0
    """
    gate = foreign("qulacs.gate", "qulacs")
    one = single_channel(channel)
    places = [as_int("qubits", qubit) for qubit in qubits]
    if len(set(places)) != one.num_qubits or len(places) != one.num_qubits or min(places) < 0:
        raise ValueError(f"qubits = {places} is not allowed: the channel acts on {one.num_qubits}")
    # The first index of a dense gate belongs to the least significant bit of its matrix.
    return gate.CPTP([gate.DenseMatrix(places[::-1], kraus) for kraus in one.kraus()])


def channel_from(gate: Any, qubits: Sequence[int] | None = None, *, tolerance: float = 1e-9) -> Channel:
    """Return the channel of a gate of qulacs, noise included.

    Parameters
    ----------
    gate : qulacs gate
        On one or two qubits, none of them above 9.
    qubits : sequence of int, optional
        The qubits of the gate in the order of the channel's; without it its controls, then its targets.
    tolerance : float, default 1e-9
        How far it may be from a channel.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If it acts on other qubits, or is not a channel.

    Examples
    --------
    >>> import numpy as np, qulacs, ebit
    >>> channel = ebit.adapters.qulacs.channel_from(qulacs.gate.CNOT(3, 1))
    >>> np.allclose(channel.ptm, ebit.channels.unitary("CX").ptm)
    True
    """
    own = [*gate.get_control_index_list(), *gate.get_target_index_list()]
    places = own if qubits is None else [as_int("qubits", qubit) for qubit in qubits]
    if sorted(places) != sorted(own):
        raise ValueError(f"qubits = {places} is not allowed: the gate acts on {own}")
    require_qubits(len(own), (1, 2), f"the gate {gate.get_name()}")
    if max(own) > _HIGHEST_QUBIT:
        raise ValueError(f"the gate acts on qubit {max(own)}: only those up to {_HIGHEST_QUBIT} can be read")
    return arrays.channel_from(_choi(gate, places), "choi", tolerance=tolerance)


def _choi(gate: Any, places: list[int]) -> npt.NDArray[np.complex128]:
    """Let the gate act on all |i><j| of its qubits, the others being in |0>."""
    k, n = len(places), max(places) + 1
    index = [sum((i >> (k - 1 - bit) & 1) << place for bit, place in enumerate(places)) for i in range(2**k)]
    register = foreign("qulacs").DensityMatrix(n)
    choi = np.empty((2**k,) * 4, dtype=complex)
    for i, row in enumerate(index):
        for j, column in enumerate(index):
            operator = np.zeros((2**n, 2**n), dtype=complex)
            operator[row, column] = 1.0
            register.load(operator)
            gate.update_quantum_state(register)
            choi[i, :, j, :] = register.get_matrix()[np.ix_(index, index)]
    return choi.reshape(4**k, 4**k)


def bit_flip_noise(prob: npt.ArrayLike) -> Channel:
    """Return what qulacs calls ``BitFlipNoise(index, prob)``.

    Parameters
    ----------
    prob : array_like
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
    >>> ebit.adapters.qulacs.bit_flip_noise(0.1) == ebit.channels.bit_flip(0.1)
    True
    """
    return channels.bit_flip(within("prob", prob))


def dephasing_noise(prob: npt.ArrayLike) -> Channel:
    """Return what qulacs calls ``DephasingNoise(index, prob)``.

    Parameters
    ----------
    prob : array_like
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
    >>> ebit.adapters.qulacs.dephasing_noise(0.1) == ebit.channels.dephasing(0.1)
    True
    """
    return channels.dephasing(within("prob", prob))


def independent_xz_noise(prob: npt.ArrayLike) -> Channel:
    """Return what qulacs calls ``IndependentXZNoise(index, prob)``.

    Parameters
    ----------
    prob : array_like
        Probability of X and, independently, of Z, in [0, 1].

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
    >>> ebit.adapters.qulacs.independent_xz_noise(0.1).ptm.diagonal().round(12)
    array([1.  , 0.8 , 0.64, 0.8 ])
    """
    probability = within("prob", prob)
    return channels.dephasing(probability) @ channels.bit_flip(probability)


def depolarizing_noise(prob: npt.ArrayLike) -> Channel:
    """Return what qulacs calls ``DepolarizingNoise(index, prob)``.

    Parameters
    ----------
    prob : array_like
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
    >>> ebit.adapters.qulacs.depolarizing_noise(0.3) == ebit.channels.depolarizing(p_error=0.3)
    True
    """
    return channels.depolarizing(p_error=within("prob", prob))


def two_qubit_depolarizing_noise(prob: npt.ArrayLike) -> Channel:
    """Return what qulacs calls ``TwoQubitDepolarizingNoise(index1, index2, prob)``.

    Parameters
    ----------
    prob : array_like
        Probability that one of the fifteen Paulis other than II happens, in [0, 1]: `p_error` here.

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
    >>> noise = ebit.adapters.qulacs.two_qubit_depolarizing_noise(0.3)
    >>> noise == ebit.channels.two_qubit_depolarizing(p_error=0.3)
    True
    """
    return channels.two_qubit_depolarizing(p_error=within("prob", prob))


def amplitude_damping_noise(prob: npt.ArrayLike) -> Channel:
    """Return what qulacs calls ``AmplitudeDampingNoise(index, prob)``.

    Parameters
    ----------
    prob : array_like
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
    >>> ebit.adapters.qulacs.amplitude_damping_noise(0.36) == ebit.channels.amplitude_damping(0.36)
    True
    """
    return channels.amplitude_damping(within("prob", prob))
