"""Heralded schemes against photon counting in Fock space, closed forms and limits."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest

import ebit
from ebit import Detector, ElementaryLink, Fibre, FreeSpace, FrequencyConverter
from ebit.links import double_click, ideal, single_click, spdc_midpoint
from reference import links as twin

TIGHT = {"rtol": 0, "atol": 1e-12}
PSI_TO_PHI = np.diag([1, 1, -1, -1])


def arm(eta, length=1e3):
    """A fibre of this transmissivity."""
    return Fibre(length, loss_db=-10 * math.log10(eta))


def bell(c):
    """Weights of Phi+, Phi-, Psi+, Psi-."""
    return np.array([[1, 1, -1, 1], [1, -1, 1, 1], [1, 1, 1, -1], [1, -1, -1, -1]]) @ np.diagonal(c) / 4


@pytest.mark.parametrize("number_resolving", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_single_click_is_the_photon_count(seed, number_resolving):
    rng = np.random.default_rng(seed)
    alpha, eta, efficiency = rng.uniform(0, 1, 2), rng.uniform(0.01, 1, 2), rng.uniform(0.3, 1)
    visibility, p_dark = rng.uniform(0, 1), rng.uniform(0, 0.2)
    link = single_click(
        *map(arm, eta),
        bright_population=tuple(alpha),
        detector=Detector(efficiency, p_dark, number_resolving),
        visibility=visibility,
    )
    p, state = twin.link_state(
        twin.single_click(alpha, eta * efficiency, visibility, p_dark, number_resolving)
    )
    np.testing.assert_allclose(link.p_success, p, **TIGHT)
    np.testing.assert_allclose(link.state, state, **TIGHT)


def test_single_click_noise_of_phase_and_preparation():
    alpha, eta, std = (0.2, 0.4), (0.3, 0.6), 0.7
    link = single_click(
        *map(arm, eta),
        bright_population=alpha,
        phase_std=std,
        p_double_excitation=(0.03, 0.05),
        p_dephasing=(0.1, 0.0),
    )
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    rho = (
        sum(
            w * twin.single_click(alpha, eta, 1.0, 0.0, phase=std * x)
            for x, w in zip(nodes, weights, strict=True)
        )
        / weights.sum()
    )
    rho = twin.flip_phases(twin.flip_phases(rho, 0.03, 0.05), 0.1, 0.0)
    p, state = twin.link_state(rho)
    np.testing.assert_allclose(link.p_success, p, **TIGHT)
    np.testing.assert_allclose(link.state, state, **TIGHT)


@pytest.mark.parametrize("number_resolving", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_double_click_is_the_photon_count(seed, number_resolving):
    rng = np.random.default_rng(seed)
    eta, source = rng.uniform(0.01, 1, 2), rng.uniform(0.2, 1, 2)
    visibility, p_dark, flips = rng.uniform(0, 1), rng.uniform(0, 0.2), rng.uniform(0, 0.5, 2)
    link = double_click(
        *map(arm, eta),
        detector=Detector(1.0, p_dark, number_resolving),
        visibility=visibility,
        p_dephasing=tuple(flips),
        source_efficiency=tuple(source),
    )
    rho = twin.flip_phases(twin.double_click(eta * source, visibility, p_dark, number_resolving), *flips)
    p, state = twin.link_state(rho)
    np.testing.assert_allclose(link.p_success, p, **TIGHT)
    np.testing.assert_allclose(link.state, state, **TIGHT)


@pytest.mark.parametrize("single_mode", [False, True])
def test_converter_noise_is_a_dark_count(single_mode):
    medium, coupling, efficiency, p_dark = 0.5, 0.9, 0.8, 0.01
    fibre = Fibre(1e3, loss_db=-10 * math.log10(medium), coupling=coupling)
    converter = FrequencyConverter(0.6, noise_photons=0.3, single_mode=single_mode)
    link = double_click(
        fibre, fibre, detector=Detector(efficiency, p_dark), visibility=0.9, converter=(converter, None)
    )
    rest = medium * coupling * efficiency
    dark = twin.dark_with_noise(p_dark, rest / 2, 0.3, single_mode)  # half of it goes to each detector
    p, state = twin.link_state(twin.double_click((0.6 * rest, rest), 0.9, dark))
    np.testing.assert_allclose(link.p_success, p, **TIGHT)
    np.testing.assert_allclose(link.state, state, **TIGHT)


def test_single_click_closed_forms():
    alpha, eta, v = 0.15, 0.4, 0.8
    mu, a = math.sqrt(v), arm(eta)
    threshold = single_click(a, a, bright_population=alpha, visibility=v)
    assert threshold.p_success == pytest.approx(alpha * eta * (4 + alpha * eta * (v - 3)) / 2, rel=1e-13)
    resolving = single_click(
        a, a, bright_population=alpha, visibility=v, detector=Detector(number_resolving=True)
    )
    assert resolving.p_success == pytest.approx(2 * alpha * eta * (1 - alpha * eta), rel=1e-13)
    fidelity = (1 - alpha) / (1 - alpha * eta) * (1 + mu) / 2
    assert twin.fidelity(resolving.state) == pytest.approx(fidelity, rel=1e-13)


def test_single_click_textbook_limit():
    alpha, eta = 0.1, 1e-8
    link = single_click(arm(eta), arm(eta), bright_population=alpha)
    assert link.p_success == pytest.approx(2 * alpha * eta, rel=1e-7)
    assert twin.fidelity(link.state) == pytest.approx(1 - alpha, rel=1e-7)
    # A false herald is |11>, bright on both sides; in frame phi that is |10>.
    rho = twin.density_matrix(link.state)
    assert rho[2, 2].real == pytest.approx(alpha, rel=1e-7)
    assert abs(rho[1, 1]) < 1e-15


def test_double_click_closed_forms():
    link = double_click(arm(0.3), arm(0.5), visibility=0.7)
    assert link.p_success == pytest.approx(0.3 * 0.5 / 2, rel=1e-13)
    np.testing.assert_allclose(bell(link.state), [0.85, 0.15, 0, 0], **TIGHT)
    # Nothing arrives: every herald is a pair of dark counts, the state is white.
    dark = double_click(arm(1e-300), arm(1e-300), detector=Detector(p_dark=0.1))
    assert dark.p_success == pytest.approx((2 * 0.1 * 0.9) ** 2, rel=1e-13)
    np.testing.assert_allclose(dark.state, np.diag([1.0, 0, 0, 0]), **TIGHT)


@pytest.mark.parametrize("number_resolving", [False, True])
@pytest.mark.parametrize("mean_pairs", [0.02, 0.6])
def test_spdc_is_the_photon_count(mean_pairs, number_resolving):
    eta, source, p_dark, misalignment = np.array([0.35, 0.8]), np.array([0.9, 0.7]), 0.03, 0.02
    link = spdc_midpoint(
        *map(arm, eta),
        mean_pairs=mean_pairs,
        detector=Detector(1.0, p_dark, number_resolving),
        misalignment=misalignment,
        source_efficiency=tuple(source),
    )
    gain, bits = twin.spdc(mean_pairs, eta * source, (p_dark, p_dark), number_resolving)
    w = -(1 - 2 * misalignment) * bits / gain
    np.testing.assert_allclose(link.p_success, gain, **TIGHT)
    np.testing.assert_allclose(link.state, np.diag([1, w, -w, w]), **TIGHT)


@pytest.mark.parametrize("number_resolving", [False, True])
def test_spdc_errs_alike_in_every_basis(number_resolving):
    eta, p_dark, mean_pairs, pairs = (0.4, 0.7), (0.01, 0.02), 0.1, 9
    ours = twin.spdc(mean_pairs, eta, p_dark, number_resolving, pairs=pairs)
    rng = np.random.default_rng(3)
    for _ in range(3):
        q, _ = np.linalg.qr(rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)))
        turned = twin.spdc(mean_pairs, eta, p_dark, number_resolving, rotation=q, pairs=pairs)
        np.testing.assert_allclose(turned, ours, **TIGHT)


def test_spdc_gain_and_error_of_the_paper():
    """Ma, Fung, Lo: E Q with the factor for dark counts beside photons."""
    mean_pairs, ea, eb, p_dark, e_d = 0.3, 0.2, 0.5, 1e-3, 0.015
    lam, y0 = mean_pairs / 2, 1 - (1 - p_dark) ** 2
    both = 1 + ea * lam + eb * lam - ea * eb * lam
    q = 1 - (1 - y0) / (1 + ea * lam) ** 2 - (1 - y0) / (1 + eb * lam) ** 2 + (1 - y0) ** 2 / both**2
    second = 2 * (0.5 - e_d) * ea * eb * lam * (1 + lam) / ((1 + ea * lam) * (1 + eb * lam) * both)
    eq = q / 2 - (1 - p_dark) ** 2 * second
    link = spdc_midpoint(
        arm(ea), arm(eb), mean_pairs=mean_pairs, detector=Detector(p_dark=p_dark), misalignment=e_d
    )
    assert link.p_success == pytest.approx(q, rel=1e-13)
    assert (1 - link.state[3, 3]) / 2 == pytest.approx(eq / q, rel=1e-12)


def test_spdc_does_not_cancel_at_high_loss():
    eta, mean_pairs = 1e-5, 0.01
    link = spdc_midpoint(arm(eta), arm(eta), mean_pairs=mean_pairs)
    lam = mean_pairs / 2  # lowest order in eta, both terms positive
    gain = 2 * eta**2 * lam * (1 + lam) + 4 * eta**2 * lam**2
    assert link.p_success == pytest.approx(gain, rel=1e-4)
    dark = spdc_midpoint(arm(eta), arm(eta), mean_pairs=mean_pairs, detector=Detector(p_dark=1e-7))
    side = 2 * lam * eta + 2e-7
    assert dark.p_success == pytest.approx(2 * eta**2 * lam * (1 + lam) + side**2, rel=1e-4)


def test_spdc_converter_stands_behind_the_arm():
    converter = FrequencyConverter(0.5, noise_photons=0.2)
    link = spdc_midpoint(
        arm(0.3), arm(0.6), mean_pairs=0.1, detector=Detector(0.8, 0.01), converter=(converter, None)
    )
    dark = twin.dark_with_noise(0.01, 0.8, 0.2, False)
    gain, bits = twin.spdc(0.1, (0.3 * 0.5 * 0.8, 0.6 * 0.8), (dark, 0.01))
    np.testing.assert_allclose([link.p_success, link.state[3, 3]], [gain, -bits / gain], **TIGHT)


SCHEMES = {
    "single_click": lambda a, b, **k: single_click(a, b, bright_population=0.1, **k),
    "double_click": double_click,
    "spdc_midpoint": lambda a, b, **k: spdc_midpoint(a, b, mean_pairs=0.1, **k),
}
each_scheme = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)


@each_scheme
def test_slot_is_signal_and_answer(scheme):
    link = scheme(Fibre(10e3), Fibre(30e3), preparation_time=1e-6)
    assert link.attempt_time == pytest.approx(2 * 30e3 / 2e8 + 1e-6, rel=1e-12)
    space = FreeSpace(distance=1e3, aperture_radius=0.2, waist=0.1)
    assert scheme(space, space).attempt_time == pytest.approx(2e3 / 299792458, rel=1e-12)
    assert scheme(Fibre(0.0), Fibre(0.0), preparation_time=1e-6).attempt_time == 1e-6
    with pytest.raises(ValueError, match="preparation_time"):
        scheme(Fibre(0.0), Fibre(0.0))


@each_scheme
def test_frame_psi_is_one_x_away(scheme):
    keys = {"detector": Detector(0.7, 0.01)}
    phi = scheme(arm(0.3), arm(0.2), **keys)
    psi = scheme(arm(0.3), arm(0.2), frame="psi", **keys)
    np.testing.assert_array_equal(phi.state, psi.state @ PSI_TO_PHI)
    assert np.argmax(bell(psi.state)) == 2
    assert np.argmax(bell(phi.state)) == 0


@each_scheme
def test_modes_multiplex(scheme):
    one, many = (scheme(arm(0.2), arm(0.2), modes=m) for m in (1, 30))
    assert many.modes == 30
    assert many.p_success == pytest.approx(1 - (1 - one.p_success) ** 30, rel=1e-12)
    np.testing.assert_array_equal(many.state, one.state)
    rare = [scheme(arm(1e-4), arm(1e-4), modes=m).p_success for m in (1, 1000)]
    assert rare[1] / rare[0] == pytest.approx(1000, rel=3e-2)


@each_scheme
def test_medium_alone_sets_the_transmissivity(scheme):
    fibre = Fibre(20e3, coupling=0.5)
    link = scheme(fibre, Fibre(30e3), detector=Detector(0.5), modes=3)
    assert link.transmissivity == pytest.approx(0.1, rel=1e-12)


@each_scheme
def test_fading_averages_probability_and_unnormalised_state(scheme):
    keys = {"detector": Detector(0.9, 0.01)}
    space = FreeSpace(distance=1e4, aperture_radius=0.1, waist=0.05, pointing_jitter=8e-6)
    other = FreeSpace(distance=1e4, aperture_radius=0.1, waist=0.05, cn2=1e-14)
    faded = scheme(space, other, **keys)
    p, state, bound = 0.0, np.zeros((4, 4)), 0.0
    for eta_a, w_a in zip(*space.fading(20), strict=True):
        for eta_b, w_b in zip(*other.fading(20), strict=True):
            link = scheme(space.at(eta_a), other.at(eta_b), **keys)
            p += w_a * w_b * link.p_success
            state += w_a * w_b * link.p_success * link.state
            bound += w_a * w_b * ebit.capacity.plob_bound(link.transmissivity)
    assert faded.p_success == pytest.approx(p, rel=1e-9)
    np.testing.assert_allclose(faded.state, state / p, atol=1e-9)
    assert ebit.capacity.plob_bound(faded.transmissivity) == pytest.approx(bound, rel=1e-9)


def test_a_long_fibre_is_refused_not_rounded():
    with pytest.raises(ValueError, match="p_success"):
        double_click(Fibre(500e3), Fibre(500e3))
    # One photon from either side crosses half of it; the link's own transmissivity stays exact.
    link = single_click(Fibre(500e3), Fibre(500e3), bright_population=0.1)
    assert link.p_success == pytest.approx(2 * 0.1 * 1e-10, rel=1e-8)
    assert link.transmissivity == pytest.approx(1e-20, rel=1e-12)


@pytest.mark.parametrize("number_resolving", [False, True])
def test_states_are_states_and_rates_respect_the_bound(number_resolving):
    rng = np.random.default_rng(11)
    for _ in range(60):
        eta = rng.uniform(0.001, 1, 2) ** rng.integers(1, 4)
        detector = Detector(rng.uniform(0.1, 1), rng.uniform(0, 0.1) ** 2, number_resolving)
        noise = FrequencyConverter(rng.uniform(0.2, 1), rng.uniform(0, 0.1), bool(rng.integers(2)))
        shared = {"detector": detector, "converter": (noise, None)}
        v, flips = rng.uniform(0, 1), tuple(rng.uniform(0, 0.5, 2))
        arms = arm(eta[0]), arm(eta[1])
        one = single_click(
            *arms,
            bright_population=tuple(rng.uniform(0, 1, 2)),
            visibility=v,
            p_dephasing=flips,
            **shared,
        )
        two = double_click(*arms, visibility=v, p_dephasing=flips, **shared)
        pairs = spdc_midpoint(*arms, mean_pairs=rng.uniform(0.01, 3), **shared)
        for link, light_modes in ((one, 1), (two, 2), (pairs, 2)):
            rho = twin.density_matrix(link.state)
            values = np.linalg.eigvalsh(rho)
            assert values.min() > -1e-12
            assert link.state[0, 0] == pytest.approx(1.0, abs=1e-15)
            qubit = np.linalg.eigvalsh(np.trace(rho.reshape(2, 2, 2, 2), axis1=0, axis2=2))
            coherent = sum(x * math.log2(x) for x in values if x > 0) - sum(
                x * math.log2(x) for x in qubit if x > 0
            )
            # The station in the middle is a repeater: the worse arm sets the bound.
            assert link.p_success * coherent <= light_modes * ebit.capacity.chain_bound(eta) + 1e-12


def test_ideal_links():
    link = ideal(0.25, fidelity=0.85)
    np.testing.assert_allclose(bell(link.state), [0.85, 0.05, 0.05, 0.05], **TIGHT)
    assert (link.p_success, link.attempt_time, link.modes) == (0.25, 1.0, 1)
    assert math.isnan(link.transmissivity)
    np.testing.assert_array_equal(ideal(0.1).state, np.diag([1.0, 1, -1, 1]))

    class Pair:
        correlations = link.state

    assert ideal(0.25, state=Pair()) == ideal(0.25, state=link.state)
    assert ideal(0.25, state=Pair()) != link  # the same state, another description


def test_links_are_values():
    fibre = Fibre(length=82.8e3, loss_db=21.8)
    other = FreeSpace(1e4, 0.2, waist=0.1, cn2=1e-15)
    converter = FrequencyConverter(0.5, 1e-4)
    link = double_click(
        fibre, other, detector=Detector(0.8, 1e-6), visibility=0.9, converter=(converter, None)
    )
    with pytest.raises(AttributeError):
        link.p_success = 1.0
    with pytest.raises(ValueError, match="read-only"):
        link.state[0, 0] = 2.0
    again = pickle.loads(pickle.dumps(link))
    assert again == link
    assert hash(again) == hash(link)
    assert not again.state.flags.writeable
    described = json.loads(json.dumps(link.parameters))
    assert described == link.parameters
    link.parameters["scheme"] = "other"
    assert link.parameters["scheme"] == "double_click"
    assert ElementaryLink.from_parameters(described) == link


def test_parameters_make_every_link_again():
    links = [
        single_click(arm(0.1), arm(0.2), bright_population=(0.1, 0.2), modes=3, frame="psi"),
        spdc_midpoint(arm(0.1), arm(0.2), mean_pairs=0.1, pulse_period=1e-6),
        ideal(0.5, fidelity=0.9),
        ideal(0.5, 2.0, state=np.diag([1.0, 0, 0, 1])),
        ElementaryLink(0.5, state=np.diag([1.0, 0, 0, 1]), transmissivity=0.3, modes=4),
        ElementaryLink(0.5, state=ebit.Werner(0.9)),
    ]
    for link in links:
        again = ElementaryLink.from_parameters(json.loads(json.dumps(link.parameters)))
        assert again == link
        np.testing.assert_array_equal(again.state, link.state)
        for name in ("p_success", "attempt_time", "transmissivity", "modes"):
            np.testing.assert_equal(getattr(again, name), getattr(link, name))
    assert len(set(links)) == len(links)
    for bad in ({}, {"scheme": "unknown"}, {"scheme": 3}):
        with pytest.raises(ValueError, match="scheme"):
            ElementaryLink.from_parameters(bad)


# ---- hostile input --------------------------------------------------------------------------------

A = Fibre(1e3)
BUILDERS = {
    "single_click": lambda **k: single_click(A, A, **{"bright_population": 0.1, **k}),
    "double_click": lambda **k: double_click(A, A, **k),
    "spdc_midpoint": lambda **k: spdc_midpoint(A, A, **{"mean_pairs": 0.1, **k}),
    "ideal": lambda **k: ideal(**{"p_success": 0.5, **k}),
    "ElementaryLink": lambda **k: ElementaryLink(
        **{"p_success": 0.5, "state": np.diag([1.0, 1, -1, 1]), **k}
    ),
}
NOT_NUMBERS = ["0.5", ["0.5"], np.empty((2, 0)), 0.5j, True, [True, False], [], {}, 10**400]
NOT_FINITE = [math.nan, math.inf, -math.inf, -1e-9, -1.0]
PROBABILITY = [*NOT_FINITE, 1.0 + 1e-9, 1e300]
HALF = [*NOT_FINITE, 0.5 + 1e-9]
BAD_NUMBERS = {
    ("single_click", "bright_population"): PROBABILITY,
    ("single_click", "visibility"): PROBABILITY,
    ("single_click", "phase_std"): NOT_FINITE,
    ("single_click", "p_double_excitation"): HALF,
    ("single_click", "p_dephasing"): HALF,
    ("double_click", "visibility"): PROBABILITY,
    ("double_click", "p_dephasing"): HALF,
    ("double_click", "source_efficiency"): PROBABILITY,
    ("double_click", "preparation_time"): NOT_FINITE,
    ("double_click", "modes"): [0, -1, 2**63],
    ("spdc_midpoint", "mean_pairs"): [*NOT_FINITE, 1e7],
    ("spdc_midpoint", "misalignment"): HALF,
    ("spdc_midpoint", "pulse_period"): [*NOT_FINITE, 0.0],
    ("ideal", "p_success"): [*PROBABILITY, 0.0, 1e-13],
    ("ideal", "attempt_time"): [*NOT_FINITE, 0.0],
    ("ideal", "fidelity"): PROBABILITY,
    ("ElementaryLink", "p_success"): [*PROBABILITY, 0.0],
    ("ElementaryLink", "attempt_time"): [*NOT_FINITE, 0.0],
    ("ElementaryLink", "transmissivity"): [math.inf, -0.1, 1.1],
    ("ElementaryLink", "modes"): [0, -5],
}
PER_NODE = {"bright_population", "p_double_excitation", "p_dephasing", "source_efficiency"}


@pytest.mark.parametrize(("builder", "name"), BAD_NUMBERS)
def test_numbers_out_of_range_are_named(builder, name):
    for value in BAD_NUMBERS[builder, name]:
        with pytest.raises(ValueError, match=name):
            BUILDERS[builder](**{name: value})
        if name in PER_NODE:
            for pair in ((value, 0.1), (0.1, value)):
                with pytest.raises(ValueError, match=name):
                    BUILDERS[builder](**{name: pair})


@pytest.mark.parametrize(("builder", "name"), BAD_NUMBERS)
def test_what_is_not_a_number_is_refused(builder, name):
    for value in NOT_NUMBERS:
        with pytest.raises((TypeError, ValueError), match=name):
            BUILDERS[builder](**{name: value})
    if name == "modes":
        with pytest.raises(TypeError, match="modes"):
            BUILDERS[builder](modes=2.0)


@each_scheme
@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("detector", 0.8, TypeError),
        ("detector", None, TypeError),
        ("converter", 0.5, TypeError),
        ("converter", (None,), TypeError),
        ("converter", (None, 0.5), TypeError),
        ("frame", "chi", ValueError),
        ("frame", None, ValueError),
    ],
)
def test_parts_must_be_parts(scheme, key, value, error):
    with pytest.raises(error, match=key):
        scheme(A, A, **{key: value})


@each_scheme
@pytest.mark.parametrize("bad", [None, 1e3, "fibre", Detector()])
def test_arms_must_be_media(scheme, bad):
    with pytest.raises(TypeError, match="arm_a"):
        scheme(bad, A)
    with pytest.raises(TypeError, match="arm_b"):
        scheme(A, bad)


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (np.eye(2), ValueError),
        (np.zeros((0, 0)), ValueError),
        (1.0, ValueError),
        ("Phi+", TypeError),
        (None, TypeError),
        (np.eye(4) * 1j, TypeError),
        (np.full((4, 4), math.nan), ValueError),
        (2 * np.diag([1.0, 1, -1, 1]), ValueError),  # trace 2
        (np.diag([1.0, 1, 1, 1]), ValueError),  # an eigenvalue -1/2
        (np.diag([1.0, 0, 0, math.inf]), ValueError),
        (np.zeros((0, 4, 4)), ValueError),
        ([np.diag([1.0, 1, -1, 1]), np.eye(4)], ValueError),  # one of them is none
    ],
)
def test_states_must_be_states(state, error):
    with pytest.raises(error, match="state"):
        ElementaryLink(0.5, state=state)


def test_one_description_of_the_state():
    with pytest.raises(ValueError, match="either fidelity or state"):
        ideal(0.5, fidelity=0.9, state=np.eye(4))
    with pytest.raises(ValueError, match="p_success"):
        single_click(A, A, bright_population=0.0)


def test_optical_modes_count_the_rails_of_a_photon():
    arm, state = ebit.Fibre(1e3), np.diag([1.0, 0.9, -0.9, 0.9])
    links = [
        (ebit.links.single_click(arm, arm, bright_population=0.1, modes=5), 5),
        (ebit.links.double_click(arm, arm, modes=5), 10),
        (ebit.links.spdc_midpoint(arm, arm, mean_pairs=0.1, modes=5), 10),
        (ebit.links.ideal(0.5), 1),
        (ebit.ElementaryLink(0.5, state=state, modes=5), 5),
    ]
    for link, optical_modes in links:
        assert link.optical_modes == optical_modes
        assert ebit.ElementaryLink.from_parameters(link.parameters).optical_modes == optical_modes
