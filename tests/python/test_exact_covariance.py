"""Exact covariances: double sums, recursions of the twins, methods against one another, samples."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ebit
from ebit.exact import _nested, _parallel, _terms
from ebit.exact._markov import AbsorbingChain
from ebit.exact._rules import rules_of
from reference import protocol as twin
from reference.agreement import assert_mean
from reference.hardware import UNITAL_MEMORIES, Hardware, P
from reference.words import FREE, MIXED, SLOT, chain_of


def two_links(p: float, t2: float, p_swap: float = 1.0, protocol: object = None) -> ebit.Chain:
    node = ebit.Node(ebit.Memory(t2=t2), ebit.BellMeasurement(p_swap))
    return ebit.Chain([ebit.links.ideal(p, attempt_time=0.5)] * 2, [node] * 3, protocol)  # type: ignore[arg-type]


@pytest.mark.parametrize("p_swap", [1.0, 0.6])
@pytest.mark.parametrize(
    "protocol", [ebit.SwapAsap(), ebit.Doubling(), ebit.Nested("s", [ebit.CutOff("run_time", 1e9)])]
)
def test_two_links_by_a_double_sum(protocol: object, p_swap: float) -> None:
    """xx is exp(-|s - t| / t2); failed rounds before add a time that is independent of it."""
    p, slots = 0.2, np.arange(1, 220)
    weight = np.multiply.outer(p * (1 - p) ** (slots - 1), p * (1 - p) ** (slots - 1))
    latest = np.maximum.outer(slots, slots)
    xx = np.exp(-0.5 * abs(np.subtract.outer(slots, slots)) / 4.0)
    exact = (weight * latest * xx).sum() - (weight * latest).sum() * (weight * xx).sum()
    chain = two_links(p, 4.0, p_swap, protocol)
    assert ebit.exact.covariance(chain, "waiting_time", "xx") == pytest.approx(0.5 * exact, rel=1e-12)
    assert ebit.exact.covariance(chain, "xx", "waiting_time") == pytest.approx(0.5 * exact, rel=1e-12)
    # Phi+ dephased: F = (1 + xx) / 2
    assert ebit.exact.covariance(chain, "waiting_time", "fidelity") == pytest.approx(0.25 * exact, rel=1e-12)
    if not isinstance(protocol, ebit.Nested):
        spread = (weight * xx**2).sum() - (weight * xx).sum() ** 2
        assert ebit.exact.covariance(chain, "xx", "yy") == pytest.approx(-spread, rel=1e-11)
        assert ebit.exact.covariance(chain, "fidelity", "fidelity") == pytest.approx(spread / 4, rel=1e-11)


ENUMERATED = [
    ("s", [("memory_time", 2)]),
    ("d", [FREE]),
    ("ss", [("run_time", 2), ("memory_time", 5)]),
    ("sd", [("memory_time", 3), ("run_time", 6)]),
    ("bd", [FREE, ("memory_time", 7)]),
]


@pytest.mark.parametrize(("word", "cutoffs"), ENUMERATED)
def test_words_by_enumeration(word: str, cutoffs: list[tuple[str, float]]) -> None:
    chain, rules = chain_of(word, cutoffs, MIXED, p=0.85, p_swap=0.95)
    size = 40 * len(word)
    law = twin.law(rules, len(word), size)
    t = np.arange(size)
    timed = t @ law - (t @ law[:, 0]) * law.sum(axis=0)
    left_out = {"abs": 1e-9 + 1e4 * (1 - law[:, 0].sum())}
    for name, exact in zip(("xx", "yy", "zz"), timed[1:], strict=True):
        assert ebit.exact.covariance(chain, "waiting_time", name) / SLOT == pytest.approx(exact, **left_out)
    with pytest.raises(ebit.exact.NotCovered, match="covariance of two correlations"):
        ebit.exact.covariance(chain, "xx", "fidelity")


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_methods_agree(end_nodes: str) -> None:
    """Intervals against the Markov chain where swaps are certain, trees against it where they fail."""
    certain = Hardware(P, certain=True).chain(end_nodes=end_nodes)
    failing = Hardware(P).chain(ebit.Doubling(), end_nodes=end_nodes)
    methods = {
        certain: _parallel.Parallel(list(P), 1 << 22),
        failing: _nested.Tree(failing, 1e-13, 1 << 22),
    }
    for chain, method in methods.items():
        markov = AbsorbingChain(rules_of(chain), 1 << 22)
        for entry in _terms.entries(chain)[::3]:
            assert method.timed_mean(entry.feature) == pytest.approx(
                markov.timed_mean(entry.feature), rel=1e-11
            )


CHAINS = {
    "parallel": Hardware(P, certain=True).chain(end_nodes=("store", "measure")),
    "global cut-off": Hardware(P, certain=True).chain(ebit.SwapAsap(3.5), end_nodes="store"),
    "doubling": Hardware(P).chain(ebit.Doubling()),
    "slotted": Hardware(P).chain(ebit.Slotted(cutoff=(2.0, 3.0, 2.0, 4.0, 3.0))),
    "word": Hardware(P).chain(
        ebit.Nested("ss", [ebit.CutOff("memory_time", 2.0), ebit.CutOff("run_time", 9.0)])
    ),
    "distillation": Hardware(
        P[:2], memories=tuple(UNITAL_MEMORIES), states=(np.diag([1, 0.9, -0.85, 0.95]),) * 2
    ).chain(ebit.Nested("ds", [ebit.CutOff(), ebit.CutOff("memory_time", 6.0)]), end_nodes="store"),
}


@pytest.mark.parametrize("name", CHAINS)
def test_samples_agree(name: str) -> None:
    chain, run = CHAINS[name], ebit.sample(CHAINS[name], 200_000, rng=11)
    columns = {"waiting_time": run.waiting_time, "fidelity": run.fidelity}
    for a, i in zip("ixyz", range(4), strict=True):
        columns |= {a + b: run.correlations[:, i, j] for j, b in enumerate("ixyz")}
    centred = {key: x - x.mean() for key, x in columns.items()}
    others = (
        []
        if name in ("word", "distillation")
        else [("fidelity", "zz"), ("xx", "iz"), ("fidelity", "fidelity")]
    )
    for a, b in [("waiting_time", x) for x in ("waiting_time", "fidelity", "xx", "iz", "zz")] + others:
        assert_mean(centred[a] * centred[b], ebit.exact.covariance(chain, a, b))


def test_of_what_does_not_vary() -> None:
    chain = ebit.Chain([ebit.links.ideal(0.3, fidelity=0.9)] * 3)
    assert ebit.exact.covariance(chain, "waiting_time", "fidelity") == pytest.approx(0.0, abs=1e-14)
    assert ebit.exact.covariance(chain, "xx", "zz") == pytest.approx(0.0, abs=1e-14)
    single = ebit.Chain([ebit.links.ideal(0.3, attempt_time=2.0)])
    assert ebit.exact.covariance(single, "waiting_time", "waiting_time") == pytest.approx(
        4 * 0.7 / 0.09, rel=1e-12
    )


def test_no_time_no_covariance_of_rare_links() -> None:
    p = 1e-7
    chain = two_links(p, 4 / p, 1.0)
    rate = 0.5 / (4 / p)
    x = (1 - p) * math.exp(-rate)
    mean = p / (2 - p) * (1 + x) / (1 - x)
    value = ebit.exact.covariance(chain, "xx", "xx")
    y = (1 - p) * math.exp(-2 * rate)
    assert value == pytest.approx(p / (2 - p) * (1 + y) / (1 - y) - mean**2, rel=1e-6)


@pytest.mark.parametrize("name", ["attempts", "ii", "time", "", None, 3, "XX"])
def test_other_names(name: object) -> None:
    for a, b in ((name, "xx"), ("waiting_time", name)):
        with pytest.raises(ValueError, match="must be one of 'waiting_time'"):
            ebit.exact.covariance(CHAINS["doubling"], a, b)  # type: ignore[arg-type]


def test_other_chains() -> None:
    for chain in (None, 3, [CHAINS["doubling"]]):
        with pytest.raises(TypeError, match=r"chain = .* must be a Chain"):
            ebit.exact.covariance(chain, "xx", "xx")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="size_limit"):
        ebit.exact.covariance(CHAINS["doubling"], "xx", "xx", size_limit=3)
    with pytest.raises(ebit.exact.NotCovered, match="entries"):
        ebit.exact.covariance(two_links(0.01, 4.0, 0.5, ebit.Doubling()), "waiting_time", "xx", size_limit=20)
