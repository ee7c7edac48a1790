"""The slotted Markov chain: published digits, closed forms, and limits that hold by symmetry."""

import numpy as np
import pytest

from reference import slotted
from reference import waiting_times as wt
from reference.examples import MEMORIES, PHI_PLUS, STATES


@pytest.mark.parametrize(
    ("p_swap", "policy", "published"),
    [
        (1.0, "swap_asap", 1.38877031),
        (1.0, "outer_nodes_first", 2.07107446),
        (0.5, "swap_asap", 9.34690422),
        (0.5, "outer_nodes_first", 8.34378086),
    ],
)
def test_digits_of_inesta(p_swap, policy, published):
    chain = slotted.uniform(4, 0.9, p_swap, cutoff=2, policy=policy)
    assert slotted.moments(chain)[0] == pytest.approx(published, rel=1e-7)


@pytest.mark.parametrize(("p_swap", "published"), [(1.0, 8.8851855562), (0.5, 32.8647377)])
def test_digits_of_calero_mas_by_the_best_policy(p_swap, published):
    chain = slotted.uniform(3, 0.3, p_swap, cutoff=2)
    assert slotted.best_mean(chain) == pytest.approx(published, rel=1e-7)
    assert slotted.moments(chain)[0] > published


@pytest.mark.parametrize("p", [0.2, 0.9])
def test_two_segments_with_cutoff_two(p):
    exact = (2 * p**3 - 6 * p**2 + 4 * p + 1) / (2 * p**4 - 6 * p**3 + 5 * p**2)
    assert slotted.moments(slotted.uniform(2, p, 1.0, cutoff=2))[0] == pytest.approx(exact)


def test_two_segments_without_cutoff():
    p, ps = 0.3, 0.4
    for failed_swap in ("simultaneous", "left_to_right"):
        chain = slotted.uniform(2, p, ps, failed_swap=failed_swap)
        assert slotted.moments(chain)[0] == pytest.approx((3 - 2 * p) / (p * (2 - p) * ps))


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
def test_without_failures_the_slowest_link_decides(failed_swap, hidden_segments):
    p = (0.3, 0.5, 0.2, 0.7)
    rules = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    mean, variance = slotted.moments(slotted.SlottedChain(p, (1.0,) * 5, **rules))
    assert mean == pytest.approx(wt.parallel_mean(p))
    assert variance == pytest.approx(wt.parallel_second_moment(p) - mean**2)


def test_attempts_without_failures():
    """Every segment tries until its first success, and again where it is hidden then."""
    p = (0.3, 0.5, 0.2, 0.7)
    chain = slotted.SlottedChain(p, (1.0,) * 5)
    assert slotted.mean_attempts(chain) == pytest.approx(sum(1 / x for x in p))
    assert slotted.mean_attempts(chain, count_hidden=True) > sum(1 / x for x in p) + 0.1
    idle = slotted.SlottedChain(p, (1.0,) * 5, hidden_segments="idle")
    assert slotted.mean_attempts(idle, count_hidden=True) == slotted.mean_attempts(idle)
    two = slotted.SlottedChain(p[:2], (1.0, 0.4, 1.0))
    assert slotted.mean_attempts(two) == pytest.approx(sum(1 / x for x in p[:2]) / 0.4)


def test_a_long_cutoff_is_no_cutoff():
    chain = slotted.uniform(2, 0.6, 0.5, cutoff=60)
    assert slotted.moments(chain) == pytest.approx(slotted.moments(slotted.uniform(2, 0.6, 0.5)))


def test_the_rules_matter():
    means = {
        (failed, hidden): slotted.moments(
            slotted.uniform(4, 0.3, 0.5, failed_swap=failed, hidden_segments=hidden)
        )[0]
        for failed in ("simultaneous", "left_to_right")
        for hidden in ("regenerate", "idle")
    }
    simultaneous, one_by_one = means["simultaneous", "regenerate"], means["left_to_right", "regenerate"]
    assert abs(simultaneous / one_by_one - 1) > 0.02
    for failed in ("simultaneous", "left_to_right"):
        assert means[failed, "idle"] > 1.001 * means[failed, "regenerate"]


def test_three_segments_by_hand():
    """Segments 0 and 1 succeed in every slot, segment 2 with probability p; swaps with a and b.

    States at the start of a slot: nothing, link 2-3, link 0-2.
    """
    p, a, b = 0.3, 0.6, 0.45
    nothing, outer, inner = np.eye(3)
    all_three = a * (1 - b) * nothing + (1 - a) * outer  # left to right: node 1 fails, 2-3 lives on
    wait_inner = p * (1 - b) * nothing + (1 - p) * inner
    without = a * inner + (1 - a) * nothing
    one_by_one = np.array([p * all_three + (1 - p) * without, all_three, wait_inner])
    together = np.array([p * (1 - a * b) * nothing + (1 - p) * without, 0 * outer, wait_inner])
    for failed_swap, q in (("left_to_right", one_by_one), ("simultaneous", together)):
        exact = np.linalg.solve(np.eye(3) - q, np.ones(3))[0]
        chain = slotted.SlottedChain((1.0, 1.0, p), (1, a, b, 1), failed_swap=failed_swap)
        assert slotted.moments(chain)[0] == pytest.approx(exact)


def test_labels_do_not_change_what_happens():
    """The weight of perfect pairs in perfect memories is 1 in xx, yy and zz."""
    for failed_swap in ("simultaneous", "left_to_right"):
        chain = slotted.uniform(3, 0.4, 0.6, failed_swap=failed_swap)
        perfect = slotted.mean_correlations(chain, [PHI_PLUS] * 3, [(0, 0, 0, 0)] * 6, [(1, 1, 1, 1)] * 2)
        assert perfect == pytest.approx(PHI_PLUS, abs=1e-12)


def test_trace_is_one_and_storing_ends_cost_fidelity():
    p, p_swap, noise = (0.4, 0.6, 0.5), (1, 0.7, 0.5, 1), [(1, 1, 1, 1)] * 2
    means = {}
    for end_nodes in ("measure", "store"):
        chain = slotted.SlottedChain(p, p_swap, cutoff=2, end_nodes=end_nodes)
        means[end_nodes] = slotted.mean_correlations(chain, STATES[:3], MEMORIES[:6], noise)
        assert means[end_nodes][0, 0] == pytest.approx(1.0, abs=1e-12)
    fidelity = {key: np.sum(PHI_PLUS * value) / 4 for key, value in means.items()}
    assert fidelity["store"] < fidelity["measure"] - 0.005
