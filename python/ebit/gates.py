"""Gates: unitaries by name and parameters, how Clifford gates move Paulis.

Names and phases follow Stim's gate set (Gidney, Quantum 5, 497 (2021)). Beside it stand T and T_DAG, the
three-qubit gates CCX, CCZ and CSWAP, and gates with parameters, all of them angles in radians:

- ``RX``, ``RY``, ``RZ``, ``RXX``, ``RYY``, ``RZZ``: ``exp(-i angle P / 2)``;
- ``CRX``, ``CRY``, ``CRZ``: the rotation of qubit 1 where qubit 0 is ``|1>``;
- ``PHASE``: ``diag(1, exp(i angle))``; ``CPHASE``: ``diag(1, 1, 1, exp(i angle))``;
- ``U3`` with theta, phi, lambda: any one-qubit gate, ``exp(i (phi + lambda) / 2) RZ(phi) RY(theta)
  RZ(lambda)``.

Qubit 0, the left tensor factor, is the control (the first of two in CCX and CCZ).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import ComplexArray, FloatArray, broadcast

__all__ = ["images", "is_clifford", "names", "num_parameters", "num_qubits", "unitary"]


def _name(gate: object) -> str:
    if not isinstance(gate, str):
        raise TypeError(f"gate = {gate!r} is not allowed: it must be the name of a gate")
    return gate


def names() -> tuple[str, ...]:
    """Return the names of all gates: those without parameters first, each part by number of qubits.

    Examples
    --------
    >>> import ebit
    >>> ebit.gates.names()[:4]
    ('I', 'X', 'Y', 'Z')
    """
    return tuple(_core.gate_names())


def num_qubits(gate: str) -> int:
    """Return how many qubits a gate acts on, 1 to 3.

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


def num_parameters(gate: str) -> int:
    """Return how many parameters a gate has.

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
    >>> ebit.gates.num_parameters("CRX"), ebit.gates.num_parameters("CX")
    (1, 0)
    """
    return len(_core.gate_parameters(_name(gate)))


def parameter_columns(gate: str, parameters: tuple[npt.ArrayLike, ...]) -> tuple[tuple[int, ...], FloatArray]:
    """Return the batch shape of a gate's parameters and one row of them for each element, or raise."""
    wanted = _core.gate_parameters(_name(gate))
    if len(parameters) != len(wanted):
        names = f" ({', '.join(wanted)})" if wanted else ""
        raise TypeError(f"{gate} takes {len(wanted)} parameters{names}, not {len(parameters)}")
    if not parameters:
        return (), np.empty((1, 0))
    batch, columns = broadcast(*((name, value, ()) for name, value in zip(wanted, parameters, strict=True)))
    return batch, np.stack(columns, axis=1)


def unitary(gate: str, *parameters: npt.ArrayLike) -> ComplexArray:
    """Return the unitary of a gate on k qubits.

    Parameters
    ----------
    gate : str
        One of `names`.
    *parameters : array_like
        As many as `num_parameters`; they broadcast.

    Returns
    -------
    complex array, shape (..., 2**k, 2**k)

    Raises
    ------
    TypeError
        If the number of parameters is wrong.
    ValueError
        If there is no gate of that name (upper case) or a parameter is not finite.

    Notes
    -----
    Nielsen and Chuang, Quantum Computation and Quantum Information, sections 4.2 and 4.3.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> ebit.gates.unitary("S")
    array([[1.+0.j, 0.+0.j],
           [0.+0.j, 0.+1.j]])
    >>> bool(np.allclose(ebit.gates.unitary("RX", np.pi), -1j * ebit.gates.unitary("X")))
    True
    >>> ebit.gates.unitary("RZZ", [0.1, 0.2]).shape
    (2, 4, 4)
    """
    batch, table = parameter_columns(gate, parameters)
    matrices = _core.gate_unitary(gate, table)
    return matrices.reshape(*batch, *matrices.shape[1:])


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
