"""The mean of what is stored, by links that are marked from their birth.

A link that will be part of the delivered pair carries a mark; a marked link is not lost, joins marked
ones only, and every slot that it waits multiplies the weight of its path by exp(-rate). Summed over
paths that is the mean of the feature. Marks never go, so that the system of equations falls apart by
the segments that marked links cover, the largest cover first.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ebit._arrays import FloatArray, IntArray
from ebit.exact._slots import Configuration

#: Number of the configuration after a slot (-1: delivered), and for each of its links the links of
#: the configuration before that it is made of.
Event: TypeAlias = tuple[int, tuple[frozenset[int], ...]]

# Entries of the matrices that are solved together.
_BATCH = 1 << 20


@dataclass(frozen=True)
class _Group:
    """Equations of one cover: row i is unknown rows[i]."""

    rows: IntArray
    inside: tuple[IntArray, IntArray, FloatArray]  # row and column in the group, probability
    outside: tuple[IntArray, IntArray, FloatArray]  # row in the group, unknown known by now, probability


class MarkedSystem:
    """E[feature] from every configuration and every choice of its marked links.

    Parameters
    ----------
    configurations : list of Configuration
        The first one has no links.
    events : list of dict
        By configuration: the probabilities of what a slot may change.
    log_stay : ndarray
        By configuration: the logarithm of the probability of a slot that leaves all as it is.
    segments : int
    """

    def __init__(
        self,
        configurations: list[Configuration],
        events: list[dict[Event, float]],
        log_stay: FloatArray,
        segments: int,
    ) -> None:
        unknowns = [(c, m) for c, links in enumerate(configurations) for m in _subsets(len(links))]
        self._number = {unknown: k for k, unknown in enumerate(unknowns)}
        self._log_stay = log_stay[[c for c, _ in unknowns]]
        self._left, self._right = np.zeros((2, len(unknowns), segments))
        by_cover: dict[int, list[int]] = defaultdict(list)
        for k, (c, marked) in enumerate(unknowns):
            ends = [configurations[c][i] for i in marked]
            for left, right, _ in ends:
                self._left[k, left] = self._right[k, right - 1] = 1.0
            by_cover[sum((1 << right) - (1 << left) for left, right, _ in ends)].append(k)
        self._delivered = np.zeros(len(unknowns))
        transitions: list[dict[int, float]] = [defaultdict(float) for _ in unknowns]
        for c, leaving in enumerate(events):
            for event, weight in leaving.items():
                self._add(transitions, c, event, weight)
        covers = sorted(by_cover, key=int.bit_count, reverse=True)
        self._groups = [_group(by_cover[cover], transitions) for cover in covers]

    def _add(self, transitions: list[dict[int, float]], before: int, event: Event, weight: float) -> None:
        after, sources = event
        if after < 0:
            self._delivered[self._number[before, sources[0]]] += weight
            return
        for marked in _subsets(len(sources)):
            row = self._number[before, frozenset().union(*(sources[i] for i in marked))]
            transitions[row][self._number[after, marked]] += weight

    def means(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Return the means of several features.

        Parameters
        ----------
        left, right : ndarray, shape (features, segments)
            Rates per slot of the memories at the left and right end of each segment's link.

        Returns
        -------
        ndarray, shape (features,)
        """
        batch = max(1, _BATCH // max(len(group.rows) for group in self._groups) ** 2)
        parts = [slice(start, start + batch) for start in range(0, len(left), batch)]
        return np.concatenate([self._solve(left[part], right[part]) for part in parts])

    def _solve(self, left: FloatArray, right: FloatArray) -> FloatArray:
        rates = left @ self._left.T + right @ self._right.T
        keep, diagonal = np.exp(-rates), -np.expm1(self._log_stay - rates)
        value = np.zeros(rates.shape)
        for group in self._groups:
            size = len(group.rows)
            matrix = np.zeros((len(left), size, size))
            matrix[:, np.arange(size), np.arange(size)] = diagonal[:, group.rows]
            i, j, weight = group.inside
            matrix[:, i, j] -= weight * keep[:, group.rows[j]]
            target = np.tile(self._delivered[group.rows], (len(left), 1))
            i, known, weight = group.outside
            np.add.at(target.T, i, (weight * (keep * value)[:, known]).T)
            value[:, group.rows] = np.linalg.solve(matrix, target[:, :, None])[:, :, 0]
        return value[:, 0]


def _group(rows: list[int], transitions: list[dict[int, float]]) -> _Group:
    place = {row: i for i, row in enumerate(rows)}
    inside, outside = [], []
    for i, row in enumerate(rows):
        for column, weight in transitions[row].items():
            if column in place:
                inside.append((i, place[column], weight))
            else:
                outside.append((i, column, weight))
    return _Group(np.array(rows), _columns(inside), _columns(outside))


def _columns(triples: list[tuple[int, int, float]]) -> tuple[IntArray, IntArray, FloatArray]:
    table = np.array(triples, dtype=np.float64).reshape(-1, 3)
    return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2]


def _subsets(size: int) -> list[frozenset[int]]:
    return [frozenset(c) for k in range(size + 1) for c in itertools.combinations(range(size), k)]
