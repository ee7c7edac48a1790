"""What kind of protocol a chain has, and the rules of its slots."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from ebit.chain import Chain, CompiledPolicy, Doubling, Nested, PolicyTable, Slotted, SwapAsap
from ebit.exact._nested import Span, doubling_tree
from ebit.exact._policies import Asked, EveryNode, Joining, OuterNodesFirst, Policy
from ebit.exact._refusal import NotCovered
from ebit.exact._slots import Rules


def is_tree(chain: Chain) -> bool:
    """Return whether pairs are joined along a binary tree that restarts where a swap fails."""
    return isinstance(chain.protocol, Doubling | Nested)


def is_word(chain: Chain) -> bool:
    """Return whether a nested protocol distils or gives up: then it is no tree of swaps alone."""
    protocol = chain.protocol
    return isinstance(protocol, Nested) and any(
        operation != "swap" or kind != "none" for operation, kind, _ in protocol.levels
    )


def keeps_all_links(chain: Chain) -> bool:
    """Return whether no link is lost, nor kept from attempting: then the latest one delivers."""
    protocol = chain.protocol
    if isinstance(protocol, Slotted) and protocol.memories > 1:
        return False
    if len(chain) > 1 and isinstance(protocol, Slotted):
        is_free = protocol.generation == "parallel"
        at_once = protocol.policy in ("swap_asap", "doubling", "sequential")
        if not (is_free and at_once) or any(c is not None for c in _cutoffs(chain, protocol)):
            return False
    return all(node.bsm.p_success == 1.0 for node in chain.nodes[1:-1])


def swaps_at_once(chain: Chain) -> bool:
    """Return whether every node swaps, certainly, as soon as both of its links are there."""
    protocol = chain.protocol
    asap = isinstance(protocol, SwapAsap) or getattr(protocol, "policy", None) == "swap_asap"
    return keeps_all_links(chain) and (asap or len(chain) == 1)


def rules_of(chain: Chain) -> Rules:
    """Return the slots of a chain."""
    p = tuple(link.p_success for link in chain.links)
    p_swap = tuple(node.bsm.p_success for node in chain.nodes)
    protocol = chain.protocol
    if isinstance(protocol, Doubling | Nested):
        return Rules(p, p_swap, _along_tree(len(chain)), regenerate=False)
    slotted = protocol if isinstance(protocol, Slotted) else Slotted()
    if slotted.memories > 1:
        raise NotCovered(f"no exact answer for memories = {slotted.memories}: nodes have one per side")
    rules = Rules(
        p,
        p_swap,
        _policy(slotted.policy, len(chain)),
        one_by_one=slotted.failed_swap == "left_to_right",
        regenerate=slotted.hidden_segments == "regenerate",
        sequential=slotted.generation == "sequential",
        cutoffs=_cutoffs(chain, slotted),
    )
    uses_age = isinstance(slotted.policy, CompiledPolicy) and slotted.policy.uses_age
    if uses_age and not rules.all_ages_end:
        raise NotCovered(
            "no exact answer for a compiled policy that looks at ages, which have no end: give all links a "
            "cut-off, or say uses_age=False"
        )
    return rules


def common_slot(chain: Chain) -> float:
    """Return the attempt time of all links, in seconds."""
    times: list[float] = sorted({link.attempt_time for link in chain.links})
    if len(times) > 1:
        raise NotCovered(
            f"no exact answer for links of different attempt times ({times[0]} and {times[-1]} s)"
        )
    return times[0]


def in_slots(seconds: float, slot: float) -> float:
    """Return a time in slots; what is a whole number of them but for rounding is that number."""
    slots = seconds / slot
    whole = math.floor(slots * (1.0 + 1e-12)) if slots < 2.0**53 else 0
    return float(whole) if slots <= whole * (1.0 + 1e-12) else slots


def whole_slots(seconds: float, slot: float) -> int | None:
    """Return how many slots fit."""
    slots = in_slots(seconds, slot)
    return math.floor(slots) if slots < 2.0**53 else None


def _cutoffs(chain: Chain, slotted: Slotted) -> tuple[int | None, ...]:
    slot = common_slot(chain)
    return tuple(whole_slots(cutoff, slot) for cutoff in slotted.cutoffs(len(chain.nodes)))


def _policy(policy: str | PolicyTable | CompiledPolicy, segments: int) -> Policy:
    if not isinstance(policy, str):
        return Asked(policy)
    built_in: dict[str, Callable[[], Policy]] = {
        "swap_asap": EveryNode,
        "doubling": lambda: _along_tree(segments),
        "outer_nodes_first": OuterNodesFirst,
        "sequential": lambda: Joining(dict.fromkeys(range(1, segments), (0, -1))),
    }
    return built_in[policy]()


def _along_tree(segments: int) -> Joining:
    return Joining(dict(_joints(doubling_tree(0, segments - 1))))


def _joints(span: Span) -> Iterator[tuple[int, tuple[int, int]]]:
    """The nodes of a tree, each with the ends of the links that it joins."""
    if span.parts is not None:
        for part in span.parts:
            yield from _joints(part)
        yield span.node, (span.first, span.last + 1)
