"""Slotted chains: attempts, swaps by a policy, delivery and discarding, slot after slot."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ebit.chain.description import Chain
from ebit.chain.slotted import Slotted
from ebit.chain.tracing.events import Held, Log
from ebit.chain.tracing.policies import asks_again, joined_ends, sees_ages, swapping_nodes


@dataclass
class Slots:
    """The links that stand, and the slot that it is."""

    chain: Chain
    log: Log
    rng: np.random.Generator
    rules: Slotted
    now: int = 0
    links: list[Held] = field(default_factory=list)
    has_changed: bool = False  # since new links last came

    def run(self) -> None:
        """Go on until a pair is delivered."""
        ends = (0, len(self.chain))
        while True:
            self.attempt()
            self.swap()
            whole = [link for link in self.links if (link.left, link.right) == ends]
            if whole:
                youngest = max(whole, key=lambda link: (link.oldest, -link.first))
                return self.log.tell(self.now, "delivered", ends, (youngest.number,))
            self.discard()

    # (i) Attempts. Slots in which nothing would happen are skipped: attempts have no memory, so that it
    # may be drawn anew, whenever something has changed, how many fail.

    def attempt(self) -> None:
        """Go to the next slot in which links come or grow too old, and add those that come."""
        trying = [k for k in range(len(self.chain)) for _ in range(self.tries_per_slot(k))]
        comes = [self.now + int(self.rng.geometric(self.chain.links[k].p_success)) for k in trying]
        expires = [link.oldest + self.limit(link) for link in self.links]
        # The policy may swap other nodes if links have changed since it was asked, or only their ages.
        asks = self.has_changed or (bool(self.links) and sees_ages(self.rules))
        slot = min([*comes, *expires, *([self.now + 1] if asks else [])], default=math.inf)
        if math.isinf(slot):
            raise RuntimeError("no pair: no segment may attempt, and the policy swaps no link that stands")
        counted = [k for k in trying if not self.is_hidden(k)]
        self.log.attempts += len(counted) * (int(slot) - self.now)
        self.now = int(slot)
        self.has_changed = False
        self.log.look()
        for k, time in zip(trying, comes, strict=True):
            if time == slot:
                self.links.append(self.log.make(self.now, "link", (k, k + 1)))

    def tries_per_slot(self, k: int) -> int:
        """How many attempts segment k makes in a slot, one for each pair of free memories."""
        if self.rules.hidden_segments == "idle" and self.is_hidden(k):
            return 0
        if self.rules.generation == "sequential" and k > 0 and not self.reaches(k):
            return 0
        at_left = sum(link.left == k for link in self.links)
        at_right = sum(link.right == k + 1 for link in self.links)
        return self.rules.memories - max(at_left, at_right)

    def is_hidden(self, k: int) -> bool:
        """Whether segment k lies under a longer link."""
        return any(link.left <= k < link.right and link.right - link.left > 1 for link in self.links)

    def reaches(self, node: int) -> bool:
        """Whether a link from the left end reaches a node."""
        return any((link.left, link.right) == (0, node) for link in self.links)

    # (ii) Swaps.

    def swap(self) -> None:
        """Let the nodes that the policy names swap, as often as it is asked in a slot."""
        swapped = True
        while swapped:
            nodes = swapping_nodes(self.rules, len(self.chain), self.links, self.now)
            one_by_one = self.rules.failed_swap == "left_to_right"
            paths = self.pairs_in_turn(nodes) if one_by_one else self.paths(nodes)
            swapped = False
            for path in paths:
                self.swap_along(path)
                swapped = asks_again(self.rules.policy)

    def pairs_in_turn(self, nodes: set[int]) -> Iterator[list[Held]]:
        """The links that each node joins, node after node, given what the nodes before it have done."""
        for node in sorted(nodes):
            for pair in self.matches(node):
                yield list(pair)

    def paths(self, nodes: set[int]) -> list[list[Held]]:
        """Links that are joined when all nodes measure at once, as contiguous runs."""
        following = {left.number: right for node in sorted(nodes) for left, right in self.matches(node)}
        inner = {right.number for right in following.values()}
        starts = [link for link in self.links if link.number in following and link.number not in inner]
        paths = []
        for link in starts:
            path = [link]
            while path[-1].number in following:
                path.append(following[path[-1].number])
            paths.append(path)
        return paths

    def matches(self, node: int) -> list[tuple[Held, Held]]:
        """Which link from the left is joined with which from the right at a node."""
        from_left, from_right = joined_ends(self.rules.policy, len(self.chain))[node]
        left = [link for link in self.links if link.right == node and from_left in (None, link.left)]
        right = [link for link in self.links if link.left == node and from_right in (None, link.right)]
        if self.rules.matching == "random":  # any choice of the fewer and the more is as likely
            count = min(len(left), len(right))
            chosen = [self.rng.permutation(len(side))[:count] for side in (left, right)]
            return [(left[i], right[j]) for i, j in zip(*chosen, strict=True)]
        sign = -1 if self.rules.matching == "best_first" else 1
        left.sort(key=lambda link: (sign * link.oldest, link.left - link.right, link.last))
        right.sort(key=lambda link: (sign * link.oldest, link.left - link.right, link.first))
        return list(zip(left, right, strict=False))

    def swap_along(self, path: list[Held]) -> None:
        """All swaps of a run of links succeed and make one link of it, or all of them are lost."""
        nodes = [link.right for link in path[:-1]]
        span = (path[0].left, *nodes, path[-1].right)
        self.has_changed = True
        self.links = [link for link in self.links if link not in path]
        outcomes = [self.rng.random() < self.chain.nodes[node].bsm.p_success for node in nodes]
        if all(outcomes):
            self.links.append(self.log.make(self.now, "swap", span, path))
        else:
            self.log.tell(self.now, "failed_swap", span, [link.number for link in path])

    # (iv) Discarding.

    def discard(self) -> None:
        """Lose the links that are as old as their limit."""
        for link in list(self.links):
            if self.now - link.oldest >= self.limit(link):
                self.log.tell(self.now, "cutoff", (link.left, link.right), (link.number,))
                self.links.remove(link)
                self.has_changed = True

    def limit(self, link: Held) -> float:
        """The age, in slots, up to which a link is of use: whole slots, but for rounding."""
        cutoffs = self.rules.cutoffs(len(self.chain.nodes))
        slots = min(cutoffs[link.left], cutoffs[link.right]) / self.log.unit * (1.0 + 1e-12)
        return math.floor(slots) if slots < 2.0**53 else math.inf


def deliver(chain: Chain, log: Log, rng: np.random.Generator) -> None:
    """Run the slots of one delivery; swap-asap whose swaps can fail has the rules of `Slotted()`."""
    rules = chain.protocol if isinstance(chain.protocol, Slotted) else Slotted()
    Slots(chain, log, rng, rules).run()
