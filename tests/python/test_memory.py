"""Memories against the master equation and closed forms."""

import pickle

import numpy as np
import pytest

import ebit
from reference import channels as twin

MEMORIES = [
    ebit.Memory(),
    ebit.Memory(t2=0.1),
    ebit.Memory(t1=1.0, t2=2.0),
    ebit.Memory(t1=1.0, t2=0.3, excited_population=0.25),
    ebit.Memory.depolarizing(0.5),
    ebit.Memory.pauli_rates(0.1, 0.2, 0.4),
]


def master_equation(jumps, time):
    """Solve d rho/dt = sum_m L rho L^dagger - {L^dagger L, rho}/2 and return the transfer matrix."""
    from scipy.linalg import expm

    generator = np.zeros((4, 4), dtype=complex)  # on row-stacked rho
    for jump in jumps:
        square = jump.conj().T @ jump
        generator += np.kron(jump, jump.conj()) - (np.kron(square, twin.I) + np.kron(twin.I, square.T)) / 2
    flow = expm(generator * time)
    images = [(flow @ p.reshape(4)).reshape(2, 2) for p in twin.ONE_QUBIT]
    return np.array([[np.trace(p @ image).real / 2 for image in images] for p in twin.ONE_QUBIT])


@pytest.mark.parametrize("time", [0.0, 0.4, 5.0])
@pytest.mark.parametrize(("t1", "t2", "excited"), [(1.3, 0.9, 0.0), (0.5, 1.0, 0.3), (2.0, 0.2, 1.0)])
def test_relaxation_solves_its_master_equation(t1, t2, excited, time):
    lower = np.array([[0, 1], [0, 0]])
    pure = (1 / t2 - 1 / (2 * t1)) / 2
    jumps = [
        np.sqrt((1 - excited) / t1) * lower,
        np.sqrt(excited / t1) * lower.T,
        np.sqrt(pure) * twin.Z,
    ]
    channel = ebit.Memory(t1, t2, excited).decay(time)
    np.testing.assert_allclose(channel.ptm, master_equation(jumps, time), atol=1e-14)


def test_pauli_rates_solve_their_master_equation():
    x, y, z, time = 0.3, 0.1, 0.7, 0.8
    jumps = [np.sqrt(x) * twin.X, np.sqrt(y) * twin.Y, np.sqrt(z) * twin.Z]
    channel = ebit.Memory.pauli_rates(x, y, z).decay(time)
    np.testing.assert_allclose(channel.ptm, master_equation(jumps, time), atol=1e-14)


def test_pauli_rates_closed_form():
    x, y, z, t = 0.3, 0.1, 0.7, np.array([0.0, 0.5, 3.0])
    e_x, e_y, e_z = np.exp(-2 * (y + z) * t), np.exp(-2 * (x + z) * t), np.exp(-2 * (x + y) * t)
    want = [1 + e_x + e_y + e_z, 1 + e_x - e_y - e_z, 1 - e_x + e_y - e_z, 1 - e_x - e_y + e_z]
    got = ebit.Memory.pauli_rates(x, y, z).decay(t).pauli_probabilities()
    np.testing.assert_allclose(got, np.transpose(want) / 4, atol=1e-15)


def test_depolarizing_replaces_the_state():
    got = ebit.Memory.depolarizing(0.5).decay([0.1, 2.0])
    want = ebit.channels.depolarizing(p_replace=-np.expm1(-np.array([0.1, 2.0]) / 0.5))
    np.testing.assert_allclose(got.ptm, want.ptm, atol=1e-15)


def test_decay_is_the_catalogue_channel():
    time = np.array([[0.0, 0.1], [1.0, 50.0]])
    got = ebit.Memory(0.4, 0.3, 0.1).decay(time)
    np.testing.assert_array_equal(got.ptm, ebit.channels.memory_decay(time, 0.4, 0.3, 0.1).ptm)


@pytest.mark.parametrize("memory", MEMORIES, ids=repr)
def test_decays_are_a_semigroup_of_channels(memory):
    first, second = np.array([0.0, 0.1, 2.0]), 0.7
    once = memory.decay(first + second)
    twice = memory.decay(second) @ memory.decay(first)
    np.testing.assert_allclose(twice.ptm, once.ptm, atol=1e-15)
    assert once.is_cptp(1e-14)
    np.testing.assert_array_equal(memory.decay(0.0).ptm, np.eye(4))


@pytest.mark.parametrize("memory", MEMORIES, ids=repr)
def test_parameters_rebuild_the_memory(memory):
    for again in (
        ebit.Memory.from_parameters(memory.parameters),
        pickle.loads(pickle.dumps(memory)),
        eval(repr(memory), {"Memory": ebit.Memory, "inf": np.inf}),
    ):
        assert again == memory
        assert hash(again) == hash(memory)
        assert again.rates == memory.rates
        assert again.equilibrium_z == memory.equilibrium_z
    assert sum(memory == other for other in MEMORIES) == 1


@pytest.mark.parametrize("memory", MEMORIES, ids=repr)
def test_rates_are_those_of_the_decay(memory):
    ptm = memory.decay(0.3).ptm
    np.testing.assert_allclose(-np.log(ptm.diagonal()[1:]) / 0.3, memory.rates, atol=1e-14)
    late = memory.decay(1e6).ptm
    assert late[3, 0] == pytest.approx(memory.equilibrium_z if memory.rates[2] else 0.0)


def test_memories_are_immutable():
    memory = ebit.Memory(t2=0.1)
    with pytest.raises(AttributeError):
        memory.t2 = 5.0
    memory.parameters["t2"] = 5.0
    assert memory.parameters["t2"] == 0.1


@pytest.mark.parametrize(
    ("make", "valid", "parameter", "bad"),
    [
        (ebit.Memory, {"t1": 1.0, "t2": 1.0}, name, bad)
        for name, values in {
            "t1": [np.nan, 0.0, -1.0, 1e-310, -np.inf],
            "t2": [np.nan, 0.0, -1.0, 1e-310, 2.0 + 1e-9, np.inf],
            "excited_population": [np.nan, -0.1, 1.1, np.inf],
        }.items()
        for bad in values
    ]
    + [(ebit.Memory.depolarizing, {}, "time", bad) for bad in (np.nan, 0.0, -1.0, 1e-310)]
    + [
        (ebit.Memory.pauli_rates, {"x": 1.0, "y": 1.0, "z": 1.0}, name, bad)
        for name in "xyz"
        for bad in (np.nan, -1.0, np.inf, 1e301)
    ],
)
def test_hostile_values(make, valid, parameter, bad):
    with pytest.raises(ValueError, match=rf"^{parameter} = .* is not allowed: it must be"):
        make(**{**valid, parameter: bad})


@pytest.mark.parametrize("bad", ["1", None, True, ["0.1"], [0.1, 0.2j], 1j, object()])
def test_wrong_types(bad):
    for make, name in [
        (lambda v: ebit.Memory(t1=v), "t1"),
        (lambda v: ebit.Memory(t2=False if v is None else v), "t2"),
        (lambda v: ebit.Memory(excited_population=v), "excited_population"),
        (lambda v: ebit.Memory.depolarizing(v), "time"),
        (lambda v: ebit.Memory.pauli_rates(0.0, v, 0.0), "y"),
    ]:
        with pytest.raises(TypeError, match=name):
            make(bad)


def test_hostile_times_and_parameters():
    memory = ebit.Memory(t2=0.1)
    for bad in (np.nan, np.inf, -1e-9):
        with pytest.raises(ValueError, match=r"time = .* is not allowed"):
            memory.decay([0.0, bad])
    with pytest.raises(TypeError, match="time"):
        memory.decay("1 s")
    assert memory.decay([]).batch_shape == (0,)
    assert memory.decay(1e308).is_cptp()
    with pytest.raises(ValueError, match="model = 'magic'"):
        ebit.Memory.from_parameters({"model": "magic"})
    with pytest.raises(ValueError, match="model"):
        ebit.Memory.from_parameters({})
    with pytest.raises(TypeError):
        ebit.Memory.from_parameters({"model": "depolarizing", "speed": 3})
    with pytest.raises(TypeError, match="parameters"):
        ebit.Memory.from_parameters("depolarizing")


def test_without_t2_relaxation_alone_limits_coherence():
    assert ebit.Memory(t1=1.5, excited_population=0.2) == ebit.Memory(1.5, 3.0, 0.2)
    assert ebit.Memory(t1=1.5).parameters["t2"] == 3.0
    assert ebit.Memory(t1=1.5, t2=None) == ebit.Memory(t1=1.5)
    assert ebit.Memory() == ebit.Memory(np.inf, np.inf)
    assert ebit.Memory().rates == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match=r"t2 = inf is not allowed: it must be at most 2 t1 = 2"):
        ebit.Memory(t1=1.0, t2=np.inf)


@pytest.mark.parametrize("bad", [np.nan, 0.0, -1.0, 1e-310, -np.inf])
def test_a_bad_t1_alone_is_named(bad):
    with pytest.raises(ValueError, match=r"^t1 = .* is not allowed: it must be"):
        ebit.Memory(t1=bad)
