"""Fibre and free space: closed forms, published digits, fading, refusal of what makes no sense."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from scipy import integrate, stats

import ebit
from ebit import Detector, Fibre, FreeSpace, FrequencyConverter
from ebit.links import slant_range
from reference import links as twin

# Aperture smaller than, like and much larger than the beam; wander small and large.
GEOMETRIES = [
    {"distance": 1e6, "aperture_radius": 0.5, "divergence": 1e-5, "pointing_jitter": 1e-6},
    {"distance": 1e4, "aperture_radius": 0.1, "waist": 0.1, "pointing_jitter": 1e-5},
    {"distance": 1e3, "aperture_radius": 0.3, "waist": 0.03, "pointing_jitter": 2e-4},
    {"distance": 1e3, "aperture_radius": 0.3, "waist": 0.03, "pointing_jitter": 1e-6},
    {"distance": 1e5, "aperture_radius": 0.05, "waist": 0.2, "pointing_jitter": 1e-4},
]
each_geometry = pytest.mark.parametrize("geometry", GEOMETRIES)


def test_fibre_attenuates_and_delays():
    fibre = Fibre(50e3)
    assert fibre.loss_db == pytest.approx(10.0, rel=1e-15)
    assert fibre.transmissivity == pytest.approx(0.1, rel=1e-14)
    assert fibre.delay == pytest.approx(50e3 / 2e8, rel=1e-15)
    assert Fibre(50e3, 0.2) == Fibre(50e3, attenuation_db_per_km=0.2) == fibre
    assert Fibre(0.0, loss_db=3.0).transmissivity == pytest.approx(10**-0.3, rel=1e-14)
    assert Fibre(1e3, index=1.0).delay == pytest.approx(1e3 / 299792458, rel=1e-15)
    assert Fibre(1000e3).transmissivity == pytest.approx(1e-20, rel=1e-12)
    # One attenuation length, 10 / (a ln 10) km, leaves 1/e.
    assert Fibre(10e3 / (0.2 * math.log(10))).transmissivity == pytest.approx(math.exp(-1), rel=1e-14)


def test_digits_of_netsquid_freespace():
    """Its test case; there the scale is (2 sigma^2 / R^2)^(lambda / 2)."""
    space = FreeSpace(1e4, 0.2, waist=0.1, wavelength=1550e-9, cn2=1e-14, capture="weibull")
    t0_squared, shape, scale = space.weibull
    assert 2 / shape == pytest.approx(0.5183654628, abs=5e-11)
    assert (2 * space.wander**2 / scale**2) ** (shape / 2) == pytest.approx(2.1071713686, abs=5e-11)
    assert math.sqrt(t0_squared) == pytest.approx(0.9991965470, abs=5e-11)


@each_geometry
def test_capture_of_a_displaced_gaussian(geometry):
    space = FreeSpace(**geometry)
    a, w = space.aperture_radius, space.beam_radius
    r = np.array([0.0, 0.3 * w, w, 2.5 * w, a, a + 2 * w, 0.99 * a])
    exact = stats.ncx2.cdf((2 * a / w) ** 2, 2, np.maximum((2 * r / w) ** 2, 1e-300))
    np.testing.assert_allclose(space.transmissivity_at(r), exact, rtol=1e-9, atol=1e-14)
    assert space.transmissivity_at(0.0) == pytest.approx(1 - math.exp(-2 * a**2 / w**2), rel=1e-12)


def test_a_displaced_gaussian_is_counted_by_darts():
    """Photons thrown one by one: nothing of the formulas but the shape of the beam."""
    a, w, r, throws = 0.3, 0.4, 0.35, 400_000
    space = FreeSpace(1.0, a, waist=w)
    hits = np.random.default_rng(5).normal([r, 0.0], w / 2, (throws, 2))
    p = np.mean(np.hypot(*hits.T) < a)
    assert abs(p - space.transmissivity_at(r)) < 5 * math.sqrt(p * (1 - p) / throws)


@each_geometry
def test_mean_capture_is_the_closed_form(geometry):
    space = FreeSpace(**geometry)
    sigma = space.wander
    assert sigma == pytest.approx(geometry["pointing_jitter"] * geometry["distance"], rel=1e-14)
    mean = -math.expm1(-2 * space.aperture_radius**2 / (space.beam_radius**2 + 4 * sigma**2))
    assert space.transmissivity == pytest.approx(mean, rel=1e-9)
    blocks = space.blocks(7)
    assert blocks.weight @ blocks.transmissivity == pytest.approx(mean, rel=1e-9)
    assert np.all(np.diff(blocks.transmissivity) <= 1e-15)
    assert np.all(blocks.transmissivity <= 1.0)


@pytest.mark.parametrize("geometry", GEOMETRIES[:2])
def test_mean_capture_is_a_convolution_in_the_plane(geometry):
    """Intensity of beam and pointing error convolved on a grid, summed over the aperture."""
    space = FreeSpace(**geometry)
    a, w, sigma = space.aperture_radius, space.beam_radius, space.wander
    x, weight = np.polynomial.hermite.hermgauss(40)
    x, weight = math.sqrt(2) * sigma * x, weight / math.sqrt(math.pi)
    radius, angle = np.meshgrid((np.arange(200) + 0.5) * a / 200, np.arange(24) * 2 * math.pi / 24)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)])
    # The beam factorises in x and y, and so does its average over the pointing error.
    profile = [np.tensordot(weight, np.exp(-2 * (c - x[:, None, None]) ** 2 / w**2), 1) for c in points]
    power = 2 / (math.pi * w**2) * profile[0] * profile[1] * radius * (a / 200) * (2 * math.pi / 24)
    assert space.transmissivity == pytest.approx(power.sum(), rel=1e-4)


@pytest.mark.parametrize("capture", ["gaussian", "weibull"])
@each_geometry
def test_fading_averages_any_function(geometry, capture):
    space = FreeSpace(**geometry, capture=capture)
    rng = np.random.default_rng(17)
    shots = 40_000
    sampled = space.transmissivity_at(rng.rayleigh(space.wander, shots))
    eta, weight = space.fading()
    assert weight.sum() == pytest.approx(1.0, abs=1e-14)
    for f in (lambda x: x, np.square, np.sqrt, lambda x: 1e-3 + x * (1 - x)):
        error = np.std(f(sampled)) / math.sqrt(shots)
        assert abs(weight @ f(eta) - np.mean(f(sampled))) < 5 * error + 1e-12


def test_weibull_law_has_its_quantiles():
    space = FreeSpace(1e4, 0.1, waist=0.08, cn2=2e-14, capture="weibull")
    t0_squared, shape, scale = space.weibull
    c = (2 * space.wander**2 / scale**2) ** (shape / 2)
    blocks = space.blocks(5).transmissivity
    for k in range(5):  # eta as a function of its quantile, averaged over a block
        mean, _ = integrate.quad(
            lambda u: t0_squared * math.exp(-c * (-math.log1p(-u)) ** (shape / 2)), k / 5, (k + 1) / 5
        )
        assert blocks[k] == pytest.approx(5 * mean, rel=1e-6)
    # For a narrow aperture the approximation tends to the Gaussian exp(-2 r^2 / w^2).
    wide = FreeSpace(1e6, 1e-4, divergence=1e-5, capture="weibull")
    exact = FreeSpace(1e6, 1e-4, divergence=1e-5)
    r = np.linspace(0, 30, 7)
    np.testing.assert_allclose(wide.transmissivity_at(r), exact.transmissivity_at(r), rtol=1e-8)


def test_weibull_series_joins_the_direct_form():
    """Aperture over beam radius around the switch: the constants are smooth."""
    ratio = np.sqrt(0.1 * np.array([1 - 2e-9, 1 - 1e-9, 1 + 1e-9, 1 + 2e-9]))
    constants = np.array([FreeSpace(1e-3, 0.1 * x, waist=0.1).weibull for x in ratio])
    slope = np.diff(constants, axis=0)
    np.testing.assert_allclose(slope[1], 2 * slope[0], rtol=1e-4, atol=3e-14)


def test_turbulence_of_a_downlink():
    z, theta, cn2, layer = 5e5, 1e-5, 1e-15, 1e4
    space = FreeSpace(
        z, 0.5, divergence=theta, wavelength=800e-9, cn2=cn2, turbulent_path=layer, pointing_jitter=1e-7
    )
    assert space.beam_radius == pytest.approx(theta * z, rel=1e-4)
    variance = 1.919 * cn2 * layer**3 * (2 * theta * (z - layer)) ** (-1 / 3) + (1e-7 * z) ** 2
    assert space.wander**2 == pytest.approx(variance, rel=1e-4)
    whole = FreeSpace(1e3, 0.1, waist=0.1, cn2=1e-14)
    assert whole.wander**2 == pytest.approx(1.919 * 1e-14 * 1e9 * 0.2 ** (-1 / 3), rel=1e-14)


def test_atmosphere_and_delay():
    space = FreeSpace(1e3, 10.0, waist=0.1, zenith_transmissivity=0.6, elevation=math.pi / 6)
    assert space.transmissivity == pytest.approx(0.36, rel=1e-12)
    assert space.delay == pytest.approx(1e3 / 299792458, rel=1e-15)
    assert len(space.fading().weight) == 1


def test_steady_medium():
    space = FreeSpace(**GEOMETRIES[0])
    steady = space.at(0.02)
    assert steady.transmissivity == 0.02
    assert steady.blocks(3).transmissivity.tolist() == [0.02] * 3
    assert pickle.loads(pickle.dumps(steady)) == steady != space


def test_slant_range():
    height, elevation = np.array([[400e3], [36e6]]), np.radians([1e-6, 10, 45, 90])
    earth = 6371e3
    exact = np.sqrt((earth + height) ** 2 - (earth * np.cos(elevation)) ** 2) - earth * np.sin(elevation)
    np.testing.assert_allclose(slant_range(height, elevation), exact, rtol=1e-12)
    assert slant_range(1e-6, math.pi / 2) == pytest.approx(1e-6, rel=1e-12)


def test_noise_light_adds_dark_counts():
    """A converter's thermal and Poissonian noise, through the double-click rate of dark arms."""
    dark_arm = Fibre(1.0, loss_db=3000.0)
    for single_mode in (False, True):
        converter = FrequencyConverter(0.0, noise_photons=0.4, single_mode=single_mode)
        link = ebit.links.double_click(
            Fibre(1.0, loss_db=1.0), dark_arm, detector=Detector(0.7, 0.02), converter=(converter, None)
        )
        p = twin.dark_with_noise(0.02, 10**-0.1 * 0.7 / 2, 0.4, single_mode)
        assert link.p_success == pytest.approx((2 * p * (1 - p)) ** 2, rel=1e-12)


# ---- hostile input --------------------------------------------------------------------------------

BUILDERS = {
    "Fibre": lambda **k: Fibre(**{"length": 1e3, **k}),
    "FreeSpace": lambda **k: FreeSpace(
        **{"distance": 1e4, "aperture_radius": 0.1, **({} if "divergence" in k else {"waist": 0.1}), **k}
    ),
    "Detector": Detector,
    "FrequencyConverter": lambda **k: FrequencyConverter(**{"efficiency": 0.5, **k}),
    "slant_range": lambda **k: slant_range(**{"altitude": 1e5, "elevation": 1.0, **k}),
    "transmissivity_at": lambda **k: FreeSpace(**GEOMETRIES[0]).transmissivity_at(**k),
    "fading": lambda **k: FreeSpace(**GEOMETRIES[0]).fading(**k),
    "blocks": lambda **k: FreeSpace(**GEOMETRIES[0]).blocks(**k),
    "at": lambda **k: FreeSpace(**GEOMETRIES[0]).at(**k),
}
NEGATIVE = [math.nan, math.inf, -math.inf, -1e-300, -1.0]
NOT_POSITIVE = [*NEGATIVE, 0.0]
PROBABILITY = [*NEGATIVE, 1.0 + 1e-15, 1e300]
BAD = {
    ("Fibre", "length"): NEGATIVE,
    ("Fibre", "attenuation_db_per_km"): NEGATIVE,
    ("Fibre", "loss_db"): NEGATIVE,
    ("Fibre", "coupling"): PROBABILITY,
    ("Fibre", "index"): [*NOT_POSITIVE, 0.999, 11.0],
    ("FreeSpace", "distance"): [*NOT_POSITIVE, 1e300],
    ("FreeSpace", "aperture_radius"): NOT_POSITIVE,
    ("FreeSpace", "waist"): [*NOT_POSITIVE, 3e-7, 100.1],  # 3e-7: a fifth of the wavelength
    ("FreeSpace", "divergence"): [*NOT_POSITIVE, math.pi / 2, 5.0],
    ("FreeSpace", "wavelength"): [*NOT_POSITIVE, 9e-9, 0.011, 1550.0, 1.55],  # nanometres, micrometres
    ("FreeSpace", "pointing_jitter"): NEGATIVE,
    ("FreeSpace", "zenith_transmissivity"): PROBABILITY,
    ("FreeSpace", "elevation"): [*NOT_POSITIVE, math.pi / 2 + 1e-9, 90.0],
    ("FreeSpace", "cn2"): NEGATIVE,
    ("FreeSpace", "turbulent_path"): [*NOT_POSITIVE, 1e4 + 1],
    ("FreeSpace", "coupling"): PROBABILITY,
    ("FreeSpace", "steady_transmissivity"): PROBABILITY,
    ("Detector", "efficiency"): PROBABILITY,
    ("Detector", "p_dark"): PROBABILITY,
    ("FrequencyConverter", "efficiency"): PROBABILITY,
    ("FrequencyConverter", "noise_photons"): NEGATIVE,
    ("slant_range", "altitude"): [*NOT_POSITIVE, [1e5, math.nan]],
    ("slant_range", "elevation"): [*NOT_POSITIVE, 1.6, [1.0, -1.0]],
    ("at", "transmissivity"): PROBABILITY,
    ("fading", "nodes"): [0, -1, 1001, 2**63],
    ("blocks", "n"): [0, -1, 1001, 2**63],
}


@pytest.mark.parametrize(("builder", "name"), BAD)
def test_numbers_out_of_range_are_named(builder, name):
    for value in BAD[builder, name]:
        with pytest.raises(ValueError, match=name):
            BUILDERS[builder](**{name: value})
    for value in ("1", True, 1j, 10**400, {}, [[[]], 1]):
        with pytest.raises((TypeError, ValueError)):
            BUILDERS[builder](**{name: value})
    if name in ("nodes", "n"):
        with pytest.raises(TypeError, match=name):
            BUILDERS[builder](**{name: [5, 6]})
    elif builder != "slant_range":
        with pytest.raises(ValueError, match=name):
            BUILDERS[builder](**{name: []})


def test_displacements_out_of_range_are_refused():
    for value in (-1.0, math.nan, math.inf, [1.0, -1.0]):
        with pytest.raises(ValueError, match="displacement"):
            BUILDERS["transmissivity_at"](displacement=value)
    with pytest.raises(TypeError, match="displacement"):
        BUILDERS["transmissivity_at"](displacement="1")
    assert BUILDERS["transmissivity_at"](displacement=np.zeros((0, 3))).shape == (0, 3)


def test_a_number_gives_a_number():
    assert isinstance(slant_range(5e5, 1.0), float)
    assert isinstance(FreeSpace(**GEOMETRIES[0]).transmissivity_at(0.1), float)


def test_words_and_flags():
    with pytest.raises(ValueError, match="not both"):
        Fibre(1e3, 0.2, loss_db=3.0)
    for both in ({}, {"waist": 0.1, "divergence": 1e-6}):
        with pytest.raises(ValueError, match="exactly one of waist and divergence"):
            FreeSpace(1e4, 0.1, **both)
    for capture in ("exact", None, 1):
        with pytest.raises(ValueError, match="capture"):
            FreeSpace(1e4, 0.1, waist=0.1, capture=capture)
    with pytest.raises(TypeError, match="number_resolving"):
        Detector(0.5, 0.1, 1)
    with pytest.raises(TypeError, match="single_mode"):
        FrequencyConverter(0.5, 0.1, "yes")
    with pytest.raises(ValueError, match="broadcast"):
        slant_range([1e5, 2e5], [0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    "value",
    [Fibre(1e3), FreeSpace(1e4, 0.1, waist=0.1), Detector(0.5), FrequencyConverter(0.5)],
    ids=lambda v: type(v).__name__,
)
def test_hardware_is_immutable(value):
    with pytest.raises(AttributeError):
        setattr(value, type(value).__slots__[0], 0.3)
    assert pickle.loads(pickle.dumps(value)) == value
    assert hash(value) == hash(pickle.loads(pickle.dumps(value)))
