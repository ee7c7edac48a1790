"""Pauli components of a stored link as sums of exponentials of the two storage times.

A memory (rate_x, rate_y, rate_z, equilibrium_z) with rates per slot takes the expectation values of
its qubit to  v_i exp(-rate_i t)  (i = X, Y) and  (v_Z - e v_I) exp(-rate_z t) + e v_I,  e the
equilibrium. So the component (i, j) of a link whose memories store for s and t slots is a sum of
terms  weight * left^s * right^t  with factors `left`, `right` per slot; it is kept as a dictionary
{(left, right): weight}. Delivered pairs are products of such sums:

    C[i][j] = C_0[i][j] * prod over later links k of  S_j noise_k,j C_k[j][j],   S = (1, 1, -1, 1)

(outcomes averaged, the Pauli undone at delivery on the right end qubit).
"""

import math

SIGNS = (1.0, 1.0, -1.0, 1.0)


def memory_terms(i, memory):
    """Component i of one qubit: list of (index into the initial state, factor per slot, weight)."""
    *rates, equilibrium = memory
    if i == 0:
        return [(0, 1.0, 1.0)]
    factor = math.exp(-rates[i - 1])
    if i < 3:
        return [(i, factor, 1.0)]
    return [(3, factor, 1.0), (0, factor, -equilibrium), (0, 1.0, equilibrium)]


def link_terms(state, left_memory, right_memory, i, j):
    """Component (i, j) of one link: {(left factor, right factor): weight}."""
    terms = {}
    for a, left, u in memory_terms(i, left_memory):
        for b, right, v in memory_terms(j, right_memory):
            terms[left, right] = terms.get((left, right), 0.0) + u * v * state[a][b]
    return {key: weight for key, weight in terms.items() if weight != 0.0}


def bell_measurement_factors(p_replace, p_readout_error):
    """Factors of a noisy Bell measurement on (1, xx, yy, zz) of the swapped pair."""
    g, r = 1.0 - p_replace, 1.0 - 2.0 * p_readout_error
    return (1.0, g * r, g * r * r, g * r)


PERFECT_MEMORY = (0.0, 0.0, 0.0, 0.0)


def effective_memories(memories, end_nodes):
    """The 2n memories, those of end nodes that measure at once replaced by perfect ones."""
    memories = list(memories)
    if end_nodes == "measure":
        memories[0] = memories[-1] = PERFECT_MEMORY
    return memories


def chain_terms(states, memories, noise, i, j):
    """Component (i, j) of a delivered pair: for every link its dictionary of terms.

    states: n correlation matrices; memories: 2n; noise: factors of the n-1 Bell measurements.
    """
    first = link_terms(states[0], memories[0], memories[1], i, j)
    rest = []
    for k in range(1, len(states)):
        terms = link_terms(states[k], memories[2 * k], memories[2 * k + 1], j, j)
        swap = SIGNS[j] * noise[k - 1][j]
        rest.append({key: swap * weight for key, weight in terms.items()})
    return [first, *rest]


def mean_correlations(mean_of_terms, states, memories, noise):
    """4x4 matrix of delivered correlations; `mean_of_terms` averages the product of one component."""
    return [[mean_of_terms(chain_terms(states, memories, noise, i, j)) for j in range(4)] for i in range(4)]


def pair_decay_exponent(pair_decay, end_nodes, left, right, n):
    """How much of both factors a pair between nodes left and right feels per slot.

    "each": all of it. "once": the pair decays at the mean of its memories' rates; where an end node
    has measured, the other memory is the only one left and decays in full.
    """
    both_store = end_nodes == "store" or (left > 0 and right < n)
    return 0.5 if pair_decay == "once" and both_store else 1.0
