"""Chains of few links as absorbing Markov chains: moments, law and mean state for any p.

With Q the probabilities of a slot among the configurations that can be reached from no link,

    E[T] = e (I - Q)^-1 1,    (I - Q) m2 = 2 m1 - 1 for E[T^2],    P(T > t) = e Q^t 1.

Mean states solve a linear system as well (`MarkedSystem`), one for every product of exponentials.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from functools import cached_property

import numpy as np

from ebit._arrays import FloatArray
from ebit.exact._law import TabulatedLaw, WaitingTimeLaw
from ebit.exact._marked import Event, MarkedSystem
from ebit.exact._refusal import NotCovered
from ebit.exact._series import check_size
from ebit.exact._slots import Configuration, Rules, is_hidden
from ebit.exact._terms import Feature

#: The most links: a slot has up to 2^n outcomes.
MOST_LINKS = 8
# Of the system of marked links, roughly.
_ENTRIES_PER_UNKNOWN = 16


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
        self._events: list[dict[Event, float]] = []
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
        count = math.prod(len(terms.left) * len(terms.right) for terms in feature)
        unknowns = sum(1 << len(links) for links in self._configurations)
        check_size(_ENTRIES_PER_UNKNOWN * unknowns * count, self._limit, "the system of marked links")
        weights, left, right = _multiplied_out(feature)
        return float(weights @ self._marked.means(left, right))

    @cached_property
    def _marked(self) -> MarkedSystem:
        return MarkedSystem(self._configurations, self._events, self._log_stay, len(self._rules.p))

    # Building.

    def _explore(self) -> None:
        for links in self._configurations:  # grows while it is walked
            events: dict[Event, float] = defaultdict(float)
            for weight, after in self._rules.outcomes(links):
                ends = [link for link in after if (link.left, link.right) == self._delivered]
                if ends:
                    events[-1, (ends[0].source,)] += weight
                    continue
                place = self._place(tuple((link.left, link.right, link.age) for link in after))
                events[place, tuple(link.source for link in after)] += weight
            self._events.append(dict(events))

    def _place(self, links: Configuration) -> int:
        if links not in self._number:
            self._number[links] = len(self._configurations)
            self._configurations.append(links)
            check_size(float(len(self._configurations)) ** 2, self._limit, "a matrix of transitions")
        return self._number[links]

    def _log_nothing(self, links: Configuration) -> float:
        if not self._rules.rests(links):
            return -math.inf
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


def _multiplied_out(feature: Feature) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The feature as a sum of single exponentials: weights, and rates by term and link."""
    choices = [
        [
            (terms.weights[a][b], u, v)
            for a, u in enumerate(terms.left)
            for b, v in enumerate(terms.right)
            if terms.weights[a][b] != 0.0
        ]
        for terms in feature
    ]
    table = np.array(list(itertools.product(*choices)))  # (terms, links, 3)
    return table[:, :, 0].prod(axis=1), table[:, :, 1], table[:, :, 2]
