"""A C++ program of somebody else finds the installed package and links against it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ebit
from ebit import _core

PACKAGE = Path(ebit.__path__[0])

PROJECT = """
cmake_minimum_required(VERSION 3.26)
project(outside LANGUAGES CXX)
find_package(ebit {version} CONFIG REQUIRED)
add_executable(outside main.cpp)
target_link_libraries(outside PRIVATE ebit::ebit)
"""

PROGRAM = """
#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <ebit/base/error.hpp>
#include <ebit/base/version.hpp>
#include <ebit/chain/sampler.hpp>
#include <ebit/link/schemes.hpp>
#include <ebit/rng/stream.hpp>

// Two double-click links over telescopes and fibre, joined by a Bell measurement that often fails.
void sample_a_chain() {
    const ebit::Arm telescope{ebit::FreeSpace{.distance = 1e3, .pointing_jitter = 1e-5}};
    const ebit::Arm fibre{ebit::Fibre{1e3, 0.2}};
    ebit::Chain chain;
    chain.links.assign(2, ebit::double_click(telescope, fibre, {ebit::Detector{0.9, 1e-6}, 0.95}, {}));
    chain.nodes.assign(3, {ebit::Memory::relaxation(1.0, 0.5), {.p_success = 0.5, .p_replace = 0.01}});
    const ebit::Sampler sampler(chain);
    std::vector<double> time(100);
    std::vector<std::int64_t> attempts(100);
    std::vector<std::vector<double>> features(sampler.state().feature_count(), std::vector<double>(100));
    ebit::SampleColumns columns{time.data(), attempts.data(), {}};
    for (auto& feature : features) columns.features.push_back(feature.data());
    ebit::Cancellation cancel;
    sampler.sample({.key = 7, .first = 0, .count = 100}, columns, cancel);
    for (std::size_t s = 0; s < 100; ++s)
        std::printf("%.17g %lld\\n", time[s], static_cast<long long>(attempts[s]));
}

int main() {
    sample_a_chain();
    std::array<std::uint64_t, 3> words{};
    ebit::Stream stream(1, 2, 3);
    ebit::fill_words(stream, words);
    std::printf("%s\\n", ebit::version());
    for (const std::uint64_t word : words) std::printf("%llu\\n", static_cast<unsigned long long>(word));
    try {
        ebit::require_probability("p", 2.0);
    } catch (const std::invalid_argument& error) {
        std::printf("%s\\n", error.what());
    }
}
"""


def run(*command: str, cwd: Path) -> str:
    beside_python = Path(sys.executable).parent
    path = os.pathsep.join([str(beside_python), os.environ.get("PATH", "")])
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def cmake() -> str:
    if not (PACKAGE / "cmake" / "ebitConfig.cmake").exists():
        pytest.skip("needs an installed package: make test")
    if not any(shutil.which(compiler) for compiler in ("c++", "g++", "clang++")):
        pytest.skip("needs a C++ compiler")
    found = shutil.which("cmake", path=str(Path(sys.executable).parent)) or shutil.which("cmake")
    if found is None:
        pytest.skip("needs cmake (dependency group `test`)")
    return found


def chain() -> ebit.Chain:
    """The chain of the program."""
    telescope = ebit.FreeSpace(distance=1e3, aperture_radius=0.1, waist=0.1, pointing_jitter=1e-5)
    detector = ebit.Detector(0.9, 1e-6)
    link = ebit.links.double_click(
        telescope, ebit.Fibre(1e3, loss_db=0.2), detector=detector, visibility=0.95
    )
    bsm = ebit.BellMeasurement(p_success=0.5, p_replace=0.01)
    return ebit.Chain([link] * 2, [ebit.Node(ebit.Memory(t1=1.0, t2=0.5), bsm)] * 3)


# scikit-build-core puts site-packages on the prefix path; others name the package itself.
@pytest.mark.parametrize("prefix", [f"-Debit_ROOT={PACKAGE}", f"-DCMAKE_PREFIX_PATH={PACKAGE.parent}"])
def test_an_outside_program_builds_and_runs(prefix: str, cmake: str, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(PROJECT.format(version=ebit.__version__))
    (tmp_path / "main.cpp").write_text(PROGRAM)
    run(cmake, "-S", ".", "-B", "build", prefix, cwd=tmp_path)
    run(cmake, "--build", "build", cwd=tmp_path)
    lines = run(str(tmp_path / "build" / "outside"), cwd=tmp_path).splitlines()
    shots, words = lines[:100], lines[100:]
    expected = ebit.sample(chain(), shots=100, rng=7)
    assert [float(shot.split()[0]) for shot in shots] == expected.waiting_time.tolist()
    assert [int(shot.split()[1]) for shot in shots] == expected.attempts.tolist()
    assert words[0] == ebit.__version__
    assert [int(word) for word in words[1:4]] == _core.Stream(1, 2, 3).words(3).tolist()
    assert words[4] == "p = 2 is not allowed: it must be a probability in [0, 1]"


def test_the_package_asks_for_its_own_version(cmake: str, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(PROJECT.format(version="999.0"))
    (tmp_path / "main.cpp").write_text(PROGRAM)
    with pytest.raises(AssertionError, match="requested version"):
        run(cmake, "-S", ".", "-B", "build", f"-Debit_ROOT={PACKAGE}", cwd=tmp_path)
