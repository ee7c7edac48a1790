"""An expert's numba: closed forms in the Pauli basis, fused per delivered pair, nothing allocated.

`general` keeps whole 4 x 4 correlation matrices; `x_states` knows that a stored Bell pair, swapped and
distilled, has six coefficients. `x_states_own_exp` is that with an exponential that the compiler can
vectorise, over runs of elements; numba calls the C library for each `exp` otherwise.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# D_m for the outcomes I, Z, X, Y.
_D = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, -1.0, -1.0, 1.0], [1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]])
_S = np.array([1.0, 1.0, -1.0, 1.0])


# ---- whole matrices ----


@njit(fastmath=True, cache=True)
def _stored(c, t, r1a, r2a, r1b, r2b):
    za, zb, xy = np.exp(-t * r1a), np.exp(-t * r1b), np.exp(-t * r2a) * np.exp(-t * r2b)
    c[:] = 0.0
    c[0, 0] = 1.0
    c[0, 3], c[3, 0] = 1.0 - zb, 1.0 - za
    c[1, 1], c[2, 2] = xy, -xy
    c[3, 3] = za * zb + (1.0 - za) * (1.0 - zb)


@njit(fastmath=True, cache=True)
def _swap(a, b, factors, u, out):
    w0, w1 = a[0, 0] * b[0, 0], factors[1] * a[0, 1] * b[1, 0]
    w2, w3 = factors[2] * a[0, 2] * b[2, 0], factors[3] * a[0, 3] * b[3, 0]
    total, m, cumulative = 4.0 * w0, 3, 0.0
    for k in range(3):
        d = _D[k]
        cumulative += w0 + d[1] * w1 + d[2] * w2 + d[3] * w3
        if u * total < cumulative:
            m = k
            break
    d = _D[m]
    inverse = 1.0 / (w0 + d[1] * w1 + d[2] * w2 + d[3] * w3)
    for i in range(4):
        x0, x1 = a[i, 0], a[i, 1] * factors[1] * d[1]
        x2, x3 = a[i, 2] * factors[2] * d[2], a[i, 3] * factors[3] * d[3]
        for j in range(4):
            out[i, j] = (x0 * b[0, j] + x1 * b[1, j] + x2 * b[2, j] + x3 * b[3, j]) * d[j] * inverse
    return m


@njit(fastmath=True, cache=True)
def _rotated(c, out):
    """Rx(pi/2) on the left qubit, Rx(-pi/2) on the right one."""
    for i in range(4):
        k, s = (i, 1.0) if i < 2 else (5 - i, 1.0 if i == 3 else -1.0)
        out[i, 0], out[i, 1] = s * c[k, 0], s * c[k, 1]
        out[i, 2], out[i, 3] = s * c[k, 3], -s * c[k, 2]


@njit(fastmath=True, cache=True)
def _distil(a, b, kept, readout, out, k):
    """Rows are written to column k; returns the probability."""
    f = (1.0, kept, kept, kept)
    other, first, second, sign = (0, 1, 1, 0), (3, 2, 1, 0), (3, 2, 2, 3), (1.0, -1.0, 1.0, 1.0)
    g = readout * readout * kept * kept
    inverse = 0.0
    p = 0.0
    for i in range(4):
        for j in range(4):
            x = f[i] * f[j] * a[i, j] * b[other[i], other[j]]
            y = g * sign[i] * sign[j] * a[first[i], first[j]] * b[second[i], second[j]]
            if i == 0 and j == 0:
                p = 0.5 * (x + y)
                inverse = 0.5 / p
            out[4 * i + j, k] = (x + y) * inverse
    return p


@njit(fastmath=True, cache=True, nogil=True)
def general(times, variates, t1a, t2a, t1b, t2b, p_replace, p_readout_error):
    size = times.shape[1]
    out, probability = np.empty((16, size)), np.empty(size)
    outcomes = np.empty((2, size), dtype=np.uint8)
    kept, readout = 1.0 - p_replace, 1.0 - 2.0 * p_readout_error
    factors = _S * np.array([1.0, kept * readout, kept * readout * readout, kept * readout])
    links, pairs, turned = np.empty((4, 4, 4)), np.empty((2, 4, 4)), np.empty((2, 4, 4))
    r1a, r2a, r1b, r2b = 1.0 / t1a, 1.0 / t2a, 1.0 / t1b, 1.0 / t2b
    for k in range(size):
        for link in range(4):
            _stored(links[link], times[link, k], r1a, r2a, r1b, r2b)
        for s in range(2):
            outcomes[s, k] = _swap(links[2 * s], links[2 * s + 1], factors, variates[s, k], pairs[s])
            _rotated(pairs[s], turned[s])
        probability[k] = _distil(turned[0], turned[1], kept, readout, out, k)
    return out, probability, outcomes


# ---- X states: iz, zi, xx, yy, zz ----


@njit(fastmath=True, cache=True, inline="always")
def _x_link(za, zb, xy):
    return 1.0 - zb, 1.0 - za, xy, -xy, za * zb + (1.0 - za) * (1.0 - zb)


@njit(fastmath=True, cache=True, inline="always")
def _x_swap(a, b, fx, fy, fz, u):
    iz, zi, xx, yy, zz = a
    jz, zj, vx, vy, vz = b
    w = fz * iz * zj
    # Outcomes 0 and 1 have the probability (1 + w) / 4, 2 and 3 (1 - w) / 4.
    x = 4.0 * u
    low = np.uint8(x >= 1.0 + w) + np.uint8(x >= 2.0 + 2.0 * w) + np.uint8(x >= 3.0 + w)
    s = 1.0 if x < 2.0 + 2.0 * w else -1.0  # D_m on Z
    inverse = 1.0 / (1.0 + s * w)
    return (
        (s * jz + fz * iz * vz) * inverse,
        (zi + s * fz * zz * zj) * inverse,
        fx * xx * vx * inverse,
        fy * yy * vy * inverse,
        (s * zi * jz + fz * zz * vz) * inverse,
        low,
    )


@njit(fastmath=True, cache=True, inline="always")
def _x_distil(a, b, kept2, g, out, k):
    """Only xx, yy and zz are left where the readouts agree; returns the probability."""
    p = 0.5 * (1.0 + g * a[3] * b[3])
    h = 0.5 / p
    out[0, k] = 1.0
    out[5, k] = h * (kept2 * a[2] * b[2] + g * a[4] * b[4])
    out[10, k] = -h * (kept2 * a[4] * b[2] + g * a[2] * b[4])
    out[15, k] = -h * (kept2 * a[3] + g * b[3])
    return p


@njit(fastmath=True, cache=True, inline="always")
def _factors(p_replace, p_readout_error):
    kept, readout = 1.0 - p_replace, 1.0 - 2.0 * p_readout_error
    kept2 = kept * kept
    return kept * readout, -kept * readout * readout, kept * readout, kept2, readout * readout * kept2


@njit(fastmath=True, cache=True, nogil=True)
def x_states(times, variates, t1a, t2a, t1b, t2b, p_replace, p_readout_error):
    size = times.shape[1]
    out, probability = np.zeros((16, size)), np.empty(size)
    outcomes = np.empty((2, size), dtype=np.uint8)
    fx, fy, fz, kept2, g = _factors(p_replace, p_readout_error)
    r1a, r1b, r2 = 1.0 / t1a, 1.0 / t1b, 1.0 / t2a + 1.0 / t2b
    for k in range(size):
        t0, t1, t2, t3 = times[0, k], times[1, k], times[2, k], times[3, k]
        l0 = _x_link(np.exp(-t0 * r1a), np.exp(-t0 * r1b), np.exp(-t0 * r2))
        l1 = _x_link(np.exp(-t1 * r1a), np.exp(-t1 * r1b), np.exp(-t1 * r2))
        l2 = _x_link(np.exp(-t2 * r1a), np.exp(-t2 * r1b), np.exp(-t2 * r2))
        l3 = _x_link(np.exp(-t3 * r1a), np.exp(-t3 * r1b), np.exp(-t3 * r2))
        a = _x_swap(l0, l1, fx, fy, fz, variates[0, k])
        b = _x_swap(l2, l3, fx, fy, fz, variates[1, k])
        outcomes[0, k], outcomes[1, k] = a[5], b[5]
        probability[k] = _x_distil(a, b, kept2, g, out, k)
    return out, probability, outcomes


@njit(fastmath={"nnan", "ninf", "nsz", "arcp", "contract"}, cache=True, inline="always")
def _exp(x):
    """exp(x) for -700 < x <= 0, to 1e-15: 2^k times a polynomial."""
    shifted = x * 1.4426950408889634 + 6755399441055744.0
    k = shifted - 6755399441055744.0
    r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    p = 1.0 / 39916800.0
    for c in (
        1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0,
        1.0 / 6.0, 0.5, 1.0, 1.0,
    ):  # fmt: skip
        p = p * r + c
    return p * np.int64((np.int64(k) + 1023) << 52).view(np.float64)


_RUN = 256


@njit(fastmath={"nnan", "ninf", "nsz", "arcp", "contract"}, cache=True, nogil=True)
def x_states_own_exp(times, variates, t1a, t2a, t1b, t2b, p_replace, p_readout_error):
    size = times.shape[1]
    out, probability = np.zeros((16, size)), np.empty(size)
    outcomes = np.empty((2, size), dtype=np.uint8)
    fx, fy, fz, kept2, g = _factors(p_replace, p_readout_error)
    rates = (1.0 / t1a, 1.0 / t1b, 1.0 / t2a + 1.0 / t2b)
    e = np.empty((4, 3, _RUN))
    for first in range(0, size, _RUN):
        count = min(_RUN, size - first)
        for link in range(4):
            for r in range(3):
                rate = rates[r]
                for k in range(count):
                    e[link, r, k] = _exp(-rate * times[link, first + k])
        for k in range(count):
            l0 = _x_link(e[0, 0, k], e[0, 1, k], e[0, 2, k])
            l1 = _x_link(e[1, 0, k], e[1, 1, k], e[1, 2, k])
            l2 = _x_link(e[2, 0, k], e[2, 1, k], e[2, 2, k])
            l3 = _x_link(e[3, 0, k], e[3, 1, k], e[3, 2, k])
            a = _x_swap(l0, l1, fx, fy, fz, variates[0, first + k])
            b = _x_swap(l2, l3, fx, fy, fz, variates[1, first + k])
            outcomes[0, first + k], outcomes[1, first + k] = a[5], b[5]
            probability[first + k] = _x_distil(a, b, kept2, g, out, first + k)
    return out, probability, outcomes
