"""One name and one version in all wings, and other rules of the house that a program can check."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

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
    """What `ebit` exports, and what the modules in the API reference export."""
    names = {name: value for name in ebit.__all__ if not inspect.ismodule(value := getattr(ebit, name))}
    pages = "".join(page.read_text() for page in (ROOT / "docs" / "api").glob("*.md"))
    for room in re.findall(r"automodule:: ebit\.([a-z_.]+)", pages):
        module = importlib.import_module(f"ebit.{room}")
        own = [n for n, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
        inside = getattr(module, "__all__", own)
        names |= {f"{room}.{name}": getattr(module, name) for name in inside if not name.startswith("_")}
    return names


def test_public_names_are_sorted() -> None:
    assert ebit.__all__ == sorted(ebit.__all__)


def explained() -> dict[str, tuple[str, list[str]]]:
    """Docstring and parameters of every public function, class and method (properties and dunders aside)."""
    found: dict[str, Any] = {}
    for name, value in public_names().items():
        if inspect.isfunction(value):
            found[name] = value
        elif inspect.isclass(value):
            found[name] = value
            for member, _ in inspect.getmembers(value, callable):
                home = next(c for c in value.__mro__ if member in vars(c))
                if not member.startswith("_") and home.__module__.startswith("ebit"):
                    found[f"{name}.{member}"] = getattr(value, member)
    return {name: (inspect.getdoc(value) or "", parameters_of(value)) for name, value in found.items()}


def parameters_of(value: Any) -> list[str]:
    # Results are made by the library alone, and errors are like all others.
    if value in (ebit.Run, ebit.Summary, ebit.exact.WaitingTimeLaw) or (
        inspect.isclass(value) and issubclass(value, Exception)
    ):
        return []
    names = list(inspect.signature(value).parameters)
    return names[1:] if names[:1] == ["self"] else names


def section(doc: str, title: str) -> str:
    """Return a section of a docstring, empty if there is none."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[^\n]*\n---|\Z)", doc, flags=re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def named_in(parameters: str) -> set[str]:
    lines = [line.split(":")[0] for line in parameters.splitlines() if line and not line.startswith(" ")]
    return {name.strip().lstrip("*") for line in lines for name in line.split(",")}


def test_every_parameter_is_explained() -> None:
    lacking = {
        name: missing
        for name, (doc, parameters) in explained().items()
        if (missing := set(parameters) - named_in(section(doc, "(?:Parameters|Attributes)")))
    }
    assert lacking == {}


def test_every_public_callable_has_an_example() -> None:
    assert [name for name, (doc, _) in explained().items() if ">>>" not in section(doc, "Examples")] == []


def test_every_function_with_parameters_says_what_it_returns() -> None:
    functions = {n: v for n, v in explained().items() if n.split(".")[-1][0].islower() and v[1]}
    lacking = {name for name, (doc, _) in functions.items() if not section(doc, "(?:Returns|Yields)")}
    acting = {n for n in lacking if n.endswith(".save") or "in place" in functions[n][0]}
    assert lacking - acting == set()  # what writes a file or changes its object returns nothing


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


def test_the_tests_have_what_the_adapters_convert_to() -> None:
    def bounds(entries: list[str]) -> set[str]:
        return {entry.split(";")[0] for entry in entries}

    assert bounds(PROJECT["optional-dependencies"]["interop"]) == bounds(
        PYPROJECT["dependency-groups"]["peers"]
    )


def test_the_package_imports_what_it_depends_on() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "python" / "ebit").rglob("*.py"))
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", sources, flags=re.MULTILINE))
    needed = {re.split(r"[\[<>=!~; ]", entry)[0] for entry in PROJECT["dependencies"]}
    assert needed <= imported


def test_tools_that_judge_the_code_are_pinned() -> None:
    assert all("==" in tool for tool in PYPROJECT["dependency-groups"]["lint"])
