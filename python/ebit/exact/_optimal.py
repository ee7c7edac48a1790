"""The policy under which a small slotted chain delivers soonest, by policy iteration.

A configuration that was tried asks for a choice, a set of nodes that swap; the expected time V that is left
at the start of a slot obeys

    V(s) = 1 + sum_g P(g | s) min_choice sum_s' P(s' | g, choice) V(s').

R. A. Howard's iteration solves this for the choices at hand and takes better ones until there are none.
(A. G. Inesta, G. Vardoyan, L. Scavuzzo, S. Wehner, npj Quantum Information 9, 46 (2023).)
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, TypeAlias

import numpy as np

from ebit._arrays import FloatArray, IntArray
from ebit.chain import Chain, PolicyTable, Slotted
from ebit.exact._answers import SIZE_LIMIT, check
from ebit.exact._graph import DELIVERED, Edges, Graph, check_delivery, totals
from ebit.exact._linear import ExpectedSums
from ebit.exact._markov import check_links
from ebit.exact._parameters import rebuilt
from ebit.exact._refusal import NotCovered
from ebit.exact._rules import common_slot, rules_of
from ebit.exact._slots import Configuration, Rules

Nodes: TypeAlias = dict[Configuration, tuple[int, ...]]

# A choice is better if it saves this share of the time that is left.
_BETTER = 1e-12
# A dozen is many.
_MOST_ITERATIONS = 200


class BestPolicy(NamedTuple):
    """What `optimal_policy` found.

    Attributes
    ----------
    chain : Chain
        With the best policy.
    value : float
        Its mean waiting time in seconds.
    policy : PolicyTable
    iterations : int
        How many policies were solved.

    Examples
    --------
    >>> import ebit
    >>> link, node = ebit.links.ideal(p_success=0.9), ebit.Node(bsm=ebit.BellMeasurement(p_success=0.5))
    >>> chain = ebit.Chain([link] * 4, [node] * 5, ebit.Slotted(cutoff=2.0))
    >>> best = ebit.exact.optimal_policy(chain)
    >>> round(best.value, 6) == round(ebit.exact.waiting_time(best.chain).mean, 6)
    True
    """

    chain: Chain
    value: float
    policy: PolicyTable
    iterations: int


def optimal_policy(chain: Chain, *, size_limit: int = SIZE_LIMIT) -> BestPolicy:
    """Return the policy under which a slotted chain delivers soonest on average.

    Parameters
    ----------
    chain : Chain
        Its protocol is `Slotted`, with one memory per side; the other rules and the cut-offs stay, the
        policy is replaced.
    size_limit : int
        The most entries of a matrix of transitions, and steps of all choices together, at least 16. By
        default some 2900 configurations: 5 links with a cut-off of 3 slots, 4 with one of 5, 6 with one
        of 2.

    Returns
    -------
    BestPolicy
        The best one of all policies that know the links and their ages, and choose in every slot, once,
        any of the nodes that hold two links (not of those that are asked again in the same slot). States
        that it never meets, and those in which nothing swaps, are left out of its table.

    Raises
    ------
    NotCovered
        A ValueError: for more than 8 links, chains that are too large, and where some links are never
        discarded, since a table then has no end.
    ValueError
        If the protocol is another one, or `size_limit` out of range.
    TypeError
        If `chain` is not a Chain.

    References
    ----------
    A. G. Inesta, G. Vardoyan, L. Scavuzzo, S. Wehner, npj Quantum Information 9, 46 (2023).

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.3)] * 3, protocol=ebit.Slotted(cutoff=2.0))
    >>> best = ebit.exact.optimal_policy(chain)
    >>> round(best.value, 6), round(ebit.exact.waiting_time(chain).mean, 6)
    (8.885185, 9.041978)
    """
    limit = check(chain, size_limit)
    protocol = chain.protocol
    if not isinstance(protocol, Slotted):
        raise ValueError(f"chain.protocol = {protocol!r} is not allowed: it must be Slotted")
    found = optimum(rules_of(rebuilt(chain, protocol=replace(protocol, policy="swap_asap"))), limit)
    policy = PolicyTable(found.nodes)
    best = rebuilt(chain, protocol=replace(protocol, policy=policy))
    return BestPolicy(best, found.slots * common_slot(chain), policy, found.iterations)


class Optimum(NamedTuple):
    """The nodes that swap, the mean time in slots, and how many policies were solved."""

    nodes: Nodes
    slots: float
    iterations: int


def optimum(rules: Rules, limit: int) -> Optimum:
    """Return the best policy; that of the rules is of no account."""
    check_links(rules)
    if not rules.all_ages_end:
        raise NotCovered(
            "no table of the optimal policy where some links may have any age: give all of them a cut-off"
        )
    graph = Graph(rules, limit, every_choice=True)
    choice = _every_node(graph)
    for iterations in range(1, _MOST_ITERATIONS):
        steps, _ = graph.transitions(choice)
        if iterations == 1:
            check_delivery(graph, steps)
        value = ExpectedSums(steps, len(graph), limit).solve(np.ones(len(graph)))
        better = _improved(graph, choice, value)
        if (better == choice).all():
            return Optimum(_table(graph, choice, steps), float(value[0]), iterations)
        choice = better
    raise NotCovered(f"no optimal policy within {_MOST_ITERATIONS} iterations")


def _every_node(graph: Graph) -> IntArray:
    """The choices of swap-asap."""
    asap = np.flatnonzero((graph.nodes == graph.tried.able()[graph.source]).all(axis=1))
    choice = np.empty(len(asap), dtype=np.int64)
    choice[graph.source[asap]] = asap
    return choice


def _improved(graph: Graph, choice: IntArray, value: FloatArray) -> IntArray:
    swaps, left = graph.swaps, np.append(value, 0.0)  # none after delivery, number -1
    later = totals(swaps.before, swaps.weight * left[swaps.after], len(graph.source))
    order = np.lexsort((later, graph.source))
    _, first = np.unique(graph.source[order], return_index=True)
    best = order[first]
    return np.where(later[best] < later[choice] * (1.0 - _BETTER), best, choice)


def _table(graph: Graph, choice: IntArray, steps: Edges) -> Nodes:
    """What the policy does where it may get to; where it does not swap is left out."""
    reached = np.zeros(len(graph), dtype=bool)
    new = np.array([0])
    while len(new):
        reached[new] = True
        after = steps.after[steps.from_(new)[1]]
        new = np.unique(after[(after != DELIVERED) & ~reached[after]])
    tried = np.unique(graph.attempts.after[reached[graph.attempts.before]])
    swaps = graph.nodes[choice[tried]]
    acts = swaps.any(axis=1)
    configurations = graph.tried.take(tried[acts]).configurations()
    return {
        links: tuple(np.flatnonzero(nodes).tolist())
        for links, nodes in zip(configurations, swaps[acts], strict=True)
    }
