"""Deterministic swap-asap: closed forms, matrix products and summation over link times."""

import itertools

import numpy as np
import pytest

from reference import delivered_pair as dp
from reference import nested, pauli_terms, slotted, swap_asap
from reference import waiting_times as wt
from reference.examples import MEMORIES, PHI_PLUS, STATES

FACTORS = [0.95, 0.8, 0.7, 0.99, 0.6, 0.85]


def by_summation(p, factors, end_nodes):
    """E[prod factors^storage], the times of n links summed one by one."""
    times = np.array(list(itertools.product(range(1, 45), repeat=len(p))))
    weight = np.prod([x * (1 - x) ** (times[:, k] - 1.0) for k, x in enumerate(p)], axis=0)
    latest = times.max(axis=1)
    value = np.ones(len(times))
    for k, own in enumerate(times.T):
        at_end = latest if end_nodes == "store" else own
        left_swap = np.maximum(own, times[:, k - 1]) if k > 0 else at_end
        right_swap = np.maximum(own, times[:, k + 1]) if k < len(p) - 1 else at_end
        value *= factors[2 * k] ** (left_swap - own) * factors[2 * k + 1] ** (right_swap - own)
    return weight @ value


@pytest.mark.parametrize("p", [(0.6, 0.6), (0.5, 0.7, 0.6)])
def test_matrix_products_against_summation(p):
    factors = FACTORS[: 2 * len(p)]
    measured = swap_asap.mean_factor_measured(p, factors)
    assert measured == pytest.approx(by_summation(p, factors, "measure"), rel=1e-10)
    stored = swap_asap.mean_factor_stored(p, factors)
    assert stored == pytest.approx(by_summation(p, factors, "store"), rel=1e-10)
    assert stored < measured


@pytest.mark.parametrize("p", [0.05, 0.4, 0.9])
def test_closed_forms_of_two_and_three_links(p):
    for decay in (0.5, 0.93, 0.999):
        assert swap_asap.mean_factor_measured([p] * 2, [decay] * 4) == pytest.approx(
            swap_asap.two_links(p, decay)
        )
        three = swap_asap.mean_factor_measured([p] * 3, [decay] * 6)
        assert three == pytest.approx(swap_asap.three_links(p, decay))
        assert swap_asap.two_links(p, decay) == pytest.approx(wt.two_links_werner(p, 1.0, decay))


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_mean_storage_is_the_slope_at_no_decay(end_nodes):
    p, step = (0.5, 0.7, 0.6), 1e-6
    mean_factor = swap_asap.mean_factor_stored if end_nodes == "store" else swap_asap.mean_factor_measured
    slope = (1 - mean_factor(p, [1 - step] * 6)) / step
    assert swap_asap.mean_storage(p, end_nodes) == pytest.approx(slope, rel=1e-4)
    if end_nodes == "measure":
        equal = swap_asap.equal_links_mean_storage(5, 0.3)
        assert swap_asap.mean_storage([0.3] * 5) == pytest.approx(equal)


def test_storage_times_of_one_case():
    times = np.array([3, 7, 2])
    assert list(swap_asap.storage_times(times)) == [0, 4, 0, 0, 5, 0]
    assert list(swap_asap.storage_times(times, "store")) == [4, 4, 0, 0, 5, 5]


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_full_states_enumerated_and_by_markov_chain(n, end_nodes):
    p, bsm = (0.6, 0.8, 0.7)[:n], [(0.05, 0.02), (0.1, 0.0)][: n - 1]
    noise = [pauli_terms.bell_measurement_factors(*b) for b in bsm]
    states, memories = STATES[:n], MEMORIES[: 2 * n]
    exact = swap_asap.mean_correlations_by_enumeration(p, states, memories, bsm, end_nodes=end_nodes)
    chain = slotted.SlottedChain(p, (1.0,) * (n + 1), end_nodes=end_nodes)
    assert slotted.mean_correlations(chain, states, memories, noise) == pytest.approx(exact, abs=2e-8)
    if end_nodes == "measure":
        product = swap_asap.mean_correlations(p, states, memories, noise)
        assert product == pytest.approx(exact, abs=2e-8)


def test_bell_diagonal_links_with_dephasing():
    """F = (1 + E[lambda^D])/2 and no bit errors."""
    rate, p = 0.07, 0.4
    memories = [(rate, rate, 0.0, 0.0)] * 6
    mean = swap_asap.mean_correlations((p, p, p), [PHI_PLUS] * 3, memories, [(1, 1, 1, 1)] * 2)
    factor = swap_asap.three_links(p, np.exp(-rate))
    assert mean == pytest.approx(np.diag([1.0, factor, -factor, 1.0]))


def test_doubling_of_two_links_is_swap_asap():
    p, noise = (0.6, 0.8), [pauli_terms.bell_measurement_factors(0.05, 0.02)]
    for end_nodes in ("measure", "store"):
        chain = slotted.SlottedChain(p, (1.0,) * 3, end_nodes=end_nodes)
        asap = slotted.mean_correlations(chain, STATES[:2], MEMORIES[:4], noise)
        tree = nested.mean_correlations(
            (0, 1), p, (1.0,) * 3, STATES[:2], MEMORIES[:4], noise, end_nodes=end_nodes
        )
        assert tree == pytest.approx(asap, abs=1e-11)


def test_doubling_stores_more_than_swap_asap():
    p, memory = (0.3,) * 4, [dp.relaxation(np.inf, 20.0)] * 8
    perfect, ones = [PHI_PLUS] * 4, [(1, 1, 1, 1)] * 3
    asap = swap_asap.mean_correlations(p, perfect, memory, ones)[1, 1]
    tree = nested.mean_correlations(((0, 1), (2, 3)), p, (1,) * 5, perfect, memory, ones)[1, 1]
    assert tree < asap - 0.01
