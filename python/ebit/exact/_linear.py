"""Expected sums over the slots of an absorbing chain: (1 - Q) x = b, b not negative.

Configurations are eliminated in blocks, the last ones first, and what leaves one is always a sum, never
taken from one. So nothing is subtracted, and every x is exact but for rounding, however rare delivery is
(W. K. Grassmann, M. I. Taksar, D. P. Heyman, Operations Research 33, 1107 (1985)). With A a block, B those
before it and N = (1 - Q_AA)^-1,

    Q_BB += Q_BA N Q_AB,    d_B += Q_BA N d_A,    b_B += Q_BA N b_A,    x_A = N (b_A + Q_AB x_B).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ebit._arrays import FloatArray, IntArray
from ebit.exact._graph import DELIVERED, Edges, totals
from ebit.exact._series import check_size

_BLOCK = 48


class _Eliminated(NamedTuple):
    first: int
    last: int
    inverse: FloatArray  # N
    rows: IntArray  # of B, that lead to the block
    columns: IntArray  # of B, that the block leads to


class ExpectedSums:
    """x for a chain with these steps, between `size` configurations or to delivery.

    The matrix may have at most `limit` entries.
    """

    def __init__(self, steps: Edges, size: int, limit: int) -> None:
        check_size(float(size) ** 2, limit, "a matrix of transitions")
        ends = steps.after == DELIVERED
        delivering = totals(steps.before[ends], steps.weight[ends], size)
        moves = steps.taken(~ends & (steps.before != steps.after))
        self._q = totals(moves.before * size + moves.after, moves.weight, size**2).reshape(size, size)
        self._eliminated = [
            self._eliminate(max(0, last - _BLOCK), last, delivering) for last in range(size, 0, -_BLOCK)
        ]

    def _eliminate(self, first: int, last: int, delivering: FloatArray) -> _Eliminated:
        q, block = self._q, slice(first, last)
        to_outside = q[block, :first].sum(axis=1) + delivering[block]
        inverse = _inverse(q[block, block].copy(), to_outside)
        rows, columns = (
            np.flatnonzero(x) for x in (q[:first, block].any(axis=1), q[block, :first].any(axis=0))
        )
        visits = q[rows, block] @ inverse
        q[np.ix_(rows, columns)] += visits @ q[block, columns]
        q[rows, rows] = 0.0  # back where it came from
        delivering[rows] += visits @ delivering[block]
        return _Eliminated(first, last, inverse, rows, columns)

    def solve(self, b: FloatArray) -> FloatArray:
        """Return x for one or several b, shape (..., configurations)."""
        x = np.array(b.T)
        for first, last, inverse, rows, _ in self._eliminated:
            x[rows] += self._q[rows, first:last] @ (inverse @ x[first:last])
        for first, last, inverse, _, columns in reversed(self._eliminated):
            x[first:last] = inverse @ (x[first:last] + self._q[first:last, columns] @ x[columns])
        return x.T


def _inverse(q: FloatArray, to_outside: FloatArray) -> FloatArray:
    """(1 - q)^-1, row sums completed by what leads outside; the diagonal of q is of no account."""
    size = len(q)
    x = np.eye(size)
    leaving = np.empty(size)
    for k in range(size - 1, -1, -1):
        leaving[k] = q[k, :k].sum() + to_outside[k]
        share = q[:k, k] / leaving[k]
        q[:k, :k] += np.outer(share, q[k, :k])
        to_outside[:k] += share * to_outside[k]
        x[:k] += np.outer(share, x[k])
    for k in range(size):
        x[k] = (x[k] + q[k, :k] @ x[:k]) / leaving[k]
    return x
