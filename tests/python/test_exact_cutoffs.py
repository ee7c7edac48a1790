"""The best cut-offs against brute force."""

from __future__ import annotations

import itertools
import math

import pytest

import ebit
from reference.hardware import bare_chain


def chain_of(
    word: str, p: float, t2: float, fidelity: float, p_swap: float, cutoffs: list[ebit.CutOff] | None = None
) -> ebit.Chain:
    n = 2 ** word.count("s")
    node = ebit.Node(ebit.Memory(t2=t2 / 4), ebit.BellMeasurement(p_swap, p_replace=0.01))
    link = ebit.links.ideal(p_success=p, fidelity=fidelity, attempt_time=0.25)
    return ebit.Chain([link] * n, [node] * (n + 1), ebit.Nested(word, cutoffs or ()), end_nodes="store")


def figure(case: tuple[str, float, float, float, float], kind: str, slots: object, of: str) -> float:
    """Minus infinity where the chain is refused."""
    limits = [ebit.CutOff() if x is None else ebit.CutOff(kind, 0.25 * x) for x in slots]  # type: ignore[attr-defined]
    try:
        return ebit.exact.figures(chain_of(*case, limits), size_limit=1 << 18)[of]
    except ValueError:
        return -math.inf


CASES = [
    ("ss", 0.4, 25.0, 0.98, 0.8),
    ("ds", 0.5, 30.0, 0.94, 0.7),
    ("sd", 0.6, 40.0, 0.95, 0.9),
    ("bs", 0.7, 50.0, 0.96, 1.0),
    ("ss", 0.9, 5.0, 0.97, 0.9),  # key at the shortest cut-offs alone
]


@pytest.mark.parametrize("kind", ["memory_time", "run_time"])
@pytest.mark.parametrize("case", CASES)
def test_brute_force_over_two_levels(case: tuple[str, float, float, float, float], kind: str) -> None:
    best = ebit.exact.optimize_cutoffs(chain_of(*case), kind=kind)
    grid = [None, *range(0 if kind == "memory_time" else 1, 13), 16, 24, 36]
    values = [figure(case, kind, slots, "secret_key_rate") for slots in itertools.product(grid, repeat=2)]
    assert best.value >= max(values) * (1 - 1e-12) > 0
    assert best.value == pytest.approx(ebit.exact.figures(best.chain)["secret_key_rate"], rel=1e-12)
    assert best.evaluations < 200


@pytest.mark.parametrize("kind", ["memory_time", "run_time"])
@pytest.mark.parametrize("of", ["secret_key_rate", "fidelity", "rate", "secret_fraction"])
def test_no_single_step_is_better(of: str, kind: str) -> None:
    case = ("sds", 0.5, 80.0, 0.97, 0.8)
    best = ebit.exact.optimize_cutoffs(chain_of(*case), of, kind=kind)
    assert best.chain.protocol.word == "sds"  # type: ignore[union-attr]
    cutoffs = best.chain.protocol.cutoffs  # type: ignore[union-attr]
    slots = [None if c.kind == "none" else round(c.value / 0.25) for c in cutoffs]
    shortest = 0 if kind == "memory_time" else 1
    for level, own in enumerate(slots):
        near = [None] if own is None else [None, own - 1, own + 1]
        for other in [*near, 1, 2, 8, 32]:
            if other is None or other >= shortest:
                moved = [*slots[:level], other, *slots[level + 1 :]]
                assert figure(case, kind, moved, of) <= best.value * (1 + 1e-12)


def test_ties_and_rates() -> None:
    """Ties alone give the best pairs; without distillation nothing is faster than no cut-off."""
    case = ("ss", 0.5, 30.0, 0.98, 0.8)
    assert ebit.exact.optimize_cutoffs(chain_of(*case), "fidelity").chain == chain_of(
        *case, [ebit.CutOff("memory_time", 0.0)] * 2
    )
    assert ebit.exact.optimize_cutoffs(chain_of(*case), "rate").chain == chain_of(*case)


def test_own_cutoffs_are_a_start() -> None:
    case = ("ss", 0.4, 25.0, 0.98, 0.8)
    best = ebit.exact.optimize_cutoffs(chain_of(*case, [ebit.CutOff("memory_time", 0.75), ebit.CutOff()]))
    assert best.value >= figure(case, "memory_time", (3, None), "secret_key_rate")
    assert {c.kind for c in best.chain.protocol.cutoffs} == {"memory_time"}  # type: ignore[union-attr]


def test_no_key_is_no_cutoff() -> None:
    best = ebit.exact.optimize_cutoffs(chain_of("ss", 0.5, 1e3, 0.7, 0.5))
    assert best.value == 0.0
    assert [c.kind for c in best.chain.protocol.cutoffs] == ["none"] * 2  # type: ignore[union-attr]


CHAIN = chain_of("s", 0.5, 30.0, 0.98, 0.8)


@pytest.mark.parametrize("of", ["waiting_time", "key", "", None, 3])
def test_other_figures(of: object) -> None:
    with pytest.raises(ValueError, match=r"of = .* must be one of 'secret_key_rate'"):
        ebit.exact.optimize_cutoffs(CHAIN, of)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["fidelity", "none", "", None, 3])
def test_other_kinds(kind: object) -> None:
    with pytest.raises(ValueError, match=r"kind = .* must be one of 'memory_time'"):
        ebit.exact.optimize_cutoffs(CHAIN, kind=kind)  # type: ignore[arg-type]


def test_other_chains() -> None:
    for chain in (None, 3, [CHAIN]):
        with pytest.raises(TypeError, match=r"chain = .* must be a Chain"):
            ebit.exact.optimize_cutoffs(chain)  # type: ignore[arg-type]
    for protocol in (ebit.Doubling(), ebit.SwapAsap()):
        with pytest.raises(ValueError, match=r"chain.protocol = .* must be Nested"):
            ebit.exact.optimize_cutoffs(bare_chain([0.5] * 2, protocol=protocol))


def test_size_limits() -> None:
    for limit in (0, -5, 15):
        with pytest.raises(ValueError, match=r"size_limit = .* at least 16"):
            ebit.exact.optimize_cutoffs(CHAIN, size_limit=limit)
    for limit in (1e5, "big", None):
        with pytest.raises(TypeError, match="size_limit"):
            ebit.exact.optimize_cutoffs(CHAIN, size_limit=limit)  # type: ignore[arg-type]
    with pytest.raises(ebit.exact.NotCovered, match="table of waiting times needs"):
        ebit.exact.optimize_cutoffs(CHAIN, size_limit=16)


def test_what_figures_refuses() -> None:
    links = [ebit.links.ideal(0.5, attempt_time=time) for time in (1.0, 2.0)]
    with pytest.raises(ebit.exact.NotCovered, match="different attempt times"):
        ebit.exact.optimize_cutoffs(ebit.Chain(links, protocol=ebit.Nested("s")))


def test_a_word_without_levels() -> None:
    chain = ebit.Chain([ebit.links.ideal(0.5, fidelity=0.95)], protocol=ebit.Nested(""))
    with pytest.raises(ValueError, match=r"chain\.protocol\.word = '' .* at least one level"):
        ebit.exact.optimize_cutoffs(chain)
