"""Every example runs, and gives what its comments and closed formulas say."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import ebit
from ebit import cli, report
from reference import delft

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.toml"))
DELFT = [path for path in FILES if path.name.startswith("delft")]
PROGRAMS = sorted(EXAMPLES.glob("*.py"))


def test_there_are_examples() -> None:
    assert len(FILES) >= 3
    assert PROGRAMS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_delivers_pairs_with_a_key(path: Path) -> None:
    scenario = ebit.config.read(path)
    assert scenario.title
    summary = ebit.estimate(scenario.chain, shots=20_000, rng=7)
    assert summary.figures["rate"].value > 0.0
    assert summary.figures["fidelity"].value > 0.75
    key = summary.figures["secret_key_rate"]
    assert key.value > 5.0 * key.standard_error
    assert str(summary)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_runs(path: Path) -> None:
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True)
    assert "secret key rate" in done.stdout


@pytest.mark.parametrize("path", DELFT, ids=lambda path: path.stem)
def test_the_fibres_are_those_of_the_path(path: Path) -> None:
    lengths, losses = (14.6, 68.2, 19.1, 75.1, 49.5), (5.1, 16.7, 6.2, 16.6, 12.6)
    arms = [link[arm] for link in tomllib.loads(path.read_text())["links"] for arm in ("arm_a", "arm_b")]
    merged = ([0, 1], [2], [3], [4])
    for arm, pieces in zip(arms, merged, strict=True):
        assert arm["length"] == pytest.approx(sum(lengths[i] for i in pieces) * 1e3)
        assert arm["loss_db"] == pytest.approx(sum(losses[i] for i in pieces))


@pytest.mark.parametrize("path", DELFT, ids=lambda path: path.stem)
def test_two_links_agree_with_closed_formulas(path: Path) -> None:
    chain = ebit.load(path, ["defaults.node.memory.t1=inf"])
    summary = ebit.estimate(chain, shots=200_000, rng=7)
    for name, value in delft.figures(tomllib.loads(path.read_text())).items():
        figure = summary.figures[name]
        # Exponential waiting times instead of geometric ones: right to about the herald probability.
        assert figure.value == pytest.approx(value, abs=5.0 * figure.standard_error + 1e-3 * abs(value)), name


@pytest.mark.parametrize("path", DELFT, ids=lambda path: path.stem)
def test_the_demonstrated_baseline_gives_no_key(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command in the comment of the file, word for word."""
    text = path.read_text().replace("\\\n#", "")
    command = re.search(r"ebit run \S+ (--of .*)", text)
    assert command is not None
    assert cli.main(["run", str(path), *command[1].split(), "--shots", "20000", "--no-output", "--json"]) == 0
    figures = re.search(r'"fidelity": \{\s*"value": ([\d.e-]+)', capsys.readouterr().out)
    assert figures is not None
    assert 0.24 < float(figures[1]) < 0.5


def test_the_long_chain_beats_the_repeaterless_bound() -> None:
    chain = ebit.load(EXAMPLES / "chain-1000km.toml")
    assert len(chain) == 16
    summary = ebit.estimate(chain, shots=5000, rng=7)
    assert summary.figures["secret_key_rate"].value > report.repeaterless_rate(chain) > 0.0
    assert np.prod([link.transmissivity for link in chain.links]) == pytest.approx(1e-20)
