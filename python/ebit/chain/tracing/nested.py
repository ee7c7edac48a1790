"""Nested protocols: doubling, and words of swaps and distillations with cut-offs.

A pair of a level is made by attempts, each of two pairs of the level below that are made from nothing
at the same time. Whatever fails loses both of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ebit.chain.description import Chain
from ebit.chain.protocols import CutOff, Nested
from ebit.chain.tracing.events import Held, Log
from ebit.chain.tracing.states import State, distilled, stored, swapped


@dataclass(frozen=True)
class Join:
    """How a pair is made of two: `left` and `right` are joins too, or links by number."""

    operation: str
    cutoff: CutOff
    left: Join | int
    right: Join | int


def plan_of(chain: Chain) -> Join | int:
    """Return how the pair between the ends is made."""
    if isinstance(chain.protocol, Nested):
        return _word(chain.protocol.levels, 0)
    return _doubling(0, len(chain))


def _doubling(first: int, count: int) -> Join | int:
    if count == 1:
        return first
    half = (count + 1) // 2
    return Join("swap", CutOff(), _doubling(first, half), _doubling(first + half, count - half))


def _word(levels: list[tuple[str, str, float]], first: int) -> Join | int:
    if not levels:
        return first
    *below, (operation, kind, value) = levels
    width = 2 ** sum(name == "swap" for name, _, _ in below)
    second = first + width if operation == "swap" else first
    return Join(operation, CutOff(kind, value), _word(below, first), _word(below, second))


@dataclass
class Story:
    """The making of pairs of one chain."""

    chain: Chain
    log: Log
    rng: np.random.Generator
    carries_states: bool = field(init=False)

    def __post_init__(self) -> None:
        levels = self.chain.protocol.levels if isinstance(self.chain.protocol, Nested) else []
        self.carries_states = any(op != "swap" or kind == "fidelity" for op, kind, _ in levels)

    def pair(self, plan: Join | int, start: float) -> Held:
        """Make a pair from nothing, beginning at `start`."""
        if isinstance(plan, int):
            return self.link(plan, start)
        while True:
            since = len(self.log.events)
            left, right = self.pair(plan.left, start), self.pair(plan.right, start)
            given_up = self.gives_up(plan.cutoff, start, left, right)
            if given_up is not None:
                self.log.give_up(since, given_up, (left.left, right.right))
                start = given_up
                continue
            start = max(left.made, right.made)
            joined = self.join(plan.operation, left, right, start)
            if joined is not None:
                return joined

    def link(self, k: int, start: float) -> Held:
        """Attempt until there is a link."""
        link = self.chain.links[k]
        attempts = int(self.rng.geometric(link.p_success))
        self.log.attempts += attempts
        pair = self.log.make(start + attempts * (link.attempt_time / self.log.unit), "link", (k, k + 1))
        pair.state = State.of(link.state)
        return pair

    def join(self, operation: str, left: Held, right: Held, time: float) -> Held | None:
        """Swap or distil two pairs of which the later one has just come."""
        a, b = (self.waited(pair, time - pair.made) for pair in (left, right))
        if operation == "swap":
            node = right.left
            nodes: tuple[int, ...] = (left.left, node, right.right)
            name, bsm = "swap", self.chain.nodes[node].bsm
            p_success, state = bsm.p_success, swapped(a, b, bsm)
        else:
            nodes, name = (left.left, left.right), "distillation"
            of_left, of_right = (self.chain.nodes[node].bsm for node in nodes)
            p_success, state = distilled(operation, a, b, of_left, of_right)
        if self.rng.random() >= p_success:
            self.log.tell(time, f"failed_{name}", nodes, (left.number, right.number))
            return None
        pair = self.log.make(time, name, nodes, (left, right))
        pair.state = state
        return pair

    def gives_up(self, cutoff: CutOff, start: float, left: Held, right: Held) -> float | None:
        """When the cut-off of an attempt strikes that began at `start`; None if it does not."""
        early, late = sorted((left, right), key=lambda pair: pair.made)
        if cutoff.kind == "memory_time":
            limit = early.made + self.in_units(cutoff.value)
            return limit if late.made > limit else None
        if cutoff.kind == "run_time":
            limit = start + self.in_units(cutoff.value)
            return limit if late.made > limit else None
        if cutoff.kind == "fidelity":
            return self.becomes_poor(cutoff.value, early, late)
        return None

    def in_units(self, seconds: float) -> float:
        """A cut-off in units of time; where these are slots, whole ones (but for rounding)."""
        units = seconds / self.log.unit
        return math.floor(units * (1.0 + 1e-12)) if self.log.whole else units

    def becomes_poor(self, fidelity: float, early: Held, late: Held) -> float | None:
        """When either pair is worse than `fidelity`, at the latest when the later one comes."""

        def is_good(pair: Held, wait: float) -> bool:
            return self.waited(pair, wait).fidelity >= fidelity * (1.0 - 1e-12)

        if not is_good(early, 0.0) or (late.made == early.made and not is_good(late, 0.0)):
            return early.made
        # A fidelity may rise again: look at some times on the way (a dip between two of them is missed).
        wait = late.made - early.made
        looks = sorted(
            {math.ceil(wait * look / 16) if self.log.whole else wait * look / 16 for look in range(17)}
        )
        for good, poor in itertools.pairwise(looks):
            if not is_good(early, poor):
                return early.made + self.last_good(lambda wait: is_good(early, wait), good, poor)
        return None if is_good(late, 0.0) else late.made

    def last_good(self, is_good: Callable[[float], bool], good: float, poor: float) -> float:
        """The last good wait (whole, where times are slots) between one that is good and one that is not."""
        while True:
            middle = 0.5 * (good + poor)
            middle = math.floor(middle) if self.log.whole else middle
            if not good < middle < poor:
                return good
            good, poor = (middle, poor) if is_good(middle) else (good, middle)

    def waited(self, pair: Held, wait: float) -> State:
        """Return the state of a pair after it has waited in its memories."""
        assert pair.state is not None
        if wait == 0.0 or not self.carries_states:
            return pair.state
        return stored(self.chain, pair.state, (pair.left, pair.right), wait * self.log.unit)


def deliver(chain: Chain, log: Log, rng: np.random.Generator) -> None:
    """Make the pair between the ends."""
    pair = Story(chain, log, rng).pair(plan_of(chain), 0.0)
    log.tell(pair.made, "delivered", (0, len(chain)), (pair.number,))
