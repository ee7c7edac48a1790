"""Exact waiting times against closed forms, the twins' recursions, and published digits."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ebit
from reference import nested, slotted
from reference import waiting_times as wt
from reference.hardware import Hardware, P, bare_chain

TIGHT = {"rel": 1e-12}


def assert_certified(law: ebit.exact.WaitingTimeLaw, exact: np.ndarray) -> None:
    """No entry is above its true value, and all together they lack at most `tail`."""
    size = min(len(law), len(exact))
    missing = exact[:size] - law.probabilities[:size]
    assert missing.min() > -1e-14
    assert missing.sum() + exact[size:].sum() <= law.tail + 1e-13 <= 1.1e-12
    assert law.probabilities.sum() >= 1.0 - law.tail - 1e-13


# --- links side by side -----------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1.0, 0.97, 0.3, 1e-3, 1e-9])
def test_single_link(p: float) -> None:
    law = ebit.exact.waiting_time(bare_chain([p], attempt_time=0.25))
    assert law.mean == pytest.approx(wt.link_mean(p) / 4, **TIGHT)
    assert law.variance == pytest.approx(wt.link_variance(p) / 16, **TIGHT)
    for share in (0.01, 0.5, 0.99):
        assert law.quantile(share) == wt.link_quantile(p, share) / 4
    assert law.cdf(0.25 * 7) == pytest.approx(float(1 - wt.geometric_survival(p, 7)), **TIGHT)
    assert law.pmf([0.25 * 3, 0.25 * 3.5, -1.0, 0.0]).tolist() == pytest.approx(
        [p * (1 - p) ** 2, 0, 0, 0], **TIGHT
    )


@pytest.mark.parametrize("p", [(0.2, 0.7), (0.9, 0.05, 0.4), (0.3,) * 6, (1.0, 0.5), (1e-9, 3e-9, 2e-9)])
@pytest.mark.parametrize("protocol", ["SwapAsap", "Doubling"])
def test_parallel_links(p: tuple[float, ...], protocol: str) -> None:
    law = ebit.exact.waiting_time(bare_chain(p, protocol=getattr(ebit, protocol)()))
    mean, second = wt.parallel_moments_by_minima(p)
    assert law.mean == pytest.approx(mean, **TIGHT)
    assert law.variance == pytest.approx(second - mean**2, rel=1e-9)
    times = np.array([1, 2, 5, 30, round(mean), round(3 * mean)])
    assert law.cdf(times) == pytest.approx(wt.parallel_cdf(p, times), rel=1e-7)


def test_parallel_table() -> None:
    p = (0.2, 0.7, 0.35)
    law = ebit.exact.waiting_time(bare_chain(p))
    cdf = wt.parallel_cdf(p, np.arange(400))
    assert_certified(law, np.diff(cdf, prepend=0.0))
    assert law.times @ law.probabilities == pytest.approx(law.mean, rel=1e-9)
    assert law.pmf(law.times) == pytest.approx(law.probabilities, abs=0)


@pytest.mark.parametrize("n", [2, 48, 1000, 1024])
def test_many_rare_links(n: int) -> None:
    law = ebit.exact.waiting_time(bare_chain([1e-9] * n))
    mean, variance = wt.many_equal_links_moments(n, 1e-9)
    assert law.mean == pytest.approx(mean, rel=1e-8)
    assert law.variance == pytest.approx(variance, rel=1e-7)
    # (1 - q^t)^n = 1/2
    median = math.log1p(-(0.5 ** (1 / n))) / math.log1p(-1e-9)
    assert law.quantile(0.5) == math.ceil(median)


def test_two_links_closed_form() -> None:
    p, ps = 0.01, 0.5
    for protocol in (ebit.SwapAsap(), ebit.Slotted(failed_swap="left_to_right"), ebit.Doubling()):
        law = ebit.exact.waiting_time(bare_chain([p, p], ps, protocol=protocol))
        assert law.mean == pytest.approx((3 - 2 * p) / (p * (2 - p) * ps), **TIGHT)


@pytest.mark.parametrize("protocol", ["SwapAsap", "Doubling"])
def test_figures_of_rare_links(protocol: str) -> None:
    """Perfect memories: the state needs no table either, however many links."""
    figures = ebit.exact.figures(bare_chain([1e-9] * 100, protocol=getattr(ebit, protocol)()))
    assert figures["waiting_time"] == pytest.approx(wt.many_equal_links_moments(100, 1e-9)[0], rel=1e-8)
    assert (figures["attempts"], figures["fidelity"]) == (pytest.approx(100 / 1e-9), 1.0)


def test_sixty_four_different_links() -> None:
    p = tuple(np.random.default_rng(1).uniform(1e-3, 1e-2, 64))
    law = ebit.exact.waiting_time(bare_chain(p))
    assert law.mean == pytest.approx(wt.parallel_mean(p), **TIGHT)


# --- nested chains ----------------------------------------------------------------------------------

NESTED = [
    ((0.3,) * 2, (1, 0.5, 1)),
    ((0.1, 0.3, 0.2), (1, 0.6, 0.4, 1)),
    (P, (1, 0.7, 0.4, 0.9, 1)),
    ((0.2,) * 5, (1, 0.5, 0.9, 1, 0.6, 1)),
    ((0.05, 0.9, 0.3, 0.3, 1.0, 0.2, 0.1), (1, 0.9, 0.8, 0.7, 1, 0.9, 0.8, 1)),
    ((0.5,) * 8, (1,) + (0.6,) * 7 + (1,)),
    ((0.3,) * 4, (1, 1 - 1e-6, 1 - 1e-6, 1 - 1e-6, 1)),
    ((1.0,) * 4, (1, 0.3, 0.3, 0.3, 1)),
    ((0.2,) * 3, (1, 0.9, 0.01, 1)),
]


@pytest.mark.parametrize(("p", "p_swap"), NESTED)
def test_nested(p: tuple[float, ...], p_swap: tuple[float, ...]) -> None:
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(p_success=x)) for x in p_swap]
    chain = ebit.Chain([ebit.links.ideal(x, attempt_time=0.5) for x in p], nodes, ebit.Doubling())
    law = ebit.exact.waiting_time(chain)
    tree = nested.balanced_tree(range(len(p)))
    exact = nested.waiting_law(tree, p, p_swap, max(512, nested.grid_size(tree, p, p_swap)))
    mean, variance = nested.moments_of(exact)
    assert law.mean == pytest.approx(mean / 2, **TIGHT)
    assert law.variance == pytest.approx(variance / 4, **TIGHT)
    assert_certified(law, exact)
    assert ebit.exact.figures(chain)["attempts"] == pytest.approx(nested.mean_attempts(tree, p, p_swap))
    for share in (0.1, 0.5, 0.999):
        slot = int(np.searchsorted(exact.cumsum(), share))
        assert law.quantile(share) == slot / 2
        assert law.cdf(slot / 2) >= share > law.cdf((slot - 1) / 2)


@pytest.mark.parametrize("p_swap", [0.02, 1e-4])
def test_rarely_successful_swaps(p_swap: float) -> None:
    """1 - B is small, and keeps its digits: a table at a tail of 1e-13 knows the mean."""
    law = ebit.exact.waiting_time(bare_chain([0.4] * 2, p_swap, protocol=ebit.Doubling()), tail=1e-13)
    first, second = wt.parallel_moments_by_minima([0.4] * 2)
    mean, variance = nested.moments_after_failures(p_swap, first, second - first**2)
    assert law.mean == pytest.approx(mean, **TIGHT)
    assert law.variance == pytest.approx(variance, **TIGHT)
    assert law.times @ law.probabilities == pytest.approx(mean, rel=5e-12)
    assert 1e-15 < 1 - law.probabilities.sum() <= law.tail <= 1e-13


@pytest.mark.parametrize("tail", [1e-2, 1e-6, 1e-13])
def test_moments_do_not_depend_on_the_table(tail: float) -> None:
    for protocol in (ebit.Doubling(), ebit.SwapAsap()):
        chain = bare_chain([0.1] * 4, 0.5, protocol=protocol)
        law, full = ebit.exact.waiting_time(chain, tail), ebit.exact.waiting_time(chain)
        assert law.tail <= tail
        assert (law.mean, law.variance) == pytest.approx((full.mean, full.variance), **TIGHT)
        assert law.probabilities[:300] == pytest.approx(full.probabilities[:300], abs=1e-15)
        assert len(law) <= len(full) * (6 - math.log(tail)) / 26


def test_published_digits_of_one_swap_level() -> None:
    """Li, Coopmans, Elkouss: p = 0.01, ps = 0.5, w0 = 0.98, the pair decays once in 300 attempts.

    Their means are truncated: 1e-6 off.
    """
    node = ebit.Node(memory=ebit.Memory.depolarizing(300.0), bsm=ebit.BellMeasurement(p_success=0.5))
    link = ebit.links.ideal(0.01, fidelity=(1 + 3 * 0.98) / 4)
    chain = ebit.Chain([link] * 2, [node] * 3, ebit.Doubling(), end_nodes="store", pair_decay="once")
    figures = ebit.exact.figures(chain)
    assert figures["waiting_time"] == pytest.approx(299.497955, rel=3e-6)
    assert figures["fidelity"] == pytest.approx(0.79090664, rel=3e-6)


# --- slotted chains ---------------------------------------------------------------------------------


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_slotted(n: int, failed_swap: str, hidden_segments: str) -> None:
    p, p_swap = (*P, 0.55)[:n], (*(1.0, 0.7, 0.5, 0.8, 0.6)[:n], 1.0)
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(p_success=x)) for x in p_swap]
    links = [ebit.links.ideal(x, attempt_time=2.0) for x in p]
    chain = ebit.Chain(links, nodes, ebit.Slotted(failed_swap=failed_swap, hidden_segments=hidden_segments))
    twin = slotted.SlottedChain(p, p_swap, failed_swap=failed_swap, hidden_segments=hidden_segments)
    mean, variance = slotted.moments(twin)
    law = ebit.exact.waiting_time(chain)
    assert law.mean == pytest.approx(2 * mean, **TIGHT)
    assert law.variance == pytest.approx(4 * variance, **TIGHT)
    _, q, delivered = slotted.absorbing_chain(twin)
    exact, row = np.zeros(1000), np.eye(len(q))[0]
    for slot in range(1, len(exact)):
        exact[slot], row = row @ delivered, row @ q
    assert_certified(law, exact)
    attempts = ebit.exact.figures(chain)["attempts"]
    assert attempts == pytest.approx(slotted.mean_attempts(twin), **TIGHT)


@pytest.mark.parametrize("p", [(1.0, 0.3, 1.0), (1.0,) * 4])
def test_slotted_with_links_that_come_at_once(p: tuple[float, ...]) -> None:
    law = ebit.exact.waiting_time(bare_chain(p, 0.6))
    mean, variance = slotted.moments(slotted.SlottedChain(p, (0.6,) * (len(p) + 1)))
    assert (law.mean, law.variance) == pytest.approx((mean, variance), **TIGHT)


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
@pytest.mark.parametrize(("n", "p_swap", "cutoff"), [(2, 1.0, 3), (3, 0.6, 2), (3, 0.6, 0), (4, 0.7, 1)])
def test_slotted_with_an_age_cutoff(
    n: int, p_swap: float, cutoff: int, failed_swap: str, hidden_segments: str
) -> None:
    rules = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    twin = slotted.SlottedChain(P[:n], (p_swap,) * (n + 1), cutoff=cutoff, **rules)
    mean, variance = slotted.moments(twin)
    protocol = ebit.Slotted(failed_swap=failed_swap, hidden_segments=hidden_segments, cutoff=0.1 * cutoff)
    chain = bare_chain(P[:n], p_swap, attempt_time=0.1, protocol=protocol)
    law = ebit.exact.waiting_time(chain)
    assert (law.mean, law.variance) == pytest.approx((0.1 * mean, 0.01 * variance), **TIGHT)
    attempts = ebit.exact.figures(chain)["attempts"]
    assert attempts == pytest.approx(slotted.mean_attempts(twin), **TIGHT)


@pytest.mark.parametrize(("p_swap", "digits"), [(1.0, 1.38877031), (0.5, 9.34690422)])
def test_published_digits_of_an_age_cutoff(p_swap: float, digits: float) -> None:
    """Inesta et al.: swap-asap on 4 segments, p = 0.9, cut-off 2; their iteration stops at 1e-7."""
    law = ebit.exact.waiting_time(bare_chain([0.9] * 4, p_swap, protocol=ebit.Slotted(cutoff=2.0)))
    assert law.mean == pytest.approx(digits, rel=1e-7)


@pytest.mark.parametrize("p", [0.3, 1e-6])
def test_closed_form_of_an_age_cutoff(p: float) -> None:
    """Two segments, cut-off 2, certain swaps (the same reference)."""
    figures = ebit.exact.figures(bare_chain([p] * 2, protocol=ebit.Slotted(cutoff=2.0)))
    exact = (2 * p**3 - 6 * p**2 + 4 * p + 1) / (2 * p**4 - 6 * p**3 + 5 * p**2)
    assert figures["waiting_time"] == pytest.approx(exact, rel=1e-9)


def test_a_late_cutoff_is_none() -> None:
    late = ebit.exact.figures(bare_chain([0.6] * 3, 0.7, protocol=ebit.Slotted(cutoff=14.0)))
    none = ebit.exact.figures(bare_chain([0.6] * 3, 0.7))
    assert late["waiting_time"] == pytest.approx(none["waiting_time"], rel=1e-4)
    assert late["waiting_time"] != none["waiting_time"]


def test_a_word_of_swaps_is_doubling() -> None:
    figures = [
        ebit.exact.figures(Hardware(P).chain(protocol)) for protocol in (ebit.Nested("ss"), ebit.Doubling())
    ]
    assert figures[0] == figures[1]


def test_rare_links_of_small_chains_with_failing_swaps() -> None:
    """p E[T] has a limit for p -> 0; at 1e-9 it is there, by a method without tables."""
    for protocol in (ebit.SwapAsap(), ebit.Doubling()):
        coarse, fine, limit = (
            p * ebit.exact.figures(bare_chain([p] * 4, 0.5, protocol=protocol))["waiting_time"]
            for p in (0.002, 0.001, 1e-9)
        )
        assert limit == pytest.approx(2 * fine - coarse, rel=1e-5)


def test_nested_is_doubling_in_the_slotted_chain() -> None:
    """The recursion against the Markov chain, which takes over where tables are refused."""
    hardware = Hardware(P)
    chain = hardware.chain(ebit.Doubling())
    tables, matrices = ebit.exact.figures(chain), ebit.exact.figures(chain, size_limit=1100)
    with pytest.raises(ebit.exact.NotCovered, match="entries"):
        ebit.exact.waiting_time(chain, size_limit=200)
    assert matrices == pytest.approx(tables, rel=1e-11)
