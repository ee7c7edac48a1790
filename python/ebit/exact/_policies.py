"""Who swaps: policies of slotted chains, for many configurations at a time.

A policy is asked for all nodes; what it says of nodes that do not hold two links is of no account.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

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


class Table:
    """What a table says; a configuration that it does not name swaps nowhere."""

    def __init__(
        self, states: Mapping[tuple[tuple[int, int, int], ...], Sequence[int]], repeats: bool = False
    ):
        self._states = states
        self.repeats = repeats
        # Older ones are not named.
        self.last_age = 1 + max((age for links in states for _, _, age in links), default=-1)

    def nodes(self, links: Links) -> _Nodes:
        rows, segments = links.right.shape
        nodes = np.zeros((rows, segments + 1), dtype=bool)
        for row, configuration in enumerate(links.configurations()):
            nodes[row, list(self._states.get(configuration, ()))] = True
        return nodes


_FUNCTION = ctypes.CFUNCTYPE(
    None, ctypes.c_int64, *[ctypes.POINTER(ctypes.c_int64)] * 2, ctypes.POINTER(ctypes.c_uint8)
)


class Compiled:
    """What a function at an address says, see `ebit.CompiledPolicy`."""

    last_age: int = 0

    def __init__(self, address: int, repeats: bool) -> None:
        self._function = _FUNCTION(address)
        self.repeats = repeats

    def nodes(self, links: Links) -> _Nodes:
        rows, segments = links.right.shape
        right, age = np.full((rows, segments + 1), -1), np.zeros((rows, segments + 1), dtype=np.int64)
        right[:, :segments], age[:, :segments] = links
        nodes = np.zeros((rows, segments + 1), dtype=np.uint8)
        for row in range(rows):
            self._function(
                segments,
                *(x[row].ctypes.data_as(ctypes.POINTER(ctypes.c_int64)) for x in (right, age)),
                nodes[row].ctypes.data_as(ctypes.POINTER(ctypes.c_uint8)),
            )
        return nodes > 0
