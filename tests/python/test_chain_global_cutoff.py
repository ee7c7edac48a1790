"""Deterministic swap-asap with a global cut-off, and end nodes of different rules: all rounds enumerated."""

import itertools

import numpy as np
import pytest

import ebit
from reference import delivered_pair, swap_asap
from reference.agreement import assert_mean

SHOTS = 100_000
ENDS = ["measure", "store", ("measure", "store"), ("store", "measure")]
P = (0.3, 0.15, 0.6)
T1, T2 = 9.0, 5.0
STATE = np.array([[1, 0.02, 0, 0.05], [0, 0.85, 0, 0.02], [0, 0, -0.8, 0], [0.03, 0, 0, 0.88]])


def chain_of(p, cutoff, end_nodes="measure", slots=None, t1=T1):
    slots = (1,) * len(p) if slots is None else slots
    links = [
        ebit.links.ideal(p_success=x, attempt_time=0.5 * s, state=STATE)
        for x, s in zip(p, slots, strict=True)
    ]
    node = ebit.Node(ebit.Memory(t1=0.5 * t1, t2=0.5 * T2), ebit.BellMeasurement(1.0, 0.02, 0.01))
    protocol = ebit.SwapAsap(global_cutoff=0.5 * cutoff)
    return ebit.Chain(links, [node] * (len(p) + 1), protocol, end_nodes=end_nodes)


def rounds(p, cutoff):
    """All link times up to the cut-off, and their probabilities; the rest is a round that fails."""
    times = np.array(list(itertools.product(range(1, cutoff + 1), repeat=len(p))))
    return times, np.prod([x * (1 - x) ** (times[:, k] - 1) for k, x in enumerate(p)], axis=0)


def figures(p, cutoff, end_nodes):
    times, weights = rounds(p, cutoff)
    passed = weights.sum()
    latest = times.max(axis=1)
    attempts = sum((1 - (1 - x) ** cutoff) / x for x in p)
    memory = delivered_pair.relaxation(T1, T2)
    pairs = delivered_pair.delivered(
        [STATE] * len(p),
        [memory] * (2 * len(p)),
        swap_asap.storage_times(times, end_nodes),
        [(0.02, 0.01)] * (len(p) - 1),
    )
    return (
        (weights @ latest + cutoff * (1 - passed)) / passed,
        attempts / passed,
        np.tensordot(weights / passed, pairs, 1),
    )


@pytest.mark.parametrize("end_nodes", ENDS)
@pytest.mark.parametrize(("links", "cutoff"), [(1, 2), (2, 1), (2, 6), (3, 5)])
def test_every_round_that_ends_in_time(links, cutoff, end_nodes):
    p = P[:links]
    time, attempts, correlations = figures(p, cutoff, end_nodes)
    run = ebit.sample(chain_of(p, cutoff, end_nodes), SHOTS, rng=11)
    assert_mean(run.waiting_time / 0.5, time)
    assert_mean(run.attempts, attempts)
    assert_mean(run.correlations, correlations)
    # Failed rounds last for the whole cut-off.
    last_round = np.mod(run.waiting_time / 0.5 - 1, cutoff) + 1
    assert np.array_equal(last_round, np.round(last_round))


def test_a_cutoff_that_never_comes_changes_nothing_but_the_stream():
    p = (0.3, 0.4)
    free = ebit.estimate(chain_of(p, np.inf), shots=SHOTS, rng=1).figures
    late = ebit.estimate(chain_of(p, 10_000), shots=SHOTS, rng=2).figures
    for name in ("waiting_time", "attempts", "fidelity", "qber_x", "qber_z"):
        error = np.hypot(free[name].standard_error, late[name].standard_error)
        assert abs(free[name].value - late[name].value) <= 5 * error


def test_attempts_of_different_lengths_end_with_the_round():
    """Link 1 makes one attempt while link 0 makes three; of a round of 7 slots, two attempts of it."""
    p, slots, cutoff = (0.3, 0.5), (1, 3), 7
    passed = (1 - 0.7**7) * (1 - 0.5**2)
    latest = sum(max(a, 3 * b) * 0.3 * 0.7 ** (a - 1) * 0.5**b for a in range(1, 8) for b in range(1, 3))
    run = ebit.sample(chain_of(p, cutoff, slots=slots), SHOTS, rng=4)
    assert_mean(run.waiting_time / 0.5, (latest + 7 * (1 - passed)) / passed)
    assert_mean(run.attempts, ((1 - 0.7**7) / 0.3 + (1 - 0.5**2) / 0.5) / passed)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_cut_and_any_threads_give_the_same_bits(threads):
    chain = chain_of(P, 5, "store")
    whole = ebit.sample(chain, 5000, rng=8)
    cut = ebit.sample(chain, 3001, rng=8, first_shot=1999, threads=threads)
    assert np.array_equal(whole.waiting_time[1999:], cut.waiting_time)
    assert np.array_equal(whole.attempts[1999:], cut.attempts)
    assert np.array_equal(whole.correlations[1999:], cut.correlations)


@pytest.mark.parametrize("end_nodes", ENDS)
def test_which_nodes_store(end_nodes):
    left, right = (end_nodes, end_nodes) if isinstance(end_nodes, str) else end_nodes
    chain = chain_of(P, 5, end_nodes)
    assert [chain.stores(node) for node in range(4)] == [left == "store", True, True, right == "store"]
    assert ebit.Chain.from_parameters(chain.parameters) == chain


def test_equal_rules_of_the_ends_are_one_rule():
    assert chain_of(P, 5, ("store", "store")) == chain_of(P, 5, "store")


@pytest.mark.parametrize("end_nodes", [(), ("store",), ("store",) * 3, ("store", "keep"), "keep"])
def test_wrong_rules_of_the_ends(end_nodes):
    with pytest.raises(ValueError, match="end_nodes"):
        chain_of(P, 5, end_nodes)


@pytest.mark.parametrize("end_nodes", [1, ("store", 2), {"store": 1}])
def test_rules_of_the_ends_of_a_wrong_type(end_nodes):
    with pytest.raises(TypeError, match="end_nodes"):
        chain_of(P, 5, end_nodes)


@pytest.mark.parametrize("cutoff", [np.nan, -1.0, 0.0, 0.999])
def test_cutoffs_that_are_refused(cutoff):
    with pytest.raises(ValueError, match=r"^protocol\.global_cutoff = "):
        chain_of(P, cutoff)


def test_a_cutoff_that_leaves_next_to_no_chance_is_refused():
    with pytest.raises(ValueError, match=r"global_cutoff.*less than 1e-9"):
        chain_of((1e-3,) * 4, 1)


def test_a_cutoff_needs_swaps_that_succeed():
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(0.5))] * 3
    with pytest.raises(ValueError, match="global_cutoff"):
        ebit.Chain([ebit.links.ideal(p_success=0.1)] * 2, nodes, ebit.SwapAsap(global_cutoff=3.0))


def test_swaps_of_rounds_that_fail_are_counted():
    """Per round, repeater k swaps if both of its links are there by the cut-off; rounds are independent."""
    cutoff = 5
    there = [1 - (1 - x) ** cutoff for x in P]
    run = ebit.sample(chain_of(P, cutoff, "store"), SHOTS, rng=6, telemetry=True)
    assert_mean(run.swaps, (there[0] * there[1] + there[1] * there[2]) / np.prod(there))
    assert not run.lost_swaps.any()
    times, weights = rounds(P, cutoff)
    storage = swap_asap.storage_times(times, "store") @ np.repeat(np.eye(4), (1, 2, 2, 1), axis=0)
    assert_mean(run.storage_time / 0.5, weights @ storage / weights.sum())
