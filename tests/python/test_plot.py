"""Plots: the distributions that a summary holds, drawn without a display."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

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
        assert 0.999 - 1e-12 <= areas.sum() <= 1.0 + 1e-12
        middle = (edges[1:] + edges[:-1]) / 2.0
        assert areas @ middle == pytest.approx(summary.figures[name].value, rel=0.02)
        assert name.replace("_", " ") in axes.get_xlabel()
        assert len(heights) <= 101


def test_the_axis_of_time_ends_where_nearly_all_pairs_are_delivered(summary: ebit.Summary) -> None:
    times, fidelities = ebit.plot.plot(summary).axes
    counts, edges = summary.waiting_time_histogram()
    end = times.patches[0].get_data().edges[-1]
    assert counts[edges[:-1] >= end].sum() <= 0.001 * summary.shots
    assert end == pytest.approx(summary.waiting_time_quantile(0.999).value, rel=0.01)
    assert end < 0.9 * edges[-1]
    heights, edges, _ = fidelities.patches[0].get_data()
    assert heights @ np.diff(edges) == pytest.approx(1.0)


def test_windows_of_decoherence_are_drawn_with_telemetry() -> None:
    summary = ebit.estimate(CHAIN, shots=20_000, rng=7, telemetry=True)
    _, _, storage = ebit.plot.plot(summary).axes
    assert storage.get_xlabel() == "storage time (s)"
    assert [line.get_label() for line in storage.lines] == ["node 1", "node 2"]  # the ends measure
    times, shares = storage.lines[0].get_data()
    # P(|N - N'| >= t) = 2 q^t / (2 - p)
    expected = 2 * 0.99 ** np.ceil(times) / 1.99
    assert np.abs(shares - expected).max() < 5 * 0.5 / np.sqrt(20_000)
    still = ebit.estimate(ebit.Chain([ebit.links.ideal(0.5)]), shots=100, rng=7, telemetry=True)
    assert len(ebit.plot.plot(still).axes[2].lines) == 0
    long = ebit.estimate(ebit.Chain([ebit.links.ideal(0.5)] * 40), shots=100, rng=7, telemetry=True)
    assert len(ebit.plot.plot(long).axes[2].lines) == 7


def test_units_are_written(summary: ebit.Summary) -> None:
    times, fidelities = ebit.plot.plot(summary).axes
    assert (times.get_xlabel(), times.get_ylabel()) == ("waiting time (s)", "probability density (1/s)")
    assert (fidelities.get_xlabel(), fidelities.get_ylabel()) == ("fidelity", "probability density")
    texts = [axes.get_legend().get_texts()[0].get_text() for axes in (times, fidelities)]
    assert texts[0] == f"mean {summary.figures['waiting_time'].value:.4g} s"
    assert texts[1] == f"mean {summary.figures['fidelity'].value:.4g}"


def test_a_long_title_is_wrapped(summary: ebit.Summary) -> None:
    figure = ebit.plot.plot(summary, "a rather long title " * 12)
    figure.canvas.draw()
    box = figure.texts[0].get_window_extent() if figure.texts else figure._suptitle.get_window_extent()
    assert figure.get_suptitle().count("\n") >= 2
    assert 0 < box.x0 < box.x1 < figure.bbox.width


def test_what_all_pairs_share_is_a_line(tmp_path: Path) -> None:
    chain = ebit.Chain([ebit.links.ideal(p_success=0.1, fidelity=0.925)])
    summary = ebit.estimate(chain, shots=1000, rng=1)
    times, fidelities = ebit.plot.plot(summary).axes
    assert len(times.patches) == 1
    assert len(fidelities.patches) == 0
    assert fidelities.get_legend().get_texts()[0].get_text() == "all pairs 0.925"
    low, high = fidelities.get_xlim()
    assert low == 0.0 < 1.0 < high < 1.1
    assert list(fidelities.get_yticks()) == []


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


@pytest.mark.parametrize("bad", [None, 3, "summary", ebit.sample(CHAIN, 10, rng=1)])
def test_only_summaries_are_drawn(bad: Any) -> None:
    with pytest.raises(TypeError, match=r"summary = .* it must be a Summary"):
        ebit.plot.plot(bad)


def test_the_state_of_pyplot_is_left_alone() -> None:
    code = """
import sys, ebit
chain = ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=1.0)])
ebit.plot.plot(ebit.estimate(chain, shots=10, rng=1)).savefig("/dev/null", format="png")
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# --- timelines ----------------------------------------------------------------------------------------


def drawn_marks(figure: Any) -> dict[str, list[tuple[float, float]]]:
    """Marks by the words of the legend."""
    lines = [line for line in figure.axes[0].lines if not line.get_label().startswith("_")]
    return {line.get_label(): list(zip(*line.get_data(), strict=True)) for line in lines}


FAILING = ebit.Node(bsm=ebit.BellMeasurement(p_success=0.6))
TRACED = {
    "swap_asap": CHAIN,
    "doubling": ebit.Chain(CHAIN.links, [FAILING] * 4, ebit.Doubling()),
    "nested": ebit.Chain(
        [ebit.links.ideal(p_success=0.2, fidelity=0.8)] * 2,
        [FAILING] * 3,
        ebit.Nested("ds", [ebit.CutOff(), ebit.CutOff("memory_time", 3.0)]),
        end_nodes="store",
    ),
}


@pytest.mark.parametrize("name", TRACED)
def test_a_timeline_shows_every_pair_and_every_event(name: str) -> None:
    for key in range(5):
        trace = ebit.trace(TRACED[name], rng=key)
        figure = ebit.plot.timeline(trace, name)
        (axes,) = figure.axes
        assert figure.get_suptitle() == name
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("node", "time (s)")
        for pair, bar in zip(trace.pairs, axes.patches, strict=True):
            assert pair.nodes[0] < bar.get_x() < bar.get_x() + bar.get_width() < pair.nodes[1]
            assert bar.get_y() == pair.made
            assert bar.get_height() == pytest.approx(pair.ended - pair.made, abs=1e-12)
        marks = drawn_marks(figure)
        kinds = {event.kind for event in trace.events} - {"link"}
        assert {label.replace(" ", "_").replace("cut-off", "cutoff") for label in marks} == kinds
        for event in trace.events:
            label = event.kind.replace("_", " ").replace("cutoff", "cut-off")
            if "swap" in event.kind:
                assert (event.nodes[1], event.time) in marks[label]
            elif event.kind != "link":
                assert event.time in {y for _, y in marks[label]}
        assert marks["delivered"] == [(0, trace.delivery_time), (len(trace.chain), trace.delivery_time)]
        assert axes.get_ylim()[0] == 0.0 < trace.delivery_time < axes.get_ylim()[1]


def test_pairs_of_the_same_nodes_stand_one_inside_the_other() -> None:
    link = ebit.links.ideal(p_success=0.3, fidelity=0.9)
    chain = ebit.Chain([link], protocol=ebit.Nested("dd"), end_nodes="store")
    trace = ebit.trace(chain, rng=1)
    bars = list(zip(trace.pairs, ebit.plot.timeline(trace).axes[0].patches, strict=True))
    together = [
        (bar.get_x(), other.get_x())
        for i, (pair, bar) in enumerate(bars)
        for later, other in bars[i + 1 :]
        if pair.made <= later.made < pair.ended
    ]
    assert len(together) > 3
    assert all(x != y for x, y in together)


def test_a_timeline_can_be_saved(tmp_path: Path) -> None:
    for name in ("timeline.png", "timeline.svg"):
        ebit.plot.timeline(ebit.trace(CHAIN, rng=1)).savefig(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000


@pytest.mark.parametrize("bad", [None, CHAIN, 3, "trace"])
def test_only_traces_have_timelines(bad: Any) -> None:
    with pytest.raises(TypeError, match="trace = "):
        ebit.plot.timeline(bad)
