"""Plain NumPy arrays in either qubit order.

Here qubit 0 is the most significant bit of an index, the left tensor factor (``order="big"``). Qiskit
and qulacs have it the other way round (``order="little"``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit import channels
from ebit._arrays import ComplexArray, as_int, one_of
from ebit.channels import Channel
from ebit.density import DensityMatrix
from ebit.state import PairState

__all__ = ["channel_from", "channel_to", "reorder", "state_from", "state_to"]

#: A density matrix, or a pair in any form; single or a batch.
State: TypeAlias = DensityMatrix | PairState
Order: TypeAlias = Literal["big", "little"]

# Number of axes, how often an axis runs over all qubits, and values per qubit each time.
_FORMS = {
    "vector": (1, 1, 2),
    "matrix": (2, 1, 2),
    "kraus": (2, 1, 2),
    "choi": (2, 2, 2),
    "superoperator": (2, 2, 2),
    "expectations": (1, 1, 4),
    "ptm": (2, 1, 4),
}
_ORDERS = ("big", "little")
_CHANNEL_FORMS = ("kraus", "ptm", "choi", "superoperator", "unitary")


def reorder(array: npt.ArrayLike, form: str, permutation: Sequence[int] | None = None) -> npt.NDArray[Any]:
    """Return an array with its qubits in another order.

    Parameters
    ----------
    array : array_like
        Axes before those of the form are batch axes (or number the operators).
    form : str
        What the last axes hold, for n qubits and d = 2**n: "vector" (d), "matrix" or "kraus" (d, d),
        "choi" or "superoperator" (d*d, d*d, vectors of stacked columns or rows), "expectations" (4**n)
        of Pauli strings, "ptm" (4**n, 4**n).
    permutation : sequence of int, optional
        Qubit ``permutation[i]`` of `array` becomes qubit i of the result. Without it the order is
        reversed, which leads from "big" to "little" and back.

    Returns
    -------
    array of the same shape and type

    Raises
    ------
    ValueError
        If the form is unknown, the shape does not fit it or the permutation is none.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.arrays.reorder([0, 1, 0, 0], "vector")  # |01> becomes |10>
    array([0, 0, 1, 0])
    """
    axes, passes, base = _FORMS[one_of("form", form, tuple(_FORMS))]
    values = np.asarray(array)
    side = values.shape[-1] if values.ndim else 0
    n = _digits(side, base**passes)
    if n == 0 or values.ndim < axes or set(values.shape[values.ndim - axes :]) != {side}:
        size = f"{base**passes}**n"
        wanted = f"({size}, {size})" if axes == 2 else f"({size},)"
        raise ValueError(f"array has shape {values.shape}: the last axes of a {form} must be {wanted}")
    moves = _permutation(permutation, n)
    batch = values.ndim - axes
    order = [*range(batch), *(batch + n * group + q for group in range(axes * passes) for q in moves)]
    digits = values.reshape(values.shape[:batch] + (base,) * (n * axes * passes))
    return np.ascontiguousarray(digits.transpose(order)).reshape(values.shape)


def _digits(side: int, base: int) -> int:
    """Return n if `side` is ``base**n``, else 0."""
    n = (max(side, 1).bit_length() - 1) // (base.bit_length() - 1)
    return n if base**n == side else 0


def _permutation(permutation: Sequence[int] | None, n: int) -> list[int]:
    if permutation is None:
        return list(range(n))[::-1]
    moves = [as_int("permutation", qubit) for qubit in permutation]
    if sorted(moves) != list(range(n)):
        raise ValueError(f"permutation = {moves} is not allowed: it must hold 0 .. {n - 1}, each once")
    return moves


def state_to(state: State, order: Order = "big") -> ComplexArray:
    """Return a state as a density matrix.

    Parameters
    ----------
    state : DensityMatrix, Pair, BellDiagonal or Werner
        On n qubits; a single one, or a batch with one axis.
    order : {"big", "little"}
        Whether qubit 0 is the most or the least significant one of the result.

    Returns
    -------
    complex array, shape (..., 2**n, 2**n)

    Raises
    ------
    TypeError
        If `state` is none of these.
    ValueError
        If the order is unknown.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.arrays.state_to(ebit.Werner(1.0)).real.round(12)[0]
    array([0.5, 0. , 0. , 0.5])
    """
    if isinstance(state, PairState):
        state = DensityMatrix.from_pair(state)
    if not isinstance(state, DensityMatrix):
        raise TypeError(f"state = {state!r} is not allowed: it must be a DensityMatrix or a pair")
    return state.matrix(order)


def state_from(array: npt.ArrayLike, order: Order = "big", *, tolerance: float = 1e-9) -> DensityMatrix:
    """Return the state of a state vector or density matrix.

    Parameters
    ----------
    array : array_like, shape (2**n,) or (..., 2**n, 2**n)
        One axis: amplitudes. Two: a density matrix. Three: a batch of them.
    order : {"big", "little"}
        Whether qubit 0 is the most or the least significant one of `array`.
    tolerance : float, default 1e-9
        How far the trace may be from 1, an eigenvalue below 0 and the matrix from Hermitian.

    Returns
    -------
    DensityMatrix

    Raises
    ------
    ValueError
        If the shape is wrong or the matrix is not a state.

    Examples
    --------
    >>> import ebit
    >>> ebit.adapters.arrays.state_from([0, 1, 0, 0], order="little").expectation("ZI")
    -1.0
    """
    make = DensityMatrix.from_state_vector if np.ndim(array) == 1 else DensityMatrix.from_matrix
    return make(array, order, tolerance=tolerance)


def channel_to(channel: Channel, form: str = "kraus", order: Order = "big") -> npt.NDArray[Any]:
    """Return a channel as an array.

    Parameters
    ----------
    channel : Channel
        On k qubits; a batch gives batch axes in front.
    form : {"kraus", "ptm", "choi", "superoperator"}
        As of the methods of `Channel` with these names.
    order : {"big", "little"}
        Whether qubit 0 is the most or the least significant one of the result.

    Returns
    -------
    array, complex except for "ptm"

    Raises
    ------
    TypeError
        If `channel` is not a Channel.
    ValueError
        If the form or the order is unknown.

    Examples
    --------
    >>> import ebit
    >>> cnot = ebit.channels.unitary("CX")  # its control is qubit 0
    >>> ebit.adapters.arrays.channel_to(cnot, "kraus", "little")[0].real.round(12) + 0.0
    array([[1., 0., 0., 0.],
           [0., 0., 0., 1.],
           [0., 0., 1., 0.],
           [0., 1., 0., 0.]])
    """
    if not isinstance(channel, Channel):
        raise TypeError(f"channel = {channel!r} is not allowed: it must be a Channel")
    if one_of("form", form, _CHANNEL_FORMS[:-1]) == "ptm":
        array: npt.NDArray[Any] = channel.ptm.copy()
    else:
        array = getattr(channel, form)()
    return reorder(array, form) if one_of("order", order, _ORDERS) == "little" else array


def channel_from(
    array: npt.ArrayLike, form: str = "kraus", order: Order = "big", *, tolerance: float = 1e-9
) -> Channel:
    """Return the channel of an array.

    Parameters
    ----------
    array : array_like
        On one or two qubits, perhaps with batch axes in front.
    form : {"kraus", "ptm", "choi", "superoperator", "unitary"}
        As for the functions of `ebit.channels` with these names.
    order : {"big", "little"}
        Whether qubit 0 is the most or the least significant one of `array`.
    tolerance : float, default 1e-9
        How far the array may be from a channel.

    Returns
    -------
    Channel

    Raises
    ------
    ValueError
        If the form or the order is unknown, the shape is wrong or the map is not a channel.

    Examples
    --------
    >>> import numpy as np, ebit
    >>> swapped = [[[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]]]
    >>> channel = ebit.adapters.arrays.channel_from(swapped, "kraus", "little")
    >>> np.allclose(channel.ptm, ebit.channels.unitary("CX").ptm)
    True
    """
    make = getattr(
        channels, "unitary" if one_of("form", form, _CHANNEL_FORMS) == "unitary" else f"from_{form}"
    )
    if one_of("order", order, _ORDERS) == "little":
        array = reorder(array, "matrix" if form == "unitary" else form)
    channel: Channel = make(array, tolerance=tolerance)
    return channel
