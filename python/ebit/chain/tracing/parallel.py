"""Swap-asap whose swaps never fail: every link is made once, or once in every round."""

from __future__ import annotations

import math

import numpy as np

from ebit.chain.description import Chain
from ebit.chain.protocols import SwapAsap
from ebit.chain.tracing.events import Held, Log


def deliver(chain: Chain, log: Log, rng: np.random.Generator) -> None:
    """Make rounds, of which the first one delivers that ends within the global cut-off."""
    assert isinstance(chain.protocol, SwapAsap)
    limit = chain.protocol.global_cutoff / log.unit
    ends = (0, len(chain))
    start = 0.0
    while True:
        since = len(log.events)
        pair = make_round(chain, log, rng, start, limit)
        if pair.made - start <= limit * (1.0 + 1e-12):
            return log.tell(pair.made, "delivered", ends, (pair.number,))
        start += limit
        log.give_up(since, start, ends)


def make_round(chain: Chain, log: Log, rng: np.random.Generator, start: float, limit: float) -> Held:
    """Let every link come in its time; it is swapped at once with the neighbours that are there."""
    attempts = [int(rng.geometric(link.p_success)) for link in chain.links]
    units = [link.attempt_time / log.unit for link in chain.links]
    within = [math.floor(limit / unit * (1.0 + 1e-12)) if limit < math.inf else limit for unit in units]
    log.attempts += sum(int(min(pair)) for pair in zip(attempts, within, strict=True))
    comes = [start + tries * unit for tries, unit in zip(attempts, units, strict=True)]
    ending_at: dict[int, Held] = {}
    starting_at: dict[int, Held] = {}
    for k in sorted(range(len(chain)), key=lambda k: comes[k]):
        pair = log.make(comes[k], "link", (k, k + 1))
        if k in ending_at:
            left = ending_at.pop(k)
            pair = log.make(comes[k], "swap", (left.left, k, pair.right), (left, pair))
        if k + 1 in starting_at:
            right = starting_at.pop(k + 1)
            pair = log.make(comes[k], "swap", (pair.left, k + 1, right.right), (pair, right))
        ending_at[pair.right] = starting_at[pair.left] = pair
    return pair
