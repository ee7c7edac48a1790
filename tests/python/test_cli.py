"""The command line: what it prints, writes, refuses, and how it stops."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import ebit
from ebit import cli

CHAIN = """
title = "two ideal links"

[[links]]
scheme = "ideal"
p_success = 0.05
fidelity = 0.97
repeat = 2

[defaults.node]
memory = { t2 = 400.0 }

[protocol]
kind = "doubling"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "chain.toml"
    path.write_text(CHAIN)
    return path


def _summary(shots: int, rng: int, *changes: str) -> ebit.Summary:
    return ebit.estimate(ebit.load("chain.toml", changes), shots=shots, rng=rng)


# ---- what it prints ----


def test_the_table_is_that_of_the_library(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(file), "--shots", "2000", "--seed", "7", "--no-output"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ebit.report.table(_summary(2000, 7), "two ideal links") + "\n"
    assert captured.err == ""


def test_json_is_the_summary(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(file), "--shots", "2000", "--seed", "7", "--no-output", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    summary = _summary(2000, 7)
    for name, figure in summary.figures.items():
        assert document["figures"][name] == pytest.approx(figure._asdict())
    assert document["title"] == "two ideal links"
    assert document["files"] == []
    assert document["repeaterless_rate"] is None
    assert document["complete"]
    assert document["provenance"]["key"] == 7
    assert (document["shots"], document["of"]) == (2000, "rate")


def test_an_override_changes_the_chain(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change = "nodes.1.memory.t2=20.0"
    options = ["--shots", "2000", "--seed", "7", "--no-output"]
    assert cli.main(["run", str(file), "--set", change, "--set", "title='changed'", *options]) == 0
    assert capsys.readouterr().out == ebit.report.table(_summary(2000, 7, change), "changed") + "\n"


def test_telemetry(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--shots", "2000", "--seed", "7", "--json"]
    assert cli.main(["run", str(file), *options, "--telemetry", "--samples"]) == 0
    document = json.loads(capsys.readouterr().out)
    summary = ebit.estimate(ebit.load("chain.toml"), shots=2000, rng=7, telemetry=True)
    assert document["figures"].keys() == summary.figures.keys()
    assert document["storage_time"][1] == pytest.approx(summary.storage_time(1)._asdict())
    result = ebit.results.load("runs/chain.nc")
    assert result.samples["storage_time"].sum(axis=1).mean() == pytest.approx(
        result.figures["storage_time"].value
    )
    file.write_text("run.telemetry = true\n" + CHAIN)
    assert cli.main(["run", str(file), *options, "--no-output"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"] == document["figures"]
    assert cli.main(["run", str(file), *options, "--no-output", "--no-telemetry"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["storage_time"] is None
    assert "swap_success_rate" not in document["figures"]
    options = ["--rel-error", "0.1", "--of", "swap_success_rate", "--no-output"]
    assert cli.main(["run", str(file), *options]) == 0
    assert cli.main(["run", str(file), *options, "--no-telemetry"]) == cli.BAD_INPUT
    assert "of = 'swap_success_rate' is not allowed without telemetry" in capsys.readouterr().err


@pytest.mark.parametrize("threads", [[], ["--threads", "1"], ["--threads", "3"]])
def test_threads_do_not_matter(file: Path, capsys: pytest.CaptureFixture[str], threads: list[str]) -> None:
    options = ["--shots", "5000", "--seed", "7", "--no-output", "--json"]
    assert cli.main(["run", str(file), *options, *threads]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["rate"]["value"] == _summary(5000, 7).value


def test_a_target_error_is_met(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--rel-error", "0.01", "--of", "fidelity", "--seed", "7", "--no-output", "--json"]
    assert cli.main(["run", str(file), *options]) == 0
    document = json.loads(capsys.readouterr().out)
    figure = document["figures"]["fidelity"]
    assert figure["standard_error"] <= 0.01 * figure["value"]
    assert abs(figure["value"] - document["exact"]["fidelity"]) <= 5.0 * figure["standard_error"]
    assert (document["of"], document["complete"]) == ("fidelity", True)


def test_a_missed_target_is_said(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--rel-error", "1e-6", "--max-shots", "3e3", "--seed", "7", "--no-output"]
    assert cli.main(["run", str(file), *options]) == 0
    captured = capsys.readouterr()
    assert "incomplete: stopped before" in captured.out
    assert captured.err == (
        "ebit: stopped after 3000 pairs, before the target relative error 1e-06 of rate\n"
    )


def test_the_file_says_how_long_and_the_command_line_comes_first(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(CHAIN + "[run]\nrel_error = 0.5\nmax_shots = 100_000\nseed = 11\nof = 'fidelity'\n")

    def run(*options: str) -> Any:
        assert cli.main(["run", str(file), "--no-output", "--json", *options]) == 0
        return json.loads(capsys.readouterr().out)

    assert (run()["provenance"]["key"], run()["of"]) == (11, "fidelity")
    assert run("--shots", "1234")["shots"] == 1234
    assert run("--seed", "5", "--of", "rate")["provenance"]["key"] == 5
    file.write_text(CHAIN + "[run]\nshots = 321\n")
    assert run()["shots"] == 321
    assert run("--rel-error", "0.2")["shots"] != 321


def test_without_a_seed_runs_differ(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = set()
    for _ in range(2):
        assert cli.main(["run", str(file), "--shots", "10", "--no-output", "--json"]) == 0
        keys.add(json.loads(capsys.readouterr().out)["provenance"]["key"])
    assert len(keys) == 2


@pytest.mark.parametrize(("option", "shown"), [("--progress", True), ("--no-progress", False)])
def test_progress_goes_to_the_error_stream(
    file: Path, capsys: pytest.CaptureFixture[str], option: str, shown: bool
) -> None:
    assert cli.main(["run", str(file), "--shots", "50000", "--no-output", option]) == 0
    captured = capsys.readouterr()
    assert ("pairs" in captured.err) == shown
    assert "50000 pairs" in captured.out


# ---- what it writes ----


def test_results_go_to_runs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", str(file), "--shots", "2000", "--seed", "7"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [f"written: {Path('runs', 'chain.nc')}", f"written: {Path('runs', 'chain.png')}"]
    result = ebit.results.load("runs/chain.nc")
    assert result.figures == _summary(2000, 7).figures
    assert (result.title, result.samples) == ("two ideal links", {})
    assert Path("runs/chain.png").read_bytes().startswith(b"\x89PNG")


def test_samples_are_the_shots_of_the_summary(file: Path) -> None:
    assert cli.main(["run", str(file), "--shots", "2000", "--seed", "7", "--samples", "--no-plot"]) == 0
    result = ebit.results.load("runs/chain.nc")
    assert result.samples["waiting_time"].mean() == pytest.approx(result.figures["waiting_time"].value)
    assert result.samples["fidelity"].mean() == pytest.approx(result.figures["fidelity"].value)
    assert sorted(os.listdir("runs")) == ["chain.nc"]


@pytest.mark.parametrize(
    ("output", "options", "files"),
    [
        ("here/name", [], ["here/name.nc", "here/name.png"]),
        ("v1.2", ["--no-plot"], ["v1.2.nc"]),
        ("name.json", ["--no-plot"], ["name.json"]),
        ("name.nc", [], ["name.nc", "name.png"]),
        ("plot.png", [], ["plot.nc", "plot.png"]),
        ("name.csv", ["--samples", "--no-plot"], ["name.csv"]),
        ("folder/", ["--no-plot"], ["folder/chain.nc"]),
        (".", ["--no-plot"], ["chain.nc"]),
    ],
)
def test_the_output_is_named(
    file: Path, capsys: pytest.CaptureFixture[str], output: str, options: list[str], files: list[str]
) -> None:
    arguments = ["run", str(file), "--shots", "100", "--json", "--output", output, *options]
    assert cli.main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["files"] == [str(Path(name)) for name in files]
    written = [p for p in file.parent.rglob("*") if p.is_file() and p != file]
    assert sorted(written) == sorted(file.parent / name for name in files)


# ---- a run is never lost to a file ----


def _forbid_sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise AssertionError("sampled before it was refused")

    monkeypatch.setattr(cli._Sampling, "run", fail)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_failed_write_loses_no_figures(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    def fail(temporary: str, path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), temporary)

    monkeypatch.setattr("os.replace", fail)
    assert cli.main(["run", str(file), "--shots", "2000", "--seed", "7", *form]) == cli.BAD_INPUT
    captured = capsys.readouterr()
    assert captured.err == f"ebit: {Path('runs', 'chain.nc')}: No space left on device\n"
    if form:
        document = json.loads(captured.out)
        assert document["files"] == []
        assert document["figures"]["rate"]["value"] == _summary(2000, 7).value
    else:
        assert captured.out == ebit.report.table(_summary(2000, 7), "two ideal links") + "\n"


def test_what_was_written_before_a_failure_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ebit.plot.save", fail)
    assert cli.main(["run", str(file), "--shots", "2000"]) == cli.BAD_INPUT
    captured = capsys.readouterr()
    assert captured.err == "ebit: not enough memory\n"
    assert captured.out.splitlines()[-1] == f"written: {Path('runs', 'chain.nc')}"


def test_a_folder_that_cannot_be_written_is_refused_before_sampling(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "runs/tmp1234")

    monkeypatch.setattr("tempfile.TemporaryFile", fail)
    _forbid_sampling(monkeypatch)
    assert cli.main(["run", str(file)]) == cli.BAD_INPUT
    assert capsys.readouterr().err == f"ebit: {Path('runs', 'chain.nc')}: Permission denied\n"


@pytest.mark.parametrize("name", ["chain.nc", "chain.png"])
def test_a_folder_is_no_file(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    Path("runs", name).mkdir(parents=True)
    _forbid_sampling(monkeypatch)
    assert cli.main(["run", str(file)]) == cli.BAD_INPUT
    assert capsys.readouterr().err == f"ebit: {Path('runs', name)}: Is a directory\n"


def test_the_check_leaves_nothing_behind(file: Path) -> None:
    assert cli.main(["run", str(file), "--output", "here/a", "--of", "speed", "--rel-error", "0.1"]) == 2
    assert list(Path("here").iterdir()) == []


def test_too_many_samples_are_refused_before_sampling(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    most = ebit.results.MOST_NETCDF_SAMPLES
    assert most * 16 * 8 < 2**32 < (most + 1) * 16 * 8 + 8
    _forbid_sampling(monkeypatch)
    assert cli.main(["run", str(file), "--samples", "--shots", f"{most + 1}"]) == cli.BAD_INPUT
    assert "too large for a .nc file" in capsys.readouterr().err
    for allowed in (["--shots", f"{most}"], ["--shots", f"{most + 1}", "--output", "a.csv"]):
        with pytest.raises(AssertionError, match="sampled"):
            cli.main(["run", str(file), "--samples", *allowed])
    # 32 nodes have twice as many storage times as correlations.
    long = ["--set", "links.0.repeat=31", "--set", "protocol.kind='swap_asap'", "--telemetry"]
    arguments = ["run", str(file), "--samples", "--shots", f"{most // 2 + 1}", *long]
    assert cli.main(arguments) == cli.BAD_INPUT
    assert f"which holds {most // 2}" in capsys.readouterr().err


def test_a_target_that_took_too_many_samples_keeps_the_summary(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ebit.results.MOST_NETCDF_SAMPLES", 100)
    options = ["--rel-error", "0.1", "--samples", "--no-plot"]
    assert cli.main(["run", str(file), *options]) == 0
    assert capsys.readouterr().err == "ebit: no samples are written: they are too many\n"
    assert ebit.results.load("runs/chain.nc").samples == {}


# ---- what it refuses: exit code 2 and one line ----


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "none.toml"], "none.toml: cannot read it"),
        (["run", "chain.toml", "--set", "links.0.p_success=2"], "links.0.p_success = 2 is not allowed"),
        (["run", "chain.toml", "--set", "links.9.p_success=2"], "links.9: no such entry"),
        (["run", "chain.toml", "--shots", "many"], "--shots: invalid whole number value: 'many'"),
        (["run", "chain.toml", "--shots", "1.5"], "--shots: invalid whole number value: '1.5'"),
        (["run", "chain.toml", "--shots", "inf"], "--shots: invalid whole number value: 'inf'"),
        (["run", "chain.toml", "--shots", "-1"], "shots = -1 is not allowed: it must be in [1, 2**62]"),
        (["run", "chain.toml", "--shots", "0"], "shots = 0 is not allowed: it must be in [1, 2**62]"),
        (["run", "chain.toml", "--shots", "1e300"], "it must be in [1, 2**62]"),
        (["run", "chain.toml", "--rel-error", "0.1", "--max-shots", "0"], "max_shots = 0 is not allowed"),
        (["run", "chain.toml", "--output", ""], "--output: an empty name is not allowed"),
        (["run", "chain.toml", "--shots", "10", "--rel-error", "0.1"], "not allowed with argument"),
        (["run", "chain.toml", "--rel-error", "nan"], "rel_error = nan is not allowed"),
        (["run", "chain.toml", "--rel-error", "0.1", "--of", "speed"], "of = 'speed' is not allowed"),
        (["run", "chain.toml", "--seed", "-1"], "rng = -1 is not allowed"),
        (["run", "chain.toml", "--threads", "0"], "threads = 0 is not allowed"),
        (["run", "chain.toml", "--output", "a.csv"], "add --samples"),
        (["run", "chain.toml", "--output", "a.json", "--samples"], "a .json file holds no samples"),
        (["run", "chain.toml", "--output", "chain.toml/a"], "chain.toml"),
        (["run", "chain.toml", "--shout"], "unrecognized arguments: --shout"),
        (["run"], "the following arguments are required: FILE"),
        (["walk"], "invalid choice: 'walk'"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_bad_input_is_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert cli.main(arguments) == cli.BAD_INPUT
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("ebit: ")
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""


def test_a_bad_environment_is_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EBIT_NUM_THREADS", "few")
    assert cli.main(["run", str(file), "--no-output"]) == cli.BAD_INPUT
    assert capsys.readouterr().err.startswith("ebit: EBIT_NUM_THREADS = 'few' is not allowed")


@pytest.mark.parametrize(
    ("missing", "files", "note"),
    [
        ("scipy", ["chain.json", "chain.png"], "without scipy"),
        ("matplotlib", ["chain.nc"], "no plot is drawn"),
    ],
)
def test_extras_may_be_missing(
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
    files: list[str],
    note: str,
) -> None:
    find_spec = cli.find_spec
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name == missing else find_spec(name))
    assert cli.main(["run", str(file), "--shots", "100"]) == 0
    assert note in capsys.readouterr().err
    assert sorted(os.listdir("runs")) == files


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 0
    assert "ebit" in capsys.readouterr().out


# ---- as a program ----


def test_the_program_runs(file: Path) -> None:
    command = [sys.executable, "-m", "ebit", "run", str(file), "--shots", "1000", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["shots"] == 1000
    assert done.stderr == ""


def test_the_program_fails_with_its_code(file: Path) -> None:
    command = [sys.executable, "-m", "ebit", "run", str(file), "--set", "links.0.p_success=0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("ebit: ")
    assert "Traceback" not in done.stderr


def test_an_interrupt_stops_it_promptly_and_says_what_was_finished(file: Path) -> None:
    command = [sys.executable, "-m", "ebit", "run", str(file), "--shots", "1e12", "--progress", "--no-plot"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    bar = b""
    while b"+-" not in bar:  # a stretch of shots is finished
        bar += process.stderr.read(1)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - begin < 3.0
    assert process.returncode == cli.INTERRUPTED
    said = re.search(rb"ebit: stopped after (\d+) of 1000000000000 pairs", err)
    assert said is not None
    assert b"Traceback" not in err
    assert b"secret key rate" in out
    assert b"incomplete: stopped before" in out
    result = ebit.results.load("runs/chain.nc")
    assert (result.provenance["complete"], result.provenance["shots"]) == (False, int(said[1]))
    assert result.figures == _summary(int(said[1]), result.provenance["key"]).figures


def _interrupt_after(stretches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ctrl-C come after this many stretches of pairs."""
    estimates = ebit.chain.estimates

    def interrupted(*arguments: Any, **options: Any) -> Iterator[ebit.Summary]:
        yield from islice(estimates(*arguments, **options), stretches)
        raise KeyboardInterrupt

    monkeypatch.setattr("ebit.chain.estimates", interrupted)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (["--shots", "1e6"], "stopped after 20480 of 1000000 pairs"),
        (
            ["--rel-error", "1e-4"],
            "stopped after 20480 pairs, before the target relative error 0.0001 of rate",
        ),
    ],
)
@pytest.mark.parametrize("samples", [[], ["--samples"]])
def test_an_interrupted_run_is_written_as_incomplete(
    file: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    length: list[str],
    said: str,
    samples: list[str],
) -> None:
    _interrupt_after(2, monkeypatch)
    options = [*length, *samples, "--seed", "7", "--json"]
    assert cli.main(["run", str(file), *options]) == cli.INTERRUPTED
    captured = capsys.readouterr()
    notes = [f"ebit: {said}"] + ["ebit: no samples are written: interrupted"] * len(samples)
    assert captured.err.splitlines() == notes
    document = json.loads(captured.out)
    assert (document["complete"], document["shots"]) == (False, 20480)
    assert document["files"] == [str(Path("runs", name)) for name in ("chain.nc", "chain.png")]
    result = ebit.results.load("runs/chain.nc")
    assert (result.provenance["complete"], result.samples) == (False, {})
    assert result.figures == _summary(20480, 7).figures


def test_an_interrupt_after_the_last_pair_comes_too_late(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _interrupt_after(1, monkeypatch)
    assert cli.main(["run", str(file), "--shots", "1000", "--no-output"]) == 0
    captured = capsys.readouterr()
    assert "incomplete" not in captured.out
    assert captured.err == ""


def test_an_interrupt_before_anything_is_finished_writes_nothing(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _interrupt_after(0, monkeypatch)
    assert cli.main(["run", str(file)]) == cli.INTERRUPTED
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "ebit: interrupted before a stretch of pairs was finished\n")
    assert os.listdir("runs") == []


def test_nobody_has_to_read_the_table(file: Path) -> None:
    """The reader closes the pipe before anything is printed: no noise, and the files are there."""
    command = [sys.executable, "-m", "ebit", "run", str(file), "--shots", "1000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() == 0
    assert sorted(os.listdir("runs")) == ["chain.nc", "chain.png"]


def test_an_interrupt_at_another_time_is_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ebit.plot.save", interrupt)
    assert cli.main(["run", str(file), "--shots", "100"]) == cli.INTERRUPTED
    assert capsys.readouterr().err == "ebit: interrupted\n"


def test_importing_the_command_line_is_light() -> None:
    heavy = {"msgspec", "tqdm", "scipy", "matplotlib", "numba"}
    code = f"import sys, ebit.cli; print(*sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
