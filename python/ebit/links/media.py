"""What lies between the nodes: fibre and free space."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Literal, NamedTuple

import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, as_float, as_floats, as_int, elementwise, one_of, scalar

_FIBRE_INDEX = 299792458.0 / 2e8  # signals travel at 2e8 m/s


def _optional_float(name: str, value: object) -> float | None:
    return None if value is None else as_float(name, value)


@dataclass(frozen=True, slots=True, init=False)
class Fibre:
    """An optical fibre.

    Parameters
    ----------
    length : float
        Metres.
    attenuation_db_per_km : float, optional
        Attenuation per kilometre; 0.2 if no loss is given at all.
    loss_db : float, optional
        Loss of the whole fibre, instead of `attenuation_db_per_km`.
    coupling : float, default 1
        Efficiency of coupling into and out of the fibre.
    index : float, default c / (2e8 m/s)
        Refractive index, in [1, 10]: signals travel at c / index.

    Raises
    ------
    ValueError
        If a number is out of range, or both `attenuation_db_per_km` and `loss_db` are given.

    Examples
    --------
    >>> fibre = Fibre(length=50e3)
    >>> fibre.loss_db
    10.0
    >>> round(fibre.transmissivity, 12), round(fibre.delay, 12)
    (0.1, 0.00025)
    >>> Fibre(length=82.8e3, loss_db=21.8).coupling
    1.0
    """

    length: float
    loss_db: float
    coupling: float
    index: float

    def __init__(
        self,
        length: float,
        attenuation_db_per_km: float | None = None,
        *,
        loss_db: float | None = None,
        coupling: float = 1.0,
        index: float = _FIBRE_INDEX,
    ) -> None:
        if attenuation_db_per_km is not None and loss_db is not None:
            raise ValueError("give either attenuation_db_per_km or loss_db, not both")
        length = as_float("length", length)
        optics = (as_float("coupling", coupling), as_float("index", index))
        if loss_db is None:
            attenuation = 0.2 if attenuation_db_per_km is None else attenuation_db_per_km
            per_km = as_float("attenuation_db_per_km", attenuation)
            compiled = _core.Fibre.with_attenuation(length, per_km, *optics)
        else:
            compiled = _core.Fibre(length, as_float("loss_db", loss_db), *optics)
        object.__setattr__(self, "length", length)
        object.__setattr__(self, "loss_db", compiled.loss_db)
        object.__setattr__(self, "coupling", optics[0])
        object.__setattr__(self, "index", optics[1])

    def _compiled(self) -> _core.Fibre:
        return _core.Fibre(self.length, self.loss_db, self.coupling, self.index)

    @property
    def transmissivity(self) -> float:
        """Of the fibre alone, without coupling: 10^(-loss_db / 10)."""
        return self._compiled().transmissivity()

    @property
    def delay(self) -> float:
        """Seconds that light takes one way."""
        return self._compiled().delay()

    @property
    def parameters(self) -> dict[str, object]:
        """The model and the arguments that make this medium again."""
        return {"model": "fibre", **asdict(self)}


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


@dataclass(frozen=True, slots=True, init=False)
class FreeSpace:
    r"""A telescope link through free space or atmosphere, between a Gaussian beam and an aperture.

    The beam of radius :math:`w(z) = w_0 \sqrt{1 + (z \lambda / \pi w_0^2)^2}` misses the centre of the
    aperture by r, a Rayleigh variate of scale :math:`\sigma`, with

    .. math:: \sigma^2 = (\sigma_p z)^2 + 1.919\, C_n^2 L^3 (2 w(z - L))^{-1/3}.

    The transmissivity fades with r; it keeps its value over a coherence time of the turbulence.
    Weak turbulence is assumed: the beam wanders and is not broadened.

    Parameters
    ----------
    distance : float
        From transmitter to receiver, metres (z).
    aperture_radius : float
        Of the receiver, metres (a).
    waist : float, optional
        1/e^2 intensity radius of the beam at the transmitter, metres (w0); at most 100.
    divergence : float, optional
        Far-field half-angle of the beam in radians, below pi/2, instead of `waist`:
        w0 = wavelength / (pi divergence).
    wavelength : float, default 1550e-9
        Metres, in [1e-8, 1e-2].
    pointing_jitter : float, default 0
        Standard deviation of the pointing error per axis, radians.
    zenith_transmissivity : float, default 1
        Of the atmosphere at the zenith; at `elevation` it is raised to the power 1 / sin(elevation).
    elevation : float, default pi/2
        Angle above the horizon in radians, in (0, pi/2].
    cn2 : float, default 0
        Refractive-index structure constant of the turbulence, m^(-2/3).
    turbulent_path : float, optional
        Length of the path through turbulence, before the receiver, metres (L); the whole distance if
        not given. For a downlink: some 10 km.
    coupling : float, default 1
        Efficiency of the optics behind the aperture.
    capture : {"gaussian", "weibull"}
        The power that enters the aperture from a displaced beam: exactly that of a Gaussian, or the
        approximation :math:`T_0^2 \exp(-(r/R)^\lambda)`.
    steady_transmissivity : float, optional
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

    distance: float
    aperture_radius: float
    waist: float
    wavelength: float
    pointing_jitter: float
    zenith_transmissivity: float
    elevation: float
    cn2: float
    turbulent_path: float | None
    coupling: float
    capture: Literal["gaussian", "weibull"]
    steady_transmissivity: float | None

    def __init__(
        self,
        distance: float,
        aperture_radius: float,
        *,
        waist: float | None = None,
        divergence: float | None = None,
        wavelength: float = 1550e-9,
        pointing_jitter: float = 0.0,
        zenith_transmissivity: float = 1.0,
        elevation: float = math.pi / 2,
        cn2: float = 0.0,
        turbulent_path: float | None = None,
        coupling: float = 1.0,
        capture: Literal["gaussian", "weibull"] = "gaussian",
        steady_transmissivity: float | None = None,
    ) -> None:
        if (waist is None) == (divergence is None):
            raise ValueError("give exactly one of waist and divergence")
        wavelength = as_float("wavelength", wavelength)
        if divergence is not None:
            waist = _core.waist_of_divergence(as_float("divergence", divergence), wavelength)
        values: dict[str, object] = {
            "distance": as_float("distance", distance),
            "aperture_radius": as_float("aperture_radius", aperture_radius),
            "waist": as_float("waist", waist),
            "wavelength": wavelength,
            "pointing_jitter": as_float("pointing_jitter", pointing_jitter),
            "zenith_transmissivity": as_float("zenith_transmissivity", zenith_transmissivity),
            "elevation": as_float("elevation", elevation),
            "cn2": as_float("cn2", cn2),
            "turbulent_path": _optional_float("turbulent_path", turbulent_path),
            "coupling": as_float("coupling", coupling),
            "capture": one_of("capture", capture, ("gaussian", "weibull")),
            "steady_transmissivity": _optional_float("steady_transmissivity", steady_transmissivity),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._compiled()

    def _compiled(self) -> _core.FreeSpace:
        return _core.FreeSpace(
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
            self.capture == "weibull",
            self.steady_transmissivity,
        )

    @property
    def beam_radius(self) -> float:
        """1/e^2 intensity radius at the receiver, metres."""
        return self._compiled().beam_radius()

    @property
    def wander(self) -> float:
        """Standard deviation per axis of the beam's centre at the receiver, metres."""
        return self._compiled().wander()

    @property
    def delay(self) -> float:
        """Seconds that light takes one way."""
        return self._compiled().delay()

    @property
    def transmissivity(self) -> float:
        """The mean transmissivity of atmosphere and aperture, without `coupling`."""
        return self._compiled().mean_transmissivity()

    @property
    def weibull(self) -> tuple[float, float, float]:
        """The constants (T0^2, shape, scale in metres) of the approximate capture.

        Under it ln(T0^2 / eta) has a Weibull law of shape 2 / shape.
        """
        return self._compiled().weibull()

    def transmissivity_at(self, displacement: npt.ArrayLike) -> FloatArray:
        """Return the transmissivity when the beam misses the centre of the aperture.

        Parameters
        ----------
        displacement : array_like
            By how much, metres, any shape.

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
        r = as_floats("displacement", displacement)
        return scalar(self._compiled().transmissivity(r.reshape(-1)).reshape(r.shape))

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
            If `nodes` is out of range.

        Examples
        --------
        >>> space = FreeSpace(distance=1e4, aperture_radius=0.2, waist=0.1, pointing_jitter=1e-5)
        >>> eta, weight = space.fading()
        >>> bool(weight @ eta**2 > (weight @ eta) ** 2)
        True
        """
        return Fading(*self._compiled().fading(as_int("nodes", nodes)))

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
            If `n` is out of range.

        Examples
        --------
        >>> space = FreeSpace(distance=1e4, aperture_radius=0.2, waist=0.1, pointing_jitter=1e-5)
        >>> media = [space.at(eta) for eta in space.blocks(4).transmissivity]
        >>> media[0].transmissivity > media[3].transmissivity
        True
        """
        return Fading(*self._compiled().blocks(as_int("n", n)))

    def at(self, transmissivity: float) -> FreeSpace:
        """Return this medium with a steady transmissivity.

        Parameters
        ----------
        transmissivity : float
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
        return replace(self, steady_transmissivity=as_float("transmissivity", transmissivity))

    @property
    def parameters(self) -> dict[str, object]:
        """The model and the arguments that make this medium again."""
        return {"model": "free_space", **asdict(self)}


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
