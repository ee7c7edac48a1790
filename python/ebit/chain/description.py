"""What a repeater chain is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from ebit._arrays import as_int, require
from ebit._points import Shape, common_shape, position
from ebit.chain.compiled import Sampler, both_ends, distinct, sampler_of, shape_of_chain
from ebit.chain.protocols import (
    Doubling,
    Nested,
    Protocol,
    SwapAsap,
    protocol_from_parameters,
    protocol_parameters,
)
from ebit.chain.slotted import Slotted
from ebit.links import ElementaryLink
from ebit.memory import Memory
from ebit.state import BellMeasurement

_MOST_NODES = 65537


@dataclass(frozen=True, slots=True)
class Node:
    """A network node: its memories and, at a repeater, its Bell measurement.

    Parameters
    ----------
    memory : Memory
        Of every qubit the node stores; a repeater holds one toward each side.
    bsm : BellMeasurement
        What the node swaps with. End nodes do not swap.

    Examples
    --------
    >>> import ebit
    >>> ebit.Node(memory=ebit.Memory(t2=0.1)).bsm.p_success
    1.0
    """

    memory: Memory = field(default_factory=Memory)
    bsm: BellMeasurement = field(default_factory=BellMeasurement)

    def __post_init__(self) -> None:
        require("memory", self.memory, Memory)
        require("bsm", self.bsm, BellMeasurement)

    @property
    def shape(self) -> Shape:
        """Of the points that the numbers of the node are for; () for one."""
        return common_shape("a node", (self.memory.shape, self.bsm.shape))

    def _at(self, place: tuple[int, ...], shape: Shape) -> Node:
        """Return the node of one point of `shape`, to which this one broadcasts."""
        return Node(self.memory._at(place, shape), self.bsm._at(place, shape))

    @property
    def parameters(self) -> dict[str, Any]:
        """What rebuilds the node."""
        return {"memory": self.memory.parameters, "bsm": self.bsm.parameters}


class Chain:
    """A repeater chain: `n` links between ``n + 1`` nodes, and the rules by which they are joined.

    Link ``k`` spans nodes ``k`` and ``k + 1``. Swap outcomes are kept as a Pauli frame and undone at
    delivery on the right end node's qubit; the state of a pair is the average over the outcomes,
    given how long each qubit was stored.

    The numbers of links, nodes and protocol may be arrays. Then this is many chains, the points of a
    sweep: one for every point of the common `shape` to which they broadcast.

    Parameters
    ----------
    links : sequence of ElementaryLink
        From left to right, 1 to 65536 of them.
    nodes : sequence of Node, optional
        One more than the links; by default perfect memories and measurements.
    protocol : SwapAsap, Slotted, Doubling or Nested
    end_nodes : {"measure", "store"} or a pair of them
        Whether the end nodes measure their qubits at once or store them until delivery; a pair gives
        the rule of the left and of the right one.
    pair_decay : {"each", "once"}
        Whether every memory decays for itself, or a waiting pair decays once, at the mean rate of
        its two memories (a convention of some papers; needs storing end nodes).

    Raises
    ------
    ValueError
        For numbers out of range, for a wrong number of nodes, and for combinations that are not
        covered: links of different attempt times where time runs in slots.
    TypeError
        If a link, a node or the protocol is of another type.

    Examples
    --------
    >>> import ebit
    >>> link = ebit.links.ideal(p_success=0.1, fidelity=0.95)
    >>> chain = ebit.Chain([link, link], protocol=ebit.Doubling())
    >>> len(chain)
    2
    >>> memory = ebit.Memory(t2=[[0.1], [1.0]])
    >>> link = ebit.links.ideal(p_success=[0.1, 0.2, 0.4])
    >>> ebit.Chain([link, link], [ebit.Node(memory)] * 3).shape
    (2, 3)
    """

    __slots__ = ("_sampler", "end_nodes", "links", "nodes", "pair_decay", "protocol", "shape")

    links: tuple[ElementaryLink, ...]
    nodes: tuple[Node, ...]
    protocol: Protocol
    end_nodes: str | tuple[str, str]
    pair_decay: str
    shape: Shape
    _sampler: Sampler

    def __init__(
        self,
        links: Iterable[ElementaryLink],
        nodes: Iterable[Node] | None = None,
        protocol: Protocol | None = None,
        end_nodes: str | Sequence[str] = "measure",
        pair_decay: str = "each",
    ) -> None:
        links = _members("links", links, ElementaryLink)
        nodes = (Node(),) * (len(links) + 1) if nodes is None else _members("nodes", nodes, Node)
        protocol = SwapAsap() if protocol is None else protocol
        require("protocol", protocol, SwapAsap, Slotted, Doubling, Nested)
        end_nodes = _end_rules(end_nodes)
        require("pair_decay", pair_decay, str)
        values = (links, nodes, protocol, end_nodes, pair_decay)
        for name, value in zip(
            ("links", "nodes", "protocol", "end_nodes", "pair_decay"), values, strict=True
        ):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "shape", shape_of_chain(links, nodes, protocol))
        object.__setattr__(self, "_sampler", sampler_of(self))

    def point(self, index: int | tuple[int, ...]) -> Chain:
        """Return the chain of one point of the `shape`.

        Parameters
        ----------
        index : int or tuple of int
            As of an array.

        Returns
        -------
        Chain
            With shape ().

        Raises
        ------
        IndexError
            If there is no such point.
        TypeError
            If an index is not an integer.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=[0.1, 0.2, 0.4])])
        >>> chain.point(1).links[0].p_success
        0.2
        """
        place = position(index, self.shape)
        links = {key: link._at(place, self.shape) for key, link in distinct(self.links).items()}
        nodes = {key: node._at(place, self.shape) for key, node in distinct(self.nodes).items()}
        return Chain(
            [links[id(link)] for link in self.links],
            [nodes[id(node)] for node in self.nodes],
            self.protocol._at(place, self.shape),
            self.end_nodes,
            self.pair_decay,
        )

    def stores(self, node: int) -> bool:
        """Return whether a qubit at this node, counted from the left, waits there for the delivery.

        Parameters
        ----------
        node : int
            0 to the number of links.

        Returns
        -------
        bool
            True at repeaters; at an end node by the rule of `end_nodes`.

        Raises
        ------
        ValueError
            If there is no such node.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.1)] * 2, end_nodes=("measure", "store"))
        >>> [chain.stores(node) for node in range(3)]
        [False, True, True]
        """
        if not 0 <= as_int("node", node) <= len(self):
            raise ValueError(f"node = {node} is not allowed: it must be in [0, {len(self)}]")
        ends = dict(zip((0, len(self)), both_ends(self.end_nodes), strict=True))
        return ends.get(node, "store") == "store"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Chain cannot be changed: build a new one with another {name}")

    def __len__(self) -> int:
        """Return the number of links."""
        return len(self.links)

    def __repr__(self) -> str:
        points = f"points {self.shape}, " if self.shape else ""
        return (
            f"Chain({len(self.links)} links, {points}protocol={self.protocol!r}, "
            f"end_nodes={self.end_nodes!r}, pair_decay={self.pair_decay!r})"
        )

    def __eq__(self, other: object) -> bool:
        # Compiled policies of one name have the same parameters.
        return (
            isinstance(other, Chain)
            and self.protocol == other.protocol
            and self.parameters == other.parameters
        )

    def __hash__(self) -> int:
        return hash((len(self.links), self.protocol, self.end_nodes, self.pair_decay))

    def __reduce__(self) -> tuple[object, ...]:
        return Chain, (self.links, self.nodes, self.protocol, self.end_nodes, self.pair_decay)

    @property
    def parameters(self) -> dict[str, Any]:
        """What rebuilds the chain (`Chain.from_parameters`), as plain lists, texts and numbers.

        Arrays are nested lists. Equal neighbours stand once, with their number as `repeat`.
        """
        return {
            "links": _runs(self.links),
            "nodes": _runs(self.nodes),
            "protocol": protocol_parameters(self.protocol),
            "end_nodes": self.end_nodes,
            "pair_decay": self.pair_decay,
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Chain:
        """Return the chain that has these `parameters`, as recorded in the provenance of a result.

        Parameters
        ----------
        parameters : mapping
            As of `Chain.parameters`.

        Returns
        -------
        Chain

        Raises
        ------
        ValueError
            If a part is missing, or out of range.
        TypeError
            If `parameters` is not a mapping.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.1, fidelity=0.95)])
        >>> ebit.Chain.from_parameters(chain.parameters) == chain
        True
        """
        if not isinstance(parameters, Mapping):
            raise TypeError(f"parameters = {parameters!r} is not allowed: it must be a mapping")
        try:
            return cls(
                links=_unrolled(parameters["links"], ElementaryLink.from_parameters),
                nodes=_unrolled(parameters["nodes"], _node),
                protocol=protocol_from_parameters(parameters["protocol"]),
                end_nodes=parameters["end_nodes"],
                pair_decay=parameters["pair_decay"],
            )
        except KeyError as error:
            raise ValueError(f"parameters are not those of a chain: {error} is missing") from None


def _runs(members: Sequence[ElementaryLink | Node]) -> list[dict[str, Any]]:
    """Parameters of every run of equal members, with its length."""
    runs = ((member, len(list(run))) for member, run in groupby(members))
    return [{**member.parameters, "repeat": count} for member, count in runs]


def _unrolled(runs: Iterable[Mapping[str, Any]], build: Callable[[dict[str, Any]], Any]) -> list[Any]:
    members: list[Any] = []
    for run in runs:
        parameters = dict(run)
        count = as_int("repeat", parameters.pop("repeat"))
        if not 1 <= count <= _MOST_NODES:
            raise ValueError(f"repeat = {count} is not allowed: it must be in [1, {_MOST_NODES}]")
        members += [build(parameters)] * count
    return members


def _node(parameters: Mapping[str, Any]) -> Node:
    return Node(Memory.from_parameters(parameters["memory"]), BellMeasurement(**parameters["bsm"]))


def _end_rules(rules: str | Sequence[str]) -> str | tuple[str, str]:
    """One text where both ends have the same rule."""
    if isinstance(rules, str):
        return rules
    if not isinstance(rules, tuple | list) or not all(isinstance(rule, str) for rule in rules):
        raise TypeError(
            f"end_nodes = {rules!r} is not allowed: it must be 'measure' or 'store', or a pair of them"
        )
    if len(rules) != 2:
        raise ValueError(f"end_nodes = {rules!r} is not allowed: it must be one rule, or that of either end")
    left, right = rules
    return left if left == right else (left, right)


def _members(name: str, values: Iterable[Any], kind: type) -> tuple[Any, ...]:
    try:
        members = tuple(values)
    except TypeError:
        raise TypeError(
            f"{name} = {values!r} is not allowed: it must be a sequence of {kind.__name__}"
        ) from None
    for index, member in enumerate(members):
        require(f"{name}.{index}", member, kind)
    return members
