"""The table of a summary, and the repeaterless bound beside it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import ebit
from ebit import report


def _link(km: float, **options: float) -> ebit.ElementaryLink:
    arm = ebit.Fibre(length=km * 500.0)
    return ebit.links.double_click(arm, arm, detector=ebit.Detector(0.8), **options)


def test_the_bound_is_that_of_the_whole_path_at_the_slowest_link() -> None:
    chain = ebit.Chain([_link(100.0), _link(50.0, modes=3)])
    # 150 km at 0.2 dB/km; 100 km: one photon in two rails in 0.5 ms, 50 km: three of them in 0.25 ms.
    expected = -math.log2(1.0 - 1e-3) * 2.0 / 0.5e-3
    assert report.repeaterless_rate(chain) == pytest.approx(expected, rel=1e-12)


def test_the_bound_does_not_vanish_with_the_distance() -> None:
    chain = ebit.Chain([_link(62.5)] * 16)
    expected = 2e-20 / math.log(2.0) / 0.3125e-3
    assert report.repeaterless_rate(chain) == pytest.approx(expected, rel=1e-9)


def test_a_single_click_occupies_one_optical_mode() -> None:
    arm = ebit.Fibre(length=25e3)
    link = ebit.links.single_click(arm, arm, bright_population=0.1, modes=3)
    expected = -math.log2(1.0 - 0.1) * 3.0 / 0.25e-3
    assert report.repeaterless_rate(ebit.Chain([link])) == pytest.approx(expected, rel=1e-12)


def test_the_slowest_link_counts_optical_modes() -> None:
    """60 km in single rail has fewer uses per second than 100 km in dual rail."""
    arm = ebit.Fibre(length=30e3)
    chain = ebit.Chain([_link(100.0), ebit.links.single_click(arm, arm, bright_population=0.1)])
    single, dual = 1 / 0.3e-3, 2 / 0.5e-3
    assert single < dual
    expected = -math.log2(1.0 - 10**-3.2) * single
    assert report.repeaterless_rate(chain) == pytest.approx(expected, rel=1e-12)


def test_ideal_links_have_no_bound() -> None:
    assert math.isnan(report.repeaterless_rate(ebit.Chain([_link(10.0), ebit.links.ideal(0.5)])))


def test_a_table_shows_every_figure_with_its_error() -> None:
    summary = ebit.estimate(ebit.Chain([_link(50.0)] * 2), shots=5000, rng=7)
    text = report.table(summary, "two links")
    lines = text.splitlines()
    assert lines[0] == "two links"
    assert "5000 pairs, seed 7" in lines[1]
    width = len("distillable entanglement")
    rows = {line[:width].strip(): line[width:].split() for line in lines[4:]}
    for name, unit in [("rate", "Hz"), ("fidelity", None), ("qber_x", None), ("secret_key_rate", "bit/s")]:
        value, error, exact, *rest = rows[name.replace("_", " ")]
        assert float(exact) == pytest.approx(ebit.exact.figures(summary.chain)[name], rel=1e-7)
        figure = summary.figures[name]
        assert float(value) == pytest.approx(figure.value, rel=1e-5, abs=2.0 * figure.standard_error)
        assert float(error) == pytest.approx(figure.standard_error, rel=0.06)
        assert rest == ([unit] if unit else [])
    assert float(rows["repeaterless bound"][0]) == pytest.approx(
        report.repeaterless_rate(summary.chain), rel=1e-3
    )
    assert str(summary) == report.table(summary)


def test_telemetry_adds_rows() -> None:
    node = ebit.Node(bsm=ebit.BellMeasurement(0.5))
    chain = ebit.Chain([_link(50.0)] * 2, [node] * 3, end_nodes="store")
    summary = ebit.estimate(chain, shots=5000, rng=7, telemetry=True)
    lines = report.table(summary).splitlines()
    rows = {line[:24].strip(): line[24:].split() for line in lines[3:]}
    figures = {name.replace("_", " "): figure for name, figure in summary.figures.items()}
    figures |= {f"at node {node}": summary.storage_time(node) for node in range(3)}
    names = [
        "tagged secret key rate",
        "swap success rate",
        "storage time",
        *(f"at node {k}" for k in range(3)),
    ]
    for name in names:
        value, error, *unit = rows[name]
        figure = figures[name]
        if name.startswith("tagged"):  # known exactly for two links
            known = unit.pop(0)
            assert float(known) == pytest.approx(
                ebit.exact.figures(chain)["tagged_secret_key_rate"], rel=1e-6
            )
        assert float(value) == pytest.approx(figure.value, abs=figure.standard_error)
        assert float(error) == pytest.approx(figure.standard_error, rel=0.06)
        assert unit == {"tagged": ["bit/s"], "swap": []}.get(name.split()[0], ["s"])
    assert "distillation success rate" not in rows
    long = ebit.estimate(ebit.Chain([_link(50.0)] * 9), shots=1000, rng=7, telemetry=True)
    assert "at node" not in report.table(long)


def test_what_has_no_exact_figures_shows_none() -> None:
    chain = ebit.Chain([_link(100.0), _link(50.0)])
    assert report.exact_figures(chain) == {}
    lines = report.table(ebit.estimate(chain, shots=1000, rng=7)).splitlines()
    assert "exact" not in lines[2]
    assert len(lines[3].split()) == 4  # name, value, error, unit


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.1234567, 0.00123, ("0.1235", "0.0012")),
        (1234567.0, 12000.0, ("1.235e+06", "1.2e+04")),
        (123.4567, 12.3, ("123", "12")),
        (5e-5, 1e-3, ("5.0e-05", "0.001")),
        (0.5, 0.0, ("0.5", "0")),
        (0.0, 0.0, ("0", "0")),
        (0.25, math.nan, ("0.25", "nan")),
        (math.nan, math.nan, ("nan", "nan")),
    ],
)
def test_values_are_shown_to_the_last_digit_of_their_error(
    value: float, error: float, expected: tuple[str, str]
) -> None:
    assert report._digits(ebit.Figure(value, error)) == expected


def test_a_missed_target_is_said() -> None:
    chain = ebit.Chain([_link(50.0)] * 2)
    summary = ebit.estimate(chain, rel_error=1e-6, max_shots=1000, rng=7)
    assert "incomplete: stopped before it reached what was asked for" in report.table(summary)
    assert "incomplete" not in report.table(ebit.estimate(chain, shots=1000, rng=7))


@pytest.mark.parametrize("shots", [0, 1])
def test_hardly_any_shots(shots: int) -> None:
    with np.errstate(all="raise"):
        assert f"{shots} pairs" in report.table(ebit.estimate(ebit.Chain([_link(50.0)]), shots=shots, rng=1))


@pytest.mark.parametrize("bad", [None, 3, "chain"])
def test_what_is_of_another_type_is_refused(bad: Any) -> None:
    with pytest.raises(TypeError, match=r"chain = .* it must be a Chain"):
        ebit.report.repeaterless_rate(bad)
    with pytest.raises(TypeError, match=r"summary = .* it must be a Summary"):
        ebit.report.table(bad)
