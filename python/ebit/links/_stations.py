"""What all heralded schemes share: arms, detectors, timing, modes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ebit import _core
from ebit._arrays import as_float, as_floats, as_int, one_of
from ebit.links.hardware import Detector, FrequencyConverter
from ebit.links.media import Fibre, FreeSpace

Medium = Fibre | FreeSpace
PerNode = float | tuple[float, float]
Converters = FrequencyConverter | None | tuple[FrequencyConverter | None, FrequencyConverter | None]
Frame = Literal["phi", "psi"]

_MEDIA: dict[str, type[Medium]] = {"fibre": Fibre, "free_space": FreeSpace}


def per_node(name: str, value: PerNode) -> tuple[float, float]:
    """Return the values for nodes a and b."""
    array = as_floats(name, value)
    if array.shape not in ((), (2,)):
        raise ValueError(
            f"{name} has shape {array.shape}: it must be one number, or one for each node (a, b)"
        )
    a, b = (array, array) if array.ndim == 0 else array
    return float(a), float(b)


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


class Stations:
    """Checked hardware of a link, with `parameters` as plain dicts."""

    def __init__(
        self,
        arm_a: Medium,
        arm_b: Medium,
        detector: Detector,
        source_efficiency: PerNode,
        converter: Converters,
        preparation_time: float,
        modes: int,
        frame: Frame,
    ) -> None:
        arms = (_medium("arm_a", arm_a), _medium("arm_b", arm_b))
        if not isinstance(detector, Detector):
            raise TypeError(f"detector = {detector!r} is not allowed: it must be a Detector")
        efficiencies = per_node("source_efficiency", source_efficiency)
        converters = _per_node_converters(converter)
        preparation_time = as_float("preparation_time", preparation_time)
        modes = as_int("modes", modes)
        one_of("frame", frame, ("phi", "psi"))
        a, b = (
            _core.Arm(arm._compiled(), efficiency, c._compiled() if c else None)
            for arm, efficiency, c in zip(arms, efficiencies, converters, strict=True)
        )
        herald = _core.Herald(preparation_time, modes, frame == "psi")
        self.compiled = (a, b, herald, detector._compiled())
        self.parameters: dict[str, Any] = {
            "arm_a": arm_a.parameters,
            "arm_b": arm_b.parameters,
            "detector": detector.parameters,
            "source_efficiency": list(efficiencies),
            "converter": [c.parameters if c else None for c in converters],
            "preparation_time": preparation_time,
            "modes": modes,
            "frame": frame,
        }


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
