"""A chain whose delivered state is a sum of products of exponentials of storage times, by several methods."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np

from ebit._arrays import FloatArray
from ebit.chain import Chain, SwapAsap
from ebit.exact._law import WaitingTimeLaw
from ebit.exact._markov import MOST_LINKS, AbsorbingChain
from ebit.exact._nested import Tree
from ebit.exact._parallel import Parallel
from ebit.exact._refusal import NotCovered
from ebit.exact._rules import common_slot, in_slots, is_tree, keeps_all_links, rules_of, swaps_at_once
from ebit.exact._terms import Entry, Feature, entries, product

_Answer = TypeVar("_Answer")

# What moments and mean states of nested chains leave out of their tables.
_STATE_TAIL = 1e-13


class _Method(Protocol):
    def moments(self) -> tuple[float, float]: ...
    def attempts(self) -> float: ...
    def mean(self, feature: Feature) -> float: ...
    def timed_mean(self, feature: Feature) -> float: ...


class Features:
    """What is known of one chain; its methods are asked in order.

    If none has an answer, the first one's refusal stands.
    """

    def __init__(self, chain: Chain, limit: int) -> None:
        self._chain, self._limit = chain, limit
        self._build: list[Callable[[], _Method]] = []
        self._built: dict[int, _Method] = {}
        if is_tree(chain):
            self._build.append(lambda: Tree(chain, _STATE_TAIL, limit))
        elif swaps_at_once(chain):
            self._build.append(self._parallel)
        if len(chain) <= MOST_LINKS or not self._build:
            self._build.append(lambda: AbsorbingChain(rules_of(chain), limit))

    def law(self, tail: float) -> WaitingTimeLaw:
        """Return the waiting time."""
        slot = common_slot(self._chain)
        if keeps_all_links(self._chain):
            return self._parallel().law(slot, tail)
        if not is_tree(self._chain):
            return AbsorbingChain(rules_of(self._chain), self._limit).law(slot, tail)
        share = 0.5
        while (law := Tree(self._chain, share * tail, self._limit).law(slot)).tail > tail:
            share *= 0.5
        return law

    def moments(self) -> tuple[float, float]:
        """Return E[T] and E[T^2] in slots."""
        if keeps_all_links(self._chain):
            return self._parallel().moments()
        return self._ask(lambda method: method.moments())

    def attempts(self) -> float:
        """Return the mean number of link attempts, all links together."""
        return self._ask(lambda method: method.attempts())

    def correlations(self) -> FloatArray:
        """Return the mean 4x4 correlations of the delivered pairs."""
        return np.array([self._mean(entry) for entry in self.entries]).reshape(4, 4)

    def timed_correlations(self) -> FloatArray:
        """Return the mean of the time in slots times each of the correlations."""
        values = [
            e.amplitude * (self.moments()[0] if e.is_constant else self._timed(e.feature))
            for e in self.entries
        ]
        return np.array(values).reshape(4, 4)

    def product_mean(self, a: int, b: int) -> float:
        """Return the mean of the product of two correlations, counted row by row."""
        return self._mean(product(self.entries[a], self.entries[b]))

    @cached_property
    def entries(self) -> list[Entry]:
        """The 16 entries of the delivered state, row by row."""
        return entries(self._chain)

    def _parallel(self) -> Parallel:
        protocol = self._chain.protocol
        cutoff = protocol.global_cutoff if isinstance(protocol, SwapAsap) else math.inf
        period = in_slots(cutoff, common_slot(self._chain))
        return Parallel([link.p_success for link in self._chain.links], self._limit, period)

    def _ask(self, question: Callable[[_Method], _Answer]) -> _Answer:
        refusals = []
        for place, build in enumerate(self._build):
            try:
                if place not in self._built:
                    self._built[place] = build()
                return question(self._built[place])
            except NotCovered as refusal:
                refusals.append(refusal)
        raise refusals[0]

    def _mean(self, entry: Entry) -> float:
        if entry.is_constant:
            return entry.amplitude
        if entry.feature not in self._means:
            self._means[entry.feature] = self._ask(lambda method: method.mean(entry.feature))
        return entry.amplitude * self._means[entry.feature]

    def _timed(self, feature: Feature) -> float:
        if feature not in self._timed_means:
            self._timed_means[feature] = self._ask(lambda method: method.timed_mean(feature))
        return self._timed_means[feature]

    @cached_property
    def _means(self) -> dict[Feature, float]:
        return {}

    @cached_property
    def _timed_means(self) -> dict[Feature, float]:
        return {}
