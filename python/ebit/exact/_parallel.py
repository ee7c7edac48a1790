"""n links side by side, all needed: moments of the latest one, and the mean factor of what is stored.

Link k comes at N_k ~ Geom(p_k); the chain delivers at max N_k. A repeater's earlier link waits for
the later one, so that without end nodes that store

    E[prod_k w_k exp(-rates . storage)] = 1^T P_n K ... K P_1,    K[s, t] = exp(-rate |s - t|),

a product of matrices that are recursive filters. The same sum is one of few exponentials in closed
form: v_k(t) = sum_m c_m a_m^t with one more term per link. That needs no table, and long arithmetic
pays for its cancellations.
"""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal, localcontext
from functools import cached_property
from typing import TypeAlias

import numpy as np

from ebit._arrays import FloatArray
from ebit.exact._law import ParallelLaw, RestartedLaw, WaitingTimeLaw
from ebit.exact._refusal import NotCovered
from ebit.exact._series import check_size, geometric, slots_until, waiting_decay
from ebit.exact._storing import sums_with_storing_ends
from ebit.exact._terms import Feature, LinkTerms

# What sums over slots leave out.
_TAIL = 1e-17
# Work, in table entries, up to which the product of filters is taken rather than the closed form.
_FILTER_WORK = 1 << 22
_MOST_SLOTS = 2.0**62
# Digits in all that an inclusion-exclusion sum may have.
_MOST_DIGITS = 1 << 21


class Parallel:
    """Links with the success probabilities `p`; tables have at most `limit` entries.

    With a `period`, all links start again after so many slots (not always a whole number) where one is
    missing. With P the probability that none is, and X what a round delivers,

        E[T] = (E[T; T <= period] + period (1 - P)) / P,    E[X] = E[X; T <= period] / P.
    """

    def __init__(self, p: list[float], limit: int, period: float = math.inf) -> None:
        self._p = p
        self._limit = limit
        self._period = period
        self._latest = math.floor(period) if period < 2 * _slots(p) else None
        if self._latest == 0:
            raise NotCovered("no exact answer: all links within less than one attempt are never delivered")

    def law(self, attempt_time: float, tail: float) -> WaitingTimeLaw:
        """Return the law of the latest link."""
        with np.errstate(divide="ignore"):
            log_failure = np.log1p(-np.array(self._p))
        size = slots_until(min(self._p), tail / len(self._p)) + 1
        if self._latest is None:
            return ParallelLaw(attempt_time, log_failure, self.moments(), size, self._limit)
        if self._period != self._latest:
            raise NotCovered(
                f"no exact law with a global cut-off of {self._period * attempt_time:g} s, which is no whole "
                f"number of attempts of {attempt_time:g} s"
            )
        log_missing = math.log(-math.expm1(self._log_success))
        rounds = math.ceil(min(math.log(tail) / log_missing, _MOST_SLOTS / self._latest))
        size = min(size, rounds * self._latest + 1) if rounds == 1 else rounds * self._latest + 1
        period = self._latest
        return RestartedLaw(attempt_time, log_failure, self.moments(), size, self._limit, period, log_missing)

    def moments(self) -> tuple[float, float]:
        """Return E[T] and E[T^2] in slots."""
        if self._latest is None:
            return moments(self._p, self._limit)
        success, first, second = self._round
        lost = self._period * self._restarts
        mean = first / success + lost
        return mean, second / success + self._period * lost + 2.0 * lost * mean

    def attempts(self) -> float:
        """Return the mean number of attempts, all links together."""
        if self._latest is None:
            return math.fsum(1.0 / x for x in self._p)
        by_round = math.fsum(-math.expm1(self._latest * _log_failure(x)) / x for x in self._p)
        return by_round * (1.0 + self._restarts)

    def mean(self, feature: Feature) -> float:
        """Return the mean of a feature over delivered pairs."""
        total = mean(self._p, feature, self._limit, self._latest)
        return total if self._latest is None else total / self._round[0]

    def timed_mean(self, feature: Feature) -> float:
        """Return the mean of the time in slots times a feature."""
        latest = math.inf if self._latest is None else self._latest
        total, timed = sums_with_storing_ends(self._p, feature, _TAIL, self._limit, latest)
        if self._latest is None:
            return timed
        return (timed + total * self._period * self._restarts) / self._round[0]

    @property
    def _log_success(self) -> float:
        """Of a round."""
        assert self._latest is not None
        return math.fsum(_log_one_minus(self._latest * _log_failure(x)) for x in self._p)

    @property
    def _restarts(self) -> float:
        """Their mean number."""
        return math.expm1(-self._log_success)

    @cached_property
    def _round(self) -> tuple[float, float, float]:
        """P, E[T; T <= latest] and E[T^2; T <= latest]."""
        assert self._latest is not None
        if self._latest >= self._limit:
            return _round_by_minima(Counter(self._p), self._latest, -self._log_success, self._limit)
        t = np.arange(1.0, self._latest + 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_failure = np.log1p(-np.array(self._p))
        law = ParallelLaw(1.0, log_failure, (1.0, 1.0), 1, self._limit)
        pmf = law.pmf(t)
        return math.exp(self._log_success), float(pmf @ t), float(pmf @ t**2)


def _slots(p: list[float]) -> int:
    """After which no link is missing."""
    return slots_until(min(p), _TAIL / len(p)) + 1


def _log_failure(p: float) -> float:
    return math.log1p(-p) if p < 1.0 else -math.inf


def _log_one_minus(x: float) -> float:
    """log(1 - exp(x)), x < 0."""
    return math.log(-math.expm1(x)) if x > -math.log(2.0) else math.log1p(-math.exp(x))


def moments(p: list[float], limit: int) -> tuple[float, float]:
    """Return E[max N] and E[max N^2]."""
    numbers = Counter(x for x in p if x < 1.0)
    if not numbers:
        return 1.0, 1.0
    if _is_short(numbers):
        return _moments_by_minima(numbers)
    size = _slots(p)
    check_size(size, limit)
    t = np.arange(size)
    log_failure = np.array([[math.log1p(-x)] for x in numbers])
    weight = np.array([[number] for number in numbers.values()])
    survival = np.ones(size)
    for block in range(1, size, 1 << 14):
        part = slice(block, block + (1 << 14))
        links = np.log1p(-np.exp(log_failure * t[part]))
        survival[part] = -np.expm1((weight * links).sum(axis=0))
    return float(survival.sum()), float(survival @ (2.0 * t + 1.0))


def _is_short(numbers: Counter[float]) -> bool:
    """Whether few digits make the sum over minima."""
    terms = math.prod(number + 1 for number in numbers.values())
    return terms * (40 + numbers.total()) <= _MOST_DIGITS


def _moments_by_minima(numbers: Counter[float]) -> tuple[float, float]:
    """With q^t summed, no table is needed."""
    with localcontext() as context:
        context.prec = 40 + numbers.total()
        terms = _cdf_by_minima(numbers)
        del terms[Decimal(1)]
        first = -sum(c / (1 - a) for a, c in terms.items())
        second = -sum(c * (1 + a) / (1 - a) ** 2 for a, c in terms.items())
        return float(first), float(second)


def _round_by_minima(
    numbers: Counter[float], latest: int, lost_digits: float, limit: int
) -> tuple[float, float, float]:
    """P, E[T; T <= latest] and E[T^2; T <= latest], T = max N: sums over F(latest) - F(t)."""
    if not _is_short(numbers):
        check_size(latest, limit)
    with localcontext() as context:
        context.prec = 60 + numbers.total() + math.ceil(lost_digits) + 3 * len(str(latest))
        terms = _cdf_by_minima(numbers)
        success = sum(c * a**latest for a, c in terms.items())
        del terms[Decimal(1)]
        first = second = Decimal(0)
        for a, c in terms.items():
            last, less = a**latest, 1 - a
            steps = (1 - last) / less  # sum of a^t, t < latest
            weighted = (a * steps - latest * last) / less  # and of t a^t
            first += c * (latest * last - steps)
            second += c * (latest**2 * last - 2 * weighted - steps)
        return float(success), float(first), float(second)


def _cdf_by_minima(numbers: Counter[float]) -> dict[Decimal, Decimal]:
    """P(max <= t) = prod (1 - q_k^t) multiplied out: a and c of the terms c a^t."""
    terms = {Decimal(1): Decimal(1)}
    for p, number in numbers.items():
        q = 1 - Decimal(p)
        factor = [((-1) ** j * math.comb(number, j), q**j) for j in range(number + 1)]
        product: dict[Decimal, Decimal] = {}
        for a, c in terms.items():
            for sign, b in factor:
                product[a * b] = product.get(a * b, Decimal(0)) + c * sign
        terms = product
    return terms


def mean(p: list[float], feature: Feature, limit: int, latest: int | None = None) -> float:
    """Return the mean of a feature; links that come after `latest` count as nothing."""
    if len(p) == 2:
        feature = _ends_folded(feature)
    elif any(feature[0].left) or any(feature[-1].right):
        return sums_with_storing_ends(p, feature, _TAIL, limit, math.inf if latest is None else latest)[0]
    size = _slots(p) if latest is None else min(_slots(p), latest + 1)
    if size * len(p) > _FILTER_WORK and 16 * len(p) ** 2 <= limit:
        return _mean_by_exponentials(p, feature, latest)
    check_size(size, limit)
    return _mean_by_filters(p, feature, size)


def _ends_folded(feature: Feature) -> Feature:
    """Of two links the one that waits does so at both of its ends."""
    folded = []
    for terms in feature:
        pairs = [
            (u + v, terms.weights[a][b]) for a, u in enumerate(terms.left) for b, v in enumerate(terms.right)
        ]
        folded.append(pairs)
    (left, first), (right, last) = (zip(*pairs, strict=True) for pairs in folded)
    return LinkTerms((0.0,), left, (first,)), LinkTerms(right, (0.0,), tuple((w,) for w in last))


def _mean_by_filters(p: list[float], feature: Feature, size: int) -> float:
    laws = {x: geometric(x, size) for x in set(p)}
    arrived: FloatArray = np.array(feature[0].weights).sum(axis=0)[:, None] * laws[p[0]]
    for k in range(1, len(p)):
        before, here = feature[k - 1], feature[k]
        came = arrived.sum(axis=0)
        waited = sum(waiting_decay(x, rate) for x, rate in zip(arrived, before.right, strict=True)) - came
        modes = np.stack([waited + waiting_decay(came[::-1], rate)[::-1] for rate in here.left])
        arrived = np.array(here.weights).T @ modes * laws[p[k]]
    return float(arrived.sum())


def _mean_by_exponentials(p: list[float], feature: Feature, latest: int | None = None) -> float:
    """With ever more digits, until two results agree.

    A fading factor exp(-rate) and a product of rational numbers are never equal, however close.
    """
    digits = 60 + len(p)
    before = _sum_of_exponentials(p, feature, digits, latest)
    for _ in range(8):
        digits *= 2
        result = _sum_of_exponentials(p, feature, digits, latest)
        if abs(result - before) <= 1e-15 * abs(result):
            return result
        before = result
    raise NotCovered("no exact answer: the closed form of the mean state loses its digits for this chain")


# By base a: by right mode the coefficient c of the terms c a^t of what came at t, t >= 1.
_Terms: TypeAlias = list[tuple[Decimal, list[Decimal]]]


def _sum_of_exponentials(p: list[float], feature: Feature, digits: int, latest: int | None) -> float:
    with localcontext() as context:
        context.prec = 2 * digits
        smallest = Decimal(10) ** -digits
        q = [max(1 - Decimal(x), smallest) for x in p]
        first = [sum(map(Decimal, column)) for column in zip(*feature[0].weights, strict=True)]
        terms: _Terms = [(q[0], [Decimal(p[0]) / q[0] * w for w in first])]
        for k in range(1, len(p)):
            success = Decimal(p[k]) / q[k]
            weights = [[success * Decimal(w) for w in row] for row in feature[k].weights]
            fade = [(-Decimal(rate)).exp() for rate in feature[k - 1].right]
            stay = [(-Decimal(rate)).exp() for rate in feature[k].left]
            terms = [(a * q[k], c) for a, c in _met(terms, fade, stay, weights, latest)]
        total = Decimal(0)
        for a, coefficients in terms:
            rest = 1 if latest is None else 1 - a**latest
            total += sum(coefficients) * a * rest / (1 - a)
        return float(total)


def _met(
    terms: _Terms, fade: list[Decimal], stay: list[Decimal], weights: list[list[Decimal]], latest: int | None
) -> _Terms:
    """What came by t and has waited, and what comes after t (by `latest`), for which the next link waits."""
    column_sums = [sum(column, Decimal(0)) for column in zip(*weights, strict=True)]
    born, ended = [Decimal(0)] * len(fade), [Decimal(0)] * len(stay)
    following = []
    for a, coefficients in terms:
        waited = Decimal(0)
        for b, c in enumerate(coefficients):
            share = c * a / (a - fade[b])
            waited += share
            born[b] -= share
        came = sum(coefficients)
        reach = [came * a * r / (1 - a * r) for r in stay]
        if latest is not None:
            ended = [e - x * (a * r) ** latest for e, x, r in zip(ended, reach, stay, strict=True)]
        new = [
            waited * column_sums[d] + sum(x * row[d] for x, row in zip(reach, weights, strict=True))
            for d in range(len(column_sums))
        ]
        following.append((a, new))
    following += [(a, [c * w for w in column_sums]) for a, c in zip(fade, born, strict=True)]
    if latest is not None:
        later = zip(stay, ended, weights, strict=True)
        following += [(1 / r, [c * w for w in row]) for r, c, row in later]
    return following
