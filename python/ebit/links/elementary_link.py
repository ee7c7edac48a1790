"""The canonical form of a heralded link."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, as_floats, one_of
from ebit._points import (
    Number,
    Shape,
    Whole,
    at,
    common_shape,
    identity,
    number,
    over,
    plain,
    read_only,
    whole_number,
)

_PAIR = (4, 4)


def _correlations(state: Any) -> FloatArray:
    array = as_floats("state", getattr(state, "correlations", state))
    if array.shape[-2:] != _PAIR or array.size == 0:
        raise ValueError(f"state has shape {array.shape}: it must be a 4x4 correlation matrix, (..., 4, 4)")
    return array


def _table(
    shape: Shape,
    state: FloatArray,
    p_success: Number,
    attempt_time: Number,
    transmissivity: Number,
    modes: Whole,
) -> FloatArray:
    """One row for each point, as the library takes a link."""
    if shape == ():
        return np.array([[p_success, attempt_time, *state.reshape(-1).tolist(), transmissivity, modes]])
    numbers = (p_success, attempt_time, transmissivity, modes)
    p, time, medium, counted = (np.broadcast_to(value, shape).reshape(-1) for value in numbers)
    states = np.broadcast_to(state, shape + _PAIR).reshape(-1, 16)
    return np.column_stack([p, time, states, medium, counted])


# How the links of each scheme are made again from their parameters; `ebit.links.schemes` adds to it.
builders: dict[str, Callable[..., ElementaryLink]] = {}

# Schemes whose photons are in either of two bins or polarisations: two optical modes per attempt and mode.
_DUAL_RAIL = ("double_click", "spdc_midpoint")


@dataclass(frozen=True, slots=True, init=False, eq=False)
class ElementaryLink:
    """A heralded link, as a repeater chain sees it.

    Usually made by one of the schemes in `ebit.links`. Every number may be an array: a link for every
    point of a sweep. Then the attributes are read-only arrays over the common `shape`, to which the
    parameters broadcast.

    Parameters
    ----------
    p_success : float or array_like
        Probability that one attempt heralds a pair, all modes together; at least 1e-12.
    attempt_time : float or array_like, default 1
        Seconds from one attempt to the next.
    state : array_like, shape (..., 4, 4), or object with `.correlations`
        The heralded pair, C[i, j] = tr(P_i (x) P_j rho) with target Phi+. The attribute is read-only.
    transmissivity : float or array_like, optional
        Of the medium alone, end to end and per mode; NaN if there is none. A station in the middle
        counts as a repeater: the capacity bound of a single-click link is that of its arms.
    modes : int or array_like, default 1
        Multiplexed modes that one attempt tries; see `optical_modes`.

    Raises
    ------
    ValueError
        If a number is out of range, `state` is not a state of pairs, or shapes do not broadcast.
    TypeError
        If something is not a number, or `state` not an array of them.

    Examples
    --------
    >>> import numpy as np
    >>> link = ElementaryLink(0.01, 1e-3, state=np.diag([1.0, 0.9, -0.9, 0.9]))
    >>> link.p_success / link.attempt_time
    10.0
    >>> link = ElementaryLink([0.01, 0.02], state=link.state)
    >>> link.shape, link.state.shape
    ((2,), (2, 4, 4))
    """

    p_success: Number
    attempt_time: Number
    state: FloatArray
    transmissivity: Number
    modes: Whole
    _tree: dict[str, Any] = field(repr=False)

    def __init__(
        self,
        p_success: npt.ArrayLike,
        attempt_time: npt.ArrayLike = 1.0,
        *,
        state: Any,
        transmissivity: npt.ArrayLike = math.nan,
        modes: npt.ArrayLike = 1,
    ) -> None:
        numbers = {
            "p_success": number("p_success", p_success),
            "attempt_time": number("attempt_time", attempt_time),
            "transmissivity": number("transmissivity", transmissivity),
            "modes": whole_number("modes", modes),
        }
        matrices = _correlations(state)
        shapes = [np.shape(value) for value in numbers.values()]
        shape = common_shape("a link", [*shapes, matrices.shape[:-2]])
        table = _table(shape, matrices, **numbers)
        _core.check_elementary_link(table)
        known = numbers["transmissivity"]
        described = {
            **numbers,
            "state": read_only(matrices.copy()),
            "transmissivity": None if isinstance(known, float) and math.isnan(known) else known,
        }
        order = ("p_success", "attempt_time", "state", "transmissivity", "modes")
        tree = {"scheme": "custom", **{name: described[name] for name in order}}
        self._fill(shape, table, numbers["modes"], tree)

    def _fill(self, shape: Shape, table: FloatArray, modes: Whole, tree: dict[str, Any]) -> None:
        p, time, states, medium = table[:, 0], table[:, 1], table[:, 2:18], table[:, 18]
        values = {
            "p_success": over(shape, p.copy()),
            "attempt_time": over(shape, time.copy()),
            "state": over(shape, states.copy(), _PAIR),
            "transmissivity": over(shape, medium.copy()),
            "modes": modes if shape == () else read_only(np.broadcast_to(modes, shape).copy()),
            "_tree": tree,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def _of_rows(cls, shape: Shape, table: FloatArray, modes: Whole, tree: dict[str, Any]) -> ElementaryLink:
        """Wrap what the library made of the parameters in `tree`, one row for each point."""
        link = object.__new__(cls)
        link._fill(shape, table, modes, tree)
        return link

    def _described(self, tree: dict[str, Any]) -> ElementaryLink:
        """Return the same link under another description."""
        link = object.__new__(ElementaryLink)
        for name in self.__slots__:
            object.__setattr__(link, name, getattr(self, name))
        object.__setattr__(link, "_tree", tree)
        return link

    def _at(self, place: tuple[int, ...], shape: Shape) -> ElementaryLink:
        """Return the link of one point of `shape`, to which this link broadcasts."""
        if self.shape == ():
            return self
        state = np.broadcast_to(self.state, shape + _PAIR)[place].copy()
        own = {"state": read_only(state)} if "state" in self._tree else {}
        tree = at({**self._tree, **dict.fromkeys(own)}, place, shape) | own
        values = (at(value, place, shape) for value in (self.p_success, self.attempt_time))
        modes: int = at(self.modes, place, shape)
        rest = (at(self.transmissivity, place, shape), float(modes))
        return self._of_rows((), np.array([[*values, *state.reshape(-1), *rest]]), modes, tree)

    @property
    def shape(self) -> Shape:
        """Of the points that the link is for; () for one."""
        return np.shape(self.p_success)

    @property
    def optical_modes(self) -> Whole:
        """Optical modes that one attempt occupies, the channel uses of a capacity bound.

        `modes`, and twice as many where photons are dual-rail (`double_click`, `spdc_midpoint`).
        """
        return self.modes * (2 if self._tree["scheme"] in _DUAL_RAIL else 1)

    @property
    def parameters(self) -> dict[str, Any]:
        """The scheme and the hardware as plain nested dicts, arrays as nested lists (a copy)."""
        return dict(plain(self._tree))

    @staticmethod
    def from_parameters(parameters: Mapping[str, Any]) -> ElementaryLink:
        """Return the link that has these `parameters`, as recorded in the provenance of a result.

        Parameters
        ----------
        parameters : mapping
            As of `ElementaryLink.parameters`.

        Returns
        -------
        ElementaryLink

        Raises
        ------
        ValueError
            If the scheme is unknown or a number out of range.

        Examples
        --------
        >>> link = ElementaryLink(0.01, state=[[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]])
        >>> ElementaryLink.from_parameters(link.parameters) == link
        True
        """
        scheme = one_of("scheme", parameters.get("scheme"), tuple(builders))
        return builders[scheme](**{name: value for name, value in parameters.items() if name != "scheme"})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ElementaryLink):
            return NotImplemented
        return self is other or bool(identity(self._tree) == identity(other._tree))

    def __hash__(self) -> int:
        return hash(identity((self.p_success, self.attempt_time, self.modes)))

    def __reduce__(self) -> tuple[object, ...]:
        return ElementaryLink.from_parameters, (self._tree,)


def _custom(*, transmissivity: npt.ArrayLike | None, **others: Any) -> ElementaryLink:
    known = math.nan if transmissivity is None else transmissivity
    return ElementaryLink(**others, transmissivity=known)


builders["custom"] = _custom
