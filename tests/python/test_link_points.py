"""Hardware, links, memories and Bell measurements of many points: each point is the plain one."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

import ebit
from ebit import BellMeasurement, Detector, ElementaryLink, Fibre, FreeSpace, FrequencyConverter, Memory
from ebit.links import double_click, ideal, single_click, spdc_midpoint

LENGTH = np.array([5e3, 20e3, 60e3])
SIDE = np.array([[0.9], [0.7]])  # broadcasts with LENGTH to (2, 3)
POINTS = [(i, j) for i in range(2) for j in range(3)]


def hardware(length, side, source=(0.9, 0.8)):
    """Every scheme at one point, or at all of them."""
    fibre = Fibre(length, coupling=side, index=1.4 + 0.05 * side)
    lossy = Fibre(1e3, loss_db=length / 1e4)
    space = FreeSpace(
        length, 0.1 * side, waist=0.05, pointing_jitter=1e-6, cn2=1e-16 * side, elevation=side, coupling=side
    )
    diverging = FreeSpace(length, 0.2, divergence=1e-5 * side, turbulent_path=length / 2, capture="weibull")
    detector = Detector(side, 1e-4 * side)
    converter = FrequencyConverter(side, 1e-3 * side)
    keys = {"detector": detector, "source_efficiency": source, "converter": (converter, None)}
    return {
        "single_click": single_click(
            fibre,
            lossy,
            bright_population=(0.1 * side, 0.2),
            phase_std=side / 10,
            p_double_excitation=side / 10,
            modes=2,
            frame="psi",
            **keys,
        ),
        "double_click": double_click(
            fibre, space.at(side / 2), visibility=side, p_dephasing=side / 9, **keys
        ),
        "spdc": spdc_midpoint(
            diverging, lossy, mean_pairs=0.1 * side, misalignment=0.02, pulse_period=1e-9 * length, **keys
        ),
        "spdc, herald": spdc_midpoint(fibre, fibre, mean_pairs=0.1, preparation_time=side),
        "ideal": ideal(side / 2, length, fidelity=side),
        "state": ideal(side / 2, state=ebit.Werner(side)),
        "custom": ElementaryLink(side / 3, 1e-3, state=ebit.Werner(side), transmissivity=side, modes=3),
    }


MANY = hardware(LENGTH, SIDE)


@pytest.mark.parametrize("scheme", MANY)
def test_every_point_is_the_plain_link(scheme):
    many = MANY[scheme]
    assert many.state.shape == (*many.shape, 4, 4)
    for name in ("p_success", "attempt_time", "transmissivity", "modes", "state"):
        assert getattr(many, name).shape[: len(many.shape)] == many.shape
        assert not getattr(many, name).flags.writeable
    for i, j in POINTS:
        plain = hardware(float(LENGTH[j]), float(SIDE[i, 0]))[scheme]
        point = many._at((i, j), (2, 3))
        assert point == plain
        assert point.parameters == plain.parameters
        assert hash(point) == hash(plain)
        for name in ("p_success", "attempt_time", "transmissivity", "modes", "state"):
            np.testing.assert_array_equal(getattr(point, name), getattr(plain, name))
            assert type(getattr(point, name)) is type(getattr(plain, name))


def test_free_space_averages_of_every_point():
    many = FreeSpace(1e4, 0.1, waist=0.05, pointing_jitter=[1e-6, 1e-5])
    for i in range(2):
        one = FreeSpace(1e4, 0.1, waist=0.05, pointing_jitter=many.pointing_jitter[i])
        for name in ("beam_radius", "wander", "delay", "transmissivity", "weibull"):
            np.testing.assert_array_equal(
                np.broadcast_to(getattr(many, name), (3, 2))[-1, i]
                if name == "x"
                else np.array(getattr(many, name))[..., i],
                getattr(one, name),
            )
        np.testing.assert_array_equal(
            many.transmissivity_at([[0.1], [0.2]])[:, i], one.transmissivity_at([0.1, 0.2])
        )
    with pytest.raises(ValueError, match="fading needs the numbers of one medium"):
        many.fading()
    with pytest.raises(ValueError, match="blocks needs the numbers of one medium"):
        many.blocks(3)
    steady = one.at(one.blocks(3).transmissivity)
    np.testing.assert_array_equal(steady.transmissivity, one.blocks(3).transmissivity)


@pytest.mark.parametrize("scheme", MANY)
def test_links_of_many_points_are_values(scheme):
    many = MANY[scheme]
    for again in (
        pickle.loads(pickle.dumps(many)),
        ElementaryLink.from_parameters(json.loads(json.dumps(many.parameters))),
    ):
        assert again == many
        assert hash(again) == hash(many)
        assert again.shape == many.shape
        np.testing.assert_array_equal(again.state, many.state)
        assert not again.state.flags.writeable
    other = hardware(LENGTH, SIDE * (1 - 1e-15))[scheme]
    assert other != many
    assert many != many._at((0, 0), (2, 3))


def test_one_number_for_both_nodes_or_a_pair():
    arm = Fibre(1e3)
    sweep = np.array([0.1, 0.2])
    pair = single_click(arm, arm, bright_population=[0.1, 0.2])
    assert pair.shape == ()
    assert single_click(arm, arm, bright_population=sweep).shape == (2,)
    both = single_click(arm, arm, bright_population=(sweep, sweep[::-1]))
    assert both._at((0,), (2,)) == pair
    with pytest.raises(ValueError, match="bright_population has 3 members"):
        single_click(arm, arm, bright_population=[0.1, 0.2, 0.3])


def test_memories_of_many_points():
    t2 = np.array([[0.1], [np.inf]])
    many = Memory(t1=[np.inf, np.inf, np.inf], t2=t2)
    assert many.shape == (2, 3)
    assert all(rate.shape == (2, 3) for rate in many.rates)
    assert many._at((0, 1), (2, 3)) == Memory(t2=0.1)
    assert many._at((1, 2), (2, 3)).rates == (0.0, 0.0, 0.0)
    relaxing = Memory(t1=[1.0, 2.0])
    assert relaxing.parameters == {
        "model": "relaxation",
        "t1": [1.0, 2.0],
        "t2": [2.0, 4.0],
        "excited_population": 0.0,
    }
    for memory in (many, relaxing, Memory.depolarizing([1.0, 2.0]), Memory.pauli_rates(0.1, [0.1, 0.2], 0.0)):
        for again in (
            pickle.loads(pickle.dumps(memory)),
            Memory.from_parameters(json.loads(json.dumps(memory.parameters))),
        ):
            assert again == memory
            assert hash(again) == hash(memory)
    assert Memory.depolarizing([1.0, 2.0]) != Memory.depolarizing([1.0, 2.5])
    decay = relaxing.decay([[0.1], [0.2], [0.3]])
    assert decay.batch_shape == (3, 2)
    np.testing.assert_array_equal(decay.ptm[2, 1], Memory(t1=2.0).decay(0.3).ptm)
    with pytest.raises(ValueError, match="broadcast"):
        relaxing.decay([0.1, 0.2, 0.3])


def test_measurements_of_many_points():
    many = BellMeasurement([0.5, 0.6], p_readout_error=[[0.0], [0.1]])
    assert many.shape == (2, 2)
    assert many.noise.shape == (2, 2, 4)
    point = many._at((1, 0), (2, 2))
    assert point == BellMeasurement(0.5, 0.0, 0.1)
    np.testing.assert_array_equal(many.noise[1, 0], point.noise)
    for again in (
        pickle.loads(pickle.dumps(many)),
        BellMeasurement(**json.loads(json.dumps(many.parameters))),
    ):
        assert again == many
        assert hash(again) == hash(many)
    assert many != BellMeasurement([0.5, 0.6])
    assert BellMeasurement([0.5]) != BellMeasurement(0.5)
    assert not many.p_success.flags.writeable


@pytest.mark.parametrize(
    "make",
    [
        lambda: Fibre([1e3, 2e3], loss_db=[1.0, 2.0, 3.0]),
        lambda: Fibre([1e3, 2e3], [0.1, 0.2, 0.3]),
        lambda: FreeSpace([1e3, 2e3], [0.1, 0.2, 0.3], waist=0.1),
        lambda: FreeSpace(1e3, 0.1, divergence=[1e-5, 2e-5], wavelength=[1e-6, 1e-6, 1e-6]),
        lambda: Detector([0.1, 0.2], [0.1, 0.2, 0.3]),
        lambda: FrequencyConverter([0.1, 0.2], [0.1, 0.2, 0.3]),
        lambda: double_click(Fibre([1e3, 2e3]), Fibre([1e3, 2e3, 3e3])),
        lambda: ideal([0.1, 0.2], [1.0, 2.0, 3.0]),
        lambda: ideal([0.1, 0.2], fidelity=[1.0, 0.9, 0.8]),
        lambda: Memory([1.0, 2.0], [0.1, 0.2, 0.3]),
        lambda: Memory.pauli_rates([1.0, 2.0], [0.1, 0.2, 0.3], 0.0),
        lambda: BellMeasurement([0.1, 0.2], [0.1, 0.2, 0.3]),
    ],
)
def test_shapes_must_broadcast(make):
    with pytest.raises(ValueError, match=r"broadcast.*\(2,\).*\(3,\)"):
        make()


@pytest.mark.parametrize("bad", [np.nan, -1.0, -np.inf])
def test_one_bad_number_of_many_is_named(bad):
    arm, other = Fibre([1e3, 2e3]), Fibre(1e3)
    makers = {
        "length": lambda x: Fibre(x),
        "coupling": lambda x: Fibre(1e3, coupling=x),
        "steady_transmissivity": lambda x: FreeSpace(1e3, 0.1, waist=0.1, steady_transmissivity=x),
        "p_dark": lambda x: Detector(0.5, x),
        "noise_photons": lambda x: FrequencyConverter(0.5, x),
        "visibility": lambda x: double_click(arm, other, visibility=x),
        "source_efficiency": lambda x: double_click(arm, other, source_efficiency=(0.5, x)),
        "pulse_period": lambda x: spdc_midpoint(arm, other, mean_pairs=0.1, pulse_period=x),
        "p_success": lambda x: ideal(x),
        "fidelity": lambda x: ideal(0.1, fidelity=x),
        "t1": lambda x: Memory(x),
        "p_replace": lambda x: BellMeasurement(p_replace=x),
    }
    for name, make in makers.items():
        with pytest.raises(ValueError, match=name):
            make([0.5, bad])


def test_modes_of_many_points_are_integers():
    link = double_click(Fibre(1e3), Fibre(1e3), modes=[1, 5])
    assert link.modes.tolist() == [1, 5]
    assert link.optical_modes.tolist() == [2, 10]
    for bad, error in (
        ([1, 0], ValueError),
        ([1.0, 2.0], TypeError),
        (np.array([2**63], np.uint64), ValueError),
        ([], TypeError),
    ):
        with pytest.raises(error, match="modes"):
            double_click(Fibre(1e3), Fibre(1e3), modes=bad)
