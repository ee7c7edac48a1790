"""Cirq and back, and what its parameters mean."""

from __future__ import annotations

import numpy as np
import pytest

import ebit
from ebit.adapters import cirq as adapter
from reference.adapters import (
    assert_same_channel,
    assert_same_state,
    expectation,
    random_channel,
    random_state,
)

cirq = pytest.importorskip("cirq")


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_states_there_and_back(num_qubits: int) -> None:
    state, rho = random_state(num_qubits, num_qubits)
    np.testing.assert_allclose(adapter.state_to(state), rho, atol=1e-14)
    assert_same_state(adapter.state_from(adapter.state_to(state)), state)


def test_qubit_0_is_the_first() -> None:
    state, _ = random_state(4, 3)
    a, b, c = cirq.LineQubit.range(3)
    observable = cirq.X(a) * cirq.Z(b) * cirq.Y(c)
    value = observable.expectation_from_density_matrix(adapter.state_to(state), {a: 0, b: 1, c: 2})
    assert value == pytest.approx(expectation(state, "XZY"), abs=1e-7)


def test_results_of_simulations() -> None:
    a, b = cirq.LineQubit.range(2)
    circuit = cirq.Circuit(cirq.H(a), cirq.CNOT(a, b), cirq.S(b), cirq.X(a))
    expected = ebit.DensityMatrix(2)
    for gate, *qubits in [("H", 0), ("CX", 0, 1), ("S", 1), ("X", 0)]:
        expected.apply(gate, *qubits)
    for simulator in (cirq.Simulator, cirq.DensityMatrixSimulator):
        precise = adapter.state_from(simulator(dtype=np.complex128).simulate(circuit))
        assert_same_state(precise, expected)
        assert_same_state(adapter.state_from(simulator().simulate(circuit), tolerance=1e-6), expected, 1e-6)


@pytest.mark.parametrize("num_qubits", [1, 2])
def test_channels_there_and_back(num_qubits: int) -> None:
    channel, _ = random_channel(5, num_qubits)
    gate = adapter.channel_to(channel)
    assert_same_channel(adapter.channel_from(gate), channel)
    state, rho = random_state(6, 3)
    line = cirq.LineQubit.range(3)
    qubits = (2, 0)[:num_qubits]
    circuit = cirq.Circuit(gate(*(line[qubit] for qubit in qubits)))
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    after = simulator.simulate(circuit, initial_state=rho.astype(complex), qubit_order=line)
    state.apply(channel, *qubits)
    assert_same_state(adapter.state_from(after), state)


def test_gates_and_operations() -> None:
    a, b = cirq.LineQubit.range(2)
    assert_same_channel(adapter.channel_from(cirq.CNOT(b, a)), ebit.channels.unitary("CX"))
    assert_same_channel(
        adapter.channel_from(cirq.rx(0.3)), ebit.channels.unitary(ebit.gates.unitary("RX", 0.3))
    )
    assert_same_channel(adapter.channel_from(cirq.T), ebit.channels.unitary("T"))


def test_parameters_mean_what_they_mean_in_cirq() -> None:
    pairs = [
        (adapter.depolarize(0.3), cirq.depolarize(0.3)),
        (adapter.depolarize(0.3, 2), cirq.depolarize(0.3, 2)),
        (adapter.asymmetric_depolarize(0.1, 0.2, 0.3), cirq.asymmetric_depolarize(0.1, 0.2, 0.3)),
        (adapter.bit_flip(0.3), cirq.bit_flip(0.3)),
        (adapter.phase_flip(0.3), cirq.phase_flip(0.3)),
        (adapter.phase_damp(0.3), cirq.phase_damp(0.3)),
        (adapter.amplitude_damp(0.3), cirq.amplitude_damp(0.3)),
        (adapter.generalized_amplitude_damp(0.2, 0.3), cirq.generalized_amplitude_damp(0.2, 0.3)),
    ]
    for ours, theirs in pairs:
        assert_same_channel(ours, adapter.channel_from(theirs))


def test_the_p_of_generalized_damping_weighs_decay() -> None:
    """p = 0.2 ends with 80 % excited."""
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    circuit = cirq.Circuit(cirq.generalized_amplitude_damp(0.2, 1.0)(cirq.q(0)))
    excited = simulator.simulate(circuit).final_density_matrix[1, 1].real
    assert excited == pytest.approx(0.8)
    state = ebit.DensityMatrix(1)
    state.apply(adapter.generalized_amplitude_damp(0.2, 1.0), 0)
    assert (1 - expectation(state, "Z")) / 2 == pytest.approx(excited)


def test_what_cannot_be_read() -> None:
    with pytest.raises(TypeError, match="no Kraus operators"):
        adapter.channel_from("X")
    with pytest.raises(ValueError, match="acts on 3 qubits"):
        adapter.channel_from(cirq.CCX)
    with pytest.raises(ValueError, match="must act on qubits"):
        adapter.channel_from(cirq.IdentityGate(qid_shape=(3,)))
    with pytest.raises(ValueError, match="acts on 3 qubits"):
        adapter.depolarize(0.1, 3)


# ---- what the conventions page says of Cirq ----


def test_fidelity_is_squared_and_entropy_in_bits() -> None:
    assert cirq.fidelity(
        np.diag([0.8, 0.2]).astype(complex), np.array([1, 0], dtype=complex)
    ) == pytest.approx(0.8)
    assert cirq.von_neumann_entropy(np.eye(2) / 2) == pytest.approx(1.0)


def test_superoperators_stack_rows() -> None:
    channel, kraus = random_channel(7, 1)
    rows = cirq.kraus_to_superoperator(list(kraus))
    columns = channel.superoperator()
    transpose = np.eye(4)[[0, 2, 1, 3]]
    np.testing.assert_allclose(rows, transpose @ columns @ transpose, atol=1e-13)
    assert not np.allclose(rows, columns)
