"""One slot of a chain of few links: what it may look like afterwards, and with which probability.

In every slot the segments whose two memories are free attempt; then nodes that hold two links swap;
a link between the ends is delivered; then links as old as the cut-off are discarded. A configuration is
the sorted tuple of links (left node, right node, age in slots) at the start of a slot; without a cut-off
ages stay 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

Configuration: TypeAlias = tuple[tuple[int, int, int], ...]


class Link(NamedTuple):
    """A link within a slot."""

    left: int
    right: int
    age: int
    source: frozenset[int]  # the links of the configuration before that it is made of, by place


#: Links at the end of a slot, in order.
Links: TypeAlias = tuple[Link, ...]


@dataclass(frozen=True)
class Rules:
    """How links come and are joined.

    Attributes
    ----------
    p : tuple of float
        Of an attempt, by segment.
    p_swap : tuple of float
        By node, 0 .. n.
    one_by_one : bool
        Nodes act one after another, in the order of `order`, and a failure costs the two links of the
        node; otherwise a contiguous cluster of swaps succeeds or fails as one.
    regenerate : bool
        Whether segments below a longer link attempt.
    order : tuple of (node, left, right)
        Nodes in order. A node with ends given swaps only links that reach just there (-1: any).
    cutoff : int, optional
        The last age, in slots, at which a link is of use.
    """

    p: tuple[float, ...]
    p_swap: tuple[float, ...]
    one_by_one: bool
    regenerate: bool
    order: tuple[tuple[int, int, int], ...]
    cutoff: int | None = None

    def attempting(self, links: Configuration) -> list[int]:
        """Return the segments that attempt in a slot that starts with these links."""
        lefts, rights = {left for left, _, _ in links}, {right for _, right, _ in links}
        free = [k for k in range(len(self.p)) if k not in lefts and k + 1 not in rights]
        return free if self.regenerate else [k for k in free if not is_hidden(links, k)]

    def rests(self, links: Configuration) -> bool:
        """Return whether a slot without success leaves these links as they are."""
        return self.cutoff is None or not links

    def outcomes(self, links: Configuration) -> Iterator[tuple[float, Links]]:
        """Yield probabilities and links after a slot; one that leaves all as it is is left out."""
        old = tuple(Link(*link, frozenset([i])) for i, link in enumerate(links))
        free = self.attempting(links)
        for success in itertools.product((False, True), repeat=len(free)):
            if not any(success) and self.rests(links):
                continue
            weight, new = 1.0, old
            for k, hit in zip(free, success, strict=True):
                weight *= self.p[k] if hit else 1.0 - self.p[k]
                new += (Link(k, k + 1, 0, frozenset()),) if hit else ()
            if weight > 0.0:
                swapped = self._one_by_one(new) if self.one_by_one else self._by_cluster(new)
                for share, after in swapped:
                    if share > 0.0:
                        yield weight * share, self._aged(after)

    def _aged(self, links: Links) -> Links:
        """The links at the end of a slot, a delivered one among them whatever its age."""
        if self.cutoff is None:
            return tuple(sorted(links))
        kept = [a for a in links if a.age < self.cutoff or (a.left, a.right) == (0, len(self.p))]
        return tuple(sorted(a._replace(age=a.age + 1) for a in kept))

    def _one_by_one(self, links: Links) -> list[tuple[float, Links]]:
        outcomes = [(1.0, links)]
        for node, left, right in self.order:
            outcomes = [
                (weight * share, after)
                for weight, before in outcomes
                for share, after in self._swap(before, node, left, right)
            ]
        return outcomes

    def _swap(self, links: Links, node: int, left: int, right: int) -> list[tuple[float, Links]]:
        before = [a for a in links if a.right == node and left in (-1, a.left)]
        after = [b for b in links if b.left == node and right in (-1, b.right)]
        if not before or not after:
            return [(1.0, links)]
        rest = tuple(link for link in links if link not in (before[0], after[0]))
        p = self.p_swap[node]
        return [(p, (*rest, _joined([before[0], after[0]]))), (1.0 - p, rest)]

    def _by_cluster(self, links: Links) -> list[tuple[float, Links]]:
        starting = {link.left: link for link in links}
        ending = {link.right for link in links}
        outcomes: list[tuple[float, Links]] = [(1.0, ())]
        for link in links:
            if link.left in ending:
                continue  # not the first of its cluster
            cluster, success = [link], 1.0
            while cluster[-1].right in starting:
                success *= self.p_swap[cluster[-1].right]
                cluster.append(starting[cluster[-1].right])
            joined = (_joined(cluster),)
            outcomes = [
                (weight * share, before + made)
                for weight, before in outcomes
                for share, made in ((success, joined), (1.0 - success, ()))
            ]
        return outcomes


def is_hidden(links: Configuration, segment: int) -> bool:
    """Whether a segment lies below a link."""
    return any(left <= segment and segment + 1 <= right for left, right, _ in links)


def _joined(links: list[Link]) -> Link:
    age = max(link.age for link in links)
    return Link(links[0].left, links[-1].right, age, frozenset().union(*(link.source for link in links)))
