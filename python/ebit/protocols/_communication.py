"""What pairs are for: teleportation, superdense coding, gates between distant qubits."""

from __future__ import annotations

from typing import TypeAlias

import numpy.typing as npt

from ebit._arrays import as_bool
from ebit.channels import Channel
from ebit.density import BilinearMap, Protocol
from ebit.protocols._node import GateNoise, Node, bell_measurement, both_nodes, remembered

_Noise: TypeAlias = GateNoise | tuple[GateNoise, GateNoise]


@remembered
def teleportation(
    *, gate_noise: GateNoise = None, p_readout_error: npt.ArrayLike = 0.0, corrected: bool = True
) -> BilinearMap:
    """Teleport a qubit: a Bell measurement on it and the left qubit of a pair.

    A CNOT from the data qubit to the pair's left one, its noise, and two readouts: x of the target in the
    Z basis, z of the control in the X basis. Then the Pauli ``X^x Z^z`` is undone on the right qubit.

    Parameters
    ----------
    gate_noise : Channel, optional
        On two qubits, after the CNOT.
    p_readout_error : float or array_like, default 0
        Of each readout.
    corrected : bool, default True
        Whether the Pauli is undone.

    Returns
    -------
    BilinearMap
        From the data qubit and the pair to the pair's right qubit. Outcome ``2 x + z``.

    Raises
    ------
    TypeError
        If `gate_noise` is no channel.
    ValueError
        If a parameter is out of range.

    Notes
    -----
    C. H. Bennett, G. Brassard, C. Crepeau, R. Jozsa, A. Peres, W. K. Wootters, Phys. Rev. Lett. 70, 1895
    (1993). A pair of fidelity F gives a channel of average fidelity (2 F + 1) / 3: M., P. and R. Horodecki,
    Phys. Rev. A 60, 1888 (1999).

    Examples
    --------
    >>> import ebit
    >>> data = ebit.DensityMatrix(1)
    >>> data.apply("H", 0)
    >>> state, _ = ebit.protocols.teleportation()(data, ebit.Werner(0.9))
    >>> state.coefficients.round(12)
    array([1. , 0.9, 0. , 0. ])
    >>> ebit.protocols.teleportation().channel(right=ebit.Werner(0.9)).ptm.diagonal().round(12)
    array([1. , 0.9, 0.9, 0.9])
    """
    protocol = Protocol(1, 2)
    x, z = bell_measurement(Node(gate_noise, p_readout_error), protocol, 0, 1)
    if as_bool("corrected", corrected):
        protocol.apply("X", 2, where=x)
        protocol.apply("Z", 2, where=z)
    protocol.keep(2)
    return protocol.compile()


@remembered
def superdense_coding(
    *,
    gate_noise: GateNoise = None,
    p_readout_error: npt.ArrayLike = 0.0,
    transmission: Channel | None = None,
) -> BilinearMap:
    """Send two bits with one qubit of a pair.

    The message, two qubits in a basis state ``|x z>``, decides the Pauli ``X^x Z^z`` on the pair's left
    qubit. That is sent to the holder of the right one, who decodes: a CNOT from the qubit that was sent,
    its noise, and two readouts, x of the target in the Z basis, z of the control in the X basis. The new
    state is the decoded message, ``|x z>`` again.

    Parameters
    ----------
    gate_noise : Channel, optional
        On two qubits, after the CNOT.
    p_readout_error : float or array_like, default 0
        Of each readout.
    transmission : Channel, optional
        On one qubit: what happens to it on its way.

    Returns
    -------
    BilinearMap
        From the pair and the message to the decoded message. Outcome ``2 x + z``: `probabilities` gives its
        distribution for a message, ``channel(left=pair)`` the classical channel of both bits.

    Raises
    ------
    TypeError
        If `gate_noise` or `transmission` is no channel.
    ValueError
        If a parameter is out of range.

    Notes
    -----
    C. H. Bennett, S. J. Wiesner, Phys. Rev. Lett. 69, 2881 (1992). With a Bell-diagonal pair of weights w
    and no noise the bits carry 2 - H(w), the capacity: T. Hiroshima, J. Phys. A 34, 6907 (2001).

    Examples
    --------
    >>> import ebit
    >>> message = ebit.DensityMatrix(2)
    >>> message.apply("X", 0)  # bits 1, 0
    >>> ebit.protocols.superdense_coding().probabilities(ebit.Werner(0.8), message).round(12)
    array([0.05, 0.05, 0.85, 0.05])
    """
    node = Node(gate_noise, p_readout_error)
    protocol = Protocol(2, 2)
    protocol.apply("CX", 2, 0)
    protocol.apply("CZ", 3, 0)
    if transmission is not None:
        protocol.apply(_one_qubit(transmission), 0)
    x, z = bell_measurement(node, protocol, 0, 1)
    for qubit, bit in ((2, x), (3, z)):
        protocol.apply("reset", 1.0, 0.0, qubit)
        protocol.apply("X", qubit, where=bit)
    protocol.keep(2, 3)
    return protocol.compile()


def _one_qubit(channel: Channel) -> Channel:
    if not isinstance(channel, Channel):
        raise TypeError(f"transmission = {channel!r} is not allowed: it must be a Channel")
    if channel.num_qubits != 1:
        raise ValueError("transmission acts on two qubits: it must act on one")
    return channel


@remembered
def remote_cnot(*, gate_noise: _Noise = None, p_readout_error: npt.ArrayLike = 0.0) -> BilinearMap:
    """Apply a CNOT between qubits of two nodes, at the cost of a pair and two bits.

    The left node applies a CNOT from the control to its qubit of the pair, which it reads in the Z basis;
    if it is 1, the right node flips its own with X. That node applies a CNOT from its qubit of the pair to
    the target and reads it in the X basis; if it is 1, Z on the control.

    Parameters
    ----------
    gate_noise : Channel or tuple of two, optional
        On two qubits, after the CNOT inside a node; of both nodes, or of the left and the right one.
    p_readout_error : float, array_like or tuple of two, default 0
        Of each readout.

    Returns
    -------
    BilinearMap
        From the data qubits (control at the left node, target at the right one) and the pair to the data
        qubits. Outcomes: bit of the left node, then of the right one.

    Raises
    ------
    TypeError
        If `gate_noise` is no channel.
    ValueError
        If a parameter is out of range.

    Notes
    -----
    J. Eisert, K. Jacobs, P. Papadopoulos, M. B. Plenio, Phys. Rev. A 62, 052317 (2000).

    Examples
    --------
    >>> import ebit
    >>> gate = ebit.protocols.remote_cnot().channel(right=ebit.Werner(1.0))
    >>> gate == ebit.channels.unitary("CX")
    True
    """
    left, right = both_nodes(gate_noise, p_readout_error)
    protocol = Protocol(2, 2)
    left.gate(protocol, "CX", 0, 2)
    protocol.apply("X", 3, where=left.read(protocol, "Z", 2))
    right.gate(protocol, "CX", 3, 1)
    protocol.apply("Z", 0, where=right.read(protocol, "X", 3))
    protocol.keep(0, 1)
    return protocol.compile()
