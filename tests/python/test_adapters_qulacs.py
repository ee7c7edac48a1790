"""qulacs and back: qubit 0 stays qubit 0 although matrices are the other way round."""

from __future__ import annotations

import numpy as np
import pytest

import ebit
from ebit.adapters import qulacs as adapter
from reference.adapters import (
    assert_same_channel,
    assert_same_state,
    expectation,
    random_channel,
    random_state,
)

qulacs = pytest.importorskip("qulacs")


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_states_there_and_back(num_qubits: int) -> None:
    state, _ = random_state(num_qubits, num_qubits)
    assert_same_state(adapter.state_from(adapter.state_to(state)), state)


def test_qubit_0_is_qubit_0() -> None:
    state, _ = random_state(4, 3)
    observable = qulacs.Observable(3)
    observable.add_operator(1.0, "X 0 Z 1 Y 2")
    value = observable.get_expectation_value(adapter.state_to(state))
    assert value == pytest.approx(expectation(state, "XZY"), abs=1e-13)


def test_state_vectors() -> None:
    vector = qulacs.QuantumState(2)
    circuit = qulacs.QuantumCircuit(2)
    circuit.add_H_gate(1)
    circuit.add_T_gate(1)
    circuit.update_quantum_state(vector)
    expected = ebit.DensityMatrix(2)
    expected.apply("H", 1)
    expected.apply("T", 1)
    assert_same_state(adapter.state_from(vector), expected)


@pytest.mark.parametrize("num_qubits", [1, 2])
def test_channels_there_and_back(num_qubits: int) -> None:
    channel, _ = random_channel(5, num_qubits)
    state, _ = random_state(6, 3)
    qubits = (2, 0)[:num_qubits]
    gate = adapter.channel_to(channel, qubits)
    other = adapter.state_to(state)
    gate.update_quantum_state(other)
    state.apply(channel, *qubits)
    assert_same_state(adapter.state_from(other), state)
    assert_same_channel(adapter.channel_from(gate, qubits), channel)


def test_parameters_mean_what_they_mean_in_qulacs() -> None:
    gate = qulacs.gate
    pairs = [
        (adapter.bit_flip_noise(0.3), gate.BitFlipNoise(1, 0.3)),
        (adapter.dephasing_noise(0.3), gate.DephasingNoise(1, 0.3)),
        (adapter.independent_xz_noise(0.3), gate.IndependentXZNoise(1, 0.3)),
        (adapter.depolarizing_noise(0.3), gate.DepolarizingNoise(1, 0.3)),
        (adapter.two_qubit_depolarizing_noise(0.3), gate.TwoQubitDepolarizingNoise(0, 2, 0.3)),
        (adapter.amplitude_damping_noise(0.3), gate.AmplitudeDampingNoise(1, 0.3)),
    ]
    for ours, theirs in pairs:
        assert_same_channel(ours, adapter.channel_from(theirs))


def test_gates() -> None:
    gate = qulacs.gate
    assert_same_channel(adapter.channel_from(gate.CNOT(2, 0)), ebit.channels.unitary("CX"))
    reverse = ebit.channels.unitary("XCZ")
    assert_same_channel(adapter.channel_from(gate.CNOT(2, 0), [0, 2]), reverse)
    # The sense of rotations is the other one there.
    assert_same_channel(
        adapter.channel_from(gate.RX(1, 0.3)), ebit.channels.unitary(ebit.gates.unitary("RX", -0.3))
    )


def test_what_cannot_be_converted() -> None:
    gate = qulacs.gate
    with pytest.raises(TypeError, match="DensityMatrix or QuantumState"):
        adapter.state_from(np.eye(2))
    with pytest.raises(ValueError, match="acts on 3 qubits"):
        adapter.channel_from(gate.TOFFOLI(0, 1, 2))
    with pytest.raises(ValueError, match="only those up to 9"):
        adapter.channel_from(gate.X(10))
    with pytest.raises(ValueError, match=r"the gate acts on \[1\]"):
        adapter.channel_from(gate.X(1), [0])
    for qubits in ([0, 1], [], [-1]):
        with pytest.raises(ValueError, match="the channel acts on 1"):
            adapter.channel_to(ebit.channels.dephasing(0.1), qubits)
