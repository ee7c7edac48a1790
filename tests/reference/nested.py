"""Nested (doubling) chains with probabilistic swaps, by generating functions.

A tree of swaps is written with nested tuples: a leaf is a link index, (left, right) a swap of two
subtrees at the node between them, e.g. ((0, 1), (2, 3)). Both subtrees of a swap start together;
the swap is tried when both are done; if it fails, both start again from nothing:

    P(M <= t) = P(L <= t) P(R <= t),     T(z) = ps M(z) / (1 - (1 - ps) M(z)).

Time is in slots; the attempts of a link with p[k] = (p, slots) take several. `p_swap[i]` belongs to
node i = 1 .. n-1 (0 and n unused).
"""

import math

import numpy as np

from . import pauli_terms
from .waiting_times import link_law, waiting_decay


def balanced_tree(links, split=lambda n: (n + 1) // 2):
    """Tree over the first..last of `links` (a sequence); `split(n)` links go to the left."""
    links = list(links)
    if len(links) == 1:
        return links[0]
    k = split(len(links))
    return balanced_tree(links[:k], split), balanced_tree(links[k:], split)


def span(tree):
    """(first, last) link of a tree."""
    if isinstance(tree, int):
        return tree, tree
    return span(tree[0])[0], span(tree[1])[1]


def middle_node(tree):
    """The node where the two subtrees meet."""
    return span(tree[1])[0]


def survival(pmf):
    """P(T > t), summed from the tail."""
    return np.append(np.cumsum(pmf[:0:-1])[::-1], 0.0)


def law_of_max(left, right):
    """PMF of the later of two independent times: from survival functions, exact in the tail."""
    a, b = survival(left), survival(right)
    alive = a + b - a * b
    return np.concatenate([[1.0 - alive[0]], alive[:-1] - alive[1:]])


def repeat_until_success(last, attempt, success):
    """Power series of success * last(z) / (1 - (1 - success) attempt(z)).

    The FFT is taken on a circle of radius exp(0.6 / E[T]): undoing the tilt suppresses its noise in
    the tail, which would spoil second moments. (On a grid of very many means the circle is smaller,
    so that the tilted series stays finite.)
    """
    size = len(attempt)
    t = np.arange(size)
    log_radius = min(0.6 * success / float(t @ attempt), 300.0 / size)
    tilt = np.exp(log_radius * t)
    numerator, law = np.fft.rfft(last * tilt), np.fft.rfft(attempt * tilt)
    return np.fft.irfft(success * numerator / (1.0 - (1.0 - success) * law), size) / tilt


def waiting_law(tree, p, p_swap, size):
    """P(T = t) for t = 0 .. size-1; `size` at least 100 E[T] (see `grid_size`)."""
    if isinstance(tree, int):
        return link_law(p[tree], size)
    attempt = law_of_max(*(waiting_law(branch, p, p_swap, size) for branch in tree))
    return repeat_until_success(attempt, attempt, p_swap[middle_node(tree)])


def mean_bound(tree, p, p_swap):
    """An upper bound of E[T]: the maximum is at most the sum."""
    if isinstance(tree, int):
        return p[tree][1] / p[tree][0] if isinstance(p[tree], tuple) else 1.0 / p[tree]
    return sum(mean_bound(branch, p, p_swap) for branch in tree) / p_swap[middle_node(tree)]


def grid_size(tree, p, p_swap):
    """Power of two that holds 100 means: the tail left out is below exp(-40)."""
    return 2 ** math.ceil(math.log2(100.0 * mean_bound(tree, p, p_swap)))


def moments_of(law):
    """(mean, variance) of a PMF."""
    t = np.arange(len(law))
    mean = float(t @ law)
    return mean, float((t - mean) ** 2 @ law)


def moments(tree, p, p_swap):
    """(E[T], Var[T])."""
    return moments_of(waiting_law(tree, p, p_swap, grid_size(tree, p, p_swap)))


def moments_after_failures(p_swap, mean, variance):
    """(E[T], Var[T]) of the sum of Geom(p_swap) attempts of this mean and variance (Wald)."""
    return mean / p_swap, variance / p_swap + (1 - p_swap) * mean**2 / p_swap**2


def mean_attempts(tree, p, p_swap):
    """Mean number of link attempts in total: every subtree is built 1/ps times as often as its parent."""
    if isinstance(tree, int):
        return 1.0 / np.atleast_1d(p[tree])[0]
    return sum(mean_attempts(branch, p, p_swap) for branch in tree) / p_swap[middle_node(tree)]


def join(left, right, left_factor, right_factor):
    """Weight of one attempt that ends at t: the later pair comes at t, the earlier one has waited."""
    later_left = left * waiting_decay(right, right_factor)
    later_right = right * waiting_decay(left, left_factor)
    return later_left + later_right - left * right  # a tie was counted twice


def weighted_law(tree, p, p_swap, terms, exponent, size):
    """{(left factor, right factor): A(t)}, A(t) = E[product of the terms; T = t] of a subtree.

    `terms[k]` is the dictionary of link k (pauli_terms); `exponent(left node, right node)` says how
    much of its memories' factors a waiting pair feels.
    """
    if isinstance(tree, int):
        law = link_law(p[tree], size)
        return {key: weight * law for key, weight in terms[tree].items()}
    left, right = (weighted_law(branch, p, p_swap, terms, exponent, size) for branch in tree)
    middle = middle_node(tree)
    first, last = span(tree)
    power_left, power_right = exponent(first, middle), exponent(middle, last + 1)
    attempts = {}
    for (a, b), x in left.items():
        for (c, d), y in right.items():
            joined = join(x, y, (a * b) ** power_left, (c * d) ** power_right)
            attempts[a, d] = attempts.get((a, d), 0.0) + joined
    attempt = law_of_max(*(waiting_law(branch, p, p_swap, size) for branch in tree))
    return {key: repeat_until_success(x, attempt, p_swap[middle]) for key, x in attempts.items()}


def mean_of_terms(tree, p, p_swap, terms, exponent=lambda left, right: 1.0):
    """E[product of the links' terms] at delivery."""
    laws = weighted_law(tree, p, p_swap, terms, exponent, grid_size(tree, p, p_swap))
    return float(sum(law.sum() for law in laws.values()))


def mean_werner(tree, p, p_swap, w, decay):
    """E[w] where a waiting pair decays once, by `decay` a slot (Brand, Coopmans, Elkouss)."""
    # The left memory of every pair carries all of the pair's decay.
    terms = [{(decay, 1.0): x} for x in w]
    return mean_of_terms(tree, p, p_swap, terms)


def mean_correlations(tree, p, p_swap, states, memories, noise, *, end_nodes="measure", pair_decay="each"):
    """Mean 4x4 correlations of the delivered pair, any memories and any link states."""
    n = len(p)
    memories = pauli_terms.effective_memories(memories, end_nodes)

    def exponent(left, right):
        return pauli_terms.pair_decay_exponent(pair_decay, end_nodes, left, right, n)

    def mean(terms):
        return mean_of_terms(tree, p, p_swap, terms, exponent)

    return np.array(pauli_terms.mean_correlations(mean, states, memories, noise))
