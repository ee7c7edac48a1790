"""Derivatives of exact figures: closed forms, ordinary differences, edges; steps of cut-offs."""

from __future__ import annotations

import math

import numpy as np
import pytest

import ebit
from reference.hardware import UNITAL_MEMORIES, Hardware, P, bare_chain

CLOSE = {"rel": 1e-8}


def slopes(chain: ebit.Chain, name: str) -> dict[str, float]:
    return ebit.exact.derivatives(chain, name)[name]


# --- closed forms -----------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.5, 0.01, 1e-6, 0.97, 1.0])
@pytest.mark.parametrize(
    "protocol", [ebit.SwapAsap(), ebit.Doubling(), ebit.Slotted(failed_swap="left_to_right")]
)
def test_time_of_two_links(p: float, protocol: object) -> None:
    """E[T] = (3 - 2p) / (p (2 - p)), also where p may not grow."""
    chain = bare_chain([p] * 2, protocol=protocol)
    exact = (-2 * p * (2 - p) - (3 - 2 * p) * (2 - 2 * p)) / (p * (2 - p)) ** 2
    assert slopes(chain, "p_success")["waiting_time"] == pytest.approx(exact, **CLOSE)
    assert slopes(chain, "p_success.1")["waiting_time"] == pytest.approx(exact / 2, **CLOSE)
    time = (3 - 2 * p) / (p * (2 - p))
    assert slopes(chain, "p_success")["rate"] == pytest.approx(-exact / time**2, **CLOSE)
    assert slopes(chain, "p_success")["attempts"] == pytest.approx(-2 / p**2, **CLOSE)


@pytest.mark.parametrize(
    "protocol", [ebit.SwapAsap(), ebit.Doubling(), ebit.Nested("s", [ebit.CutOff("run_time", 1e9)])]
)
@pytest.mark.parametrize("p_swap", [0.3, 0.95, 1.0])
def test_swap_probability(protocol: object, p_swap: float) -> None:
    """E[T] = M / ps."""
    p = 0.4
    time = (3 - 2 * p) / (p * (2 - p))
    own = slopes(bare_chain([p] * 2, p_swap, protocol=protocol), "p_swap")
    assert own["waiting_time"] == pytest.approx(-time / p_swap**2, **CLOSE)
    assert own["rate"] == pytest.approx(1 / time, **CLOSE)
    assert own["fidelity"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("t2", [0.3, 10.0, 5000.0])
@pytest.mark.parametrize("p", [0.3, 1e-3])
def test_coherence_time(p: float, t2: float) -> None:
    """xx = p / (2 - p) (1 + x) / (1 - x), x = q exp(-1 / t2), and what follows from it."""
    node, link = ebit.Node(memory=ebit.Memory(t2=t2)), ebit.links.ideal(p)
    chain = ebit.Chain([link] * 2, [node] * 3)
    x = (1 - p) * math.exp(-1 / t2)
    xx = p / (2 - p) * (1 + x) / (1 - x)
    exact = p / (2 - p) * 2 * x / t2**2 / (1 - x) ** 2
    for name in ("t2", "t2.1"):
        own = slopes(chain, name)
        tolerance = {"rel": 1e-8, "abs": 1e-11 / t2}
        assert own["fidelity"] == pytest.approx(exact / 2, **tolerance)
        assert own["qber_x"] == pytest.approx(-exact / 2, **tolerance)
        entropy = math.log2((1 + xx) / (1 - xx)) / 2
        assert own["secret_fraction"] == pytest.approx(exact * entropy, rel=1e-8, abs=1e-10 / t2)
        assert own["distillable_entanglement"] == pytest.approx(exact * entropy, rel=1e-8, abs=1e-10 / t2)
        assert own["waiting_time"] == own["qber_z"] == 0.0
    assert slopes(chain, "t2.0")["fidelity"] == 0.0  # it measures at once


@pytest.mark.parametrize("fidelity", [0.6, 0.95, 1.0])
def test_fidelity_of_links(fidelity: float) -> None:
    """Werner links: w = w1 w2 w3, each (4 F - 1) / 3."""
    chain = ebit.Chain([ebit.links.ideal(0.5, fidelity=fidelity)] * 3)
    w = (4 * fidelity - 1) / 3
    assert slopes(chain, "fidelity")["fidelity"] == pytest.approx(3 * w**2, **CLOSE)
    assert slopes(chain, "fidelity.2")["fidelity"] == pytest.approx(w**2, **CLOSE)
    assert slopes(chain, "fidelity")["waiting_time"] == 0.0


def test_where_nothing_is_left_to_win() -> None:
    """Perfect memories feel no finite change; no key, no slope."""
    chain = ebit.Chain([ebit.links.ideal(0.5, fidelity=0.7)] * 2)
    assert set(slopes(chain, "t2").values()) == {0.0}
    own = slopes(chain, "fidelity")
    assert own["secret_fraction"] == own["secret_key_rate"] == own["distillable_entanglement"] == 0.0
    assert own["fidelity"] > 0


# --- every method against ordinary differences ------------------------------------------------------

CHAINS = {
    "parallel": lambda p, t2: hardware(p, t2, certain=True).chain(),
    "storing": lambda p, t2: hardware(p, t2, certain=True).chain(end_nodes="store"),
    "global cut-off": lambda p, t2: hardware(p, t2, certain=True).chain(ebit.SwapAsap(5.0)),
    "doubling": lambda p, t2: hardware(p, t2).chain(ebit.Doubling()),
    "slotted": lambda p, t2: hardware(p, t2).chain(ebit.Slotted(cutoff=4.0)),
    "word": lambda p, t2: hardware(p, t2).chain(
        ebit.Nested("ss", [ebit.CutOff("memory_time", 4.0), ebit.CutOff()])
    ),
}


def hardware(p: float, t2: float, certain: bool = False) -> Hardware:
    states = (np.diag([1.0, 0.97, -0.96, 0.98]),) * 4
    memories = (("relaxation", (900.0, t2, 0.1)),) * 5
    return Hardware(
        (0.4, p, 0.5, 0.7), certain=certain, states=states, memories=memories, bsm=((0.7, 0.0, 0.0),) * 5
    )


@pytest.mark.parametrize("name", CHAINS)
def test_all_figures_by_differences(name: str) -> None:
    p, t2 = 0.6, 500.0
    own = ebit.exact.derivatives(CHAINS[name](p, t2), ["p_success.1", "t2"])
    for parameter, value, at in (
        ("p_success.1", p, lambda x: CHAINS[name](x, t2)),
        ("t2", t2, lambda x: CHAINS[name](p, x)),
    ):
        h = 1e-3 * value
        near = [ebit.exact.figures(at(value + k * h)) for k in (-2, -1, 1, 2)]
        for figure, slope in own[parameter].items():
            f = [values[figure] for values in near]
            difference = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h)
            scale = abs(near[0][figure] / value)
            assert slope == pytest.approx(difference, rel=1e-7, abs=1e-9 * scale), (parameter, figure)
    assert own["t2"]["secret_key_rate"] > 0


def test_the_sum_of_all_is_all() -> None:
    chain = CHAINS["doubling"](0.6, 500.0)
    for kind, numbers in (
        ("p_success", range(4)),
        ("p_swap", range(1, 4)),
        ("fidelity", range(4)),
        ("t2", range(5)),
    ):
        names = [f"{kind}.{k}" for k in numbers]
        own = ebit.exact.derivatives(chain, [kind, *names])
        for figure, slope in own[kind].items():
            assert slope == pytest.approx(sum(own[name][figure] for name in names), rel=1e-7, abs=1e-10)


# --- cut-offs ----------------------------------------------------------------------------------------


def test_steps_of_cutoffs() -> None:
    good = hardware(0.6, 500.0)
    chain = good.chain(ebit.Slotted(cutoff=(2.0, 3.0, 2.0, math.inf, 0.0)))
    steps = ebit.exact.cutoff_steps(chain)
    assert list(steps) == ["cutoff.0", "cutoff.1", "cutoff.2", "cutoff.4"]
    assert steps["cutoff.1"].longer == ebit.exact.figures(
        good.chain(ebit.Slotted(cutoff=(2.0, 4.0, 2.0, math.inf, 0.0)))
    )
    assert steps["cutoff.4"].shorter is None
    one = ebit.exact.cutoff_steps(good.chain(ebit.Slotted(cutoff=2.0)))
    assert one["cutoff"].shorter == ebit.exact.figures(good.chain(ebit.Slotted(cutoff=1.0)))

    def word(a: float, b: float) -> ebit.Chain:
        return good.chain(ebit.Nested("ss", [ebit.CutOff("memory_time", a), ebit.CutOff("run_time", b)]))

    steps = ebit.exact.cutoff_steps(word(3.0, 9.0))
    assert steps["cutoffs.0"].shorter == ebit.exact.figures(word(2.0, 9.0))
    assert steps["cutoffs.1"].longer == ebit.exact.figures(word(3.0, 10.0))
    free = good.chain(ebit.Nested("ss", [ebit.CutOff(), ebit.CutOff()]))
    assert ebit.exact.cutoff_steps(free) == ebit.exact.cutoff_steps(good.chain()) == {}


def test_step_of_a_global_cutoff() -> None:
    def chain(cutoff: float) -> ebit.Chain:
        return hardware(0.6, 500.0, certain=True).chain(ebit.SwapAsap(cutoff))

    step = ebit.exact.cutoff_steps(chain(3.0))["global_cutoff"]
    assert (step.shorter, step.longer) == (ebit.exact.figures(chain(2.0)), ebit.exact.figures(chain(4.0)))


# --- what is refused ---------------------------------------------------------------------------------

CHAIN = CHAINS["doubling"](0.6, 500.0)


@pytest.mark.parametrize(
    "name", ["p", "", "p_success.4", "p_success.-1", "p_success.x", "t2.5", "p_swap.1.1", "cutoff"]
)
def test_unknown_parameters(name: str) -> None:
    with pytest.raises(ValueError, match=r"with_respect_to = .* is not allowed"):
        ebit.exact.derivatives(CHAIN, name)


@pytest.mark.parametrize("name", [None, 3, [("t2", 1)], [None]])
def test_parameters_of_the_wrong_type(name: object) -> None:
    with pytest.raises(TypeError):
        ebit.exact.derivatives(CHAIN, name)  # type: ignore[arg-type]


def test_an_iterator_serves_every_point() -> None:
    link = ebit.links.ideal(p_success=[0.3, 0.5])
    slopes = ebit.exact.derivatives(ebit.Chain([link] * 2), with_respect_to=iter(["p_success"]))
    assert slopes["p_success"]["waiting_time"].shape == (2,)
    assert (slopes["p_success"]["waiting_time"] < 0.0).all()


def test_other_chains() -> None:
    for ask in (lambda c: ebit.exact.derivatives(c, "t2"), ebit.exact.cutoff_steps):
        for chain in (None, 3, [CHAIN]):
            with pytest.raises(TypeError, match=r"chain = .* must be a Chain"):
                ask(chain)
    with pytest.raises(ValueError, match="size_limit"):
        ebit.exact.derivatives(CHAIN, "t2", size_limit=0)
    with pytest.raises(ebit.exact.NotCovered, match="entries"):
        ebit.exact.derivatives(bare_chain([1e-9] * 16, 0.5, protocol=ebit.Doubling()), "p_success")


def test_what_has_no_derivative() -> None:
    other = Hardware(P, memories=tuple(UNITAL_MEMORIES)).chain(ebit.Doubling())
    with pytest.raises(ValueError, match=r"nodes\.0\.memory has no t2"):
        ebit.exact.derivatives(other, "t2")
    mixed = ebit.Chain([ebit.links.ideal(0.5, fidelity=0.25)] * 2)
    with pytest.raises(ValueError, match="fidelity of 1/4 or less"):
        ebit.exact.derivatives(mixed, "fidelity")
    link = ebit.links.ideal(0.5, fidelity=0.95)
    jumps = ebit.Chain(
        [link] * 2, [ebit.Node(ebit.Memory(t2=50.0))] * 3, ebit.Nested("s", [ebit.CutOff("fidelity", 0.9)])
    )
    for name in ("t2", "fidelity.0"):
        with pytest.raises(ebit.exact.NotCovered, match="with a fidelity cut-off figures jump"):
            ebit.exact.derivatives(jumps, name)
    assert slopes(jumps, "p_success")["waiting_time"] < 0
