"""The canonical form of a heralded link."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, as_float, as_floats, as_int


def _correlations(state: object) -> FloatArray:
    array = as_floats("state", getattr(state, "correlations", state))
    if array.shape != (4, 4):
        raise ValueError(f"state has shape {array.shape}: it must be one 4x4 correlation matrix")
    array = array.copy()
    array.flags.writeable = False
    return array


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
        The heralded pair, C[i, j] = tr(P_i (x) P_j rho) with target Phi+.
    transmissivity : float, optional
        Of the medium alone, end to end and per mode, for capacity bounds; NaN if there is none.
    modes : int, default 1
        Multiplexed modes that one attempt tries.
    parameters : mapping, optional
        The hardware, as plain nested dicts, for provenance.

    Raises
    ------
    ValueError
        If a number is out of range or `state` is not one correlation matrix.

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
    _parameters: dict[str, object] = field(repr=False)

    def __init__(
        self,
        p_success: float,
        attempt_time: float = 1.0,
        *,
        state: npt.ArrayLike | object,
        transmissivity: float = math.nan,
        modes: int = 1,
        parameters: Mapping[str, object] | None = None,
    ) -> None:
        values: dict[str, object] = {
            "p_success": as_float("p_success", p_success),
            "attempt_time": as_float("attempt_time", attempt_time),
            "state": _correlations(state),
            "transmissivity": as_float("transmissivity", transmissivity),
            "modes": as_int("modes", modes),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        _core.check_elementary_link(*self._values())
        if parameters is None:
            known = not math.isnan(self.transmissivity)
            parameters = {
                "scheme": "custom",
                **values,
                "state": self.state.tolist(),
                "transmissivity": self.transmissivity if known else None,
            }
        object.__setattr__(self, "_parameters", copy.deepcopy(dict(parameters)))

    def _values(self) -> tuple[float, float, FloatArray, float, int]:
        return self.p_success, self.attempt_time, self.state, self.transmissivity, self.modes

    @property
    def parameters(self) -> dict[str, object]:
        """The hardware as plain nested dicts (a copy)."""
        return copy.deepcopy(self._parameters)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ElementaryLink):
            return NotImplemented
        numbers = np.array_equal(self._numbers(), other._numbers(), equal_nan=True)
        return numbers and self._parameters == other._parameters

    def __hash__(self) -> int:
        return hash(self._numbers().tobytes())

    def _numbers(self) -> FloatArray:
        # + 0.0 so that -0.0 and 0.0, which are equal, have one hash.
        p, time, state, transmissivity, modes = self._values()
        return np.array([p, time, *state.flat, transmissivity, modes]) + 0.0

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickle, (*self._values(), self._parameters)


def _unpickle(
    p_success: float,
    attempt_time: float,
    state: FloatArray,
    transmissivity: float,
    modes: int,
    parameters: dict[str, object],
) -> ElementaryLink:
    return ElementaryLink(
        p_success,
        attempt_time,
        state=state,
        transmissivity=transmissivity,
        modes=modes,
        parameters=parameters,
    )
