"""Policies of a user's own: which nodes of a slotted chain swap."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from ebit._arrays import as_bool, as_int

#: Links (left node, right node, age in slots), sorted.
Links: TypeAlias = tuple[tuple[int, int, int], ...]
Nodes: TypeAlias = tuple[int, ...]

_POINTER: Any = ctypes.CFUNCTYPE(None).__base__  # of all function pointers
_INTEGERS = ctypes.POINTER(ctypes.c_int64)
_PROTOTYPE = ctypes.CFUNCTYPE(None, ctypes.c_int64, _INTEGERS, _INTEGERS, ctypes.POINTER(ctypes.c_uint8))


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """A policy as a table: for each state of the chain the nodes that swap.

    A state is what there is after a slot's new links have appeared; in a state that the table does not
    name nothing swaps.

    Parameters
    ----------
    states : mapping, or iterable of pairs
        From the links of a state, each (left node, right node, age in slots), to the nodes that swap;
        each of these holds two links.
    repeats : bool
        Whether the table is asked again in the same slot as long as something swapped.

    Raises
    ------
    ValueError
        If links share a memory, an age is negative, a node that swaps does not hold two links, or a
        state stands twice.
    TypeError
        If `states` is not of this form.

    Examples
    --------
    >>> import ebit
    >>> wait = ebit.PolicyTable({((0, 1, 0), (1, 2, 0)): (1,), ((0, 1, 1), (1, 2, 0)): (1,)})
    >>> wait.states[(0, 1, 0), (1, 2, 0)]
    (1,)
    """

    states: Mapping[Links, Nodes]
    repeats: bool = False

    def __post_init__(self) -> None:
        table: dict[Links, Nodes] = {}
        for links, nodes in _pairs(self.states):
            state, swapping = _checked(links, nodes)
            if state in table:
                raise ValueError(f"states names {state} twice")
            table[state] = swapping
        object.__setattr__(self, "states", MappingProxyType(dict(sorted(table.items()))))
        object.__setattr__(self, "repeats", as_bool("repeats", self.repeats))

    def __hash__(self) -> int:
        return hash((tuple(self.states.items()), self.repeats))

    def __reduce__(self) -> tuple[object, ...]:
        return PolicyTable, (dict(self.states), self.repeats)

    def swapping(self, segments: int, links: Iterable[tuple[int, int, int]]) -> Nodes:
        """Return the nodes that swap in a state.

        Parameters
        ----------
        segments : int
            How many links the chain has; of no account for a table.
        links : iterable of (left node, right node, age in slots)

        Returns
        -------
        tuple of int

        Examples
        --------
        >>> import ebit
        >>> ebit.PolicyTable({((0, 1, 0), (1, 2, 0)): (1,)}).swapping(2, [(1, 2, 0), (0, 1, 0)])
        (1,)
        """
        return self.states.get(tuple(sorted(links)), ())

    @property
    def parameters(self) -> dict[str, Any]:
        """What rebuilds the table, as plain lists and numbers."""
        states = [[list(map(list, links)), list(nodes)] for links, nodes in self.states.items()]
        return {"kind": "table", "states": states, "repeats": self.repeats}


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy as a compiled function, called in every slot in which its answer may be another one.

    The C signature is ``void (int64_t segments, const int64_t *right_of, const int64_t *age, uint8_t
    *swap)``: ``right_of[i]`` is the node at the right end of the link that leaves node i to the right, or
    -1; ``age[i]`` is the age of that link in slots; the function sets ``swap[i]`` (``segments + 1`` zeros)
    to 1 for the nodes that swap. Answers for nodes that do not hold two links are ignored. The function
    must answer from its arguments alone, and be safe to call from several threads.

    Parameters
    ----------
    function : numba cfunc, ctypes function pointer, or object with an integer `address`
        Kept alive as long as the policy.
    name : str, optional
        What results call it; by default the function's own name.
    repeats : bool
        Whether it is asked again in the same slot as long as something swapped.
    uses_age : bool
        Whether its answers depend on ages. If not, it is not asked in slots in which no link comes or
        goes, which are then skipped.

    Raises
    ------
    TypeError
        If `function` has no address, or `name` is not a text.

    Examples
    --------
    >>> import ctypes, ebit
    >>> prototype = ctypes.CFUNCTYPE(
    ...     None, ctypes.c_int64, *[ctypes.POINTER(ctypes.c_int64)] * 2, ctypes.POINTER(ctypes.c_uint8)
    ... )
    >>> def middle(segments, right_of, age, swap):
    ...     swap[segments // 2] = 1
    >>> ebit.CompiledPolicy(prototype(middle), name="middle").name
    'middle'
    """

    function: Any = field(compare=False, repr=False)
    name: str = ""
    repeats: bool = False
    uses_age: bool = True
    address: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"name = {self.name!r} is not allowed: it must be a text")
        own = getattr(self.function, "__name__", "compiled")
        object.__setattr__(self, "name", self.name or own)
        object.__setattr__(self, "address", _address(self.function))
        for option in ("repeats", "uses_age"):
            object.__setattr__(self, option, as_bool(option, getattr(self, option)))

    def swapping(self, segments: int, links: Iterable[tuple[int, int, int]]) -> Nodes:
        """Return the nodes that the function names in a state, those that do not hold two links included.

        Parameters
        ----------
        segments : int
            How many links the chain has.
        links : iterable of (left node, right node, age in slots)

        Returns
        -------
        tuple of int

        Examples
        --------
        >>> import ctypes, ebit
        >>> pointers = [ctypes.POINTER(ctypes.c_int64)] * 2 + [ctypes.POINTER(ctypes.c_uint8)]
        >>> @ctypes.CFUNCTYPE(None, ctypes.c_int64, *pointers)
        ... def old(segments, right_of, age, swap):
        ...     for node in range(1, segments):
        ...         swap[node] = age[node] > 1
        >>> ebit.CompiledPolicy(old, "old").swapping(3, [(0, 1, 4), (1, 2, 2)])
        (1,)
        """
        right_of, age = (
            (ctypes.c_int64 * (segments + 1))(*[-1] * (segments + 1)),
            (ctypes.c_int64 * (segments + 1))(),
        )
        swap = (ctypes.c_uint8 * (segments + 1))()
        for left, right, slots in links:
            right_of[left], age[left] = right, slots
        _PROTOTYPE(self.address)(segments, right_of, age, swap)
        return tuple(node for node in range(1, segments) if swap[node])

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(f"the compiled policy {self.name} cannot be copied: it is an address in this process")

    @property
    def parameters(self) -> dict[str, Any]:
        """What is known of the policy; it cannot be rebuilt from that."""
        return {"kind": "compiled", "name": self.name, "repeats": self.repeats, "uses_age": self.uses_age}


def policy_from_parameters(parameters: str | Mapping[str, Any]) -> str | PolicyTable:
    """Return the policy that has these `parameters`."""
    if not isinstance(parameters, Mapping):
        return parameters
    if parameters.get("kind") == "compiled":
        raise ValueError(
            f"the compiled policy {parameters.get('name')} cannot be rebuilt from its name: give its function"
        )
    return PolicyTable(parameters["states"], parameters["repeats"])


def _pairs(states: object) -> Iterable[tuple[Any, Any]]:
    pairs = states.items() if isinstance(states, Mapping) else states
    try:
        return [(links, nodes) for links, nodes in pairs]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise TypeError("states is not allowed: it must map links to nodes") from None


def _checked(links: object, nodes: object) -> tuple[Links, Nodes]:
    try:
        state = tuple(sorted((_int(a), _int(b), _int(age)) for a, b, age in links))  # type: ignore[attr-defined]
        swapping = tuple(sorted({_int(node) for node in nodes}))  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise TypeError(
            f"states maps {links!r} to {nodes!r}: it must map links (left, right, age) to nodes"
        ) from None
    lefts, rights = {a for a, _, _ in state}, {b for _, b, _ in state}
    if len(lefts) < len(state) or len(rights) < len(state):
        raise ValueError(f"states names {state}, in which two links share a memory")
    for left, right, age in state:
        if not 0 <= left < right or age < 0:
            raise ValueError(
                f"states names the link {(left, right, age)}: it must be left to right, age >= 0"
            )
    for node in swapping:
        if node not in lefts or node not in rights:
            raise ValueError(f"states lets node {node} swap in {state}, where it does not hold two links")
    return state, swapping


def _int(value: object) -> int:
    return as_int("states", value)


def _address(function: object) -> int:
    if isinstance(function, _POINTER):
        address = ctypes.cast(function, ctypes.c_void_p).value
    else:
        address = getattr(function, "address", None)
    if isinstance(address, bool) or not isinstance(address, int) or address <= 0:
        raise TypeError(
            f"function = {function!r} is not allowed: it must be a numba cfunc, a ctypes function pointer or "
            "an object with an address"
        )
    return address
