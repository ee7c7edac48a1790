"""Calls into the library element by element, and arguments that are one of a few words."""

from __future__ import annotations

from collections.abc import Callable

import numpy.typing as npt

from ebit import _arrays
from ebit._arrays import FloatArray


def elementwise(
    function: Callable[..., FloatArray],
    core_shape: tuple[int, ...],
    *parameters: tuple[str, npt.ArrayLike, tuple[int, ...]],
) -> FloatArray:
    """Call a per-element function of the library; results have the batch shape plus `core_shape`."""
    batch, columns = _arrays.broadcast(*parameters)
    return function(*columns).reshape(batch + core_shape)


def choose(name: str, value: object, allowed: tuple[str, ...]) -> int:
    """Return the index of `value` among the allowed words, or raise ValueError."""
    if not isinstance(value, str) or value not in allowed:
        words = ", ".join(repr(word) for word in allowed)
        raise ValueError(f"{name} = {value!r} is not allowed: it must be one of {words}")
    return allowed.index(value)


def scalar(values: FloatArray) -> FloatArray:
    """Turn an array without axes into a scalar, which prints and formats like a float."""
    value: FloatArray = values[()]
    return value
