"""One slot of a chain of few links, for many configurations at a time.

In every slot the segments whose two memories are free attempt; then a policy says which of the nodes that
hold two links swap; a link between the ends is delivered; then links as old as the smaller cut-off of
their two nodes are discarded, and the others age. Ages are counted up to the largest that matters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, IntArray
from ebit.exact._policies import Policy
from ebit.exact._refusal import NotCovered

BoolArray: TypeAlias = npt.NDArray[np.bool]
#: Links as sorted (left node, right node, age in slots).
Configuration: TypeAlias = tuple[tuple[int, int, int], ...]

_NEVER = 1 << 62


class Links(NamedTuple):
    """Configurations, one a row; a link stands at its left node.

    `right` is the node at its other end (-1: no link), `age` its age (0 where there is none).
    """

    right: IntArray  # shape (rows, segments)
    age: IntArray

    @classmethod
    def none(cls, segments: int) -> Links:
        """Return the one configuration without links."""
        return cls(np.full((1, segments), -1), np.zeros((1, segments), dtype=np.int64))

    @classmethod
    def joined(cls, parts: Sequence[Links]) -> Links:
        """Return the rows of all parts."""
        return cls(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def take(self, rows: IntArray | BoolArray) -> Links:
        """Return some of the rows."""
        return Links(self.right[rows], self.age[rows])

    def ending(self, node: int) -> BoolArray:
        """Return which link of each row ends at a node."""
        ending: BoolArray = self.right == node
        return ending

    def able(self) -> BoolArray:
        """Return which nodes, 0 .. n, hold two links."""
        rows, segments = self.right.shape
        able = np.zeros((rows, segments + 1), dtype=bool)
        for node in range(1, segments):
            able[:, node] = (self.right[:, node] >= 0) & self.ending(node).any(axis=1)
        return able

    def hidden(self) -> BoolArray:
        """Return which segments lie below a link."""
        hidden = np.zeros(self.right.shape, dtype=bool)
        for segment in range(self.right.shape[1]):
            hidden[:, segment] = (self.right[:, : segment + 1] > segment).any(axis=1)
        return hidden

    def configurations(self) -> list[Configuration]:
        """Return the rows as tuples."""
        pairs = zip(self.right.tolist(), self.age.tolist(), strict=True)
        return [
            tuple((left, end, age) for left, (end, age) in enumerate(zip(*row, strict=True)) if end >= 0)
            for row in pairs
        ]


class Outcomes(NamedTuple):
    """What may become of configurations: of which row, with which probability."""

    row: IntArray
    links: Links
    weight: FloatArray


@dataclass(frozen=True, eq=False)
class Rules:
    """How links come, are joined and are lost.

    Attributes
    ----------
    p : tuple of float
        Of an attempt, by segment.
    p_swap : tuple of float
        By node, 0 .. n.
    policy : Policy
    one_by_one : bool
        The nodes that swap act one after another from the left, and a failure costs the two links of the
        node; otherwise a contiguous cluster of swaps succeeds or fails as one.
    regenerate : bool
        Whether segments below a longer link attempt.
    sequential : bool
        Whether segment k attempts only where a link joins the nodes 0 and k.
    cutoffs : tuple of int or None
        By node: the last age, in slots, at which a link is of use.
    """

    p: tuple[float, ...]
    p_swap: tuple[float, ...]
    policy: Policy
    one_by_one: bool = False
    regenerate: bool = True
    sequential: bool = False
    cutoffs: tuple[int | None, ...] = ()

    @property
    def segments(self) -> int:
        return len(self.p)

    @cached_property
    def last_age(self) -> IntArray:
        """By the two nodes of a link."""
        own = np.array([_NEVER if c is None else c for c in self.cutoffs or (None,) * (len(self.p) + 1)])
        last_age: IntArray = np.minimum.outer(own, own)
        return last_age

    @cached_property
    def oldest(self) -> int:
        """The age up to which ages are counted."""
        return max([self.policy.last_age, *(c for c in self.cutoffs if c is not None)])

    @property
    def all_ages_end(self) -> bool:
        """Whether every link is discarded at some age."""
        pairs = self.last_age[np.triu_indices(self.segments + 1, 1)]
        return bool((pairs < _NEVER).all())

    def attempting(self, links: Links) -> BoolArray:
        """Return the segments that attempt in a slot that starts with these links."""
        free = links.right < 0
        for segment in range(self.segments):
            free[:, segment] &= ~links.ending(segment + 1).any(axis=1)
        if not self.regenerate:
            free &= ~links.hidden()
        if self.sequential:
            free[:, 1:] &= links.right[:, :1] == np.arange(1, self.segments)
        return free

    def attempted(self, links: Links) -> Outcomes:
        """Return what attempts make of links."""
        free = self.attempting(links)
        row, right, age = np.arange(len(free)), links.right, links.age
        weight = np.ones(len(free))
        for segment, p in enumerate(self.p):
            tries = free[row, segment]
            hit, miss = np.flatnonzero(tries & (p > 0.0)), np.flatnonzero(~tries | (p < 1.0))
            weight = np.concatenate([weight[hit] * p, weight[miss] * np.where(tries[miss], 1.0 - p, 1.0)])
            both = np.concatenate([hit, miss])
            row, right, age = row[both], right[both], age[both]
            right[: len(hit), segment] = segment + 1
        return Outcomes(row, Links(right, age), weight)

    def swapped(self, links: Links) -> Outcomes:
        """Return what the policy makes of links, before any is delivered or discarded."""
        waiting = Outcomes(np.arange(len(links.right)), links, np.ones(len(links.right)))
        done = []
        while True:
            nodes = self.policy.nodes(waiting.links) & waiting.links.able()
            acts = np.asarray(nodes.any(axis=1))
            done.append(_selected(waiting, ~acts))
            waiting = _selected(waiting, acts)
            after = self.swapped_at(waiting.links, nodes[acts])
            waiting = Outcomes(waiting.row[after.row], after.links, waiting.weight[after.row] * after.weight)
            if not self.policy.repeats or not acts.any():
                return _concatenated([*done, waiting])

    def swapped_at(self, links: Links, nodes: BoolArray) -> Outcomes:
        """Return what swaps at some of the nodes that are able to make of links."""
        outcomes = Outcomes(np.arange(len(links.right)), links, np.ones(len(links.right)))
        for place in range(self.segments):
            step = self._node_swaps if self.one_by_one else self._cluster_swaps
            outcomes = step(outcomes, nodes[outcomes.row], place)
        return outcomes

    def aged(self, links: Links) -> Links:
        """Return the links at the end of a slot, or rather at the beginning of the next one."""
        last_age = np.take_along_axis(self.last_age[:-1], links.right.T, axis=1).T
        kept = (links.right >= 0) & (links.age < last_age)
        age = np.where(kept, np.minimum(links.age + 1, self.oldest), 0)
        return Links(np.where(kept, links.right, -1), age)

    def _cluster_swaps(self, before: Outcomes, nodes: BoolArray, left: int) -> Outcomes:
        """The cluster whose first link leaves the node `left`, if there is one."""
        ends = before.links.right[:, left]
        joins = (ends >= 0) & ~nodes[:, left] & np.take_along_axis(nodes, ends[:, None], axis=1)[:, 0]
        if not joins.any():
            return before
        right, age = before.links.take(joins)
        nodes, row = nodes[joins], np.arange(joins.sum())
        node, success, oldest = right[:, left].copy(), np.ones(len(row)), age[:, left].copy()
        while (swaps := nodes[row, node]).any():
            i, v = row[swaps], node[swaps]
            success[i] *= np.array(self.p_swap)[v]
            oldest[i] = np.maximum(oldest[i], age[i, v])
            node[i], right[i, v], age[i, v] = right[i, v], -1, 0
        return _split(before, joins, Links(right, age), left, node, oldest, success)

    def _node_swaps(self, before: Outcomes, nodes: BoolArray, node: int) -> Outcomes:
        """The swap at one node, if it is to swap and still holds two links."""
        ending = before.links.ending(node)
        swaps = nodes[:, node] & (before.links.right[:, node] >= 0) & ending.any(axis=1)
        if not swaps.any():
            return before
        right, age = before.links.take(swaps)
        row, left = np.arange(swaps.sum()), ending[swaps].argmax(axis=1)
        end, oldest = right[:, node].copy(), np.maximum(age[row, left], age[:, node])
        right[:, node], age[:, node] = -1, 0
        success = np.full(len(row), self.p_swap[node])
        return _split(before, swaps, Links(right, age), left, end, oldest, success)


def _split(
    before: Outcomes,
    changed: BoolArray,
    links: Links,
    left: int | IntArray,
    end: IntArray,
    oldest: IntArray,
    success: FloatArray,
) -> Outcomes:
    """Of the changed rows the link from `left` reaches `end`, or is lost."""
    row, weight = before.row[changed], before.weight[changed]
    good, bad = success > 0.0, success < 1.0
    place = np.arange(len(row)), left
    right, age = links.right.copy(), links.age.copy()
    right[place], age[place] = end, oldest
    made = Outcomes(row[good], Links(right, age).take(good), (weight * success)[good])
    right, age = links
    right[place], age[place] = -1, 0
    lost = Outcomes(row[bad], Links(right, age).take(bad), (weight * (1.0 - success))[bad])
    return _concatenated([_selected(before, ~changed), made, lost])


def _selected(outcomes: Outcomes, rows: BoolArray) -> Outcomes:
    return Outcomes(outcomes.row[rows], outcomes.links.take(rows), outcomes.weight[rows])


def _concatenated(parts: Sequence[Outcomes]) -> Outcomes:
    return Outcomes(
        np.concatenate([part.row for part in parts]),
        Links.joined([part.links for part in parts]),
        np.concatenate([part.weight for part in parts]),
    )


class Numbering:
    """Numbers configurations in the order in which they are first seen.

    Parameters
    ----------
    segments, oldest : int
        Ages are at most `oldest`.
    """

    def __init__(self, segments: int, oldest: int) -> None:
        base = [1 + (segments - left) * (oldest + 1) for left in range(segments)]
        if math.prod(base) >= 1 << 62:
            raise NotCovered(
                f"no exact answer for {segments} links with ages up to {oldest} slots: too many of them"
            )
        self._ages = oldest + 1
        self._radix = np.array([math.prod(base[:left]) for left in range(segments)])
        self._number: dict[int, int] = {}
        self._parts: list[Links] = []

    def __len__(self) -> int:
        return len(self._number)

    @property
    def links(self) -> Links:
        """All of them, by number."""
        return Links.joined(self._parts)

    def add(self, links: Links) -> tuple[IntArray, Links]:
        """Return the numbers of configurations, and those that are new, in their order."""
        span = links.right - np.arange(links.right.shape[1])  # 1: an elementary link
        code = np.where(links.right >= 0, 1 + (span - 1) * self._ages + links.age, 0)
        keys, first, inverse = np.unique(code @ self._radix, return_index=True, return_inverse=True)
        known = len(self)
        numbers = np.array([self._number.setdefault(key, len(self._number)) for key in keys.tolist()])
        new = links.take(first[numbers >= known])
        self._parts.append(new)
        return numbers[inverse.reshape(-1)] if len(keys) else numbers.astype(np.int64), new
