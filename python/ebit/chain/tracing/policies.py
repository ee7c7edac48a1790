"""The policies of slotted chains: which nodes swap, and which links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ebit.chain.policies import CompiledPolicy, PolicyTable
from ebit.chain.slotted import Slotted
from ebit.chain.tracing.events import Held

Policy: TypeAlias = str | PolicyTable | CompiledPolicy
Ends: TypeAlias = tuple[int | None, int | None]


def swapping_nodes(rules: Slotted, segments: int, links: Sequence[Held], now: int) -> set[int]:
    """Return the repeaters that swap, if they hold the links for it."""
    policy = rules.policy
    if not isinstance(policy, str):
        aged = [(link.left, link.right, int(now - link.oldest) if sees_ages(rules) else 0) for link in links]
        return set(policy.swapping(segments, aged))
    if policy == "outer_nodes_first" and sum(link.right - link.left == 1 for link in links) == segments:
        return {1, segments - 1}
    return set(range(1, segments))


def joined_ends(policy: Policy, segments: int) -> dict[int, Ends]:
    """Return, by repeater, where its links must come from and go to; None: from and to anywhere."""
    if policy == "doubling":
        return joins_of_tree(0, segments)
    return dict.fromkeys(range(1, segments), (0 if policy == "sequential" else None, None))


def asks_again(policy: Policy) -> bool:
    """Whether the policy is asked again in the same slot after something swapped."""
    return policy in ("doubling", "sequential") if isinstance(policy, str) else policy.repeats


def sees_ages(rules: Slotted) -> bool:
    """Whether the policy may answer otherwise in a slot in which no link comes or goes."""
    if isinstance(rules.policy, PolicyTable):  # in chains that never discard a link all ages are 0
        return bool(min(rules.cutoffs(1)) < float("inf"))
    return isinstance(rules.policy, CompiledPolicy) and rules.policy.uses_age


def joins_of_tree(first: int, last: int) -> dict[int, Ends]:
    """The ends of the link that each node between two nodes makes in the balanced binary tree."""
    if last - first == 1:
        return {}
    middle = first + (last - first + 1) // 2
    return {middle: (first, last), **joins_of_tree(first, middle), **joins_of_tree(middle, last)}
