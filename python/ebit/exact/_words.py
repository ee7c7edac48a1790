"""Nested words with cut-offs and distillation: every level by generating functions.

The pairs of a level are independent, and what an attempt makes of two of them is linear in the state of
either, given their times. So A(t) = E[state; T = t] is all that need be known of a level, the state as
correlations (the first of them is 1, its series the waiting-time law). An attempt gives

    S(t) = E[state of what it makes; it succeeds at t],    B(t) = P(it fails at t),

and the level A(z) = S(z) / (1 - B(z)). A fidelity cut-off is not linear, except over links, whose state
is known: there it is a limit to the time that either pair may wait.
(B. Li, T. Coopmans, D. Elkouss, IEEE Trans. Quantum Eng. 2, 4103015 (2021), section III.)

Moments are those of the attempt, added up (Wald): with P = sum S,

    E[T] = E[attempt] / P,    E[T^2] = (E[attempt^2] + 2 E[attempt; fails] E[T]) / P.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from ebit._arrays import FloatArray
from ebit.chain import Chain, Nested
from ebit.exact._joins import Component, Distillation, Limits, Meetings, Pairs, Swap, cut_off_failures
from ebit.exact._law import TabulatedLaw, WaitingTimeLaw
from ebit.exact._refusal import NotCovered
from ebit.exact._series import (
    Attempt,
    Repetition,
    bounded_extent,
    check_size,
    geometric,
    slots_until,
    stretched,
)
from ebit.exact._terms import mode_weights, modes

# What the table of an inner level may leave out, at most.
_INNER_TAIL = 1e-18
# Of the sum of a table.
_ROUNDING = 4e-15

# What an attempt is made of, and what decides it.
_Parts: TypeAlias = tuple[Pairs, Pairs, Swap | Distillation, Limits]


@dataclass(frozen=True, eq=False)
class Tried:
    """An attempt of a level: when it succeeds, with which state, and when it fails.

    `lost` is what the tables that it was made from left out.
    """

    success: FloatArray  # shape (components, slots)
    failure: FloatArray
    attempts: float  # of links, on average
    lost: float

    @cached_property
    def p_success(self) -> float:
        return float(self.success[0].sum())

    def moments(self) -> tuple[float, float]:
        """Return E[T] and E[T^2], in slots, until one succeeds."""
        t = np.arange(self.failure.shape[-1], dtype=np.float64)
        ends = self.success[0] + self.failure
        mean = float(ends @ t) / self.p_success
        second = float(ends @ t**2) + 2.0 * float(self.failure @ t) * mean
        return mean, second / self.p_success


class Words:
    """The levels of one chain.

    Parameters
    ----------
    chain : Chain
        Its protocol is Nested; its links share one attempt time.
    limit : int
        The most entries of a table.
    states : bool
        Whether the state is asked for.
    tail : float
        What the table of an inner level may leave out, at most 1e-18.
    known : dict, optional
        Pairs of levels by what they are made of; chains with equal parts may share one.
    """

    def __init__(
        self,
        chain: Chain,
        limit: int,
        states: bool = True,
        tail: float = _INNER_TAIL,
        known: dict[object, Pairs] | None = None,
    ) -> None:
        assert isinstance(chain.protocol, Nested)
        self._chain = chain
        self._levels = chain.protocol.levels
        self._limit, self._tail = limit, min(tail, _INNER_TAIL)
        self._known = {} if known is None else known
        self._slot = chain.links[0].attempt_time
        _check_fidelity_cutoffs(self._levels)
        self._components = _components(chain, states)

    def law(self, tail: float) -> WaitingTimeLaw:
        """Return the waiting time of the whole chain; its table leaves out what inner ones do, and `tail`."""
        tried = self._root
        pmf, lost = self._repeated(tried, tail)
        beyond = max(lost, 1.0 - float(pmf[0].sum())) + _ROUNDING
        return TabulatedLaw(self._slot, pmf[0].copy(), *tried.moments(), beyond)

    def moments(self) -> tuple[float, float]:
        """Return E[T] and E[T^2] in slots."""
        return self._root.moments()

    def attempts(self) -> float:
        """Return the mean number of link attempts, all links together."""
        return self._root.attempts / self._root.p_success

    def correlations(self) -> FloatArray:
        """Return the mean 4x4 correlations of the delivered pairs."""
        return self._as_matrix(self._root.success.sum(axis=-1))

    def timed_correlations(self) -> FloatArray:
        """Return the mean of the time in slots times each of the correlations.

        Failed attempts before the last one are independent of it: with P and B as above they take
        E[attempt; fails] / P in all.
        """
        success, failure = self._root.success, self._root.failure
        t = np.arange(failure.shape[-1], dtype=np.float64)
        before = float(failure @ t) / self._root.p_success
        return self._as_matrix(success @ t + before * success.sum(axis=-1))

    def product_mean(self, a: int, b: int) -> float:
        """Refuse: the state is known on average alone."""
        raise NotCovered("no exact covariance of two correlations of a nested protocol with cut-offs")

    def _as_matrix(self, values: FloatArray) -> FloatArray:
        """Of sums over the attempts that succeed."""
        result = np.zeros((4, 4))
        for c, value in zip(self._components, values / self._root.p_success, strict=True):
            result[c.i, c.j] += value
        return result

    def latest_mean(self, height: int) -> float:
        """Return the largest mean time, in slots, of the pairs that the first `height` levels make."""
        width = self._width(height)
        return max(self._pairs(first, height).mean for first in range(0, len(self._chain), width))

    @cached_property
    def _root(self) -> Tried:
        return _tried(*self._parts(0, len(self._levels)))

    def _width(self, height: int) -> int:
        """The number of links below a pair of this height."""
        return 1 << sum(operation == "swap" for operation, _, _ in self._levels[:height])

    # One level: its attempt, then its repetition.

    def _pairs(self, first: int, height: int) -> Pairs:
        """Of the links from `first` on."""
        if height == 0:
            p, state = self._chain.links[first].p_success, self._link_state(first)
            key: object = (p, state, self._tail)
            return self._known.get(key) or self._known.setdefault(key, self._link(p, state))
        parts = self._parts(first, height)
        return self._known.get(parts) or self._known.setdefault(parts, self._level(parts))

    def _link_state(self, link: int) -> tuple[float, ...]:
        """By component."""
        state, weights = self._chain.links[link].state, {}
        for i, j in dict.fromkeys((c.i, c.j) for c in self._components):
            left, right = (modes(self._chain, link + side, pauli) for side, pauli in enumerate((i, j)))
            for a, row in enumerate(mode_weights(state, left, right)):
                weights.update({Component(i, j, a, b): weight for b, weight in enumerate(row)})
        return tuple(weights.get(c, 0.0) for c in self._components)

    def _link(self, p: float, state: tuple[float, ...]) -> Pairs:
        slots = slots_until(p, self._tail)
        check_size(slots, self._limit)
        law = geometric(p, slots + 2)
        lost = 0.0 if p == 1.0 else math.exp(math.log1p(-p) * (slots + 1))
        return Pairs(np.multiply.outer(state, law), lost, 1.0 / p, 1.0 / p)

    def _level(self, parts: _Parts) -> Pairs:
        tried = _tried(*parts)
        weights, lost = self._repeated(tried, self._tail)
        return Pairs(weights, lost, tried.moments()[0], tried.attempts / tried.p_success)

    def _parts(self, first: int, height: int) -> _Parts:
        """Of an attempt of this level, from the link `first` on."""
        operation, kind, value = self._levels[height - 1]
        width = self._width(height - 1)
        swaps = operation == "swap"
        a = self._pairs(first, height - 1)
        b = self._pairs(first + width, height - 1) if swaps else a
        rates = [self._rates(first, first + width)] * 2
        ends = [self._chain.nodes[i].bsm for i in (first, first + width)]
        join: Swap | Distillation
        if swaps:
            rates[1] = self._rates(first + width, first + 2 * width)
            join = Swap(self._components, ends[1].p_success, tuple(map(float, ends[1].noise)))
        else:
            join = Distillation.between(operation, ends)
        return a, b, join, Limits.of(kind, value, self._slot, rates, (a, b))

    def _rates(self, left: int, right: int) -> tuple[float, ...]:
        """By component: at which it decays, per slot, while the pair of these nodes waits."""
        at = [
            [[rate for rate, _ in modes(self._chain, node, pauli)] + [0.0] for pauli in range(4)]
            for node in (left, right)
        ]
        return tuple(at[0][c.i][c.left] + at[1][c.j][c.right] for c in self._components)

    def _repeated(self, tried: Tried, tail: float) -> tuple[FloatArray, float]:
        """The attempt until it succeeds, and what the table leaves out."""
        if not tried.failure.any():
            return tried.success, tried.lost
        p = tried.p_success
        attempt = Attempt(tried.success[0], tried.failure, p + tried.lost)
        repetition = Repetition(attempt, bounded_extent(attempt, tail), self._limit)
        return np.stack([repetition.states(x) for x in tried.success]), tried.lost / p + tail


def _tried(a: Pairs, b: Pairs, join: Swap | Distillation, limits: Limits) -> Tried:
    size = max(a.weights.shape[-1], b.weights.shape[-1])
    x, y = stretched(a.weights, size), stretched(b.weights, size)
    success, failure = join.outcomes(Meetings.of(x, y, limits))
    failure += cut_off_failures(x[0], y[0], limits)[: len(failure)]
    return Tried(success, failure, a.attempts + b.attempts, a.lost + b.lost)


def _components(chain: Chain, states: bool) -> tuple[Component, ...]:
    """The correlations that are carried, in the modes of the memories."""
    assert isinstance(chain.protocol, Nested)
    decides = any(operation != "swap" or kind == "fidelity" for operation, kind, _ in chain.protocol.levels)
    if not states and not decides:
        return (Component(0, 0),)
    off_diagonal = ~np.eye(4, dtype=bool)
    is_diagonal = not any(link.state[off_diagonal].any() for link in chain.links)
    relaxing = [node for node in range(len(chain.nodes)) if len(modes(chain, node, 3)) > 1]
    if decides and not is_diagonal:
        raise NotCovered(
            "no exact state of distillation or fidelity cut-offs of links that are not Bell-diagonal"
        )
    if decides and relaxing:
        raise NotCovered(
            "no exact state of distillation or fidelity cut-offs where a memory relaxes toward one of its "
            f"states (finite t1), as nodes.{relaxing[0]}.memory does"
        )
    if not relaxing:
        return tuple(Component(i, j) for i in range(4) for j in range(4) if i == j or not is_diagonal)
    number = (1, 1, 1, 2)
    return tuple(
        Component(i, j, a, b)
        for i in range(4)
        for j in range(4)
        for a in range(number[i])
        for b in range(number[j])
    )


def _check_fidelity_cutoffs(levels: list[tuple[str, str, float]]) -> None:
    for height, (_, kind, _) in enumerate(levels):
        if kind == "fidelity" and height > 0:
            raise NotCovered(
                f"no exact answer for the fidelity cut-off of level {height}: only level 0, over links, "
                "has one"
            )
