"""What all heralded schemes share: arms, detectors, timing, modes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, one_of
from ebit._points import Number, Whole, number, per_node, rows, whole_number
from ebit.links.elementary_link import ElementaryLink
from ebit.links.free_space import FreeSpace
from ebit.links.hardware import Detector, FrequencyConverter
from ebit.links.media import Fibre

Medium = Fibre | FreeSpace
# A number or array of numbers for both nodes, or a pair of them (a tuple or list) for nodes a and b.
PerNode = npt.ArrayLike
Converters = FrequencyConverter | None | tuple[FrequencyConverter | None, FrequencyConverter | None]
Frame = Literal["phi", "psi"]

_MEDIA: dict[str, type[Medium]] = {"fibre": Fibre, "free_space": FreeSpace}


def _per_node_converters(value: Converters) -> tuple[FrequencyConverter | None, FrequencyConverter | None]:
    pair = value if isinstance(value, tuple) else (value, value)
    if len(pair) != 2 or not all(c is None or isinstance(c, FrequencyConverter) for c in pair):
        raise TypeError(
            f"converter = {value!r} is not allowed: it must be a FrequencyConverter, None, or two"
        )
    return pair


def _medium(name: str, value: object) -> Medium:
    if not isinstance(value, Medium):
        raise TypeError(f"{name} = {value!r} is not allowed: it must be a Fibre or FreeSpace")
    return value


_MEDIUM_NUMBERS = 12


def _arm_numbers(
    medium: Medium, source_efficiency: Number, converter: FrequencyConverter | None
) -> tuple[Number | None, ...]:
    """An arm as the library takes it; a fibre has fewer numbers than free space."""
    converted = (None, None, None) if converter is None else converter._numbers
    filling = (None,) * (_MEDIUM_NUMBERS - len(medium._numbers))
    return (
        source_efficiency,
        *converted,
        float(isinstance(medium, FreeSpace)),
        *medium._numbers,
        *filling,
    )


class Stations:
    """Checked hardware of a link, and the link that a scheme makes of it."""

    def __init__(
        self,
        arm_a: Medium,
        arm_b: Medium,
        detector: Detector,
        source_efficiency: PerNode,
        converter: Converters,
        preparation_time: npt.ArrayLike,
        modes: npt.ArrayLike,
        frame: Frame,
    ) -> None:
        arms = (_medium("arm_a", arm_a), _medium("arm_b", arm_b))
        if not isinstance(detector, Detector):
            raise TypeError(f"detector = {detector!r} is not allowed: it must be a Detector")
        efficiencies = per_node("source_efficiency", source_efficiency)
        converters = _per_node_converters(converter)
        self.modes: Whole = whole_number("modes", modes)
        one_of("frame", frame, ("phi", "psi"))
        self._detector = detector
        self._arms = [_arm_numbers(*arm) for arm in zip(arms, efficiencies, converters, strict=True)]
        preparation_time = number("preparation_time", preparation_time)
        counted = self.modes * 1.0  # the library counts in doubles here
        self._herald = (preparation_time, counted, float(frame == "psi"))
        self._tree: dict[str, Any] = {
            "arm_a": arm_a._tree,
            "arm_b": arm_b._tree,
            "detector": detector._tree,
            "source_efficiency": list(efficiencies),
            "converter": [c._tree if c else None for c in converters],
            "preparation_time": preparation_time,
            "modes": self.modes,
            "frame": frame,
        }

    def link(
        self,
        scheme: str,
        assemble: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray],
        parameters: dict[str, Any],
    ) -> ElementaryLink:
        """Return the link of a scheme with these parameters of its own, in the library's order."""
        own = [n for value in parameters.values() for n in (value if isinstance(value, list) else [value])]
        parts = (*self._arms, (*self._detector._numbers, *own), self._herald)
        shape, table = rows(scheme, *(n for part in parts for n in part))
        ends = np.cumsum([len(part) for part in parts])[:-1]
        split = (np.ascontiguousarray(columns) for columns in np.split(table, ends, axis=1))
        return ElementaryLink._of_rows(
            shape, assemble(*split), self.modes, {"scheme": scheme, **parameters, **self._tree}
        )


def medium_from_parameters(parameters: Mapping[str, Any]) -> Medium:
    """Return the medium that has these parameters."""
    arguments = dict(parameters)
    model = one_of("model", arguments.pop("model", None), tuple(_MEDIA))
    return _MEDIA[model](**arguments)


def arguments_from_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a scheme that `parameters` describe."""
    return {
        **parameters,
        "arm_a": medium_from_parameters(parameters["arm_a"]),
        "arm_b": medium_from_parameters(parameters["arm_b"]),
        "detector": Detector(**parameters["detector"]),
        "converter": tuple(None if c is None else FrequencyConverter(**c) for c in parameters["converter"]),
    }
