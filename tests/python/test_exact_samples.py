"""Sampled equals exact: a million shots, every figure within five computed standard errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ebit
from reference.hardware import UNITAL_MEMORIES, Hardware, P

SHOTS = 1_000_000
UNITAL = {"memories": tuple(UNITAL_MEMORIES)}
KEYED = {  # good enough for key
    "states": (np.diag([1.0, 0.95, -0.94, 0.97]),) * 4,
    "memories": (("relaxation", (900.0, 500.0, 0.1)),) * 5,
    "bsm": ((1.0, 0.0, 0.0), (0.6, 0.01, 0.003), (0.5, 0.0, 0.002), (0.8, 0.004, 0.0), (1.0, 0.0, 0.0)),
}
CASES = {
    "one link": (Hardware(P[:1]), ebit.SwapAsap(), {}),
    "parallel": (Hardware(P, certain=True), ebit.SwapAsap(), {}),
    "parallel, storing": (Hardware(P, certain=True), ebit.SwapAsap(), {"end_nodes": "store"}),
    "parallel, once": (
        Hardware(P[:3], certain=True, **UNITAL),
        ebit.SwapAsap(),
        {"end_nodes": "store", "pair_decay": "once"},
    ),
    "doubling": (Hardware(P), ebit.Doubling(), {}),
    "doubling, storing": (Hardware(P), ebit.Doubling(), {"end_nodes": "store"}),
    "doubling, once": (
        Hardware(P[:3], **UNITAL),
        ebit.Doubling(),
        {"end_nodes": "store", "pair_decay": "once"},
    ),
    "doubling with key": (Hardware((0.3, 0.2), **KEYED), ebit.Doubling(), {}),
    "slotted": (Hardware(P), ebit.SwapAsap(), {}),
    "slotted, left to right": (
        Hardware(P),
        ebit.Slotted(failed_swap="left_to_right"),
        {"end_nodes": "store"},
    ),
    "slotted, idle": (Hardware(P, **UNITAL), ebit.Slotted(hidden_segments="idle"), {}),
    "slotted, cut-off": (Hardware(P), ebit.Slotted(cutoff=3.0), {}),
    "certain swaps, cut-off": (
        Hardware(P[:3], certain=True),
        ebit.Slotted(cutoff=1.0),
        {"end_nodes": "store"},
    ),
    "slotted with key": (Hardware((0.3, 0.2), **KEYED), ebit.SwapAsap(), {}),
}


@pytest.mark.parametrize("case", CASES)
def test_every_figure_and_quantile(case: str) -> None:
    hardware, protocol, options = CASES[case]
    chain = hardware.chain(protocol, **options)
    exact, summary = ebit.exact.figures(chain), ebit.estimate(chain, shots=SHOTS, rng=101)
    assert list(exact)[: len(summary.figures)] == list(summary.figures)
    for name, figure in summary.figures.items():
        assert abs(figure.value - exact[name]) <= 5 * figure.standard_error + 1e-12, name
    if "key" in case:
        assert exact["secret_key_rate"] > 0
    law = ebit.exact.waiting_time(chain)
    run = ebit.sample(chain, 100_000, rng=102)
    deviation = (run.waiting_time - law.mean) ** 2
    assert abs(deviation.mean() - law.variance) <= 5 * deviation.std() / math.sqrt(len(run))
    for q in (0.1, 0.5, 0.9):
        time = law.quantile(q)
        share = float(law.cdf(time))
        below = np.mean(run.waiting_time <= time * (1 + 1e-12))
        assert abs(below - share) <= 5 * math.sqrt(share * (1 - share) / len(run))


@pytest.mark.parametrize("n", [8, 16])
def test_nested_chains_of_the_benchmark(n: int) -> None:
    memory, bsm = ebit.Memory.depolarizing(400.0), ebit.BellMeasurement(p_success=0.5)
    link = ebit.links.ideal(0.01, fidelity=(1 + 3 * 0.98) / 4)
    node = ebit.Node(memory, bsm)
    chain = ebit.Chain([link] * n, [node] * (n + 1), ebit.Doubling(), end_nodes="store", pair_decay="once")
    exact, summary = ebit.exact.figures(chain), ebit.estimate(chain, shots=100_000, rng=103)
    for name in ("waiting_time", "attempts", "fidelity"):
        figure = summary.figures[name]
        assert abs(figure.value - exact[name]) <= 5 * figure.standard_error, name


def test_rare_links() -> None:
    node = ebit.Node(memory=ebit.Memory(t2=3e9), bsm=ebit.BellMeasurement(p_success=0.5))
    for protocol in (ebit.SwapAsap(), ebit.Doubling()):
        chain = ebit.Chain([ebit.links.ideal(1e-9)] * 4, [node] * 5, protocol)
        exact, summary = ebit.exact.figures(chain), ebit.estimate(chain, shots=100_000, rng=104)
        for name in ("waiting_time", "attempts", "fidelity"):
            figure = summary.figures[name]
            assert abs(figure.value - exact[name]) <= 5 * figure.standard_error, name
