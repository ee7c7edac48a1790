"""Slotted chains with several memories per side: which links a node joins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ebit.chain.tracing.events import Held
from ebit.chain.tracing.policies import joins_of_tree
from ebit.chain.tracing.slots import Slots

Match = tuple[Held, Held]


@dataclass
class Multiplexed(Slots):
    """The links that stand, any number of them at each node."""

    #: By number of a swapped link, the first and the last of the links it was made of: the order in which
    #: its outer qubits came to their nodes.
    parts: dict[int, tuple[int, int]] = field(default_factory=dict)

    def parts_of(self, link: Held) -> tuple[int, int]:
        """Return the numbers of the links that brought the outer qubits of a link."""
        return self.parts.get(link.number, (link.number, link.number))

    def best(self, links: list[Held]) -> Held:
        """The youngest, and of equal ones that whose qubit came to the left end first."""
        return min(links, key=lambda link: (-link.oldest, self.parts_of(link)[0]))

    def swap(self) -> None:
        """Let every node join its links, all nodes at once, from left to right, or along the tree."""
        nodes = range(1, len(self.chain))
        if self.rules.policy == "doubling":
            tree = joins_of_tree(0, len(self.chain))
            while pairs := [pair for node in nodes for pair in self.matches(node, tree[node])]:
                for pair in pairs:
                    self.join(pair)
        elif self.rules.failed_swap == "left_to_right":
            for node in nodes:
                for pair in self.matches(node):
                    self.join(pair)
        else:
            for path in paths([pair for node in nodes for pair in self.matches(node)]):
                self.join(path)

    def matches(self, node: int, span: tuple[int, int] | None = None) -> list[Match]:
        """Return the pairs of links that a node joins; with a span, only those that make a link of it."""
        left = [link for link in self.links if link.right == node and (not span or link.left == span[0])]
        right = [link for link in self.links if link.left == node and (not span or link.right == span[1])]
        if self.rules.matching == "random":
            for links in (left, right):
                links[:] = [links[i] for i in self.rng.permutation(len(links))]
        else:
            left.sort(key=lambda link: (*self.rank(link), self.parts_of(link)[1]))
            right.sort(key=lambda link: (*self.rank(link), self.parts_of(link)[0]))
        return list(zip(left, right, strict=False))

    def rank(self, link: Held) -> tuple[float, int]:
        """Age, youngest or oldest first, then length, longest first."""
        youngest_first = self.rules.matching == "best_first"
        return -link.oldest if youngest_first else link.oldest, link.left - link.right

    def join(self, used: Sequence[Held]) -> Held | None:
        """Join a row of links, and remember what the new one is made of."""
        made = super().join(used)
        if made is not None:
            self.parts[made.number] = (self.parts_of(used[0])[0], self.parts_of(used[-1])[1])
        return made


def paths(pairs: list[Match]) -> list[list[Held]]:
    """Return the rows of links that pairs of them make; pairs stand from the left to the right."""
    rows: dict[int, list[Held]] = {}  # by the number of the last link
    for left, right in pairs:
        rows[right.number] = [*rows.pop(left.number, [left]), right]
    return list(rows.values())
