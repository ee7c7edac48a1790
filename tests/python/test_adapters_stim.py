"""Stim's stabilizer states and noise instructions."""

from __future__ import annotations

import numpy as np
import pytest

import ebit
from ebit.adapters import stim as adapter
from reference.adapters import (
    assert_same_channel,
    assert_same_state,
    expectation,
    random_channel,
    random_state,
)

stim = pytest.importorskip("stim")


def example() -> ebit.DensityMatrix:
    state = ebit.DensityMatrix(3)
    for gate, *qubits in [("H", 0), ("CX", 0, 2), ("S", 2), ("X", 1), ("H", 1), ("CZ", 1, 2)]:
        state.apply(gate, *qubits)
    return state


def test_states_there_and_back() -> None:
    circuit = stim.Circuit("H 0\nCX 0 2\nS 2\nX 1\nH 1\nCZ 1 2")
    simulator = stim.TableauSimulator()
    simulator.do(circuit)
    tableau = stim.Tableau.from_circuit(circuit)
    for obj in (simulator, tableau, tableau.to_stabilizers()):
        assert_same_state(adapter.state_from(obj), example())
    made = adapter.state_to(example())
    assert made.to_stabilizers(canonicalize=True) == tableau.to_stabilizers(canonicalize=True)


def test_every_expectation_of_a_random_state() -> None:
    tableau = stim.Tableau.random(4)
    simulator = stim.TableauSimulator()
    simulator.do(tableau.to_circuit())
    state = adapter.state_from(tableau)
    for text in (
        "XYZI",
        "ZZXX",
        "IIYZ",
        "YXIX",
        *(str(g)[1:].replace("_", "I") for g in tableau.to_stabilizers()),
    ):
        value = simulator.peek_observable_expectation(stim.PauliString(text))
        assert expectation(state, text) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("X_ERROR(0.1) 0", ebit.channels.bit_flip(0.1)),
        ("Y_ERROR(0.1) 0", ebit.channels.y_flip(0.1)),
        ("Z_ERROR(0.1) 0", ebit.channels.dephasing(0.1)),
        ("DEPOLARIZE1(0.1) 0", ebit.channels.depolarizing(p_error=0.1)),
        ("DEPOLARIZE2(0.1) 0 1", ebit.channels.two_qubit_depolarizing(p_error=0.1)),
        ("PAULI_CHANNEL_1(0.1, 0.2, 0.3) 0", ebit.channels.pauli(0.1, 0.2, 0.3)),
        ("CX 0 1", ebit.channels.unitary("CX")),
        ("ISWAP 0 1", ebit.channels.unitary("ISWAP")),
        ("C_XYZ 0", ebit.channels.unitary("C_XYZ")),
        ("R 0", ebit.channels.amplitude_damping(1.0)),
    ],
)
def test_instructions(text: str, channel: ebit.Channel) -> None:
    (instruction,) = stim.Circuit(text)
    assert_same_channel(adapter.channel_from(instruction), channel)


def test_resets_in_other_bases_end_in_the_eigenstate() -> None:
    for name, row in [("RX", 1), ("RY", 2), ("R", 3)]:
        channel = adapter.channel_from(stim.CircuitInstruction(name, [0]))
        expected = np.zeros((4, 4))
        expected[0, 0] = expected[row, 0] = 1.0
        np.testing.assert_allclose(channel.ptm, expected, atol=1e-15)


def test_two_qubit_pauli_channels_keep_their_order() -> None:
    probabilities = np.arange(1, 16) / 200
    instruction = stim.CircuitInstruction("PAULI_CHANNEL_2", [4, 2], probabilities)
    channel = adapter.channel_from(instruction)
    assert channel == ebit.channels.two_qubit_pauli(probabilities)
    back = adapter.channel_to(channel, [4, 2])
    assert (back.name, back.targets_copy()) == (instruction.name, instruction.targets_copy())
    np.testing.assert_allclose(back.gate_args_copy(), probabilities, atol=1e-15)
    # The first letter belongs to the first target: XI, number 3, shows in what Stim does with it.
    errors = stim.Circuit()
    errors.append("PAULI_CHANNEL_2", [0, 1], [0, 0, 0, 1] + [0] * 11)
    simulator = stim.TableauSimulator()
    simulator.do(errors)
    state = ebit.DensityMatrix(2)
    state.apply(adapter.channel_from(errors[0]), 0, 1)
    assert simulator.peek_z(0) == expectation(state, "ZI") == -1
    assert simulator.peek_z(1) == expectation(state, "IZ") == 1


def test_what_cannot_be_converted() -> None:
    with pytest.raises(ValueError, match="no stabilizer state"):
        adapter.state_to(random_state(1, 2)[0])
    with pytest.raises(ValueError, match="batch of 2"):
        adapter.state_to(ebit.DensityMatrix(1, batch=2))
    with pytest.raises(TypeError, match="TableauSimulator"):
        adapter.state_from("XX")
    with pytest.raises(ValueError, match="no Pauli channel"):
        adapter.channel_to(random_channel(1, 1)[0], [0])
    with pytest.raises(ValueError, match="acts on 1 qubits"):
        adapter.channel_to(ebit.channels.dephasing(0.1), [0, 1])
    for text in ("M 0", "MPP X0*X1", "E(0.1) X0 Z1", "DETECTOR rec[-1]"):
        with pytest.raises(ValueError, match="no channel on one or two qubits"):
            adapter.channel_from(stim.Circuit("M 0\n" + text)[-1])
    with pytest.raises(TypeError, match="CircuitInstruction or a Tableau"):
        adapter.channel_from("X 0")
    with pytest.raises(ValueError, match="acts on 3 qubits"):
        adapter.channel_from(stim.Tableau(3))
