"""Adapters as a whole: nothing is imported before it is needed, arrays in either order, bad input."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ebit
from ebit.adapters import (
    aer,
    arrays,
    cirq,
    conventions,
    netsquid,
    pennylane,
    qiskit,
    qulacs,
    qutip,
    sequence,
    stim,
)
from reference.adapters import (
    assert_same_channel,
    assert_same_state,
    expectation,
    kron,
    random_channel,
    random_state,
)

FOREIGN = {"cirq", "pennylane", "qiskit", "qiskit_aer", "qulacs", "qutip", "stim"}


def test_importing_the_adapters_imports_no_other_package() -> None:
    code = "import sys, ebit.adapters; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()[-1].split()) & (FOREIGN | {"scipy"}) == set()


STATE, CHANNEL = ebit.DensityMatrix(1), ebit.channels.dephasing(0.1)


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("qutip", lambda: qutip.state_to(STATE)),
        ("qutip", lambda: qutip.channel_from(None)),
        ("qiskit", lambda: qiskit.state_to(STATE)),
        ("qiskit", lambda: qiskit.channel_to(CHANNEL)),
        ("qiskit-aer", lambda: aer.noise_from(None)),
        ("qiskit-aer", lambda: aer.channel_to(CHANNEL)),
        ("cirq-core", lambda: cirq.channel_to(CHANNEL)),
        ("pennylane", lambda: pennylane.channel_to(CHANNEL, [0])),
        ("qulacs", lambda: qulacs.state_to(STATE)),
        ("stim", lambda: stim.state_to(STATE)),
    ],
)
def test_a_missing_package_is_named(
    package: str, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = {name for name in sys.modules if name.split(".")[0] in FOREIGN}
    for name in loaded | FOREIGN:
        monkeypatch.setitem(sys.modules, name, None)  # as if there were none
    with pytest.raises(ImportError, match=rf"pip install {package}, or .*ebit\[interop\]"):
        call()


# ---- arrays ----


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
@pytest.mark.parametrize("order", ["big", "little"])
def test_matrices_in_either_order(order: str, num_qubits: int) -> None:
    state, rho = random_state(num_qubits, num_qubits)
    matrix = arrays.state_to(state, order)
    if order == "big":
        np.testing.assert_allclose(matrix, rho, atol=1e-14)
    else:
        paulis = {"X": np.array([[0, 1], [1, 0]]), "Z": np.diag([1, -1]), "I": np.eye(2)}
        text = "XZI"[:num_qubits]
        value = np.trace(kron(*(paulis[letter] for letter in text[::-1])) @ matrix)
        assert value == pytest.approx(expectation(state, text), abs=1e-13)
    assert_same_state(arrays.state_from(matrix, order), state)


def test_vectors_in_either_order() -> None:
    big = arrays.state_from(kron([1, 0], [0.6, 0.8j]).reshape(-1))
    little = arrays.state_from(kron([0.6, 0.8j], [1, 0]).reshape(-1), "little")
    assert_same_state(big, little)
    assert expectation(big, "ZI") == pytest.approx(1.0)
    assert expectation(big, "IY") == pytest.approx(0.96)


def test_batches_of_states() -> None:
    pairs = ebit.Werner([0.9, 0.3, 0.1])
    matrices = arrays.state_to(pairs, "little")
    assert matrices.shape == (3, 4, 4)
    state = arrays.state_from(matrices, "little")
    assert state.batch == 3
    assert expectation(state, "XX").tolist() == pytest.approx([0.9, 0.3, 0.1])


@pytest.mark.parametrize("num_qubits", [1, 2])
@pytest.mark.parametrize("form", ["kraus", "ptm", "choi", "superoperator"])
def test_channels_in_either_order(form: str, num_qubits: int) -> None:
    channel, _ = random_channel(3, num_qubits)
    for order in ("big", "little"):
        array = arrays.channel_to(channel, form, order)
        assert_same_channel(arrays.channel_from(array, form, order), channel)
    # Little-endian arrays are those of the channel between two exchanges of its qubits.
    exchange = ebit.channels.unitary("SWAP")
    turned = exchange @ channel @ exchange if num_qubits == 2 else channel
    assert_same_channel(arrays.channel_from(arrays.channel_to(channel, form, "little"), form), turned)


def test_unitaries_and_batches_of_channels() -> None:
    cnot_with_target_0 = np.array([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]])
    assert_same_channel(
        arrays.channel_from(cnot_with_target_0, "unitary", "little"), ebit.channels.unitary("CX")
    )
    batch = ebit.channels.amplitude_damping([0.1, 0.2]).tensor(ebit.channels.dephasing(0.3))
    for form in ("kraus", "ptm", "choi", "superoperator"):
        array = arrays.channel_to(batch, form, "little")
        assert_same_channel(arrays.channel_from(array, form, "little"), batch)


def test_any_permutation_of_qubits() -> None:
    state, _ = random_state(9, 3)
    moved = arrays.state_from(arrays.reorder(arrays.state_to(state), "matrix", [2, 0, 1]))
    # Qubit 0 of the result was qubit 2, qubit 1 was qubit 0, qubit 2 was qubit 1.
    assert expectation(moved, "YXZ") == pytest.approx(expectation(state, "XZY"), abs=1e-13)
    values = arrays.reorder(state.coefficients, "expectations", [2, 0, 1])
    np.testing.assert_allclose(values, moved.coefficients, atol=1e-14)


@pytest.mark.parametrize(
    ("array", "form", "permutation", "text"),
    [
        (np.eye(4), "vectors", None, "form = 'vectors'"),
        (np.eye(3), "matrix", None, "shape \\(3, 3\\)"),
        (np.eye(1), "matrix", None, "shape \\(1, 1\\)"),
        (np.ones((2, 4)), "matrix", None, "shape \\(2, 4\\)"),
        (np.ones(4), "matrix", None, "shape \\(4,\\)"),
        (np.eye(8), "ptm", None, "shape \\(8, 8\\)"),
        (np.eye(8), "choi", None, "shape \\(8, 8\\)"),
        (1.0, "vector", None, "shape \\(\\)"),
        ([], "vector", None, "shape \\(0,\\)"),
        (np.eye(4), "matrix", [0], "each once"),
        (np.eye(4), "matrix", [0, 0], "each once"),
        (np.eye(4), "matrix", [1, 2], "each once"),
    ],
)
def test_what_cannot_be_reordered(array: object, form: str, permutation: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        arrays.reorder(array, form, permutation)  # type: ignore[arg-type]


def test_permutations_hold_integers() -> None:
    with pytest.raises(TypeError, match=r"permutation = 0\.5"):
        arrays.reorder(np.eye(4), "matrix", [0.5, 1])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: arrays.state_to(STATE, "middle"), ValueError, "order = 'middle'"),
        (lambda: arrays.state_to(np.eye(2)), TypeError, "must be a DensityMatrix"),  # type: ignore[arg-type]
        (lambda: arrays.state_from(np.eye(2)), ValueError, "trace"),
        (lambda: arrays.state_from(np.eye(3) / 3), ValueError, "shape"),
        (lambda: arrays.state_from(np.diag([1.5, -0.5])), ValueError, "eigenvalue"),
        (lambda: arrays.state_from([[0.5, 1], [0, 0.5]]), ValueError, "conjugate of the entry opposite"),
        (lambda: arrays.state_from([np.nan, 1]), ValueError, "norm"),
        (lambda: arrays.state_from([1, 1]), ValueError, "norm"),
        (lambda: arrays.state_from("01"), TypeError, "number"),
        (lambda: arrays.channel_to(np.eye(4)), TypeError, "must be a Channel"),  # type: ignore[arg-type]
        (lambda: arrays.channel_to(CHANNEL, "unitary"), ValueError, "form = 'unitary'"),
        (lambda: arrays.channel_to(CHANNEL, "ptm", "Big"), ValueError, "order = 'Big'"),
        (lambda: arrays.channel_from(np.eye(4), "pauli"), ValueError, "form = 'pauli'"),
        (lambda: arrays.channel_from(np.eye(4), "ptm", "up"), ValueError, "order = 'up'"),
        (lambda: arrays.channel_from(np.eye(8)[None], "kraus"), ValueError, "one or two qubits"),
        (lambda: arrays.channel_from(2 * np.eye(4), "unitary"), ValueError, "not unitary"),
        (lambda: qutip.state_to(ebit.Werner([0.1, 0.2])), ValueError, "batch of shape \\(2,\\)"),
        (lambda: qutip.channel_to("H"), TypeError, "must be a Channel"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_named(call: Callable[[], object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("value", [-0.1, 1.5, np.nan, np.inf, [0.1, -1.0]])
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("param", lambda p: aer.depolarizing_error(p, 1)),
        ("param", lambda p: aer.depolarizing_error(p, 2)),
        ("param_amp", aer.amplitude_damping_error),
        ("param_phase", aer.phase_damping_error),
        ("param_amp", lambda p: aer.phase_amplitude_damping_error(p, 0.0)),
        ("param_phase", lambda p: aer.phase_amplitude_damping_error(0.0, p)),
        ("excited_state_population", lambda p: aer.amplitude_damping_error(0.1, p)),
        ("excited_state_population", lambda p: aer.thermal_relaxation_error(1.0, 1.0, 1.0, p)),
        ("prob0", aer.reset_error),
        ("prob1", lambda p: aer.reset_error(0.0, p)),
        ("p", cirq.depolarize),
        ("p_x", cirq.asymmetric_depolarize),
        ("p", cirq.bit_flip),
        ("p", cirq.phase_flip),
        ("gamma", cirq.phase_damp),
        ("gamma", cirq.amplitude_damp),
        ("p", lambda p: cirq.generalized_amplitude_damp(p, 0.5)),
        ("gamma", lambda p: cirq.generalized_amplitude_damp(0.5, p)),
        ("p", pennylane.depolarizing_channel),
        ("gamma", pennylane.amplitude_damping),
        ("p", lambda p: pennylane.generalized_amplitude_damping(0.5, p)),
        ("gamma", pennylane.phase_damping),
        ("p", pennylane.bit_flip),
        ("p", pennylane.phase_flip),
        ("p", lambda p: pennylane.pauli_error("X", p)),
        ("p_0", lambda p: pennylane.reset_error(p, 0.0)),
        ("pe", lambda p: pennylane.thermal_relaxation_error(p, 1.0, 1.0, 1.0)),
        ("prob", qulacs.bit_flip_noise),
        ("prob", qulacs.dephasing_noise),
        ("prob", qulacs.independent_xz_noise),
        ("prob", qulacs.depolarizing_noise),
        ("prob", qulacs.two_qubit_depolarizing_noise),
        ("prob", qulacs.amplitude_damping_noise),
        ("root_fidelity", conventions.fidelity_from_root),
        ("fidelity", conventions.root_from_fidelity),
        ("p_error", conventions.p_replace_from_error),
        ("p_error", conventions.gamma_from_p_error),
        ("gamma", conventions.p_error_from_gamma),
        ("average_fidelity", conventions.p_error_from_average_fidelity),
        ("depolar_rate", netsquid.depolar_noise),
        ("fidelity", sequence.raw_pair),
        ("gate_fid", sequence.bell_measurement),
        ("meas_fid", lambda p: sequence.bell_measurement(1.0, p)),
        ("success_prob", lambda p: sequence.bell_measurement(1.0, 1.0, p)),
        ("fidelity", lambda p: sequence.gate_error(p, 1)),
    ],
)
def test_parameters_out_of_range_are_named(name: str, function: Callable[[Any], object], value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} = "):
        function(value)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: aer.depolarizing_error(0.1, 3), ValueError, "acts on 3 qubits"),
        (lambda: aer.phase_amplitude_damping_error(0.6, 0.6), ValueError, r"param_amp \+ param_phase = 1.2"),
        (lambda: aer.reset_error(0.6, 0.6), ValueError, r"prob0 \+ prob1 = 1.2"),
        (lambda: aer.thermal_relaxation_error(1.0, 3.0, 1.0), ValueError, "t2"),
        (lambda: aer.pauli_error([("X", 0.5)]), ValueError, "sum to 0.5"),
        (lambda: aer.pauli_error([("XYZ", 1.0)]), ValueError, "one or of two letters"),
        (lambda: aer.pauli_error([]), ValueError, "one or of two letters"),
        (lambda: aer.pauli_error([("X", 0.5), ("II", 0.5)]), ValueError, "one or of two letters"),
        (lambda: aer.readout_error([[1.0, 0.0]]), ValueError, "shape"),
        (lambda: aer.readout_error([[0.9, 0.2], [0.3, 0.7]]), ValueError, "row"),
        (lambda: aer.readout_error([[1.1, -0.1], [0.3, 0.7]]), ValueError, "probabilities = 1.1"),
        (lambda: cirq.depolarize("0.1"), TypeError, "real number"),
        (lambda: conventions.bits_from_nats("x"), TypeError, "real number"),
        (lambda: sequence.memory(np.nan), ValueError, "coherence_time"),
        (lambda: sequence.memory(1.0, [0.5, 0.5]), ValueError, "three shares"),
        (lambda: sequence.memory(1.0, [0.5, 0.5, 0.5]), ValueError, "three shares"),
        (lambda: sequence.cutoff(1.0, 0.0), ValueError, "cutoff_ratio"),
        (lambda: sequence.cutoff(1.0, np.nan), ValueError, "cutoff_ratio"),
        (lambda: sequence.fibre(-1.0, 0.0002), ValueError, "length"),
        (lambda: netsquid.memory(-1.0), ValueError, "t1"),
        (lambda: netsquid.memory(1.0, 3.0), ValueError, "t2"),
        (lambda: netsquid.t1t2_noise(-1.0), ValueError, "delay"),
        (lambda: netsquid.depolar_noise(1.0, np.nan), ValueError, "delay"),
    ],
)
def test_other_bad_parameters_are_named(
    call: Callable[[], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        call()
