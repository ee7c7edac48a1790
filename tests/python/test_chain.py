"""Chains as objects: samples that are reproducible, refusals that are clear, calls that stop."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

import ebit

IDEAL = ebit.links.ideal(p_success=0.2, fidelity=0.95)
RELAXING = ebit.Node(ebit.Memory(t1=80.0, t2=60.0), ebit.BellMeasurement(p_success=0.7, p_replace=0.02))
DEPHASING = ebit.Node(ebit.Memory(t2=60.0), ebit.BellMeasurement(p_success=0.7))
SURE = ebit.Node(ebit.Memory(t2=60.0))


def _chain(n: int, node: ebit.Node, protocol: object, **options: str) -> ebit.Chain:
    return ebit.Chain([IDEAL] * n, [node] * (n + 1), protocol, **options)


CHAINS = {
    "one link": _chain(1, SURE, ebit.SwapAsap(), end_nodes="store"),
    "parallel": _chain(5, SURE, ebit.SwapAsap()),
    "parallel, storing ends": _chain(5, SURE, ebit.SwapAsap(), end_nodes="store"),
    "parallel, relaxing": _chain(3, ebit.Node(ebit.Memory(t1=80.0, t2=60.0)), ebit.SwapAsap()),
    "slotted": _chain(5, DEPHASING, ebit.SwapAsap()),
    "slotted, left to right": _chain(
        5, RELAXING, ebit.Slotted(failed_swap="left_to_right", hidden_segments="idle"), end_nodes="store"
    ),
    "nested": _chain(4, DEPHASING, ebit.Doubling(), end_nodes="store", pair_decay="once"),
    "nested, relaxing": _chain(5, RELAXING, ebit.Doubling(), end_nodes="store"),
    "nested, sure": _chain(6, SURE, ebit.Doubling()),
}


@pytest.fixture(params=CHAINS, name="chain")
def _chain_fixture(request: pytest.FixtureRequest) -> ebit.Chain:
    return CHAINS[request.param]


def assert_same_shots(a: ebit.Run, b: ebit.Run) -> None:
    np.testing.assert_array_equal(a.waiting_time, b.waiting_time)
    np.testing.assert_array_equal(a.attempts, b.attempts)
    np.testing.assert_array_equal(a.correlations, b.correlations)


def test_samples_do_not_depend_on_threads(chain: ebit.Chain) -> None:
    assert_same_shots(*(ebit.sample(chain, 5000, rng=7, threads=threads) for threads in (1, 2)))


@pytest.mark.parametrize("cut", [1, 1000, 1024, 2500])
def test_a_run_can_be_split_anywhere(chain: ebit.Chain, cut: int) -> None:
    whole = ebit.sample(chain, 3000, rng=7)
    head = ebit.sample(chain, cut, rng=7)
    tail = ebit.sample(chain, 3000 - cut, rng=7, first_shot=cut)
    for name in ("waiting_time", "attempts", "correlations"):
        joined = np.concatenate([getattr(head, name), getattr(tail, name)])
        np.testing.assert_array_equal(joined, getattr(whole, name))


def test_keys_give_different_shots(chain: ebit.Chain) -> None:
    a, b = (ebit.sample(chain, 100, rng=key).waiting_time for key in (1, 2))
    assert not np.array_equal(a, b)


def test_blocks_differ(chain: ebit.Chain) -> None:
    block = chain._sampler.block_shots
    run = ebit.sample(chain, 2 * block, rng=1).waiting_time
    assert not np.array_equal(run[:block], run[block:])


def test_a_summary_agrees_with_the_samples(chain: ebit.Chain) -> None:
    shots = 5000
    run, summary = ebit.sample(chain, shots, rng=7), ebit.estimate(chain, shots=shots, rng=7)
    figures = summary.figures
    for name, column in {
        "waiting_time": run.waiting_time,
        "attempts": run.attempts,
        "fidelity": run.fidelity,
        "qber_x": run.pair.qber("x"),
        "qber_y": run.pair.qber("y"),
        "qber_z": run.pair.qber("z"),
    }.items():
        value, error = figures[name]
        assert value == pytest.approx(np.mean(column), rel=1e-12, abs=1e-14)
        assert error == pytest.approx(np.std(column, ddof=1) / np.sqrt(shots), rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(summary.pair.correlations, run.correlations.mean(axis=0), rtol=0, atol=1e-12)
    assert figures["rate"].value == pytest.approx(1 / run.waiting_time.mean(), rel=1e-12)
    assert summary.shots == shots


def test_distributions_agree_with_the_samples(chain: ebit.Chain) -> None:
    run, summary = ebit.sample(chain, 3000, rng=7), ebit.estimate(chain, shots=3000, rng=7)
    counts, edges = summary.waiting_time_histogram()
    np.testing.assert_array_equal(counts, np.histogram(run.waiting_time, edges)[0])
    fidelities, edges = summary.fidelity_histogram()
    assert fidelities.sum() == 3000
    middles = (edges[1:] + edges[:-1]) / 2
    for power in (1, 2):
        assert fidelities @ middles**power / 3000 == pytest.approx(np.mean(run.fidelity**power), abs=1e-3)
    median = summary.waiting_time_quantile(0.5).value
    assert median == pytest.approx(np.quantile(run.waiting_time, 0.5, method="inverted_cdf"), rel=1 / 256)


def test_errors_of_ratios_match_repeated_runs() -> None:
    chain = CHAINS["nested"]
    batches = [ebit.estimate(chain, shots=1024, rng=key).figures for key in range(400)]
    for name in ("rate", "secret_fraction", "secret_key_rate", "fidelity"):
        values = np.array([batch[name].value for batch in batches])
        claimed = np.sqrt(np.mean([batch[name].standard_error ** 2 for batch in batches]))
        # The spread of n normal values is known to 1 / sqrt(2 n): five of those.
        assert values.std(ddof=1) == pytest.approx(claimed, rel=5 / np.sqrt(2 * len(batches)))


def test_summaries_do_not_depend_on_threads(chain: ebit.Chain) -> None:
    one, two = (ebit.estimate(chain, rel_error=0.01, rng=7, threads=threads) for threads in (1, 2))
    assert one.figures == two.figures
    assert one.shots == two.shots
    np.testing.assert_array_equal(one.waiting_time_histogram()[0], two.waiting_time_histogram()[0])


def test_a_target_error_is_met_and_no_more_than_needed() -> None:
    summary = ebit.estimate(CHAINS["parallel"], rel_error=2e-3, of="fidelity", rng=7)
    assert summary.complete
    assert 0.8 * 2e-3 < summary.standard_error / summary.value <= 2e-3 or summary.shots <= 16384


def test_a_figure_that_is_zero_runs_to_the_cap() -> None:
    chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.5)])
    summary = ebit.estimate(chain, rel_error=1e-3, of="secret_key_rate", max_shots=50_000, rng=7)
    assert summary.value == 0.0
    assert (summary.shots, summary.complete) == (50_000, False)


def test_a_variance_that_has_not_shown_itself_stops_nothing() -> None:
    nearly = ebit.Chain([ebit.links.ideal(p_success=1 - 1e-7, fidelity=0.9)])
    summary = ebit.estimate(nearly, rel_error=1e-9, max_shots=50_000, rng=7)
    assert (summary.shots, summary.complete) == (50_000, False)
    # The fidelity is the same in every shot.
    assert ebit.estimate(nearly, rel_error=1e-9, of="fidelity", rng=7).complete
    certain = ebit.Chain([ebit.links.ideal(p_success=1.0, fidelity=0.9)] * 2)
    assert ebit.estimate(certain, rel_error=1e-9, rng=7).complete


def test_certain_chains_are_certain() -> None:
    link = ebit.links.ideal(p_success=1.0, attempt_time=2.0, fidelity=1.0)
    for protocol in (ebit.SwapAsap(), ebit.Doubling()):
        summary = ebit.estimate(ebit.Chain([link] * 4, protocol=protocol), shots=10_000, rng=7)
        assert summary.figures["waiting_time"] == (2.0, 0.0)
        assert summary.figures["attempts"] == (4.0, 0.0)
        assert summary.figures["fidelity"] == (1.0, 0.0)
        assert summary.figures["secret_key_rate"] == (0.5, 0.0)


@pytest.mark.parametrize("p", [1e-9, 1e-12])
@pytest.mark.parametrize("n", [1, 2, 1024])
def test_rare_links_and_long_chains(p: float, n: int) -> None:
    chain = ebit.Chain([ebit.links.ideal(p_success=p, fidelity=1.0)] * n)
    run = ebit.sample(chain, 2000, rng=7)
    q = np.arange(1, n + 1)
    mean, spread = np.sum(1 / q) / p, np.sqrt(np.sum(1 / q**2)) / p
    assert abs(run.waiting_time.mean() - mean) < 5 * spread / np.sqrt(2000)
    assert abs(run.attempts.mean() - n / p) < 5 * np.sqrt(n / 2000) / p


def test_long_chains_of_every_protocol() -> None:
    for node, protocol in ((SURE, ebit.Doubling()), (SURE, ebit.SwapAsap())):
        run = ebit.sample(_chain(1024, node, protocol), 16, rng=7)
        assert np.all(run.waiting_time > 10)
    for protocol in (ebit.Doubling(), ebit.SwapAsap()):
        chain = _chain(65536, ebit.Node(ebit.Memory(t1=1e6, t2=1e6)), protocol)
        assert np.all(ebit.sample(chain, 2, rng=7).fidelity > 0.2)
    nearly = ebit.Node(bsm=ebit.BellMeasurement(p_success=0.999))
    assert np.all(ebit.sample(_chain(1024, nearly, ebit.SwapAsap()), 4, rng=7).attempts >= 1024)


def test_links_of_different_attempt_times() -> None:
    links = [ebit.links.ideal(p_success=1.0, attempt_time=t, fidelity=1.0) for t in (1.0, 2.5)]
    assert ebit.sample(ebit.Chain(links), 8, rng=1).waiting_time.tolist() == [2.5] * 8
    with pytest.raises(ValueError, match="attempt_time must be equal"):
        ebit.Chain(links, [DEPHASING] * 3)
    failing = ebit.Chain(links, [DEPHASING] * 3, ebit.Doubling())
    times = ebit.sample(failing, 1000, rng=1).waiting_time
    np.testing.assert_array_equal(times % 2.5, 0.0)
    assert times.max() > 2.5


def test_what_cannot_be_counted_is_refused() -> None:
    rare = ebit.links.ideal(p_success=1e-12, fidelity=1.0)
    hopeless = [ebit.Node(bsm=ebit.BellMeasurement(p_success=1e-9))] * 3
    with pytest.raises(ValueError, match="mean number of attempts"):
        ebit.Chain([rare] * 2, hopeless, ebit.Doubling())
    with pytest.raises(ValueError, match="mean number of attempts"):
        ebit.Chain([rare] * 65536)
    with pytest.raises(RuntimeError, match="cannot be counted"):
        ebit.sample(ebit.Chain([rare] * 2, hopeless), 1, rng=7)


@pytest.mark.parametrize("attempt_time", [1e-15, 1e9])
def test_times_at_the_ends_of_their_range(attempt_time: float) -> None:
    link = ebit.links.ideal(p_success=0.5, attempt_time=attempt_time, fidelity=0.9)
    for memory in (ebit.Memory(t2=1e-18), ebit.Memory()):
        summary = ebit.estimate(ebit.Chain([link] * 2, [ebit.Node(memory)] * 3), shots=20_000, rng=7)
        assert summary.figures["waiting_time"].value == pytest.approx(8 / 3 * attempt_time, rel=0.05)
        assert summary.waiting_time_quantile(0.5).value == pytest.approx(2 * attempt_time, rel=0.01)
        # A third of the pairs did not wait at all; the others keep their zz alone.
        kept, w = 1.0 if memory == ebit.Memory() else 1 / 3, ((4 * 0.9 - 1) / 3) ** 2
        assert summary.figures["fidelity"].value == pytest.approx((1 + w + 2 * kept * w) / 4, abs=0.01)
    with pytest.raises(ValueError, match="attempt_time"):
        ebit.links.ideal(p_success=0.5, attempt_time=attempt_time * (10 if attempt_time > 1 else 0.1))


def test_memory_of_a_summary_does_not_grow() -> None:
    chain = CHAINS["parallel"]
    peaks = []
    for shots in (200_000, 2_000_000):
        tracemalloc.start()
        ebit.estimate(chain, shots=shots, rng=7)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_chains_are_values(chain: ebit.Chain) -> None:
    for copy in (pickle.loads(pickle.dumps(chain)), ebit.Chain.from_parameters(chain.parameters)):
        assert copy == chain
        assert hash(copy) == hash(chain)
        assert_same_shots(ebit.sample(copy, 100, rng=3), ebit.sample(chain, 100, rng=3))
    assert chain != CHAINS["one link" if len(chain) > 1 else "parallel"]
    with pytest.raises(AttributeError, match="cannot be changed"):
        chain.links = ()  # type: ignore[misc]


def test_equal_neighbours_are_recorded_once() -> None:
    a, b = ebit.links.ideal(0.1), ebit.links.ideal(0.2)
    links = [a, a, b, ebit.links.ideal(0.2), a]
    good = ebit.Node(ebit.Memory(t2=50.0))
    chain = ebit.Chain(links, [ebit.Node(), *[good] * 4, ebit.Node()])
    record = chain.parameters
    assert [(run["p_success"], run["repeat"]) for run in record["links"]] == [(0.1, 2), (0.2, 2), (0.1, 1)]
    assert [run["repeat"] for run in record["nodes"]] == [1, 4, 1]
    assert ebit.Chain.from_parameters(record) == chain
    assert ebit.Chain.from_parameters(record).links == tuple(links)
    assert ebit.Chain([a, a]) != ebit.Chain([a, a, a])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda record: record.clear(), ValueError, "not those of a chain: 'links' is missing"),
        (lambda record: record.pop("pair_decay"), ValueError, "'pair_decay' is missing"),
        (lambda record: record["links"][0].pop("repeat"), ValueError, "'repeat' is missing"),
        (lambda record: record["links"][0].update(scheme="magic"), ValueError, "scheme = 'magic'"),
        (lambda record: record["links"][0].update(repeat=0), ValueError, "repeat = 0 is not allowed"),
        (lambda record: record["nodes"][0].update(repeat=10**12), ValueError, "repeat = 1000000000000 is"),
        (lambda record: record["links"][0].update(repeat="two"), TypeError, "repeat"),
        (lambda record: record["nodes"][0].pop("memory"), ValueError, "'memory' is missing"),
        (lambda record: record["protocol"].pop("kind"), ValueError, "kind = None is not allowed"),
        (lambda record: record["protocol"].update(kind="magic"), ValueError, "kind = 'magic'"),
    ],
)
def test_what_does_not_describe_a_chain_is_refused(change: Any, error: type, message: str) -> None:
    record = CHAINS["parallel"].parameters
    change(record)
    with pytest.raises(error, match=message):
        ebit.Chain.from_parameters(record)


@pytest.mark.parametrize("wrong", [None, 3, [], "chain"])
def test_only_mappings_describe_a_chain(wrong: Any) -> None:
    with pytest.raises(TypeError, match="parameters"):
        ebit.Chain.from_parameters(wrong)


def test_the_protocol_is_recorded_as_in_a_file() -> None:
    for protocol in (ebit.SwapAsap(), ebit.Doubling(), ebit.Nested("s")):
        chain = ebit.Chain([ebit.links.ideal(0.5)] * 2, protocol=protocol)
        assert chain.parameters["protocol"]["kind"] == protocol.kind
    assert "name" not in chain.parameters["protocol"]


def test_provenance_runs_again() -> None:
    run = ebit.sample(CHAINS["slotted"], 50, rng=np.random.SeedSequence(5), first_shot=3)
    record = run.provenance
    chain = ebit.Chain.from_parameters(record["chain"])
    again = ebit.sample(chain, record["shots"], rng=record["key"], first_shot=record["first_shot"])
    assert_same_shots(run, again)
    assert record["version"] == ebit.__version__


def test_progress_is_told_and_may_raise() -> None:
    told: list[int] = []
    ebit.estimate(CHAINS["slotted"], shots=1_000_000, rng=7, progress=told.append)
    assert told == sorted(told)
    assert 0 < told[-1] <= 1_000_000

    def stop(done: int) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        ebit.sample(CHAINS["slotted"], 100_000_000 // 8, rng=7, progress=stop)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", ["parallel", "slotted", "nested"])
def test_interrupt_stops_a_long_run(name: str, threads: int) -> None:
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        ebit.estimate(CHAINS[name], shots=10**11, rng=7, threads=threads)
    timer.join()
    # Generous for a busy machine; the library itself asks every 20 ms.
    assert time.perf_counter() - sent[0] < 2.0


@pytest.mark.parametrize(("links", "node"), [(65536, DEPHASING), (65536, RELAXING)])
def test_a_long_shot_can_be_interrupted(links: int, node: ebit.Node) -> None:
    chain = _chain(links, node, ebit.SwapAsap())
    sent: list[float] = []

    def interrupt() -> None:
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        ebit.sample(chain, 1000, rng=7)
    timer.join()
    assert time.perf_counter() - sent[0] < 1.0


def test_a_hopeless_shot_can_be_interrupted() -> None:
    hopeless = ebit.Node(bsm=ebit.BellMeasurement(p_success=1e-6))
    for protocol in (ebit.SwapAsap(), ebit.Doubling()):
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            ebit.sample(_chain(4, hopeless, protocol), 1, rng=7)
        timer.join()


def test_the_environment_sets_threads() -> None:
    code = "import ebit; ebit.sample(ebit.Chain([ebit.links.ideal(p_success=0.1, fidelity=1.0)]), 3)"
    for value, ok in (("2", True), ("0", False), ("many", False)):
        env = {**os.environ, "EBIT_NUM_THREADS": value}
        done = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
        )
        assert (done.returncode == 0) == ok
        assert ok or "EBIT_NUM_THREADS" in done.stderr


BAD_CHAINS = [
    ({"links": []}, ValueError, "links"),
    ({"links": IDEAL}, TypeError, "links"),
    ({"links": [0.5]}, TypeError, "links.0"),
    ({"links": [IDEAL], "nodes": [SURE]}, ValueError, "nodes = 1 nodes"),
    ({"links": [IDEAL], "nodes": [SURE, None]}, TypeError, "nodes.1"),
    ({"links": [IDEAL], "nodes": 3}, TypeError, "nodes"),
    ({"links": [IDEAL], "protocol": "doubling"}, TypeError, "protocol"),
    ({"links": [IDEAL], "end_nodes": "keep"}, ValueError, "end_nodes = keep"),
    ({"links": [IDEAL], "end_nodes": 1}, TypeError, "end_nodes"),
    ({"links": [IDEAL], "pair_decay": "twice"}, ValueError, "pair_decay = twice"),
    ({"links": [IDEAL], "pair_decay": "once"}, ValueError, "pair_decay = once"),
    (
        {"links": [IDEAL] * 2, "nodes": [SURE, ebit.Node(bsm=ebit.BellMeasurement(p_success=0.0)), SURE]},
        ValueError,
        "nodes.1.bsm.p_success = 0",
    ),
    (
        {
            "links": [IDEAL],
            "nodes": [ebit.Node(ebit.Memory(t1=1.0, t2=1.0))] * 2,
            "end_nodes": "store",
            "pair_decay": "once",
        },
        ValueError,
        "nodes.0.memory",
    ),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_CHAINS)
def test_bad_chains_are_refused(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ebit.Chain(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [None, 3, "all", ""])
@pytest.mark.parametrize("name", ["policy", "failed_swap", "hidden_segments", "generation", "matching"])
def test_rules_are_named(name: str, bad: object) -> None:
    with pytest.raises(ValueError, match=name):
        ebit.Slotted(**{name: bad})  # type: ignore[arg-type]


BAD_RULES = [
    ({"memories": 0}, ValueError, "memories = 0"),
    ({"memories": 1.0}, TypeError, "memories"),
    ({"memories": 10**6}, ValueError, "protocol.memories = 1000000"),
    ({"memories": 2, "generation": "sequential"}, ValueError, "protocol.generation"),
    ({"cutoff": (1.0, -1.0)}, ValueError, r"cutoff.1 = -1"),
    ({"cutoff": ["1"]}, TypeError, r"cutoff\.0"),
    ({"cutoff": (1.0, 2.0)}, ValueError, "protocol.cutoff = 2 numbers"),
    ({"cutoff": ()}, TypeError, "cutoff has no members"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_RULES)
def test_bad_rules_are_refused(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        _chain(2, SURE, ebit.Slotted(**arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [None, 0.5, "x", object()])
def test_nodes_take_memories_and_measurements(bad: object) -> None:
    for name in ("memory", "bsm"):
        with pytest.raises(TypeError, match=name):
            ebit.Node(**{name: bad})  # type: ignore[arg-type]


BAD_NUMBERS = [
    ({"shots": -1}, ValueError, "shots"),
    ({"shots": 1 << 63}, ValueError, "shots"),
    ({"shots": 10**30}, ValueError, "shots"),
    ({"shots": 1.5}, TypeError, "shots"),
    ({"shots": float("nan")}, TypeError, "shots"),
    ({"shots": [1, 2]}, TypeError, "shots"),
    ({"shots": True}, TypeError, "shots"),
    ({"shots": 1, "threads": 0}, ValueError, "threads"),
    ({"shots": 1, "threads": 10**6}, ValueError, "threads"),
    ({"shots": 1, "threads": 1.0}, TypeError, "threads"),
    ({"shots": 1, "rng": -1}, ValueError, "rng"),
    ({"shots": 1, "rng": 1 << 64}, ValueError, "rng"),
    ({"shots": 1, "rng": "seed"}, TypeError, "rng"),
    ({"shots": 1, "rng": True}, TypeError, "rng"),
    ({"shots": 1, "progress": 3}, TypeError, "progress"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_NUMBERS)
def test_bad_numbers_are_refused(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    for function in (ebit.sample, ebit.estimate):
        with pytest.raises(error, match=message):
            function(CHAINS["parallel"], **arguments)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="first_shot"):
        ebit.sample(CHAINS["parallel"], 1, first_shot=-1)
    with pytest.raises(TypeError, match="chain"):
        ebit.sample("chain", 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="chain"):
        ebit.estimate("chain", shots=1)  # type: ignore[arg-type]


BAD_TARGETS = [
    ({}, ValueError, "either shots or rel_error"),
    ({"shots": 1, "rel_error": 0.1}, ValueError, "either shots or rel_error"),
    ({"rel_error": 0.0}, ValueError, "rel_error"),
    ({"rel_error": 1.0}, ValueError, "rel_error"),
    ({"rel_error": float("nan")}, ValueError, "rel_error"),
    ({"rel_error": "small"}, TypeError, "rel_error"),
    ({"rel_error": 0.1, "of": "speed"}, ValueError, "of"),
    ({"rel_error": 0.1, "max_shots": -1}, ValueError, "max_shots"),
    ({"shots": 1, "max_shots": -1}, ValueError, "max_shots"),
    ({"shots": 1, "of": None}, ValueError, "of = None"),
    ({"shots": 1, "of": "speed", "telemetry": True}, ValueError, "of = 'speed'.*storage_time"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_TARGETS)
def test_bad_targets_are_refused(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ebit.estimate(CHAINS["parallel"], **arguments)  # type: ignore[arg-type]


def test_no_shots_give_no_figures() -> None:
    run, summary = ebit.sample(CHAINS["nested"], 0, rng=1), ebit.estimate(CHAINS["nested"], shots=0, rng=1)
    assert len(run) == 0
    assert run.correlations.shape == (0, 4, 4)
    assert summary.shots == 0
    assert np.isnan(summary.value)
    assert np.isnan(summary.figures["fidelity"].value)
    with pytest.raises(ValueError, match="at least one shot"):
        summary.waiting_time_quantile(0.5)


@pytest.mark.parametrize("q", [0.0, 1.0, -1.0, 2.0, float("nan")])
def test_quantiles_lie_inside(q: float) -> None:
    with pytest.raises(ValueError, match="q ="):
        ebit.estimate(CHAINS["nested"], shots=10, rng=1).waiting_time_quantile(q)


@pytest.mark.parametrize("q", [None, "half", [0.5]])
def test_a_quantile_is_a_number(q: object) -> None:
    summary = ebit.estimate(CHAINS["parallel"], 100, rng=1)
    with pytest.raises(TypeError, match="q "):
        summary.waiting_time_quantile(q)  # type: ignore[arg-type]
