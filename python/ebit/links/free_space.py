"""Free space between the nodes, still or fading."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, as_int, elementwise, one_of, scalar
from ebit._points import Number, columns, number, optional_number, over, plain, rows
from ebit.links.media import Medium


class Fading(NamedTuple):
    """The law of a transmissivity: E[f(eta)] = sum(weight * f(transmissivity)).

    Attributes
    ----------
    transmissivity : float64 array, shape (nodes,)
        Values of eta, most transparent first.
    weight : float64 array, shape (nodes,)
        Their probabilities; they add up to 1.

    Examples
    --------
    >>> import numpy as np
    >>> law = Fading(transmissivity=np.array([0.2, 0.1]), weight=np.array([0.5, 0.5]))
    >>> float((law.weight @ law.transmissivity).round(12))
    0.15
    """

    transmissivity: FloatArray
    weight: FloatArray


@dataclass(frozen=True, slots=True, init=False, eq=False)
class FreeSpace(Medium):
    r"""A telescope link through free space or atmosphere, between a Gaussian beam and an aperture.

    The beam of radius :math:`w(z) = w_0 \sqrt{1 + (z \lambda / \pi w_0^2)^2}` misses the centre of the
    aperture by r, a Rayleigh variate of scale :math:`\sigma`, with

    .. math:: \sigma^2 = (\sigma_p z)^2 + 1.919\, C_n^2 L^3 (2 w(z - L))^{-1/3}.

    The transmissivity fades with r; it keeps its value over a coherence time of the turbulence.
    Weak turbulence is assumed: the beam wanders and is not broadened. Every number may be an array: a
    medium for every point of a sweep.

    Parameters
    ----------
    distance : float or array_like
        From transmitter to receiver, metres (z).
    aperture_radius : float or array_like
        Of the receiver, metres (a).
    waist : float or array_like, optional
        1/e^2 intensity radius of the beam at the transmitter, metres (w0); at most 100.
    divergence : float or array_like, optional
        Far-field half-angle of the beam in radians, below pi/2, instead of `waist`:
        w0 = wavelength / (pi divergence).
    wavelength : float or array_like, default 1550e-9
        Metres, in [1e-8, 1e-2].
    pointing_jitter : float or array_like, default 0
        Standard deviation of the pointing error per axis, radians.
    zenith_transmissivity : float or array_like, default 1
        Of the atmosphere at the zenith; at `elevation` it is raised to the power 1 / sin(elevation).
    elevation : float or array_like, default pi/2
        Angle above the horizon in radians, in (0, pi/2].
    cn2 : float or array_like, default 0
        Refractive-index structure constant of the turbulence, m^(-2/3).
    turbulent_path : float or array_like, optional
        Length of the path through turbulence, before the receiver, metres (L); the whole distance if
        not given. For a downlink: some 10 km.
    coupling : float or array_like, default 1
        Efficiency of the optics behind the aperture.
    capture : {"gaussian", "weibull"}
        The power that enters the aperture from a displaced beam: exactly that of a Gaussian, or the
        approximation :math:`T_0^2 \exp(-(r/R)^\lambda)`.
    steady_transmissivity : float or array_like, optional
        A steady transmissivity, atmosphere included, instead of the fading one (see `at`).

    Raises
    ------
    ValueError
        If a number is out of range, or not exactly one of `waist` and `divergence` is given.

    References
    ----------
    D. Yu. Vasylyev, A. A. Semenov, W. Vogel, Phys. Rev. Lett. 108, 220501 (2012).

    Examples
    --------
    A satellite 1000 km away:

    >>> space = FreeSpace(distance=1e6, aperture_radius=0.5, divergence=5e-6, pointing_jitter=1e-6)
    >>> round(space.beam_radius, 3), round(space.wander, 3)
    (5.001, 1.0)
    >>> round(space.transmissivity, 6)
    0.017088

    One link per block of time with constant transmissivity:

    >>> [round(float(eta), 4) for eta in space.blocks(3).transmissivity]
    [0.0192, 0.0177, 0.0144]
    >>> space.at(0.0192).transmissivity
    0.0192
    """

    distance: Number
    aperture_radius: Number
    waist: Number
    wavelength: Number
    pointing_jitter: Number
    zenith_transmissivity: Number
    elevation: Number
    cn2: Number
    turbulent_path: Number | None
    coupling: Number
    capture: Literal["gaussian", "weibull"]
    steady_transmissivity: Number | None

    def __init__(
        self,
        distance: npt.ArrayLike,
        aperture_radius: npt.ArrayLike,
        *,
        waist: npt.ArrayLike | None = None,
        divergence: npt.ArrayLike | None = None,
        wavelength: npt.ArrayLike = 1550e-9,
        pointing_jitter: npt.ArrayLike = 0.0,
        zenith_transmissivity: npt.ArrayLike = 1.0,
        elevation: npt.ArrayLike = math.pi / 2,
        cn2: npt.ArrayLike = 0.0,
        turbulent_path: npt.ArrayLike | None = None,
        coupling: npt.ArrayLike = 1.0,
        capture: Literal["gaussian", "weibull"] = "gaussian",
        steady_transmissivity: npt.ArrayLike | None = None,
    ) -> None:
        if (waist is None) == (divergence is None):
            raise ValueError("give exactly one of waist and divergence")
        wavelength = number("wavelength", wavelength)
        if divergence is not None:
            waist = _waist(number("divergence", divergence), wavelength)
        values: dict[str, object] = {
            "distance": number("distance", distance),
            "aperture_radius": number("aperture_radius", aperture_radius),
            "waist": number("waist", waist),  # type: ignore[arg-type]
            "wavelength": wavelength,
            "pointing_jitter": number("pointing_jitter", pointing_jitter),
            "zenith_transmissivity": number("zenith_transmissivity", zenith_transmissivity),
            "elevation": number("elevation", elevation),
            "cn2": number("cn2", cn2),
            "turbulent_path": optional_number("turbulent_path", turbulent_path),
            "coupling": number("coupling", coupling),
            "capture": one_of("capture", capture, ("gaussian", "weibull")),
            "steady_transmissivity": optional_number("steady_transmissivity", steady_transmissivity),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        _core.check_free_space(rows("FreeSpace", *self._numbers)[1])

    @property
    def _numbers(self) -> tuple[Number | None, ...]:
        return (
            self.distance,
            self.aperture_radius,
            self.waist,
            self.wavelength,
            self.pointing_jitter,
            self.zenith_transmissivity,
            self.elevation,
            self.cn2,
            self.turbulent_path,
            self.coupling,
            float(self.capture == "weibull"),
            self.steady_transmissivity,
        )

    @property
    def beam_radius(self) -> Number:
        """1/e^2 intensity radius at the receiver, metres."""
        return self._of(_core.free_space_beam_radius)

    @property
    def wander(self) -> Number:
        """Standard deviation per axis of the beam's centre at the receiver, metres."""
        return self._of(_core.free_space_wander)

    @property
    def delay(self) -> Number:
        """Seconds that light takes one way."""
        return self._of(_core.free_space_delay)

    @property
    def transmissivity(self) -> Number:
        """The mean transmissivity of atmosphere and aperture, without `coupling`."""
        return self._of(_core.free_space_mean_transmissivity)

    @property
    def weibull(self) -> tuple[Number, Number, Number]:
        """The constants (T0^2, shape, scale in metres) of the approximate capture.

        Under it ln(T0^2 / eta) has a Weibull law of shape 2 / shape.
        """
        shape, numbers = rows("FreeSpace", *self._numbers)
        t0_squared, exponent, scale = _core.free_space_weibull(numbers).T
        return over(shape, t0_squared), over(shape, exponent), over(shape, scale)

    def transmissivity_at(self, displacement: npt.ArrayLike) -> FloatArray:
        """Return the transmissivity when the beam misses the centre of the aperture.

        Parameters
        ----------
        displacement : array_like
            By how much, metres, any shape; broadcast with `shape`.

        Returns
        -------
        ndarray or float
            Atmosphere and aperture, without `coupling`; the shape of `displacement`.

        Raises
        ------
        ValueError
            If a displacement is negative or not finite.

        Examples
        --------
        >>> space = FreeSpace(distance=1e4, aperture_radius=0.2, waist=0.1)
        >>> space.transmissivity_at([0.0, 0.2]).round(4)
        array([0.9984, 0.4438])
        """
        shape, numbers = rows("FreeSpace", *self._numbers)
        medium = ("FreeSpace", numbers.reshape(*shape, -1), (numbers.shape[1],))
        r = ("displacement", displacement, ())
        return scalar(elementwise(_core.free_space_transmissivity, (), medium, r))

    def fading(self, nodes: int = 48) -> Fading:
        """Return quadrature nodes for averages over the fading, E[f(eta)] for any smooth f.

        Parameters
        ----------
        nodes : int, default 48
            Nodes per panel, 1 to 1000; there are up to three panels.

        Returns
        -------
        Fading

        Raises
        ------
        ValueError
            If `nodes` is out of range, or the medium is one of many points.

        Examples
        --------
        >>> space = FreeSpace(distance=1e4, aperture_radius=0.2, waist=0.1, pointing_jitter=1e-5)
        >>> eta, weight = space.fading()
        >>> bool(weight @ eta**2 > (weight @ eta) ** 2)
        True
        """
        return Fading(*_core.free_space_fading(self._one_row("fading"), as_int("nodes", nodes)))

    def blocks(self, n: int) -> Fading:
        """Return equally probable blocks of the fading, each with its mean transmissivity.

        Fading is slow: an attempt time is far shorter than the time over which the transmissivity
        keeps its value. Where waiting times matter, make one link per block.

        Parameters
        ----------
        n : int
            Number of blocks, 1 to 1000.

        Returns
        -------
        Fading
            Most transparent first.

        Raises
        ------
        ValueError
            If `n` is out of range, or the medium is one of many points.

        Examples
        --------
        >>> space = FreeSpace(distance=1e4, aperture_radius=0.2, waist=0.1, pointing_jitter=1e-5)
        >>> media = [space.at(eta) for eta in space.blocks(4).transmissivity]
        >>> media[0].transmissivity > media[3].transmissivity
        True
        """
        return Fading(*_core.free_space_blocks(self._one_row("blocks"), as_int("n", n)))

    def _one_row(self, what: str) -> FloatArray:
        shape, numbers = rows("FreeSpace", *self._numbers)
        if shape != ():
            raise ValueError(f"{what} needs the numbers of one medium: this one has the shape {shape}")
        return numbers

    def at(self, transmissivity: npt.ArrayLike) -> FreeSpace:
        """Return this medium with a steady transmissivity.

        Parameters
        ----------
        transmissivity : float or array_like
            In [0, 1], atmosphere included, without `coupling`.

        Returns
        -------
        FreeSpace

        Raises
        ------
        ValueError
            If the transmissivity is not in [0, 1].

        Examples
        --------
        >>> FreeSpace(distance=1e4, aperture_radius=0.2, waist=0.1).at(0.25).transmissivity
        0.25
        """
        return replace(self, steady_transmissivity=number("transmissivity", transmissivity))

    @property
    def _tree(self) -> dict[str, Any]:
        return {"model": "free_space", **{name: getattr(self, name) for name in self.__slots__}}

    @property
    def parameters(self) -> dict[str, object]:
        """The model and the arguments that make this medium again."""
        return dict(plain(self._tree))


def _waist(divergence: Number, wavelength: Number) -> Number:
    shape, numbers = columns("FreeSpace", divergence, wavelength)
    return over(shape, _core.waist_of_divergence(*numbers))


def slant_range(altitude: npt.ArrayLike, elevation: npt.ArrayLike) -> FloatArray:
    """Return the distance to a satellite seen under an angle, in metres.

    Parameters
    ----------
    altitude : array_like
        Above a sphere of radius 6371 km, metres.
    elevation : array_like
        Angle above the horizon in radians, in (0, pi/2]; broadcast with `altitude`.

    Returns
    -------
    ndarray or float
        sqrt((R + h)^2 - (R cos(e))^2) - R sin(e), broadcast shape.

    Raises
    ------
    ValueError
        If an altitude is not positive and finite, or an elevation out of range.

    Examples
    --------
    >>> slant_range(500e3, [0.5235987755982988, 1.5707963267948966]).round()
    array([909425., 500000.])
    """
    parameters = (("altitude", altitude, ()), ("elevation", elevation, ()))
    return scalar(elementwise(_core.slant_range, (), *parameters))
