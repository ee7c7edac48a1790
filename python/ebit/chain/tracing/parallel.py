"""Swap-asap whose swaps never fail: every link is made once."""

from __future__ import annotations

import numpy as np

from ebit.chain.description import Chain
from ebit.chain.tracing.events import Held, Log


def deliver(chain: Chain, log: Log, rng: np.random.Generator) -> None:
    """Let every link come in its time; it is swapped at once with the neighbours that are there."""
    attempts = [int(rng.geometric(link.p_success)) for link in chain.links]
    log.attempts += sum(attempts)
    units = [link.attempt_time / log.unit for link in chain.links]
    comes = [tries * unit for tries, unit in zip(attempts, units, strict=True)]
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
    log.tell(max(comes), "delivered", (0, len(chain)), (pair.number,))
