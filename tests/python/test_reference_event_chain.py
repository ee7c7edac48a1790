"""The Monte Carlo twins against the exact results, within five computed sigma."""

from functools import partial

import numpy as np
import pytest

from reference import delivered_pair as dp
from reference import event_chain, nested, pauli_terms, slotted, swap_asap
from reference.agreement import assert_mean
from reference.examples import MEMORIES, STATES

BSM = [(0.05, 0.02), (0.1, 0.0), (0.0, 0.03)]
NOISE = [pauli_terms.bell_measurement_factors(*b) for b in BSM]
P, P_SWAP = (0.4, 0.6, 0.5, 0.7), (1.0, 0.7, 0.5, 0.8, 1.0)
SHOTS = 1500


def correlations(storage, n):
    return dp.delivered(STATES[:n], MEMORIES[: 2 * n], storage, BSM[: n - 1])


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
def test_swap_asap_waiting_times_and_attempts(failed_swap, hidden_segments):
    options = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    rules = event_chain.Rules(P, P_SWAP, (1.0,) * 4, **options)
    time, attempts, _ = event_chain.sample(partial(event_chain.swap_asap_shot, rules), SHOTS, 1)
    chain = slotted.SlottedChain(P, P_SWAP, **options)
    mean, variance = slotted.moments(chain)
    assert_mean(time, mean)
    assert_mean((time - mean) ** 2, variance)
    assert_mean(attempts, slotted.mean_attempts(chain))


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
def test_a_segment_that_is_often_hidden(failed_swap, hidden_segments):
    """Segment 1 waits under link 0-3 for the last one; attempts less a multiple of the time show it."""
    p, p_swap = (0.8, 0.05, 0.8, 0.05), (1.0, 0.9, 0.9, 0.3, 1.0)
    options = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    rules = event_chain.Rules(p, p_swap, (1.0,) * 4, **options)
    time, attempts, _ = event_chain.sample(partial(event_chain.swap_asap_shot, rules), 500, 1)
    chain = slotted.SlottedChain(p, p_swap, **options)
    exact = slotted.mean_attempts(chain) - 1.7 * slotted.moments(chain)[0]
    assert_mean(attempts - 1.7 * time, exact)


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
@pytest.mark.parametrize("pair_decay", ["each", "once"])
@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
def test_swap_asap_pairs(end_nodes, pair_decay, failed_swap):
    options = {"failed_swap": failed_swap, "end_nodes": end_nodes, "pair_decay": pair_decay}
    rules = event_chain.Rules(P[:3], P_SWAP[:4], (1.0,) * 3, **options)
    _, _, storage = event_chain.sample(partial(event_chain.swap_asap_shot, rules), SHOTS, 2)
    chain = slotted.SlottedChain(P[:3], P_SWAP[:4], **options)
    exact = slotted.mean_correlations(chain, STATES[:3], MEMORIES[:6], NOISE[:2])
    assert_mean(correlations(storage, 3), exact)


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
@pytest.mark.parametrize("pair_decay", ["each", "once"])
@pytest.mark.parametrize("tree", [((0, 1), 2), (0, (1, 2)), ((0, 1), (2, 3))])
def test_nested_pairs(end_nodes, pair_decay, tree):
    n = nested.span(tree)[1] + 1
    p, p_swap = P[:n], (*P_SWAP[:n], 1.0)
    rules = event_chain.Rules(p, p_swap, (1.0,) * n, end_nodes=end_nodes, pair_decay=pair_decay)
    time, attempts, storage = event_chain.sample(partial(event_chain.nested_shot, rules, tree), SHOTS, 3)
    assert_mean(time, nested.moments(tree, p, p_swap)[0])
    assert_mean(attempts, nested.mean_attempts(tree, p, p_swap))
    ends = {"end_nodes": end_nodes, "pair_decay": pair_decay}
    exact = nested.mean_correlations(tree, p, p_swap, STATES[:n], MEMORIES[: 2 * n], NOISE[: n - 1], **ends)
    assert_mean(correlations(storage, n), exact)


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_deterministic_pairs(end_nodes):
    rules = event_chain.Rules(P[:3], (1.0,) * 4, (1.0,) * 3, end_nodes=end_nodes)
    _, attempts, storage = event_chain.sample(partial(event_chain.deterministic_shot, rules), SHOTS, 4)
    exact = swap_asap.mean_correlations_by_enumeration(
        P[:3], STATES[:3], MEMORIES[:6], BSM[:2], end_nodes=end_nodes
    )
    assert_mean(correlations(storage, 3), exact, slack=1e-8)
    assert_mean(attempts, sum(1 / p for p in P[:3]))
    assert_mean(storage.sum(axis=1), swap_asap.mean_storage(P[:3], end_nodes))


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_storage_is_what_the_completion_times_say(end_nodes):
    """Unequal attempt times; a bare generator is replayed to know the completion times."""
    times = (1.0, 0.3, 2.2, 0.7, 1.7)
    rules = event_chain.Rules((0.3, 0.1, 0.5, 0.2, 0.4), (1.0,) * 6, times, end_nodes=end_nodes)
    for seed in range(30):
        tries = np.random.default_rng(seed).geometric(rules.p)
        time, attempts, storage = event_chain.deterministic_shot(rules, np.random.default_rng(seed))
        assert attempts == tries.sum()
        assert time == max(tries * times)
        assert storage == pytest.approx(swap_asap.storage_times(tries * np.array(times), end_nodes))


def test_a_pair_that_decays_once():
    """Two links that both end nodes measure: the waiting pair's only memory feels all of it."""
    rules = event_chain.Rules((0.3, 0.3), (1.0,) * 3, (1.0, 1.0), pair_decay="once")
    both = event_chain.Rules((0.3, 0.3), (1.0,) * 3, (1.0, 1.0), pair_decay="once", end_nodes="store")
    for seed in range(10):
        tries = np.random.default_rng(seed).geometric(rules.p)
        apart = max(tries) - min(tries)
        *_, single = event_chain.deterministic_shot(rules, np.random.default_rng(seed))
        *_, double = event_chain.deterministic_shot(both, np.random.default_rng(seed))
        assert sum(single) == apart
        assert sum(double) == apart
        assert max(double) == apart / 2


SLOTS = (2, 3, 1, 5)


@pytest.mark.parametrize("tree", [(0, 1), ((0, 1), (2, 3))])
def test_nested_with_unequal_attempt_times(tree):
    n = nested.span(tree)[1] + 1
    links, p_swap = tuple(zip(P[:n], SLOTS[:n], strict=True)), (*P_SWAP[:n], 1.0)
    rules = event_chain.Rules(P[:n], p_swap, SLOTS[:n])
    time, attempts, storage = event_chain.sample(partial(event_chain.nested_shot, rules, tree), SHOTS, 5)
    mean, variance = nested.moments(tree, links, p_swap)
    assert_mean(time, mean)
    assert_mean((time - mean) ** 2, variance)
    assert_mean(attempts, nested.mean_attempts(tree, links, p_swap))
    exact = nested.mean_correlations(tree, links, p_swap, STATES[:n], MEMORIES[: 2 * n], NOISE[: n - 1])
    assert_mean(correlations(storage, n), exact)


def test_deterministic_with_unequal_attempt_times():
    rules = event_chain.Rules(P[:3], (1.0,) * 4, SLOTS[:3])
    _, _, storage = event_chain.sample(partial(event_chain.deterministic_shot, rules), SHOTS, 6)
    links = tuple(zip(P[:3], SLOTS[:3], strict=True))
    exact = swap_asap.mean_correlations(links, STATES[:3], MEMORIES[:6], NOISE[:2])
    assert_mean(correlations(storage, 3), exact)


def test_two_links_with_unequal_attempt_times():
    """The mean of max(a N, b N') by summation; one failure in two doubles it."""
    rules = event_chain.Rules((0.4, 0.3), (1.0, 0.5, 1.0), (1.0, 0.37))
    time, _, _ = event_chain.sample(partial(event_chain.nested_shot, rules, (0, 1)), SHOTS, 5)
    t = np.arange(1, 150)
    weight = np.outer(0.4 * 0.6 ** (t - 1.0), 0.3 * 0.7 ** (t - 1.0))
    assert_mean(time, 2 * np.sum(weight * np.maximum.outer(t, 0.37 * t)))
