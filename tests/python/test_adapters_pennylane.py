"""PennyLane and back, and what its parameters mean."""

from __future__ import annotations

import numpy as np
import pytest

import ebit
from ebit.adapters import conventions
from ebit.adapters import pennylane as adapter
from reference.adapters import (
    assert_same_channel,
    assert_same_state,
    expectation,
    random_channel,
    random_state,
)

qml = pytest.importorskip("pennylane")


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_states_there_and_back(num_qubits: int) -> None:
    state, rho = random_state(num_qubits, num_qubits)
    np.testing.assert_allclose(adapter.state_to(state), rho, atol=1e-14)
    assert_same_state(adapter.state_from(adapter.state_to(state)), state)


@pytest.mark.parametrize("num_qubits", [1, 2])
def test_channels_act_as_in_a_circuit(num_qubits: int) -> None:
    state, rho = random_state(6, 3)
    channel, _ = random_channel(5, num_qubits)
    wires = (2, 0)[:num_qubits]
    operation = adapter.channel_to(channel, wires)
    assert_same_channel(adapter.channel_from(operation), channel)

    @qml.qnode(qml.device("default.mixed", wires=3))
    def circuit() -> object:
        qml.QubitDensityMatrix(rho, wires=[0, 1, 2])
        qml.apply(operation)
        return qml.state()

    before = adapter.state_to(state)
    state.apply(channel, *wires)
    assert_same_state(adapter.state_from(circuit()), state)
    assert not np.allclose(before, adapter.state_to(state))


def test_wire_0_is_qubit_0() -> None:
    state, rho = random_state(4, 3)

    @qml.qnode(qml.device("default.mixed", wires=3))
    def circuit() -> object:
        qml.QubitDensityMatrix(rho, wires=[0, 1, 2])
        return qml.expval(qml.PauliX(0) @ qml.PauliZ(1) @ qml.PauliY(2))

    assert circuit() == pytest.approx(expectation(state, "XZY"), abs=1e-13)


def test_gates() -> None:
    assert_same_channel(adapter.channel_from(qml.CNOT(wires=["b", "a"])), ebit.channels.unitary("CX"))
    assert_same_channel(
        adapter.channel_from(qml.RX(0.3, 0)), ebit.channels.unitary(ebit.gates.unitary("RX", 0.3))
    )


# PennyLane multiplies the real identity by a complex probability where Y is among the operators.
@pytest.mark.filterwarnings("ignore:Casting complex values to real:numpy.exceptions.ComplexWarning")
def test_parameters_mean_what_they_mean_in_pennylane() -> None:
    pairs = [
        (adapter.depolarizing_channel(0.3), qml.DepolarizingChannel(0.3, 0)),
        (adapter.amplitude_damping(0.3), qml.AmplitudeDamping(0.3, 0)),
        (adapter.generalized_amplitude_damping(0.3, 0.2), qml.GeneralizedAmplitudeDamping(0.3, 0.2, 0)),
        (adapter.phase_damping(0.3), qml.PhaseDamping(0.3, 0)),
        (adapter.bit_flip(0.3), qml.BitFlip(0.3, 0)),
        (adapter.phase_flip(0.3), qml.PhaseFlip(0.3, 0)),
        (adapter.reset_error(0.3, 0.1), qml.ResetError(0.3, 0.1, 0)),
        (adapter.pauli_error("Y", 0.3), qml.PauliError("Y", 0.3, 0)),
        (adapter.pauli_error("XZ", 0.3), qml.PauliError("XZ", 0.3, [0, 1])),
        (
            adapter.thermal_relaxation_error(0.2, 2, 1.5, 0.7),
            qml.ThermalRelaxationError(0.2, 2.0, 1.5, 0.7, 0),
        ),
        (
            adapter.thermal_relaxation_error(0.2, 2, 3.5, 0.7),
            qml.ThermalRelaxationError(0.2, 2.0, 3.5, 0.7, 0),
        ),
    ]
    for ours, theirs in pairs:
        assert_same_channel(ours, adapter.channel_from(theirs))


def test_what_cannot_be_read() -> None:
    with pytest.raises(TypeError, match="operation of PennyLane"):
        adapter.channel_from(np.eye(2))
    with pytest.raises(ValueError, match="acts on 3 qubits"):
        adapter.channel_from(qml.Toffoli([0, 1, 2]))
    with pytest.raises(ValueError, match="operators = 'XA'"):
        adapter.pauli_error("XA", 0.1)


# ---- what the conventions page says of PennyLane ----


def test_fidelity_is_squared_and_entropy_in_nats() -> None:
    zero = np.diag([1.0, 0.0])
    assert qml.math.fidelity(np.diag([0.8, 0.2]), zero) == pytest.approx(0.8)
    nats = qml.math.vn_entropy(np.eye(2) / 2, indices=[0])
    assert conventions.bits_from_nats(float(nats)) == pytest.approx(1.0)
