"""The same results on every instruction set, and on an older CPU."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import ebit

ROOT = Path(__file__).parents[2]
Results = dict[str, npt.NDArray[np.generic]]


def child_environment(**changes: str) -> dict[str, str]:
    # A BLAS kernel chosen by hand may not run on the CPU that is emulated.
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "EBIT_"))}
    return {**kept, **changes}


def run_cases(directory: Path, *launcher: str, **environment: str) -> Results:
    out = directory / "results.npz"
    command = [*launcher, sys.executable, str(ROOT / "tests" / "isa_cases.py"), str(out)]
    done = subprocess.run(command, env=child_environment(**environment), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(out) as loaded:
        return dict(loaded)


def assert_same(results: Results, expected: Results) -> None:
    assert results.keys() == expected.keys()
    for name in expected.keys() - {"isa"}:
        if name.endswith("~"):
            np.testing.assert_allclose(results[name], expected[name], rtol=1e-12, atol=1e-15, err_msg=name)
        else:
            np.testing.assert_array_equal(results[name], expected[name], err_msg=name)


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_cases(tmp_path_factory.mktemp("native"))


@pytest.mark.parametrize("isa", ["v2", "v3", "v4"])
def test_every_level_gives_the_same(isa: str, native: Results, tmp_path: Path) -> None:
    results = run_cases(tmp_path, EBIT_ISA=isa)
    assert results["isa"] == min(isa, str(native["isa"]))
    assert_same(results, native)


@pytest.mark.parametrize(("cpu", "isa"), [("Nehalem", "v2"), ("Haswell", "v3")])
def test_an_older_cpu_gives_the_same(cpu: str, isa: str, native: Results, tmp_path: Path) -> None:
    emulator = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
    if emulator is None or os.uname().machine != "x86_64":
        pytest.skip("needs qemu-x86_64 (Debian: qemu-user) on x86-64")
    results = run_cases(tmp_path, emulator, "-cpu", cpu)
    assert results["isa"] == isa
    assert_same(results, native)


def test_an_unknown_level_is_refused() -> None:
    code = "from ebit import _core; _core.isa()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=child_environment(EBIT_ISA="avx2"), capture_output=True, text=True
    )
    assert "ValueError: EBIT_ISA = avx2 is not allowed: it must be v2, v3 or v4" in done.stderr


def installed_library() -> Path:
    library = Path(ebit.__path__[0]) / "lib" / "libebit.a"
    if not library.exists():
        pytest.skip("needs an installed package: make test")
    return library


def test_kernel_objects_share_no_symbol_with_others() -> None:
    # An inline function of the standard library, compiled for AVX-512 in one object, would be taken
    # by the linker for every other object as well.
    library, nm = installed_library(), shutil.which("nm")
    if nm is None:
        pytest.skip("needs nm")
    listing = subprocess.run(
        [nm, "-A", "-P", "--defined-only", "--extern-only", str(library)],
        capture_output=True,
        text=True,
        check=True,
    )
    symbols = [line.split(": ")[1].split()[0] for line in listing.stdout.splitlines() if ".isa.cpp" in line]
    assert any("rng_table" in symbol for symbol in symbols)
    assert [symbol for symbol in symbols if "isa_v" not in symbol] == []


def test_the_static_library_holds_machine_code() -> None:
    # Objects of link-time optimisation can be read by one compiler's version only.
    assert b".gnu.lto_" not in installed_library().read_bytes()
