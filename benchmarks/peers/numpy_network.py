"""NumPy: the two maps precomputed, applied to chunks that fit into the cache.

`bilinear` applies the tables of any two-state map: the outcome from its probabilities, then one matrix
product for the elements of each outcome. `matrices` knows that a swap is a product of 4 x 4 matrices.
"""

from __future__ import annotations

import numpy as np

CHUNK = 1024
SIGNS = np.array([[1, 1, -1, 1], [1, -1, 1, 1], [1, 1, 1, -1], [1, -1, -1, -1]], dtype=float)  # S D_m


def dense(bilinear_map) -> np.ndarray:
    """Return the table as an array (outcomes, left, right, out)."""
    size = 1 << bilinear_map.num_bits
    table = np.zeros((size, 4**bilinear_map.num_left, 4**bilinear_map.num_right, 4**bilinear_map.num_out))
    for k, i, j, s, c in zip(*bilinear_map.terms, strict=True):
        for m in range(size):
            table[m, i, j, k] += (-1.0) ** bin(s & m).count("1") * c
    return table


def decayed(times, t1_left, t2_left, t1_right, t2_right):
    """Return Phi+ stored in two memories, shape (N, 16)."""
    z_left, z_right = np.exp(-times / t1_left), np.exp(-times / t1_right)
    xy = np.exp(-times / t2_left) * np.exp(-times / t2_right)
    state = np.zeros((len(times), 16))
    state[:, 0] = 1.0
    state[:, 3], state[:, 12] = 1.0 - z_right, 1.0 - z_left
    state[:, 5], state[:, 10] = xy, -xy
    state[:, 15] = z_left * z_right + (1.0 - z_left) * (1.0 - z_right)
    return state


def drawn(probabilities, variates):
    cumulative = np.cumsum(probabilities, axis=1)
    return (cumulative[:, :-1] <= (variates * cumulative[:, -1])[:, None]).sum(axis=1)


def swapped(left, right, table, variates):
    products = (left[:, :, None] * right[:, None, :]).reshape(len(left), -1)
    outcome = drawn(products @ table[:, :, :, 0].reshape(4, -1).T, variates)
    state = np.empty_like(left)
    for m in range(4):
        chosen = outcome == m
        state[chosen] = products[chosen] @ table[m].reshape(-1, 16)
    return state / state[:, :1], outcome


def swapped_as_matrices(left, right, factors, variates):
    """C_m = C_ab S N D_m C_bc / 4, then D_m on the right."""
    a, b = left.reshape(-1, 4, 4), right.reshape(-1, 4, 4)
    weights = a[:, 0, :] * factors * b[:, :, 0]
    outcome = drawn(weights @ SIGNS.T / 4.0, variates)
    signs = SIGNS[outcome]
    state = (a * (factors * signs)[:, None, :]) @ b * (signs * SIGNS[0])[:, None, :]
    state = state.reshape(-1, 16)
    return state / state[:, :1], outcome


def network(times, variates, model, swap, dejmps, as_matrices=False):
    """Return coefficients, probabilities and outcomes; `swap` and `dejmps` are dense tables."""
    size = times.shape[1]
    coefficients, probability = np.empty((16, size)), np.empty(size)
    outcomes = np.empty((2, size), dtype=np.uint8)
    accepted = (dejmps[0] + dejmps[3]).reshape(-1, 16)
    ro = 1.0 - 2.0 * model.p_readout_error
    factors = np.array([1.0, ro, ro * ro, ro]) * np.where(np.arange(4) > 0, 1.0 - model.p_replace, 1.0)
    for first in range(0, size, CHUNK):
        part = slice(first, first + CHUNK)
        pairs = []
        for step in range(2):
            left, right = (decayed(times[2 * step + side, part], *model[:4]) for side in range(2))
            if as_matrices:
                pair, outcomes[step, part] = swapped_as_matrices(left, right, factors, variates[step, part])
            else:
                pair, outcomes[step, part] = swapped(left, right, swap, variates[step, part])
            pairs.append(pair)
        made = (pairs[0][:, :, None] * pairs[1][:, None, :]).reshape(-1, 256) @ accepted
        probability[part] = made[:, 0]
        coefficients[:, part] = (made / made[:, :1]).T
    return coefficients, probability, outcomes
