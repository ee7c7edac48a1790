"""QuTiP and back, with states and channels that tell their qubits apart."""

from __future__ import annotations

import numpy as np
import pytest

import ebit
from ebit.adapters import conventions
from ebit.adapters import qutip as adapter
from reference.adapters import (
    assert_same_channel,
    assert_same_state,
    expectation,
    random_channel,
    random_state,
)

qutip = pytest.importorskip("qutip")
PAULIS = {"I": qutip.qeye(2), "X": qutip.sigmax(), "Y": qutip.sigmay(), "Z": qutip.sigmaz()}


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_states_there_and_back(num_qubits: int) -> None:
    state, rho = random_state(num_qubits, num_qubits)
    obj = adapter.state_to(state)
    assert obj.dims == [[2] * num_qubits, [2] * num_qubits]
    np.testing.assert_allclose(obj.full(), rho, atol=1e-14)
    assert_same_state(adapter.state_from(obj), state)


def test_qubit_0_is_the_first_subsystem() -> None:
    state, _ = random_state(4, 3)
    operator = qutip.tensor(PAULIS["X"], PAULIS["Z"], PAULIS["Y"])
    assert qutip.expect(operator, adapter.state_to(state)) == pytest.approx(
        expectation(state, "XZY"), abs=1e-13
    )


def test_kets_and_bras() -> None:
    ket = qutip.tensor(qutip.basis(2, 0), (qutip.basis(2, 0) + 1j * qutip.basis(2, 1)).unit())
    for obj in (ket, ket.dag(), qutip.ket2dm(ket)):
        state = adapter.state_from(obj)
        assert expectation(state, "IY") == pytest.approx(1.0)
        assert expectation(state, "ZI") == pytest.approx(1.0)


def test_pairs() -> None:
    pair = ebit.BellDiagonal([0.7, 0.2, 0.1, 0.0])
    phi = qutip.bell_state("00")
    root = qutip.fidelity(adapter.state_to(pair), phi)
    assert conventions.fidelity_from_root(root) == pytest.approx(pair.fidelity(), abs=1e-9)


@pytest.mark.parametrize("num_qubits", [1, 2])
def test_channels_there_and_back(num_qubits: int) -> None:
    channel, kraus = random_channel(5, num_qubits)
    superoperator = adapter.channel_to(channel)
    state, rho = random_state(6, num_qubits)
    after = superoperator(adapter.state_to(state))
    np.testing.assert_allclose(after.full(), sum(k @ rho @ k.conj().T for k in kraus), atol=1e-13)
    forms = [superoperator, qutip.to_choi(superoperator), qutip.to_chi(superoperator)]
    if hasattr(qutip, "to_superpauli"):
        forms.append(qutip.to_superpauli(superoperator))
    dims = [[2] * num_qubits] * 2
    forms.append([qutip.Qobj(k, dims=dims) for k in kraus])
    for form in forms:
        assert_same_channel(adapter.channel_from(form), channel)


def test_a_unitary() -> None:
    gate = qutip.tensor(qutip.sigmax(), qutip.sigmay())
    assert_same_channel(
        adapter.channel_from(gate), ebit.channels.unitary("X").tensor(ebit.channels.unitary("Y"))
    )


def test_relaxation_by_the_master_equation() -> None:
    """`destroy` relaxes toward |0>, and T1 and T2 are the ones of a memory."""
    t1, t2, time = 2.0, 1.5, 0.7
    rates = [1 / t1, (1 / t2 - 1 / (2 * t1)) / 2]
    collapse = [np.sqrt(rates[0]) * qutip.destroy(2), np.sqrt(rates[1]) * qutip.sigmaz()]
    liouvillian = qutip.liouvillian(None, collapse)
    assert_same_channel(
        adapter.channel_from((time * liouvillian).expm()), ebit.Memory(t1=t1, t2=t2).decay(time), 1e-10
    )


def test_entropy_is_in_nats() -> None:
    state, _ = random_state(7, 1)
    z = np.linalg.norm(state.coefficients[1:])
    weights = np.array([(1 + z) / 2, (1 - z) / 2])
    bits = conventions.bits_from_nats(qutip.entropy_vn(adapter.state_to(state)))
    assert bits == pytest.approx(-(weights * np.log2(weights)).sum(), abs=1e-12)


@pytest.mark.parametrize(
    ("obj", "error", "text"),
    [
        (np.eye(2) / 2, TypeError, "must be a ket"),
        (qutip.to_super(qutip.qeye(2)), TypeError, "must be a ket"),
        (qutip.basis(3, 0), ValueError, "every subsystem must be a qubit"),
        (qutip.ket2dm(qutip.basis(4, 0)), ValueError, "every subsystem must be a qubit"),
        (qutip.sigmax(), ValueError, "trace"),
    ],
)
def test_what_is_no_state(obj: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        adapter.state_from(obj)


@pytest.mark.parametrize(
    ("obj", "error", "text"),
    [
        (np.eye(2), TypeError, "Qobj or a list"),
        ([], TypeError, "Qobj or a list"),
        (qutip.basis(2, 0), TypeError, "superoperator or operators"),
        (qutip.qeye(3), ValueError, "every subsystem must be a qubit"),
        (qutip.qeye([2, 2, 2]), ValueError, "acts on 3 qubits"),
        (qutip.to_super(qutip.qeye([2, 2, 2])), ValueError, "acts on 3 qubits"),
        (2 * qutip.qeye(2), ValueError, "preserve the trace"),
    ],
)
def test_what_is_no_channel(obj: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        adapter.channel_from(obj)


# ---- what the conventions page says of QuTiP ----


def test_fidelity_is_a_root() -> None:
    half = qutip.ket2dm(qutip.basis(2, 0)) * 0.8 + qutip.ket2dm(qutip.basis(2, 1)) * 0.2
    assert qutip.fidelity(half, qutip.basis(2, 0)) == pytest.approx(np.sqrt(0.8))


def test_sigmam_excites_what_is_called_0() -> None:
    assert qutip.sigmam() * qutip.basis(2, 0) == qutip.basis(2, 1)
    assert qutip.destroy(2) * qutip.basis(2, 1) == qutip.basis(2, 0)
