"""Slotted chains with several memories per side: exact chains, closed forms, the twin, and its rules."""

import math

import numpy as np
import pytest

import ebit
from reference import delivered_pair, multiplexed
from reference.agreement import assert_mean, assert_same_mean
from reference.examples import PHI_PLUS
from reference.hardware import NODE_MEMORIES, UNITAL_MEMORIES, Hardware, bare_chain

SHOTS = 100_000
T2 = 20.0  # slots


def dephasing_chain(p, p_swap, rules, cutoff=math.inf):
    """Links of fidelity 1; the repeaters' memories dephase."""
    link, node = [ebit.links.ideal(x) for x in p], ebit.Node(ebit.Memory(t2=T2), ebit.BellMeasurement(p_swap))
    return ebit.Chain(link, [node] * (len(p) + 1), ebit.Slotted(cutoff=cutoff, **rules))


# --- exact ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("matching", ["best_first", "first_come", "random"])
@pytest.mark.parametrize(
    ("p", "p_swap", "cutoff", "memories"),
    [((0.3, 0.5), 0.7, (2, 1, 3), 2), ((0.2, 0.4), 1.0, (3, 3, 3), 3), ((0.5, 0.3), 0.5, (9, 0, 9), 2)],
)
def test_two_segments_are_the_markov_chain(p, p_swap, cutoff, memories, matching):
    rules = {"memories": memories, "matching": matching}
    run = ebit.sample(dephasing_chain(p, p_swap, rules, cutoff), SHOTS, rng=1)
    exact = multiplexed.exact(multiplexed.Rules(p, (p_swap,) * 3, cutoff=cutoff, **rules))
    assert_mean(run.waiting_time, exact.mean)
    assert_mean((run.waiting_time - exact.mean) ** 2, exact.variance)
    assert_mean(run.attempts, exact.attempts)
    # One of two links that are swapped is new, the other waited at the repeater for its age.
    assert_mean(run.correlations[:, 1, 1], sum(w * math.exp(-age / T2) for age, w in exact.ages.items()))


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"failed_swap": "left_to_right"},
        {"hidden_segments": "idle", "matching": "random"},
        {"matching": "first_come"},
        {"policy": "doubling"},
    ],
)
def test_three_segments_are_the_markov_chain(rules):
    p, p_swap, cutoff = (0.5, 0.4, 0.6), (1.0, 0.7, 0.8, 1.0), (2, 1, 2, 1)
    links = [ebit.links.ideal(x) for x in p]
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(x)) for x in p_swap]
    protocol = ebit.Slotted(memories=2, cutoff=cutoff, **rules)
    run = ebit.sample(ebit.Chain(links, nodes, protocol), SHOTS, rng=2)
    exact = multiplexed.exact(multiplexed.Rules(p, p_swap, memories=2, cutoff=cutoff, **rules))
    assert_mean(run.waiting_time, exact.mean)
    assert_mean((run.waiting_time - exact.mean) ** 2, exact.variance)
    assert_mean(run.attempts, exact.attempts)


PARALLEL = [
    ((0.3, 0.2), {"matching": "best_first"}),
    ((0.3, 0.2), {"matching": "random", "hidden_segments": "idle"}),
    ((0.1, 0.2, 0.05, 0.3, 0.1), {"matching": "first_come"}),
    ((0.1, 0.2, 0.05, 0.3, 0.1), {"matching": "first_come", "failed_swap": "left_to_right"}),
    ((0.1, 0.2, 0.05, 0.3, 0.1), {"matching": "best_first", "policy": "doubling"}),
    ((0.1, 0.2, 0.05), {"matching": "random", "policy": "doubling", "hidden_segments": "idle"}),
]


@pytest.mark.parametrize(("p", "rules"), PARALLEL)
@pytest.mark.parametrize("memories", [2, 5])
def test_swaps_that_succeed_wait_for_the_first_link_of_every_segment(p, rules, memories):
    """P(T <= t) = prod (1 - (1 - p)^(memories t)), where links never cross."""
    run = ebit.sample(bare_chain(p, protocol=ebit.Slotted(memories=memories, **rules)), SHOTS, rng=3)
    t = np.arange(60)
    law = np.prod([1.0 - (1.0 - x) ** (memories * t) for x in p], axis=0)
    often = law * (1.0 - law) * SHOTS > 100.0
    assert_mean(run.waiting_time[:, None] <= t[often], law[often])


# --- the twin ------------------------------------------------------------------------------------------


def moments(time, attempts, correlations):
    time, attempts = np.asarray(time, float), np.asarray(attempts, float)
    state = np.asarray(correlations).reshape(-1, 16)
    numbers = np.stack([time, time**2, attempts, attempts**2, time * attempts], axis=1)
    return np.hstack([numbers, state, state**2, state * time[:, None]])


TWINS = [
    (2, (5, 5, 5, 5, 5), {}, NODE_MEMORIES),
    (3, (3, 2, 4, 3, 2), {"failed_swap": "left_to_right"}, NODE_MEMORIES),
    (2, (4, 4, 3, 4, 4), {"matching": "random", "hidden_segments": "idle"}, UNITAL_MEMORIES),
    (2, (4, 4, 3, 4, 4), {"matching": "random", "failed_swap": "left_to_right"}, UNITAL_MEMORIES),
    (3, None, {"matching": "first_come"}, NODE_MEMORIES),
    (2, None, {"matching": "first_come", "failed_swap": "left_to_right"}, UNITAL_MEMORIES),
    (4, None, {"policy": "doubling"}, NODE_MEMORIES),
    (2, (6, 6, 1, 6, 6), {"policy": "doubling", "matching": "random"}, UNITAL_MEMORIES),
]


@pytest.mark.parametrize(("memories", "cutoff", "rules", "node_memories"), TWINS)
def test_samples_are_those_of_the_twin(memories, cutoff, rules, node_memories):
    slot = 0.5
    hardware = Hardware((0.4, 0.2, 0.3, 0.25), attempt_time=(slot,) * 4, memories=tuple(node_memories))
    seconds = math.inf if cutoff is None else tuple(slot * c for c in cutoff)
    protocol = ebit.Slotted(memories=memories, cutoff=seconds, **rules)
    run = ebit.sample(hardware.chain(protocol, end_nodes="store"), 40_000, rng=4, telemetry=True)
    twin = multiplexed.Rules(hardware.p, hardware.p_swap, memories=memories, cutoff=cutoff, **rules)
    slots, attempts, swaps, lost, stored = multiplexed.sample(twin, 1500, 5)
    pairs = delivered_pair.delivered(
        hardware.link_states, hardware.twin_memories, slot * stored, hardware.twin_bsm
    )
    assert_same_mean(
        moments(run.waiting_time, run.attempts, run.correlations), moments(slot * slots, attempts, pairs)
    )
    assert_same_mean(run.fidelity, np.sum(PHI_PLUS * pairs, axis=(1, 2)) / 4)
    counts = np.stack([run.swaps, run.lost_swaps, run.swaps * run.lost_swaps], axis=1)
    assert_same_mean(counts, np.stack([swaps, lost, swaps * lost], axis=1))
    by_node = slot * np.pad(stored, ((0, 0), (1, 1))).reshape(len(stored), -1, 2).sum(axis=2)
    assert_same_mean(run.storage_time, by_node)
    assert_same_mean(run.storage_time**2, by_node**2)


def test_seven_segments_are_those_of_the_twin():
    """An odd tree, where the two halves of a node come at different heights."""
    p, p_swap = (0.5, 0.2, 0.4, 0.3, 0.6, 0.3, 0.2), (1.0, 0.9, 0.8, 0.9, 0.7, 1.0, 0.8, 1.0)
    links = [ebit.links.ideal(x) for x in p]
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(x)) for x in p_swap]
    for rules in ({"policy": "doubling", "memories": 3}, {"matching": "first_come", "memories": 2}):
        run = ebit.sample(ebit.Chain(links, nodes, ebit.Slotted(**rules)), 40_000, rng=6)
        slots, attempts, *_ = multiplexed.sample(multiplexed.Rules(p, p_swap, **rules), 1500, 7)
        for ours, twin in ((run.waiting_time, slots), (run.attempts, attempts)):
            assert_same_mean(ours, twin)
            assert_same_mean(np.square(ours, dtype=float), np.square(twin, dtype=float))


# --- properties ----------------------------------------------------------------------------------------


def test_the_youngest_link_first_is_best_where_the_first_swap_delivers():
    """Up to the first swap the links are the same, and the swap takes the younger of them."""
    mean = {}
    for matching in ("best_first", "random", "first_come"):
        rules = {"memories": 3, "matching": matching}
        run = ebit.sample(dephasing_chain((0.2, 0.1), 1.0, rules), SHOTS, rng=8)
        mean[matching] = (run.fidelity.mean(), run.fidelity.std() / SHOTS**0.5)
    for better, worse in (("best_first", "random"), ("random", "first_come")):
        assert mean[better][0] - mean[worse][0] > 5 * math.hypot(mean[better][1], mean[worse][1])


@pytest.mark.parametrize(
    "rules",
    [
        {"matching": "best_first", "cutoff": 6.0},
        {"matching": "first_come"},
        {"matching": "random", "cutoff": 4.0},
    ],
)
def test_simultaneous_swaps_know_no_left_and_right(rules):
    p = (0.1, 0.5, 0.3, 0.6)
    runs = [
        ebit.sample(bare_chain(order, 0.7, protocol=ebit.Slotted(memories=2, **rules)), SHOTS, rng=seed)
        for order, seed in ((p, 9), (p[::-1], 10))
    ]
    for name in ("waiting_time", "attempts"):
        ours, mirrored = (getattr(run, name).astype(float) for run in runs)
        assert_same_mean(np.stack([ours, ours**2], axis=1), np.stack([mirrored, mirrored**2], axis=1))


@pytest.mark.parametrize("rules", [{"matching": "first_come"}, {"policy": "doubling"}])
def test_more_memories_are_faster(rules):
    means = []
    for memories in (1, 2, 4, 8):
        chain = bare_chain((0.05,) * 4, 0.6, protocol=ebit.Slotted(memories=memories, **rules))
        means.append(ebit.sample(chain, 20_000, rng=11).waiting_time.mean())
    assert means == sorted(means, reverse=True)
    assert means[0] > 1.5 * means[1]


def test_many_modes_are_one_link_that_succeeds_more_often():
    """As long as no link is lost, m memories with p and one with 1 - (1 - p)^m have the same first links."""
    p, memories = 1e-9, 64
    chain = bare_chain((p,) * 8, protocol=ebit.Slotted(memories=memories, matching="first_come"))
    run = ebit.sample(chain, 2000, rng=12)
    # Mean of the latest of 8 exponential times.
    assert_mean(run.waiting_time * (memories * p), sum(1.0 / k for k in range(1, 9)), slack=1e-6)


@pytest.mark.parametrize("rules", [{"memories": 3, "cutoff": 5.0}, {"memories": 2, "policy": "doubling"}])
def test_threads_and_cuts_do_not_change_shots(rules):
    chain = bare_chain((0.3, 0.2, 0.4, 0.3, 0.2), 0.7, protocol=ebit.Slotted(**rules))
    whole = ebit.sample(chain, 3000, rng=13)
    for threads, cut in ((2, 0), (1, 1234)):
        part = ebit.sample(chain, 3000 - cut, rng=13, threads=threads, first_shot=cut)
        np.testing.assert_array_equal(part.waiting_time, whole.waiting_time[cut:])
        np.testing.assert_array_equal(part.attempts, whole.attempts[cut:])
        np.testing.assert_array_equal(part.correlations, whole.correlations[cut:])


def test_a_thousand_segments_of_many_memories():
    chain = bare_chain((0.5,) * 1024, protocol=ebit.Slotted(memories=64, matching="first_come"))
    assert ebit.sample(chain, 2, rng=14).waiting_time.max() < 20


# --- hostile -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("segments", "rules"),
    [
        (4, {}),
        (4, {"matching": "random"}),
        (3, {"hidden_segments": "idle"}),
        (4, {"cutoff": (9.0, 9.0, math.inf, 9.0, 9.0)}),
    ],
)
def test_rules_by_which_links_can_block_each_other_for_ever_are_refused(segments, rules):
    with pytest.raises(ValueError, match=r"protocol.cutoff must be finite at every repeater"):
        bare_chain((0.5,) * segments, protocol=ebit.Slotted(memories=2, **rules))
    bare_chain((0.5,) * (segments - 2), protocol=ebit.Slotted(memories=2, **{**rules, "cutoff": 1e3}))


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize(
    ("segments", "rules", "blocked"),
    [
        (3, {"matching": "best_first"}, False),
        (4, {"matching": "best_first"}, True),
        (4, {"matching": "random"}, True),
        (2, {"matching": "best_first", "hidden_segments": "idle"}, False),
        (3, {"matching": "best_first", "hidden_segments": "idle"}, True),
        (4, {"matching": "first_come"}, False),
        (4, {"matching": "first_come", "hidden_segments": "idle"}, False),
        (4, {"policy": "doubling", "hidden_segments": "idle"}, False),
    ],
)
def test_what_is_refused_can_block_and_nothing_else(segments, rules, blocked, failed_swap):
    """Every set of links that two memories per side can come to hold."""
    p_swap = 1.0 if blocked else 0.5  # failures lead to more sets, and need not
    twin = multiplexed.uniform(segments, 0.5, p_swap, memories=2, failed_swap=failed_swap, **rules)
    sets = multiplexed.reachable(twin)
    assert len(sets) > 5
    assert any(multiplexed.is_blocked(twin, links) for links in sets) == blocked
    if rules.get("matching") == "first_come" or "policy" in rules:
        assert not any(multiplexed.cross(links) for links in sets)


def test_a_blocked_shot_says_so():
    """The cut-off is finite, but no double counts its slots."""
    chain = bare_chain((0.5,) * 8, protocol=ebit.Slotted(memories=2, cutoff=1e300))
    with pytest.raises(ValueError, match="come to a stop"):
        ebit.sample(chain, 1000, rng=15)


def test_what_several_memories_do_not_cover_is_refused_by_name():
    with pytest.raises(ValueError, match=r"protocol.generation must be parallel"):
        bare_chain((0.5,) * 2, protocol=ebit.Slotted(memories=2, generation="sequential"))
    with pytest.raises(ValueError, match=r"protocol.memories = 1048577 is not allowed: .* at most 524288"):
        bare_chain((0.5,) * 2, protocol=ebit.Slotted(memories=2**20 + 1))
    for answer in (ebit.exact.waiting_time, ebit.exact.figures):
        for segments in (1, 2):
            with pytest.raises(ebit.exact.NotCovered, match="memories = 2"):
                answer(bare_chain((0.5,) * segments, protocol=ebit.Slotted(memories=2)))
