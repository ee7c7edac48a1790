"""The waiting-time twins against closed forms, one another and plain simulation."""

import math

import numpy as np
import pytest

from reference import nested, slotted
from reference import waiting_times as wt


@pytest.mark.parametrize("p", [0.03, 0.4, 0.9, 1.0])
def test_single_link_moments(p):
    law = wt.geometric_pmf(p, wt.horizon([p]) + 1)
    assert nested.moments_of(law) == pytest.approx((wt.link_mean(p), wt.link_variance(p)), rel=1e-12)
    assert wt.geometric_survival(p, [0, 1, 5]) == pytest.approx([law[k + 1 :].sum() for k in (0, 1, 5)])


def test_link_whose_attempts_take_several_slots():
    law = wt.link_law((0.3, 4), 1000)
    assert nested.moments_of(law) == pytest.approx((4 / 0.3, 16 * 0.7 / 0.09))
    assert law[wt.links_horizon([(0.3, 4)], 1e-9) + 1 :].sum() < 1e-9


@pytest.mark.parametrize("p", [1e-9, 0.013, 0.5, 0.97])
@pytest.mark.parametrize("level", [0.0, 0.1, 0.9, 1 - 1e-9])
def test_quantile_is_the_smallest_time_that_reaches_the_level(p, level):
    t = wt.link_quantile(p, level)
    assert -math.expm1(t * math.log1p(-p)) >= level - 1e-15
    assert t == 1 or -math.expm1((t - 1) * math.log1p(-p)) <= level  # equal only by rounding


def test_quantile_of_a_rare_link_needs_64_bits():
    assert wt.link_quantile(1e-9, 1 - 1e-9) == pytest.approx(2.07e10, rel=2e-3)


def test_multiplexing_is_one_or_more_successes():
    assert wt.multiplexed(0.3, 4) == pytest.approx(1 - 0.7**4)
    assert wt.multiplexed(1e-17, 10) == pytest.approx(1e-16)


@pytest.mark.parametrize("p", [(0.2,), (0.5, 0.5), (0.1, 0.7), (0.05, 0.3, 0.31, 0.9), (1.0, 0.4)])
def test_parallel_links_by_sums_and_by_minima(p):
    sums = wt.parallel_mean(p), wt.parallel_second_moment(p)
    assert sums == pytest.approx(wt.parallel_moments_by_minima(p), rel=1e-11)
    t = np.arange(1, 30)
    assert wt.parallel_cdf(p, t) == pytest.approx(1 - wt.parallel_survival(p, t))
    assert wt.parallel_cdf(p, 3) == pytest.approx(math.prod(wt.geometric_pmf(x, 4).sum() for x in p))


def test_two_links_closed_forms():
    assert wt.two_links_mean(0.2, 0.7) == pytest.approx(wt.parallel_mean([0.2, 0.7]))
    assert wt.two_links_mean(0.2, 0.2) == pytest.approx((3 - 0.4) / (0.2 * 1.8))
    assert wt.minimum_of([0.2, 0.7]) == pytest.approx(0.9 - 0.14)


@pytest.mark.parametrize("n", [1, 3, 12])
def test_equal_links(n):
    assert wt.equal_links_mean(n, 0.15) == pytest.approx(wt.parallel_mean([0.15] * n), rel=1e-9)


@pytest.mark.parametrize("n", [2, 5, 1024])
def test_many_equal_links_at_small_p(n):
    p = 2e-3
    mean, variance = wt.many_equal_links_moments(n, p)
    exact = wt.parallel_mean([p] * n)
    assert mean == pytest.approx(exact, rel=1e-6)
    assert variance == pytest.approx(wt.parallel_second_moment([p] * n) - exact**2, rel=1e-5)


def test_memoryless_chain_is_a_slotted_chain_with_cutoff_zero():
    p, p_swap = (0.5, 0.8, 0.6), (1, 0.7, 0.9, 1)
    success = wt.memoryless_success(p, p_swap)
    chain = slotted.SlottedChain(p, p_swap, cutoff=0)
    assert slotted.moments(chain) == pytest.approx((wt.link_mean(success), wt.link_variance(success)))


# --- nested chains ----------------------------------------------------------------------------------

P, P_SWAP = [0.3, 0.5, 0.2, 0.6, 0.4], [1, 0.7, 0.5, 0.9, 0.6, 1]


def test_balanced_tree():
    assert nested.balanced_tree(range(5)) == (((0, 1), 2), (3, 4))
    assert nested.balanced_tree(range(3), split=lambda n: n // 2) == (0, (1, 2))
    assert nested.span(((0, 1), 2)) == (0, 2)
    assert nested.middle_node((((0, 1), 2), (3, 4))) == 3


def test_law_of_two_links_without_failures_is_the_law_of_the_maximum():
    law = nested.waiting_law((0, 1), P, [1, 1, 1], 1024)
    assert law.cumsum()[:40] == pytest.approx(wt.parallel_cdf(P[:2], np.arange(40)), abs=1e-15)


@pytest.mark.parametrize("tree", [(0, 1), ((0, 1), 2), (((0, 1), 2), (3, 4)), (0, (1, ((2, 3), 4)))])
def test_nested_moments_obey_wald(tree):
    size = nested.grid_size(tree, P, P_SWAP)
    attempt = nested.law_of_max(*(nested.waiting_law(branch, P, P_SWAP, size) for branch in tree))
    ps = P_SWAP[nested.middle_node(tree)]
    expected = nested.moments_after_failures(ps, *nested.moments_of(attempt))
    assert nested.moments(tree, P, P_SWAP) == pytest.approx(expected, rel=1e-10)


def test_two_segments_with_failing_swap():
    p, ps = 0.2, 0.6
    assert nested.moments((0, 1), [p, p], [1, ps, 1])[0] == pytest.approx((3 - 2 * p) / (p * (2 - p) * ps))


def test_nested_law_as_a_convolution_series():
    law = nested.waiting_law((0, 1), P, P_SWAP, 2048)
    attempt = nested.waiting_law((0, 1), P, [1, 1, 1], 2048)
    total, power = np.zeros(2048), np.eye(1, 2048)[0]
    for k in range(200):
        power = np.convolve(power, attempt)[:2048]
        total += P_SWAP[1] * (1 - P_SWAP[1]) ** k * power
    assert law[:300] == pytest.approx(total[:300], rel=1e-9, abs=1e-17)


def test_nested_equals_doubling_in_the_slotted_chain():
    p, p_swap = tuple(P[:4]), (1, 0.7, 0.5, 0.9, 1)
    chain = slotted.SlottedChain(p, p_swap, policy="doubling")
    assert nested.moments(((0, 1), (2, 3)), p, p_swap) == pytest.approx(slotted.moments(chain), rel=1e-10)
    assert nested.mean_attempts(((0, 1), (2, 3)), p, p_swap) == pytest.approx(slotted.mean_attempts(chain))


@pytest.mark.parametrize("decay", [0.5, 0.97, 1.0])
def test_werner_of_two_links(decay):
    exact = wt.two_links_werner(0.3, 0.95, decay)
    assert nested.mean_werner((0, 1), [0.3, 0.3], [1, 0.4, 1], [0.95, 0.95], decay) == pytest.approx(exact)


def test_werner_of_unequal_links_by_direct_summation():
    p, w, decay = [0.3, 0.5, 0.2], [0.9, 0.95, 0.8], 0.9
    t = np.arange(1, 200)
    f = [x * (1 - x) ** (t - 1) for x in p]
    a, b, c = np.meshgrid(t, t, t, indexing="ij", sparse=True)
    inner = np.maximum(a, b)
    factor = decay ** (abs(a - b) + abs(inner - c))
    exact = np.prod(w) * np.einsum("i,j,k,ijk->", *f, factor)
    assert nested.mean_werner(((0, 1), 2), p, [1, 1, 1, 1], w, decay) == pytest.approx(exact, rel=1e-12)


def test_werner_published_digits():
    """Li, Coopmans, Elkouss: one level, no cut-off; their means are truncated (1e-6)."""
    p, p_swap, decay = [0.01] * 2, [1, 0.5, 1], math.exp(-1 / 300)
    assert nested.moments((0, 1), p, p_swap)[0] == pytest.approx(299.497955, rel=3e-6)
    w = nested.mean_werner((0, 1), p, p_swap, [0.98] * 2, decay)
    assert (1 + 3 * w) / 4 == pytest.approx(0.79090664, rel=3e-6)


# --- one level with a cut-off -----------------------------------------------------------------------


@pytest.mark.parametrize("cutoff", [0, 1, 7])
def test_cutoff_closed_form_by_enumeration(cutoff):
    p, p_swap, w0, coherence = 0.25, 0.6, 0.9, 12.0
    t = np.arange(1, 120)
    f = p * (1 - p) ** (t - 1.0)
    weight = np.outer(f, f)
    apart, later, earlier = abs(t[:, None] - t), np.maximum(t[:, None], t), np.minimum(t[:, None], t)
    passed = apart <= cutoff
    chance = weight[passed].sum()
    duration = (weight * np.where(passed, later, earlier + cutoff)).sum()
    w = w0**2 * (weight * np.exp(-apart / coherence))[passed].sum() / chance
    exact = wt.one_swap_with_cutoff(p, p_swap, cutoff, w0, coherence)
    assert exact == pytest.approx((duration / (chance * p_swap), w), rel=1e-12)


@pytest.mark.parametrize("cutoff", [0, 2, 5])
def test_cutoff_closed_form_is_the_slotted_cutoff_of_two_segments(cutoff):
    mean, _ = slotted.moments(slotted.uniform(2, 0.3, 0.6, cutoff=cutoff))
    assert wt.one_swap_with_cutoff(0.3, 0.6, cutoff, 1.0, 1e9)[0] == pytest.approx(mean)
