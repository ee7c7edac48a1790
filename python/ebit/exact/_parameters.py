"""Chains with one parameter changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ebit._arrays import FloatArray
from ebit.chain import Chain, CutOff, Nested, Node, Slotted, SwapAsap
from ebit.exact._refusal import NotCovered
from ebit.links import ElementaryLink
from ebit.memory import Memory

#: The chain with a parameter changed by so much, or a cut-off of so much.
Change: TypeAlias = Callable[[float], Chain]


class Parameter(NamedTuple):
    """The chain with it changed by so much, its smallest value, and by how much it may grow."""

    changed: Change
    value: float
    room: float


def parameter(chain: Chain, name: str) -> Parameter:
    """Return a parameter by its name."""
    if not isinstance(name, str):
        raise TypeError(f"with_respect_to = {name!r} is not allowed: it must be texts")
    kind, _, index = name.partition(".")
    if kind not in _KINDS:
        allowed = ", ".join(map(repr, _KINDS))
        raise ValueError(f"with_respect_to = {name!r} is not allowed: it must be one of {allowed}")
    members = len(chain) if kind in ("p_success", "fidelity") else len(chain.nodes)
    if index and not (index.isdecimal() and int(index) < members):
        raise ValueError(f"with_respect_to = {name!r} is not allowed: its number must be below {members}")
    cutoffs = chain.protocol.cutoffs if isinstance(chain.protocol, Nested) else ()
    if kind in ("t2", "fidelity") and any(cutoff.kind == "fidelity" for cutoff in cutoffs):
        raise NotCovered(f"no derivative with respect to {kind}: with a fidelity cut-off figures jump")
    return _KINDS[kind](chain, [int(index)] if index else None)


def _of_p_success(chain: Chain, which: list[int] | None) -> Parameter:
    places = which or range(len(chain))
    values = [chain.links[k].p_success for k in places]

    def changed(by: float) -> Chain:
        links = list(chain.links)
        for k in places:
            links[k] = _link(links[k], p_success=links[k].p_success + by)
        return rebuilt(chain, links=links)

    return Parameter(changed, min(values), 1.0 - max(values))


def _of_fidelity(chain: Chain, which: list[int] | None) -> Parameter:
    places = which or range(len(chain))
    mixed = np.diag([1.0, 0.0, 0.0, 0.0])
    # A state C is worse by dF as C - dF (C - I/4) / (F - 1/4).
    above = [fidelity(chain.links[k].state) - 0.25 for k in places]
    if min(above) <= 0.0:
        raise ValueError("with_respect_to = 'fidelity' is not allowed: a link has a fidelity of 1/4 or less")

    def changed(by: float) -> Chain:
        links = list(chain.links)
        for k, own in zip(places, above, strict=True):
            state = links[k].state
            links[k] = _link(links[k], state=state + by / own * (state - mixed))
        return rebuilt(chain, links=links)

    return Parameter(changed, min(above), 0.0)


def _of_p_swap(chain: Chain, which: list[int] | None) -> Parameter:
    places = which or range(1, len(chain))
    values = [chain.nodes[k].bsm.p_success for k in places]

    def changed(by: float) -> Chain:
        nodes = list(chain.nodes)
        for k in places:
            bsm = nodes[k].bsm
            nodes[k] = replace(nodes[k], bsm=replace(bsm, p_success=bsm.p_success + by))
        return rebuilt(chain, nodes=nodes)

    return Parameter(changed, min(values, default=math.inf), 1.0 - max(values, default=0.0))


def _of_t2(chain: Chain, which: list[int] | None) -> Parameter:
    places = which or range(len(chain.nodes))
    for k in places:
        if chain.nodes[k].memory.parameters["model"] != "relaxation":
            raise ValueError(f"with_respect_to = 't2' is not allowed: nodes.{k}.memory has no t2")
    memories = {k: dict(chain.nodes[k].memory.parameters) for k in places}
    # What never decays does not feel a finite change.
    finite = {k: m for k, m in memories.items() if math.isfinite(m["t2"])}
    room = min((2.0 * m["t1"] - m["t2"] for m in finite.values()), default=math.inf)

    def changed(by: float) -> Chain:
        nodes = list(chain.nodes)
        for k, m in finite.items():
            memory = Memory(m["t1"], m["t2"] + by, m["excited_population"])
            nodes[k] = Node(memory, nodes[k].bsm)
        return rebuilt(chain, nodes=nodes)

    return Parameter(changed, min((m["t2"] for m in finite.values()), default=math.inf), room)


_KINDS: dict[str, Callable[[Chain, list[int] | None], Parameter]] = {
    "p_success": _of_p_success,
    "p_swap": _of_p_swap,
    "t2": _of_t2,
    "fidelity": _of_fidelity,
}


def rebuilt(chain: Chain, **parts: Any) -> Chain:
    """Return a chain with other parts."""
    own = {name: getattr(chain, name) for name in ("links", "nodes", "protocol", "end_nodes", "pair_decay")}
    return Chain(**(own | parts))


def _link(
    link: ElementaryLink, p_success: float | None = None, state: FloatArray | None = None
) -> ElementaryLink:
    return ElementaryLink(
        link.p_success if p_success is None else p_success,
        link.attempt_time,
        state=link.state if state is None else state,
    )


def fidelity(state: FloatArray) -> float:
    """Return the fidelity of correlations, or their change from a change of correlations."""
    return float(state[0, 0] + state[1, 1] - state[2, 2] + state[3, 3]) / 4.0


def cutoffs(chain: Chain) -> Iterable[tuple[str, float, Change]]:
    """Yield name and value of every finite cut-off in time, and the chain with another one."""
    protocol = chain.protocol
    if isinstance(protocol, SwapAsap) and math.isfinite(protocol.global_cutoff):
        yield (
            "global_cutoff",
            protocol.global_cutoff,
            lambda value: rebuilt(chain, protocol=SwapAsap(global_cutoff=value)),
        )
    if isinstance(protocol, Slotted):
        values = protocol.cutoff if isinstance(protocol.cutoff, tuple) else (protocol.cutoff,)
        for place, own in enumerate(values):
            name = f"cutoff.{place}" if isinstance(protocol.cutoff, tuple) else "cutoff"

            def with_one(value: float, place: int = place) -> Chain:
                others = (*values[:place], value, *values[place + 1 :])
                cutoff = others if isinstance(protocol.cutoff, tuple) else value
                return rebuilt(chain, protocol=replace(protocol, cutoff=cutoff))

            if math.isfinite(own):
                yield name, own, with_one
    if isinstance(protocol, Nested):
        for level, cutoff in enumerate(protocol.cutoffs):

            def with_level(value: float, level: int = level, kind: str = cutoff.kind) -> Chain:
                cutoffs = list(protocol.cutoffs)
                cutoffs[level] = CutOff(kind, value)
                return rebuilt(chain, protocol=Nested(protocol.word, cutoffs))

            if cutoff.kind in ("memory_time", "run_time"):
                yield f"cutoffs.{level}", cutoff.value, with_level
