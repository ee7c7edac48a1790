"""Distillation: of two pairs of the same two nodes, one better pair, sometimes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ebit.channels import Channel
from ebit.density import BilinearMap, Bit, Protocol
from ebit.protocols._node import GateNoise, both_nodes, remembered

_Noise: TypeAlias = GateNoise | tuple[GateNoise, GateNoise]


def _twirl() -> Channel:
    """Return the average over all U x U*: xx, -yy and zz become their mean."""
    signs = np.array([1.0, -1.0, 1.0])
    ptm = np.zeros((16, 16))
    ptm[0, 0] = 1.0
    ptm[np.ix_((5, 10, 15), (5, 10, 15))] = np.outer(signs, signs) / 3.0
    return Channel(ptm)


def _compare(protocol: Protocol, gate_noise: _Noise, p_readout_error: npt.ArrayLike) -> tuple[Bit, Bit]:
    """Both nodes: a CNOT from the kept to the other pair, which is read. Qubits 0, 2 and 1, 3."""
    nodes = both_nodes(gate_noise, p_readout_error)
    for place, node in enumerate(nodes):
        node.gate(protocol, "CX", place, place + 2)
    left, right = (node.read(protocol, "Z", place + 2) for place, node in enumerate(nodes))
    protocol.keep(0, 1)
    return left, right


@remembered
def dejmps(*, gate_noise: _Noise = None, p_readout_error: npt.ArrayLike = 0.0) -> BilinearMap:
    """Distil with the protocol of Deutsch et al.: rotate, compare, keep the pair if the readouts agree.

    The left node turns its qubits by Rx(pi/2), the right one by Rx(-pi/2). Both apply a CNOT from the left
    pair to the right pair, and read the latter in the Z basis.

    Parameters
    ----------
    gate_noise : Channel or tuple of two, optional
        On two qubits, after the CNOT; of both nodes, or of the left and the right one.
    p_readout_error : float, array_like or tuple of two, default 0
        Of each readout.

    Returns
    -------
    BilinearMap
        From the pair that is kept and the one that is measured. Accepts equal bits (left, right node).

    Raises
    ------
    TypeError
        If `gate_noise` is no channel.
    ValueError
        If a parameter is out of range.

    Notes
    -----
    For Bell weights (A, B, C, D) of Phi+, Psi-, Psi+, Phi- and no noise: ``A' = (A^2 + B^2) / N``,
    ``B' = 2 C D / N``, ``C' = (C^2 + D^2) / N``, ``D' = 2 A B / N``, ``N = (A + B)^2 + (C + D)^2``.
    D. Deutsch, A. Ekert, R. Jozsa, C. Macchiavello, S. Popescu, A. Sanpera, Phys. Rev. Lett. 77, 2818 (1996).

    Examples
    --------
    >>> import ebit
    >>> dejmps = ebit.protocols.dejmps()
    >>> pair = ebit.BellDiagonal([0.8, 0.1, 0.1, 0.0])  # A = 0.8, B = 0, C = D = 0.1
    >>> state, probability = dejmps(pair, pair)
    >>> round(probability, 12), round(state.fidelity(), 12)  # N, A'
    (0.68, 0.941176470588)
    """
    protocol = Protocol(2, 2)
    for left, right in ((0, 1), (2, 3)):
        protocol.apply("SQRT_X", left)
        protocol.apply("SQRT_X_DAG", right)
    left_bit, right_bit = _compare(protocol, gate_noise, p_readout_error)
    protocol.accept(left_bit == right_bit)
    return protocol.compile()


@remembered
def bbpssw(*, gate_noise: _Noise = None, p_readout_error: npt.ArrayLike = 0.0) -> BilinearMap:
    """Distil with the protocol of Bennett et al.: twirl, compare, keep the pair if the readouts agree.

    Both pairs are twirled to Werner states. Both nodes apply a CNOT from the left pair to the right pair,
    and read the latter in the Z basis. The pair that is kept is twirled again.

    Parameters
    ----------
    gate_noise : Channel or tuple of two, optional
        On two qubits, after the CNOT; of both nodes, or of the left and the right one.
    p_readout_error : float, array_like or tuple of two, default 0
        Of each readout.

    Returns
    -------
    BilinearMap
        From the pair that is kept and the one that is measured. Accepts equal bits (left, right node).

    Raises
    ------
    TypeError
        If `gate_noise` is no channel.
    ValueError
        If a parameter is out of range.

    Notes
    -----
    Without noise, with e = (1 - F) / 3: ``F' = (F^2 + e^2) / N``, ``N = F^2 + 2 F e + 5 e^2``. C. H. Bennett,
    G. Brassard, S. Popescu, B. Schumacher, J. A. Smolin, W. K. Wootters, Phys. Rev. Lett. 76, 722 (1996).

    Examples
    --------
    >>> import ebit
    >>> pair = ebit.Werner.from_fidelity(0.7)
    >>> state, probability = ebit.protocols.bbpssw()(pair, pair)
    >>> round(probability, 12)
    0.68
    >>> round(state.fidelity(), 4)
    0.7353
    """
    protocol = Protocol(2, 2)
    twirl = _twirl()
    protocol.apply(twirl, 0, 1)
    protocol.apply(twirl, 2, 3)
    left, right = _compare(protocol, gate_noise, p_readout_error)
    protocol.apply(twirl, 0, 1)
    protocol.accept(left == right)
    return protocol.compile()


@remembered
def epl(*, gate_noise: _Noise = None, p_readout_error: npt.ArrayLike = 0.0) -> BilinearMap:
    """Distil two pairs of single-click links: compare, keep the pair if both readouts are 1.

    Both nodes apply a CNOT from the left pair to the right pair, and read the latter in the Z basis.

    Parameters
    ----------
    gate_noise : Channel or tuple of two, optional
        On two qubits, after the CNOT; of both nodes, or of the left and the right one.
    p_readout_error : float, array_like or tuple of two, default 0
        Of each readout.

    Returns
    -------
    BilinearMap
        From the pair that is kept and the one that is measured. Accepts the bits 1 and 1.

    Raises
    ------
    TypeError
        If `gate_noise` is no channel.
    ValueError
        If a parameter is out of range.

    Notes
    -----
    Pairs ``r Phi+ + (1 - r) |10><10|`` become Phi+ with probability r^2 / 2, whatever common phase they
    have.
    Its inventors have Psi+: an X on the right qubits, which passes the CNOTs. E. T. Campbell,
    S. C. Benjamin, Phys. Rev. Lett. 101, 130502 (2008).

    Examples
    --------
    >>> import numpy as np, ebit
    >>> heralded = np.diag([0.3, 0.0, 0.4, 0.3])
    >>> heralded[0, 3] = heralded[3, 0] = 0.3
    >>> pair = ebit.Pair.from_density_matrix(heralded)
    >>> state, probability = ebit.protocols.epl()(pair, pair)
    >>> round(probability, 12), round(state.fidelity(), 12)  # r = 0.6
    (0.18, 1.0)
    """
    protocol = Protocol(2, 2)
    left, right = _compare(protocol, gate_noise, p_readout_error)
    protocol.accept(left & right)
    return protocol.compile()
