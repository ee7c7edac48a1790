"""Pauli strings as text, and their products.

A string on n qubits is the row of its coefficient: base 4, a digit (I, X, Y, Z) per qubit, qubit 0
first. The rows of a product are combined by exclusive or.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebit._arrays import IntArray

LETTERS = "IXYZ"
MAX_QUBITS = 13


def parse(name: str, text: object, num_qubits: int) -> tuple[int, int]:
    """Return the sign and the row of a signed string such as ``"-XIZ"``, or raise."""
    if not isinstance(text, str):
        raise TypeError(f"{name} = {text!r} is not allowed: it must be a Pauli string such as 'XIZ'")
    letters = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if len(letters) != num_qubits or any(letter not in LETTERS for letter in letters):
        raise ValueError(
            f"{name} = {text!r} is not allowed: it must have {num_qubits} letters I, X, Y or Z, one per"
            " qubit, after an optional sign"
        )
    row = sum(LETTERS.index(letter) << 2 * k for k, letter in enumerate(reversed(letters)))
    return (-1 if text.startswith("-") else 1), row


# The low bit of every digit.
_LOW = 0x5555555555555555


def bits(row: IntArray | np.int64) -> tuple[Any, Any]:
    """Return x and z of X^x Z^z, each with the bit of a qubit at the place of its digit."""
    low, high = row & _LOW, row >> 1 & _LOW
    return low ^ high, high


def product_sign(left: IntArray | np.int64, right: IntArray | np.int64) -> IntArray:
    """Return the sign of the product of commuting strings, and 0 where they anticommute."""
    (x1, z1), (x2, z2) = bits(left), bits(right)
    ys = np.bitwise_count(x1 & z1).astype(np.int64) + np.bitwise_count(x2 & z2)
    power = ys - np.bitwise_count((x1 ^ x2) & (z1 ^ z2)) + 2 * np.bitwise_count(z1 & x2)
    signs: IntArray = np.array([1, 0, -1, 0])[power % 4]
    return signs


def group(name: str, generators: object, num_qubits: int | None = None) -> tuple[IntArray, IntArray, int]:
    """Return the rows and signs of all products of commuting, independent strings, and their length."""
    if isinstance(generators, str) or not isinstance(generators, Sequence):
        raise TypeError(f"{name} = {generators!r} is not allowed: it must be a list of Pauli strings")
    if num_qubits is None:
        if len(generators) == 0:
            raise ValueError(f"{name} = [] is not allowed: there must be at least one generator")
        first = generators[0]
        num_qubits = len(first.lstrip("+-")) if isinstance(first, str) else 0
    if num_qubits > MAX_QUBITS:
        raise ValueError(
            f"{name} act on {num_qubits} qubits: there may be at most {MAX_QUBITS}, since a state of"
            f" {num_qubits} would need {8 * 4**num_qubits:.6g} bytes"
        )
    rows, signs = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
    for text in generators:
        sign, row = parse(name, text, num_qubits)
        step = product_sign(rows, np.int64(row))
        if np.any(step == 0):
            raise ValueError(f"{name}: {text!r} does not commute with those before it")
        if np.any(rows == row):
            raise ValueError(f"{name}: {text!r} is, up to a sign, a product of those before it")
        rows = np.concatenate([rows, rows ^ row])
        signs = np.concatenate([signs, signs * step * sign])
    return rows, signs, num_qubits
