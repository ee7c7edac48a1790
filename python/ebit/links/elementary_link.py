"""The canonical form of a heralded link."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ebit import _core
from ebit._arrays import FloatArray, as_float, as_floats, as_int, one_of

_Values = tuple[float, float, FloatArray, float, int]


def _correlations(state: Any) -> FloatArray:
    array = as_floats("state", getattr(state, "correlations", state))
    if array.shape != (4, 4):
        raise ValueError(f"state has shape {array.shape}: it must be one 4x4 correlation matrix")
    return array.copy()


# How the links of each scheme are made again from their parameters; `ebit.links.schemes` adds to it.
builders: dict[str, Callable[..., ElementaryLink]] = {}

# Schemes whose photons are in either of two bins or polarisations: two optical modes per attempt and mode.
_DUAL_RAIL = ("double_click", "spdc_midpoint")


@dataclass(frozen=True, slots=True, init=False, eq=False)
class ElementaryLink:
    """A heralded link, as a repeater chain sees it.

    Usually made by one of the schemes in `ebit.links`.

    Parameters
    ----------
    p_success : float
        Probability that one attempt heralds a pair, all modes together; at least 1e-12.
    attempt_time : float, default 1
        Seconds from one attempt to the next.
    state : array_like, shape (4, 4), or object with `.correlations`
        The heralded pair, C[i, j] = tr(P_i (x) P_j rho) with target Phi+. The attribute is read-only.
    transmissivity : float, optional
        Of the medium alone, end to end and per mode; NaN if there is none. A station in the middle
        counts as a repeater: the capacity bound of a single-click link is that of its arms.
    modes : int, default 1
        Multiplexed modes that one attempt tries; see `optical_modes`.

    Raises
    ------
    ValueError
        If a number is out of range, or `state` is not the state of one pair.
    TypeError
        If something is not a number, or `state` not an array of them.

    Examples
    --------
    >>> import numpy as np
    >>> link = ElementaryLink(0.01, 1e-3, state=np.diag([1.0, 0.9, -0.9, 0.9]))
    >>> link.p_success / link.attempt_time
    10.0
    """

    p_success: float
    attempt_time: float
    state: FloatArray
    transmissivity: float
    modes: int
    _parameters: dict[str, Any] = field(repr=False)

    def __init__(
        self,
        p_success: float,
        attempt_time: float = 1.0,
        *,
        state: Any,
        transmissivity: float = math.nan,
        modes: int = 1,
    ) -> None:
        values = (
            as_float("p_success", p_success),
            as_float("attempt_time", attempt_time),
            _correlations(state),
            as_float("transmissivity", transmissivity),
            as_int("modes", modes),
        )
        _core.check_elementary_link(*values)
        parameters = {
            "scheme": "custom",
            "p_success": values[0],
            "attempt_time": values[1],
            "state": values[2].tolist(),
            "transmissivity": None if math.isnan(values[3]) else values[3],
            "modes": values[4],
        }
        self._fill(values, parameters)

    def _fill(self, values: _Values, parameters: dict[str, Any]) -> None:
        values[2].flags.writeable = False
        names = ("p_success", "attempt_time", "state", "transmissivity", "modes", "_parameters")
        for name, value in zip(names, (*values, parameters), strict=True):
            object.__setattr__(self, name, value)

    @classmethod
    def _of(cls, values: _Values, parameters: dict[str, Any]) -> ElementaryLink:
        """Wrap what the library made of these `parameters`."""
        link = object.__new__(cls)
        link._fill(values, parameters)
        return link

    def _described(self, parameters: dict[str, Any]) -> ElementaryLink:
        values = (self.p_success, self.attempt_time, self.state, self.transmissivity, self.modes)
        return self._of(values, parameters)

    @property
    def optical_modes(self) -> int:
        """Optical modes that one attempt occupies, the channel uses of a capacity bound.

        `modes`, and twice as many where photons are dual-rail (`double_click`, `spdc_midpoint`).
        """
        return self.modes * (2 if self._parameters["scheme"] in _DUAL_RAIL else 1)

    @property
    def parameters(self) -> dict[str, Any]:
        """The scheme and the hardware as plain nested dicts (a copy)."""
        return copy.deepcopy(self._parameters)

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
        return self._parameters == other._parameters

    def __hash__(self) -> int:
        return hash((self.p_success, self.attempt_time, self.modes))

    def __reduce__(self) -> tuple[object, ...]:
        return ElementaryLink.from_parameters, (self._parameters,)


def _custom(*, transmissivity: float | None, **others: Any) -> ElementaryLink:
    known = math.nan if transmissivity is None else transmissivity
    return ElementaryLink(**others, transmissivity=known)


builders["custom"] = _custom
