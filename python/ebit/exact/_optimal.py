"""The policy under which a small slotted chain delivers soonest, by policy iteration.

A configuration that was tried asks for a choice, a set of nodes that swap; the expected time V that is left
at the start of a slot obeys

    V(s) = 1 + sum_g P(g | s) min_choice sum_s' P(s' | g, choice) V(s').

R. A. Howard's iteration solves this for the choices at hand and takes better ones until there are none.
(A. G. Inesta, G. Vardoyan, L. Scavuzzo, S. Wehner, npj Quantum Information 9, 46 (2023).)
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from ebit._arrays import FloatArray, IntArray
from ebit.exact._graph import DELIVERED, Edges, Graph, check_delivery, totals
from ebit.exact._linear import ExpectedSums
from ebit.exact._markov import check_links
from ebit.exact._refusal import NotCovered
from ebit.exact._slots import Configuration, Rules

Nodes: TypeAlias = dict[Configuration, tuple[int, ...]]

# A choice is better if it saves this share of the time that is left.
_BETTER = 1e-12


class Optimum(NamedTuple):
    """The nodes that swap, the mean time in slots, and how many policies were solved."""

    nodes: Nodes
    slots: float
    iterations: int


def optimum(rules: Rules, limit: int) -> Optimum:
    """Return the best policy; that of the rules is of no account."""
    check_links(rules)
    if not rules.counts_all_ages:
        raise NotCovered(
            "no optimal policy where some links are never discarded and others are: those may have any age"
        )
    graph = Graph(rules, limit, every_choice=True)
    choice = _every_node(graph)
    iterations = 0
    while True:
        steps, _ = graph.transitions(choice)
        if iterations == 0:
            check_delivery(graph, steps)
        value = ExpectedSums(steps, len(graph), limit).solve(np.ones(len(graph)))
        iterations += 1
        better = _improved(graph, choice, value)
        if (better == choice).all():
            return Optimum(_table(graph, choice, steps), float(value[0]), iterations)
        choice = better


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
