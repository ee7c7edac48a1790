"""Power series of waiting-time laws: arrays whose place t is slot t, along the last axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ebit._arrays import ComplexArray, FloatArray
from ebit.exact._refusal import NotCovered

# Wrapped around once, a series is smaller than itself by exp(-_WRAP) = 2e-15.
_WRAP = 34.0
# A scan may carry factors up to exp(_SCAN).
_SCAN = 300.0


def powers(log_ratio: float, size: int) -> FloatArray:
    """Return exp(log_ratio t) for t = 0 .. size - 1, as products of two short tables."""
    step = 1 << (max(size - 1, 1).bit_length() + 1) // 2
    coarse = np.exp(log_ratio * step * np.arange((size + step - 1) // step))
    fine = np.exp(log_ratio * np.arange(step))
    table: FloatArray = np.multiply.outer(coarse, fine).reshape(-1)[:size]
    return table


def geometric(p: float, size: int) -> FloatArray:
    """Return P(T = t) of a link for t = 0 .. size - 1."""
    law = np.zeros(size)
    law[1:] = p * powers(math.log1p(-p), size - 1) if p < 1.0 else 0.0
    law[1] = p
    return law


def slots_until(p: float, tail: float) -> int:
    """Return a number of slots after which a link is missing with probability below `tail`."""
    return 1 if p == 1.0 else math.ceil(math.log(tail) / math.log1p(-p))


def waiting_decay(x: FloatArray, rate: float) -> FloatArray:
    """Return y(t) = sum over s <= t of x(s) exp(-rate (t - s)): pairs that came at s wait until t."""
    size = x.shape[-1]
    if rate == 0.0:
        return np.cumsum(x, axis=-1)
    block = int(min(_SCAN / rate, float(size)))
    if block < min(size, 64):
        return _decay_by_doubling(x, rate)
    growth = powers(rate, block)
    if block >= size:
        return np.cumsum(x * growth, axis=-1) / growth
    lines = -(-size // block)
    padded = np.zeros((*x.shape[:-1], lines * block))
    padded[..., :size] = x
    y = padded.reshape(*x.shape[:-1], lines, block)
    y = np.cumsum(y * growth, axis=-1) / growth
    # What comes from before the line before is smaller by exp(-300).
    y[..., 1:, :] += y[..., :-1, -1:] * (math.exp(-rate) / growth)
    return y.reshape(padded.shape)[..., :size]


def _decay_by_doubling(x: FloatArray, rate: float) -> FloatArray:
    """1 / (1 - a) = (1 + a) (1 + a^2) (1 + a^4) ..., a = exp(-rate) times a shift."""
    y, shift = x.copy(), 1
    while shift < x.shape[-1] and rate * shift < _SCAN:
        y[..., shift:] += math.exp(-rate * shift) * y[..., :-shift].copy()
        shift *= 2
    return y


def stretched(x: FloatArray, size: int, fill: float = 0.0) -> FloatArray:
    """Return `x` continued by `fill` to `size` slots."""
    if x.shape[-1] == size:
        return x
    y = np.full((*x.shape[:-1], size), fill)
    y[..., : x.shape[-1]] = x
    return y


def fast_length(size: int) -> int:
    """Return the smallest even 2^a 3^b 5^c that is not below `size`."""
    best = 1 << max(size - 1, 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            length = three << max(1, (-(-size // three) - 1).bit_length())
            best = min(best, length)
            three *= 3
        five *= 5
    return best


@dataclass(frozen=True, eq=False)
class Attempt:
    """One attempt of a level: when it ends, by how it ends.

    Attributes
    ----------
    success : ndarray
        S(t), the probability that it ends at t with success.
    failure : float or ndarray
        B(t), that it ends at t without; a number stands for that many times `success`.
    no_failure : float
        1 less the sum of B; given, since it may be small.
    """

    success: FloatArray
    failure: float | FloatArray
    no_failure: float

    @property
    def failures(self) -> FloatArray:
        """The failure law as an array."""
        return self.failure * self.success if isinstance(self.failure, float) else self.failure


class Repetition:
    """Attempts one after another, until one succeeds.

    With S(z) and B(z) the generating functions of the successful and the failed attempt, that of the
    whole is S(z) / (1 - B(z)); likewise for a state, with the success-weighted state in place of S.
    The quotient is taken on a circle whose radius makes what wraps around negligible: S. Brand,
    T. Coopmans, D. Elkouss, IEEE J. Sel. Areas Commun. 38, 619 (2020), for the series; the radius
    follows from the pole, where B = 1. Near it 1 - B is small where success is rare: it is

        1 - B(z) = 1 - B(1) + (1 - z) sum_t B(later than t) z^t,

    which keeps its digits.

    Parameters
    ----------
    attempt : Attempt
    fastest : float
        The rate at which the tail of the attempt's law decays.
    tail : float
        The probability that may lie beyond the table.
    limit : int
        The most entries that a table may have.
    """

    def __init__(self, attempt: Attempt, fastest: float, tail: float, limit: int) -> None:
        self._attempt = attempt
        self.rate, weight = _pole(attempt, fastest)
        slots = math.log(max(weight, 2.0) / tail) / self.rate
        length = max(1.2 * slots, _WRAP / self.rate) + 8.0  # the radius is then about one
        check_size(length, limit)
        self.size = math.ceil(slots) + 2
        self._length = fast_length(math.ceil(length))
        self._log_radius = self.rate - _WRAP / self._length

    def law(self) -> FloatArray:
        """Return P(T = t), t = 0 .. size - 1."""
        if isinstance(self._attempt.failure, float):
            success = float(self._attempt.success.sum()) - self._later_successes
        else:
            success = self._forward(self._attempt.success)
        return self._back(success * self._kernel)

    def states(self, x: FloatArray) -> FloatArray:
        """Return the state-weighted law of the whole from that of the successful attempt."""
        return self._back(self._forward(x) * self._kernel)

    @cached_property
    def _tilt(self) -> FloatArray:
        return powers(self._log_radius, max(self.size, self._attempt.success.shape[-1]))

    @cached_property
    def _kernel(self) -> ComplexArray:
        """1 / (1 - B) on the circle."""
        failure = self._attempt.failure
        if isinstance(failure, float):
            return 1.0 / (self._attempt.no_failure + failure * self._later_successes)
        return 1.0 / (self._attempt.no_failure + self._later(failure))

    @cached_property
    def _later_successes(self) -> ComplexArray:
        return self._later(self._attempt.success)

    def _later(self, x: FloatArray) -> ComplexArray:
        """(1 - z) sum_t x(later than t) z^t, which is x(1) - x(z)."""
        later = np.cumsum(x[:0:-1])[::-1]
        product: ComplexArray = self._one_minus_z * self._forward(later)
        return product

    @cached_property
    def _one_minus_z(self) -> ComplexArray:
        # (1 - r) + r (1 - exp(-i w)), the latter 2 i sin(w / 2) exp(-i w / 2)
        half = _unit_circle(-math.pi / self._length, self._length // 2 + 1)
        turn: ComplexArray = (2.0j * math.exp(self._log_radius)) * (-half.imag) * half
        turn -= math.expm1(self._log_radius)
        return turn

    def _forward(self, x: FloatArray) -> ComplexArray:
        return np.fft.rfft(x * self._tilt[: x.shape[-1]], self._length)

    def _back(self, transform: ComplexArray) -> FloatArray:
        series = np.fft.irfft(transform, self._length)[..., : self.size]
        series /= self._tilt[: self.size]
        return series


def _unit_circle(angle: float, size: int) -> ComplexArray:
    """exp(i angle k) for k = 0 .. size - 1, by two short tables."""
    step = 1 << (size.bit_length() + 1) // 2
    coarse = np.exp(1.0j * (angle * step) * np.arange((size + step - 1) // step))
    fine = np.exp(1.0j * angle * np.arange(step))
    table: ComplexArray = np.multiply.outer(coarse, fine).reshape(-1)[:size]
    return table


def check_size(size: float, limit: int, what: str = "a table of waiting times") -> None:
    """Refuse what has more than `limit` entries."""
    if size > limit:
        raise NotCovered(
            f"no exact answer within size_limit = {limit}: {what} needs at least {size:.3g} entries"
        )


def _pole(attempt: Attempt, fastest: float) -> tuple[float, float]:
    """Rate r and weight c of the tail c exp(-r t): B(exp(r)) = 1, by Newton's method in log B.

    For the choice of sizes only: the failure law is taken in a few thousand steps.
    """
    b, t = _in_steps(attempt.failures)
    total = float(b.sum())
    highest = min(0.999 * fastest, 600.0 / len(attempt.success))
    rate = min(highest, -math.log(total) * total / float((b * t).sum())) if total > 0 else highest
    slope = 1.0
    for _ in range(50):
        weights = b * np.exp(rate * t)
        value, slope = float(weights.sum()), float((weights * t).sum())
        change = math.log(value) * value / slope if value > 0.0 else 0.0
        rate = min(rate - change, highest)
        if abs(change) < 1e-6 * rate:
            break
    s, t = _in_steps(attempt.success)
    return rate, float((s * np.exp(rate * t)).sum()) / (max(slope, 1e-300) * rate)


def _in_steps(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sums of `x` over at most 4096 steps, and the steps' middles."""
    step = -(-len(x) // 4096)
    lines = -(-len(x) // step)
    sums: FloatArray = stretched(x, lines * step).reshape(lines, step).sum(axis=-1)
    middles: FloatArray = np.arange((step - 1) / 2, lines * step, step)
    return sums, middles
