"""SeQUeNCe, NetSquid and numbers of other conventions, against the formulas of their sources."""

from __future__ import annotations

import numpy as np
import pytest

import ebit
from ebit.adapters import conventions, netsquid, sequence
from reference.adapters import assert_same_channel


def decohered(weights: np.ndarray, rates: np.ndarray, time: float) -> np.ndarray:
    """What `bds_decohere` of one memory does to the Bell-diagonal elements of a pair."""
    x, y, z = rates
    of_x, of_y, of_z = np.exp(-2 * time * np.array([y + z, x + z, x + y]))
    p_i = (1 + of_x + of_y + of_z) / 4
    p_x = (1 + of_x - of_y - of_z) / 4
    p_y = (1 - of_x + of_y - of_z) / 4
    p_z = (1 - of_x - of_y + of_z) / 4
    moves = np.array([[p_i, p_z, p_x, p_y], [p_z, p_i, p_y, p_x], [p_x, p_y, p_i, p_z], [p_y, p_x, p_z, p_i]])
    return moves @ weights


def test_memories_of_sequence_decohere_bell_diagonal_states() -> None:
    weights, shares, coherence_time, time = np.array([0.7, 0.15, 0.1, 0.05]), [0.5, 0.2, 0.3], 0.4, 0.13
    memory = sequence.memory(coherence_time, shares)
    pair = sequence.bell_diagonal(weights)
    left = pair.apply(memory.decay(time), 0).bell_weights()
    expected = decohered(weights, np.array(shares) / coherence_time, time)
    np.testing.assert_allclose(left, expected, atol=1e-14)
    both = pair.apply(memory.decay(time), 0).apply(memory.decay(2 * time), 1).bell_weights()
    np.testing.assert_allclose(
        both, decohered(expected, np.array(shares) / coherence_time, 2 * time), atol=1e-14
    )


def test_memories_of_sequence_without_decoherence() -> None:
    for time in (-1, 0, 0.0):
        assert sequence.memory(time).rates == (0.0, 0.0, 0.0)
        assert sequence.cutoff(time, 0.5) == np.inf
    assert sequence.cutoff([2.0, -1.0], 0.25).tolist() == [0.5, np.inf]


def test_swapping_in_sequence_with_bell_diagonal_states() -> None:
    """The elements that `swapping_res` computes, with gates and readouts that may fail."""
    a, b = np.array([0.7, 0.15, 0.1, 0.05]), np.array([0.6, 0.05, 0.15, 0.2])
    gate_fid, meas_fid = 0.9, 0.95
    c_i = a @ b
    c_x = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] + a[3] * b[2]
    c_y = a[0] * b[3] + a[3] * b[0] + a[1] * b[2] + a[2] * b[1]
    c_z = a[0] * b[2] + a[2] * b[0] + a[1] * b[3] + a[3] * b[1]
    right, wrong = meas_fid, 1 - meas_fid
    mixed = (1 - gate_fid) / 4
    expected = [
        gate_fid * (right**2 * one + right * wrong * (two + three) + wrong**2 * four) + mixed
        for one, two, three, four in [
            (c_i, c_x, c_z, c_y),
            (c_x, c_i, c_y, c_z),
            (c_z, c_i, c_y, c_x),
            (c_y, c_x, c_z, c_i),
        ]
    ]
    bsm = sequence.bell_measurement(gate_fid, meas_fid)
    pair = ebit.swap(sequence.bell_diagonal(a), sequence.bell_diagonal(b), bsm=bsm)
    np.testing.assert_allclose(pair.bell_weights(), expected, atol=1e-14)


def test_errors_of_sequence_with_stabilizer_states() -> None:
    for num_qubits, factor in [(1, 1.5), (2, 1.25)]:
        channel = sequence.gate_error(0.97, num_qubits)
        assert channel.average_fidelity() == pytest.approx(0.97)
        assert 1 - channel.pauli_probabilities()[0] == pytest.approx(factor * 0.03)
    idle, t1, t2 = 0.3, 2.0, 1.5
    p_x = (1 - np.exp(-idle / t1)) / 4
    p_z = (1 + np.exp(-idle / t1) - 2 * np.exp(-idle / t2)) / 4
    assert_same_channel(sequence.idling_decoherence(idle, t1, t2), ebit.channels.pauli(p_x, p_x, p_z))


def test_pairs_and_fibres_of_sequence() -> None:
    np.testing.assert_allclose(sequence.raw_pair(0.85).bell_weights(), [0.85, 0.05, 0.05, 0.05])
    fibre = sequence.fibre(10e3, 0.00025, light_speed=2.1e-4)
    assert fibre.transmissivity == pytest.approx(10 ** (10e3 * 0.00025 / -10))
    assert fibre.delay == pytest.approx(sequence.seconds(round(10e3 / 2.1e-4)))


def test_netsquid() -> None:
    assert netsquid.seconds(5.0) == 5e-9
    assert_same_channel(
        netsquid.t1t2_noise(3e5, t1=2e6, t2=1e6), ebit.channels.memory_decay(3e-4, t1=2e-3, t2=1e-3)
    )
    assert_same_channel(netsquid.t1t2_noise(3e5, t1=2e6), ebit.channels.amplitude_damping(1 - np.exp(-0.15)))
    assert_same_channel(netsquid.t1t2_noise(3e5), ebit.channels.dephasing(0.0))
    assert netsquid.memory([0.0, 1e9], 0.0).shape == (2,)
    # A pair, one half of which is depolarized with probability p, has the fidelity 1 - 3 p / 4.
    pair = ebit.Werner(1.0).apply(netsquid.depolar_noise(2000.0, delay=1e5), 0)
    assert pair.fidelity() == pytest.approx(1 - 0.75 * (1 - np.exp(-0.2)))
    assert ebit.Werner(1.0).apply(netsquid.depolar_noise(0.4), 0).fidelity() == pytest.approx(0.7)


def test_conventions() -> None:
    assert conventions.fidelity_from_root(0.8944271909999159) == pytest.approx(0.8)
    np.testing.assert_allclose(
        conventions.fidelity_from_root(conventions.root_from_fidelity([0.0, 0.3, 1.0])), [0.0, 0.3, 1.0]
    )
    assert conventions.bits_from_nats(conventions.nats_from_bits(0.7)) == pytest.approx(0.7)
    for num_qubits, make in [(1, ebit.channels.depolarizing), (2, ebit.channels.two_qubit_depolarizing)]:
        p_error = conventions.p_error_from_replace(0.3, num_qubits)
        assert_same_channel(make(p_error=p_error), make(p_replace=0.3))
        assert conventions.p_replace_from_error(p_error, num_qubits) == pytest.approx(0.3)
        highest = conventions.p_replace_from_error(1.0, num_qubits)
        assert conventions.p_error_from_replace(highest, num_qubits) == 1.0
        average = make(p_error=p_error).average_fidelity()
        assert conventions.p_error_from_average_fidelity(average, num_qubits) == pytest.approx(p_error)
    tiny = conventions.p_error_from_gamma(1e-18)
    assert tiny == pytest.approx(2.5e-19, rel=1e-12)
    for p_error in (0.0, 0.1, 0.5):
        gamma = conventions.gamma_from_p_error(p_error)
        assert conventions.p_error_from_gamma(gamma) == pytest.approx(p_error)
        assert np.sqrt(1 - gamma) == pytest.approx(1 - 2 * p_error)


def test_parameters_may_be_arrays() -> None:
    gammas = np.linspace(0, 1, 6).reshape(2, 3)
    assert ebit.adapters.cirq.phase_damp(gammas).batch_shape == (2, 3)
    assert ebit.adapters.aer.depolarizing_error(gammas, 2).batch_shape == (2, 3)
    assert ebit.adapters.aer.phase_amplitude_damping_error(gammas / 2, gammas[0] / 2, 0.1).batch_shape == (
        2,
        3,
    )
    assert ebit.adapters.pennylane.pauli_error("XY", gammas).batch_shape == (2, 3)
    assert ebit.adapters.aer.reset_error(gammas / 2, 0.5).batch_shape == (2, 3)
    assert sequence.gate_error([0.9, 1.0], 1).batch_shape == (2,)
