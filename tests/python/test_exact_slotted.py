"""The rules of slotted chains, exactly: against chains whose links remember their storage, and digits."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ebit
from ebit.exact._markov import AbsorbingChain
from ebit.exact._optimal import optimum
from ebit.exact._policies import Asked, EveryNode, Joining, OuterNodesFirst
from ebit.exact._rules import rules_of
from ebit.exact._slots import Rules
from ebit.exact._terms import LinkTerms
from reference import slot_by_slot, slotted

LIMIT = 1 << 22
P = (0.4, 0.6, 0.5, 0.7)
P_SWAP = (1.0, 0.7, 0.5, 0.8, 1.0)


def along_tree(joints):  # type: ignore[no-untyped-def]
    """The balanced tree, given by hand: by node the ends of the links that it joins."""

    def nodes(links):  # type: ignore[no-untyped-def]
        spans = {(left, right) for left, right, _ in links}
        return {v for v, (a, b) in joints.items() if {(a, v), (v, b)} <= spans}

    return nodes


OF_THREE, OF_FOUR = {1: (0, 2), 2: (0, 3)}, {1: (0, 2), 2: (0, 4), 3: (2, 4)}


def left_first(links):  # type: ignore[no-untyped-def]
    return {right for left, right, _ in links if left == 0}


def outer_first(links):  # type: ignore[no-untyped-def]
    return {1, 3} if sum(right - left == 1 for left, right, _ in links) == 4 else {1, 2, 3}


def old_first(links):  # type: ignore[no-untyped-def]
    """A policy that looks at ages: a node swaps once one of its links is a slot old."""
    return {v for v in (1, 2, 3) if any(age > 0 and v in (left, right) for left, right, age in links)}


def table_of(policy, rules):  # type: ignore[no-untyped-def]
    """Every configuration that some policy gets to, from the table of a graph of all choices."""
    from ebit.exact._graph import Graph

    states = {}
    for links in Graph(rules, LIMIT, every_choice=True).tried.configurations():
        able = {right for _, right, _ in links} & {left for left, _, _ in links}
        states[links] = tuple(able & policy(links))
    return Asked(ebit.PolicyTable(states))


POLICIES = {
    "swap_asap": (EveryNode(), None, False),
    "sequential": (Joining({1: (0, -1), 2: (0, -1), 3: (0, -1)}), left_first, True),
    "doubling, 3": (Joining(OF_THREE), along_tree(OF_THREE), True),
    "ages": (None, old_first, False),
}
RULES = [
    {"one_by_one": one_by_one, "regenerate": regenerate, "sequential": sequential}
    for one_by_one in (False, True)
    for regenerate in (False, True)
    for sequential in (False, True)
]


@pytest.mark.parametrize("options", RULES, ids=str)
@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("cutoffs", [(2, 2, 2, 2), (1, 3, 0, 2), (3, 1, 2, 1)])
def test_three_segments(name: str, cutoffs: tuple[int, ...], options: dict[str, bool]) -> None:
    """Moments, mean features, and their covariance with time: ages and storage kept outright."""
    policy, asked, repeats = POLICIES[name]
    if policy is None:
        policy = table_of(asked, Rules(P[:3], P_SWAP[:4], EveryNode(), cutoffs=cutoffs, **options))
    rules = Rules(P[:3], P_SWAP[:4], policy, cutoffs=cutoffs, **options)
    twin = slot_by_slot.Chain(P[:3], P_SWAP[:4], cutoffs, asked, repeats, **options)
    # A link that must grow old, or wait for the next segment, where none may.
    if cutoffs[2] == 0 and (options["sequential"] or name == "ages"):
        with pytest.raises(ebit.exact.NotCovered, match="nothing is ever delivered"):
            AbsorbingChain(rules, LIMIT)
        return
    compare(rules, twin)


def compare(rules: Rules, twin: slot_by_slot.Chain) -> None:
    mean, second, law = slot_by_slot.solved(twin)
    chain = AbsorbingChain(rules, LIMIT)
    assert chain.moments() == pytest.approx((mean, second), rel=1e-12)
    assert sum(p for p, _ in law.values()) == pytest.approx(1.0, rel=1e-12)
    rates = np.random.default_rng(3).uniform(0.0, 0.4, 2 * len(rules.p)).reshape(-1, 2)
    feature = tuple(LinkTerms((float(u),), (float(v),), ((1.0,),)) for u, v in rates)
    factors = {storage: math.exp(-float(rates.reshape(-1) @ storage)) for storage in law}
    assert chain.mean(feature) == pytest.approx(sum(law[s][0] * x for s, x in factors.items()), rel=1e-12)
    assert chain.timed_mean(feature) == pytest.approx(
        sum(law[s][1] * x for s, x in factors.items()), rel=1e-12
    )


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize(
    ("policy", "asked", "repeats"),
    [
        (OuterNodesFirst(), outer_first, False),
        (Joining(OF_FOUR), along_tree(OF_FOUR), True),
        (EveryNode(), None, False),
    ],
)
def test_four_segments(policy, asked, repeats: bool, one_by_one: bool) -> None:  # type: ignore[no-untyped-def]
    cutoffs = (1, 2, 1, 0, 1)
    rules = Rules(P, P_SWAP, policy, cutoffs=cutoffs, one_by_one=one_by_one)
    compare(rules, slot_by_slot.Chain(P, P_SWAP, cutoffs, asked, repeats, one_by_one))


def uniform(n: int, p: float, p_swap: float, cutoff: int | None, policy: object = None) -> Rules:
    return Rules((p,) * n, (p_swap,) * (n + 1), policy or EveryNode(), cutoffs=(cutoff,) * (n + 1))  # type: ignore[arg-type]


def mean(rules: Rules) -> float:
    return AbsorbingChain(rules, LIMIT).moments()[0]


@pytest.mark.parametrize(("p_swap", "digits"), [(1.0, 2.07107446), (0.5, 8.34378086)])
def test_published_digits_of_outer_nodes_first(p_swap: float, digits: float) -> None:
    """Inesta et al.: 4 segments, p = 0.9, cut-off 2; their iteration stops at 1e-7."""
    assert mean(uniform(4, 0.9, p_swap, 2, OuterNodesFirst())) == pytest.approx(digits, rel=1e-7)


def test_sequential_generation_without_losses() -> None:
    """One segment after another: E[T] = n / p, and memories wait for N_2 + ... + N_n."""
    p, n, decay = 0.3, 5, 0.9
    rules = Rules((p,) * n, (1.0,) * (n + 1), EveryNode(), sequential=True)
    chain = AbsorbingChain(rules, LIMIT)
    assert chain.moments() == pytest.approx((n / p, n * (1 - p) / p**2 + (n / p) ** 2), rel=1e-13)
    assert chain.attempts() == pytest.approx(n / p, rel=1e-13)
    rate = -math.log(decay)
    ends = [LinkTerms((0.0,), (rate,), ((1.0,),)), *[LinkTerms((rate,), (rate,), ((1.0,),))] * (n - 2)]
    feature = (*ends, LinkTerms((rate,), (0.0,), ((1.0,),)))
    expected = (p * decay / (1 - (1 - p) * decay)) ** (n - 1)
    assert chain.mean(feature) == pytest.approx(expected, rel=1e-12)


def test_rarely_delivering_chains_keep_their_digits() -> None:
    """E[T] near 1e11: two segments with cut-off 2, in closed form."""
    for p in (1e-3, 1e-6, 1e-9):
        exact = (2 * p**3 - 6 * p**2 + 4 * p + 1) / (2 * p**4 - 6 * p**3 + 5 * p**2)
        assert mean(uniform(2, p, 1.0, 2)) == pytest.approx(exact, rel=1e-13)


def test_a_policy_that_never_swaps_is_refused() -> None:
    with pytest.raises(ebit.exact.NotCovered, match="nothing is ever delivered"):
        mean(uniform(3, 0.5, 0.5, None, Asked(ebit.PolicyTable({}))))
    with pytest.raises(ebit.exact.NotCovered, match="nothing is ever delivered"):
        mean(Rules((0.5,) * 4, (1.0,) * 5, Joining(OF_FOUR), sequential=True))


def test_large_chains_are_solved_like_small_ones() -> None:
    """Blocks of an elimination: 4 segments with cut-off 14 against 14 slots in which nothing is old."""
    rules = uniform(4, 0.6, 0.7, 14)
    assert len(AbsorbingChain(rules, LIMIT)._graph) > 1024
    law = AbsorbingChain(rules, LIMIT).law(1.0, 1e-12)
    free = AbsorbingChain(uniform(4, 0.6, 0.7, None), LIMIT).law(1.0, 1e-12)
    assert law.probabilities[:15] == pytest.approx(free.probabilities[:15], abs=1e-14)
    assert law.times @ law.probabilities == pytest.approx(law.mean, rel=1e-9)
    assert law.times**2 @ law.probabilities - law.mean**2 == pytest.approx(law.variance, rel=1e-8)


# --- per-node cut-offs, through the public chain --------------------------------------------------


def test_cutoffs_by_node_of_a_chain() -> None:
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(p_success=x)) for x in P_SWAP[:4]]
    links = [ebit.links.ideal(x, attempt_time=0.1) for x in P[:3]]
    chain = ebit.Chain(links, nodes, ebit.Slotted(cutoff=(0.1, 0.3, 0.0, math.inf)))
    assert rules_of(chain).cutoffs == (1, 3, 0, None)
    twin = slot_by_slot.Chain(P[:3], P_SWAP[:4], (1, 3, 0, math.inf))
    assert ebit.exact.waiting_time(chain).mean == pytest.approx(0.1 * slot_by_slot.solved(twin)[0], rel=1e-12)


# --- the best policy ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("p_swap", "digits"), [(1.0, 8.8851855562), (0.5, 32.8647377)])
def test_published_digits_of_the_best_policy(p_swap: float, digits: float) -> None:
    """Calero Mas et al.: 3 segments, p = 0.3, cut-off 2, by an iteration to 1e-7."""
    assert optimum(uniform(3, 0.3, p_swap, 2), LIMIT).slots == pytest.approx(digits, rel=1e-7)


@pytest.mark.parametrize("cutoff", [0, 1, 2])
@pytest.mark.parametrize("p_swap", [1.0, 0.5])
def test_value_iteration_finds_no_better_one(p_swap: float, cutoff: int) -> None:
    best = slotted.best_mean(slotted.uniform(3, 0.6, p_swap, cutoff=cutoff))
    assert optimum(uniform(3, 0.6, p_swap, cutoff), LIMIT).slots == pytest.approx(best, rel=1e-9)


@pytest.mark.parametrize(("n", "cutoff"), [(2, 3), (3, 3), (4, 0), (4, 3), (5, 1)])
@pytest.mark.parametrize(("p", "p_swap"), [(0.9, 0.5), (0.3, 0.7), (0.5, 1.0), (0.1, 0.9)])
def test_no_built_in_policy_is_better(n: int, cutoff: int | None, p: float, p_swap: float) -> None:
    """And the table, put back into the chain, gives the value that was found for it."""
    best = optimum(uniform(n, p, p_swap, cutoff), LIMIT)
    assert mean(uniform(n, p, p_swap, cutoff, Asked(ebit.PolicyTable(best.nodes)))) == pytest.approx(
        best.slots, rel=1e-11
    )
    policies = [EveryNode(), Joining(dict.fromkeys(range(1, n), (0, -1)))]
    policies += [OuterNodesFirst()] if n == 4 and cutoff != 0 else []  # it takes two slots
    for policy in policies:
        assert best.slots <= mean(uniform(n, p, p_swap, cutoff, policy)) * (1 + 1e-12)


def test_unequal_hardware_and_other_rules_have_a_best_policy() -> None:
    rules = Rules(P, P_SWAP, EveryNode(), one_by_one=True, regenerate=False, cutoffs=(3, 2, 4, 1, 2))
    best = optimum(rules, LIMIT)
    own = Rules(
        P,
        P_SWAP,
        Asked(ebit.PolicyTable(best.nodes)),
        one_by_one=True,
        regenerate=False,
        cutoffs=rules.cutoffs,
    )
    assert mean(own) == pytest.approx(best.slots, rel=1e-11)
    assert best.slots < mean(rules) * 0.999


def test_where_there_is_no_best_policy() -> None:
    with pytest.raises(ebit.exact.NotCovered, match="may have any age"):
        optimum(Rules((0.5,) * 2, (0.5,) * 3, EveryNode(), cutoffs=(None, None, 2)), LIMIT)
    with pytest.raises(ebit.exact.NotCovered, match="at most 8"):
        optimum(uniform(9, 0.5, 0.5, 1), LIMIT)
    with pytest.raises(ebit.exact.NotCovered, match="size_limit = 10000"):
        optimum(uniform(6, 0.5, 0.5, 4), 10_000)
