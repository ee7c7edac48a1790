"""The mean of what is stored, by links that are marked from their birth.

A link that will be part of the delivered pair carries a mark; a marked link is not lost, joins marked
ones only, and every slot that it waits multiplies the weight of its path by exp(-rate). Summed over
paths that is the mean of the feature. Marks never go, so that the system of equations falls apart by
the segments that marked links cover, the largest cover first.

With x the mean from every configuration and choice of marks, the mean y of the time that is left times
the feature follows from the same equations: x = b + A x, and every step of A takes a slot, so that
y = x + A y.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ebit._arrays import FloatArray, IntArray
from ebit.exact._graph import DELIVERED, Edges, Graph, totals
from ebit.exact._linear import ExpectedSums
from ebit.exact._slots import Links

# Entries of the matrices that are solved together.
_BATCH = 1 << 20


class _Group(NamedTuple):
    """Equations of one cover: row i is unknown rows[i]."""

    rows: IntArray
    inside: tuple[IntArray, IntArray, FloatArray]  # row and column in the group, probability
    outside: tuple[IntArray, IntArray, FloatArray]  # row in the group, unknown known by now, probability

    def from_outside(self, kept: FloatArray) -> FloatArray:
        """What the unknowns known by now contribute, by feature and row."""
        i, known, weight = self.outside
        return np.array([totals(i, weight * x[known], len(self.rows)) for x in kept])


class MarkedSystem:
    """E[feature] from every configuration and every choice of its marked links.

    `sums` are those of the chain, which the configurations without marks obey.
    """

    def __init__(self, graph: Graph, sums: ExpectedSums) -> None:
        self._sums = sums
        links = graph.links
        counts = (links.right >= 0).sum(axis=1)
        # An unknown: the first one of its configuration, and bit k for a mark on its k-th link.
        self._first = np.cumsum(1 << counts) - (1 << counts)
        of = np.repeat(np.arange(len(graph)), 1 << counts)
        marks = np.arange(len(of)) - self._first[of]
        self._log_stay = graph.log_stay[of]
        is_marked = (links.right[of] >= 0) & ((marks[:, None] >> _ranks(links)[of]) & 1 > 0)
        self._left = is_marked.astype(np.float64)
        self._right = np.zeros_like(self._left)
        row, left = np.nonzero(is_marked)
        end = links.right[of][row, left]
        self._right[row, end - 1] = 1.0
        cover = np.zeros(len(of), dtype=np.int64)
        np.add.at(cover, row, (1 << end) - (1 << left))
        steps = self._steps(graph, counts)
        again = steps.before == steps.after
        self._again = totals(steps.before[again], steps.weight[again], len(of))
        self._groups = _groups(cover, steps.taken(~again))

    def _steps(self, graph: Graph, counts: IntArray) -> Edges:
        """Transitions of marked links; those that deliver are kept apart."""
        steps, edge = graph.transitions()
        sources = _sources(graph)[edge]  # by made link: the left nodes of the links in it, as bits
        old = _old_links(graph.links, steps.before, sources)
        ends = steps.after == DELIVERED
        delivering = self._first[steps.before[ends]] + old[ends, 0]
        self._delivered = totals(delivering, steps.weight[ends], len(self._log_stay))
        moves = steps.taken(~ends)
        old = old[~ends]
        rank = _ranks(graph.links)
        rows, columns, weights = [], [], []
        for marks in range(1 << int(counts.max())):
            fits = np.flatnonzero(marks < 1 << counts[moves.after])
            after = moves.after[fits]
            is_marked = (graph.links.right[after] >= 0) & ((marks >> rank[after]) & 1 > 0)
            # Links have distinct parts, so that bits add up.
            before = np.where(is_marked, old[fits], 0).sum(axis=1)
            rows.append(self._first[moves.before[fits]] + before)
            columns.append(self._first[after] + marks)
            weights.append(moves.weight[fits])
        return Edges.summed(np.concatenate(rows), np.concatenate(columns), np.concatenate(weights))

    def means(self, left: FloatArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the means of several features, and of the time in slots times each.

        Parameters
        ----------
        left, right : ndarray, shape (features, segments)
            Rates per slot of the memories at the left and right end of each segment's link.

        Returns
        -------
        pair of ndarray, shape (features,)
        """
        batch = max(1, _BATCH // max((len(group.rows) for group in self._groups[:-1]), default=1) ** 2)
        parts = [slice(start, start + batch) for start in range(0, len(left), batch)]
        solved = [self._solve(left[part], right[part]) for part in parts]
        return np.concatenate([x for x, _ in solved]), np.concatenate([y for _, y in solved])

    def _solve(self, left: FloatArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
        rates = left @ self._left.T + right @ self._right.T
        keep = np.exp(-rates)
        diagonal = -np.expm1(self._log_stay - rates) - self._again * keep
        value, timed = np.zeros((2, *rates.shape))
        for group in self._groups[:-1]:
            rows, (i, j, weight) = group.rows, group.inside
            matrix = np.zeros((len(left), len(rows), len(rows)))
            matrix[:, np.arange(len(rows)), np.arange(len(rows))] = diagonal[:, rows]
            matrix[:, i, j] -= weight * keep[:, rows[j]]
            target = self._delivered[rows] + group.from_outside(keep * value)
            value[:, rows] = np.linalg.solve(matrix, target[:, :, None])[:, :, 0]
            target = value[:, rows] + group.from_outside(keep * timed)
            timed[:, rows] = np.linalg.solve(matrix, target[:, :, None])[:, :, 0]
        rows, last = self._groups[-1].rows, self._groups[-1]
        value[:, rows] = self._sums.solve(self._delivered[rows] + last.from_outside(keep * value))
        timed[:, rows] = self._sums.solve(value[:, rows] + last.from_outside(keep * timed))
        return value[:, 0], timed[:, 0]


def _ranks(links: Links) -> IntArray:
    """By left node: how many links stand left of it."""
    there = (links.right >= 0).astype(np.int64)
    ranks: IntArray = np.cumsum(there, axis=1) - there
    return ranks


def _sources(graph: Graph) -> IntArray:
    """By step of swaps and left node of a made link: the left nodes of the tried links in it, as bits."""
    tried = graph.tried.right[graph.source[graph.swaps.before]]
    after = graph.swaps.after
    made = graph.links.right[np.maximum(after, 0)].copy()
    made[after == DELIVERED] = -1
    made[after == DELIVERED, 0] = tried.shape[1]
    sources = np.zeros_like(made)
    for left in range(made.shape[1]):
        row = np.flatnonzero(made[:, left] >= 0)
        node = np.full(len(row), left)
        while len(row):
            sources[row, left] |= 1 << node
            node = tried[row, node]
            on = node != made[row, left]
            row, node = row[on], node[on]
    return sources


def _old_links(links: Links, before: IntArray, sources: IntArray) -> IntArray:
    """Bits of left nodes as bits of the links of the configuration before; new links have none."""
    old = np.zeros_like(sources)
    rank = _ranks(links)
    for node in range(sources.shape[1]):
        there = (links.right[before, node] >= 0)[:, None] & (sources >> node & 1 > 0)
        old |= np.where(there, 1 << rank[before, node][:, None], 0)
    return old


def _groups(cover: IntArray, steps: Edges) -> list[_Group]:
    order = sorted(set(cover.tolist()), key=int.bit_count, reverse=True)
    own = cover[steps.before]
    is_inside = own == cover[steps.after]
    place = np.zeros(len(cover), dtype=np.int64)
    groups = []
    for value in order:
        rows = np.flatnonzero(cover == value)
        place[rows] = np.arange(len(rows))
        inside, outside = (steps.taken((own == value) & which) for which in (is_inside, ~is_inside))
        groups.append(
            _Group(
                rows,
                (place[inside.before], place[inside.after], inside.weight),
                (place[outside.before], outside.after, outside.weight),
            )
        )
    return groups
