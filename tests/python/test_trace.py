"""Traces: single deliveries told event by event have the law of the exact room and of the samplers."""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import signal
import threading
from collections import Counter
from typing import Any

import numpy as np
import pytest

import ebit
from ebit.chain.tracing import KINDS, Trace
from ebit.chain.tracing.events import Held, Log
from ebit.chain.tracing.slots import Slots
from ebit.chain.tracing.states import State, distilled
from reference import protocol as twin
from reference.agreement import assert_mean, assert_same_mean
from reference.delivered_pair import correlations as correlations_of
from reference.delivered_pair import density_matrix
from reference.examples import random_state
from reference.whole_words import PROTOCOLS, both
from reference.words import FREE, MIXED, ONE_RATE, chain_of

SLOT = 0.25
LINKS = [ebit.links.ideal(p_success=p, attempt_time=SLOT, fidelity=0.95) for p in (0.3, 0.5, 0.2, 0.4)]
UNEVEN = [ebit.links.ideal(p_success=p, attempt_time=t, fidelity=0.9) for p, t in ((0.3, 1.0), (0.5, 0.7))]


def chain(n: int, protocol: Any, p_swap: float = 0.6) -> ebit.Chain:
    node = ebit.Node(ebit.Memory(t2=40.0), ebit.BellMeasurement(p_swap))
    return ebit.Chain(LINKS[:n], [node] * (n + 1), protocol)


def one_end_measures() -> ebit.Chain:
    stored, _ = chain_of("s", [("fidelity", 0.9)], ONE_RATE)
    return ebit.Chain(stored.links, stored.nodes, stored.protocol, end_nodes=("measure", "store"))


def relaxing(word: str, cutoffs: list[ebit.CutOff]) -> ebit.Chain:
    """Links that heralded |10> now and then, memories that relax, imperfect measurements."""
    phi_plus, one_zero = np.diag([1.0, 1.0, -1.0, 1.0]), np.zeros((4, 4))
    one_zero[0, 0], one_zero[0, 3], one_zero[3, 0], one_zero[3, 3] = 1.0, 1.0, -1.0, -1.0
    link = ebit.links.ideal(0.4, attempt_time=SLOT, state=ebit.Pair(0.85 * phi_plus + 0.15 * one_zero))
    node = ebit.Node(ebit.Memory(t1=3.0, t2=2.5), ebit.BellMeasurement(0.8, 0.02, 0.01))
    segments = 2 ** word.count("s")
    return ebit.Chain(
        [link] * segments, [node] * (segments + 1), ebit.Nested(word, cutoffs), end_nodes="store"
    )


# Two segments: the node waits with its swap until the older link has waited a slot.
PATIENT = ebit.PolicyTable(
    {links: (1,) for age in range(1, 4) for links in (((0, 1, age), (1, 2, 0)), ((0, 1, 0), (1, 2, age)))}
    | {((0, 1, age), (1, 2, other)): (1,) for age in range(1, 4) for other in range(1, 4)}
)
_POINTER = ctypes.POINTER(ctypes.c_int64)


@ctypes.CFUNCTYPE(None, ctypes.c_int64, _POINTER, _POINTER, ctypes.POINTER(ctypes.c_uint8))
def from_the_left(segments: int, right_of: Any, age: Any, swap: Any) -> None:
    """Sequential."""
    for node in range(1, segments):
        swap[node] = right_of[0] == node


# Chains of every protocol, with how many traces are compared.
EXACT: dict[str, tuple[ebit.Chain, int]] = {
    "one link": (chain(1, ebit.SwapAsap()), 3000),
    "swap-asap": (chain(4, ebit.SwapAsap(), 1.0), 3000),
    "swap-asap, failing": (chain(4, ebit.SwapAsap()), 1000),
    "slotted": (chain(3, ebit.Slotted(), 1.0), 1000),
    "slotted, idle": (chain(4, ebit.Slotted(hidden_segments="idle")), 1000),
    "slotted, left to right": (chain(4, ebit.Slotted(failed_swap="left_to_right")), 1000),
    "slotted, cut-off": (chain(4, ebit.Slotted(cutoff=3 * SLOT)), 1000),
    "slotted, same slot": (chain(3, ebit.Slotted(failed_swap="left_to_right", cutoff=0.0)), 500),
    "slotted, doubling": (chain(4, ebit.Slotted("doubling", cutoff=4 * SLOT)), 1000),
    "slotted, outer nodes first": (chain(4, ebit.Slotted("outer_nodes_first")), 1000),
    "slotted, sequential": (chain(3, ebit.Slotted("sequential", cutoff=6 * SLOT)), 700),
    "slotted, sequential generation": (chain(3, ebit.Slotted(generation="sequential")), 1000),
    "slotted, cut-offs by node": (
        chain(3, ebit.Slotted(cutoff=(2 * SLOT, np.inf, SLOT, 3 * SLOT), hidden_segments="idle")),
        1000,
    ),
    "doubling": (chain(4, ebit.Doubling()), 1000),
    "doubling, odd": (chain(3, ebit.Doubling()), 1000),
    "memory time": (chain_of("ss", [("memory_time", 2), ("memory_time", 5)])[0], 1000),
    "run time": (chain_of("s", [("run_time", 4)])[0], 2000),
    "fidelity": (chain_of("s", [("fidelity", 0.9)], ONE_RATE)[0], 1000),
    "dejmps": (chain_of("d", [FREE], MIXED)[0], 1000),
    "bbpssw": (chain_of("b", [FREE], MIXED)[0], 1000),
    "epl": (chain_of("e", [FREE], MIXED)[0], 500),
    "distil, swap": (chain_of("ds", [FREE, ("memory_time", 9)], MIXED)[0], 500),
    "swap, distil": (chain_of("sd", [("run_time", 9), FREE], MIXED)[0], 500),
}
SAMPLED: dict[str, tuple[ebit.Chain, int]] = {
    "uneven attempt times": (ebit.Chain(UNEVEN), 3000),
    "uneven attempt times, doubling": (
        ebit.Chain(UNEVEN, [ebit.Node(bsm=ebit.BellMeasurement(0.5))] * 3, ebit.Doubling()),
        1000,
    ),
    **{
        f"whole states: {name}": (both(*PROTOCOLS[name][:2], **PROTOCOLS[name][2])[0], 300)
        for name in ("epl", "frames distilled", "fidelity", "unequal times")
    },
    "uneven attempt times, cut-off": (
        ebit.Chain(UNEVEN, protocol=ebit.Nested("s", [ebit.CutOff("memory_time", 1.0)])),
        1000,
    ),
    "global cut-off": (chain(3, ebit.SwapAsap(global_cutoff=6 * SLOT), 1.0), 2000),
    "global cut-off between slots": (ebit.Chain(UNEVEN, protocol=ebit.SwapAsap(global_cutoff=2.5)), 2000),
    "fidelity, one end measures": (one_end_measures(), 1000),
    "table": (chain(2, ebit.Slotted(PATIENT, cutoff=3 * SLOT)), 1000),
    "compiled policy": (
        chain(4, ebit.Slotted(ebit.CompiledPolicy(from_the_left, repeats=True, uses_age=False))),
        700,
    ),
    "memories": (chain(3, ebit.Slotted(memories=2, cutoff=3 * SLOT)), 700),
    "memories, idle": (
        chain(3, ebit.Slotted(memories=3, hidden_segments="idle", matching="first_come", cutoff=4 * SLOT)),
        700,
    ),
    "memories, random": (chain(4, ebit.Slotted(memories=2, matching="random", cutoff=3 * SLOT)), 700),
    "memories, left to right": (
        chain(3, ebit.Slotted(memories=2, failed_swap="left_to_right", cutoff=3 * SLOT)),
        700,
    ),
    "memories, doubling": (chain(4, ebit.Slotted("doubling", memories=2)), 700),
    "epl, swap": (relaxing("es", [ebit.CutOff("memory_time", 1.0), ebit.CutOff()]), 300),
    "relaxing, fidelity": (relaxing("ss", [ebit.CutOff("fidelity", 0.7), ebit.CutOff("fidelity", 0.5)]), 300),
    "relaxing, swap, dejmps": (relaxing("sd", [ebit.CutOff(), ebit.CutOff("memory_time", 2.0)]), 300),
    "two fidelities": (chain_of("ss", [("fidelity", 0.9), ("fidelity", 0.75)], ONE_RATE, p=0.6)[0], 300),
}
ALL = {name: chain for name, (chain, _) in {**EXACT, **SAMPLED}.items()}


def traces(chain: ebit.Chain, shots: int) -> list[Trace]:
    seeds = np.random.SeedSequence(17).spawn(shots)
    return [ebit.trace(chain, rng=seed) for seed in seeds]


@pytest.mark.parametrize("name", EXACT)
def test_the_law_is_exact(name: str) -> None:
    chain, shots = EXACT[name]
    told = traces(chain, shots)
    law = ebit.exact.waiting_time(chain)
    times = np.array([trace.delivery_time for trace in told])
    assert_mean(times, law.mean)
    assert_mean((times - law.mean) ** 2, law.variance)
    assert_mean([trace.attempts for trace in told], ebit.exact.figures(chain)["attempts"])


@pytest.mark.parametrize("name", SAMPLED)
def test_the_law_is_that_of_samples(name: str) -> None:
    chain, shots = SAMPLED[name]
    told, run = traces(chain, shots), ebit.sample(chain, 50_000, rng=3)
    times = np.array([trace.delivery_time for trace in told])
    assert_same_mean(times, run.waiting_time)
    assert_same_mean(times**2, run.waiting_time**2)
    assert_same_mean([trace.attempts for trace in told], run.attempts)


@pytest.mark.parametrize("name", ALL)
def test_pairs_are_made_and_end_once(name: str) -> None:
    for trace in traces(ALL[name], 30):
        alive: dict[int, tuple[int, int]] = {}
        for event in trace.events:
            assert event.kind in KINDS
            spans = [alive.pop(number) for number in event.ends]
            if event.kind == "link":
                assert spans == []
                assert event.nodes[1] - event.nodes[0] == 1
            elif event.kind.endswith("swap"):
                edges = list(zip(event.nodes[:-1], event.nodes[1:], strict=True))
                assert spans == edges
            elif event.kind.endswith("distillation"):
                assert spans == [event.nodes] * 2
            elif event.kind == "cutoff":
                low, high = event.nodes
                assert all(low <= left < right <= high for left, right in spans)
            assert (event.begins is None) == (event.kind.startswith("failed") or event.kind in KINDS[-2:])
            if event.begins is not None:
                alive[event.begins] = (event.nodes[0], event.nodes[-1])
        times = [event.time for event in trace.events]
        assert times == sorted(times)
        assert trace.events[-1].kind == "delivered"
        assert trace.events[-1].nodes == (0, len(trace.chain))
        assert Counter(event.kind for event in trace.events)["delivered"] == 1
        assert trace.delivery_time == times[-1] > 0.0


@pytest.mark.parametrize("name", ALL)
def test_lives_of_pairs_are_those_of_the_events(name: str) -> None:
    trace = ebit.trace(ALL[name], rng=5)
    assert [pair.number for pair in trace.pairs] == list(range(len(trace.pairs)))
    for pair in trace.pairs:
        assert 0.0 <= pair.made <= pair.ended <= trace.delivery_time
        endings = [event for event in trace.events if pair.number in event.ends]
        assert [event.time for event in endings] in ([pair.ended], [])
        begins = next(event for event in trace.events if event.begins == pair.number)
        assert (begins.time, begins.nodes[0], begins.nodes[-1]) == (pair.made, *pair.nodes)


def test_a_certain_delivery_is_told_to_the_letter() -> None:
    link = ebit.links.ideal(p_success=1.0, attempt_time=2.0)
    told = [(e.kind, e.nodes, e.ends, e.begins) for e in ebit.trace(ebit.Chain([link] * 2)).events]
    assert told == [
        ("link", (0, 1), (), 0),
        ("link", (1, 2), (), 1),
        ("swap", (0, 1, 2), (0, 1), 2),
        ("delivered", (0, 2), (2,), None),
    ]
    assert ebit.trace(ebit.Chain([link] * 2)).delivery_time == 2.0


def test_a_cutoff_ends_what_its_attempt_began() -> None:
    """Nothing of an attempt happens after its cut-off, and all of its pairs are lost."""
    chain, _ = chain_of("ss", [FREE, ("memory_time", 1)], p=0.4)
    seen = 0
    for trace in traces(chain, 100):
        for event in trace.events:
            if event.kind == "cutoff":
                seen += 1
                assert event.nodes == (0, 4)
                assert not [p for p in trace.pairs if p.made <= event.time < p.ended]
                early = [p for p in trace.pairs if p.ended == event.time and p.number in event.ends]
                spans = [p for p in early if p.nodes[1] - p.nodes[0] == 2]
                assert [event.time - p.made for p in spans] == [1 * SLOT]
    assert seen > 20


def test_a_poor_pair_is_given_up_in_its_last_good_slot() -> None:
    chain, _ = chain_of("s", [("fidelity", 0.9)], ONE_RATE, p=0.2)
    link, memory = ebit.Pair(chain.links[0].state), chain.nodes[0].memory
    longest = next(t for t in range(100) if link.decay(memory, memory, (t + 1) * SLOT).fidelity() < 0.9)
    ages = []
    for trace in traces(chain, 200):
        for event in trace.events:
            if event.kind == "cutoff":
                (number,) = event.ends
                ages.append((event.time - trace.pairs[number].made) / SLOT)
    assert set(ages) == {longest}
    assert longest > 0


@pytest.mark.parametrize("operation", ["dejmps", "bbpssw", "epl"])
def test_distillations_are_their_circuits(operation: str) -> None:
    """On any states and with any noise, as the density matrices of the twin say."""
    for seed in range(5):
        kept, measured = (random_state(2 * seed + side) for side in (0, 1))
        noise = 0.03 * (seed + 1), 0.05 * seed
        bsm = ebit.BellMeasurement(0.9, *noise)
        p, state = distilled(operation, State.of(kept), State.of(measured), bsm, bsm)
        rho = [density_matrix(correlations).reshape(4, 4) for correlations in (kept, measured)]
        if operation == "bbpssw":
            w = [ebit.Pair(correlations).twirled("werner").w for correlations in (kept, measured)]
            rho = [density_matrix(ebit.Werner(x).correlations).reshape(4, 4) for x in w]
        circuit = twin.circuit(operation, *rho, *noise)
        assert p == pytest.approx(np.trace(circuit).real, rel=1e-12)
        expected = correlations_of((circuit / p).reshape(2, 2, 2, 2))
        if operation == "bbpssw":
            expected = ebit.Pair(expected).twirled("werner").correlations
        np.testing.assert_allclose(state.correlations, expected, atol=1e-12)


ORDER = {"best_first": ["young", "long", "early", "late"], "first_come": ["long", "early", "late", "young"]}


@pytest.mark.parametrize("matching", ORDER)
def test_which_links_a_node_with_several_memories_joins(matching: str) -> None:
    """By age; of one age the longer, then the one whose qubit came earlier."""
    rules = ebit.Slotted(memories=4, matching=matching, cutoff=9.0)
    slots = Slots(chain(3, rules), Log(SLOT, True, 9), np.random.default_rng(1), rules)
    words = ["late", "early", "young", "long"]
    numbers = {"late": 7, "early": 3, "young": 8, "long": 9}
    left = {w: Held(i, 0 if w == "long" else 1, 2, 0.0, 0, numbers[w], 5.0 if w == "young" else 2.0)
            for i, w in enumerate(words)}  # fmt: skip
    right = [Held(10 + i, 2, 3, 0.0, i, i, 1.0 + i) for i in range(3)]
    slots.links = [*left.values(), *right]
    joined = [(a.number, b.number) for a, b in slots.matches(2)]
    later = [12, 11, 10] if matching == "best_first" else [10, 11, 12]
    assert joined == list(zip([left[word].number for word in ORDER[matching]], later, strict=False))


def test_a_key_is_a_trace() -> None:
    a, b = (ebit.trace(ALL["doubling"], rng=7) for _ in range(2))
    assert a == b
    assert a.key == 7
    assert a != ebit.trace(ALL["doubling"], rng=8)
    assert ebit.trace(ALL["doubling"], rng=np.random.default_rng(1)).key != 1
    assert pickle.loads(pickle.dumps(a)) == a


def test_traces_cannot_be_changed() -> None:
    trace = ebit.trace(ALL["doubling"], rng=7)
    with pytest.raises(AttributeError):
        trace.events = ()  # type: ignore[misc]
    with pytest.raises(AttributeError):
        trace.events[0].time = 0.0  # type: ignore[misc]


def test_rare_links_and_long_chains_are_no_more_work() -> None:
    rare = ebit.links.ideal(p_success=1e-9)
    for protocol in (ebit.SwapAsap(), ebit.Doubling()):
        assert ebit.trace(ebit.Chain([rare] * 4, protocol=protocol), rng=1).delivery_time > 1e7
        trace = ebit.trace(ebit.Chain([rare] * 1024, protocol=protocol), rng=1)
        assert Counter(event.kind for event in trace.events) == {"link": 1024, "swap": 1023, "delivered": 1}


HOPELESS = ebit.Chain(
    [ebit.links.ideal(0.5)] * 2, [ebit.Node(bsm=ebit.BellMeasurement(1e-9))] * 3, ebit.Doubling()
)


def test_what_hardly_ever_delivers_stops() -> None:
    with pytest.raises(RuntimeError, match="no pair after max_events = 1000 events"):
        ebit.trace(HOPELESS, rng=1, max_events=1000)
    never, _ = chain_of("ss", [FREE, ("fidelity", 0.9)], ONE_RATE, p=1.0, p_swap=1.0)
    with pytest.raises(RuntimeError, match="max_events"):
        ebit.trace(never, rng=1, max_events=500)


def test_a_trace_can_be_interrupted() -> None:
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    gc.disable()  # an interrupt in a callback of the collector would be lost
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            ebit.trace(HOPELESS, rng=1, max_events=10**6)
    finally:
        gc.enable()
    timer.join()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"chain": None}, TypeError, "chain = None"),
        ({"chain": "two links"}, TypeError, "chain"),
        ({"rng": -1}, ValueError, "rng"),
        ({"rng": "seed"}, TypeError, "rng"),
        ({"max_events": 0}, ValueError, "max_events = 0 is not allowed"),
        ({"max_events": -5}, ValueError, "max_events"),
        ({"max_events": 1 << 70}, ValueError, "max_events"),
        ({"max_events": 1.5}, TypeError, "max_events"),
        ({"max_events": float("nan")}, TypeError, "max_events"),
        ({"max_events": None}, TypeError, "max_events"),
        ({"max_events": True}, TypeError, "max_events"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ebit.trace(**{"chain": ALL["one link"], **arguments})
