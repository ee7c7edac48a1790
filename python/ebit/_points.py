"""Numbers that are one for all points of a sweep, or an array with one for each.

Objects keep such numbers as floats (or ints) and read-only arrays; their shapes broadcast to that of
the whole. Descriptions are trees of dicts, lists and such numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, as_floats, as_int

Shape: TypeAlias = tuple[int, ...]
# A float or int, or a read-only array of float64 or int64: as open as NumPy's own scalars and arrays are
# to each other, so that whoever has one point need not care.
Number: TypeAlias = Any
Whole: TypeAlias = Any

_Kind = TypeVar("_Kind")


def number(name: str, value: npt.ArrayLike) -> Number:
    """Return a float, or a read-only float64 array with at least one element; else raise."""
    if type(value) is float:  # as most are, and there are many
        return value
    array = as_floats(name, value)
    return float(array) if array.ndim == 0 else read_only(_not_empty(name, array.copy()))


def optional_number(name: str, value: npt.ArrayLike | None) -> Number | None:
    """Return the same, or None for None; the library reads what is missing from a NaN."""
    given = None if value is None else number(name, value)
    if given is not None and np.isnan(given).any():
        raise ValueError(f"{name} = nan is not allowed: it must be a number")
    return given


def whole_number(name: str, value: npt.ArrayLike) -> Whole:
    """Return an int, or a read-only int64 array with at least one element; else raise."""
    array = np.asarray(value)
    if array.ndim == 0:
        return as_int(name, value)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} = {value!r} is not allowed: it must be an integer or an array of them")
    if array.dtype.kind == "u" and array.size > 0 and int(array.max()) >= 2**63:
        raise ValueError(f"{name} = {int(array.max())} is not allowed: it must fit into 64 bits")
    return read_only(_not_empty(name, array.astype(np.int64)))


def read_only(array: Any) -> Any:
    """Return the array, from now on read-only."""
    array.flags.writeable = False
    return array


def _not_empty(name: str, array: Any) -> Any:
    if array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}: it must have at least one element")
    return array


def per_node(name: str, value: Any) -> tuple[Number, Number]:
    """Return the numbers of nodes a and b, of one number (or array) or a pair of them."""
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise ValueError(
                f"{name} has {len(value)} members: it must be one number, or one for each node (a, b)"
            )
        return number(name, value[0]), number(name, value[1])
    both = number(name, value)
    return both, both


def common_shape(what: str, shapes: Iterable[Shape]) -> Shape:
    """Return what the shapes broadcast to, or raise ValueError."""
    shapes = list(dict.fromkeys(shapes))
    try:
        return shapes[0] if len(shapes) == 1 else np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"the arrays of {what} do not broadcast to one shape: {', '.join(map(str, shapes))}"
        ) from None


def shape_of(what: str, *numbers: Any) -> Shape:
    """Return the shape of numbers taken together (`None` has none)."""
    if not any(isinstance(value, np.ndarray) for value in numbers):
        return ()
    return common_shape(what, (np.shape(value) for value in numbers if value is not None))


def rows(what: str, *numbers: Any) -> tuple[Shape, FloatArray]:
    """Return the shape of the numbers, and one row of doubles for each of its points (None: NaN)."""
    if not any(isinstance(value, np.ndarray) for value in numbers):
        return (), np.array([[np.nan if value is None else value for value in numbers]], dtype=np.float64)
    shape, table = columns(what, *numbers)
    return shape, np.stack(table, axis=1)


def columns(what: str, *numbers: Any) -> tuple[Shape, list[FloatArray]]:
    """Return the shape of the numbers, and the doubles of all its points for each number (None: NaN)."""
    numbers = tuple(np.nan if value is None else value for value in numbers)
    shape = shape_of(what, *numbers)
    if shape == ():
        return shape, [np.array([value], dtype=np.float64) for value in numbers]
    return shape, [np.broadcast_to(value, shape).reshape(-1).astype(np.float64) for value in numbers]


def over(shape: Shape, values: FloatArray, core_shape: Shape = ()) -> Number:
    """Return values by point, shape (n, ...), as a read-only array over `shape`, or a float."""
    array = values.reshape(shape + core_shape)
    return float(array) if array.ndim == 0 else read_only(array)


def position(index: int | tuple[int, ...], shape: Shape) -> tuple[int, ...]:
    """Return the non-negative index of one point, or raise IndexError or TypeError."""
    given = index if isinstance(index, tuple) else (index,)
    place = tuple(as_int("index", i) for i in given)
    if len(place) != len(shape) or not all(-n <= i < n for i, n in zip(place, shape, strict=True)):
        raise IndexError(f"point {index} does not exist: the shape is {shape}")
    return tuple(i % n for i, n in zip(place, shape, strict=True))


def at(tree: Any, place: tuple[int, ...], shape: Shape) -> Any:
    """Return the tree of numbers at one point of `shape`, to which its arrays broadcast."""
    if isinstance(tree, np.ndarray):
        return np.broadcast_to(tree, shape)[place].item()
    if isinstance(tree, Value):
        return tree._at(place, shape)
    if isinstance(tree, dict):
        return {key: at(value, place, shape) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(at(value, place, shape) for value in tree)
    return tree


def plain(tree: Any) -> Any:
    """Return a copy of the tree with nested lists for arrays."""
    if isinstance(tree, np.ndarray):
        return tree.tolist()
    if isinstance(tree, Value):
        return plain(tree._tree)
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(plain(value) for value in tree)
    return tree


def _shapes(tree: Any) -> list[Shape]:
    """The shapes of all arrays in the tree."""
    if isinstance(tree, np.ndarray | Value):
        return [tree.shape]
    members = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list | tuple) else ()
    return [shape for member in members for shape in _shapes(member)]


def identity(tree: Any) -> Any:
    """Return something hashable, equal for equal trees."""
    if isinstance(tree, np.ndarray):
        return tree.shape, (tree + 0).tobytes()  # a zero of -0.0 becomes 0.0
    if isinstance(tree, dict):
        return tuple((key, identity(value)) for key, value in tree.items())
    if isinstance(tree, list | tuple):
        return tuple(identity(value) for value in tree)
    return tree


class Value(ABC):
    """Base of immutable objects that are known by `_tree`, a dict of what makes them again."""

    __slots__ = ()

    @property
    @abstractmethod
    def _tree(self) -> dict[str, Any]: ...

    @property
    def shape(self) -> Shape:
        """Of the points that the numbers are for; () for one."""
        return common_shape(type(self).__name__, _shapes(self._tree))

    def _at(self, place: tuple[int, ...], shape: Shape) -> Self:
        """Return the object of one point of `shape`, to which this one broadcasts."""
        return self if self.shape == () else _again(type(self), at(self._tree, place, shape))

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        assert isinstance(other, Value)
        return self is other or bool(identity(self._tree) == identity(other._tree))

    def __hash__(self) -> int:
        return hash(identity(self._tree))

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self._tree)


def _again(kind: type[_Kind], arguments: dict[str, Any]) -> _Kind:
    return kind(**{name: value for name, value in arguments.items() if name != "model"})
