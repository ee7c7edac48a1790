"""Policies of slotted chains, exactly: built-in ones, tables, functions, and the best one; samples agree."""

from __future__ import annotations

import ctypes
import math

import numpy as np
import pytest

import ebit
from reference.hardware import UNITAL_MEMORIES, Hardware, P

PROTOTYPE = ctypes.CFUNCTYPE(
    None, ctypes.c_int64, *[ctypes.POINTER(ctypes.c_int64)] * 2, ctypes.POINTER(ctypes.c_uint8)
)


@PROTOTYPE
def every_node(segments, right_of, age, swap):  # type: ignore[no-untyped-def]
    for node in range(segments + 1):
        swap[node] = 1


@PROTOTYPE
def from_the_left(segments, right_of, age, swap):  # type: ignore[no-untyped-def]
    if right_of[0] >= 0:
        swap[right_of[0]] = 1


@PROTOTYPE
def late(segments, right_of, age, swap):  # type: ignore[no-untyped-def]
    """A node swaps once the link to its right is a slot old, or all are there."""
    for node in range(segments):
        swap[node] = age[node] > 0 or all(right_of[k] == k + 1 for k in range(segments))


def chain_of(policy: object, n: int = 4, cutoff: float = 2.0, **options: object) -> ebit.Chain:
    return Hardware(P[:n]).chain(ebit.Slotted(policy, cutoff=cutoff, **options))  # type: ignore[arg-type]


CHAINS = {
    "doubling": chain_of("doubling"),
    "doubling without cut-off": chain_of("doubling", cutoff=math.inf, hidden_segments="idle"),
    "outer nodes first": chain_of("outer_nodes_first"),
    "outer nodes first, one by one": chain_of("outer_nodes_first", failed_swap="left_to_right"),
    "sequential": chain_of("sequential"),
    "sequential generation": chain_of("swap_asap", generation="sequential", cutoff=3.0),
    "both sequential": chain_of("sequential", generation="sequential", cutoff=math.inf),
    "cut-offs by node": Hardware(P).chain(ebit.Slotted("sequential", cutoff=(1.0, 3.0, 2.0, math.inf, 4.0))),
    "function": chain_of(ebit.CompiledPolicy(late), n=3),
    "function asked again": chain_of(ebit.CompiledPolicy(from_the_left, repeats=True, uses_age=False)),
    "best": ebit.exact.optimal_policy(chain_of("swap_asap", 3)).chain,
    "best of four": ebit.exact.optimal_policy(chain_of("swap_asap", failed_swap="left_to_right")).chain,
    "certain swaps, in turn": Hardware(P, certain=True).chain(ebit.Slotted("sequential"), end_nodes="store"),
    "certain swaps, outer first": Hardware(P, certain=True).chain(ebit.Slotted("outer_nodes_first")),
}


@pytest.mark.parametrize("name", CHAINS)
def test_samples_agree(name: str) -> None:
    chain = CHAINS[name]
    exact, summary = (
        ebit.exact.figures(chain),
        ebit.estimate(chain, shots=20_000 if "function" in name else 300_000, rng=41),
    )
    for figure, (value, error) in summary.figures.items():
        assert abs(value - exact[figure]) <= 5 * error + 1e-12, figure
    law = ebit.exact.waiting_time(chain)
    assert law.mean == pytest.approx(exact["waiting_time"], rel=1e-12)
    assert law.times @ law.probabilities == pytest.approx(law.mean, rel=1e-9)
    assert abs(
        summary.covariance("waiting_time", "zz").value - ebit.exact.covariance(chain, "waiting_time", "zz")
    ) <= (5 * summary.covariance("waiting_time", "zz").standard_error + 1e-12)


def test_functions_that_are_built_in() -> None:
    for function, policy, repeats in ((every_node, "swap_asap", False), (from_the_left, "sequential", True)):
        own = ebit.CompiledPolicy(function, repeats=repeats)
        assert ebit.exact.figures(chain_of(own)) == ebit.exact.figures(chain_of(policy))
        free = ebit.CompiledPolicy(function, repeats=repeats, uses_age=False)
        without = {"cutoff": math.inf}
        assert ebit.exact.figures(chain_of(free, **without)) == ebit.exact.figures(
            chain_of(policy, **without)
        )  # type: ignore[arg-type]


def test_a_function_that_looks_at_ages_without_end() -> None:
    with pytest.raises(ebit.exact.NotCovered, match="looks at ages, which have no end"):
        ebit.exact.waiting_time(chain_of(ebit.CompiledPolicy(late), cutoff=math.inf))


def test_a_table_that_never_delivers() -> None:
    states = {((0, 1, 0), (1, 2, 0)): (1,), ((1, 2, 99), (2, 3, 99)): (2,)}  # no link grows so old
    never = chain_of(ebit.PolicyTable(states), 3)
    with pytest.raises(ebit.exact.NotCovered, match="nothing is ever delivered"):
        ebit.exact.figures(never)
    # Without a cut-off a link may grow older than any table knows.
    ages = [((0, 1, a), (1, 2, b)) for a in range(9) for b in range(9)]
    with pytest.raises(ebit.exact.NotCovered, match=r"from the links .* \(\(0, 1, 9\),\) nothing is ever"):
        ebit.exact.figures(chain_of(ebit.PolicyTable(dict.fromkeys(ages, (1,))), 2, math.inf))


def test_the_best_policy_of_a_chain() -> None:
    chain = Hardware(P[:3], attempt_time=(0.5,) * 4).chain(
        ebit.Slotted("sequential", cutoff=(1.0, 0.5, 1.0, 2.0))
    )
    best = ebit.exact.optimal_policy(chain)
    assert best.chain.protocol.policy == best.policy  # type: ignore[union-attr]
    assert best.chain.protocol.cutoff == (1.0, 0.5, 1.0, 2.0)  # type: ignore[union-attr]
    assert ebit.exact.waiting_time(best.chain).mean == pytest.approx(best.value, rel=1e-12)
    for policy in ("swap_asap", "doubling", "sequential"):
        other = Hardware(P[:3], attempt_time=(0.5,) * 4).chain(
            ebit.Slotted(policy, cutoff=(1.0, 0.5, 1.0, 2.0))
        )
        assert best.value <= ebit.exact.waiting_time(other).mean * (1 + 1e-12)
    assert ebit.exact.optimal_policy(best.chain).value == pytest.approx(best.value, rel=1e-13)
    assert ebit.Chain.from_parameters(best.chain.parameters) == best.chain


@pytest.mark.parametrize(("p_swap", "digits"), [(1.0, 8.8851855562), (0.5, 32.8647377)])
def test_published_digits(p_swap: float, digits: float) -> None:
    """Calero Mas et al.: 3 segments, p = 0.3, cut-off 2; a table is sampled as it is solved."""
    node = ebit.Node(bsm=ebit.BellMeasurement(p_swap))
    chain = ebit.Chain([ebit.links.ideal(0.3)] * 3, [node] * 4, ebit.Slotted(cutoff=2.0))
    best = ebit.exact.optimal_policy(chain)
    assert best.value == pytest.approx(digits, rel=1e-7)
    time = ebit.estimate(best.chain, shots=200_000, rng=5).figures["waiting_time"]
    assert abs(time.value - best.value) <= 5 * time.standard_error


def test_no_choice_no_table() -> None:
    single = ebit.Chain([ebit.links.ideal(0.3)], protocol=ebit.Slotted(cutoff=2.0))
    best = ebit.exact.optimal_policy(single)
    assert (dict(best.policy.states), best.value) == ({}, pytest.approx(1 / 0.3))


def test_what_has_no_best_policy() -> None:
    for chain in (None, 3, "chain"):
        with pytest.raises(TypeError, match=r"chain = .* must be a Chain"):
            ebit.exact.optimal_policy(chain)  # type: ignore[arg-type]
    for protocol in (ebit.SwapAsap(), ebit.Doubling(), ebit.Nested("ss")):
        with pytest.raises(ValueError, match=r"chain.protocol = .* must be Slotted"):
            ebit.exact.optimal_policy(Hardware(P).chain(protocol))
    with pytest.raises(ValueError, match="size_limit"):
        ebit.exact.optimal_policy(chain_of("swap_asap"), size_limit=2)
    with pytest.raises(ebit.exact.NotCovered, match="size_limit = 1000"):
        ebit.exact.optimal_policy(chain_of("swap_asap"), size_limit=1000)
    with pytest.raises(ebit.exact.NotCovered, match="may have any age"):
        ebit.exact.optimal_policy(Hardware(P[:2]).chain(ebit.Slotted(cutoff=(math.inf, math.inf, 2.0))))
    many = ebit.Chain([ebit.links.ideal(0.3)] * 2, protocol=ebit.Slotted(memories=2))
    with pytest.raises(ebit.exact.NotCovered, match="memories = 2"):
        ebit.exact.optimal_policy(many)
    long = ebit.Chain([ebit.links.ideal(0.3)] * 9, protocol=ebit.Slotted(cutoff=1.0))
    with pytest.raises(ebit.exact.NotCovered, match="at most 8"):
        ebit.exact.optimal_policy(long)


def test_memories_of_every_kind_decay_under_a_policy() -> None:
    """The pair once and each memory for itself, ends that store and that do not."""
    for options in ({"end_nodes": "store", "pair_decay": "once"}, {"end_nodes": ("measure", "store")}):
        protocol = ebit.Slotted("outer_nodes_first", cutoff=(2.0, 1.0, 3.0, 2.0, 2.0))
        chain = Hardware(P, memories=tuple(UNITAL_MEMORIES)).chain(protocol, **options)
        run, exact = ebit.sample(chain, 200_000, rng=9), ebit.exact.pair(chain).correlations
        error = run.correlations.std(axis=0) / math.sqrt(len(run))
        assert np.all(abs(run.correlations.mean(axis=0) - exact) <= 5 * error + 1e-12)
