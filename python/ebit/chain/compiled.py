"""A chain as the library takes it: rules, and numbers of one point or of many."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ebit import _core
from ebit._arrays import FloatArray
from ebit._points import Number, Shape, common_shape
from ebit.chain.policies import CompiledPolicy, PolicyTable
from ebit.chain.protocols import Nested, Protocol, SwapAsap
from ebit.chain.slotted import Slotted
from ebit.links import ElementaryLink

if TYPE_CHECKING:
    from ebit.chain.description import Chain, Node

_Member = TypeVar("_Member")

Sampler = _core.Sampler | _core.PointsSampler


def shape_of_chain(links: Iterable[ElementaryLink], nodes: Iterable[Node], protocol: Protocol) -> Shape:
    """Return what the shapes of all parts broadcast to."""
    parts = [*distinct(links).values(), *distinct(nodes).values(), protocol]
    return common_shape("the chain", (part.shape for part in parts))


def sampler_of(chain: Chain) -> Sampler:
    """Return the library's sampler of a chain; ValueError names what is not allowed."""
    try:
        return _points_sampler(chain) if chain.shape else _sampler(chain)
    except ValueError as error:
        text = re.sub(r"^levels\.(\d+)\.cutoff", r"protocol.cutoffs.\1.value", str(error))
        text = re.sub(r"^(slotted\.|(?=global_cutoff))", "protocol.", text)
        text = re.sub(r"(?<=\(at point )\d+(?=\)$)", lambda n: _place(int(n[0]), chain.shape), text)
        raise ValueError(text) from None


def _place(number: int, shape: Shape) -> str:
    return str(tuple(map(int, np.unravel_index(number, shape))))


def _sampler(chain: Chain) -> _core.Sampler:
    links, link_of = _tables(chain.links, (), _link_numbers)
    nodes, node_of = _tables(chain.nodes, (), _node_numbers)
    link_rows = np.concatenate(links or [np.empty((0, 18))])[link_of]
    node_rows = np.concatenate(nodes or [np.empty((0, 7))])[node_of]
    numbers, states = np.ascontiguousarray(link_rows[:, :2]), np.ascontiguousarray(link_rows[:, 2:])
    return _core.Sampler(_rules(chain), numbers, states, node_rows)


def _points_sampler(chain: Chain) -> _core.PointsSampler:
    links, link_of = _tables(chain.links, chain.shape, _link_numbers)
    nodes, node_of = _tables(chain.nodes, chain.shape, _node_numbers)
    cutoffs = _table(_cutoffs(chain), chain.protocol.shape, chain.shape)
    return _core.PointsSampler(_rules(chain), math.prod(chain.shape), links, link_of, nodes, node_of, cutoffs)


def distinct(members: Iterable[_Member]) -> dict[int, _Member]:
    """Return members by identity: those that are the same object are looked at once."""
    return {id(member): member for member in members}


def _tables(
    members: Sequence[Any], shape: Shape, numbers: Callable[[Any], list[Any]]
) -> tuple[list[FloatArray], list[int]]:
    """The tables of distinct members, and which one each member has."""
    by_identity = distinct(members)
    place = {key: number for number, key in enumerate(by_identity)}
    tables = [_table(numbers(member), member.shape, shape) for member in by_identity.values()]
    return tables, [place[id(member)] for member in members]


def _table(numbers: Sequence[Number], own: Shape, shape: Shape) -> FloatArray:
    """A row of numbers, or one for each point of `shape` if they have a shape of their own."""
    if own == ():
        return np.array([numbers], dtype=np.float64).reshape(1, -1)
    columns = [np.broadcast_to(number, shape).reshape(-1) for number in numbers]
    return np.stack(columns, axis=1).astype(np.float64, copy=False)


def _link_numbers(link: ElementaryLink) -> list[Number]:
    state = np.moveaxis(link.state.reshape(*link.shape, 16), -1, 0)
    return [link.p_success, link.attempt_time, *state]


def _node_numbers(node: Node) -> list[Number]:
    bsm = node.bsm
    readout = (bsm.p_success, bsm.p_replace, bsm.p_readout_error)
    return [*node.memory.rates, node.memory.equilibrium_z, *readout]


def _cutoffs(chain: Chain) -> Sequence[Number]:
    """The cut-offs that may differ from point to point."""
    protocol = chain.protocol
    if isinstance(protocol, Nested):
        return [cutoff.value for cutoff in protocol.cutoffs]
    if isinstance(protocol, SwapAsap):
        return [protocol.global_cutoff]
    return _slotted_cutoffs(protocol, len(chain.nodes)) if isinstance(protocol, Slotted) else ()


def _slotted_cutoffs(protocol: Slotted, nodes: int) -> Sequence[Number]:
    never = isinstance(protocol.cutoff, float) and protocol.cutoff == math.inf
    return () if never else protocol.cutoffs(nodes)


def _rules(chain: Chain) -> _core.ChainRules:
    """What is not a number, or is that of any point."""
    protocol = chain.protocol
    levels = protocol.levels if isinstance(protocol, Nested) else []
    slotted = _slotted_rules(protocol if isinstance(protocol, Slotted) else Slotted(), len(chain.nodes))
    level_rules = [(operation, kind, _any(value)) for operation, kind, value in levels]
    give_up = _any(protocol.global_cutoff) if isinstance(protocol, SwapAsap) else math.inf
    ends = both_ends(chain.end_nodes)
    return _core.ChainRules(protocol.kind, ends, chain.pair_decay, give_up, slotted, level_rules)


def _slotted_rules(protocol: Slotted, nodes: int) -> _core.SlottedRules:
    policy = protocol.policy
    table = (
        [(list(links), list(swap)) for links, swap in policy.states.items()]
        if isinstance(policy, PolicyTable)
        else []
    )
    compiled = policy if isinstance(policy, CompiledPolicy) else None
    return _core.SlottedRules(
        policy if isinstance(policy, str) else policy.parameters["kind"],
        table,
        compiled.address if compiled else 0,
        False if isinstance(policy, str) else policy.repeats,
        compiled.uses_age if compiled else True,
        protocol.failed_swap,
        protocol.hidden_segments,
        protocol.generation,
        [_any(seconds) for seconds in _slotted_cutoffs(protocol, nodes)],
        protocol.memories,
        protocol.matching,
    )


def both_ends(rules: str | tuple[str, str]) -> tuple[str, str]:
    """Return the rule of the left and of the right end."""
    return (rules, rules) if isinstance(rules, str) else rules


def _any(number: Number) -> float:
    return float(np.ravel(number)[0])
