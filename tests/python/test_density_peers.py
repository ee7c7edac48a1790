"""Random noisy circuits of one to six qubits against QuTiP and qulacs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ebit
from ebit import _core
from ebit.adapters import arrays
from ebit.adapters import qulacs as qulacs_adapter
from ebit.adapters import qutip as qutip_adapter
from reference import density_peers as twin

Circuit = list[tuple[str, tuple[float, ...], tuple[int, ...]]]
SIZES = [1, 2, 3, 4, 5, 6]


def run_here(circuit: Circuit, num_qubits: int) -> ebit.DensityMatrix:
    state = ebit.DensityMatrix(num_qubits)
    for name, parameters, qubits in circuit:
        state.apply(name, *parameters, *qubits)
    return state


def assert_agree(state: ebit.DensityMatrix, other: ebit.DensityMatrix) -> None:
    values = state.coefficients
    assert np.abs(values[1:]).max() > 0.1  # there is something to compare
    np.testing.assert_allclose(values, other.coefficients, rtol=0, atol=1e-12)


# ---- QuTiP: operators on the whole register, its own gates where it has them ----


def run_in_qutip(circuit: Circuit, num_qubits: int) -> Any:
    qutip = pytest.importorskip("qutip")
    gates = pytest.importorskip("qutip.core.gates")
    own = {
        "X": qutip.sigmax,
        "Y": qutip.sigmay,
        "Z": qutip.sigmaz,
        "H": gates.hadamard_transform,
        "S": gates.s_gate,
        "T": gates.t_gate,
        "CX": gates.cnot,
        "CY": gates.cy_gate,
        "CZ": gates.cz_gate,
        "SWAP": gates.swap,
        "ISWAP": gates.iswap,
        "CCX": gates.toffoli,
        "CSWAP": gates.fredkin,
        "RX": gates.rx,
        "RY": gates.ry,
        "RZ": gates.rz,
        "PHASE": gates.phasegate,
        "CPHASE": gates.cphase,
    }
    state = qutip.ket2dm(qutip.tensor([qutip.basis(2, 0)] * num_qubits))
    for name, parameters, qubits in circuit:
        if name in own:
            operators = [own[name](*parameters)]
        else:
            dims = [[2] * len(qubits)] * 2
            operators = [qutip.Qobj(matrix, dims=dims) for matrix in twin.kraus(name, parameters)]
        spread = [on_register(qutip, operator, qubits, num_qubits) for operator in operators]
        state = sum(operator @ state @ operator.dag() for operator in spread)
    return state


def on_register(qutip: Any, operator: Any, qubits: tuple[int, ...], num_qubits: int) -> Any:
    others = [qubit for qubit in range(num_qubits) if qubit not in qubits]
    whole = qutip.tensor([operator, *[qutip.qeye(2)] * len(others)])
    places = [*qubits, *others]  # factor i of `whole` belongs to qubit places[i]
    return whole.permute([places.index(qubit) for qubit in range(num_qubits)])


@pytest.mark.parametrize("num_qubits", SIZES)
def test_random_noisy_circuits_against_qutip(num_qubits: int) -> None:
    circuit = twin.random_circuit(num_qubits, num_qubits)
    other = run_in_qutip(circuit, num_qubits)
    assert_agree(run_here(circuit, num_qubits), qutip_adapter.state_from(other))


# ---- qulacs: its own gates and noise where it has them ----


def run_in_qulacs(circuit: Circuit, num_qubits: int) -> Any:
    qulacs = pytest.importorskip("qulacs")
    gate = qulacs.gate
    own = {
        "X": gate.X,
        "Y": gate.Y,
        "Z": gate.Z,
        "H": gate.H,
        "S": gate.S,
        "S_DAG": gate.Sdag,
        "T": gate.T,
        "T_DAG": gate.Tdag,
        "SQRT_X": gate.sqrtX,
        "SQRT_X_DAG": gate.sqrtXdag,
        "SQRT_Y": gate.sqrtY,
        "SQRT_Y_DAG": gate.sqrtYdag,
        "CX": gate.CNOT,
        "CZ": gate.CZ,
        "SWAP": gate.SWAP,
        "CCX": gate.TOFFOLI,
        "CSWAP": gate.FREDKIN,
        "RX": gate.RotX,
        "RY": gate.RotY,
        "RZ": gate.RotZ,
        "PHASE": gate.U1,
        "U3": gate.U3,
        "bit_flip": gate.BitFlipNoise,
        "dephasing": gate.DephasingNoise,
        "depolarizing_error": gate.DepolarizingNoise,
        "two_qubit_depolarizing_error": gate.TwoQubitDepolarizingNoise,
        "amplitude_damping": gate.AmplitudeDampingNoise,
    }
    state = qulacs.DensityMatrix(num_qubits)
    for name, parameters, qubits in circuit:
        if name in own:
            operation = own[name](*qubits, *parameters)
        else:
            # The first index of a dense gate belongs to the least significant bit of its matrix.
            matrices = twin.kraus(name, parameters)
            operation = gate.CPTP([gate.DenseMatrix(list(qubits[::-1]), matrix) for matrix in matrices])
        operation.update_quantum_state(state)
    return state


@pytest.mark.parametrize("num_qubits", SIZES)
def test_random_noisy_circuits_against_qulacs(num_qubits: int) -> None:
    circuit = twin.random_circuit(10 + num_qubits, num_qubits)
    other = run_in_qulacs(circuit, num_qubits)
    assert_agree(run_here(circuit, num_qubits), qulacs_adapter.state_from(other))


def test_every_element_of_a_batch_against_qulacs() -> None:
    """Each state of a batch has parameters of its own."""
    pytest.importorskip("qulacs")
    circuits = [twin.random_circuit(20, 3) for _ in range(3)]
    for element, circuit in enumerate(circuits):
        rng = np.random.default_rng(element)
        circuits[element] = [
            (name, twin.random_parameters(rng, name, len(parameters)), qubits)
            for name, parameters, qubits in circuit
        ]
    batch = ebit.DensityMatrix(3, batch=3)
    for steps in zip(*circuits, strict=True):
        name, _, qubits = steps[0]
        columns = np.array([parameters for _, parameters, _ in steps]).T
        batch.apply(name, *columns, *qubits)
    matrices = arrays.state_to(batch)
    for circuit, matrix in zip(circuits, matrices, strict=True):
        other = arrays.reorder(run_in_qulacs(circuit, 3).get_matrix(), "matrix")
        np.testing.assert_allclose(matrix, other, rtol=0, atol=1e-12)


def test_the_circuits_hold_everything_that_has_a_name() -> None:
    assert {name for name, _, _ in twin.random_circuit(1, 3)} == set(_core.operation_names())
