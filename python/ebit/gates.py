"""Gates: unitaries by name, how Clifford gates move Paulis, rotations.

Names and phases follow Stim's gate set (Gidney, Quantum 5, 497 (2021)), with T and T_DAG beside it.
Qubit 0, the left tensor factor, is the control of CX.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import ComplexArray, FloatArray, elementwise

__all__ = ["images", "is_clifford", "names", "num_qubits", "rx", "ry", "rz", "unitary"]


def _name(gate: object) -> str:
    if not isinstance(gate, str):
        raise TypeError(f"gate = {gate!r} is not allowed: it must be the name of a gate")
    return gate


def names() -> tuple[str, ...]:
    """Return the names of all gates, one-qubit gates first.

    Examples
    --------
    >>> import ebit
    >>> ebit.gates.names()[:4]
    ('I', 'X', 'Y', 'Z')
    """
    return tuple(_core.gate_names())


def num_qubits(gate: str) -> int:
    """Return how many qubits a gate acts on, 1 or 2.

    Parameters
    ----------
    gate : str
        One of `names`.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If there is no gate of that name (upper case).

    Examples
    --------
    >>> import ebit
    >>> ebit.gates.num_qubits("CX")
    2
    """
    return _core.gate_num_qubits(_name(gate))


def unitary(gate: str) -> ComplexArray:
    """Return the unitary of a gate on k qubits.

    Parameters
    ----------
    gate : str
        One of `names`.

    Returns
    -------
    complex array, shape (2**k, 2**k)

    Raises
    ------
    ValueError
        If there is no gate of that name (upper case).

    Examples
    --------
    >>> import ebit
    >>> ebit.gates.unitary("S")
    array([[1.+0.j, 0.+0.j],
           [0.+0.j, 0.+1.j]])
    """
    return _core.gate_unitary(_name(gate))


def is_clifford(gate: str) -> bool:
    """Say whether a gate maps every Pauli to a Pauli.

    Parameters
    ----------
    gate : str
        One of `names`.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If there is no gate of that name (upper case).

    Examples
    --------
    >>> import ebit
    >>> ebit.gates.is_clifford("H"), ebit.gates.is_clifford("T")
    (True, False)
    """
    return bool(_core.gate_images(_name(gate)))


def images(gate: str) -> dict[str, str]:
    """Return the signed Paulis ``U P U^dagger`` to which a Clifford gate moves the generators P.

    Parameters
    ----------
    gate : str
        One of `names`.

    Returns
    -------
    dict
        From the generators X, Z (XI, ZI, IX, IZ) to signed Pauli strings

    Raises
    ------
    ValueError
        If the gate is unknown or not Clifford.

    Examples
    --------
    >>> import ebit
    >>> ebit.gates.images("CX")
    {'XI': '+XX', 'ZI': '+ZI', 'IX': '+IX', 'IZ': '+ZZ'}
    """
    moved = _core.gate_images(_name(gate))
    if not moved:
        raise ValueError(f"gate = {gate} is not allowed: it must be a Clifford gate")
    strings = ["I", "X", "Y", "Z"]
    generators = ["X", "Z"]
    if num_qubits(gate) == 2:
        strings = [left + right for left in strings for right in strings]
        generators = ["XI", "ZI", "IX", "IZ"]
    signed = [("-" if negative else "+") + strings[index] for index, negative in moved]
    return {generator: signed[strings.index(generator)] for generator in generators}


def _rotation(kernel: Callable[[FloatArray], FloatArray], angle: npt.ArrayLike) -> ComplexArray:
    return elementwise(kernel, (2, 4), ("angle", angle, ())).view(np.complex128)


def rx(angle: npt.ArrayLike) -> ComplexArray:
    """Return ``exp(-i angle X / 2)``.

    Parameters
    ----------
    angle : array_like
        Radians, any shape.

    Returns
    -------
    complex array, shape (..., 2, 2)

    Raises
    ------
    ValueError
        If an angle is not finite.

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 4.2.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> bool(np.allclose(ebit.gates.rx(np.pi), -1j * ebit.gates.unitary("X")))
    True
    """
    return _rotation(_core.gate_rx, angle)


def ry(angle: npt.ArrayLike) -> ComplexArray:
    """Return ``exp(-i angle Y / 2)``.

    Parameters
    ----------
    angle : array_like
        Radians, any shape.

    Returns
    -------
    complex array, shape (..., 2, 2)

    Raises
    ------
    ValueError
        If an angle is not finite.

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 4.2.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> bool(np.allclose(ebit.gates.ry(np.pi), -1j * ebit.gates.unitary("Y")))
    True
    """
    return _rotation(_core.gate_ry, angle)


def rz(angle: npt.ArrayLike) -> ComplexArray:
    """Return ``exp(-i angle Z / 2)``.

    Parameters
    ----------
    angle : array_like
        Radians, any shape.

    Returns
    -------
    complex array, shape (..., 2, 2)

    Raises
    ------
    ValueError
        If an angle is not finite.

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, section 4.2.

    Examples
    --------
    >>> import ebit
    >>> ebit.channels.unitary(ebit.gates.rz(0.0)).ptm.diagonal()
    array([1., 1., 1., 1.])
    """
    return _rotation(_core.gate_rz, angle)
