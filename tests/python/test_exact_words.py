"""Exact nested words with cut-offs and distillation: enumeration, closed form, both samplers."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import ebit
from reference import protocol as twin
from reference import waiting_times
from reference.agreement import assert_mean
from reference.hardware import UNITAL_MEMORIES, Hardware, P
from reference.words import DEPHASING, FREE, MIXED, ONE_RATE, PROTOCOLS, SLOT, chain_of

COVERED = [name for name, (_, cutoffs, _) in PROTOCOLS.items() if "fidelity" not in dict(cutoffs[1:])]


def memory_time(slots: float) -> ebit.CutOff:
    return ebit.CutOff("memory_time", slots)


def run_time(slots: float) -> ebit.CutOff:
    return ebit.CutOff("run_time", slots)


def correlations(chain: ebit.Chain) -> np.ndarray:
    return ebit.exact.pair(chain).correlations


# --- every slot against enumeration -----------------------------------------------------------------

ENUMERATED = [
    ("s", [("memory_time", 2)], MIXED),
    ("s", [("memory_time", 0)], MIXED),
    ("s", [("run_time", 3)], MIXED),
    ("s", [("fidelity", 0.9)], ONE_RATE),
    ("s", [("fidelity", 0.9)], DEPHASING),
    ("s", [("fidelity", 0.92)], ONE_RATE),
    ("d", [FREE], MIXED),
    ("b", [FREE], MIXED),
    ("d", [("memory_time", 1)], MIXED),
    ("b", [("run_time", 2)], MIXED),
    ("ss", [("memory_time", 1), ("memory_time", 2)], MIXED),
    ("ss", [("run_time", 2), ("memory_time", 5)], MIXED),
    ("sd", [("memory_time", 3), ("run_time", 6)], MIXED),
    ("ds", [("fidelity", 0.91), ("memory_time", 4)], ONE_RATE),
    ("bd", [FREE, ("memory_time", 7)], MIXED),
    ("db", [("memory_time", 2), FREE], MIXED),
    ("dsb", [("run_time", 4), ("memory_time", 5), FREE], MIXED),
]


@pytest.mark.parametrize(("word", "cutoffs", "rates"), ENUMERATED)
def test_every_slot(word: str, cutoffs: list[tuple[str, float]], rates: tuple[float, ...]) -> None:
    """The law, the state and the attempts of every level's pairs, from a double sum over their times."""
    chain, rules = chain_of(word, cutoffs, rates, p=0.85, p_swap=0.95)
    size = 40 * len(word)
    exact = twin.law(rules, len(word), size)
    law = ebit.exact.waiting_time(chain)
    inside = min(size, len(law))
    assert law.probabilities[:inside] == pytest.approx(exact[:inside, 0], abs=1e-12)
    missing = exact[:inside, 0] - law.probabilities[:inside]
    assert missing.min() > -1e-14
    assert missing.sum() <= law.tail + 1e-13
    # What the enumeration leaves out: times from `size` on.
    left_out = {"abs": 1e-10 + 100 * (1 - exact[:, 0].sum())}
    times = np.arange(size)
    mean = times @ exact[:, 0]
    assert law.mean / SLOT == pytest.approx(mean, **left_out)
    assert law.variance / SLOT**2 == pytest.approx((times - mean) ** 2 @ exact[:, 0], abs=1e-7)
    assert correlations(chain) == pytest.approx(np.diag(exact.sum(axis=0)), **left_out)
    attempts = twin.mean_attempts(rules, len(word), size)
    assert ebit.exact.figures(chain)["attempts"] == pytest.approx(attempts, abs=1e-9)


@pytest.mark.parametrize("cutoff", [0, 1, 2, 16, 400, 10**6])
@pytest.mark.parametrize("p", [0.1, 0.9, 1e-3])
def test_closed_form_of_one_level(p: float, cutoff: int) -> None:
    p_swap, w, coherence = 0.5, 0.98, 40.0
    link = ebit.links.ideal(p_success=p, state=ebit.Werner(w))
    node = ebit.Node(ebit.Memory.depolarizing(coherence), ebit.BellMeasurement(p_swap))
    protocol = ebit.Nested("s", [memory_time(cutoff)])
    chain = ebit.Chain([link] * 2, [node] * 3, protocol, end_nodes="store", pair_decay="once")
    time, werner = waiting_times.one_swap_with_cutoff(p, p_swap, min(cutoff, round(60 / p)), w, coherence)
    assert ebit.exact.figures(chain)["waiting_time"] == pytest.approx(time, rel=1e-12)
    assert correlations(chain)[1, 1] == pytest.approx(werner, rel=1e-12)
    if p >= 0.1:
        assert ebit.exact.waiting_time(chain).mean == pytest.approx(time, rel=1e-12)


def test_a_word_of_two_cutoffs_at_one_slot_is_memoryless() -> None:
    """Run-time cut-offs of one slot: all links and swaps succeed in one slot, or all fail."""
    hardware = Hardware(P, memories=tuple(UNITAL_MEMORIES))
    chain = hardware.chain(ebit.Nested("ss", [run_time(1.0), run_time(1.0)]))
    # The lower level delivers at its first slot or the upper one gives up.
    p = math.prod(P) * math.prod(hardware.p_swap)
    law = ebit.exact.waiting_time(chain)
    assert law.pmf([1.0, 2.0, 5.0]) == pytest.approx([p, p * (1 - p), p * (1 - p) ** 4], rel=1e-12)
    assert (law.mean, law.variance) == pytest.approx((1 / p, (1 - p) / p**2), rel=1e-12)


# --- both samplers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COVERED)
def test_samples_of_the_twin_agree(name: str) -> None:
    word, cutoffs, rates = PROTOCOLS[name]
    chain, rules = chain_of(word, cutoffs, rates)
    time, attempts, state = twin.sample(rules, 1500, seed=17)
    exact = ebit.exact.figures(chain)
    assert_mean(time * SLOT, exact["waiting_time"])
    assert_mean(attempts, exact["attempts"])
    assert_mean(state, np.diag(correlations(chain))[1:])


MIXED_KEY = {  # every node and link another, all diagonal
    "p": (0.4, 0.6, 0.5, 0.7),
    "memories": tuple(UNITAL_MEMORIES),
    "states": (
        np.diag([1.0, 0.95, -0.94, 0.97]),
        np.diag([1.0, 0.9, -0.9, 0.95]),
        np.diag([1.0, 0.97, -0.96, 0.98]),
        np.diag([1.0, 0.92, -0.9, 0.9]),
    ),
}
KEYED = {  # good enough for key
    "states": (np.diag([1.0, 0.97, -0.96, 0.98]),) * 4,
    "memories": (("pauli_rates", (0.0, 0.0002, 0.0005)),) * 5,
    "bsm": ((0.9, 0.001, 0.001),) * 5,
}
STORE, MEASURE = {"end_nodes": "store"}, {"end_nodes": "measure"}
ONCE = {"end_nodes": "store", "pair_decay": "once"}
GRID = {
    "unequal, memory": (MIXED_KEY, "ss", [memory_time(2), memory_time(4)], STORE),
    "unequal, run": (MIXED_KEY, "ss", [run_time(5), run_time(9)], MEASURE),
    "unequal, both": (MIXED_KEY, "ss", [memory_time(1), run_time(20)], ONCE),
    "unequal, distil links": (MIXED_KEY, "dss", [memory_time(3), run_time(12), memory_time(9)], STORE),
    "unequal, distil swapped": (MIXED_KEY, "sbs", [run_time(6), memory_time(9), ebit.CutOff()], ONCE),
    "unequal, distil last": (MIXED_KEY, "ssd", [memory_time(3), ebit.CutOff(), memory_time(30)], STORE),
    "off-diagonal, cut": ({"memories": tuple(UNITAL_MEMORIES)}, "ss", [memory_time(2)] * 2, MEASURE),
    "off-diagonal, stored": ({"memories": tuple(UNITAL_MEMORIES)}, "ss", [run_time(6)] * 2, STORE),
    "relaxing, memory": ({}, "ss", [memory_time(2), memory_time(5)], STORE),
    "relaxing, run": ({}, "ss", [run_time(5), memory_time(4)], {"end_nodes": ("store", "measure")}),
    "key, swaps": (KEYED, "ss", [memory_time(3), memory_time(6)], MEASURE),
    "key, run": (KEYED, "ss", [run_time(4), run_time(12)], STORE),
    "key, distil": (KEYED, "dss", [memory_time(6), memory_time(8), memory_time(12)], STORE),
    "key, twice": (KEYED, "sdbs", [run_time(8), ebit.CutOff(), memory_time(9), ebit.CutOff()], STORE),
}


@pytest.mark.parametrize("name", GRID)
def test_a_million_samples_agree(name: str) -> None:
    hardware, word, cutoffs, options = GRID[name]
    hardware = Hardware(**({"p": P} | hardware))
    agree(hardware.chain(ebit.Nested(word, cutoffs), **options), keyed="key" in name)


@pytest.mark.parametrize("name", COVERED)
def test_a_million_samples_of_equal_hardware_agree(name: str) -> None:
    agree(chain_of(*PROTOCOLS[name])[0])


def agree(chain: ebit.Chain, keyed: bool = False) -> None:
    exact, summary = ebit.exact.figures(chain), ebit.estimate(chain, shots=1_000_000, rng=23)
    assert list(exact)[: len(summary.figures)] == list(summary.figures)
    for name, figure in summary.figures.items():
        assert abs(figure.value - exact[name]) <= 5 * figure.standard_error + 1e-12, name
    assert not keyed or exact["secret_key_rate"] > 0
    law, run = ebit.exact.waiting_time(chain), ebit.sample(chain, 50_000, rng=24)
    assert_mean(run.waiting_time, law.mean)
    assert_mean((run.waiting_time - law.mean) ** 2, law.variance)
    assert_mean(run.correlations, correlations(chain))
    for q in (0.1, 0.5, 0.9):
        time = law.quantile(q)
        assert_mean((run.waiting_time <= time * (1 + 1e-12)).astype(float), float(law.cdf(time)))


# --- limits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory_time", "run_time"])
@pytest.mark.parametrize("options", [STORE, MEASURE, ONCE])
def test_a_far_cutoff_is_none(kind: str, options: dict[str, str]) -> None:
    """The tables of words against the trees of swaps, any link state, and any memories if each decays."""
    memories = {"memories": tuple(UNITAL_MEMORIES)} if options is ONCE else {}
    hardware = Hardware(P, **memories)
    far = hardware.chain(ebit.Nested("ss", [ebit.CutOff(kind, 1e6)] * 2), **options)
    none = hardware.chain(ebit.Nested("ss"), **options)
    assert correlations(far) == pytest.approx(correlations(none), abs=1e-13)
    laws = [ebit.exact.waiting_time(chain) for chain in (far, none)]
    assert laws[0].mean == pytest.approx(laws[1].mean, rel=1e-13)
    assert laws[0].variance == pytest.approx(laws[1].variance, rel=1e-12)
    size = min(map(len, laws))
    assert laws[0].probabilities[:size] == pytest.approx(laws[1].probabilities[:size], abs=1e-14)


def test_relaxing_memories_have_waiting_times() -> None:
    """The law needs no state; without cut-offs it is that of doubling."""
    far = Hardware(P).chain(ebit.Nested("ss", [memory_time(1e6), run_time(1e6)]))
    law, doubling = ebit.exact.waiting_time(far), ebit.exact.waiting_time(Hardware(P).chain(ebit.Doubling()))
    assert (law.mean, law.variance) == pytest.approx((doubling.mean, doubling.variance), rel=1e-12)


def test_cutoffs_are_whole_slots() -> None:
    def mean(value: float) -> float:
        chain = dataclasses.replace(hardware, attempt_time=(1e-3,) * 4).chain(
            ebit.Nested("ss", [memory_time(value), ebit.CutOff()])
        )
        return ebit.exact.waiting_time(chain).mean

    hardware = Hardware(P)
    assert mean(3e-3) == mean(3 * 1e-3) == mean(3.9e-3) != mean(2.9e-3)


@pytest.mark.parametrize("tail", [1e-2, 1e-6, 1e-13])
def test_moments_do_not_depend_on_the_table(tail: float) -> None:
    chain = chain_of("sd", [("memory_time", 3), ("run_time", 9)])[0]
    law, full = ebit.exact.waiting_time(chain, tail), ebit.exact.waiting_time(chain)
    assert law.tail <= tail
    assert (law.mean, law.variance) == (full.mean, full.variance)
    size = min(len(law), len(full))
    assert law.probabilities[:size] == pytest.approx(full.probabilities[:size], abs=1e-15)


def test_attempts_that_hardly_ever_pass() -> None:
    """A table at a tail of 1e-13 knows the mean, though one attempt in 2000 succeeds."""
    link = ebit.links.ideal(p_success=0.1, fidelity=0.97)
    node = ebit.Node(bsm=ebit.BellMeasurement(0.01))
    chain = ebit.Chain([link] * 2, [node] * 3, ebit.Nested("s", [memory_time(0)]))
    law = ebit.exact.waiting_time(chain, tail=1e-13)
    assert law.tail <= 1e-13
    assert law.times @ law.probabilities == pytest.approx(law.mean, rel=2e-11)
    time, _ = waiting_times.one_swap_with_cutoff(0.1, 0.01, 0, 1.0, 1.0)
    assert law.mean == pytest.approx(time, rel=1e-12)


def test_size_limit_of_words() -> None:
    chain = chain_of("sd", [("memory_time", 3), FREE])[0]
    for ask in (ebit.exact.waiting_time, ebit.exact.pair, ebit.exact.figures):
        with pytest.raises(ebit.exact.NotCovered, match="table of waiting times needs"):
            ask(chain, size_limit=100)


def test_the_table_of_a_result_shows_exact_figures() -> None:
    chain = chain_of("ds", [("fidelity", 0.91), ("memory_time", 9)], ONE_RATE)[0]
    lines = str(ebit.estimate(chain, shots=2000, rng=3)).splitlines()
    row = next(line.split() for line in lines if line.startswith("fidelity"))
    assert float(row[3]) == pytest.approx(ebit.exact.figures(chain)["fidelity"], rel=1e-7)
