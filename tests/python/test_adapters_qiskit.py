"""Qiskit and Aer: qubit 0 stays qubit 0 although matrices are the other way round."""

from __future__ import annotations

import numpy as np
import pytest

import ebit
from ebit.adapters import aer
from ebit.adapters import qiskit as adapter
from reference.adapters import (
    assert_same_channel,
    assert_same_state,
    expectation,
    random_channel,
    random_state,
)

info = pytest.importorskip("qiskit.quantum_info")
qiskit = pytest.importorskip("qiskit")
noise = pytest.importorskip("qiskit_aer.noise")
qiskit_aer = pytest.importorskip("qiskit_aer")


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_states_there_and_back(num_qubits: int) -> None:
    state, _ = random_state(num_qubits, num_qubits)
    assert_same_state(adapter.state_from(adapter.state_to(state)), state)


def test_the_last_letter_of_a_label_is_qubit_0() -> None:
    state, _ = random_state(4, 3)
    value = adapter.state_to(state).expectation_value(info.Pauli("YZX"))
    assert value == pytest.approx(expectation(state, "XZY"), abs=1e-13)
    assert adapter.state_to(state).expectation_value(info.Pauli("X"), qargs=[0]) == pytest.approx(
        expectation(state, "XII"), abs=1e-13
    )


def test_vectors_and_stabilizer_states() -> None:
    circuit = qiskit.QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.x(2)
    expected = ebit.DensityMatrix(3)
    expected.apply("H", 0)
    expected.apply("CX", 0, 1)
    expected.apply("X", 2)
    assert_same_state(adapter.state_from(info.Statevector(circuit)), expected)
    assert_same_state(adapter.state_from(info.StabilizerState(circuit)), expected)


@pytest.mark.parametrize("num_qubits", [1, 2])
@pytest.mark.parametrize("form", ["SuperOp", "Kraus", "Choi", "PTM"])
def test_channels_there_and_back(form: str, num_qubits: int) -> None:
    channel, _ = random_channel(5, num_qubits)
    obj = adapter.channel_to(channel, form)
    assert isinstance(obj, getattr(info, form))
    assert_same_channel(adapter.channel_from(obj), channel)
    state, _ = random_state(6, 3)
    qubits = (2, 0)[:num_qubits]
    after = adapter.state_to(state).evolve(info.SuperOp(obj), qargs=list(qubits))
    state.apply(channel, *qubits)
    assert_same_state(adapter.state_from(after), state)


def test_gates_circuits_and_other_operators() -> None:
    circuit = qiskit.QuantumCircuit(2)
    circuit.s(0)
    circuit.cx(0, 1)
    first = ebit.channels.unitary("S").tensor(ebit.channels.unitary("I"))
    expected = ebit.channels.unitary("CX") @ first
    for obj in (
        circuit,
        info.Operator(circuit),
        info.Clifford(circuit),
        info.Chi(info.SuperOp(circuit)),
        info.Stinespring(info.SuperOp(circuit)),
    ):
        assert_same_channel(adapter.channel_from(obj), expected)


def test_what_cannot_be_read() -> None:
    with pytest.raises(TypeError, match="DensityMatrix, Statevector or StabilizerState"):
        adapter.state_from(np.eye(2) / 2)
    with pytest.raises(ValueError, match="every subsystem must be a qubit"):
        adapter.state_from(info.DensityMatrix(np.eye(3) / 3))
    with pytest.raises(ValueError, match="acts on 3 qubits"):
        adapter.channel_from(info.Operator(np.eye(8)))
    with pytest.raises(ValueError, match="must map qubits"):
        adapter.channel_from(info.SuperOp(np.eye(9)))
    with pytest.raises(ValueError, match="preserve the trace"):
        adapter.channel_from(info.SuperOp(0.5 * np.eye(4)))
    with pytest.raises(ValueError, match="form = 'kraus'"):
        adapter.channel_to(ebit.channels.dephasing(0.1), "kraus")


# ---- Aer: parameters ----


def test_parameters_mean_what_they_mean_in_aer() -> None:
    pairs = [
        (aer.depolarizing_error(0.3, 1), noise.depolarizing_error(0.3, 1)),
        (aer.depolarizing_error(4 / 3, 1), noise.depolarizing_error(4 / 3, 1)),
        (aer.depolarizing_error(0.3, 2), noise.depolarizing_error(0.3, 2)),
        (aer.depolarizing_error(16 / 15, 2), noise.depolarizing_error(16 / 15, 2)),
        (aer.thermal_relaxation_error(2, 1.5, 0.7, 0.2), noise.thermal_relaxation_error(2, 1.5, 0.7, 0.2)),
        (aer.thermal_relaxation_error(2, 3.5, 0.7, 0.2), noise.thermal_relaxation_error(2, 3.5, 0.7, 0.2)),
        (aer.thermal_relaxation_error(np.inf, 1, 0.7), noise.thermal_relaxation_error(np.inf, 1, 0.7)),
        (aer.amplitude_damping_error(0.3, 0.2), noise.amplitude_damping_error(0.3, 0.2)),
        (aer.phase_damping_error(0.3), noise.phase_damping_error(0.3)),
        (
            aer.phase_amplitude_damping_error(0.3, 0.4, 0.2),
            noise.phase_amplitude_damping_error(0.3, 0.4, 0.2),
        ),
        (
            aer.phase_amplitude_damping_error(1.0, 0.0, 0.2),
            noise.phase_amplitude_damping_error(1.0, 0.0, 0.2),
        ),
        (aer.reset_error(0.3, 0.1), noise.reset_error(0.3, 0.1)),
    ]
    for ours, theirs in pairs:
        assert_same_channel(ours, aer.channel_from(theirs), 1e-10)


@pytest.mark.parametrize(
    "terms", [[("X", 0.1), ("Y", 0.2), ("I", 0.7)], [("XI", 0.1), ("ZY", 0.2), ("II", 0.7)]]
)
def test_labels_of_pauli_errors_are_read_from_the_right(terms: list[tuple[str, float]]) -> None:
    assert_same_channel(aer.pauli_error(terms), aer.channel_from(noise.pauli_error(terms)))


# ---- Aer: noise models ----


def some_model() -> object:
    model = noise.NoiseModel()
    model.add_all_qubit_quantum_error(noise.amplitude_damping_error(0.2, 0.1), ["h", "sx"])
    model.add_quantum_error(noise.thermal_relaxation_error(2, 1.5, 0.7), ["h"], [1])
    lopsided = noise.phase_damping_error(0.3).tensor(noise.amplitude_damping_error(0.4))
    model.add_all_qubit_quantum_error(lopsided, ["cx"])
    model.add_quantum_error(noise.pauli_error([("XI", 0.3), ("ZY", 0.1), ("II", 0.6)]), ["cx"], [2, 0])
    model.add_all_qubit_readout_error([[0.95, 0.05], [0.2, 0.8]])
    model.add_readout_error([[0.9, 0.1], [0.3, 0.7]], [1])
    return model


def run_in_aer(model: object) -> np.ndarray:
    """Return the density matrix, little-endian, of a noisy circuit that treats no qubits alike."""
    circuit = qiskit.QuantumCircuit(3)
    circuit.h(0)
    circuit.h(1)
    circuit.cx(0, 1)
    circuit.t(1)
    circuit.cx(2, 0)
    circuit.h(2)
    circuit.save_density_matrix()
    simulator = qiskit_aer.AerSimulator(method="density_matrix", noise_model=model)
    result = simulator.run(circuit, shots=1, seed_simulator=1).result()
    return np.asarray(result.data()["density_matrix"])


def run_here(model: aer.Noise) -> ebit.DensityMatrix:
    state = ebit.DensityMatrix(3)
    for gate, qubits in [("h", (0,)), ("h", (1,)), ("cx", (0, 1)), ("t", (1,)), ("cx", (2, 0)), ("h", (2,))]:
        state.apply(gate.upper(), *qubits)
        error = model.after(gate, *qubits)
        if error is not None:
            state.apply(error, *qubits)
    return state


def test_a_noise_model_acts_here_as_in_aer() -> None:
    model = some_model()
    read = aer.noise_from(model)
    expected = ebit.adapters.arrays.state_from(run_in_aer(model), "little")
    assert_same_state(run_here(read), expected)
    assert set(read.gates) == {("h", None), ("sx", None), ("h", (1,)), ("cx", None), ("cx", (2, 0))}
    np.testing.assert_allclose(read.assignment(1), [[0.9, 0.1], [0.3, 0.7]])
    np.testing.assert_allclose(read.assignment(0), [[0.95, 0.05], [0.2, 0.8]])


def test_a_noise_model_there_and_back() -> None:
    read = aer.noise_from(some_model())
    made = aer.noise_to(read)
    assert_same_state(ebit.adapters.arrays.state_from(run_in_aer(made), "little"), run_here(read))
    again = aer.noise_from(made)
    assert again.gates.keys() == read.gates.keys()
    assert again.readout.keys() == read.readout.keys()
    for place, channel in read.gates.items():
        assert_same_channel(again.gates[place], channel)


def test_pauli_channels_stay_mixtures_of_paulis() -> None:
    probabilities = np.arange(1, 16) / 200
    error = aer.channel_to(ebit.channels.two_qubit_pauli(probabilities))
    assert {circuit.data[0].operation.name for circuit in error.circuits} == {"pauli"}
    assert_same_channel(aer.channel_from(error), ebit.channels.two_qubit_pauli(probabilities))
    read = aer.channel_from(noise.pauli_error([("XI", 0.3), ("ZY", 0.1), ("II", 0.6)]))
    assert aer.channel_to(read).size == 3


def test_readout_is_wrong_as_often_as_in_aer() -> None:
    model = noise.NoiseModel()
    model.add_all_qubit_readout_error([[0.9, 0.1], [0.3, 0.7]])
    circuit = qiskit.QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    shots = 20_000
    counts = (
        qiskit_aer.AerSimulator(noise_model=model)
        .run(circuit, shots=shots, seed_simulator=7)
        .result()
        .get_counts()
    )
    meter = aer.readout_error(aer.noise_from(model).assignment(0))
    expected = meter.probabilities([1, 0, 0, -1])
    deviation = np.sqrt(expected[0] * expected[1] / shots)
    assert counts["0"] / shots == pytest.approx(expected[0], abs=5 * deviation)


def test_readout_leaves_the_true_state() -> None:
    meter = aer.readout_error([[0.9, 0.1], [0.3, 0.7]])
    np.testing.assert_allclose(meter.channel().ptm, ebit.channels.dephasing(0.5).ptm, atol=1e-15)
    np.testing.assert_allclose(meter.branch(0) @ [1, 0, 0, 1], [0.9, 0, 0, 0.9], atol=1e-15)


def test_what_has_no_place_in_a_channel_is_named() -> None:
    model = noise.NoiseModel()
    model.add_all_qubit_quantum_error(noise.depolarizing_error(0.1, 3), ["ccx"])
    with pytest.raises(ValueError, match="error after 'ccx' acts on 3 qubits"):
        aer.noise_from(model)
    model = noise.NoiseModel()
    model.add_readout_error(np.eye(4)[::-1], [0, 1])
    with pytest.raises(ValueError, match=r"readout error of qubits \(0, 1\) is a joint one of 2"):
        aer.noise_from(model)
    with pytest.raises(TypeError, match="must be a NoiseModel"):
        aer.noise_from({})
    with pytest.raises(TypeError, match="must be a Noise"):
        aer.noise_to(model)
    with pytest.raises(ValueError, match="batch of shape"):
        aer.channel_to(ebit.channels.dephasing([0.1, 0.2]))


# ---- what the conventions page says of Qiskit ----


def test_fidelity_is_squared_and_entropy_in_bits() -> None:
    rho = info.DensityMatrix(np.diag([0.8, 0.2]))
    assert info.state_fidelity(rho, info.Statevector([1, 0])) == pytest.approx(0.8)
    assert info.entropy(info.DensityMatrix(np.eye(2) / 2)) == pytest.approx(1.0)
