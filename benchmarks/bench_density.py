"""Density matrices: a noisy layer on a single state.

[H on each qubit; CNOTs along the chain; depolarizing and amplitude damping on each], beside qulacs, Qiskit
Aer and numba. Results agree with ours on random Pauli strings before anything is timed. The floor is one
pass over the memory of the state: every number scaled, in place.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ebit

P_ERROR, GAMMA = 0.01, 0.02
SIZES = (4, 6, 8, 10, 12)
ROUNDS = {4: 200, 6: 100, 8: 50, 10: 20, 12: 8}


def layer(n: int) -> ebit.Program:
    program = ebit.Program(n)
    for qubit in range(n):
        program.apply("H", qubit)
    for qubit in range(n - 1):
        program.apply("CX", qubit, qubit + 1)
    for qubit in range(n):
        program.apply("depolarizing_error", P_ERROR, qubit)
    for qubit in range(n):
        program.apply("amplitude_damping", GAMMA, qubit)
    return program


@pytest.fixture(params=SIZES, name="n")
def _n(request, benchmark):
    benchmark.group = f"noisy layer, {request.param} qubits"
    return request.param


def expectation(matrix: np.ndarray, n: int, digits: np.ndarray) -> float:
    """Return tr(P rho) of the Pauli string with these digits (I, X, Y, Z), qubit 0 first."""
    weights = 2 ** np.arange(n - 1, -1, -1)
    rows = np.arange(2**n)
    bits = rows[:, None] // weights % 2
    columns = rows ^ int(weights[(digits == 1) | (digits == 2)].sum())
    # Entry (row, column) of P: -i, i for Y and 1, -1 for Z, by the bit of the row.
    phases = np.where(digits == 2, np.where(bits == 0, -1j, 1j), np.where((digits == 3) & (bits == 1), -1, 1))
    return float((phases.prod(axis=1) * matrix[columns, rows]).sum().real)


def check(matrix: np.ndarray, n: int, layers: int) -> None:
    state, program = ebit.DensityMatrix(n), layer(n)
    for _ in range(layers):
        program(state)
    rng = np.random.default_rng(7)
    for index in [3, *rng.integers(4**n, size=20), *np.argsort(-np.abs(state.coefficients))[:20]]:
        digits = index // 4 ** np.arange(n - 1, -1, -1) % 4
        assert abs(expectation(matrix, n, digits) - state.coefficients[index]) < 1e-12


def run(benchmark, n: int, work, layers: int = 1, share: float = 1.0) -> None:
    # Short calls many times in a round: a clock tick must not count.
    iterations = {4: 1000, 6: 200, 8: 10}.get(n, 1) if layers == 1 and share == 1.0 else 1
    benchmark.extra_info["layers"] = layers
    benchmark.pedantic(work, rounds=max(3, int(ROUNDS[n] * share)), iterations=iterations, warmup_rounds=1)


MEMORY = """
import sys
import ebit
from bench_density import layer

def kilobytes(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))

n = int(sys.argv[1])
small = ebit.DensityMatrix(4)
layer(4)(small)
before = kilobytes("VmHWM:")
state, program = ebit.DensityMatrix(n), layer(n)
program(state)
print((kilobytes("VmHWM:") - before) * 1024 / (8 * 4**n))
"""


def memory(n: int) -> float:
    """Return the peak memory of a state and a program that ran on it, in states, measured in a child."""
    code = [sys.executable, "-c", MEMORY, str(n)]
    here = Path(__file__).parent
    return float(subprocess.run(code, cwd=here, capture_output=True, text=True, check=True).stdout)


# Smaller states run on one thread.
@pytest.mark.parametrize(("n", "threads"), [(n, 1) for n in SIZES] + [(10, 2), (12, 2)], indirect=["n"])
def bench_ebit(benchmark, n: int, threads: int) -> None:
    state, program = ebit.DensityMatrix(n), layer(n)
    maps, passes = program._outline(state)
    benchmark.extra_info.update(maps=maps, passes=passes)
    if n >= 10:
        benchmark.extra_info["memory"] = memory(n)
        assert benchmark.extra_info["memory"] < 1.1
    # One thread is the default, and what is passed is checked.
    arguments = (state,) if threads == 1 else (state, threads)
    run(benchmark, n, lambda: program(*arguments))


def bench_peer_numba(benchmark, n: int) -> None:
    from peers import numba_density

    work = numba_density.layer(n, P_ERROR, GAMMA)
    rho = np.zeros((2**n, 2**n), dtype=complex)
    rho[0, 0] = 1.0
    work(rho)
    check(rho, n, 1)
    run(benchmark, n, lambda: work(rho), share=0.5)


def peer(package: str, module: str):
    pytest.importorskip(
        package, reason=f"{package} is not installed (pip install {package.replace('_', '-')})"
    )
    return importlib.import_module(f"peers.{module}")


def bench_peer_qulacs(benchmark, n: int, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    _, work, matrix = peer("qulacs", "qulacs_density").layer(n, P_ERROR, GAMMA)
    work()
    check(matrix(), n, 1)
    run(benchmark, n, work, share=0.1)


def bench_peer_aer(benchmark, n: int) -> None:
    layers = {4: 100, 6: 30, 8: 10}.get(n, 1)
    work = peer("qiskit_aer", "aer_density").layer(n, P_ERROR, GAMMA, layers)
    check(work(), n, layers)
    run(benchmark, n, work, layers=layers, share=0.1)


def bench_floor(benchmark, n: int) -> None:
    numbers = ebit.DensityMatrix(n).coefficients
    run(benchmark, n, lambda: np.multiply(numbers, 1.0, out=numbers))


# One operation on two qubits, its parameter new in every call, and the same in qulacs.
OPERATIONS = {
    "H": (("H", 0), lambda gate, state: gate.H(1).update_quantum_state(state)),
    "CX": (("CX", 0, 1), lambda gate, state: gate.CNOT(1, 0).update_quantum_state(state)),
    "amplitude damping": (
        ("amplitude_damping", GAMMA, 0),
        lambda gate, state: gate.AmplitudeDampingNoise(1, GAMMA).update_quantum_state(state),
    ),
    "depolarizing": (
        ("depolarizing_error", P_ERROR, 0),
        lambda gate, state: gate.DepolarizingNoise(1, P_ERROR).update_quantum_state(state),
    ),
}


@pytest.fixture(params=OPERATIONS, name="operation")
def _operation(request, benchmark):
    benchmark.group = f"one operation on a pair, from Python: {request.param}"
    return OPERATIONS[request.param]


def bench_ebit_call(benchmark, operation) -> None:
    state = ebit.DensityMatrix(2)
    benchmark.pedantic(state.apply, args=operation[0], rounds=50, iterations=10_000)


def bench_peer_qulacs_call(benchmark, operation, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    pytest.importorskip("qulacs", reason="qulacs is not installed (pip install qulacs)")
    gate, state = importlib.import_module("qulacs.gate"), importlib.import_module("qulacs").DensityMatrix(2)
    ours = ebit.DensityMatrix(2)
    for work in (lambda: ours.apply("RX", 0.7, 0), lambda: ours.apply(*operation[0])):
        work()
    gate.RX(1, -0.7).update_quantum_state(state)  # its sign of angles is the other one
    operation[1](gate, state)
    np.testing.assert_allclose(state.get_matrix(), ours.matrix(), atol=1e-12)
    benchmark.pedantic(operation[1], args=(gate, state), rounds=20, iterations=1000)
