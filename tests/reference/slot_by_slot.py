"""Slotted chains whose configurations remember how long every memory has stored its qubit.

A link is (left node, right node, age, storage), storage the slots spent by the two memories of each of its
segments, from left to right. Every slot multiplies the possibilities: segments attempt, the nodes that the
policy names swap, a pair between the ends is delivered, old links are discarded. Nothing is merged but
equal configurations, so that the law of the storage times of delivered pairs is known outright; finite only
where cut-offs bound all ages.
"""

import itertools
from collections import defaultdict
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Chain:
    p: tuple
    p_swap: tuple  # by node 0..n
    cutoffs: tuple  # by node 0..n, slots
    policy: object = None  # function of links (left, right, age) -> nodes; None: all
    repeats: bool = False
    one_by_one: bool = False
    regenerate: bool = True
    sequential: bool = False


def elementary(k):
    return (k, k + 1, 0, (0, 0))


def attempting(chain, links):
    free = []
    for k in range(len(chain.p)):
        busy = any(a[0] == k or a[1] == k + 1 for a in links)
        below = any(a[0] <= k and k + 1 <= a[1] for a in links)
        reached = k == 0 or any(a[:2] == (0, k) for a in links)
        if not busy and (chain.regenerate or not below) and (reached or not chain.sequential):
            free.append(k)
    return free


def joined(run):
    return (run[0][0], run[-1][1], max(a[2] for a in run), sum((a[3] for a in run), ()))


def swapping(chain, links):
    nodes = set(range(1, len(chain.p)))
    if chain.policy is not None:
        nodes &= set(chain.policy(tuple(sorted(a[:3] for a in links))))
    return {v for v in nodes if any(a[1] == v for a in links) and any(a[0] == v for a in links)}


def swapped(chain, links, nodes):
    """[(probability, links)] after these nodes tried."""
    if chain.one_by_one:
        outcomes = [(1.0, links)]
        for v in sorted(nodes):
            outcomes = [(w * u, after) for w, before in outcomes for u, after in one_swap(chain, before, v)]
        return outcomes
    outcomes = [(1.0, frozenset(a for a in links if a[0] not in nodes and a[1] not in nodes))]
    for first in sorted(a for a in links if a[0] not in nodes and a[1] in nodes):
        run = [first]
        while run[-1][1] in nodes:
            run += [a for a in links if a[0] == run[-1][1]]
        success = np.prod([chain.p_swap[a[1]] for a in run[:-1]])
        outcomes = [
            (w * u, others | made)
            for w, others in outcomes
            for u, made in ((success, {joined(run)}), (1 - success, set()))
        ]
    return outcomes


def one_swap(chain, links, node):
    left, right = ([a for a in links if a[side] == node] for side in (1, 0))
    if not left or not right:
        return [(1.0, links)]
    rest = links - {left[0], right[0]}
    return [(chain.p_swap[node], rest | {joined([left[0], right[0]])}), (1 - chain.p_swap[node], rest)]


def after_swaps(chain, links, first=True):
    nodes = swapping(chain, links)
    if not nodes or not (first or chain.repeats):
        return [(1.0, links)]
    outcomes = swapped(chain, links, nodes)
    return [(w * u, last) for w, after in outcomes for u, last in after_swaps(chain, after, first=False)]


def aged(chain, links):
    older = set()
    for left, right, age, storage in links:
        if age < min(chain.cutoffs[left], chain.cutoffs[right]):
            storage = (storage[0] + 1, *storage[1:-1], storage[-1] + 1)
            older.add((left, right, age + 1, storage))
    return frozenset(older)


def slot(chain, links):
    """Yield (probability, links or None, storage of the delivered pair or None)."""
    free = attempting(chain, links)
    for hits in itertools.product((0, 1), repeat=len(free)):
        weight = np.prod([chain.p[k] if hit else 1 - chain.p[k] for k, hit in zip(free, hits, strict=True)])
        tried = links | {elementary(k) for k, hit in zip(free, hits, strict=True) if hit}
        for share, after in after_swaps(chain, tried):
            if weight * share == 0.0:
                continue
            ends = [a for a in after if a[:2] == (0, len(chain.p))]
            yield (weight * share, None, ends[0][3]) if ends else (weight * share, aged(chain, after), None)


def solved(chain):
    """(E[T], E[T^2], {storage times of the delivered pair's 2n memories: (probability, E[T; these])})."""
    states, number = [frozenset()], {frozenset(): 0}
    moves, delivered = [], defaultdict(lambda: defaultdict(float))
    for links in states:  # grows while it is walked
        row = defaultdict(float)
        for weight, after, storage in slot(chain, links):
            if after is None:
                delivered[storage][number[links]] += weight
                continue
            if after not in number:
                number[after] = len(states)
                states.append(after)
            row[number[after]] += weight
        moves.append(row)
    q = np.zeros((len(states), len(states)))
    for i, row in enumerate(moves):
        for j, weight in row.items():
            q[i, j] = weight
    stay = np.eye(len(q)) - q
    first = np.linalg.solve(stay, np.ones(len(q)))
    second = np.linalg.solve(stay, 2 * first - 1)
    visits = np.linalg.solve(stay.T, np.eye(len(q))[0])
    slots = np.linalg.solve(stay.T, visits)  # E[slot number; there], the first slot 1
    law = {}
    for storage, row in delivered.items():
        law[storage] = tuple(sum(x[i] * w for i, w in row.items()) for x in (visits, slots))
    return float(first[0]), float(second[0]), law
