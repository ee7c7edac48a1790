"""The command line: what it prints, writes, refuses, and how it stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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
    assert "stopped before the target" in capsys.readouterr().out


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
        (["run", "chain.toml", "--shots", "-1"], "shots = -1 is not allowed"),
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
    assert "EBIT_NUM_THREADS = 'few' is not allowed" in capsys.readouterr().err


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
    command = [sys.executable, "-m", "ebit", "run", str(file), "--shots", "1e12", "--progress"]
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
    assert out == b""
    assert b"interrupted; nothing is written. The first " in err
    assert b"secret key rate" in err
    assert b"Traceback" not in err
    assert not list(file.parent.rglob("*.nc"))


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
