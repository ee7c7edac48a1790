"""The columns of a bilinear map, checked and in canonical order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, IntArray, as_floats, as_int, require

MAX_BITS = 8
MAX_QUBITS = 8  # a table has terms by the thousand then


def in_range(name: str, value: object, largest: int) -> int:
    number = as_int(name, value)
    if not 0 <= number <= largest:
        raise ValueError(f"{name} = {number} is not allowed: it must be in [0, {largest}]")
    return number


def indices(name: str, value: npt.ArrayLike, end: int) -> IntArray:
    array = np.asarray(value)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size > 0):
        raise TypeError(f"{name} is not allowed: it must be a one-dimensional array of integers")
    if array.size > 0 and not (array.min() >= 0 and array.max() < end):
        raise ValueError(f"{name} holds a number that is not in [0, {end - 1}]")
    return array.astype(np.int64)


def coefficients(value: npt.ArrayLike, columns: list[IntArray]) -> FloatArray:
    coefficient = as_floats("coefficient", value)
    if coefficient.ndim not in (1, 2) or 0 in coefficient.shape[1:]:
        raise ValueError(f"coefficient has shape {coefficient.shape}: it must be (T,) or (T, N)")
    lengths = {len(column) for column in (*columns, coefficient)}
    if len(lengths) > 1:
        raise ValueError(f"out, left, right, character and coefficient differ in length: {sorted(lengths)}")
    if not np.isfinite(coefficient).all():
        raise ValueError("coefficient holds NaN or infinity")
    return coefficient


def sorted_terms(columns: list[IntArray], coefficient: FloatArray) -> list[Any]:
    """Sort terms, add up equal ones and drop zeros."""
    order = np.lexsort(columns[::-1])
    columns = [column[order] for column in columns]
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    merged = coefficient[order]
    if not first.all():
        coefficient, merged = merged, np.zeros((int(first.sum()), *coefficient.shape[1:]))
        np.add.at(merged, np.cumsum(first) - 1, coefficient)
    used = (merged.reshape(len(merged), -1) != 0.0).any(axis=1)
    result = [*(column[first][used] for column in columns), merged if used.all() else merged[used]]
    for column in result:
        column.flags.writeable = False
    return result


def kept_qubits(kept: tuple[int, ...], sizes: list[int]) -> tuple[int, ...]:
    require("kept", kept, tuple)
    places = tuple(in_range("kept", place, sizes[0] + sizes[1] - 1) for place in kept)
    if len(places) != sizes[2] or len(set(places)) != len(places):
        raise ValueError(f"kept = {kept} is not allowed: it must be {sizes[2]} different qubits")
    return places
