"""Delivered pairs per second of the chain samplers, beside a straightforward numba Monte Carlo.

Each group has one model: ours on one and two threads, the peer on one, and the floor, which draws
nothing but the random variates that the model needs.
"""

from __future__ import annotations

import numpy as np
import pytest
from peers import numba_chain

import ebit
from ebit import _core

P_SUCCESS, P_SWAP, WERNER, COHERENCE = 0.01, 0.5, 0.98, 400.0
LINK = ebit.links.ideal(p_success=P_SUCCESS, state=ebit.Werner(WERNER))


def nested(links: int) -> ebit.Chain:
    node = ebit.Node(ebit.Memory.depolarizing(COHERENCE), ebit.BellMeasurement(P_SWAP))
    nodes = [node] * (links + 1)
    return ebit.Chain([LINK] * links, nodes, ebit.Doubling(), end_nodes="store", pair_decay="once")


CUTOFFS = (16, 31, 55)


def nested_with_cutoffs() -> ebit.Chain:
    link = ebit.links.ideal(p_success=0.1, state=ebit.Werner(WERNER))
    node = ebit.Node(ebit.Memory.depolarizing(COHERENCE), ebit.BellMeasurement(P_SWAP))
    protocol = ebit.Nested("sss", [ebit.CutOff("memory_time", slots) for slots in CUTOFFS])
    return ebit.Chain([link] * 8, [node] * 9, protocol, end_nodes="store", pair_decay="once")


def swap_asap(links: int) -> ebit.Chain:
    return ebit.Chain([LINK] * links, [ebit.Node(ebit.Memory.depolarizing(COHERENCE))] * (links + 1))


def slotted(links: int, p: float) -> ebit.Chain:
    link = ebit.links.ideal(p_success=p, state=ebit.Werner(WERNER))
    node = ebit.Node(ebit.Memory.depolarizing(COHERENCE), ebit.BellMeasurement(P_SWAP))
    return ebit.Chain([link] * links, [node] * (links + 1), ebit.Slotted())


def slotted_model(p: float, pairs: dict[str, int]):
    return (
        slotted(16, p),
        lambda shots, seed: numba_chain.slotted(shots, 16, p, P_SWAP, WERNER, COHERENCE, seed),
        None,
        pairs,
    )


def nested_floor(links: int) -> tuple[float, float]:
    """Return geometric variates and further random words per delivered pair."""
    levels = links.bit_length() - 1
    attempts = sum((2 / P_SWAP) ** level / P_SWAP for level in range(levels))
    return (2 / P_SWAP) ** levels, attempts


# Model: chain, peer(shots, seed), variates and words per pair (None where their number is a result), pairs
# per timed call.
MODELS = {
    "nested doubling, 4 links": (
        nested(4),
        lambda shots, seed: numba_chain.nested(shots, 2, P_SUCCESS, P_SWAP, WERNER, COHERENCE, seed),
        nested_floor(4),
        {"ebit": 1 << 18, "peer": 1 << 14},
    ),
    "nested doubling, 16 links": (
        nested(16),
        lambda shots, seed: numba_chain.nested(shots, 4, P_SUCCESS, P_SWAP, WERNER, COHERENCE, seed),
        nested_floor(16),
        {"ebit": 1 << 14, "peer": 1 << 10},
    ),
    "nested, 8 links, memory cut-offs 16/31/55": (
        nested_with_cutoffs(),
        lambda shots, seed: numba_chain.nested_with_cutoffs(
            shots, np.array(CUTOFFS), 0.1, P_SWAP, WERNER, COHERENCE, seed
        ),
        None,
        {"ebit": 1 << 15, "peer": 1 << 12},
    ),
    "deterministic swap-asap, 16 links": (
        swap_asap(16),
        lambda shots, seed: numba_chain.swap_asap(shots, 16, P_SUCCESS, WERNER, COHERENCE, seed),
        (16.0, 0.0),
        {"ebit": 1 << 18, "peer": 1 << 16},
    ),
    "slotted swap-asap, 16 links, p = 0.1, p_swap = 0.5": slotted_model(
        0.1, {"ebit": 1 << 11, "peer": 1 << 9}
    ),
    "slotted swap-asap, 16 links, p = 0.01, p_swap = 0.5": slotted_model(
        0.01, {"ebit": 1 << 11, "peer": 1 << 8}
    ),
}


@pytest.fixture(params=MODELS, name="model")
def _model(request, benchmark):
    benchmark.group = request.param
    return MODELS[request.param]


def run(benchmark, work, pairs: int) -> None:
    benchmark.extra_info["pairs"] = pairs
    work()
    benchmark.pedantic(work, rounds=15, iterations=1, warmup_rounds=1)


@pytest.mark.parametrize("threads", [1, 2])
def bench_ebit(benchmark, model, threads: int) -> None:
    chain, _, _, pairs = model
    shots = pairs["ebit"] * threads
    run(benchmark, lambda: ebit.estimate(chain, shots=shots, rng=7, threads=threads), shots)


def bench_ebit_samples(benchmark, model) -> None:
    chain, _, _, pairs = model
    run(benchmark, lambda: ebit.sample(chain, pairs["ebit"], rng=7, threads=1), pairs["ebit"])


def bench_peer_numba(benchmark, model) -> None:
    chain, peer, _, pairs = model
    time, werner = peer(pairs["peer"], 1)
    ours = ebit.estimate(chain, shots=pairs["ebit"], rng=7).figures
    for name, column in (("waiting_time", time), ("fidelity", (1 + 3 * werner) / 4)):
        error = np.hypot(ours[name].standard_error, np.std(column) / np.sqrt(len(column)))
        assert abs(np.mean(column) - ours[name].value) < 5 * error
    run(benchmark, lambda: peer(pairs["peer"], 1), pairs["peer"])


@pytest.mark.parametrize("model", [name for name, (_, _, floor, _) in MODELS.items() if floor], indirect=True)
def bench_floor(benchmark, model) -> None:
    _, _, (variates, words), _ = model
    pairs = 1 << 14
    stream, chunk = _core.Stream(7, 0, 0), 1 << 13
    batches = int(variates * pairs) // chunk
    word_batches = int(words * pairs) // chunk

    def draw() -> None:
        for _ in range(batches):
            stream.geometric(P_SUCCESS, chunk)
        for _ in range(word_batches):
            stream.words(chunk)

    run(benchmark, draw, pairs)


def bench_one_shot(benchmark) -> None:
    benchmark.group = "deterministic swap-asap, 8 links, one call"
    chain = swap_asap(8)
    benchmark(lambda: ebit.sample(chain, 1, rng=7, threads=1))


def bench_one_block(benchmark) -> None:
    benchmark.group = "deterministic swap-asap, 8 links, one call"
    sampler = swap_asap(8)._sampler
    benchmark(lambda: sampler.sample(7, 0, sampler.block_shots, 1, None, False))
