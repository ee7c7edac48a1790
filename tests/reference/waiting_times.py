"""Waiting times of links and of chains with deterministic swaps, counted in attempts.

An attempt succeeds with probability p; T ~ Geom(p) lives on 1, 2, ...: P(T = t) = p q^(t-1), q = 1 - p.
"""

import itertools
import math

import numpy as np
from scipy.signal import lfilter

TAIL = 1e-18  # probability that sums over t leave out


def geometric_pmf(p, size):
    """P(T = t) for t = 0 .. size-1."""
    t = np.arange(size)
    return np.where(t > 0, p * (1.0 - p) ** np.maximum(t - 1.0, 0.0), 0.0)


def link_law(link, size):
    """P(T = t) of a link: its p, or (p, slots) where every attempt takes several slots."""
    p, slots = link if isinstance(link, tuple) else (link, 1)
    law = np.zeros(size)
    law[::slots] = geometric_pmf(p, len(law[::slots]))
    return law


def links_horizon(links, tail=1e-18):
    """A number of slots after which any of these links is still missing with probability < tail."""
    pairs = [link if isinstance(link, tuple) else (link, 1) for link in links]
    return max(slots * horizon([p], tail / len(pairs)) for p, slots in pairs)


def geometric_survival(p, t):
    """P(T > t)."""
    return np.exp(np.asarray(t, float) * np.log1p(-p)) if p < 1 else np.where(np.asarray(t) > 0, 0.0, 1.0)


def waiting_decay(weights, factor):
    """sum over s <= t of weights[s] factor^(t - s): a pair that came at s and waited until t."""
    return lfilter([1.0], [1.0, -factor], weights)


def link_mean(p):
    return 1.0 / p


def link_variance(p):
    return (1.0 - p) / p**2


def link_quantile(p, level):
    """Smallest t with P(T <= t) >= level."""
    return max(1, math.ceil(math.log1p(-level) / math.log1p(-p))) if p < 1 else 1


def multiplexed(p, modes):
    """Probability that at least one of `modes` independent attempts of one slot succeeds."""
    return -math.expm1(modes * math.log1p(-p)) if p < 1 else 1.0


def horizon(p, tail=TAIL):
    """A number of slots after which any link of `p` is still missing with probability below `tail`."""
    smallest = float(np.min(p))
    return 1 if smallest == 1 else math.ceil(math.log(tail / np.size(p)) / math.log1p(-smallest))


def parallel_cdf(p, t):
    """P(all links of `p` are there after t slots) = prod_i (1 - q_i^t)."""
    return math.prod(1.0 - geometric_survival(x, t) for x in p)


def parallel_survival(p, t):
    """1 - parallel_cdf, without cancellation in the tail."""
    alive = np.zeros(np.shape(t))
    for x in p:
        own = geometric_survival(x, t)
        alive = alive + own - alive * own
    return alive


def parallel_mean(p):
    """E[max] = sum over t >= 0 of P(max > t); left out: a tail below TAIL / min p."""
    return float(parallel_survival(p, np.arange(horizon(p))).sum())


def parallel_second_moment(p):
    """E[max^2] = sum over t >= 0 of (2 t + 1) P(max > t)."""
    t = np.arange(horizon(p))
    return float(((2.0 * t + 1.0) * parallel_survival(p, t)).sum())


def minimum_of(p):
    """The minimum of independent geometric variates is geometric with this probability."""
    return -math.expm1(sum(math.log1p(-x) for x in p)) if max(p) < 1 else 1.0


def parallel_moments_by_minima(p):
    """(E[max], E[max^2]) by inclusion and exclusion over minima: any p > 0, few links."""
    first, second = [], []
    for size in range(1, len(p) + 1):
        sign = (-1) ** (size + 1)
        for subset in itertools.combinations(p, size):
            m = minimum_of(subset)
            first.append(sign / m)
            second.append(sign * (2.0 - m) / m**2)
    return math.fsum(first), math.fsum(second)


def two_links_mean(p1, p2):
    """E[max of two] = 1/p1 + 1/p2 - 1/(p1 + p2 - p1 p2)."""
    return 1.0 / p1 + 1.0 / p2 - 1.0 / (p1 + p2 - p1 * p2)


def equal_links_mean(n, p):
    """E[max of n equal links] as the alternating binomial sum; useless beyond n of about 50."""
    q = 1.0 - p
    return math.fsum(math.comb(n, j) * (-1) ** (j + 1) / (1.0 - q**j) for j in range(1, n + 1))


def many_equal_links_moments(n, p):
    """(mean, variance) of the maximum of n equal links for small p, n >= 2.

    T = ceil(X), X the maximum of n exponential variates of rate mu = -log(1 - p): the mean is
    H_n / mu + 1/2 and the variance sum_j 1/j^2 / mu^2 + 1/12, up to terms that vanish faster than
    mu (the rounding is uniform and independent of X for small mu).
    """
    mu = -math.log1p(-p)
    harmonic = math.fsum(1.0 / j for j in range(1, n + 1))
    squares = math.fsum(1.0 / j**2 for j in range(1, n + 1))
    return harmonic / mu + 0.5, squares / mu**2 + 1.0 / 12.0


def memoryless_success(p, p_swap):
    """Success of one slot of a chain without memories: T ~ Geom(prod p_i prod ps_j)."""
    return math.prod(p) * math.prod(p_swap)


def one_swap_with_cutoff(p, p_swap, cutoff, w0, coherence_time):
    """(E[T], E[w]) of two equal links joined by one swap under a memory-time cut-off (inclusive).

    An attempt passes if |t1 - t2| <= cutoff and takes max(t1, t2); otherwise it takes min + cutoff.
    The earlier pair decays once, by exp(-|t1 - t2| / coherence_time) (Li, Coopmans, Elkouss).
    """
    q, decay = 1.0 - p, math.exp(-1.0 / coherence_time)
    passes = p / (2 - p) * (1 + 2 * q * (1 - q**cutoff) / p)
    waits = 2 * p / (2 - p) * math.fsum(k * q**k for k in range(1, cutoff + 1))
    time = (1 / (p * (2 - p)) + waits + cutoff * (1 - passes)) / (passes * p_swap)
    x = q * decay
    w = w0**2 * p / (2 - p) * (1 + 2 * x * (1 - x**cutoff) / (1 - x)) / passes
    return time, w


def two_links_werner(p, w0, decay):
    """E[w] of two equal links, the earlier pair decaying by `decay` a slot: no cut-off."""
    q = 1.0 - p
    return w0**2 * p / (2 - p) * (1 + decay * q) / (1 - decay * q)
