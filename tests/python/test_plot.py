"""Plots: the distributions that a summary holds, drawn without a display."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ebit

pytest.importorskip("matplotlib")

CHAIN = ebit.Chain(
    [ebit.links.ideal(p_success=0.01, fidelity=0.95)] * 3, [ebit.Node(ebit.Memory(t2=500.0))] * 4
)


@pytest.fixture(scope="module")
def summary() -> ebit.Summary:
    return ebit.estimate(CHAIN, shots=20_000, rng=7)


def test_the_densities_have_area_one_and_the_right_mean(summary: ebit.Summary) -> None:
    figure = ebit.plot.plot(summary, "three links")
    assert figure.get_suptitle() == "three links"
    for axes, name in zip(figure.axes, ("waiting_time", "fidelity"), strict=True):
        (bars,) = axes.patches
        heights, edges, _ = bars.get_data()
        areas = heights * np.diff(edges)
        assert areas.sum() == pytest.approx(1.0)
        middle = (edges[1:] + edges[:-1]) / 2.0
        assert areas @ middle == pytest.approx(summary.figures[name].value, rel=0.02)
        assert name.replace("_", " ") in axes.get_xlabel()
        assert len(heights) <= 101


def test_bars_are_of_about_one_width(summary: ebit.Summary) -> None:
    (bars,) = ebit.plot.plot(summary).axes[0].patches
    widths = np.diff(bars.get_data().edges)
    assert widths.max() < 2.5 * np.median(widths)


def test_a_figure_is_saved_as_png(tmp_path: Path, summary: ebit.Summary) -> None:
    path = tmp_path / "plot.png"
    ebit.plot.save(summary, path)
    assert path.read_bytes().startswith(b"\x89PNG\r\n")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("shots", [1, 2])
def test_a_shot_is_enough(tmp_path: Path, shots: int) -> None:
    ebit.plot.save(ebit.estimate(CHAIN, shots=shots, rng=1), tmp_path / "plot.png")


def test_certain_waiting_times(tmp_path: Path) -> None:
    chain = ebit.Chain([ebit.links.ideal(p_success=1.0, fidelity=1.0)])
    ebit.plot.save(ebit.estimate(chain, shots=100, rng=1), tmp_path / "plot.png")


def test_no_shots_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one shot"):
        ebit.plot.plot(ebit.estimate(CHAIN, shots=0, rng=1))


def test_the_state_of_pyplot_is_left_alone() -> None:
    code = """
import sys, ebit
chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=1.0)])
ebit.plot.plot(ebit.estimate(chain, shots=10, rng=1)).savefig("/dev/null", format="png")
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
