"""One delivery of a chain, event by event: every protocol in plain Python, to read, draw and compare.

Imported when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ebit._arrays import as_int, require
from ebit.chain.description import Chain
from ebit.chain.protocols import SwapAsap
from ebit.chain.slotted import Slotted
from ebit.chain.tracing import nested, parallel, slots
from ebit.chain.tracing.events import KINDS, Event, Log, PairLife, Trace
from ebit.rng import Rng, run_key

__all__ = ["KINDS", "Event", "PairLife", "Trace", "trace"]


def trace(chain: Chain, rng: Rng = None, max_events: int = 100_000) -> Trace:
    """Follow one delivery of a chain, event by event.

    A slow and obvious interpreter of every protocol: the same law as `ebit.sample`, but other random
    numbers, so that no trace is a shot of a run with the same key.

    Parameters
    ----------
    chain : Chain
    rng : int, SeedSequence, Generator or None
        As for `ebit.sample`; the same key gives the same trace.
    max_events : int
        Give up after this many events, or slots that were looked at, at least 1. Idle time is skipped, so
        that rare links cost nothing; swaps that hardly ever succeed do, and policies that look at ages.

    Returns
    -------
    Trace

    Raises
    ------
    RuntimeError
        If there is no pair after `max_events` events.
    ValueError
        If a number is out of range, or the chain has a shape.
    TypeError
        If `chain` is not a Chain or a number is not an integer.

    Examples
    --------
    >>> import ebit
    >>> node = ebit.Node(bsm=ebit.BellMeasurement(p_success=0.5))
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.1)] * 2, [node] * 3, ebit.Doubling())
    >>> for event in ebit.trace(chain, rng=3).events:
    ...     print(event.time, event.kind, event.nodes)
    2.0 link (0, 1)
    4.0 link (1, 2)
    4.0 failed_swap (0, 1, 2)
    8.0 link (1, 2)
    25.0 link (0, 1)
    25.0 swap (0, 1, 2)
    25.0 delivered (0, 2)
    """
    require("chain", chain, Chain)
    if chain.shape:
        raise ValueError(f"chain has the shape {chain.shape}: trace one point, chain.point(index)")
    max_events = as_int("max_events", max_events)
    if max_events < 1:
        raise ValueError(f"max_events = {max_events} is not allowed: it must be at least 1")
    key = run_key(rng)
    times = {link.attempt_time for link in chain.links}
    log = Log(times.pop(), True, max_events) if len(times) == 1 else Log(1.0, False, max_events)
    _interpreter(chain)(chain, log, np.random.default_rng(key))
    return log.trace(chain, key)


def _interpreter(chain: Chain) -> Callable[[Chain, Log, np.random.Generator], None]:
    if isinstance(chain.protocol, Slotted):
        return slots.deliver
    if isinstance(chain.protocol, SwapAsap):
        always = all(node.bsm.p_success == 1.0 for node in chain.nodes[1:-1])
        return parallel.deliver if always else slots.deliver
    return nested.deliver
