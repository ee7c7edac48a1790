"""The power series beneath the exact answers, against sums written out."""

from __future__ import annotations

import numpy as np
import pytest

from ebit.exact._series import (
    Attempt,
    Repetition,
    fast_length,
    geometric,
    powers,
    slots_until,
    waiting_decay,
)
from reference import waiting_times as wt


@pytest.mark.parametrize("size", [1, 2, 3, 100, 4097])
@pytest.mark.parametrize("log_ratio", [0.0, -1e-9, -0.3, 0.05])
def test_powers(size: int, log_ratio: float) -> None:
    assert powers(log_ratio, size) == pytest.approx(np.exp(log_ratio * np.arange(size)), rel=1e-13)


@pytest.mark.parametrize("p", [1.0, 0.4, 1e-4])
def test_links(p: float) -> None:
    size = slots_until(p, 1e-9) + 1
    assert geometric(p, size) == pytest.approx(wt.geometric_pmf(p, size), rel=1e-12)
    assert wt.geometric_survival(p, size - 1) <= 1e-9 * (1 + 1e-12)
    if size > 2:
        assert wt.geometric_survival(p, size - 2) > 1e-9


@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 1000])
@pytest.mark.parametrize("rate", [0.0, 1e-12, 0.01, 0.4, 1.0, 4.0, 4.7, 5.0, 20.0, 299.0, 301.0, 1e6])
def test_waiting_decay(size: int, rate: float) -> None:
    x = np.random.default_rng(3).uniform(-1.0, 1.0, (2, size))
    exact = np.zeros_like(x)
    for t in range(size):
        exact[:, t] = x[:, t] + (exact[:, t - 1] * np.exp(-rate) if t else 0.0)
    assert waiting_decay(x, rate) == pytest.approx(exact, rel=1e-12, abs=1e-12)


def test_decay_over_many_orders_of_magnitude() -> None:
    """What came long ago is not lost between the lines of a scan, nor does it overflow."""
    x = np.zeros(5000)
    x[0] = x[2990] = 1.0
    t = np.arange(5000)
    exact = np.exp(-0.1 * t) + np.where(t >= 2990, np.exp(-0.1 * (t - 2990.0)), 0.0)
    assert waiting_decay(x, 0.1) == pytest.approx(exact, rel=1e-10, abs=1e-120)


def test_fast_lengths() -> None:
    smooth = sorted(
        2**a * 3**b * 5**c
        for a in range(1, 14)
        for b in range(9)
        for c in range(6)
        if 2**a * 3**b * 5**c < 9000
    )
    for size in range(1, 4200, 7):
        assert fast_length(size) == next(x for x in smooth if x >= size)


def repeated_by_hand(success: np.ndarray, failure: np.ndarray, x: np.ndarray, size: int) -> np.ndarray:
    """x + failure * whole, slot by slot."""
    whole = np.zeros(size)
    for t in range(size):
        whole[t] = x[t] if t < len(x) else 0.0
        for s in range(1, min(t + 1, len(failure))):
            whole[t] += failure[s] * whole[t - s]
    return whole


def test_attempts_whose_failures_have_a_law_of_their_own() -> None:
    """As with a cut-off: a failed attempt ends sooner than a successful one."""
    rng = np.random.default_rng(4)
    success = np.append(0.0, rng.uniform(0.0, 1.0, 30))
    failure = np.append(0.0, rng.uniform(0.0, 1.0, 9))
    success, failure = 0.3 * success / success.sum(), 0.7 * failure / failure.sum()
    repetition = Repetition(Attempt(success, failure, 0.3), 50.0, 1e-12, 1 << 20)
    exact = repeated_by_hand(success, failure, success, repetition.size)
    assert repetition.law() == pytest.approx(exact, rel=1e-9, abs=1e-15)
    assert exact.sum() == pytest.approx(1.0, abs=2e-12)
    state = 0.9 * success * np.cos(np.arange(31))
    exact = repeated_by_hand(success, failure, state, repetition.size)
    assert repetition.states(state) == pytest.approx(exact, rel=1e-9, abs=1e-15)


def test_what_a_table_lacks_is_not_put_elsewhere() -> None:
    ends = wt.geometric_pmf(0.2, 30)  # 1e-3 is missing
    repetition = Repetition(
        Attempt(0.6 * ends, 0.4 / 0.6, 1.0 - 0.4 * ends.sum()), -np.log(0.8), 1e-12, 1 << 20
    )
    law = repetition.law()
    exact = repeated_by_hand(0.6 * ends, 0.4 * ends, 0.6 * ends, repetition.size)
    assert law[:30] == pytest.approx(exact[:30], abs=1e-15)
    assert 1.0 - 2e-3 / 0.6 < law.sum() < 1.0
