"""Bilinear tables term by term, one outcome after the other: plain loops, nothing merged or skipped."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LEAST_PROBABILITY = 1e-12


class Table(NamedTuple):
    """Columns of a table; coefficients (terms,) or (terms, elements)."""

    num_left: int
    num_right: int
    num_out: int
    num_bits: int
    out: IntArray
    left: IntArray
    right: IntArray
    character: IntArray
    coefficient: FloatArray


def branch(table: Table, left: FloatArray, right: FloatArray, outcome: int) -> FloatArray:
    """Return the branch of one outcome, not normalised, shape (4**out, N); inputs (4**n, N)."""
    made = np.zeros((4**table.num_out, max(left.shape[1], right.shape[1])))
    for k, i, j, s, c in zip(*table[4:], strict=True):
        sign = -1.0 if bin(s & outcome).count("1") % 2 else 1.0
        made[k] += sign * c * left[i] * right[j]
    return made


def normalised(branch: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the state, maximally mixed where there is none, and the probability."""
    probability = branch[0].copy()
    mixed = np.zeros_like(branch)
    mixed[0] = 1.0
    exists = probability >= LEAST_PROBABILITY
    return np.where(exists, branch / np.where(exists, probability, 1.0), mixed), probability


def averaged(
    table: Table, left: FloatArray, right: FloatArray, accepted: list[int]
) -> tuple[FloatArray, FloatArray]:
    """Return the mean state over accepted outcomes and the probability of being accepted."""
    return normalised(sum((branch(table, left, right, m) for m in accepted), start=np.zeros(1)))


def sampled(
    table: Table, left: FloatArray, right: FloatArray, variates: FloatArray
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Return states, outcomes and their probabilities, drawn by the variate of each element."""
    branches = np.array([branch(table, left, right, m) for m in range(2**table.num_bits)])
    cumulative = np.cumsum(np.maximum(branches[:, 0], 0.0), axis=0)
    below = cumulative[:-1] <= variates * cumulative[-1]
    outcome = below.sum(axis=0)
    state, probability = normalised(branches[outcome, :, np.arange(len(outcome))].T)
    return state, outcome, probability


def random_table(
    seed: int,
    num_left: int,
    num_right: int,
    num_out: int,
    num_bits: int,
    terms: int,
    batch: int | None = None,
) -> Table:
    """Return a table of no meaning with positive probabilities for states near the mixed one."""
    random = np.random.default_rng(seed)
    columns = [
        random.integers(4**num_out, size=terms),
        random.integers(4**num_left, size=terms),
        random.integers(4**num_right, size=terms),
        random.integers(2**num_bits, size=terms),
    ]
    size = (terms,) if batch is None else (terms, batch)
    coefficient = random.uniform(-0.05, 0.05, size=size) / 2**num_bits
    # The largest part of every probability.
    for column in columns:
        column[0] = 0
    coefficient[0] = 1.0 / 2**num_bits
    return Table(num_left, num_right, num_out, num_bits, *columns, coefficient)
