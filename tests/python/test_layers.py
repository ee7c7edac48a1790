"""Who may look at whom: down only, in C++ and in Python."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CPP = ROOT / "cpp" / "ebit"
PACKAGE = ROOT / "python" / "ebit"


def relative(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


# ---- C++: a room includes itself and rooms below it ----

CPP_LEVELS = [
    {"base"},
    {"rng"},
    {"channel"},
    {"gate"},
    {"circuit", "state"},
    {"link", "density"},
    {"exact", "detection", "chain"},
]
CPP_LEVEL = {room: level for level, rooms in enumerate(CPP_LEVELS) for room in rooms}
CPP_FILES = sorted([*CPP.rglob("*.hpp"), *CPP.rglob("*.cpp")])


def includes(path: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("path", CPP_FILES, ids=relative(CPP_FILES))
def test_a_cpp_room_looks_down_only(path: Path) -> None:
    room = path.relative_to(CPP).parts[0]
    assert room in CPP_LEVEL, f"give the room {room} a level in this test"
    for name in includes(path):
        assert not re.search("pybind11|Python.h|numpy", name), f"{name}: no Python in the library"
        if name.startswith("ebit/"):
            other = name.split("/")[1]
            assert other == room or CPP_LEVEL[other] < CPP_LEVEL[room], f"{room} must not look at {name}"
        if name.endswith(".isa.hpp"):
            assert ".isa." in path.name, f"{name} is for kernel sources only"


# ---- Python: public rooms above _core, the command line above all ----

# A module or package directly inside `ebit`, by level; it may import itself and lower levels.
PYTHON_LEVELS = [
    {"_core", "_arrays", "_files"},
    {"_points", "_spectrum"},
    {"capacity", "rng", "threads"},
    {"gates"},
    {"channels"},
    {"instruments", "memory"},
    {"state"},
    {"links", "density"},
    {"node", "protocols"},
    {"chain", "detection"},
    {"exact", "tomography"},
    {"qkd"},
    {"postprocessing"},
    {"adapters"},
    {"_document", "_schema"},
    {"results", "config"},
    {"benchmarks", "plot"},
    {"sweep", "report"},
    {"cli"},
    {"__main__"},
]
PYTHON_LEVEL = {name: level for level, names in enumerate(PYTHON_LEVELS) for name in names}
# A result prints itself as the table of the report room, which it imports when it is printed.
ALLOWED_UP = {("chain", "report")}
# These are written against the public API alone, like anybody's program.
ON_PUBLIC_API = {"adapters", "benchmarks", "cli", "config", "plot", "report", "results", "sweep"}
PYTHON_FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE
)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path) -> list[tuple[str, str]]:
    """(room, dotted name) of everything imported from `ebit`; the room of a public name is ``""``."""
    dotted = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            dotted += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            dotted += [f"{node.module}.{alias.name}" for alias in node.names]
    names = [name.split(".") for name in dotted if name.split(".")[0] == "ebit"]
    return [(name[1] if name[1:] and name[1] in PYTHON_LEVEL else "", ".".join(name)) for name in names]


@pytest.mark.parametrize("path", PYTHON_FILES, ids=relative(PYTHON_FILES))
def test_a_python_room_looks_down_only(path: Path) -> None:
    room = room_of(path)
    assert room in PYTHON_LEVEL, f"give the module {room} a level in this test"
    for other, name in imported(path):
        if other == "":
            assert room in ON_PUBLIC_API, f"{room} must import {name} from its own room, not from ebit"
        elif other != room:
            down = PYTHON_LEVEL[other] < PYTHON_LEVEL[room] or (room, other) in ALLOWED_UP
            assert down, f"{room} must not look at {other}"
            if room in ON_PUBLIC_API:
                assert other != "_core", f"{room} is written against the public API, not against _core"


def test_importing_ebit_is_light() -> None:
    code = "import sys, ebit; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())  # an editable install may report its build before
    assert "numpy" in loaded
    others = loaded - set(sys.stdlib_module_names) - {"cython_runtime", "ebit", "numpy"}
    # Hooks of the environment, loaded before anything, have names like _virtualenv or, of an editable
    # install, _editable_skbc_ebit.
    assert {name for name in others if not name.startswith(("_", "sitecustomize"))} == set()
