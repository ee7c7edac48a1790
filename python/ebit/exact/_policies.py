"""Who swaps: policies of slotted chains, for many configurations at a time.

A policy is asked for all nodes; what it says of nodes that do not hold two links is of no account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit.chain import CompiledPolicy, PolicyTable

if TYPE_CHECKING:
    from ebit.exact._slots import Links

_Nodes: TypeAlias = npt.NDArray[np.bool]


class Policy(Protocol):
    """Which nodes, 0 .. n, swap.

    Attributes
    ----------
    repeats : bool
        Whether it is asked again in the same slot until nothing swaps.
    last_age : int
        The last age that it tells from later ones.
    """

    @property
    def repeats(self) -> bool: ...
    @property
    def last_age(self) -> int: ...

    def nodes(self, links: Links) -> _Nodes:
        """Return the nodes that swap, shape (rows, segments + 1)."""
        ...


class _AgeBlind:
    repeats: bool = False
    last_age: int = 0


class EveryNode(_AgeBlind):
    """Swap-asap."""

    def nodes(self, links: Links) -> _Nodes:
        rows, segments = links.right.shape
        return np.ones((rows, segments + 1), dtype=bool)


class Joining(_AgeBlind):
    """A node swaps only links that reach just to given ends (right -1: any), by node."""

    repeats = True

    def __init__(self, ends: Mapping[int, tuple[int, int]]) -> None:
        self._ends = ends

    def nodes(self, links: Links) -> _Nodes:
        rows, segments = links.right.shape
        nodes = np.zeros((rows, segments + 1), dtype=bool)
        for node, (left, right) in self._ends.items():
            nodes[:, node] = links.right[:, left] == node
            if right >= 0:
                nodes[:, node] &= links.right[:, node] == right
        return nodes


class OuterNodesFirst(_AgeBlind):
    """Of four segments: while all four elementary links are there, nodes 1 and 3 alone."""

    def nodes(self, links: Links) -> _Nodes:
        nodes = np.ones((len(links.right), 5), dtype=bool)
        nodes[:, 2] = (links.right != np.arange(1, 5)).any(axis=1)
        return nodes


class Asked:
    """What a table or a function of a user says, one configuration after another."""

    def __init__(self, policy: PolicyTable | CompiledPolicy) -> None:
        self._policy = policy
        self.repeats = policy.repeats
        # Older links are not named in a table.
        states = policy.states if isinstance(policy, PolicyTable) else ()
        self.last_age = 1 + max((age for links in states for _, _, age in links), default=-1)

    def nodes(self, links: Links) -> _Nodes:
        rows, segments = links.right.shape
        nodes = np.zeros((rows, segments + 1), dtype=bool)
        for row, configuration in enumerate(links.configurations()):
            nodes[row, list(self._policy.swapping(segments, configuration))] = True
        return nodes
