"""How storage enters a delivered pair: every entry as a sum of products of exponentials.

Entry (i, j) of the delivered correlations is, outcomes averaged and the Pauli frame undone on the
right end qubit,

    C[i][j] = C_0'[i][j] prod_{k >= 1} S_j noise_kj C_k'[j][j],      S = (1, 1, -1, 1),

where C_k' is link k after its two memories stored its qubits for s and t slots. A memory is diagonal
in its own modes: X and Y decay, Z - e I decays, I stays (e the equilibrium). So

    C_k'[i][j] = sum_ab weights[a][b] exp(-left[a] s - right[b] t),

with one term, unless Z relaxes toward a state.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np

from ebit._arrays import FloatArray
from ebit.chain import Chain

_SIGNS = (1.0, 1.0, -1.0, 1.0)

#: Modes of a memory: a decay rate per slot, and of which components of the stored state it is made.
Modes: TypeAlias = list[tuple[float, dict[int, float]]]


class LinkTerms(NamedTuple):
    """One component of a stored link; rates per slot."""

    left: tuple[float, ...]
    right: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]

    @property
    def is_constant(self) -> bool:
        """Whether storage leaves the component as it is."""
        return self.left == self.right == (0.0,)


#: The links' components whose product is to be averaged.
Feature: TypeAlias = tuple[LinkTerms, ...]


class Entry(NamedTuple):
    """An entry of the delivered state: amplitude times the mean of the feature."""

    amplitude: float
    feature: Feature

    @property
    def is_constant(self) -> bool:
        """Whether the entry is the same in every shot."""
        return self.amplitude == 0.0 or all(terms.is_constant for terms in self.feature)


def entries(chain: Chain) -> list[Entry]:
    """Return the 16 entries of the delivered state, row by row; equal features are equal tuples."""
    later: list[Entry] = [_later_links(chain, j) for j in range(4)]
    result = []
    for i in range(4):
        for j in range(4):
            scale, terms = _normalised(_link_terms(chain, 0, i, j))
            result.append(Entry(scale * later[j].amplitude, (terms, *later[j].feature)))
    return result


def product(a: Entry, b: Entry) -> Entry:
    """Return the product of two entries: the rates of their exponentials add up."""
    scales, feature = [], []
    for x, y in zip(a.feature, b.feature, strict=True):
        left, right = _sums(x.left, y.left), _sums(x.right, y.right)
        weights = np.kron(x.weights, y.weights)
        scale, terms = _normalised(LinkTerms(left, right, tuple(map(tuple, weights.tolist()))))
        scales.append(scale)
        feature.append(terms)
    return Entry(a.amplitude * b.amplitude * math.prod(scales), tuple(feature))


def _sums(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(u + v for u in a for v in b)


def _later_links(chain: Chain, j: int) -> Entry:
    amplitude, feature = 1.0, []
    for k in range(1, len(chain)):
        scale, terms = _normalised(_link_terms(chain, k, j, j))
        amplitude *= scale * _SIGNS[j] * float(chain.nodes[k].bsm.noise[j])
        feature.append(terms)
    return Entry(amplitude, tuple(feature))


def _link_terms(chain: Chain, k: int, i: int, j: int) -> LinkTerms:
    left, right = modes(chain, k, i), modes(chain, k + 1, j)
    left_rates, right_rates = (tuple(rate for rate, _ in side) for side in (left, right))
    return LinkTerms(left_rates, right_rates, mode_weights(chain.links[k].state, left, right))


def modes(chain: Chain, node: int, component: int) -> Modes:
    """Return those of a Pauli component of a qubit stored at a node."""
    memory = chain.nodes[node].memory
    if component == 0 or not chain.stores(node):
        return [(0.0, {component: 1.0})]
    slot = chain.links[0].attempt_time
    rate = float(memory.rates[component - 1]) * slot * (0.5 if chain.pair_decay == "once" else 1.0)
    rest = memory.equilibrium_z if component == 3 and rate > 0.0 else 0.0
    if rest == 0.0:
        return [(rate, {component: 1.0})]
    return [(rate, {3: 1.0, 0: -rest}), (0.0, {0: rest})]


def mode_weights(state: FloatArray, left: Modes, right: Modes) -> tuple[tuple[float, ...], ...]:
    """Return how much of each pair of modes is in a link's state."""
    return tuple(
        tuple(math.fsum(u * v * state[x, y] for x, u in a.items() for y, v in b.items()) for _, b in right)
        for _, a in left
    )


def _normalised(terms: LinkTerms) -> tuple[float, LinkTerms]:
    """Take the largest weight out, so that links that differ in it alone have equal features."""
    scale = max((w for row in terms.weights for w in row), key=abs)
    if scale == 0.0:
        return 0.0, LinkTerms((0.0,), (0.0,), ((1.0,),))
    return float(scale), terms._replace(weights=tuple(tuple(w / scale for w in row) for row in terms.weights))
