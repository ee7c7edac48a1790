"""Detectors and frequency converters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ebit import _core
from ebit._arrays import as_bool
from ebit._points import Number, Value, number, plain, rows


@dataclass(frozen=True, slots=True, eq=False)
class Detector(Value):
    """Single-photon detectors of one station, all alike.

    Parameters
    ----------
    efficiency : float or array_like, default 1
        Probability that a photon which reaches the detector is registered.
    p_dark : float or array_like, default 0
        Probability of a dark count, per detector and detection window. (In a dual rail every bin has
        a window of its own.)
    number_resolving : bool, default False
        Whether photon numbers are told apart. A threshold detector clicks once for any number.

    Raises
    ------
    ValueError
        If a probability is not in [0, 1].

    Examples
    --------
    >>> Detector(efficiency=0.8, p_dark=1e-6)
    Detector(efficiency=0.8, p_dark=1e-06, number_resolving=False)
    """

    efficiency: Number = 1.0
    p_dark: Number = 0.0
    number_resolving: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "efficiency", number("efficiency", self.efficiency))
        object.__setattr__(self, "p_dark", number("p_dark", self.p_dark))
        object.__setattr__(self, "number_resolving", as_bool("number_resolving", self.number_resolving))
        _core.check_detector(rows("Detector", *self._numbers)[1])

    @property
    def _numbers(self) -> tuple[Number, ...]:
        """As the library takes them."""
        return self.efficiency, self.p_dark, float(self.number_resolving)

    @property
    def _tree(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("efficiency", "p_dark", "number_resolving")}

    @property
    def parameters(self) -> dict[str, object]:
        """The arguments that make this detector again."""
        return dict(plain(self._tree))


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyConverter(Value):
    """A frequency converter or transducer at a node.

    Its noise photons travel on with the signal and act as additional dark counts: a detector that
    would stay dark with probability q stays dark with q exp(-n) for noise in many modes, and with
    q / (1 + n) for thermal noise in the mode of the photon, n the mean number it registers.

    Parameters
    ----------
    efficiency : float or array_like
        Probability that a photon is converted.
    noise_photons : float or array_like, default 0
        Mean number of noise photons at its output, per detection window and mode of the signal.
    single_mode : bool, default False
        Whether the noise is a single thermal mode, that of the photon (narrow filters), not many.

    Raises
    ------
    ValueError
        If `efficiency` is not in [0, 1] or `noise_photons` is negative or not finite.

    Examples
    --------
    >>> FrequencyConverter(efficiency=0.5, noise_photons=1e-4)
    FrequencyConverter(efficiency=0.5, noise_photons=0.0001, single_mode=False)
    """

    efficiency: Number
    noise_photons: Number = 0.0
    single_mode: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "efficiency", number("efficiency", self.efficiency))
        object.__setattr__(self, "noise_photons", number("noise_photons", self.noise_photons))
        object.__setattr__(self, "single_mode", as_bool("single_mode", self.single_mode))
        _core.check_frequency_converter(rows("FrequencyConverter", *self._numbers)[1])

    @property
    def _numbers(self) -> tuple[Number, ...]:
        """As the library takes them."""
        return self.efficiency, self.noise_photons, float(self.single_mode)

    @property
    def _tree(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("efficiency", "noise_photons", "single_mode")}

    @property
    def parameters(self) -> dict[str, object]:
        """The arguments that make this converter again."""
        return dict(plain(self._tree))
