"""Reference scenarios: their constants are exact, samples agree with them, and what is wrong is found."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

import ebit
from ebit.benchmarks import SCENARIOS, Scenario, scenario


@pytest.fixture(params=SCENARIOS, name="one")
def _one(request: pytest.FixtureRequest) -> Scenario:
    return SCENARIOS[request.param]


def test_there_are_scenarios_of_every_kind() -> None:
    assert len(SCENARIOS) >= 12
    protocols = {type(one.chain.protocol) for one in SCENARIOS.values()}
    assert protocols == {ebit.SwapAsap, ebit.Slotted, ebit.Doubling, ebit.Nested}
    words = [one.chain.protocol for one in SCENARIOS.values() if isinstance(one.chain.protocol, ebit.Nested)]
    kinds = {cutoff.kind for word in words for cutoff in word.cutoffs}
    assert kinds == {"none", "memory_time", "run_time", "fidelity"}
    assert {letter for word in words for letter in word.word} >= {"s", "d", "b"}


def test_constants_are_exact(one: Scenario) -> None:
    exact = ebit.exact.figures(one.chain)
    for name, reference in one.figures.items():
        assert abs(exact[name] - reference.value) <= reference.tolerance, name
        assert reference.tolerance <= 1e-11 * max(1.0, abs(reference.value))
    assert one.check({name: (value, 0.0) for name, value in exact.items()}).passed


def test_an_exact_result_needs_the_tolerance_alone(one: Scenario) -> None:
    for name, (value, tolerance) in one.figures.items():
        assert one.check({name: (value + 0.9 * tolerance, 0.0)}).passed
        assert not one.check({name: (value - 1.2 * tolerance, 0.0)}).passed


def test_published_digits_are_near(one: Scenario) -> None:
    for name, published in one.published.items():
        assert abs(one.figures[name].value - published.value) <= published.tolerance
        assert published.tolerance <= 1e-5 * published.value


@pytest.mark.parametrize("kind", ["sure", "failing"])
def test_the_best_policy_is_better_than_others(kind: str) -> None:
    best = scenario(f"slotted-3-best-policy-{kind}")
    assert best.chain.protocol.policy == ebit.exact.optimal_policy(best.chain).policy
    for policy in ("swap_asap", "doubling", "sequential"):
        rules = ebit.Slotted(policy, cutoff=2.0)
        other = ebit.exact.waiting_time(ebit.Chain(best.chain.links, best.chain.nodes, rules)).mean
        assert other >= best.figures["waiting_time"].value * (1.0 - 1e-12)


def test_samples_agree(one: Scenario) -> None:
    summary = ebit.estimate(one.chain, shots=100_000, rng=2024)
    report = one.check(summary.figures)
    assert report.passed, report
    assert set(report.deviations) == set(one.figures)


def test_what_is_wrong_is_found(one: Scenario) -> None:
    """Each figure alone, off by a few standard errors of a run of 1e5 shots."""
    figures = ebit.estimate(one.chain, shots=100_000, rng=7).figures
    for name, reference in one.figures.items():
        error = figures[name].standard_error or 1e-6 * max(1.0, abs(reference.value))
        for sign in (-1, 1):
            wrong = (reference.value + sign * 6 * error, error)
            report = one.check({**figures, name: wrong})
            assert not report.passed
            assert report.deviations[name] == pytest.approx(6.0, rel=1e-3)
            assert "FAILED" in str(report)
        assert not one.check({name: (reference.value * (1 + 1e-8) + 1e-8, 0.0)}).passed


def test_a_model_that_differs_is_found() -> None:
    """Two conventions of the field that are easily confused."""
    chain = scenario("doubling-4").chain
    each = ebit.Chain(chain.links, chain.nodes, chain.protocol, end_nodes="store", pair_decay="each")
    assert not scenario("doubling-4").check(ebit.estimate(each, shots=100_000, rng=1).figures).passed
    chain = scenario("slotted-4-cutoff-failing").chain
    rule = ebit.Slotted(cutoff=2.0, failed_swap="left_to_right")
    other = ebit.Chain(chain.links, chain.nodes, rule)
    report = scenario("slotted-4-cutoff-failing").check(ebit.estimate(other, shots=100_000, rng=1).figures)
    assert report.deviations["waiting_time"] > 5.0


def test_a_report_tells_by_how_much() -> None:
    report = scenario("one-link").check({"waiting_time": (1010.0, 4.0), "fidelity": (0.97, 0.0)}, sigmas=2)
    assert report.deviations == pytest.approx({"waiting_time": 2.5, "fidelity": 0.0})
    assert (report.passed, report.sigmas, report.not_compared) == (False, 2, ())
    lines = str(report).splitlines()
    assert lines[0] == "one-link, version 1: FAILED at 2 sigma"
    assert lines[2].split() == ["waiting_time", "1000", "1010", "4", "2.50"]
    off = scenario("one-link").check({"fidelity": (0.971, 0.0), "waiting_time": (math.nan, 1.0)})
    assert off.deviations == {"fidelity": math.inf, "waiting_time": math.inf}


def test_names_are_versioned_and_frozen(one: Scenario) -> None:
    assert SCENARIOS[one.name] is one is scenario(one.name)
    assert one.version >= 1
    assert len(one.description) > 40
    assert one.source
    assert all(isinstance(value, float) for reference in one.figures.values() for value in reference)
    for change in ("name", "chain", "figures"):
        with pytest.raises(AttributeError):
            setattr(one, change, None)
    for mapping in (SCENARIOS, one.figures, one.published):
        with pytest.raises(TypeError):
            mapping["waiting_time"] = 0.0  # type: ignore[index]


def test_chains_can_be_sent_elsewhere(one: Scenario) -> None:
    assert ebit.Chain.from_parameters(one.chain.parameters) == one.chain
    assert pickle.loads(pickle.dumps(one.chain)) == one.chain


GOOD = (1000.0, 1.0)


@pytest.mark.parametrize(
    ("figures", "error", "message"),
    [
        (None, TypeError, "figures = None"),
        ([("waiting_time", GOOD)], TypeError, "figures"),
        ({}, ValueError, "figures has none of rate, waiting_time"),
        ({"waiting": GOOD}, ValueError, "figures has 'waiting', which is no figure"),
        ({3: GOOD}, ValueError, "figures has 3"),
        ({"waiting_time": 1000.0}, TypeError, r"figures\['waiting_time'\] = 1000.0"),
        ({"waiting_time": (1.0, 2.0, 3.0)}, TypeError, "waiting_time"),
        ({"waiting_time": ("long", 1.0)}, TypeError, "waiting_time"),
        ({"waiting_time": (None, 1.0)}, TypeError, "waiting_time"),
        ({"waiting_time": (1.0, -1.0)}, ValueError, "standard error -1.0"),
        ({"waiting_time": (1.0, math.nan)}, ValueError, "standard error nan"),
        ({"waiting_time": (1.0, math.inf)}, ValueError, "standard error inf"),
    ],
)
def test_bad_results_are_refused(figures: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        scenario("one-link").check(figures)


@pytest.mark.parametrize("sigmas", [0.0, -1.0, math.nan])
def test_sigmas_are_positive(sigmas: float) -> None:
    with pytest.raises(ValueError, match="sigmas"):
        scenario("one-link").check({"waiting_time": GOOD}, sigmas=sigmas)


@pytest.mark.parametrize("name", ["two-links", "", None, 3, np.nan])
def test_unknown_scenarios_are_refused(name: Any) -> None:
    with pytest.raises(ValueError, match=r"name = .* it must be one of one-link, "):
        scenario(name)
