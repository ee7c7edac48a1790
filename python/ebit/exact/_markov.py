"""Slotted chains of few links as absorbing Markov chains: moments, law and mean state for any p.

With Q the probabilities of a slot among the configurations that can be reached from no link,

    E[T] = e (I - Q)^-1 1,    (I - Q) m2 = 2 m1 - 1 for E[T^2],    P(T > t) = e Q^t 1.

Mean states solve a linear system as well (`MarkedSystem`), one for every product of exponentials.
"""

from __future__ import annotations

import itertools
import math
from functools import cached_property

import numpy as np

from ebit._arrays import FloatArray
from ebit.exact._graph import DELIVERED, Edges, Graph, check_delivery, totals
from ebit.exact._law import TabulatedLaw, WaitingTimeLaw
from ebit.exact._linear import ExpectedSums
from ebit.exact._marked import MarkedSystem
from ebit.exact._refusal import NotCovered
from ebit.exact._series import check_size
from ebit.exact._slots import Rules
from ebit.exact._terms import Feature

#: The most links: a slot has up to 2^n outcomes.
MOST_LINKS = 8
# Of the system of marked links, roughly.
_ENTRIES_PER_UNKNOWN = 16
# Up to how many configurations the law goes by powers of Q rather than slot by slot.
_DENSE = 1024
# Multiplications that may be made for every entry that a table may have.
_WORK_PER_ENTRY = 256


class AbsorbingChain:
    """Everything that can happen, from no link to delivery.

    Parameters
    ----------
    rules : Rules
    limit : int
        The most entries of a list of steps, of a matrix, and of a table of waiting times.
    """

    def __init__(self, rules: Rules, limit: int) -> None:
        check_links(rules)
        self._rules = rules
        self._limit = limit
        self._graph = Graph(rules, limit)
        steps, _ = self._graph.transitions()
        check_delivery(self._graph, steps)
        self._steps = Edges.summed(*steps)

    def moments(self) -> tuple[float, float]:
        """Return E[T] and E[T^2] in slots."""
        first = self._first_moments
        return float(first[0]), float(self._sums.solve(2.0 * first - 1.0)[0])

    def attempts(self) -> float:
        """Return the mean number of attempts, those of hidden segments not counted."""
        links = self._graph.links
        made = (self._rules.attempting(links) & ~links.hidden()).sum(axis=1)
        return float(self._sums.solve(made.astype(np.float64))[0])

    def law(self, attempt_time: float, tail: float) -> WaitingTimeLaw:
        """Return the law of the waiting time."""
        pmf, beyond = self._by_powers(tail) if len(self._graph) <= _DENSE else self._by_slots(tail)
        return TabulatedLaw(attempt_time, pmf, *self.moments(), beyond)

    def mean(self, feature: Feature) -> float:
        """Return the mean of a feature over delivered pairs."""
        return self._means(feature)[0]

    def timed_mean(self, feature: Feature) -> float:
        """Return the mean of the time in slots times a feature."""
        return self._means(feature)[1]

    def _means(self, feature: Feature) -> tuple[float, float]:
        if feature not in self._known:
            count = math.prod(len(terms.left) * len(terms.right) for terms in feature)
            unknowns = float((1 << (self._graph.links.right >= 0).sum(axis=1)).sum())
            check_size(_ENTRIES_PER_UNKNOWN * unknowns * count, self._limit, "the system of marked links")
            weights, left, right = _multiplied_out(feature)
            mean, timed = self._marked.means(left, right)
            self._known[feature] = float(weights @ mean), float(weights @ timed)
        return self._known[feature]

    @cached_property
    def _known(self) -> dict[Feature, tuple[float, float]]:
        return {}

    @cached_property
    def _marked(self) -> MarkedSystem:
        return MarkedSystem(self._graph, self._sums)

    @cached_property
    def _sums(self) -> ExpectedSums:
        return ExpectedSums(self._steps, len(self._graph), self._limit)

    @cached_property
    def _first_moments(self) -> FloatArray:
        return self._sums.solve(np.ones(len(self._graph)))

    @cached_property
    def _split(self) -> tuple[Edges, FloatArray]:
        """Steps between configurations, and by configuration the probability of delivery."""
        steps, ends = self._steps, self._steps.after == DELIVERED
        return steps.taken(~ends), totals(steps.before[ends], steps.weight[ends], len(self._graph))

    def _by_powers(self, tail: float) -> tuple[FloatArray, float]:
        """The table, and what lies beyond it."""
        number, (moves, delivering) = len(self._graph), self._split
        q = totals(moves.before * number + moves.after, moves.weight, number**2).reshape(number, number)
        q[np.diag_indices(number)] += np.exp(self._graph.log_stay)
        size, within = 1, q.copy()  # within = Q^size
        while float(within[0].sum()) > tail:
            size *= 2
            check_size(size / 2, self._limit)
            within = within @ within
        return _table(q, delivering, size, tail)

    def _by_slots(self, tail: float) -> tuple[FloatArray, float]:
        (moves, delivering), stay = self._split, np.exp(self._graph.log_stay)
        most = _WORK_PER_ENTRY * self._limit / len(moves.before)
        row = np.zeros(len(stay))
        row[0] = 1.0
        pmf = [0.0]
        while (beyond := float(row.sum())) > tail:
            if len(pmf) > most:
                raise NotCovered(
                    f"no exact law within size_limit = {self._limit}: {len(stay)} configurations over more "
                    f"than {len(pmf)} slots"
                )
            pmf.append(float(row @ delivering))
            row = row * stay + totals(moves.after, moves.weight * row[moves.before], len(stay))
        return np.array(pmf), beyond


def _table(q: FloatArray, delivering: FloatArray, size: int, tail: float) -> tuple[FloatArray, float]:
    """P(T = i w + j + 1) = (e Q^(i w)) (Q^j d): a few giant steps times a few small ones."""
    width = 1 << max(0, (size.bit_length() + 1) // 2)
    small = np.empty((len(q), width))
    small[:, 0] = delivering
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


def check_links(rules: Rules) -> None:
    """Refuse chains that are too long."""
    if rules.segments > MOST_LINKS:
        raise NotCovered(
            f"no exact answer for {rules.segments} links whose state changes slot by slot: "
            f"at most {MOST_LINKS} are covered"
        )


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
