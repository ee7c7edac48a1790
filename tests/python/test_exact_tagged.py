"""The time-tagged key and the distillable entanglement, exactly: sums over all records, samples."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import ebit
from reference.waiting_times import geometric_pmf

FIDELITY = 0.97


def binary_entropy(q: float) -> float:
    return 0.0 if q in (0.0, 1.0) else -q * math.log2(q) - (1 - q) * math.log2(1 - q)


def fraction(xx: float, zz: float) -> float:
    return max(0.0, 1 - binary_entropy((1 - xx) / 2) - binary_entropy((1 - zz) / 2))


def dephasing(p: tuple[float, ...], t2: float, protocol: object = None, p_swap: float = 1.0) -> ebit.Chain:
    node = ebit.Node(ebit.Memory(t2=t2), ebit.BellMeasurement(p_swap))
    links = [ebit.links.ideal(x, fidelity=FIDELITY) for x in p]
    return ebit.Chain(links, [node] * (len(p) + 1), protocol)  # type: ignore[arg-type]


def by_records(p: tuple[float, ...], t2: float, passes: object = lambda times: True) -> float:
    """Sum over all link times, from the correlations of Werner links and dephasing."""
    w = ((4 * FIDELITY - 1) / 3) ** len(p)
    slots = math.ceil(math.log(1e-9) / math.log1p(-min(p)))
    laws = [geometric_pmf(x, slots) for x in p]
    total = key = 0.0
    for times in itertools.product(range(1, slots), repeat=len(p)):
        if passes(times):  # type: ignore[operator]
            weight = math.prod(law[t] for law, t in zip(laws, times, strict=True))
            waited = sum(abs(a - b) for a, b in itertools.pairwise(times))
            total += weight
            key += weight * fraction(w * math.exp(-waited / t2), w)
    return key / total


RECORDS = {
    "two": ((0.3, 0.5), None, None),
    "three": ((0.4, 0.6, 0.5), None, None),
    "three, global cut-off": ((0.4, 0.6, 0.5), ebit.SwapAsap(5.0), lambda t: max(t) <= 5),
    "two, global cut-off": ((0.3, 0.5), ebit.SwapAsap(4.9), lambda t: max(t) <= 4),
    "two, doubling": ((0.3, 0.5), ebit.Doubling(), None),
    "two, run time": ((0.3, 0.5), ebit.Nested("s", [ebit.CutOff("run_time", 6.0)]), lambda t: max(t) <= 6),
    "two, memory time": (
        (0.3, 0.5),
        ebit.Nested("s", [ebit.CutOff("memory_time", 2.0)]),
        lambda t: abs(t[0] - t[1]) <= 2,
    ),
    "two, age": ((0.3, 0.5), ebit.Slotted(cutoff=3.0), lambda t: abs(t[0] - t[1]) <= 3),
    "two, ages": (
        (0.3, 0.5),
        ebit.Slotted(cutoff=(1.0, 9.0, 3.0)),
        lambda t: t[0] - t[1] <= 3 and t[1] - t[0] <= 1,
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_sum_over_records(name: str) -> None:
    p, protocol, passes = RECORDS[name]
    exact = ebit.exact.figures(dephasing(p, 9.0, protocol))
    key = by_records(p, 9.0, passes or (lambda times: True))
    assert exact["tagged_secret_fraction"] == pytest.approx(key, rel=1e-6)
    assert exact["tagged_secret_key_rate"] == pytest.approx(
        exact["tagged_secret_fraction"] / exact["waiting_time"]
    )
    assert exact["tagged_secret_fraction"] > exact["secret_fraction"]


def test_one_link_and_perfect_memories() -> None:
    """All records have the same state."""
    for chain in (
        dephasing((0.3,), 9.0),
        dephasing((0.3,) * 5, math.inf),
        dephasing((0.3,) * 4, math.inf, ebit.Doubling(), 0.5),
    ):
        figures = ebit.exact.figures(chain)
        assert figures["tagged_secret_fraction"] == pytest.approx(figures["secret_fraction"], rel=1e-12)
        assert figures["tagged_secret_fraction"] > 0


def relaxing(protocol: object, end_nodes: object) -> ebit.Chain:
    node = ebit.Node(ebit.Memory(t1=90.0, t2=40.0, excited_population=0.2), ebit.BellMeasurement(0.7))
    links = [ebit.links.ideal(p, fidelity=FIDELITY) for p in (0.1, 0.2)]
    return ebit.Chain(links, [node] * 3, protocol, end_nodes)  # type: ignore[arg-type]


@pytest.mark.parametrize("end_nodes", ["measure", "store", ("store", "measure")])
@pytest.mark.parametrize(
    "protocol",
    [
        ebit.SwapAsap(),
        ebit.Doubling(),
        ebit.Slotted(cutoff=(3.0, 6.0, 8.0)),
        ebit.Nested("s", [ebit.CutOff("memory_time", 5.0)]),
    ],
)
def test_samples_agree(protocol: object, end_nodes: object) -> None:
    chain = relaxing(protocol, end_nodes)
    exact, summary = ebit.exact.figures(chain), ebit.estimate(chain, shots=300_000, rng=3, telemetry=True)
    for name in ("tagged_secret_fraction", "tagged_secret_key_rate", "distillable_entanglement"):
        figure = summary.figures[name]
        assert abs(figure.value - exact[name]) <= 5 * figure.standard_error + 1e-12, name


def test_samples_of_four_links_agree() -> None:
    for protocol in (None, ebit.SwapAsap(9.0)):
        chain = dephasing((0.2, 0.3, 0.15, 0.25), 100.0, protocol)
        exact, summary = ebit.exact.figures(chain), ebit.estimate(chain, shots=300_000, rng=3, telemetry=True)
        for name in ("tagged_secret_fraction", "distillable_entanglement", "secret_key_rate"):
            figure = summary.figures[name]
            assert abs(figure.value - exact[name]) <= 5 * figure.standard_error + 1e-12, name


def test_sequential_generation() -> None:
    """The first link waits for the second one, at least a slot."""
    p, t2 = 0.4, 9.0
    figures = ebit.exact.figures(dephasing((0.3, p), t2, ebit.Slotted(generation="sequential")))
    w, d = ((4 * FIDELITY - 1) / 3) ** 2, np.arange(1, 120)
    key = sum(p * (1 - p) ** (k - 1) * fraction(w * math.exp(-k / t2), w) for k in d.tolist())
    assert figures["tagged_secret_fraction"] == pytest.approx(key, rel=1e-10)


UNKNOWN = {
    "unequal memories": lambda: ebit.Chain(
        [ebit.links.ideal(0.3)] * 3, [ebit.Node(ebit.Memory(t2=t)) for t in (9.0, 8.0, 7.0, 9.0)]
    ),
    "storing ends": lambda: ebit.Chain(
        [ebit.links.ideal(0.3)] * 3, [ebit.Node(ebit.Memory(t2=9.0))] * 4, end_nodes="store"
    ),
    "failing swaps": lambda: dephasing((0.3,) * 3, 9.0, None, 0.5),
    "doubling": lambda: dephasing((0.3,) * 4, 9.0, ebit.Doubling()),
    "rare links": lambda: dephasing((1e-6,) * 2, 9e5),
    "rarer links": lambda: dephasing((1e-9,) * 3, 9e8),
    "distillation": lambda: ebit.Chain(
        [ebit.links.ideal(0.3, fidelity=0.9)] * 2, protocol=ebit.Nested("ds"), end_nodes="store"
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_where_states_of_single_pairs_are_not_known(name: str) -> None:
    """No time-tagged key, but the other figures."""
    figures = ebit.exact.figures(UNKNOWN[name]())
    assert "distillable_entanglement" in figures
    assert not {"tagged_secret_fraction", "tagged_secret_key_rate"} & set(figures)


def test_distillable_entanglement_is_of_the_mean_state() -> None:
    for chain in (
        dephasing((0.3, 0.5), 9.0),
        relaxing(ebit.SwapAsap(), "store"),
        dephasing((0.3,) * 4, 30.0, ebit.Doubling()),
    ):
        bound = float(ebit.exact.pair(chain).hashing_bound())
        assert ebit.exact.figures(chain)["distillable_entanglement"] == pytest.approx(max(0.0, bound))
