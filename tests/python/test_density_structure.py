"""Tensor products, partial traces, orders of qubits, and the states of a batch."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

import ebit
from reference import density_matrix as twin
from reference.channels import random_rho


def make(n, batch=None, seed=0):
    """Return random states and their matrices (a list if there is a batch)."""
    rng = np.random.default_rng(seed)
    rhos = [random_rho(rng, 2**n) for _ in range(batch or 1)]
    state = ebit.DensityMatrix(n, batch)
    values = np.stack([twin.coefficients(rho) for rho in rhos], axis=-1)
    state.coefficients[...] = values if batch else values[:, 0]
    return state, rhos


def assert_is(state, rhos):
    values = state.coefficients.reshape(len(state.coefficients), -1)
    assert values.shape[1] == len(rhos)
    for k, rho in enumerate(rhos):
        np.testing.assert_allclose(values[:, k], twin.coefficients(rho), rtol=0, atol=1e-14)


@pytest.mark.parametrize("left", [None, 1, 9])
@pytest.mark.parametrize("right", [None, 1, 9])
def test_tensor(left, right):
    if None not in (left, right) and left != right:
        with pytest.raises(ValueError, match="the batches differ in size"):
            make(1, left)[0].tensor(make(1, right)[0])
        return
    for n, m in [(1, 1), (2, 1), (0, 2), (1, 3)]:
        (a, rhos_a), (b, rhos_b) = make(n, left, 1), make(m, right, 2)
        made = a.tensor(b)
        size = left or right
        assert (made.num_qubits, made.batch) == (n + m, size)
        rhos_a, rhos_b = (rhos * (size or 1) if len(rhos) == 1 else rhos for rhos in (rhos_a, rhos_b))
        assert_is(made, [np.kron(x, y) for x, y in zip(rhos_a, rhos_b, strict=True)])


@pytest.mark.parametrize("batch", [None, 1, 11])
def test_discard(batch):
    for n in range(1, 4):
        state, rhos = make(n, batch)
        for count in range(n + 1):
            for gone in combinations(range(n), count):
                assert_is(state.discard(*gone[::-1]), [twin.partial_trace(rho, gone) for rho in rhos])


@pytest.mark.parametrize("batch", [None, 1, 11])
def test_permute(batch):
    for n in range(4):
        state, rhos = make(n, batch)
        for order in permutations(range(n)):
            assert_is(state.permute(*order), [twin.reorder(rho, order) for rho in rhos])


@pytest.mark.parametrize("batch", [None, 1, 11])
def test_add_qubits(batch):
    for n, count in [(0, 2), (1, 0), (1, 1), (2, 3)]:
        state, rhos = make(n, batch)
        assert_is(state.add_qubits(count), [np.kron(rho, twin.ground(count)) for rho in rhos])


def test_results_are_ready_for_more():
    """What stands beyond the last state of a batch stays finite, and nothing is shared."""
    state, _ = make(2, 3)
    before = state.coefficients.copy()
    for made in (state.discard(1), state.permute(1, 0), state.add_qubits(1), state[:2], state.tensor(state)):
        with np.errstate(all="raise"):
            made.apply("U3", 0.3, 0.4, 0.5, 0)
            made.apply("amplitude_damping", 0.1, 0)
        np.testing.assert_array_equal(state.coefficients, before)


def test_hostile_qubits():
    state = ebit.DensityMatrix(2)
    for method in (state.discard, state.permute):
        with pytest.raises(ValueError, match="must differ"):
            method(1, 1)
        with pytest.raises(ValueError, match="qubit = 2 is not allowed"):
            method(0, 2)
        with pytest.raises(TypeError, match=r"qubit = 0\.5"):
            method(0.5, 1)
    with pytest.raises(TypeError, match="permute takes 2 qubits, one for each, not 1"):
        state.permute(0)
    for bad in (-1, -(10**30)):
        with pytest.raises(ValueError, match="count = "):
            state.add_qubits(bad)
    with pytest.raises(TypeError, match="count"):
        state.add_qubits(1.0)
    with pytest.raises(TypeError, match="other"):
        state.tensor(np.eye(2))


@pytest.mark.parametrize("make_it", [lambda s: s.add_qubits(18), lambda s: s.tensor(ebit.DensityMatrix(12))])
def test_too_many_qubits_are_refused_with_their_bytes(make_it):
    with pytest.raises(ValueError, match=r"num_qubits = .* is not allowed.*bytes"):
        make_it(ebit.DensityMatrix(2))


# ---- the batch ----


def test_elements():
    batch, rhos = make(2, 10)
    assert_is(batch[3], [rhos[3]])
    assert batch[3].batch is None
    assert_is(batch[np.int64(-1)], [rhos[9]])
    assert_is(batch[2:8:3], rhos[2:8:3])
    assert_is(batch[::-1], rhos[::-1])
    assert_is(batch[[4, 4, -10]], [rhos[4], rhos[4], rhos[0]])
    mask = np.arange(10) % 3 == 1
    assert_is(batch[mask], [rhos[1], rhos[4], rhos[7]])
    assert_is(batch[[True] + [False] * 9], [rhos[0]])
    assert len(list(batch)) == len(batch) == 10
    for k, state in enumerate(batch):
        assert_is(state, [rhos[k]])


def test_elements_are_copies():
    batch, rhos = make(1, 3)
    batch[0].apply("X", 0)
    batch[:].apply("X", 0)
    assert_is(batch, rhos)


def test_replacing_elements():
    batch, rhos = make(1, 5)
    others, other_rhos = make(1, 2, seed=5)
    batch[3] = others[0]
    batch[np.array([True, True, False, False, False])] = others
    batch[2:3] = others[1]
    assert_is(batch, [*other_rhos, other_rhos[1], other_rhos[0], rhos[4]])
    batch[:] = others[0]
    assert_is(batch, [other_rhos[0]] * 5)
    with pytest.raises(ValueError, match="states are a batch of 2"):
        batch[:3] = others
    with pytest.raises(ValueError, match="states are a batch of 2"):
        batch[0] = others
    with pytest.raises(ValueError, match="states have 2 qubits, not 1"):
        batch[0] = ebit.DensityMatrix(2)
    with pytest.raises(TypeError, match="must be a DensityMatrix"):
        batch[0] = np.ones(4)


def test_hostile_indices():
    batch = ebit.DensityMatrix(1, batch=3)
    for bad in (3, -4, [0, 3]):
        with pytest.raises(IndexError, match="the batch has 3 states"):
            batch[bad]
    for bad in ("0", None, 0.0, True, [[0]], [0.5]):
        with pytest.raises(TypeError, match="index"):
            batch[bad]
    with pytest.raises(IndexError, match=r"a mask of this batch has shape \(3,\)"):
        batch[[True, False]]
    for empty in (slice(0), np.zeros(3, bool), np.array([], int)):
        with pytest.raises(ValueError, match="at least one state"):
            batch[empty]
    single = ebit.DensityMatrix(1)
    for use in (lambda: single[0], lambda: list(single), lambda: single.__setitem__(0, single)):
        with pytest.raises(TypeError, match="a single state"):
            use()


def test_repeat_and_concatenate():
    single, (rho,) = make(2)
    batch, rhos = make(2, 9, seed=1)
    assert_is(single.repeat(10), [rho] * 10)
    joined = ebit.DensityMatrix.concatenate([batch, single, batch[:1]])
    assert isinstance(joined, ebit.DensityMatrix)
    assert_is(joined, [*rhos, rho, rhos[0]])
    with pytest.raises(TypeError, match="repeat takes a single state"):
        batch.repeat(2)
    for bad in (0, -1):
        with pytest.raises(ValueError, match="batch = "):
            single.repeat(bad)
    with pytest.raises(ValueError, match="bytes"):
        single.repeat(10**15)
    with pytest.raises(ValueError, match="equally many"):
        ebit.DensityMatrix.concatenate([single, ebit.DensityMatrix(1)])
    with pytest.raises(ValueError, match="be some"):
        ebit.DensityMatrix.concatenate([])
    with pytest.raises(TypeError, match="must be DensityMatrix objects"):
        ebit.DensityMatrix.concatenate([single, np.ones(16)])
