"""What must hold for every chain, whatever its protocol: symmetries, bounds, monotony and limits."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ebit
from reference.agreement import assert_mean

P = (0.4, 0.6, 0.5, 0.7)


def chain(
    p: Any, protocol: Any, p_swap: Any = 0.7, memory: ebit.Memory | None = None, **options: Any
) -> ebit.Chain:
    """Links of fidelity 0.95; `p_swap` one number, or one per node."""
    links = [ebit.links.ideal(p_success=x, fidelity=0.95) for x in p]
    swaps = np.broadcast_to(p_swap, len(links) + 1)
    memory = memory or ebit.Memory(t2=50.0)
    nodes = [ebit.Node(memory, ebit.BellMeasurement(float(x))) for x in swaps]
    return ebit.Chain(links, nodes, protocol, **options)


# Over four segments; none of them looks at the state of a pair.
PROTOCOLS: dict[str, Any] = {
    "swap_asap": ebit.SwapAsap(),
    "doubling": ebit.Doubling(),
    "nested, memory time": ebit.Nested(
        "ss", [ebit.CutOff("memory_time", 4.0), ebit.CutOff("memory_time", 9.0)]
    ),
    "nested, run time": ebit.Nested("ss", [ebit.CutOff("run_time", 6.0), ebit.CutOff()]),
    "slotted, cut-off": ebit.Slotted(cutoff=3.0),
    "slotted, left to right": ebit.Slotted(failed_swap="left_to_right", hidden_segments="idle"),
    "slotted, doubling": ebit.Slotted("doubling"),
    "slotted, outer nodes first": ebit.Slotted("outer_nodes_first", cutoff=5.0),
    "slotted, sequential": ebit.Slotted("sequential", generation="sequential"),
    "slotted, memories": ebit.Slotted(memories=2, cutoff=4.0),
}
CARRYING: dict[str, Any] = {
    "fidelity": ebit.Nested("ss", [ebit.CutOff("fidelity", 0.9), ebit.CutOff("fidelity", 0.7)]),
    "dejmps": ebit.Nested("dss"),
    "epl": ebit.Nested("ses"),
    "bbpssw": ebit.Nested("ssb", [ebit.CutOff("memory_time", 5.0), ebit.CutOff(), ebit.CutOff()]),
}


@pytest.fixture(params=PROTOCOLS, name="protocol")
def _protocol(request: pytest.FixtureRequest) -> Any:
    return PROTOCOLS[request.param]


def assert_same_bits(a: ebit.Run, b: ebit.Run) -> None:
    for name in ("waiting_time", "attempts", "correlations"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def assert_same_law(a: ebit.Chain, b: ebit.Chain) -> None:
    one, other = ebit.exact.waiting_time(a), ebit.exact.waiting_time(b)
    assert (one.mean, one.variance) == pytest.approx((other.mean, other.variance), rel=1e-9)
    times = np.unique(np.ceil(one.quantile(np.linspace(0.05, 0.95, 7))))
    np.testing.assert_allclose(one.cdf(times), other.cdf(times), rtol=1e-9)


# --- symmetries -----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_without_losses_the_order_of_the_links_does_not_matter_to_the_time(data: st.DataObject) -> None:
    p = data.draw(st.lists(st.floats(1e-3, 1.0), min_size=2, max_size=7))
    mixed = data.draw(st.permutations(p))
    assert_same_law(chain(p, ebit.SwapAsap(), 1.0), chain(mixed, ebit.SwapAsap(), 1.0))


def test_equal_links_are_interchangeable(protocol: Any) -> None:
    """Which of the equal objects stands where is of no account, to the last bit."""
    original = chain([0.5] * 4, protocol)
    twins = [ebit.links.ideal(p_success=0.5, fidelity=0.95) for _ in range(4)]
    for links in (twins, twins[::-1], [original.links[0], *twins[1:]]):
        other = ebit.Chain(links, original.nodes, protocol)
        assert other == original
        assert_same_bits(ebit.sample(original, 500, rng=3), ebit.sample(other, 500, rng=3))


MIRRORED = ["swap_asap", "doubling", "nested, memory time", "slotted, cut-off", "slotted, doubling"]


@pytest.mark.parametrize("name", [*MIRRORED, "slotted, outer nodes first"])
def test_a_mirrored_chain_is_as_fast_and_as_good(name: str) -> None:
    """Failures that cost whole clusters, and balanced trees, know no left and right."""
    p_swap = [1.0, 0.6, 0.9, 0.7, 1.0]
    one = ebit.exact.figures(chain(P, PROTOCOLS[name], p_swap))
    other = ebit.exact.figures(chain(P[::-1], PROTOCOLS[name], p_swap[::-1]))
    for figure in ("waiting_time", "attempts", "fidelity", "qber_x"):
        assert one[figure] == pytest.approx(other[figure], rel=1e-10), figure


def test_acting_from_the_left_is_no_symmetric_rule() -> None:
    rule = ebit.Slotted(failed_swap="left_to_right")
    one, other = (ebit.exact.waiting_time(chain(p, rule, 0.5)).mean for p in (P, P[::-1]))
    assert abs(one / other - 1.0) > 1e-3


ORDERS: list[Any] = [
    ebit.SwapAsap(),
    ebit.Doubling(),
    ebit.Nested("ss"),
    ebit.Slotted(),
    ebit.Slotted("doubling"),
    ebit.Slotted("sequential"),
]


@pytest.mark.parametrize("order", ORDERS[1:], ids=str)
@pytest.mark.parametrize("p", [P, (0.05, 0.02, 0.9, 0.1)])
def test_swaps_that_succeed_deliver_at_one_time_in_any_order(order: Any, p: tuple[float, ...]) -> None:
    assert_same_law(chain(p, ORDERS[0], 1.0), chain(p, order, 1.0))
    law = ebit.exact.waiting_time(chain(p, ORDERS[0], 1.0))
    times = ebit.sample(chain(p, order, 1.0), 50_000, rng=5).waiting_time
    assert_mean(times, law.mean)
    assert_mean((times - law.mean) ** 2, law.variance)


@pytest.mark.parametrize(
    "order", [ebit.Doubling(), ebit.Slotted("doubling"), ebit.Slotted("sequential")], ids=str
)
def test_swapping_as_soon_as_possible_stores_least(order: Any) -> None:
    """In the same time: what is swapped later has waited longer."""
    asap, later = (
        ebit.exact.figures(chain([0.1] * 4, protocol, 1.0)) for protocol in (ebit.SwapAsap(), order)
    )
    assert later["fidelity"] < asap["fidelity"] - 1e-3


# --- bounds ---------------------------------------------------------------------------------------------


FIBRE = {"detector": ebit.Detector(efficiency=1.0, p_dark=0.0), "preparation_time": 1e-6}
SCHEMES: dict[str, dict[str, float]] = {
    "single_click": {"bright_population": 0.05},
    "double_click": {},
    "spdc_midpoint": {"mean_pairs": 0.1},
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("segments", [1, 2, 4])
@pytest.mark.parametrize("length", [0.0, 5e3, 50e3, 200e3])
def test_no_chain_beats_the_capacity_of_its_links(scheme: str, segments: int, length: float) -> None:
    """Key and entanglement per use and mode, from perfect hardware, however the links are joined.

    The station of a single-click link is a node of the chain: its two photons interfere, and one of them
    that arrives is enough. The others need both photons, and stay below the bound of the whole link.
    """
    half = ebit.Fibre(length / 2.0, attenuation_db_per_km=0.2)
    link = getattr(ebit.links, scheme)(half, half, **SCHEMES[scheme], **FIBRE)
    arms = [half.transmissivity] * 2 if scheme == "single_click" else [link.transmissivity]
    bound = ebit.capacity.chain_bound(arms * segments)
    for protocol in (ebit.SwapAsap(), ebit.Doubling(), ebit.Slotted(hidden_segments="idle")):
        figures = ebit.exact.figures(ebit.Chain([link] * segments, protocol=protocol))
        uses = figures["waiting_time"] / link.attempt_time * link.optical_modes
        for gain in ("secret_fraction", "distillable_entanglement"):
            assert 0.0 <= figures[gain] / uses <= bound * (1.0 + 1e-12)


# --- monotony -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_better_memories_make_better_pairs_shot_by_shot(protocol: Any, end_nodes: str) -> None:
    """The same key gives the same times, whatever the memories; every single pair is the better for them."""
    runs = [
        ebit.sample(chain([0.5] * 4, protocol, memory=ebit.Memory(t2=t2), end_nodes=end_nodes), 2000, rng=11)
        for t2 in (1e-3, 1.0, 10.0, 1e3, 1e6)
    ]
    for worse, better in itertools.pairwise(runs):
        np.testing.assert_array_equal(worse.waiting_time, better.waiting_time)
        assert np.all(worse.fidelity <= better.fidelity + 1e-14)
    assert runs[0].fidelity.mean() < runs[-1].fidelity.mean() - 0.05


@settings(deadline=None, max_examples=25)
@given(st.floats(0.05, 0.95), st.floats(0.3, 1.0), st.floats(0.1, 1e4), st.floats(1.01, 10.0))
def test_the_mean_fidelity_grows_with_the_coherence_time(
    p: float, p_swap: float, t2: float, more: float
) -> None:
    for protocol in (ebit.SwapAsap(), ebit.Doubling(), ebit.Slotted(cutoff=2.0)):
        low, high = (
            ebit.exact.figures(chain([p] * 3, protocol, p_swap, ebit.Memory(t2=time)))["fidelity"]
            for time in (t2, more * t2)
        )
        assert low <= high + 1e-12


# --- limits ---------------------------------------------------------------------------------------------

FAR = 1e9
NEVER: dict[str, tuple[Any, Any]] = {
    name: (ebit.Slotted(**rules, cutoff=FAR), ebit.Slotted(**rules))
    for name, rules in {
        "left to right": {"failed_swap": "left_to_right"},
        "idle": {"hidden_segments": "idle"},
        "doubling": {"policy": "doubling"},
        "outer nodes first": {"policy": "outer_nodes_first"},
        "sequential": {"policy": "sequential"},
        "sequential generation": {"generation": "sequential"},
        "memories": {"policy": "doubling", "memories": 2},
        "first come": {"memories": 2, "matching": "first_come"},
    }.items()
} | {
    "by node": (ebit.Slotted(cutoff=(FAR, math.inf, FAR, math.inf, FAR)), ebit.Slotted()),
    "distillation": (
        ebit.Nested("dss", [ebit.CutOff(kind, FAR) for kind in ("memory_time", "run_time", "memory_time")]),
        ebit.Nested("dss"),
    ),
    "any fidelity": (
        ebit.Nested("dss", [ebit.CutOff(), ebit.CutOff("fidelity", 0.25), ebit.CutOff()]),
        ebit.Nested("dss"),
    ),
}


@pytest.mark.parametrize("name", NEVER)
def test_a_cutoff_that_never_strikes_changes_no_bit(name: str) -> None:
    options = {"end_nodes": "store"}
    a, b = (ebit.sample(chain(P, protocol, **options), 3000, rng=13) for protocol in NEVER[name])
    assert_same_bits(a, b)


@pytest.mark.parametrize("name", [*PROTOCOLS, *CARRYING])
def test_runs_can_be_split_and_shared_among_threads(name: str) -> None:
    memory = ebit.Memory.depolarizing(60.0)
    one = chain([0.6] * 4, {**PROTOCOLS, **CARRYING}[name], memory=memory, end_nodes="store")
    whole = ebit.sample(one, 2500, rng=17, threads=2)
    for cut in (1, 777, 2048):
        tail = ebit.sample(one, 2500 - cut, rng=17, first_shot=cut)
        for column in ("waiting_time", "attempts", "correlations"):
            np.testing.assert_array_equal(getattr(whole, column)[cut:], getattr(tail, column))


RARE = 1e-9
SCALED: dict[str, Any] = {
    "nested, memory time": lambda p: ebit.Nested("ss", [ebit.CutOff("memory_time", 0.4 / p), ebit.CutOff()]),
    "nested, run time": lambda p: ebit.Nested("ss", [ebit.CutOff("run_time", 0.9 / p), ebit.CutOff()]),
    "distillation": lambda p: ebit.Nested("sd", [ebit.CutOff(), ebit.CutOff("memory_time", 0.7 / p)]),
}


@pytest.mark.parametrize("name", SCALED)
def test_rare_links_scale(name: str) -> None:
    """Times in units of 1 / p, and states, have a limit: sampled at 1e-9, exact at 1e-4."""

    def scaled(p: float) -> ebit.Chain:
        protocol = SCALED[name](p)
        segments = 2 ** protocol.word.count("s")
        memory = ebit.Memory.depolarizing(3.0 / p)
        return chain([p] * segments, protocol, 0.7, memory, end_nodes="store")

    coarse = 1e-4
    exact, run = ebit.exact.figures(scaled(coarse)), ebit.sample(scaled(RARE), 20_000, rng=19)
    assert_mean(RARE * run.waiting_time, coarse * exact["waiting_time"], slack=1e-3)
    assert_mean(RARE * run.attempts, coarse * exact["attempts"], slack=1e-3)
    assert_mean(run.fidelity, exact["fidelity"], slack=1e-3)


@pytest.mark.parametrize(
    ("policy", "generation"),
    [
        *((p, "parallel") for p in ("doubling", "outer_nodes_first", "sequential")),
        ("sequential", "sequential"),
    ],
)
def test_rare_links_of_every_policy(policy: str, generation: str) -> None:
    one = chain([RARE] * 4, ebit.Slotted(policy, generation=generation), 0.6, ebit.Memory(t2=2.0 / RARE))
    exact, summary = ebit.exact.figures(one), ebit.estimate(one, shots=20_000, rng=23)
    for name in ("waiting_time", "attempts", "fidelity"):
        figure = summary.figures[name]
        assert abs(figure.value - exact[name]) <= 5 * figure.standard_error, name


def test_a_thousand_links_with_cutoffs() -> None:
    p = [0.9] * 1024
    word = ebit.Nested("s" * 10, [ebit.CutOff("memory_time", 6.0 + level) for level in range(10)])
    for protocol in (word, ebit.SwapAsap(global_cutoff=16.0)):
        run = ebit.sample(chain(p, protocol, 1.0, ebit.Memory(t2=1e5)), 8, rng=29)
        assert np.all(run.attempts >= 1024)
        assert np.all((run.fidelity > 0.2) & (run.fidelity < 0.5))


def test_memories_that_keep_everything_or_nothing(protocol: Any) -> None:
    """Infinite coherence: the state is that of the links. None: it is that, or has no xx and yy left."""
    keeping, losing = (
        ebit.sample(chain([0.6] * 4, protocol, memory=ebit.Memory(t2=t2), end_nodes="store"), 3000, rng=31)
        for t2 in (math.inf, 1e-15)
    )
    w = (4.0 * 0.95 - 1.0) / 3.0
    np.testing.assert_allclose(keeping.fidelity, (1.0 + 3.0 * w**4) / 4.0, rtol=1e-12)
    np.testing.assert_array_equal(keeping.waiting_time, losing.waiting_time)
    xx, zz = losing.correlations[:, 1, 1], losing.correlations[:, 3, 3]
    np.testing.assert_allclose(zz, w**4, rtol=1e-12)
    assert np.all((abs(xx) < 1e-12) | (abs(xx - w**4) < 1e-12))
    # A delivery in one slot is possible, but for those that must wait in between.
    waits = isinstance(protocol, ebit.Slotted) and (
        protocol.policy == "outer_nodes_first" or protocol.generation == "sequential"
    )
    assert np.any(abs(xx) > 0.5) != waits
    assert np.any(abs(xx) < 1e-12)


@pytest.mark.parametrize("rules", [{}, {"policy": "doubling"}, {"failed_swap": "left_to_right"}], ids=str)
@pytest.mark.parametrize("segments", [1, 2, 4])
def test_a_cutoff_of_no_slot_needs_all_links_at_once(segments: int, rules: dict[str, Any]) -> None:
    """A chain without memory: T is geometric with p^n p_swap^(n - 1), and no pair has waited."""
    p, p_swap = 0.7, 0.8
    one = chain([p] * segments, ebit.Slotted(**rules, cutoff=0.0), p_swap, end_nodes="store")
    success = p**segments * p_swap ** (segments - 1)
    run = ebit.sample(one, 50_000, rng=37)
    assert_mean(run.waiting_time, 1.0 / success)
    assert_mean((run.waiting_time - 1.0 / success) ** 2, (1.0 - success) / success**2)
    assert_mean(run.attempts, segments / success)
    assert ebit.exact.waiting_time(one).mean == pytest.approx(1.0 / success, rel=1e-12)
    assert np.ptp(run.fidelity) < 1e-14


@pytest.mark.parametrize("kind", ["memory_time", "run_time"])
def test_nested_cutoffs_of_one_slot(kind: str) -> None:
    """Both links in the same slot, or both in the first: their attempts have a closed form."""
    p, p_swap = 0.3, 0.6
    one = chain([p] * 2, ebit.Nested("s", [ebit.CutOff(kind, 0.0 if kind == "memory_time" else 1.0)]), p_swap)
    passes, mean = (p / (2 - p), 1 / (p * (2 - p))) if kind == "memory_time" else (p * p, 1.0)
    run = ebit.sample(one, 100_000, rng=41)
    assert_mean(run.waiting_time, mean / (passes * p_swap))
    assert np.ptp(run.fidelity) < 1e-14
