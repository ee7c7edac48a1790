"""Instruments against projectors on density matrices."""

import pickle

import numpy as np
import pytest

import ebit
from ebit import instruments
from reference import channels as twin

AXES = {"X": twin.X, "Y": twin.Y, "Z": twin.Z}


@pytest.mark.parametrize("basis", AXES)
@pytest.mark.parametrize("error", [0.0, 0.2, 1.0])
def test_measurement(basis, error):
    rng = np.random.default_rng(3)
    rho = twin.random_rho(rng, 2)
    meter = instruments.measurement(basis, error)
    projectors = [(twin.I + AXES[basis]) / 2, (twin.I - AXES[basis]) / 2]
    true = [p @ rho @ p for p in projectors]
    for bit in (0, 1):
        reported = (1 - error) * true[bit] + error * true[1 - bit]
        got = twin.density_matrix(meter.branch(bit) @ twin.expectations(rho))
        np.testing.assert_allclose(got, reported, atol=1e-15)
        probability = meter.probabilities(twin.expectations(rho))[bit]
        assert probability == pytest.approx(np.trace(reported).real, abs=1e-15)
    np.testing.assert_allclose(meter.channel().ptm, twin.ptm(projectors), atol=1e-15)


def test_heralded_erasure():
    loss = instruments.heralded_erasure([0.0, 0.3, 1.0])
    assert loss.heralds == ("kept", "erased")
    assert loss.batch_shape == (3,)
    np.testing.assert_allclose(loss.probabilities([1, 0, 0, 1]), [[1, 0], [0.7, 0.3], [0, 1]], atol=1e-15)
    np.testing.assert_allclose(loss.branch("erased")[1], 0.3 * np.diag([1, 0, 0, 0]), atol=1e-15)
    want = ebit.channels.depolarizing(p_replace=[0.0, 0.3, 1.0])
    np.testing.assert_allclose(loss.channel().ptm, want.ptm, atol=1e-15)


def test_catalogue_passes_the_checks_of_the_constructor():
    made = [instruments.measurement(basis, [0.0, 0.1]) for basis in AXES]
    for instrument in [*made, instruments.heralded_erasure([0.0, 0.1])]:
        again = ebit.Instrument({herald: instrument.branch(herald) for herald in instrument.heralds})
        np.testing.assert_array_equal(again.channel().ptm, instrument.channel().ptm)


def test_own_instrument_on_two_qubits():
    """Parity of two qubits, from its projectors."""
    even = (np.eye(4) + np.kron(twin.Z, twin.Z)) / 2
    parity = ebit.Instrument({"even": twin.ptm([even]), "odd": twin.ptm([np.eye(4) - even])})
    assert parity.num_qubits == 2
    phi_plus = np.diag([1.0, 1, -1, 1]).reshape(16)
    psi_plus = np.diag([1.0, 1, 1, -1]).reshape(16)
    np.testing.assert_allclose(parity.probabilities([phi_plus, psi_plus]), np.eye(2), atol=1e-15)
    np.testing.assert_allclose(parity.branch("even") @ phi_plus, phi_plus, atol=1e-15)


def test_probability_of_a_heralded_decay():
    """A map that is not symmetric: an excited qubit emits a photon, which is seen."""
    still, emitted = twin.amplitude_damping(0.4)
    decay = ebit.Instrument({"dark": twin.ptm([still]), "click": twin.ptm([emitted])})
    np.testing.assert_allclose(decay.probabilities([1, 0, 0, -1]), [0.6, 0.4], atol=1e-15)
    np.testing.assert_allclose(decay.probabilities([1, 0, 0, 1]), [1.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(decay.channel().ptm, ebit.channels.amplitude_damping(0.4).ptm, atol=1e-15)


def test_branches_broadcast_and_keep_their_order():
    p = np.array([0.1, 0.4])[:, None, None]
    lost = ebit.Instrument({"b": p * np.eye(4), "a": (1 - p) * np.eye(4), 3: np.zeros((4, 4))})
    assert lost.heralds == ("b", "a", 3)
    assert lost.batch_shape == (2,)
    np.testing.assert_allclose(lost.probabilities([1, 0, 1, 0]), [[0.1, 0.9, 0], [0.4, 0.6, 0]], atol=1e-15)


def test_pickle_and_read_only():
    meter = instruments.measurement("Z", 0.1)
    again = pickle.loads(pickle.dumps(meter))
    assert again.heralds == meter.heralds
    np.testing.assert_array_equal(again.branch(1), meter.branch(1))
    with pytest.raises(ValueError, match="read-only"):
        meter.branch(0)[0, 0] = 1
    restore, (_, *rest) = meter.__reduce__()
    with pytest.raises(ValueError, match="format 99"):
        restore(99, *rest)


TRANSPOSE = np.diag([0.5, 0.5, -0.5, 0.5])


@pytest.mark.parametrize(
    ("branches", "message"),
    [
        ({}, "branches is empty"),
        ({"a": 0.4 * np.eye(4), "b": 0.4 * np.eye(4)}, "sum of branches does not preserve the trace"),
        ({"a": np.diag([0.5, 0.5, 1.5, 0.5]), "b": TRANSPOSE}, "not completely positive"),
        ({"a": 1.5 * np.eye(4), "b": -0.5 * np.eye(4)}, r"branches\['b'\] is not completely positive"),
        ({"a": np.eye(4), "b": np.zeros((16, 16))}, "must broadcast"),
        ({"a": np.eye(3)}, r"branches\['a'\] has shape"),
        ({"a": np.full((4, 4), np.nan)}, r"branches\['a'\] holds NaN"),
        ({"a": np.full((4, 4), np.inf)}, r"branches\['a'\] holds NaN"),
    ],
)
def test_what_is_no_instrument_is_refused(branches, message):
    with pytest.raises(ValueError, match=message):
        ebit.Instrument(branches)


@pytest.mark.parametrize("branches", [None, [np.eye(4)], np.eye(4), {"a": None}, {"a": "x"}])
def test_wrong_types_are_refused(branches):
    with pytest.raises(TypeError, match="branches"):
        ebit.Instrument(branches)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -0.1, 1.1, 1e300])
def test_hostile_probabilities(bad):
    with pytest.raises(ValueError, match=r"p_readout_error = .* is not allowed"):
        instruments.measurement("Z", bad)
    with pytest.raises(ValueError, match=r"p_erasure = .* is not allowed"):
        instruments.heralded_erasure([0.1, bad])


def test_hostile_bases_and_heralds():
    for basis in ("W", "", "z", "XX", 3, None, twin.Z):
        with pytest.raises(ValueError, match="basis"):
            instruments.measurement(basis)
    with pytest.raises(TypeError, match="p_readout_error"):
        instruments.measurement("X", "0.1")
    with pytest.raises(ValueError, match="herald = 2"):
        instruments.measurement("X").branch(2)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ([1, 0, 0], "state has shape"),
        (1.0, "state has shape"),
        ([0.5, 0, 0, 0], "trace 1"),
        ([1, 1, 1, 0], "not positive"),
        ([1, 0, 0, np.nan], "holds NaN"),
        ([1, 0, 0, 1e200], "holds NaN"),
    ],
)
def test_probabilities_of_what_is_no_state(state, message):
    with pytest.raises(ValueError, match=message):
        instruments.measurement("Z").probabilities(state)


def test_instruments_are_equal_by_heralds_and_numbers():
    meter, branches = (
        instruments.measurement("Z", 0.1),
        [instruments.measurement("Z", 0.1).branch(b) for b in (0, 1)],
    )
    same = instruments.Instrument(dict(enumerate(branches)))
    assert meter == same
    assert hash(meter) == hash(same)
    assert meter != instruments.Instrument(dict(zip("01", branches, strict=True)))
    assert meter != instruments.Instrument({1: branches[1], 0: branches[0]})
    assert meter != instruments.measurement("Z", [0.1, 0.1])
    assert meter != instruments.measurement("Z", 0.2)
    assert meter != meter.channel()
