"""Time of exact answers: law of the waiting time with a tail of 1e-12, and mean state."""

from __future__ import annotations

import pytest
from bench_chain import nested, swap_asap

import ebit

CHAINS = {
    "nested doubling, 4 links": nested(4),
    "nested doubling, 8 links": nested(8),
    "nested doubling, 16 links": nested(16),
    "deterministic swap-asap, 16 links": swap_asap(16),
}


@pytest.mark.parametrize("name", CHAINS)
def bench_law_and_mean_state(benchmark, name: str) -> None:
    chain = CHAINS[name]
    benchmark.group = f"exact: {name}"
    law, _ = benchmark(lambda: (ebit.exact.waiting_time(chain, tail=1e-12), ebit.exact.pair(chain)))
    assert law.tail <= 1e-12
