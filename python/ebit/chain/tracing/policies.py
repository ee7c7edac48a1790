"""The policies of slotted chains: which nodes swap, and which links."""

from __future__ import annotations

from collections.abc import Sequence

from ebit.chain.policies import CompiledPolicy, PolicyTable
from ebit.chain.tracing.events import Held

Ends = tuple[int | None, int | None]


def swapping_nodes(
    policy: str | PolicyTable | CompiledPolicy, segments: int, links: Sequence[Held], now: int
) -> set[int]:
    """Return the repeaters that swap, if they hold the links for it."""
    repeaters = set(range(1, segments))
    if not isinstance(policy, str):
        aged = [(link.left, link.right, int(now - link.oldest)) for link in links]
        return repeaters.intersection(policy.swapping(segments, aged))
    if policy == "outer_nodes_first" and sum(link.right - link.left == 1 for link in links) == segments:
        return {1, segments - 1}
    return repeaters


def joined_ends(policy: str | PolicyTable | CompiledPolicy, segments: int) -> dict[int, Ends]:
    """Return, by repeater, where its links must come from and go to; None: from and to anywhere."""
    if policy == "doubling":
        return joins_of_tree(0, segments)
    return dict.fromkeys(range(1, segments), (0 if policy == "sequential" else None, None))


def asks_again(policy: str | PolicyTable | CompiledPolicy) -> bool:
    """Whether the policy is asked again in the same slot after something swapped."""
    return policy.repeats if not isinstance(policy, str) else policy in ("doubling", "sequential")


def joins_of_tree(first: int, last: int) -> dict[int, Ends]:
    """The ends of the link that each node between two nodes makes in the balanced binary tree."""
    if last - first == 1:
        return {}
    middle = first + (last - first + 1) // 2
    return {middle: (first, last), **joins_of_tree(first, middle), **joins_of_tree(middle, last)}
