"""Every example in docstrings, README and documentation pages runs."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import pkgutil
import re
import shutil
from pathlib import Path

import pytest

import ebit

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = ["ebit", *(module.name for module in pkgutil.walk_packages(ebit.__path__, "ebit."))]
# What examples use beyond the dependencies of the package.
PACKAGES = {
    "ebit.adapters.aer._noise": ["qiskit_aer"],
    "ebit.adapters.cirq": ["cirq"],
    "ebit.adapters.pennylane": ["pennylane"],
    "ebit.adapters.qiskit": ["qiskit"],
    "ebit.adapters.qulacs": ["qulacs"],
    "ebit.adapters.qutip": ["qutip"],
    "ebit.adapters.stim": ["stim"],
    "adapters.md": ["cirq", "qiskit_aer", "qutip"],
}
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def require_packages(name: str) -> None:
    for package in PACKAGES.get(name, []):
        pytest.importorskip(package)


@pytest.mark.parametrize("name", [name for name in MODULES if name != "ebit._core"])
def test_docstring_examples(name: str) -> None:
    require_packages(name)
    assert doctest.testmod(importlib.import_module(name), optionflags=OPTIONS).failed == 0


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```python" in page.read_text()], ids=lambda page: page.name
)
def test_page_examples(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_packages(page.name)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL):
        exec(compile(block, page.name, "exec"), names)
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL):
        (tmp_path / "page.toml").write_text(block)
        assert ebit.load(tmp_path / "page.toml") == names["chain"]


def test_the_pages_of_protocols_draw_their_pictures(tmp_path: Path) -> None:
    """What `make docs` does before it reads the pages."""
    pytest.importorskip("matplotlib")
    spec = importlib.util.spec_from_file_location("conf", ROOT / "docs" / "conf.py")
    assert spec is not None
    assert spec.loader is not None
    conf = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conf)
    folder = tmp_path / "protocols"
    folder.mkdir()
    for page in (ROOT / "docs" / "protocols").glob("*.md"):
        shutil.copy(page, folder)
    conf.draw_pictures(folder)
    shown = {
        picture
        for page in folder.glob("*.md")
        for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text())
    }
    assert shown == {picture.name for picture in folder.glob("*.svg")}
    assert {"swap_asap.svg", "slotted.svg", "doubling.svg", "nested.svg"} <= shown
    assert all("<svg" in (folder / picture).read_text() for picture in shown)


def test_every_protocol_has_a_page() -> None:
    pages = {page.stem for page in (ROOT / "docs" / "protocols").glob("*.md")} - {"index"}
    assert pages == {protocol.kind for protocol in (ebit.SwapAsap, ebit.Slotted, ebit.Doubling, ebit.Nested)}
