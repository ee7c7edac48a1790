"""Array-likes at the public surface become arrays here; ranges are checked in the library."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]


def as_floats(name: str, value: npt.ArrayLike) -> FloatArray:
    """Return `value` as a C-contiguous float64 array (0-d for a scalar), or raise TypeError."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} = {value!r} is not allowed: it must be a real number or an array of them")
    return np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)


def as_float(name: str, value: object) -> float:
    """Return `value` as a float, or raise TypeError."""
    array = as_floats(name, value)  # type: ignore[arg-type]
    if array.ndim != 0:
        raise TypeError(f"{name} has shape {array.shape}: it must be a single number")
    return float(array)


def as_int(name: str, value: object) -> int:
    """Return `value` as an int, or raise TypeError (a float with an integer value is refused)."""
    array = np.asarray(value)
    if array.ndim != 0 or array.dtype.kind not in "iu":
        raise TypeError(f"{name} = {value!r} is not allowed: it must be an integer")
    return int(array)
