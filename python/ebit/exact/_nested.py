"""Nested chains: the waiting-time law and the mean state of every level, by generating functions.

A level starts both of its pairs together; the attempt ends when both are there, and a failed swap
restarts both (doubling):

    M(t) = P(max = t) = a(t) F_b(t) + F_a(t) b(t) - a(t) b(t),    T(z) = ps M(z) / (1 - (1 - ps) M(z)).

A state is carried as A(t) = E[state; T = t] in the modes of the two memories that hold the pair, which
wait by factors: of the pair that comes first, sum over s <= t of A(s) exp(-rate (t - s)). Equal
subtrees are one object and are computed once.

Moments do not come from the table: E[max] = E[a] + E[b] - E[min], and the sum over P(a > t) P(b > t)
that gives the minimum's has a tail of the square of what the tables leave out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ebit._arrays import FloatArray
from ebit.chain import Chain
from ebit.exact._law import TabulatedLaw, WaitingTimeLaw
from ebit.exact._series import (
    Attempt,
    Repetition,
    check_size,
    geometric,
    geometric_extent,
    slots_until,
    stretched,
    waiting_decay,
)
from ebit.exact._terms import Feature

# What an inner level may leave out: moments follow from it; below the smaller one it is rounding.
_INNER_TAIL = 1e-15
_SMALLEST_TAIL = 1e-18
# Of the sum of a table.
_ROUNDING = 4e-15


@dataclass(frozen=True, eq=False)
class Level:
    """The waiting time of a subtree, in slots.

    `pmf` and `cdf` are tables; `rate` is that at which the tail decays, `lost` what tables left out.
    """

    pmf: FloatArray
    cdf: FloatArray
    mean: float
    second_moment: float
    rate: float
    lost: float
    repetition: Repetition | None = None


@dataclass(frozen=True, eq=False)
class Weighted:
    """E[feature; T = t] of a subtree, shape (left modes, right modes, slots), and the modes' rates."""

    values: FloatArray
    left: tuple[float, ...]
    right: tuple[float, ...]


@dataclass(frozen=True)
class Span:
    """The links first .. last, and the spans that are joined to it."""

    first: int
    last: int
    parts: tuple[Span, Span] | None = None

    @property
    def node(self) -> int:
        """Where the parts meet."""
        assert self.parts is not None
        return self.parts[1].first


def doubling_tree(first: int, last: int) -> Span:
    """Return the balanced tree; of an odd number of links the left half takes one more."""
    if first == last:
        return Span(first, last)
    middle = first + (last - first + 2) // 2
    return Span(first, last, (doubling_tree(first, middle - 1), doubling_tree(middle, last)))


class Tree:
    """The levels of one chain.

    Parameters
    ----------
    chain : Chain
        Its links share one attempt time.
    tail : float
        What the table of the whole chain may leave out.
    limit : int
        The most entries of a table.
    """

    def __init__(self, chain: Chain, tail: float, limit: int) -> None:
        self._p: list[float] = [link.p_success for link in chain.links]
        self._p_swap: list[float] = [node.bsm.p_success for node in chain.nodes]
        self._limit = limit
        self._tail = tail
        self.tree = doubling_tree(0, len(chain) - 1)
        self._inner_tail = max(_SMALLEST_TAIL, min(_INNER_TAIL, tail * self._share(self.tree)))
        self._level_at: dict[tuple[int, int, float], Level] = {}  # by first and last link
        self._levels: dict[object, Level] = {}  # by what they are made of
        self._weighted: dict[object, Weighted] = {}

    def _share(self, span: Span) -> float:
        """A share of the tail that any subtree may lose: it is tried 1 / ps times per level above."""
        if span.parts is None:
            return 1.0
        return 0.25 * self._p_swap[span.node] * min(map(self._share, span.parts))

    def law(self, attempt_time: float) -> WaitingTimeLaw:
        """Return the waiting time of the whole chain."""
        level = self._level(self.tree, self._tail)
        beyond = max(level.lost, 1.0 - float(level.pmf.sum())) + _ROUNDING
        return TabulatedLaw(attempt_time, level.pmf, level.mean, level.second_moment, beyond)

    def moments(self) -> tuple[float, float]:
        """Return E[T] and E[T^2] in slots."""
        if self.tree.parts is None:
            return _link_moments(self._p[0])
        a, b = (self._level(part, self._inner_tail) for part in self.tree.parts)
        return _moments_until_success(*_moments_of_max(a, b), self._p_swap[self.tree.node])

    def mean(self, feature: Feature) -> float:
        """Return the mean of a feature over delivered pairs."""
        if self.tree.parts is None:
            return sum(map(sum, feature[0].weights))
        a, b = (self._level(part, self._inner_tail) for part in self.tree.parts)
        return float(self._joined(self.tree, feature).sum() / _law_of_max(a, b).sum())

    def timed_mean(self, feature: Feature) -> float:
        """Return the mean of the time in slots times a feature: failures before are independent of it."""
        if self.tree.parts is None:
            return self.mean(feature) / self._p[0]
        a, b = (self._level(part, self._inner_tail) for part in self.tree.parts)
        joined, ends = self._joined(self.tree, feature).sum(axis=(0, 1)), _law_of_max(a, b).sum()
        attempt, _ = _moments_of_max(a, b)
        failures = 1.0 / self._p_swap[self.tree.node] - 1.0
        timed = float(joined @ np.arange(len(joined))) + failures * attempt * float(joined.sum())
        return timed / float(ends)

    def attempts(self) -> float:
        """Return the mean number of link attempts, all links together."""
        return self._attempts(self.tree)

    def _attempts(self, span: Span) -> float:
        if span.parts is None:
            return 1.0 / self._p[span.first]
        return sum(map(self._attempts, span.parts)) / self._p_swap[span.node]

    # One level: its attempt, then its repetition.

    def _level(self, span: Span, tail: float) -> Level:
        place = (span.first, span.last, tail)
        if place not in self._level_at:
            self._level_at[place] = self._shared_level(span, tail)
        return self._level_at[place]

    def _shared_level(self, span: Span, tail: float) -> Level:
        if span.parts is None:
            link = (self._p[span.first], tail)
            return self._levels.get(link) or self._levels.setdefault(link, self._link(*link))
        a, b = (self._level(part, self._inner_tail) for part in span.parts)
        swapped = (a, b, self._p_swap[span.node], tail)
        return self._levels.get(swapped) or self._levels.setdefault(swapped, self._swapped(*swapped))

    def _link(self, p: float, tail: float) -> Level:
        check_size(slots_until(p, tail), self._limit)
        pmf = geometric(p, slots_until(p, tail) + 2)
        rate = math.inf if p == 1.0 else -math.log1p(-p)
        return Level(pmf, np.cumsum(pmf), *_link_moments(p), rate, math.exp(-rate * (len(pmf) - 1)))

    def _swapped(self, a: Level, b: Level, p_swap: float, tail: float) -> Level:
        ends = _law_of_max(a, b)
        rate, moments = min(a.rate, b.rate), _moments_until_success(*_moments_of_max(a, b), p_swap)
        lost = a.lost + b.lost
        if p_swap == 1.0:
            return Level(ends, np.cumsum(ends), *moments, rate, lost)
        no_failure = p_swap + (1.0 - p_swap) * lost
        attempt = Attempt(p_swap * ends, (1.0 - p_swap) / p_swap, no_failure)
        repetition = Repetition(attempt, geometric_extent(attempt, rate, tail), self._limit)
        pmf = repetition.law()
        lost = lost / p_swap + float(pmf[-1]) / math.expm1(repetition.rate)
        return Level(pmf, np.cumsum(pmf), *moments, repetition.rate, lost, repetition)

    # States.

    def _states(self, span: Span, feature: Feature) -> Weighted:
        """Of the subtree `span`, whose links are those of `feature`."""
        level = self._level(span, self._inner_tail)
        key = (level, feature)
        if key not in self._weighted:
            self._weighted[key] = self._new_states(span, feature, level)
        return self._weighted[key]

    def _new_states(self, span: Span, feature: Feature, level: Level) -> Weighted:
        left, right = feature[0].left, feature[-1].right
        if all(terms.is_constant for terms in feature):
            return Weighted(level.pmf[None, None], left, right)
        if span.parts is None:
            return Weighted(np.array(feature[0].weights)[:, :, None] * level.pmf, left, right)
        values = self._joined(span, feature)
        if level.repetition is not None:
            values = level.repetition.states(self._p_swap[span.node] * values)
        return Weighted(values, left, right)

    def _joined(self, span: Span, feature: Feature) -> FloatArray:
        """E[feature; the attempt ends at t]."""
        assert span.parts is not None
        cut = span.node - span.first
        a, b = self._states(span.parts[0], feature[:cut]), self._states(span.parts[1], feature[cut:])
        size = max(a.values.shape[-1], b.values.shape[-1])
        at_a, waited_a = _arrivals(stretched(a.values, size), a.left, a.right, 1)
        if a is b and len(a.left) == 1:
            at_b, waited_b = at_a, waited_a
        else:
            at_b, waited_b = _arrivals(stretched(b.values, size), b.left, b.right, 0)
        later: FloatArray = at_a[:, None] * waited_b[None] + (waited_a - at_a)[:, None] * at_b[None]
        return later


def _arrivals(
    x: FloatArray, left: tuple[float, ...], right: tuple[float, ...], inner: int
) -> tuple[FloatArray, FloatArray]:
    """A pair that comes at t, and one that came by then and has waited; summed over the modes of `inner`."""
    waited = np.stack(
        [[waiting_decay(x[i, j], u + v) for j, v in enumerate(right)] for i, u in enumerate(left)]
    )
    if x.shape[inner] == 1:
        return x.squeeze(inner), waited.squeeze(inner)
    return x.sum(axis=inner), waited.sum(axis=inner)


def _law_of_max(a: Level, b: Level) -> FloatArray:
    if a is b:
        ends: FloatArray = a.pmf * (2.0 * a.cdf - a.pmf)
        return ends
    size = max(len(a.pmf), len(b.pmf))
    x, y = stretched(a.pmf, size), stretched(b.pmf, size)
    u, v = stretched(a.cdf, size, float(a.cdf[-1])), stretched(b.cdf, size, float(b.cdf[-1]))
    ends = x * v + (u - x) * y
    return ends


def _moments_of_max(a: Level, b: Level) -> tuple[float, float]:
    size = min(len(a.cdf), len(b.cdf))
    both = (1.0 - a.cdf[:size]) * (1.0 - b.cdf[:size])
    first = float(both.sum())
    both *= np.arange(size)
    second = 2.0 * float(both.sum()) + first
    return a.mean + b.mean - first, a.second_moment + b.second_moment - second


def _link_moments(p: float) -> tuple[float, float]:
    return 1.0 / p, (2.0 - p) / p**2


def _moments_until_success(mean: float, second: float, p_swap: float) -> tuple[float, float]:
    """Of a sum of Geom(p_swap) attempts (Wald)."""
    variance = (second - mean**2) / p_swap + (1.0 - p_swap) * (mean / p_swap) ** 2
    return mean / p_swap, variance + (mean / p_swap) ** 2
