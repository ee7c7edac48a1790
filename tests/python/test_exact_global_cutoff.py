"""Chains that start again unless all links are there in time: closed forms, products of matrices, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ebit
from ebit.exact import _parallel, _terms
from reference import swap_asap
from reference import waiting_times as wt
from reference.hardware import UNITAL_MEMORIES, Hardware, P, bare_chain

TIGHT = {"rel": 1e-12}


def chain_of(
    p: tuple[float, ...], cutoff: float, end_nodes: object = "measure", **hardware: object
) -> ebit.Chain:
    return Hardware(p, certain=True, **hardware).chain(ebit.SwapAsap(cutoff), end_nodes=end_nodes)  # type: ignore[arg-type]


def by_enumeration(p: tuple[float, ...], cutoff: int) -> np.ndarray:
    """P(T = t) for t < 400 cutoff, round by round."""
    t = np.arange(cutoff + 1)
    law = np.diff(wt.parallel_cdf(p, t), prepend=0.0)
    fails = 1.0 - law.sum()
    rounds = [fails**k * law[1:] for k in range(400)]
    return np.concatenate([[0.0], *rounds])


@pytest.mark.parametrize("cutoff", [1, 2, 7])
@pytest.mark.parametrize("p", [(0.6,), (0.4, 0.7), (0.9, 0.5, 0.7), (1.0, 0.6), (0.8,) * 5])
def test_law(p: tuple[float, ...], cutoff: int) -> None:
    law = ebit.exact.waiting_time(bare_chain(p, attempt_time=0.5, protocol=ebit.SwapAsap(0.5 * cutoff)))
    exact = by_enumeration(p, cutoff)
    size = min(len(law), len(exact))
    assert law.probabilities[:size] == pytest.approx(exact[:size], abs=1e-14)
    assert exact[size:].sum() <= law.tail + 1e-14 <= 2e-12
    t = np.arange(len(exact))
    mean = t @ exact
    assert (2 * law.mean, 4 * law.variance) == pytest.approx((mean, (t - mean) ** 2 @ exact), rel=1e-9)
    assert law.cdf(0.5 * t[: 3 * cutoff]) == pytest.approx(exact.cumsum()[: 3 * cutoff], abs=1e-13)
    for share in (0.1, 0.5, 0.95):
        assert law.quantile(share) == 0.5 * np.searchsorted(exact.cumsum(), share * (1 - 1e-14))


def test_moments_of_the_literature() -> None:
    """P = prod (1 - q^tc), E[T] = (E[T; T <= tc] + tc (1 - P)) / P; attempts min(N, tc) in every round."""
    p, tc = (0.2, 0.3, 0.25), 6
    t = np.arange(tc + 1)
    law = np.diff(wt.parallel_cdf(p, t), prepend=0.0)
    success = math.prod(1 - (1 - x) ** tc for x in p)
    figures = ebit.exact.figures(bare_chain(p, protocol=ebit.SwapAsap(float(tc))))
    assert figures["waiting_time"] == pytest.approx((law @ t + tc * (1 - success)) / success, **TIGHT)
    by_round = sum(sum((1 - x) ** k for k in range(tc)) for x in p)
    assert figures["attempts"] == pytest.approx(by_round / success, **TIGHT)


@pytest.mark.parametrize("end_nodes", ["measure", "store", ("store", "measure"), ("measure", "store")])
@pytest.mark.parametrize(("p", "cutoff"), [(P[:2], 3), (P[:3], 4), (P, 6), (P[:1], 2)])
def test_state(p: tuple[float, ...], cutoff: int, end_nodes: object) -> None:
    """One feature after another, by products of truncated matrices; end nodes store until the latest link."""
    chain = chain_of(p, float(cutoff), end_nodes, memories=tuple(UNITAL_MEMORIES))
    success = math.prod(1 - (1 - x) ** cutoff for x in p)
    state = ebit.exact.pair(chain).correlations.reshape(-1)
    for value, entry in zip(state, _terms.entries(chain), strict=True):
        factors = [math.exp(-r) for terms in entry.feature for r in (terms.left[0], terms.right[0])]
        ends = factors[0] * factors[-1]
        total = sum(
            swap_asap.mean_factor_within(p, factors, m)
            - ends * swap_asap.mean_factor_within(p, factors, m - 1)
            for m in range(1, cutoff + 1)
        )
        sign = math.prod(terms.weights[0][0] for terms in entry.feature)
        assert value == pytest.approx(entry.amplitude * sign * total / success, abs=1e-13)


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_relaxing_memories(end_nodes: str) -> None:
    run = ebit.sample(chain_of(P, 3.5, end_nodes), 200_000, rng=7)
    exact = ebit.exact.pair(chain_of(P, 3.5, end_nodes)).correlations
    error = run.correlations.std(axis=0) / math.sqrt(len(run))
    assert np.all(abs(run.correlations.mean(axis=0) - exact) <= 5 * error + 1e-12)
    figures = ebit.exact.figures(chain_of(P, 3.5, end_nodes))
    assert abs(run.waiting_time.mean() - figures["waiting_time"]) <= 5 * run.waiting_time.std() / math.sqrt(
        len(run)
    )


def test_a_cutoff_of_one_slot_is_a_chain_without_memory() -> None:
    law = ebit.exact.waiting_time(bare_chain(P, protocol=ebit.SwapAsap(1.0)))
    p = math.prod(P)
    assert (law.mean, law.variance) == pytest.approx((1 / p, (1 - p) / p**2), **TIGHT)


@pytest.mark.parametrize("cutoff", [200.0, 1e9, 1e300, math.inf])
@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_a_late_cutoff_is_none(cutoff: float, end_nodes: str) -> None:
    late, none = (ebit.exact.figures(chain_of(P, c, end_nodes)) for c in (cutoff, math.inf))
    assert late == pytest.approx(none, rel=1e-13)


@pytest.mark.parametrize("latest", [3, 9, 40])
def test_filters_and_exponentials_agree(latest: int) -> None:
    p = [0.3, 0.15, 0.5, 0.9]
    for entry in _terms.entries(chain_of(tuple(p), float(latest))):
        by_filters = _parallel._mean_by_filters(p, entry.feature, latest + 1)
        by_terms = _parallel._mean_by_exponentials(p, entry.feature, latest)
        assert by_terms == pytest.approx(by_filters, rel=1e-12)


def test_rare_links_scale() -> None:
    """p -> 0 at fixed p t2 and p cutoff: a limit that the answers at 1e-3 approach linearly."""

    def figures(p: float) -> list[float]:
        node = ebit.Node(memory=ebit.Memory(t2=4 / p))
        chain = ebit.Chain([ebit.links.ideal(p)] * 3, [node] * 4, ebit.SwapAsap(2 / p))
        own = ebit.exact.figures(chain)
        return [p * own["waiting_time"], p * own["attempts"], own["fidelity"]]

    limit, coarse, fine = (np.array(figures(p)) for p in (1e-9, 2e-3, 1e-3))
    assert limit == pytest.approx(2 * fine - coarse, rel=1e-5)
    assert abs(coarse / limit - 1).max() > 1e-5


def test_hardly_ever_in_time() -> None:
    """One slot for 20 rare links: P = 1e-120."""
    links = _parallel.Parallel([1e-6] * 20, 1 << 20, 1.0)
    assert links.moments()[0] == pytest.approx(1e120, rel=1e-12)
    later = _parallel.Parallel([1e-6] * 20, 1 << 5, 100.0)  # by minima
    assert later.moments() == pytest.approx(
        _parallel.Parallel([1e-6] * 20, 1 << 20, 100.0).moments(), rel=1e-12
    )


def test_a_cutoff_between_two_attempts_has_no_table() -> None:
    """A round that fails lasts for 2.5 slots: times are no whole numbers of them."""
    chain = bare_chain(P[:2], protocol=ebit.SwapAsap(2.5))
    with pytest.raises(ebit.exact.NotCovered, match="no whole number of attempts"):
        ebit.exact.waiting_time(chain)
    t, law = np.arange(3), np.diff(wt.parallel_cdf(P[:2], np.arange(3)), prepend=0.0)
    success = law.sum()
    mean = (law @ t + 2.5 * (1 - success)) / success
    assert ebit.exact.figures(chain)["waiting_time"] == pytest.approx(mean, **TIGHT)
    second = (law @ t**2 + 2.5 * (1 - success) * (2.5 + 2 * mean)) / success
    assert ebit.exact.covariance(chain, "waiting_time", "waiting_time") == pytest.approx(
        second - mean**2, **TIGHT
    )
