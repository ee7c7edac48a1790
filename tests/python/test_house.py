"""One name and one version in all wings, and other rules of the house that a program can check."""

from __future__ import annotations

import inspect
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import ebit
from ebit import _core

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]


def test_one_version_everywhere() -> None:
    version = PROJECT["version"]
    assert ebit.__version__ == _core.version() == version
    assert re.search(
        rf"^version: {re.escape(version)}$", (ROOT / "CITATION.cff").read_text(), flags=re.MULTILINE
    )
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def public_names() -> dict[str, object]:
    """What `ebit` exports, and what the modules among that export."""
    names = {name: getattr(ebit, name) for name in ebit.__all__}
    for room, module in [(name, value) for name, value in names.items() if inspect.ismodule(value)]:
        own = [n for n, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
        inside = getattr(module, "__all__", own)
        names |= {f"{room}.{name}": getattr(module, name) for name in inside if not name.startswith("_")}
    return names


def test_public_names_are_sorted_and_have_an_example() -> None:
    assert ebit.__all__ == sorted(ebit.__all__)
    explained = {n: v for n, v in public_names().items() if inspect.isfunction(v) or inspect.isclass(v)}
    lacking = [name for name, value in explained.items() if ">>>" not in (inspect.getdoc(value) or "")]
    assert lacking == []


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("needs a git checkout")
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_names_a_place_of_one_machine() -> None:
    place = re.compile(rb"(?<![\w.~}/*-])/(?:home|root|work|Users|mnt|srv)/\w")
    files = [path for path in tracked_files() if path != Path(__file__)]
    assert [str(path) for path in files if place.search(path.read_bytes())] == []


def test_every_dependency_is_explained() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    groups = [*PROJECT["optional-dependencies"].values(), *PYPROJECT["dependency-groups"].values()]
    listed = [entry for group in [PROJECT["dependencies"], *groups] for entry in group]
    names = {re.split(r"[\[<>=!~; ]", entry)[0] for entry in listed if isinstance(entry, str)}
    assert sorted(name for name in names if f"`{name}`" not in reasons) == []


def test_the_package_imports_what_it_depends_on() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "python" / "ebit").rglob("*.py"))
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", sources, flags=re.MULTILINE))
    needed = {re.split(r"[\[<>=!~; ]", entry)[0] for entry in PROJECT["dependencies"]}
    assert needed <= imported


def test_tools_that_judge_the_code_are_pinned() -> None:
    assert all("==" in tool for tool in PYPROJECT["dependency-groups"]["lint"])
