"""Swapping and fusion: two entangled states become one."""

from __future__ import annotations

import numpy.typing as npt

from ebit._arrays import as_int, one_of
from ebit.density import BilinearMap, Bit, Protocol
from ebit.protocols._node import GateNoise, Node, bell_measurement, remembered

_CORRECTIONS = {"right": 3, "left": 0, "none": None}
_KINDS = ("parity", "type_1", "bell")


@remembered
def swap(
    *, gate_noise: GateNoise = None, p_readout_error: npt.ArrayLike = 0.0, correction: str = "right"
) -> BilinearMap:
    """Swap entanglement: a Bell measurement on the inner qubits of two pairs.

    A CNOT from qubit 1 of the left pair to qubit 0 of the right one, its noise, and two readouts: x of the
    target in the Z basis, z of the control in the X basis. Then the Pauli ``X^x Z^z`` is undone.

    Parameters
    ----------
    gate_noise : Channel, optional
        On two qubits, after the CNOT.
    p_readout_error : float or array_like, default 0
        Of each readout.
    correction : {"right", "left", "none"}
        On which qubit of the new pair the reported Pauli is undone.

    Returns
    -------
    BilinearMap
        From pairs (a, b) and (b', c) to the pair (a, c). Outcome ``2 x + z``: Phi+, Phi-, Psi+, Psi-.

    Raises
    ------
    TypeError
        If `gate_noise` is no channel.
    ValueError
        If a parameter is out of range.

    Notes
    -----
    The same as `ebit.swap` and `ebit.swap_outcomes` with an `ebit.BellMeasurement` of ``p_replace``, if
    the noise is ``two_qubit_depolarizing(p_replace=...)``. M. Zukowski, A. Zeilinger, M. A. Horne,
    A. K. Ekert, Phys. Rev. Lett. 71, 4287 (1993).

    Examples
    --------
    >>> import ebit
    >>> noise = ebit.channels.two_qubit_depolarizing(p_replace=0.1)
    >>> state, _ = ebit.protocols.swap(gate_noise=noise)(ebit.Werner(0.9), ebit.Werner(0.8))
    >>> state.coefficients[15].round(12)  # 0.9 * 0.8 * (1 - 0.1)
    np.float64(0.648)
    """
    corrected = _CORRECTIONS[one_of("correction", correction, tuple(_CORRECTIONS))]
    protocol = Protocol(2, 2)
    x, z = bell_measurement(Node(gate_noise, p_readout_error), protocol, 1, 2)
    if corrected is not None:
        protocol.apply("X", corrected, where=x)
        protocol.apply("Z", corrected, where=z)
    protocol.keep(0, 3)
    return protocol.compile()


@remembered
def fusion(
    num_left: int = 2,
    num_right: int = 2,
    *,
    kind: str = "parity",
    gate_noise: GateNoise = None,
    p_readout_error: npt.ArrayLike = 0.0,
) -> BilinearMap:
    """Fuse two GHZ states into a larger one, at a node that holds the last and the first of their qubits.

    Pairs Phi+ are GHZ states of two qubits, so that GHZ states grow from pairs one fusion at a time.

    Parameters
    ----------
    num_left, num_right : int, default 2
        Sizes m and n of the two states, at least 2; the states may be any. The node has qubit m - 1 of the
        left and qubit 0 of the right state.
    kind : {"parity", "type_1", "bell"}
        ``"parity"``: CNOT from the left to the right qubit, which is read in the Z basis; if it is 1, X on
        the rest of the right state. m + n - 1 qubits, always. ``"type_1"``: the parity ZZ of the qubits is
        measured jointly and has to be even, then the right one is read in the X basis; if it is 1, Z on the
        left one. m + n - 1 qubits, half of the time. ``"bell"``: a Bell measurement, then X on the rest of
        the right state, Z on its first qubit. m + n - 2 qubits, always; a swap for two pairs.
    gate_noise : Channel, optional
        On two qubits, after the CNOT; with ``"type_1"`` on the two qubits before the parity is measured.
    p_readout_error : float or array_like, default 0
        Of each readout.

    Returns
    -------
    BilinearMap
        Qubits of the new state: those of the left one, then those of the right one. Outcomes: the bit of
        ``"parity"``; parity, then X readout of ``"type_1"``; ``2 x + z`` of ``"bell"``.

    Raises
    ------
    TypeError
        If a number is not an integer or `gate_noise` is no channel.
    ValueError
        If a parameter is out of range, or there are too many qubits.

    Notes
    -----
    Type I is named after the fusion gate of D. E. Browne, T. Rudolph, Phys. Rev. Lett. 95, 010501 (2005),
    which linear optics carries out when it finds the even parity.

    Examples
    --------
    >>> import ebit
    >>> phi_plus = ebit.Werner(1.0)
    >>> ghz3, _ = ebit.protocols.fusion(2, 2)(phi_plus, phi_plus)
    >>> ghz4, _ = ebit.protocols.fusion(3, 2)(ghz3, phi_plus)
    >>> round(ghz4.fidelity(ebit.DensityMatrix.ghz(4)), 12)
    1.0
    >>> ebit.protocols.fusion(2, 2, kind="type_1")(phi_plus, phi_plus).probability
    0.5
    """
    m, n = as_int("num_left", num_left), as_int("num_right", num_right)
    for name, number in (("num_left", m), ("num_right", n)):
        if number < 2:
            raise ValueError(f"{name} = {number} is not allowed: it must be at least 2")
    one_of("kind", kind, _KINDS)
    node = Node(gate_noise, p_readout_error)
    protocol = Protocol(m, n)
    left, right, others = m - 1, m, range(m + 1, m + n)
    if kind == "type_1":
        node.noise(protocol, left, right)
        protocol.accept(node.read(protocol, "ZZ", left, right) == 0)
        protocol.apply("Z", left, where=node.read(protocol, "X", right))
    elif kind == "parity":
        node.gate(protocol, "CX", left, right)
        _flip(protocol, others, node.read(protocol, "Z", right))
    else:
        x, z = bell_measurement(node, protocol, left, right)
        _flip(protocol, others, x)
        protocol.apply("Z", m + 1, where=z)
    protocol.keep(*range(left if kind == "bell" else m), *others)
    return protocol.compile()


def _flip(protocol: Protocol, qubits: range, where: Bit) -> None:
    for qubit in qubits:
        protocol.apply("X", qubit, where=where)
