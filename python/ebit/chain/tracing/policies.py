"""The policies of slotted chains: which nodes swap, given the links that stand."""

from __future__ import annotations

from collections.abc import Iterable

from ebit.chain.tracing.events import Held

Spans = dict[int, tuple[int, int]]


def swapping_nodes(policy: str, segments: int, links: Iterable[Held], now: int) -> set[int]:
    """Return the nodes that swap, among those that hold two links."""
    spans = [(link.left, link.right) for link in links]
    left_of = {right: left for left, right in spans}  # where the link comes from that ends at a node
    right_of = dict(spans)
    ready = {node for node in left_of if node in right_of}
    if policy == "doubling":
        tree = joins_of_tree(0, segments)
        return {node for node in ready if (left_of[node], right_of[node]) == tree[node]}
    if policy == "sequential":
        return {node for node in ready if left_of[node] == 0}
    if policy == "outer_nodes_first" and sum(right - left == 1 for left, right in spans) == segments:
        return ready & {1, segments - 1}
    return ready


def asks_again(policy: str) -> bool:
    """Whether the policy is asked again in the same slot after something swapped."""
    return policy in ("doubling", "sequential")


def joins_of_tree(first: int, last: int) -> Spans:
    """The ends of the link that each node between two nodes makes in the balanced binary tree."""
    if last - first == 1:
        return {}
    middle = first + (last - first + 1) // 2
    return {middle: (first, last), **joins_of_tree(first, middle), **joins_of_tree(middle, last)}
