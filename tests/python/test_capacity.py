"""Capacity bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from ebit import capacity


def test_plob_and_tgw():
    eta = np.array([[0.1, 0.5], [0.9, 0.999]])
    np.testing.assert_allclose(capacity.plob_bound(eta), -np.log2(1 - eta), rtol=1e-13)
    np.testing.assert_allclose(capacity.tgw_bound(eta), np.log2((1 + eta) / (1 - eta)), rtol=1e-13)
    assert np.all(capacity.tgw_bound(eta) > capacity.plob_bound(eta))


def test_a_thousand_kilometres_do_not_underflow():
    eta = 1e-20
    assert capacity.plob_bound(eta) == pytest.approx(eta / math.log(2), rel=1e-14)
    assert capacity.tgw_bound(eta) == pytest.approx(2 * eta / math.log(2), rel=1e-14)
    assert capacity.repeater_bound(eta, 0) == pytest.approx(eta / math.log(2), rel=1e-12)


def test_the_ends_of_the_range():
    for bound in (capacity.plob_bound, capacity.tgw_bound, lambda x: capacity.repeater_bound(x, 3)):
        assert bound(0.0) == 0.0
        assert bound(1.0) == math.inf


def test_chains_and_repeaters():
    eta, n = 0.003, np.arange(6)
    equal = capacity.repeater_bound(eta, n)
    for k in n:
        np.testing.assert_allclose(
            capacity.chain_bound([eta ** (1 / (k + 1))] * (k + 1)), equal[k], rtol=1e-12
        )
    assert np.all(np.diff(equal) > 0)
    links = np.random.default_rng(0).uniform(0, 1, (3, 2, 5))
    np.testing.assert_array_equal(capacity.chain_bound(links), capacity.plob_bound(links.min(axis=-1)))
    # Many repeaters: 1 - eta^(1/(n + 1)) tends to ln(1/eta) / n.
    many = capacity.repeater_bound(1e-20, 1e9)
    assert many == pytest.approx(-math.log2(20 * math.log(10) / 1e9), rel=1e-8)


def test_an_ideal_memory_repeater_crosses_plob_at_34_km():
    def advantage(length_km):
        eta = 10 ** (-0.02 * length_km)
        p = math.sqrt(eta)
        rate = p * (2 - p) / (3 - 2 * p)
        assert rate < capacity.repeater_bound(eta, 1)
        return rate - capacity.plob_bound(eta)

    assert brentq(advantage, 1, 100) == pytest.approx(34.00, abs=0.005)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, -1e-300, 1.0 + 1e-15, 2.0, [0.5, math.nan]])
def test_numbers_out_of_range_are_named(bad):
    for bound in (capacity.plob_bound, capacity.tgw_bound, lambda x: capacity.repeater_bound(x, 1)):
        with pytest.raises(ValueError, match="transmissivity"):
            bound(bad)
    with pytest.raises(ValueError, match="transmissivities"):
        capacity.chain_bound(np.atleast_1d(bad))


@pytest.mark.parametrize("bad", [-1, 0.5, math.nan, math.inf])
def test_repeaters_are_whole(bad):
    with pytest.raises(ValueError, match="repeaters"):
        capacity.repeater_bound(0.5, bad)


@pytest.mark.parametrize("bad", ["0.5", None, 1j, True, {}])
def test_what_is_not_a_number_is_refused(bad):
    for bound in (
        capacity.plob_bound,
        capacity.tgw_bound,
        capacity.chain_bound,
        lambda x: capacity.repeater_bound(x, 1),
        lambda x: capacity.repeater_bound(0.5, x),
    ):
        with pytest.raises(TypeError, match=r"transmissivit|repeaters"):
            bound(bad)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0)])
def test_a_chain_needs_links(shape):
    with pytest.raises(ValueError, match="transmissivities"):
        capacity.chain_bound(np.full(shape, 0.5))


def test_empty_batches_stay_empty():
    assert capacity.plob_bound(np.zeros((2, 0))).shape == (2, 0)
    assert capacity.chain_bound(np.zeros((0, 4))).shape == (0,)
    with pytest.raises(ValueError, match="broadcast"):
        capacity.repeater_bound([0.1, 0.2], [1, 2, 3])


def test_a_number_gives_a_number():
    for bound in (
        capacity.plob_bound(0.5),
        capacity.tgw_bound(0.5),
        capacity.repeater_bound(0.5, 1),
        capacity.chain_bound([0.5, 0.6]),
    ):
        assert isinstance(bound, float)
    assert isinstance(capacity.plob_bound([0.5]), np.ndarray)
