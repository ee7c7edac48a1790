"""Delivered pairs by density matrices against Kraus operators, one 4^n matrix, and Pauli terms."""

import numpy as np
import pytest

from reference import delivered_pair as dp
from reference import pauli_terms
from reference.examples import MEMORIES, PHI_PLUS, STATES


def test_round_trip_and_phi_plus():
    assert dp.correlations(dp.density_matrix(STATES[0])) == pytest.approx(STATES[0])
    bell = np.array([1, 0, 0, 1]) / np.sqrt(2)
    assert dp.density_matrix(PHI_PLUS).reshape(4, 4) == pytest.approx(np.outer(bell, bell))


@pytest.mark.parametrize("excited_population", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("t1", "t2"), [(10.0, 7.0), (10.0, 20.0), (np.inf, 5.0)])
def test_storage_channel_is_relaxation(t1, t2, excited_population):
    kraus = dp.relaxation_kraus(3.0, t1, t2, excited_population)
    channel = dp.storage_channel(dp.relaxation(t1, t2, excited_population), 3.0)
    assert channel == pytest.approx(sum(np.einsum("ik,jl->ijkl", k, k.conj()) for k in kraus))


def test_damping_closed_form():
    """Amplitude damping g of one and of both qubits of Phi+."""
    g = 1 - np.exp(-0.5)
    pair = dp.density_matrix(PHI_PLUS)
    memory = dp.relaxation(2.0, 4.0)

    def fidelity(*times):
        return float(np.sum(PHI_PLUS * dp.correlations(dp.stored(pair, memory, memory, *times))) / 4)

    assert fidelity(1.0, 0.0) == pytest.approx((2 - g) / 4 + np.sqrt(1 - g) / 2)
    assert fidelity(0.0, 1.0) == pytest.approx((2 - g) / 4 + np.sqrt(1 - g) / 2)
    assert fidelity(1.0, 1.0) == pytest.approx((1 + g**2 + (1 - g) ** 2) / 4 + (1 - g) / 2)


def test_swap_of_bell_states():
    """Bell index k = 2x + z: out = left xor right."""
    paulis = [dp.PAULI[0], dp.PAULI[3], dp.PAULI[1], dp.PAULI[1] @ dp.PAULI[3]]
    bells = [np.kron(np.eye(2), u) @ np.array([1, 0, 0, 1]) / np.sqrt(2) for u in paulis]
    pairs = [np.outer(b, b.conj()).reshape(2, 2, 2, 2) for b in bells]
    for i in range(4):
        for j in range(4):
            assert dp.swap(pairs[i], pairs[j]) == pytest.approx(pairs[i ^ j], abs=1e-15)


def test_noisy_bell_measurement_on_bell_weights():
    """out = g (flips xor left xor right) + (1 - g)/4, flips = (m^2, m(1-m), m(1-m), (1-m)^2)."""
    p_replace, p_error = 0.1, 0.07
    m = 1 - p_error
    flips = np.array([m * m, m * (1 - m), m * (1 - m), (1 - m) ** 2])
    signs = np.array([[1, 1, -1, 1], [1, -1, 1, 1], [1, 1, 1, -1], [1, -1, -1, -1]])  # of the Bell states
    left, right = np.array([0.8, 0.1, 0.06, 0.04]), np.array([0.7, 0.05, 0.2, 0.05])
    weights = np.zeros(4)
    for i in range(4):
        for j in range(4):
            for k in range(4):
                weights[i ^ j ^ k] += left[i] * right[j] * flips[k]
    weights = (1 - p_replace) * weights + p_replace / 4
    pair = dp.swap(*(dp.density_matrix(np.diag(w @ signs)) for w in (left, right)), p_replace, p_error)
    assert dp.correlations(pair) == pytest.approx(np.diag(weights @ signs), abs=1e-15)
    factors = pauli_terms.bell_measurement_factors(p_replace, p_error)
    product = (left @ signs) * (right @ signs) * pauli_terms.SIGNS * factors
    assert product == pytest.approx(weights @ signs)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_one_frame_at_the_end_or_a_correction_after_each_swap(n):
    storage = np.random.default_rng(n).uniform(0, 10, 2 * n)
    perfect = [(0.0, 0.0)] * (n - 1)
    joint = dp.delivered_with_frame(STATES[:n], MEMORIES[: 2 * n], storage)
    assert dp.delivered(STATES[:n], MEMORIES[: 2 * n], storage, perfect) == pytest.approx(joint, abs=1e-14)


def test_batches():
    storage = np.random.default_rng(3).uniform(0, 10, (5, 4))
    bsm = [(0.1, 0.02)]
    whole = dp.delivered(STATES[:2], MEMORIES[:4], storage, bsm)
    for row, one in zip(storage, whole, strict=True):
        assert dp.delivered(STATES[:2], MEMORIES[:4], row, bsm) == pytest.approx(one, abs=1e-15)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_pauli_terms_are_the_density_matrices(n):
    storage = np.random.default_rng(n).integers(0, 10, 2 * n)
    bsm = [(0.1, 0.02), (0.0, 0.05), (0.2, 0.0)][: n - 1]
    noise = [pauli_terms.bell_measurement_factors(*b) for b in bsm]

    def value(terms):
        total = 1.0
        for k, link in enumerate(terms):
            total *= sum(w * a ** storage[2 * k] * b ** storage[2 * k + 1] for (a, b), w in link.items())
        return total

    formula = pauli_terms.mean_correlations(value, STATES[:n], MEMORIES[: 2 * n], noise)
    exact = dp.delivered(STATES[:n], MEMORIES[: 2 * n], storage, bsm)
    assert np.array(formula) == pytest.approx(exact, abs=1e-14)
