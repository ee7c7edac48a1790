"""Deterministic swap-asap: every node swaps, successfully, as soon as it holds two links.

Link i comes at slot N_i ~ Geom(p_i), T = max N_i. Node i (between links i-1 and i) swaps at
max(N_{i-1}, N_i): of its two memories the earlier one has stored |N_{i-1} - N_i| slots. End nodes
that store do so until T, the others for no time.

A link is its p, or (p, slots) where every attempt takes several slots (the matrix products only).
Memory 2k is the left qubit of link k, memory 2k+1 the right one.
"""

import itertools

import numpy as np

from . import delivered_pair, pauli_terms
from .waiting_times import geometric_pmf, horizon, link_law, links_horizon, parallel_mean, waiting_decay


def storage_times(times, end_nodes="measure"):
    """Storage of the 2n memories, shape (..., 2n), for completion times (..., n)."""
    times = np.asarray(times)
    storage = np.zeros((*times.shape[:-1], 2 * times.shape[-1]), times.dtype)
    storage[..., 2::2] = np.maximum(times[..., :-1] - times[..., 1:], 0)
    storage[..., 1:-1:2] = np.maximum(times[..., 1:] - times[..., :-1], 0)
    left, right = (end_nodes, end_nodes) if isinstance(end_nodes, str) else end_nodes
    latest = times.max(axis=-1)
    if left == "store":
        storage[..., 0] = latest - times[..., 0]
    if right == "store":
        storage[..., -1] = latest - times[..., -1]
    return storage


def across_node(weights, left_factor, right_factor):
    """sum over s of weights[s] K[s, t]: the left link of a node comes at s, the right one at t.

    K[s, t] is left_factor^(t - s) if the left link waits and right_factor^(s - t) if the right one
    does: one recursive filter along each direction of time.
    """
    left_waits = waiting_decay(weights, left_factor)
    right_waits = waiting_decay(weights[::-1], right_factor)[::-1]
    return left_waits + right_waits - weights


def mean_factor_measured(p, factors):
    """E[prod_m factors[m]^storage_m] with end nodes that measure: a product of matrices."""
    size = links_horizon(p) + 1
    vector = link_law(p[0], size)
    for k in range(1, len(p)):
        vector = link_law(p[k], size) * across_node(vector, factors[2 * k - 1], factors[2 * k])
    return float(vector.sum())


def mean_factor_within(p, factors, latest):
    """E[prod factors^storage; all N <= latest], the end nodes storing until `latest`."""
    size = latest + 1
    until = latest - np.arange(size)
    vector = link_law(p[0], size) * factors[0] ** until
    for k in range(1, len(p)):
        vector = link_law(p[k], size) * across_node(vector, factors[2 * k - 1], factors[2 * k])
    return float(vector @ factors[-1] ** until)


def mean_factor_stored(p, factors):
    """E[prod factors^storage] with end nodes that store: by the value m of the maximum.

    Given a deadline m, the sum over all N <= m less the sum over all N <= m - 1; in the latter the
    end nodes store one slot more than until m - 1.
    """
    total = 0.0
    ends = factors[0] * factors[-1]
    for m in range(1, links_horizon(p) + 1):
        total += mean_factor_within(p, factors, m) - ends * mean_factor_within(p, factors, m - 1)
    return total


def mean_storage(p, end_nodes="measure"):
    """E[D], D the storage of all memories: |N - N'| = 2 max - N - N'."""
    total = sum(2 * parallel_mean(p[k : k + 2]) - 1 / p[k] - 1 / p[k + 1] for k in range(len(p) - 1))
    if end_nodes == "store":
        total += 2 * parallel_mean(p) - 1 / p[0] - 1 / p[-1]
    return total


def equal_links_mean_storage(n, p):
    """E[D] of n equal links with end nodes that measure at once."""
    return (n - 1) * 2 * (1 - p) / (p * (2 - p))


def two_links(p, decay):
    """E[decay^D], two equal links, end nodes that measure."""
    q = 1 - p
    return p / (2 - p) * (1 + decay * q) / (1 - decay * q)


def three_links(p, decay):
    """E[decay^D], three equal links, end nodes that measure; singular at decay = 1 - p."""
    q = 1 - p
    a = p * decay / (decay - q)
    b = p / (1 - decay * q) - a
    return p * (a**2 / (1 - q * decay**2) + 2 * a * b / (1 - q**2 * decay) + b**2 / (1 - q**3))


def mean_of_terms(p, terms):
    """E[product of the links' terms] by matrix products, end nodes measuring (pauli_terms)."""
    total = 0.0
    for choice in itertools.product(*(link.items() for link in terms)):
        factors = [factor for pair, _ in choice for factor in pair]
        total += np.prod([weight for _, weight in choice]) * mean_factor_measured(p, factors)
    return float(total)


def mean_correlations(p, states, memories, noise):
    """Mean delivered correlations from the Pauli terms; end nodes measure, each memory decays."""
    memories = pauli_terms.effective_memories(memories, "measure")
    return np.array(
        pauli_terms.mean_correlations(lambda terms: mean_of_terms(p, terms), states, memories, noise)
    )


def mean_correlations_by_enumeration(p, states, memories, bsm, *, end_nodes="measure", tail=1e-8):
    """Mean delivered correlations by density matrices, summed over all link times.

    The terms left out weigh less than `tail`: no entry is wrong by more.
    """
    size = horizon(p, tail) + 1
    times = np.array(list(itertools.product(range(1, size), repeat=len(p))))
    weight = np.prod([geometric_pmf(x, size)[times[:, k]] for k, x in enumerate(p)], axis=0)
    storage, row = np.unique(storage_times(times, end_nodes), axis=0, return_inverse=True)
    weight = np.bincount(row.ravel(), weight)
    return np.einsum("s,sij->ij", weight, delivered_pair.delivered(states, memories, storage, bsm))
