"""Exact mean states against density matrices, the twins' recursions, and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ebit
from ebit.exact import _parallel, _storing, _terms
from ebit.exact._markov import AbsorbingChain
from ebit.exact._rules import rules_of
from reference import nested, slotted, swap_asap
from reference.hardware import UNITAL_MEMORIES, Hardware, P

UNITAL = {"memories": tuple(UNITAL_MEMORIES)}
STORAGE = [
    ({"end_nodes": "measure", "pair_decay": "each"}, {}),
    ({"end_nodes": "store", "pair_decay": "each"}, {}),
    ({"end_nodes": "store", "pair_decay": "once"}, UNITAL),
    ({"end_nodes": "measure", "pair_decay": "each"}, UNITAL),
]
CLOSE = {"rel": 0, "abs": 2e-12}


def correlations(chain: ebit.Chain, **options: int) -> np.ndarray:
    return ebit.exact.pair(chain, **options).correlations


def dephasing(p: float, n: int, t2: float, end_nodes: str = "measure") -> ebit.Chain:
    node = ebit.Node(memory=ebit.Memory(t2=t2))
    return ebit.Chain([ebit.links.ideal(p)] * n, [node] * (n + 1), end_nodes=end_nodes)


# --- against the twins ------------------------------------------------------------------------------


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_deterministic_swap_asap(n: int, end_nodes: str) -> None:
    hardware = Hardware(P[:n], certain=True)
    exact = swap_asap.mean_correlations_by_enumeration(
        P[:n], hardware.link_states, hardware.twin_memories, hardware.twin_bsm, end_nodes=end_nodes
    )
    assert correlations(hardware.chain(end_nodes=end_nodes)) == pytest.approx(exact, abs=2e-8)


def test_deterministic_swap_asap_to_all_digits() -> None:
    hardware = Hardware(P, certain=True)
    exact = swap_asap.mean_correlations(P, hardware.link_states, hardware.twin_memories, hardware.noise)
    assert correlations(hardware.chain()) == pytest.approx(exact, **CLOSE)


@pytest.mark.parametrize(("options", "memories"), STORAGE)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("certain", [True, False])
def test_doubling(n: int, certain: bool, options: dict[str, str], memories: dict[str, object]) -> None:
    hardware = Hardware(P[:n], certain=certain, **memories)
    exact = nested.mean_correlations(
        nested.balanced_tree(range(n)), P[:n], hardware.p_swap,
        hardware.link_states, hardware.twin_memories, hardware.noise, **options,
    )  # fmt: skip
    assert correlations(hardware.chain(ebit.Doubling(), **options)) == pytest.approx(exact, **CLOSE)


@pytest.mark.parametrize(("options", "memories"), STORAGE)
@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
def test_slotted(
    options: dict[str, str], memories: dict[str, object], failed_swap: str, hidden_segments: str
) -> None:
    hardware = Hardware(P[:3], **memories)
    rules = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    twin = slotted.SlottedChain(P[:3], hardware.p_swap, **rules, **options)
    exact = slotted.mean_correlations(twin, hardware.link_states, hardware.twin_memories, hardware.noise)
    assert correlations(hardware.chain(ebit.Slotted(**rules), **options)) == pytest.approx(exact, **CLOSE)


@pytest.mark.parametrize(("options", "memories"), STORAGE)
@pytest.mark.parametrize(("n", "cutoff"), [(2, 3), (3, 1)])
def test_age_cutoff(n: int, cutoff: int, options: dict[str, str], memories: dict[str, object]) -> None:
    hardware = Hardware(P[:n], **memories)
    twin = slotted.SlottedChain(P[:n], hardware.p_swap, cutoff=cutoff, **options)
    exact = slotted.mean_correlations(twin, hardware.link_states, hardware.twin_memories, hardware.noise)
    chain = hardware.chain(ebit.Slotted(cutoff=float(cutoff)), **options)
    assert correlations(chain) == pytest.approx(exact, **CLOSE)


@pytest.mark.parametrize("decay_time", [1e-3, 0.5, 40.0, 1e9])
@pytest.mark.parametrize("p", [(0.02,) * 4, (0.3, 0.9, 0.05)])
def test_any_strength_of_decay(p: tuple[float, ...], decay_time: float) -> None:
    w, p_swap = 0.98, [*[1.0, 0.5, 0.8, 0.6][: len(p)], 1.0]
    nodes = [
        ebit.Node(ebit.Memory.depolarizing(decay_time), ebit.BellMeasurement(p_success=x)) for x in p_swap
    ]
    links = [ebit.links.ideal(x, fidelity=(1 + 3 * w) / 4) for x in p]
    chain = ebit.Chain(links, nodes, ebit.Doubling(), end_nodes="store", pair_decay="once")
    tree = nested.balanced_tree(range(len(p)))
    exact = nested.mean_werner(tree, p, p_swap, [w] * len(p), math.exp(-1 / decay_time))
    assert correlations(chain)[1, 1] == pytest.approx(exact, rel=1e-11)


# --- closed forms -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "t2"), [(0.01, 300.0), (0.5, 1.0), (0.1, math.inf), (1.0, 3.0)])
def test_two_and_three_links(p: float, t2: float) -> None:
    for n, closed in ((2, swap_asap.two_links), (3, swap_asap.three_links)):
        factor = closed(p, math.exp(-1 / t2))
        state = np.diag([1, factor, -factor, 1])
        assert correlations(dephasing(p, n, t2)) == pytest.approx(state, **CLOSE)


def test_two_rare_links() -> None:
    """p = 1e-9: p / (2 - p) (1 + x) / (1 - x), 1 - x without cancellation."""
    p, t2 = 1e-9, 2e9
    x_less = -math.expm1(math.log1p(-p) - 1 / t2)  # 1 - (1 - p) exp(-1 / t2)
    assert correlations(dephasing(p, 2, t2))[1, 1] == pytest.approx(
        p / (2 - p) * (2 - x_less) / x_less, rel=1e-14
    )


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
@pytest.mark.parametrize("n", [3, 5, 7])
def test_rare_links_scale(n: int, end_nodes: str) -> None:
    """p -> 0 at fixed p t2: a limit, which the answers at 1e-3 approach linearly."""
    limit = correlations(dephasing(1e-9, n, 4e9, end_nodes))[1, 1]
    coarse, fine = (correlations(dephasing(p, n, 4 / p, end_nodes))[1, 1] for p in (2e-3, 1e-3))
    assert limit == pytest.approx(2 * fine - coarse, rel=1e-5)
    assert abs(coarse / limit - 1) > 1e-5


def test_links_that_come_at_once_wait_for_nothing() -> None:
    undecayed = Hardware((1.0,) * 4, certain=True, memories=(("relaxation", (math.inf, math.inf)),) * 5)
    hardware = Hardware((1.0,) * 4, certain=True)
    for protocol in (ebit.SwapAsap(), ebit.Doubling()):
        for ends in ("measure", "store"):
            state = correlations(hardware.chain(protocol, end_nodes=ends))
            assert state == pytest.approx(correlations(undecayed.chain()), **CLOSE)


# --- methods against one another --------------------------------------------------------------------


def relaxing(p: tuple[float, ...], end_nodes: str) -> ebit.Chain:
    memories = [ebit.Memory(t1=30.0 + 7 * k, t2=20.0, excited_population=0.1 * k) for k in range(len(p) + 1)]
    links = [ebit.links.ideal(x, fidelity=0.95) for x in p]
    return ebit.Chain(links, [ebit.Node(memory=m) for m in memories], end_nodes=end_nodes)


P5 = (0.3, 0.15, 0.5, 0.9, 0.2)


@pytest.mark.parametrize("p", [P5, (0.25,) * 5])
def test_filters_and_exponentials_agree(p: tuple[float, ...]) -> None:
    for entry in _terms.entries(relaxing(p, "measure")):
        by_filters = _parallel._mean_by_filters(list(p), entry.feature, 600)
        assert _parallel._mean_by_exponentials(list(p), entry.feature) == pytest.approx(by_filters, rel=1e-12)


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
@pytest.mark.parametrize("p", [P5, (0.25,) * 5])
def test_intervals_and_markov_chain_agree(p: tuple[float, ...], end_nodes: str) -> None:
    chain = relaxing(p, end_nodes)
    markov = AbsorbingChain(rules_of(chain), 1 << 23)
    for entry in _terms.entries(chain):
        by_intervals = _storing.sums_with_storing_ends(list(p), entry.feature, 1e-17, 1 << 20)[0]
        assert markov.mean(entry.feature) == pytest.approx(by_intervals, rel=1e-11)
        if end_nodes == "measure":
            assert _parallel._mean_by_filters(list(p), entry.feature, 600) == pytest.approx(
                by_intervals, rel=1e-12
            )


def test_equal_poles_of_the_closed_form() -> None:
    """The memory fades just as the geometric law does: two poles fall together."""
    p = [0.5, 0.5, 0.5]
    chain = dephasing(0.5, 3, 1 / math.log(2))
    feature = _terms.entries(chain)[5].feature
    exact = _parallel._mean_by_filters(p, feature, 200)
    assert _parallel._mean_by_exponentials(p, feature) == pytest.approx(exact, rel=1e-13)


def test_sixty_four_links_by_two_methods() -> None:
    chain = dephasing(0.02, 64, 2000.0)
    feature = _terms.entries(chain)[5].feature
    by_filters = _parallel._mean_by_filters([0.02] * 64, feature, 2500)
    assert _parallel._mean_by_exponentials([0.02] * 64, feature) == pytest.approx(by_filters, rel=1e-12)
    assert correlations(chain)[1, 1] == pytest.approx(by_filters, rel=1e-12)


def test_storage_of_ends_lowers_the_state() -> None:
    measure, store = (correlations(dephasing(0.02, 16, 2000.0, e))[1, 1] for e in ("measure", "store"))
    assert 0 < store < measure < 1
