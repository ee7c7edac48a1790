"""Between the public surface and the library: array-likes become arrays, ranges are checked there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
IntArray = npt.NDArray[np.int64]
WordArray = npt.NDArray[np.uint64]
ByteArray = npt.NDArray[np.uint8]

_Number = TypeVar("_Number", np.float64, np.complex128)


def as_floats(name: str, value: npt.ArrayLike) -> FloatArray:
    """Return `value` as a C-contiguous float64 array (0-d for a scalar), or raise TypeError."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} = {value!r} is not allowed: it must be a real number or an array of them")
    return np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)


def as_complexes(name: str, value: npt.ArrayLike) -> ComplexArray:
    """Return `value` as a C-contiguous complex128 array, or raise TypeError."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiuc":
        raise TypeError(f"{name} = {value!r} is not allowed: it must be a number or an array of them")
    return np.ascontiguousarray(array, dtype=np.complex128).reshape(array.shape)


def as_float(name: str, value: object) -> float:
    """Return `value` as a float, or raise TypeError."""
    array = as_floats(name, value)  # type: ignore[arg-type]
    if array.ndim != 0:
        raise TypeError(f"{name} has shape {array.shape}: it must be a single number")
    return float(array)


def as_int(name: str, value: object) -> int:
    """Return `value` as an int, or raise TypeError (a float with an integer value is refused)."""
    huge = isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 64
    array = np.asarray(value)
    if not huge and (array.ndim != 0 or array.dtype.kind not in "iu"):
        raise TypeError(f"{name} = {value!r} is not allowed: it must be an integer")
    if huge or not -(2**63) <= int(array) < 2**63:
        raise ValueError(f"{name} = {value!r} is not allowed: it must fit into 64 bits")
    return int(array)


def broadcast(
    *parameters: tuple[str, npt.ArrayLike, tuple[int, ...]],
) -> tuple[tuple[int, ...], list[FloatArray]]:
    """Bring parameters to one batch shape, for a function of `_core` that works per element.

    Parameters
    ----------
    *parameters : (name, value, core_shape)
        `core_shape` is the shape of one element: ``()`` for a number, ``(4, 4)`` for a correlation
        matrix. Axes before it are batch axes and follow NumPy's broadcasting rules.

    Returns
    -------
    batch_shape : tuple of int
    columns : list of float64 arrays
        C-contiguous, shape ``(n,)`` for a number and ``(n, prod(core_shape))`` otherwise, where n is
        the product of `batch_shape`.
    """
    arrays, batches = [], []
    for name, value, core in parameters:
        array = as_floats(name, value)
        if array.ndim < len(core) or array.shape[array.ndim - len(core) :] != core:
            raise ValueError(f"{name} has shape {array.shape}: its last axes must be {core}")
        arrays.append(array)
        batches.append(array.shape[: array.ndim - len(core)])
    try:
        batch = np.broadcast_shapes(*batches)
    except ValueError:
        shapes = ", ".join(f"{p[0]} {b}" for p, b in zip(parameters, batches, strict=True))
        raise ValueError(f"batch shapes do not broadcast to one: {shapes}") from None
    columns = []
    for array, (_, _, core) in zip(arrays, parameters, strict=True):
        full = np.ascontiguousarray(np.broadcast_to(array, batch + core))
        columns.append(full.reshape((-1, int(np.prod(core))) if core else (-1,)))
    return batch, columns


def elementwise(
    function: Callable[..., FloatArray],
    core_shape: tuple[int, ...],
    *parameters: tuple[str, npt.ArrayLike, tuple[int, ...]],
) -> FloatArray:
    """Call a per-element function of `_core`; results have the batch shape plus `core_shape`."""
    batch, columns = broadcast(*parameters)
    return function(*columns).reshape(batch + core_shape)


def scalar(values: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Turn an array without axes into a scalar, which prints and formats like a float."""
    value: npt.NDArray[_Number] = values[()]
    return value


def as_bool(name: str, value: object) -> bool:
    """Return `value` as a bool, or raise TypeError (numbers are refused)."""
    if not isinstance(value, bool | np.bool):
        raise TypeError(f"{name} = {value!r} is not allowed: it must be True or False")
    return bool(value)


def require(name: str, value: object, *types: type) -> None:
    """Raise TypeError unless the value is of one of the types."""
    if not isinstance(value, types):
        allowed = " or ".join(t.__name__ for t in types)
        raise TypeError(f"{name} = {value!r} is not allowed: it must be a {allowed}")


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """Return `value` if it is one of the `allowed` words, or raise ValueError."""
    if not isinstance(value, str) or value not in allowed:
        words = ", ".join(map(repr, allowed))
        raise ValueError(f"{name} = {value!r} is not allowed: it must be one of {words}")
    return value
