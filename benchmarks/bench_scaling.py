"""How the cost of a delivered pair grows: not with rarer links, and how with more segments."""

from __future__ import annotations

import pytest

import ebit

P_SWAP, COHERENCE = 0.5, 400.0


def chain(segments: int, p: float, protocol: object, p_swap: float) -> ebit.Chain:
    # Memories that keep their state for the same share of the waiting time, however rare the links are.
    node = ebit.Node(ebit.Memory.depolarizing(COHERENCE * 0.01 / p), ebit.BellMeasurement(p_swap))
    return ebit.Chain(
        [ebit.links.ideal(p_success=p, fidelity=0.985)] * segments, [node] * (segments + 1), protocol
    )


def run(benchmark, one: ebit.Chain, pairs: int) -> None:
    benchmark.extra_info["pairs"] = pairs
    benchmark.pedantic(
        lambda: ebit.estimate(one, shots=pairs, rng=7, threads=1), rounds=7, iterations=1, warmup_rounds=1
    )


@pytest.mark.parametrize("p", [1e-1, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9])
def bench_rare_links(benchmark, p: float) -> None:
    benchmark.group = "nested doubling, 4 links, by success probability"
    run(benchmark, chain(4, p, ebit.Doubling(), P_SWAP), 1 << 17)


@pytest.mark.parametrize("segments", [2, 4, 8, 16, 32, 64, 128])
def bench_nested(benchmark, segments: int) -> None:
    benchmark.group = "nested doubling, by segments"
    attempts = (2 / P_SWAP) ** (segments.bit_length() - 1)  # links per pair
    run(benchmark, chain(segments, 0.01, ebit.Doubling(), P_SWAP), max(1 << 8, round(2**23 / attempts)))


@pytest.mark.parametrize("segments", [2, 4, 8, 16, 32, 64, 128])
def bench_swap_asap(benchmark, segments: int) -> None:
    benchmark.group = "deterministic swap-asap, by segments"
    run(benchmark, chain(segments, 0.01, ebit.SwapAsap(), 1.0), (1 << 20) // segments)
