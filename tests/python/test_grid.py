"""Sampled equals exact on a grid of chains in which every protocol, rule, cut-off and policy appears.

A million deliveries of every chain; every figure within five computed standard errors of the exact one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pytest

import ebit

SHOTS = 1_000_000
SLOT = 2e-3
MEMORIES = {
    "dephasing": ebit.Memory(t2=60 * SLOT),
    "relaxing": ebit.Memory(t1=90 * SLOT, t2=50 * SLOT, excited_population=0.1),
    "depolarizing": ebit.Memory.depolarizing(80 * SLOT),
    "perfect": ebit.Memory(),
}


def chain(protocol, n, p, p_swap=1.0, memory="dephasing", **options) -> ebit.Chain:
    link = ebit.links.ideal(p_success=p, attempt_time=SLOT, fidelity=0.96)
    node = ebit.Node(MEMORIES[memory], ebit.BellMeasurement(p_swap, 0.01, 0.004))
    return ebit.Chain([link] * n, [node] * (n + 1), protocol, **options)


def deterministic() -> Iterator[tuple[str, ebit.Chain]]:
    for n, p, memory in itertools.product((1, 2, 3, 6), (0.5, 0.1), MEMORIES):
        yield f"{n} links, p {p}, {memory}", chain(ebit.SwapAsap(), n, p, memory=memory)
    for ends in (("store", "store"), ("measure", "store"), ("store", "measure")):
        for n in (2, 4):
            yield f"{n} links, ends {ends}", chain(ebit.SwapAsap(), n, 0.3, end_nodes=ends)
    for n, cutoff, memory in itertools.product((2, 3, 5), (2, 7), ("dephasing", "relaxing")):
        protocol = ebit.SwapAsap(global_cutoff=cutoff * SLOT)
        ends = "store" if n == 3 else "measure"
        yield (
            f"{n} links, global cut-off {cutoff}, {memory}",
            chain(protocol, n, 0.4, memory=memory, end_nodes=ends),
        )


def trees() -> Iterator[tuple[str, ebit.Chain]]:
    for n, p, p_swap in itertools.product((2, 3, 4, 5, 8), (0.6, 0.1), (1.0, 0.5)):
        yield f"doubling, {n} links, p {p}, p_swap {p_swap}", chain(ebit.Doubling(), n, p, p_swap)
    for memory, ends in itertools.product(MEMORIES, ("measure", "store")):
        yield f"doubling, {memory}, {ends}", chain(ebit.Doubling(), 4, 0.2, 0.7, memory, end_nodes=ends)


def words() -> Iterator[tuple[str, ebit.Chain]]:
    stored = {"end_nodes": "store"}
    for word, p in itertools.product(("d", "b", "e", "ds", "bs", "es", "sd", "sb", "dd", "dsd"), (0.5, 0.2)):
        protocol = ebit.Nested(word)
        yield f"word {word}, p {p}", chain(protocol, 2 ** word.count("s"), p, 0.8, "depolarizing", **stored)
    for word in ("s", "ss", "ds", "sd", "sds"):
        for kind, slots in (("memory_time", (0, 3)), ("run_time", (8, 20))):
            for value, level in itertools.product(slots, range(len(word))):
                cutoffs = [ebit.CutOff()] * len(word)
                length = value * (1 + 2 * level if kind == "run_time" else 1)
                cutoffs[level] = ebit.CutOff(kind, length * SLOT)
                protocol = ebit.Nested(word, cutoffs)
                n = 2 ** word.count("s")
                yield (
                    f"word {word}, {kind} {length} at level {level}",
                    chain(protocol, n, 0.4, 0.7, "depolarizing", **stored),
                )
    for word, value in itertools.product(("s", "d", "ss"), (0.8, 0.9)):
        cutoffs = [ebit.CutOff("fidelity", value)] + [ebit.CutOff()] * (len(word) - 1)
        protocol = ebit.Nested(word, cutoffs)
        n = 2 ** word.count("s")
        yield f"word {word}, fidelity {value}", chain(protocol, n, 0.3, 0.7, "depolarizing", **stored)


def slotted() -> Iterator[tuple[str, ebit.Chain]]:
    rules = itertools.product(("simultaneous", "left_to_right"), ("regenerate", "idle"))
    for failed, hidden in rules:
        for policy, cutoff in itertools.product(
            ("swap_asap", "doubling", "outer_nodes_first", "sequential"), (math.inf, 4)
        ):
            protocol = ebit.Slotted(policy, failed, hidden, cutoff=cutoff * SLOT)
            yield f"{policy}, {failed}, {hidden}, cut-off {cutoff}", chain(protocol, 4, 0.5, 0.7)
        for n in (2, 3):
            protocol = ebit.Slotted("swap_asap", failed, hidden, cutoff=3 * SLOT)
            yield f"swap_asap, {n} links, {failed}, {hidden}", chain(protocol, n, 0.3, 0.6, "relaxing")
    for cutoff in (2, 5):
        protocol = ebit.Slotted("swap_asap", generation="sequential", cutoff=cutoff * SLOT)
        yield f"one segment after another, cut-off {cutoff}", chain(protocol, 3, 0.5, 0.8)
    protocol = ebit.Slotted("swap_asap", cutoff=tuple(c * SLOT for c in (9.0, 2.0, 5.0, math.inf)))
    yield "a cut-off per node", chain(protocol, 3, 0.4, 0.8)
    best = ebit.exact.optimal_policy(chain(ebit.Slotted(cutoff=2 * SLOT), 4, 0.5, 0.6))
    yield "the best policy, a table", best.chain


GRID = {
    f"{family.__name__}: {name}": made
    for family in (deterministic, trees, words, slotted)
    for name, made in family()
}


def test_the_grid_is_a_grid():
    assert len(GRID) >= 150


@pytest.mark.parametrize("name", GRID)
def test_every_figure(name):
    made = GRID[name]
    exact = ebit.exact.figures(made)
    summary = ebit.estimate(made, SHOTS, rng=2026, threads=2)
    for figure, (value, error) in summary.figures.items():
        assert abs(value - exact[figure]) <= 5 * error + 1e-9 * abs(exact[figure]) + 1e-12, (
            figure,
            value,
            exact[figure],
            error,
        )
