"""Results on disk: what is written is read, whole or not at all, and can be run again."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ebit
from ebit import results

LINK = ebit.links.double_click(
    ebit.Fibre(20e3), ebit.Fibre(10e3), detector=ebit.Detector(0.8, 1e-5), visibility=0.9, modes=4
)
NODE = ebit.Node(ebit.Memory(t1=1.0, t2=0.5), ebit.BellMeasurement(p_replace=0.01))
CHAIN = ebit.Chain([LINK, LINK], [NODE] * 3, ebit.Slotted(failed_swap="left_to_right"), end_nodes="store")
KEY = 2**64 - 3


@pytest.fixture(scope="module")
def summary() -> ebit.Summary:
    return ebit.estimate(CHAIN, shots=3000, rng=KEY)


@pytest.fixture(scope="module")
def run() -> ebit.Run:
    return ebit.sample(CHAIN, shots=3000, rng=KEY)


def _is_summary(result: results.Result, summary: ebit.Summary) -> None:
    assert result.figures == summary.figures
    np.testing.assert_array_equal(result.pair, summary.pair.correlations)
    for name, (counts, edges) in result.histograms.items():
        expected_counts, expected_edges = getattr(summary, f"{name}_histogram")()
        np.testing.assert_array_equal(counts, expected_counts)
        np.testing.assert_array_equal(edges, expected_edges)
    assert set(result.histograms) == {"waiting_time", "fidelity"}


@pytest.mark.parametrize("suffix", [".nc", ".json"])
def test_a_summary_is_read_as_written(tmp_path: Path, summary: ebit.Summary, suffix: str) -> None:
    path = tmp_path / f"result{suffix}"
    ebit.results.save(summary, path, title="Delft → Eindhoven")
    result = ebit.results.load(path)
    _is_summary(result, summary)
    assert result.title == "Delft → Eindhoven"
    assert result.samples == {}


def test_samples_stand_beside_a_summary(tmp_path: Path, summary: ebit.Summary, run: ebit.Run) -> None:
    path = tmp_path / "result.nc"
    ebit.results.save(summary, path, samples=run)
    result = ebit.results.load(path)
    _is_summary(result, summary)
    assert set(result.samples) == {"waiting_time", "attempts", "fidelity", "correlations"}
    for name, column in result.samples.items():
        np.testing.assert_array_equal(column, getattr(run, name))


@pytest.mark.parametrize("suffix", [".nc", ".csv"])
def test_samples_are_read_as_written(tmp_path: Path, run: ebit.Run, suffix: str) -> None:
    path = tmp_path / f"samples{suffix}"
    ebit.results.save(run, path)
    result = ebit.results.load(path)
    for name in ("waiting_time", "attempts", "fidelity"):
        np.testing.assert_array_equal(result.samples[name], getattr(run, name))
    assert result.figures == {}
    assert result.pair is None


COLUMNS = ("swaps", "lost_swaps", "distillations", "lost_distillations", "storage_time")


@pytest.mark.parametrize("suffix", [".nc", ".json"])
def test_telemetry_is_read_as_written(tmp_path: Path, suffix: str) -> None:
    summary = ebit.estimate(CHAIN, shots=3000, rng=KEY, telemetry=True)
    path = tmp_path / f"result{suffix}"
    ebit.results.save(summary, path)
    result = ebit.results.load(path)
    np.testing.assert_equal(result.figures, summary.figures)
    assert "swap_success_rate" in result.figures
    assert set(result.histograms) == {"waiting_time", "fidelity"}
    nodes = result.nodes
    for node in range(3):
        figure = nodes["storage_time"][node], nodes["storage_time_standard_error"][node]
        assert figure == summary.storage_time(node)
    zeros, counts, edges = summary.storage_time_histograms()
    np.testing.assert_array_equal(nodes["storage_time_zeros"], zeros)
    np.testing.assert_array_equal(nodes["storage_time_counts"], counts)
    np.testing.assert_array_equal(nodes["storage_time_edges"], edges)


@pytest.mark.parametrize("suffix", [".nc", ".csv"])
def test_samples_of_telemetry_are_read_as_written(tmp_path: Path, suffix: str) -> None:
    run = ebit.sample(CHAIN, shots=300, rng=KEY, telemetry=True)
    path = tmp_path / f"samples{suffix}"
    ebit.results.save(run, path)
    result = ebit.results.load(path)
    assert result.nodes == {}
    assert set(result.samples) >= {"waiting_time", "attempts", "fidelity", *COLUMNS}
    for name in ("waiting_time", *COLUMNS):
        np.testing.assert_array_equal(result.samples[name], getattr(run, name))


@pytest.mark.parametrize("suffix", [".nc", ".json", ".csv"])
def test_a_file_says_how_to_run_it_again(
    tmp_path: Path, summary: ebit.Summary, run: ebit.Run, suffix: str
) -> None:
    path = tmp_path / f"result{suffix}"
    ebit.results.save(run if suffix == ".csv" else summary, path)
    result = ebit.results.load(path)
    provenance = result.provenance
    assert provenance["key"] == KEY
    assert provenance["version"] == ebit.__version__
    assert {"isa", "first_shot"} <= provenance.keys()
    assert result.chain == CHAIN
    again = ebit.estimate(result.chain, shots=provenance["shots"], rng=provenance["key"])
    assert again.figures == summary.figures


@pytest.mark.parametrize("suffix", [".nc", ".json"])
def test_what_is_infinite_or_undefined_survives(tmp_path: Path, suffix: str) -> None:
    endless = ebit.Chain([ebit.links.ideal(0.5)], [ebit.Node(ebit.Memory())] * 2)
    one = ebit.estimate(endless, shots=1, rng=1)
    path = tmp_path / f"one{suffix}"
    ebit.results.save(one, path)
    result = ebit.results.load(path)
    assert math.isnan(result.figures["rate"].standard_error)
    assert result.figures["rate"].value == one.value
    assert math.isinf(result.chain.nodes[0].memory.parameters["t1"])


def test_no_shots_are_refused(tmp_path: Path) -> None:
    for result in (ebit.sample(CHAIN, 0, rng=1), ebit.estimate(CHAIN, shots=0, rng=1)):
        with pytest.raises(ValueError, match="at least one shot"):
            ebit.results.save(result, tmp_path / "none.nc")


def test_json_is_strict_json(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    ebit.results.save(ebit.estimate(CHAIN, shots=1, rng=1), path)

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(path.read_text(), parse_constant=refuse)


def test_a_long_uniform_chain_is_written_once(tmp_path: Path) -> None:
    chain = ebit.Chain([LINK] * 1024, [NODE] * 1025, ebit.Doubling())
    sizes = []
    for links in (4, 1024):
        short = ebit.Chain(chain.links[:links], chain.nodes[: links + 1], chain.protocol)
        path = tmp_path / f"{links}.csv"
        ebit.results.save(ebit.sample(short, shots=1, rng=7), path)
        assert ebit.results.load(path).chain == short
        sizes.append(path.stat().st_size)
    assert sizes[1] < sizes[0] + 200


# ---- for others to open ----


def test_scipy_opens_it(tmp_path: Path, summary: ebit.Summary, run: ebit.Run) -> None:
    netcdf = pytest.importorskip("scipy.io").netcdf_file
    path = tmp_path / "result.nc"
    ebit.results.save(summary, path, samples=run)
    with netcdf(path, "r", mmap=False) as file:
        assert file.variables["rate"][...] == summary.value
        assert file.variables["rate"].units == b"Hz"
        assert file.variables["sample_correlations"].shape == (3000, 4, 4)
        assert json.loads(file.provenance)["key"] == KEY


def test_xarray_opens_it(tmp_path: Path, summary: ebit.Summary, run: ebit.Run) -> None:
    xarray = pytest.importorskip("xarray")
    path = tmp_path / "result.nc"
    ebit.results.save(summary, path, samples=run, title="Delft → Eindhoven")
    with xarray.open_dataset(path) as data:
        assert float(data.secret_key_rate) == summary.figures["secret_key_rate"].value
        assert data.sample_waiting_time.dims == ("shot",)
        assert float(data.sample_waiting_time.mean()) == pytest.approx(float(data.waiting_time))
        assert data.attrs["title"] == "Delft → Eindhoven"
        assert json.loads(data.attrs["provenance"])["shots"] == 3000


def test_attempts_are_real_numbers_in_netcdf(tmp_path: Path, run: ebit.Run) -> None:
    path = tmp_path / "samples.nc"
    ebit.results.save(run, path)
    column = ebit.results.load(path).samples["attempts"]
    assert (column.dtype, run.attempts.dtype) == (np.float64, np.int64)
    np.testing.assert_array_equal(column, run.attempts)


def test_any_reader_of_csv_opens_it(tmp_path: Path, run: ebit.Run) -> None:
    path = tmp_path / "samples.csv"
    ebit.results.save(run, path)
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert len(rows) == 3000
    assert float(rows[5]["waiting_time"]) == run.waiting_time[5]
    assert float(rows[5]["fidelity"]) == run.fidelity[5]


# ---- whole or not at all ----


def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, summary: ebit.Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "result.json"
    ebit.results.save(summary, path)
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="no space left"):
        ebit.results.save(ebit.estimate(CHAIN, shots=10, rng=1), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced(tmp_path: Path, summary: ebit.Summary) -> None:
    path = tmp_path / "result.json"
    path.write_text("something else")
    ebit.results.save(summary, path)
    assert ebit.results.load(path).figures == summary.figures
    assert list(tmp_path.iterdir()) == [path]


# ---- what cannot be written or read ----


def test_formats_that_cannot_hold_it(tmp_path: Path, summary: ebit.Summary, run: ebit.Run) -> None:
    for result, name, message in [
        (summary, "result.csv", "CSV holds samples alone"),
        (run, "result.json", "JSON holds no samples"),
        (run, "result.txt", "format '.txt' is not known, it must be one of .nc, .json, .csv"),
        (run, "result", "format '' is not known"),
    ]:
        with pytest.raises(ValueError, match=message):
            ebit.results.save(result, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [None, 3, "summary", np.ones(3)])
def test_only_results_are_saved(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"result = .* it must be a Run or Summary"):
        ebit.results.save(wrong, tmp_path / "result.nc")


@pytest.mark.parametrize("wrong", [3, "run", np.ones(3)])
def test_only_runs_are_samples(tmp_path: Path, summary: ebit.Summary, wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"samples = .* it must be a Run"):
        ebit.results.save(summary, tmp_path / "a.nc", samples=wrong)


def test_samples_are_of_the_same_chain(tmp_path: Path, summary: ebit.Summary) -> None:
    other = ebit.sample(ebit.Chain([ebit.links.ideal(p_success=[0.1, 0.2])]), 10, rng=1)
    with pytest.raises(ValueError, match="samples are of"):
        ebit.results.save(summary, tmp_path / "a.nc", samples=other)


@pytest.mark.parametrize("suffix", [".nc", ".json", ".csv"])
@pytest.mark.parametrize("content", [b"", b"{}", b"CDF\x02", b"rubbish\n1,2,3\n", b"[1, 2]", b"\xff" * 100])
def test_other_files_are_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"other{suffix}"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"other\.\w+ is not a result"):
        ebit.results.load(path)


def test_a_missing_file_and_a_missing_folder(tmp_path: Path, summary: ebit.Summary) -> None:
    with pytest.raises(FileNotFoundError):
        ebit.results.load(tmp_path / "none.json")
    with pytest.raises(FileNotFoundError) as caught:
        ebit.results.save(summary, tmp_path / "none" / "result.json")
    assert caught.value.filename == str(tmp_path / "none" / "result.json")
