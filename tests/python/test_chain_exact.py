"""Samples of the chain room against exact results: fixed seeds, five computed sigma."""

import math

import numpy as np
import pytest

import ebit
from reference import nested, slotted, swap_asap
from reference import waiting_times as wt
from reference.agreement import assert_mean
from reference.examples import PHI_PLUS
from reference.hardware import UNITAL_MEMORIES, Hardware, P, bare_chain

SHOTS = 100_000


def assert_moments(samples, mean, variance):
    assert_mean(samples, mean)
    assert_mean((np.asarray(samples, float) - mean) ** 2, variance)


def assert_law(samples, law):
    """Counts against the probabilities law[t]: no bin and no cumulated count off by five sigma."""
    shots = len(samples)
    counts = np.bincount(np.minimum(np.asarray(samples, int), len(law) - 1), minlength=len(law))
    for seen, p in ((counts, law), (counts.cumsum(), law.cumsum())):
        sigma = np.sqrt(shots * np.clip(p * (1 - p), 0, None))
        likely = shots * np.minimum(p, 1 - p) > 20
        assert np.all(abs(seen - shots * p)[likely] <= 5 * sigma[likely])


# --- waiting times without failing swaps ------------------------------------------------------------


@pytest.mark.parametrize("p", [1.0, 0.97, 0.3, 1e-3, 1e-9])
def test_single_link(p):
    run = ebit.sample(bare_chain([p]), SHOTS, rng=1)
    assert run.waiting_time.dtype == np.float64
    assert run.attempts.dtype == np.int64
    assert np.array_equal(run.waiting_time, run.attempts)
    assert run.attempts.min() >= 1
    assert_moments(run.waiting_time, wt.link_mean(p), wt.link_variance(p))
    for level in (0.01, 0.5, 0.99):
        below = run.attempts <= wt.link_quantile(p, level)
        assert_mean(below, -np.expm1(wt.link_quantile(p, level) * np.log1p(-p)) if p < 1 else 1.0)


def test_single_link_law():
    run = ebit.sample(bare_chain([0.3]), SHOTS, rng=2)
    assert_law(run.attempts, wt.geometric_pmf(0.3, 60))


@pytest.mark.parametrize("protocol", ["SwapAsap", "Doubling"])
@pytest.mark.parametrize("p", [(0.2, 0.7), (0.9, 0.05, 0.4), (0.3,) * 6, (1e-9, 3e-9, 2e-9, 1e-8)])
def test_few_links_without_failures(p, protocol):
    run = ebit.sample(bare_chain(p, protocol=getattr(ebit, protocol)()), SHOTS, rng=3)
    mean, second = wt.parallel_moments_by_minima(p)
    assert_moments(run.waiting_time, mean, second - mean**2)


@pytest.mark.parametrize("protocol", ["SwapAsap", "Doubling"])
@pytest.mark.parametrize("n", [64, 1000, 1024])
@pytest.mark.parametrize("p", [1e-3, 1e-9])
def test_many_links_without_failures(n, p, protocol):
    run = ebit.sample(bare_chain([p] * n, protocol=getattr(ebit, protocol)()), 2000, rng=4)
    assert_moments(run.waiting_time, *wt.many_equal_links_moments(n, p))


def test_attempt_time_is_a_unit():
    run = ebit.sample(bare_chain([0.3, 0.5], attempt_time=2.5e-6), 1000, rng=5)
    slots = ebit.sample(bare_chain([0.3, 0.5]), 1000, rng=5)
    assert run.waiting_time == pytest.approx(2.5e-6 * slots.waiting_time, rel=1e-14)
    assert np.array_equal(run.attempts, slots.attempts)


def test_attempts_are_those_up_to_each_link():
    """Doubling builds every link once if no swap fails; so does swap-asap with idle hidden segments."""
    p = (0.2, 0.5, 0.3)
    for protocol in (ebit.Doubling(), ebit.Slotted(hidden_segments="idle")):
        run = ebit.sample(bare_chain(p, protocol=protocol), SHOTS, rng=6)
        assert_mean(run.attempts, sum(1 / x for x in p))


# --- waiting times with failing swaps ---------------------------------------------------------------


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
@pytest.mark.parametrize("n", [2, 3, 4])
def test_swap_asap_with_failures(n, failed_swap, hidden_segments):
    rules = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    hardware = Hardware(P[:n])
    run = ebit.sample(hardware.chain(ebit.Slotted(**rules)), SHOTS, rng=7)
    exact = slotted.SlottedChain(P[:n], hardware.p_swap, **rules)
    assert_moments(run.waiting_time, *slotted.moments(exact))
    assert_mean(run.attempts, slotted.mean_attempts(exact))


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
def test_a_segment_that_is_often_hidden(failed_swap, hidden_segments):
    rules = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    bsm = [(1.0, 0, 0), (0.9, 0, 0), (0.9, 0, 0), (0.3, 0, 0), (1.0, 0, 0)]
    hardware = Hardware((0.8, 0.05, 0.8, 0.05), bsm=tuple(bsm))
    run = ebit.sample(hardware.chain(ebit.Slotted(**rules)), 20_000, rng=8)
    exact = slotted.SlottedChain(hardware.p, hardware.p_swap, **rules)
    mean, attempts = slotted.moments(exact)[0], slotted.mean_attempts(exact)
    assert_mean(run.waiting_time, mean)
    assert_mean(run.attempts - 1.7 * run.waiting_time, attempts - 1.7 * mean)


def test_two_segments_closed_form():
    p, ps = 0.01, 0.5
    for protocol in (ebit.SwapAsap(), ebit.Slotted(failed_swap="left_to_right"), ebit.Doubling()):
        run = ebit.sample(bare_chain([p, p], ps, protocol=protocol), SHOTS, rng=9)
        assert_mean(run.waiting_time, (3 - 2 * p) / (p * (2 - p) * ps))


@pytest.mark.parametrize("protocol", ["SwapAsap", "Doubling"])
@pytest.mark.parametrize(("p_swap", "shots"), [(0.02, 20_000), (1e-4, 2000)])
def test_rarely_successful_swaps(p_swap, shots, protocol):
    """Runs of failures far longer than what a sampler handles at a time; none may be cut short."""
    p = 0.4
    run = ebit.sample(bare_chain([p, p], p_swap, protocol=getattr(ebit, protocol)()), shots, rng=22)
    assert_moments(run.waiting_time, *nested.moments_after_failures(p_swap, *two_links_moments(p)))
    assert_mean(run.attempts, 2 / (p * p_swap))
    times = run.waiting_time
    assert abs(np.corrcoef(times[1:], times[:-1])[0, 1]) < 5 / math.sqrt(shots)  # shots are independent


def test_doubling_of_rarely_successful_swaps_at_two_levels():
    p, inner, outer = 0.6, 0.05, 0.03
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(p_success=x)) for x in (1, inner, outer, inner, 1)]
    chain = ebit.Chain(links=[ebit.links.ideal(p)] * 4, nodes=nodes, protocol=ebit.Doubling())
    run = ebit.sample(chain, 5000, rng=23)
    size = nested.grid_size((0, 1), [p] * 2, [1, inner, 1])
    attempt = nested.waiting_law((0, 1), [p] * 2, [1, inner, 1], size)
    pair = nested.moments_of(nested.law_of_max(attempt, attempt))
    assert_moments(run.waiting_time, *nested.moments_after_failures(outer, *pair))
    assert_mean(run.attempts, 4 / (p * inner * outer))


def two_links_moments(p):
    first, second = wt.parallel_moments_by_minima([p, p])
    return first, second - first**2


def test_rare_links_with_failures():
    """p E[T] and p^2 Var[T] at p = 1e-9: their limits, extrapolated from exact values (error p^2)."""
    tree, p_swap = nested.balanced_tree(range(4)), [1, 0.5, 0.7, 0.5, 1]
    coarse, fine = (np.array(nested.moments(tree, [p] * 4, p_swap)) * (p, p**2) for p in (0.04, 0.02))
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(p_success=ps)) for ps in p_swap]
    chain = ebit.Chain(links=[ebit.links.ideal(1e-9)] * 4, nodes=nodes, protocol=ebit.Doubling())
    run = ebit.sample(chain, 20_000, rng=10)
    assert_moments(1e-9 * run.waiting_time, *(2 * fine - coarse))


@pytest.mark.parametrize("n", [2, 3, 4])
def test_doubling_with_failures(n):
    hardware, tree = Hardware(P[:n]), nested.balanced_tree(range(n))
    run = ebit.sample(hardware.chain(ebit.Doubling()), SHOTS, rng=11)
    assert_moments(run.waiting_time, *nested.moments(tree, P[:n], hardware.p_swap))
    assert_mean(run.attempts, nested.mean_attempts(tree, P[:n], hardware.p_swap))
    size = nested.grid_size(tree, P[:n], hardware.p_swap)
    assert_law(run.waiting_time, nested.waiting_law(tree, P[:n], hardware.p_swap, size))


def test_doubling_of_sixteen_links():
    rng = np.random.default_rng(0)
    p, ps = tuple(rng.uniform(0.3, 0.9, 16)), tuple(rng.uniform(0.6, 1.0, 17))
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(p_success=x)) for x in ps]
    chain = ebit.Chain(links=[ebit.links.ideal(x) for x in p], nodes=nodes, protocol=ebit.Doubling())
    run = ebit.sample(chain, 20_000, rng=12)
    tree = nested.balanced_tree(range(16))
    assert_moments(run.waiting_time, *nested.moments(tree, p, ps))
    assert_mean(run.attempts, nested.mean_attempts(tree, p, ps))


# --- delivered states -------------------------------------------------------------------------------


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_states_of_deterministic_swap_asap(n, end_nodes):
    hardware = Hardware(P[:n], certain=True)
    run = ebit.sample(hardware.chain(end_nodes=end_nodes), SHOTS, rng=13)
    exact = swap_asap.mean_correlations_by_enumeration(
        P[:n], hardware.link_states, hardware.twin_memories, hardware.twin_bsm, end_nodes=end_nodes
    )
    assert_mean(run.correlations, exact, slack=1e-8)


STORAGE = [  # where a pair decays once, only such memories and only storing ends are allowed
    ({"end_nodes": "measure", "pair_decay": "each"}, {}),
    ({"end_nodes": "store", "pair_decay": "each"}, {}),
    ({"end_nodes": "store", "pair_decay": "once"}, {"memories": tuple(UNITAL_MEMORIES)}),
    ({"end_nodes": "measure", "pair_decay": "each"}, {"memories": tuple(UNITAL_MEMORIES)}),
]


@pytest.mark.parametrize(("options", "memories"), STORAGE)
@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
def test_states_of_swap_asap_with_failures(options, memories, failed_swap, hidden_segments):
    hardware = Hardware(P[:3], **memories)
    rules = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    run = ebit.sample(hardware.chain(ebit.Slotted(**rules), **options), SHOTS, rng=14)
    chain = slotted.SlottedChain(P[:3], hardware.p_swap, **rules, **options)
    exact = slotted.mean_correlations(chain, hardware.link_states, hardware.twin_memories, hardware.noise)
    assert_mean(run.correlations, exact)


@pytest.mark.parametrize(("options", "memories"), STORAGE)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_states_of_doubling(options, memories, n):
    hardware = Hardware(P[:n], **memories)
    run = ebit.sample(hardware.chain(ebit.Doubling(), **options), SHOTS, rng=15)
    exact = nested.mean_correlations(
        nested.balanced_tree(range(n)), P[:n], hardware.p_swap,
        hardware.link_states, hardware.twin_memories, hardware.noise, **options,
    )  # fmt: skip
    assert_mean(run.correlations, exact)


@pytest.mark.parametrize("certain", [True, False])
def test_states_of_doubling_with_unequal_attempt_times(certain):
    slots = (2, 3, 1, 5)
    hardware = Hardware(P, attempt_time=tuple(map(float, slots)), certain=certain)
    links, tree = tuple(zip(P, slots, strict=True)), nested.balanced_tree(range(4))
    run = ebit.sample(hardware.chain(ebit.Doubling()), SHOTS, rng=16)
    assert_moments(run.waiting_time, *nested.moments(tree, links, hardware.p_swap))
    exact = nested.mean_correlations(
        tree, links, hardware.p_swap, hardware.link_states, hardware.twin_memories, hardware.noise
    )
    assert_mean(run.correlations, exact)


def test_states_of_swap_asap_with_unequal_attempt_times():
    slots = (2, 3, 1)
    hardware = Hardware(P[:3], attempt_time=tuple(map(float, slots)), certain=True)
    run = ebit.sample(hardware.chain(), SHOTS, rng=17)
    links = tuple(zip(P[:3], slots, strict=True))
    exact = swap_asap.mean_correlations(links, hardware.link_states, hardware.twin_memories, hardware.noise)
    assert_mean(run.correlations, exact)


@pytest.mark.parametrize("n", [2, 3])
def test_dephasing_closed_forms(n):
    """Perfect links, dephasing memories: xx = E[lambda^D], zz = 1."""
    p, t2 = 0.01, 300.0
    node = ebit.Node(memory=ebit.Memory(t2=t2))
    chain = ebit.Chain(links=[ebit.links.ideal(p)] * n, nodes=[node] * (n + 1))
    run = ebit.sample(chain, SHOTS, rng=18)
    closed = swap_asap.two_links if n == 2 else swap_asap.three_links
    factor = closed(p, math.exp(-1 / t2))
    assert_mean(run.correlations, np.diag([1, factor, -factor, 1]))
    assert run.correlations[:, 3, 3] == pytest.approx(1.0)


def test_dephasing_of_a_thousand_links():
    n, p, t2 = 1024, 0.05, 20_000.0
    node = ebit.Node(memory=ebit.Memory(t2=t2))
    chain = ebit.Chain(links=[ebit.links.ideal(p)] * n, nodes=[node] * (n + 1))
    run = ebit.sample(chain, 4000, rng=19)
    factor = swap_asap.mean_factor_measured([p] * n, [math.exp(-1 / t2)] * (2 * n))
    assert 0.3 < factor < 0.5
    assert_mean(run.correlations[:, 1, 1], factor)
    # D = -t2 log(xx) shot by shot, its mean in closed form
    storage = -t2 * np.log(run.correlations[:, 1, 1])
    assert_mean(storage, swap_asap.equal_links_mean_storage(n, p))


def test_dephasing_of_rare_links():
    """p = 1e-9: the storage of a two-link chain is exponential with mean 1/p, nothing is rounded."""
    p, t2 = 1e-9, 2e9
    node = ebit.Node(memory=ebit.Memory(t2=t2))
    chain = ebit.Chain(links=[ebit.links.ideal(p)] * 2, nodes=[node] * 3)
    run = ebit.sample(chain, SHOTS, rng=20)
    assert_mean(run.correlations[:, 1, 1], swap_asap.two_links(p, math.exp(-1 / t2)))


def test_published_digits_of_one_swap_level():
    """Li, Coopmans, Elkouss: p = 0.01, ps = 0.5, w0 = 0.98, the pair decays once in 300 attempts."""
    w = np.diag([1.0, 0.98, 0.98, 0.98]) * PHI_PLUS
    node = ebit.Node(memory=ebit.Memory.depolarizing(300.0), bsm=ebit.BellMeasurement(p_success=0.5))
    chain = ebit.Chain(
        links=[ebit.links.ideal(0.01, state=ebit.Pair(w))] * 2,
        nodes=[node] * 3,
        protocol=ebit.Doubling(),
        end_nodes="store",
        pair_decay="once",
    )
    run = ebit.sample(chain, SHOTS, rng=21)
    assert_moments(run.waiting_time, *nested.moments((0, 1), [0.01] * 2, [1, 0.5, 1]))
    exact = nested.mean_werner((0, 1), [0.01] * 2, [1, 0.5, 1], [0.98] * 2, math.exp(-1 / 300))
    assert_mean(run.fidelity, (1 + 3 * exact) / 4)
    assert (1 + 3 * exact) / 4 == pytest.approx(0.79090664, rel=3e-6)
