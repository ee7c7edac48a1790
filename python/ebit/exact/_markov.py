"""Chains of few links as absorbing Markov chains: moments, law and mean state for any p.

With Q the probabilities of a slot among the configurations that can be reached from no link,

    E[T] = e (I - Q)^-1 1,    (I - Q) m2 = 2 m1 - 1 for E[T^2],    P(T > t) = e Q^t 1.

Mean states solve a linear system as well. A link that will be part of the delivered pair carries a
mark from its birth; a marked link is not lost, joins marked ones only, and every slot that it waits
multiplies the weight of its path by exp(-rate). Summed over paths that is the mean of the feature.
Marks never go, so that the system falls apart by the segments that marked links cover.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict

import numpy as np

from ebit._arrays import FloatArray
from ebit.exact._law import TabulatedLaw, WaitingTimeLaw
from ebit.exact._refusal import NotCovered
from ebit.exact._series import check_size
from ebit.exact._slots import Configuration, Rules, is_hidden
from ebit.exact._terms import Feature, is_single

#: The most links: a slot has up to 2^n outcomes.
MOST_LINKS = 8


class AbsorbingChain:
    """Everything that can happen, from no link to delivery.

    Parameters
    ----------
    rules : Rules
    limit : int
        The most entries of the matrix Q, and of a table of waiting times.
    """

    def __init__(self, rules: Rules, limit: int) -> None:
        if len(rules.p) > MOST_LINKS:
            raise NotCovered(
                f"no exact answer for {len(rules.p)} links whose state changes slot by slot: "
                f"at most {MOST_LINKS} are covered"
            )
        self._rules = rules
        self._limit = limit
        self._delivered = (0, len(rules.p))
        self._number: dict[Configuration, int] = {(): 0}
        self._configurations: list[Configuration] = [()]
        # (configuration, configuration or -1, marks): marks[i] are the links before that make link i
        self._events: list[dict[tuple[int, tuple[frozenset[int], ...]], float]] = []
        self._explore()
        self._log_stay = np.array([self._log_nothing(links) for links in self._configurations])

    def moments(self) -> tuple[float, float]:
        """Return E[T] and E[T^2] in slots."""
        first = np.linalg.solve(self._generator, np.ones(len(self._configurations)))
        second = np.linalg.solve(self._generator, 2.0 * first - 1.0)
        return float(first[0]), float(second[0])

    def attempts(self) -> float:
        """Return the mean number of attempts, those of hidden segments not counted."""
        made = [
            sum(not is_hidden(links, k) for k in self._rules.attempting(links))
            for links in self._configurations
        ]
        return float(np.linalg.solve(self._generator, np.array(made, dtype=np.float64))[0])

    def law(self, attempt_time: float, tail: float) -> WaitingTimeLaw:
        """Return the law of the waiting time."""
        q = self._q()
        size, within = 1, q.copy()  # within = Q^size
        while float(within[0].sum()) > tail:
            size *= 2
            check_size(size / 2, self._limit)
            within = within @ within
        pmf, beyond = self._table(q, size, tail)
        return TabulatedLaw(attempt_time, pmf, *self.moments(), beyond)

    def mean(self, feature: Feature) -> float:
        """Return the mean of a feature over delivered pairs."""
        if not is_single(feature):
            raise NotCovered(
                "no exact mean state for memories that relax toward a state (finite t1) where the "
                "chain is followed slot by slot"
            )
        left, right = [t.left[0] for t in feature], [t.right[0] for t in feature]
        rates = [[left[a] + right[b - 1] for a, b in links] for links in self._configurations]
        return _MarkedSystem(self._configurations, self._events, self._log_stay, rates).solve()

    # Building.

    def _explore(self) -> None:
        for links in self._configurations:  # grows while it is walked
            events: dict[tuple[int, tuple[frozenset[int], ...]], float] = defaultdict(float)
            for weight, after in self._rules.outcomes(links):
                ends = [link for link in after if (link.left, link.right) == self._delivered]
                if ends:
                    events[-1, (ends[0].source,)] += weight
                    continue
                place = self._place(tuple((link.left, link.right) for link in after))
                events[place, tuple(link.source for link in after)] += weight
            self._events.append(dict(events))

    def _place(self, links: Configuration) -> int:
        if links not in self._number:
            self._number[links] = len(self._configurations)
            self._configurations.append(links)
            check_size(float(len(self._configurations)) ** 2, self._limit)
        return self._number[links]

    def _log_nothing(self, links: Configuration) -> float:
        p = [self._rules.p[k] for k in self._rules.attempting(links)]
        return sum(math.log1p(-x) if x < 1.0 else -math.inf for x in p)

    @property
    def _generator(self) -> FloatArray:
        """I - Q, its diagonal free of cancellation."""
        generator = np.diag(-np.expm1(self._log_stay))
        for row, events in enumerate(self._events):
            for (column, _), weight in events.items():
                if column >= 0:
                    generator[row, column] -= weight
        return generator

    def _q(self) -> FloatArray:
        q: FloatArray = np.diag(np.exp(self._log_stay))
        for row, events in enumerate(self._events):
            for (column, _), weight in events.items():
                if column >= 0:
                    q[row, column] += weight
        return q

    def _table(self, q: FloatArray, size: int, tail: float) -> tuple[FloatArray, float]:
        """P(T = i w + j + 1) = (e Q^(i w)) (Q^j d): a few giant steps times a few small ones."""
        width = 1 << max(0, (size.bit_length() + 1) // 2)
        delivered = np.array([sum(w for (c, _), w in e.items() if c < 0) for e in self._events])
        small = np.empty((len(q), width))
        small[:, 0] = delivered
        for j in range(1, width):
            small[:, j] = q @ small[:, j - 1]
        giant = np.linalg.matrix_power(q, width)
        rows, row = [], np.zeros(len(q))
        row[0] = 1.0
        while float(row.sum()) > tail:
            rows.append(row)
            row = row @ giant
        pmf = np.concatenate([[0.0], (np.array(rows) @ small).reshape(-1)])
        return pmf, float(row.sum())


class _MarkedSystem:
    """E[feature] from every configuration and every choice of its marked links."""

    def __init__(
        self,
        configurations: list[Configuration],
        events: list[dict[tuple[int, tuple[frozenset[int], ...]], float]],
        log_stay: FloatArray,
        rates: list[list[float]],
    ) -> None:
        self._number: dict[tuple[int, frozenset[int]], int] = {}
        self._by_cover: dict[int, list[int]] = defaultdict(list)
        diagonal, keep = [], []
        for c, links in enumerate(configurations):
            for marked in _subsets(len(links)):
                cover = sum(((1 << links[i][1]) - (1 << links[i][0])) for i in marked)
                self._by_cover[cover].append(len(self._number))
                self._number[c, marked] = len(self._number)
                rate = sum(rates[c][i] for i in marked)
                diagonal.append(-math.expm1(log_stay[c] - rate))
                keep.append(math.exp(-rate))
        self._diagonal, self._keep = np.array(diagonal), np.array(keep)
        self._rows: list[dict[int, float]] = [defaultdict(float) for _ in diagonal]
        self._delivered = np.zeros(len(diagonal))
        for c, leaving in enumerate(events):
            for (after, sources), weight in leaving.items():
                self._add(c, after, sources, weight)

    def _add(self, before: int, after: int, sources: tuple[frozenset[int], ...], weight: float) -> None:
        if after < 0:
            self._delivered[self._number[before, sources[0]]] += weight
            return
        for marked in _subsets(len(sources)):
            row = self._number[before, frozenset().union(*(sources[i] for i in marked))]
            column = self._number[after, marked]
            self._rows[row][column] += weight * self._keep[column]

    def solve(self) -> float:
        value = np.zeros(len(self._diagonal))
        place = np.zeros(len(self._diagonal), dtype=np.int64)
        for cover in sorted(self._by_cover, key=int.bit_count, reverse=True):
            group = self._by_cover[cover]
            place[group] = np.arange(len(group))
            inside = set(group)
            matrix, target = np.diag(self._diagonal[group]), self._delivered[group].copy()
            for i, row in enumerate(group):
                for column, weight in self._rows[row].items():
                    if column in inside:
                        matrix[i, place[column]] -= weight
                    else:
                        target[i] += weight * value[column]
            value[group] = np.linalg.solve(matrix, target)
        return float(value[0])


def _subsets(size: int) -> list[frozenset[int]]:
    return [frozenset(c) for k in range(size + 1) for c in itertools.combinations(range(size), k)]
