"""Swapping against four-qubit density matrices."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ebit
from reference import pairs as reference

probabilities = st.floats(0, 1)
weights = st.lists(st.floats(0.01, 1), min_size=4, max_size=4).map(lambda v: np.array(v) / sum(v))
BSMS = [{}, {"p_replace": 0.13}, {"p_readout_error": 0.07}, {"p_replace": 0.2, "p_readout_error": 0.04}]


def random_pair(seed, rank=4):
    rho = reference.random_state(np.random.default_rng(seed), rank)
    return rho, ebit.Pair.from_density_matrix(rho)


@pytest.mark.parametrize("noise", BSMS)
@pytest.mark.parametrize("rank", [1, 2, 4])
def test_swap_is_the_circuit_on_four_qubits(noise, rank):
    for seed in range(5):
        rho_ab, ab = random_pair(2 * seed, rank)
        rho_bc, bc = random_pair(2 * seed + 1, rank)
        bsm = ebit.BellMeasurement(**noise)
        expected = reference.swap(rho_ab, rho_bc, **noise)
        np.testing.assert_allclose(ebit.swap(ab, bc, bsm).density_matrix(), expected, atol=1e-14)

        branches = reference.swap_branches(rho_ab, rho_bc, **noise)
        p, pairs = ebit.swap_outcomes(ab, bc, bsm)
        np.testing.assert_allclose(p, np.trace(branches, axis1=1, axis2=2).real, atol=1e-15)
        np.testing.assert_allclose(p[:, None, None] * pairs.density_matrix(), branches, atol=1e-14)

        _, corrected = ebit.swap_outcomes(ab, bc, bsm, corrected=True)
        mean = (p[:, None, None] * corrected.correlations).sum(axis=0)
        np.testing.assert_allclose(mean, ebit.swap(ab, bc, bsm).correlations, atol=1e-14)


@settings(deadline=None, max_examples=50)
@given(left=weights, right=weights, p_replace=probabilities, p_readout_error=probabilities)
def test_bell_weights_combine_by_xor(left, right, p_replace, p_readout_error):
    bsm = ebit.BellMeasurement(p_replace=p_replace, p_readout_error=p_readout_error)
    out = ebit.swap(ebit.BellDiagonal(left), ebit.BellDiagonal(right), bsm)
    assert isinstance(out, ebit.BellDiagonal)
    expected = reference.swap_weights(left, right, p_replace, p_readout_error)
    np.testing.assert_allclose(out.weights, expected, atol=1e-14)


@settings(deadline=None, max_examples=50)
@given(left=st.floats(-1 / 3, 1), right=st.floats(-1 / 3, 1), p_replace=probabilities)
def test_werner_parameters_multiply(left, right, p_replace):
    out = ebit.swap(ebit.Werner(left), ebit.Werner(right), ebit.BellMeasurement(p_replace=p_replace))
    assert isinstance(out, ebit.Werner)
    assert out.w == pytest.approx(left * right * (1 - p_replace), abs=1e-15)


def test_swap_order_does_not_matter():
    a, b, c = (random_pair(seed)[1] for seed in range(3))
    bsm = ebit.BellMeasurement(p_replace=0.1, p_readout_error=0.05)
    left_first = ebit.swap(ebit.swap(a, b, bsm), c, bsm)
    right_first = ebit.swap(a, ebit.swap(b, c, bsm), bsm)
    np.testing.assert_allclose(left_first.correlations, right_first.correlations, atol=1e-15)


def test_swap_returns_the_most_special_form():
    states = {
        "Pair": random_pair(0)[1],
        "BellDiagonal": ebit.BellDiagonal([0.6, 0.25, 0.1, 0.05]),
        "Werner": ebit.Werner(0.8),
    }
    even, uneven = ebit.BellMeasurement(p_replace=0.1), ebit.BellMeasurement(p_readout_error=0.1)
    forms = {
        (left, right): type(ebit.swap(states[left], states[right], even)).__name__
        for left in states
        for right in states
    }
    assert forms == {
        ("Pair", "Pair"): "Pair",
        ("Pair", "BellDiagonal"): "Pair",
        ("Pair", "Werner"): "Pair",
        ("BellDiagonal", "Pair"): "BellDiagonal",
        ("BellDiagonal", "BellDiagonal"): "BellDiagonal",
        ("BellDiagonal", "Werner"): "BellDiagonal",
        ("Werner", "Pair"): "BellDiagonal",
        ("Werner", "BellDiagonal"): "BellDiagonal",
        ("Werner", "Werner"): "Werner",
    }
    assert type(ebit.swap(states["Werner"], states["Werner"], uneven)) is ebit.BellDiagonal
    for left in states.values():
        for right in states.values():
            for bsm in (even, uneven):
                general = ebit.swap(left.to_pair(), right.to_pair(), bsm)
                special = ebit.swap(left, right, bsm)
                np.testing.assert_allclose(special.correlations, general.correlations, atol=1e-15)


def test_an_impossible_outcome_keeps_the_average():
    zeros = ebit.Pair.from_density_matrix(np.diag([1, 0, 0, 0]))
    p, pairs = ebit.swap_outcomes(zeros, zeros)
    np.testing.assert_allclose(p, [0.5, 0.5, 0, 0], atol=1e-15)
    np.testing.assert_allclose(pairs[2:].density_matrix(), np.tile(np.eye(4) / 4, (2, 1, 1)), atol=1e-15)
    np.testing.assert_allclose(pairs[0].density_matrix(), np.diag([1, 0, 0, 0]), atol=1e-15)


def test_batches_broadcast():
    left, right = ebit.Werner(np.linspace(0, 1, 3)[:, None]), ebit.Werner(np.linspace(0, 1, 4))
    np.testing.assert_allclose(ebit.swap(left, right).w, left.w * right.w, atol=1e-15)
    p, pairs = ebit.swap_outcomes(left, right)
    assert p.shape == (3, 4, 4)
    assert pairs.batch_shape == (3, 4, 4)
    with pytest.raises(ValueError, match="do not broadcast"):
        ebit.swap(ebit.Werner([0.1, 0.2]), ebit.Werner([0.1, 0.2, 0.3]))


def test_bell_measurement_is_an_immutable_value():
    bsm = ebit.BellMeasurement(p_success=0.5, p_replace=0.02, p_readout_error=0.005)
    assert ebit.BellMeasurement(**bsm.parameters) == bsm
    assert bsm != ebit.BellMeasurement()
    assert {copy.copy(bsm), pickle.loads(pickle.dumps(bsm))} == {bsm}
    assert repr(ebit.BellMeasurement(1)) == (
        "BellMeasurement(p_success=1.0, p_replace=0.0, p_readout_error=0.0)"
    )
    with pytest.raises(AttributeError):
        bsm.p_success = 1.0


@pytest.mark.parametrize("name", ["p_success", "p_replace", "p_readout_error"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e-9, 1 + 1e-9, 1e300, [0.5, -0.1]])
def test_bell_measurement_refuses_what_is_no_probability(name, value):
    with pytest.raises(ValueError, match=rf"{name} = .*probability in \[0, 1\]"):
        ebit.BellMeasurement(**{name: value})


@pytest.mark.parametrize("name", ["p_success", "p_replace", "p_readout_error"])
@pytest.mark.parametrize("value", [None, "0.1", 1j, True, ["0.1", "0.2"], [0.1, 1j]])
def test_bell_measurement_refuses_what_is_no_number(name, value):
    with pytest.raises(TypeError, match=name):
        ebit.BellMeasurement(**{name: value})


@pytest.mark.parametrize("function", [ebit.swap, ebit.swap_outcomes])
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((np.eye(4), ebit.Werner(1.0)), "left"),
        ((ebit.Werner(1.0), 0.5), "right"),
        ((ebit.Werner(1.0), None), "right"),
        ((ebit.Werner(1.0), ebit.Werner(1.0), 0.9), "bsm"),
        ((ebit.Werner(1.0), ebit.Werner(1.0), None), "bsm"),
    ],
)
def test_swap_refuses_what_is_no_pair(function, arguments, name):
    with pytest.raises(TypeError, match=rf"(?s){name} = .* is not allowed"):
        function(*arguments)
