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

import numpy as np

from ebit._arrays import FloatArray
from ebit.exact._law import ParallelLaw, WaitingTimeLaw
from ebit.exact._refusal import NotCovered
from ebit.exact._series import check_size, geometric, slots_until, waiting_decay
from ebit.exact._storing import mean_with_storing_ends
from ebit.exact._terms import Feature, LinkTerms

# What sums over slots leave out.
_TAIL = 1e-17
# Work, in table entries, up to which the product of filters is taken rather than the closed form.
_FILTER_WORK = 1 << 22
# Digits in all that an inclusion-exclusion sum may have.
_MOST_DIGITS = 1 << 21


class Parallel:
    """Links with the success probabilities `p`; tables have at most `limit` entries."""

    def __init__(self, p: list[float], limit: int) -> None:
        self._p = p
        self._limit = limit

    def law(self, attempt_time: float, tail: float) -> WaitingTimeLaw:
        """Return the law of the latest link."""
        with np.errstate(divide="ignore"):
            log_failure = np.log1p(-np.array(self._p))
        size = slots_until(min(self._p), tail / len(self._p)) + 1
        return ParallelLaw(attempt_time, log_failure, self.moments(), size, self._limit)

    def moments(self) -> tuple[float, float]:
        """Return E[T] and E[T^2] in slots."""
        return moments(self._p, self._limit)

    def attempts(self) -> float:
        """Return the mean number of attempts, all links together."""
        return math.fsum(1.0 / x for x in self._p)

    def mean(self, feature: Feature) -> float:
        """Return the mean of a feature over delivered pairs."""
        return mean(self._p, feature, self._limit)


def moments(p: list[float], limit: int) -> tuple[float, float]:
    """Return E[max N] and E[max N^2]."""
    numbers = Counter(x for x in p if x < 1.0)
    if not numbers:
        return 1.0, 1.0
    if math.prod(number + 1 for number in numbers.values()) * (40 + len(p)) <= _MOST_DIGITS:
        return _moments_by_minima(numbers)
    size = slots_until(min(p), _TAIL / len(p)) + 1
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


def _moments_by_minima(numbers: Counter[float]) -> tuple[float, float]:
    """P(max > t) = 1 - prod (1 - q_k^t) multiplied out: with q^t summed, no table is needed."""
    total = sum(numbers.values())
    with localcontext() as context:
        context.prec = 40 + total
        terms = {Decimal(1): Decimal(1)}
        for p, number in numbers.items():
            q = 1 - Decimal(p)
            factor = [((-1) ** j * math.comb(number, j), q**j) for j in range(number + 1)]
            product: dict[Decimal, Decimal] = {}
            for a, c in terms.items():
                for sign, b in factor:
                    product[a * b] = product.get(a * b, Decimal(0)) + c * sign
            terms = product
        del terms[Decimal(1)]
        first = -sum(c / (1 - a) for a, c in terms.items())
        second = -sum(c * (1 + a) / (1 - a) ** 2 for a, c in terms.items())
        return float(first), float(second)


def mean(p: list[float], feature: Feature, limit: int) -> float:
    """Return the mean of a feature over delivered pairs."""
    if len(p) == 1:
        return sum(map(sum, feature[0].weights))
    if len(p) == 2:
        feature = _ends_folded(feature)
    elif any(feature[0].left) or any(feature[-1].right):
        return mean_with_storing_ends(p, feature, _TAIL, limit)
    size = slots_until(min(p), _TAIL / len(p)) + 1
    if size * len(p) > _FILTER_WORK and 16 * len(p) ** 2 <= limit:
        return _mean_by_exponentials(p, feature)
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


def _mean_by_exponentials(p: list[float], feature: Feature) -> float:
    """With ever more digits, until two results agree.

    A fading factor exp(-rate) and a product of rational numbers are never equal, however close.
    """
    digits = 60 + len(p)
    before = _sum_of_exponentials(p, feature, digits)
    for _ in range(5):
        digits *= 2
        result = _sum_of_exponentials(p, feature, digits)
        if abs(result - before) <= 1e-15 * abs(result):
            return result
        before = result
    raise NotCovered("no exact answer: the closed form of the mean state loses its digits for this chain")


def _sum_of_exponentials(p: list[float], feature: Feature, digits: int) -> float:
    with localcontext() as context:
        context.prec = 2 * digits
        smallest = Decimal(10) ** -digits
        q = [max(1 - Decimal(x), smallest) for x in p]
        # terms[m] = (a, by right mode: c) stands for c a^t, t >= 1
        first = [sum(map(Decimal, column)) for column in zip(*feature[0].weights, strict=True)]
        terms = [(q[0], [Decimal(p[0]) / q[0] * w for w in first])]
        for k in range(1, len(p)):
            here, success = feature[k], Decimal(p[k]) / q[k]
            weights = [[success * Decimal(w) for w in row] for row in here.weights]
            column_sums = [sum(column) for column in zip(*weights, strict=True)]
            stay = [(-Decimal(rate)).exp() for rate in here.left]
            fade = [(-Decimal(rate)).exp() for rate in feature[k - 1].right]
            born = [Decimal(0)] * len(fade)
            following = []
            for a, coefficients in terms:
                waited = Decimal(0)
                for b, c in enumerate(coefficients):
                    share = c * a / (a - fade[b])
                    waited += share
                    born[b] -= share
                came = sum(coefficients)
                reach = [came * a * r / (1 - a * r) for r in stay]
                new = [
                    waited * column_sums[d] + sum(x * row[d] for x, row in zip(reach, weights, strict=True))
                    for d in range(len(here.right))
                ]
                following.append((a * q[k], new))
            for b, coefficient in enumerate(born):
                following.append((fade[b] * q[k], [coefficient * w for w in column_sums]))
            terms = following
        return float(sum(sum(coefficients) * a / (1 - a) for a, coefficients in terms))
