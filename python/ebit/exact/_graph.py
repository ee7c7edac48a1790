"""All configurations that a slotted chain can reach from no link, and what a slot makes of them.

A slot has two steps: attempts turn a configuration into one that was tried, with the new links; a choice
of nodes that swap turns that into the configuration of the next slot, or delivers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ebit._arrays import FloatArray, IntArray
from ebit.exact._refusal import NotCovered
from ebit.exact._series import check_size
from ebit.exact._slots import BoolArray, Links, Numbering, Outcomes, Rules

#: In place of the number of a configuration.
DELIVERED = -1

# A step of a slot, with the configurations on its way, takes several hundred bytes while it is built.
_ENTRIES_PER_STEP = 8


class Edges(NamedTuple):
    """Steps with their probabilities, sorted by where they start."""

    before: IntArray
    after: IntArray
    weight: FloatArray

    @classmethod
    def summed(cls, before: IntArray, after: IntArray, weight: FloatArray) -> Edges:
        """Return those of equal ends as one."""
        width = int(after.max(initial=0)) + 2
        keys, inverse = np.unique(before * width + after + 1, return_inverse=True)
        return cls(keys // width, keys % width - 1, totals(inverse, weight, len(keys)))

    def taken(self, rows: IntArray | BoolArray) -> Edges:
        """Return some of them."""
        return Edges(self.before[rows], self.after[rows], self.weight[rows])

    def from_(self, before: IntArray) -> tuple[IntArray, IntArray]:
        """Return for every edge of each start the place in `before`, and the edge's."""
        first, last = (np.searchsorted(self.before, before, side) for side in ("left", "right"))
        count = last - first
        place = np.repeat(np.arange(len(before)), count)
        edge = np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)
        return place, edge


def totals(place: IntArray, weight: FloatArray, size: int) -> FloatArray:
    """Return the sums of the weights by place."""
    return np.bincount(place, weight, size).astype(np.float64)


class Graph:
    """What can be reached.

    Parameters
    ----------
    rules : Rules
    limit : int
        The most steps.
    every_choice : bool
        Whether all that a policy may choose is explored, rather than what that of the rules does.

    Attributes
    ----------
    links, tried : Links
        The configurations at the start of a slot, the first one without links, and after attempts.
    attempts : Edges
        From one to the other, without those of the slots that change nothing.
    swaps : Edges
        From choices to configurations of the next slot.
    source, nodes : ndarray
        By choice: the tried configuration, and which nodes swap (if every choice is explored; otherwise
        there is one choice for each, with its number).
    log_stay : ndarray
        By configuration: the logarithm of the probability of a slot that changes nothing.
    """

    def __init__(self, rules: Rules, limit: int, every_choice: bool = False) -> None:
        self.rules = rules
        self._limit = limit
        self._steps = 0
        self._every_choice = every_choice
        starts, tried = (Numbering(rules.segments, rules.oldest) for _ in range(2))
        attempts, swaps, sources, nodes = [], [], [], []
        numbers, new = starts.add(Links.none(rules.segments))
        number = 0  # of the first new configuration
        choices = 0
        while len(new.right):
            outcomes = rules.attempted(new)
            first_tried = len(tried)
            numbers, new_tried = tried.add(outcomes.links)
            attempts.append((number + outcomes.row, numbers, outcomes.weight))
            chosen, which, after = self._choices(new_tried)
            sources.append(first_tried + chosen)
            nodes.append(which)
            delivered = after.links.right[:, 0] == rules.segments
            number = len(starts)
            numbers, new = starts.add(rules.aged(after.links.take(~delivered)))
            ends = np.full(len(delivered), DELIVERED)
            ends[~delivered] = numbers
            swaps.append((choices + after.row, ends, after.weight))
            choices += len(chosen)
            self._count(len(outcomes.row) + len(after.row))
        self.links, self.tried = starts.links, tried.links
        self.source, self.nodes = np.concatenate(sources), np.concatenate(nodes)
        self.swaps = Edges.summed(*(np.concatenate(columns) for columns in zip(*swaps, strict=True)))
        every = Edges.summed(*(np.concatenate(columns) for columns in zip(*attempts, strict=True)))
        self.attempts, self.log_stay = self._without_staying(every)

    def __len__(self) -> int:
        return len(self.links.right)

    def transitions(self, choice: IntArray | None = None) -> tuple[Edges, IntArray]:
        """Return whole slots, one step each way of attempts, and each one's step of swaps.

        Parameters
        ----------
        choice : ndarray, optional
            By tried configuration; by default the only one.
        """
        tried = self.attempts.after if choice is None else choice[self.attempts.after]
        place, edge = self.swaps.from_(tried)
        weight = self.attempts.weight[place] * self.swaps.weight[edge]
        return Edges(self.attempts.before[place], self.swaps.after[edge], weight), edge

    def _choices(self, tried: Links) -> tuple[IntArray, BoolArray, Outcomes]:
        """The tried configuration and the nodes of every choice, and what comes of them."""
        if not self._every_choice:
            rows = np.arange(len(tried.right))
            return rows, np.zeros((0, self.rules.segments + 1), dtype=bool), self.rules.swapped(tried)
        able = tried.able()
        subsets = list(_subsets(self.rules.segments))
        fitting = [np.flatnonzero((able >= subset).all(axis=1)) for subset in subsets]
        row = np.concatenate(fitting)
        which = np.repeat(subsets, [len(rows) for rows in fitting], axis=0)
        return row, which, self.rules.swapped_at(tried.take(row), which)

    def _count(self, steps: int) -> None:
        self._steps += steps
        check_size(_ENTRIES_PER_STEP * self._steps, self._limit, "a list of what the slots may do")

    def _without_staying(self, attempts: Edges) -> tuple[Edges, FloatArray]:
        """Take out the slots in which nothing comes and nothing changes, whatever is chosen."""
        number = len(self)
        only = self.swaps.before[np.flatnonzero(self.swaps.weight == 1.0)]
        target = np.full(self.swaps.before[-1] + 1, DELIVERED - 1)
        target[only] = self.swaps.after[self.swaps.weight == 1.0]
        # The choice in which no node swaps comes first, if there are several.
        first = np.full(len(self.tried.right), 0)
        first[self.source[::-1]] = np.arange(len(self.source))[::-1]
        log_stay = np.full(number, -np.inf)
        nothing = (self.tried.right[attempts.after] == self.links.right[attempts.before]).all(axis=1)
        nothing &= target[first[attempts.after]] == attempts.before
        if self._every_choice:
            nothing &= ~self.tried.able()[attempts.after].any(axis=1)
        rows = attempts.before[nothing]
        free = self.rules.attempting(self.links.take(rows))
        with np.errstate(divide="ignore"):
            log_failure = np.log1p(-np.array(self.rules.p))
        log_stay[rows] = np.where(free, log_failure, 0.0).sum(axis=1)
        return attempts.taken(~nothing), log_stay


def check_delivery(graph: Graph, steps: Edges) -> None:
    """Refuse a chain that may get where it never delivers from."""
    reaches = np.zeros(len(graph) + 1, dtype=bool)
    reaches[DELIVERED] = True
    while True:
        more = steps.before[reaches[steps.after] & ~reaches[steps.before]]
        if len(more) == 0:
            break
        reaches[more] = True
    if not reaches.all():
        lost = graph.links.take(np.flatnonzero(~reaches)[:1]).configurations()[0]
        raise NotCovered(
            f"no exact answer: from the links (left, right, age) {lost} nothing is ever delivered"
        )


def _subsets(segments: int) -> Iterator[BoolArray]:
    """Of the nodes 0 .. n, those of repeaters, the empty one first."""
    for inner in itertools.product((False, True), repeat=segments - 1):
        yield np.array([False, *inner, False])
