"""Channels against Kraus operators applied to density matrices."""

import pickle

import numpy as np
import pytest

import ebit
from ebit import channels
from reference import channels as twin

MEMBERS = [pytest.param(name, kwargs, id=f"{name}-{i}") for i, (name, kwargs) in enumerate(twin.MEMBERS)]
CONSTRUCTORS = {"Channel", "from_choi", "from_kraus", "from_ptm", "from_superoperator", "unitary"}
BELL = {  # correlations of Phi+, Phi-, Psi+, Psi-
    "phi+": np.diag([1.0, 1, -1, 1]),
    "phi-": np.diag([1.0, -1, 1, 1]),
    "psi+": np.diag([1.0, 1, 1, -1]),
    "psi-": np.diag([1.0, -1, -1, -1]),
}


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def member(name, kwargs):
    return getattr(channels, name)(**kwargs)


def bell_weights(correlations):
    return np.array([(correlations * bell).sum() / 4 for bell in BELL.values()])


# ---- the catalogue ----
def test_every_public_channel_has_a_twin():
    assert {name for name, _ in twin.MEMBERS} == set(channels.__all__) - CONSTRUCTORS


def test_every_library_channel_is_public():
    from ebit import _core

    public = {name for name, _ in twin.MEMBERS}
    assert {
        name.removesuffix("_error").removesuffix("_replace") for name in _core.channel_catalogue
    } == public


@pytest.mark.parametrize(("name", "kwargs"), MEMBERS)
def test_catalogue_equals_kraus_on_density_matrices(name, kwargs, rng):
    kraus = getattr(twin, name)(**kwargs)
    channel = member(name, kwargs)
    rho = twin.random_rho(rng, len(kraus[0]))
    out = twin.density_matrix(channel.ptm @ twin.expectations(rho))
    np.testing.assert_allclose(out, twin.apply_kraus(kraus, rho), atol=1e-14)
    np.testing.assert_allclose(channel.ptm, twin.ptm(kraus), atol=1e-14)
    assert channel.is_cptp(1e-14)
    np.testing.assert_array_equal(channel.ptm[0], np.eye(len(channel.ptm))[0])


@pytest.mark.parametrize(("name", "kwargs"), MEMBERS)
def test_catalogue_batches_are_element_by_element(name, kwargs):
    shrink = np.array([[1.0], [0.5], [0.25]])
    for parameter, value in kwargs.items():
        if not np.isfinite(value).all():
            continue
        table = np.ndim(value) == 1
        batch = shrink * value if table else (shrink + 0.0 * shrink.T) * value
        if parameter == "t1":
            batch = value / shrink
        got = member(name, {**kwargs, parameter: batch})
        shape = (3,) if table else batch.shape
        assert got.batch_shape == shape
        for index in np.ndindex(shape):
            one = member(name, {**kwargs, parameter: batch[index]})
            np.testing.assert_array_equal(got.ptm[index], one.ptm)


@pytest.mark.parametrize(("name", "kwargs"), MEMBERS)
def test_conversions_lead_back(name, kwargs):
    channel = member(name, kwargs)
    for again in (
        channels.from_kraus(channel.kraus()),
        channels.from_choi(channel.choi()),
        channels.from_superoperator(channel.superoperator()),
        channels.from_ptm(channel.ptm),
        pickle.loads(pickle.dumps(channel)),
    ):
        np.testing.assert_allclose(again.ptm, channel.ptm, atol=1e-13)


# ---- conventions of the representations ----
@pytest.mark.parametrize("d", [2, 4])
def test_representations_act_as_their_definitions_say(d, rng):
    kraus = twin.random_kraus(rng, 3, d)
    channel = channels.from_kraus(kraus)
    rho = twin.random_rho(rng, d)
    want = twin.apply_kraus(kraus, rho)

    np.testing.assert_allclose(twin.apply_kraus(channel.kraus(), rho), want, atol=1e-13)
    stacked = channel.superoperator() @ rho.reshape(-1, order="F")
    np.testing.assert_allclose(stacked.reshape(d, d, order="F"), want, atol=1e-13)

    choi = channel.choi()
    assert np.trace(choi) == pytest.approx(d)
    blocks = sum(
        np.kron(np.outer(a, b), twin.apply_kraus(kraus, np.outer(a, b))) for a in np.eye(d) for b in np.eye(d)
    )
    np.testing.assert_allclose(choi, blocks, atol=1e-13)
    np.testing.assert_allclose(channels.from_choi(blocks).ptm, twin.ptm(kraus), atol=1e-13)
    assert channel.kraus().shape == (3, d, d)


def test_batched_conversions(rng):
    kraus = np.array([[twin.random_kraus(rng, 2, 2) for _ in range(3)] for _ in range(2)])
    batch = channels.from_kraus(kraus)
    assert batch.batch_shape == (2, 3)
    for index in np.ndindex(2, 3):
        one = channels.from_kraus(kraus[index])
        np.testing.assert_allclose(batch.ptm[index], one.ptm, atol=1e-15)
        np.testing.assert_allclose(batch.choi()[index], one.choi(), atol=1e-15)
        np.testing.assert_allclose(batch.superoperator()[index], one.superoperator(), atol=1e-15)
    np.testing.assert_allclose(channels.from_kraus(batch.kraus()).ptm, batch.ptm, atol=1e-13)
    np.testing.assert_allclose(channels.from_choi(batch.choi()).ptm, batch.ptm, atol=1e-13)


def test_empty_batches_stay_empty():
    empty = channels.dephasing(np.zeros((0, 2)))
    assert empty.ptm.shape == (0, 2, 4, 4)
    assert empty.is_cptp()
    assert (empty @ empty).twirled().average_fidelity().shape == (0, 2)
    assert empty.kraus().shape[:2] == empty.choi().shape[:2] == (0, 2)


# ---- algebra ----
@pytest.mark.parametrize("d", [2, 4])
def test_compose_applies_the_right_one_first(d, rng):
    first, second = twin.random_kraus(rng, 2, d), twin.random_kraus(rng, 2, d)
    both = channels.from_kraus(second) @ channels.from_kraus(first)
    np.testing.assert_allclose(both.ptm, twin.ptm(twin.after(second, first)), atol=1e-13)


def test_tensor_puts_the_first_channel_on_qubit_zero(rng):
    left, right = twin.random_kraus(rng, 2, 2), twin.random_kraus(rng, 2, 2)
    joint = channels.from_kraus(left).tensor(channels.from_kraus(right))
    np.testing.assert_allclose(joint.ptm, twin.ptm([np.kron(a, b) for a in left for b in right]), atol=1e-13)


def test_algebra_broadcasts():
    column = channels.dephasing([[0.1], [0.2]])
    row = channels.amplitude_damping([0.1, 0.2, 0.3])
    for joined in (column @ row, column.tensor(row)):
        assert joined.batch_shape == (2, 3)
    np.testing.assert_allclose((column @ row).ptm[1, 2], column.ptm[1, 0] @ row.ptm[2], atol=1e-15)


@pytest.mark.parametrize("d", [2, 4])
def test_twirl_averages_over_paulis(d, rng):
    kraus = twin.random_kraus(rng, 3, d)
    basis = twin.paulis(d)
    twirled = [p @ k @ p / len(basis) ** 0.5 for p in basis for k in kraus]
    channel = channels.from_kraus(kraus)
    np.testing.assert_allclose(channel.twirled().ptm, twin.ptm(twirled), atol=1e-13)
    weights = channel.pauli_probabilities()
    want = [sum(abs(np.trace(p @ k)) ** 2 for k in kraus) / d**2 for p in basis]
    np.testing.assert_allclose(weights, want, atol=1e-13)


@pytest.mark.parametrize("d", [2, 4])
def test_fidelities(d, rng):
    kraus = twin.random_kraus(rng, 3, d)
    channel = channels.from_kraus(kraus)
    phi = np.eye(d).reshape(-1) / np.sqrt(d)
    rho = sum(np.outer(v, v.conj()) for v in (np.kron(np.eye(d), k) @ phi for k in kraus))
    assert channel.entanglement_fidelity() == pytest.approx((phi @ rho @ phi).real, abs=1e-13)
    # the average over pure states is one over a 2-design: all stabilizer states of the qubits
    assert channel.average_fidelity() == pytest.approx(mean_over_design(kraus, d), abs=1e-13)


def mean_over_design(kraus, d):
    """Average over mutually unbiased bases, which form a 2-design."""
    h = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    s = np.diag([1, 1j])
    if d == 2:
        bases = [np.eye(2), h, s @ h]
    else:
        cz = np.diag([1, 1, 1, -1])
        hh = np.kron(h, h)
        bases = [
            np.eye(4),
            hh,
            np.kron(s, s) @ hh,
            np.kron(s, np.eye(2)) @ cz @ hh,
            np.kron(np.eye(2), s) @ cz @ hh,
        ]
    states = [basis[:, i] for basis in bases for i in range(d)]
    return np.mean([(v.conj() @ twin.apply_kraus(kraus, np.outer(v, v.conj())) @ v).real for v in states])


# ---- closed forms on stored pairs: a channel R on qubit a is R C, on qubit b C R^T ----
@pytest.mark.parametrize("g", [0.0, 0.3, 1.0])
def test_amplitude_damping_of_bell_pairs(g):
    r = channels.amplitude_damping(g).ptm
    both, one = r @ BELL["phi+"] @ r.T, r @ BELL["phi+"]
    even, odd = (1 + g**2 + (1 - g) ** 2) / 4, g * (1 - g) / 2
    np.testing.assert_allclose(
        bell_weights(both), [even + (1 - g) / 2, even - (1 - g) / 2, odd, odd], atol=1e-15
    )
    even, odd, coherence = (2 - g) / 4, g / 4, np.sqrt(1 - g) / 2
    np.testing.assert_allclose(bell_weights(one), [even + coherence, even - coherence, odd, odd], atol=1e-15)

    both = r @ BELL["psi+"] @ r.T
    np.testing.assert_allclose(bell_weights(both), [g / 2, g / 2, 1 - g, 0], atol=1e-15)
    ground = np.outer([1, 0, 0, 1], [1, 0, 0, 1])
    np.testing.assert_allclose(both, (1 - g) * BELL["psi+"] + g * ground, atol=1e-15)


def test_relaxation_fidelity_of_a_bell_pair():
    time, t1, t2 = np.array([0.0, 0.4, 3.0]), 1.3, 0.8
    r = channels.memory_decay(time, t1, t2).ptm
    pair = r @ BELL["phi+"] @ np.swapaxes(r, -1, -2)
    g = 1 - np.exp(-time / t1)
    fidelity = (1 + g**2 + (1 - g) ** 2) / 4 + np.exp(-2 * time / t2) / 2
    np.testing.assert_allclose((pair * BELL["phi+"]).sum((-1, -2)) / 4, fidelity, atol=1e-15)


def test_pauli_noise_permutes_bell_weights():
    p = {"p_x": 0.1, "p_y": 0.2, "p_z": 0.3}
    weights = np.array([0.6, 0.2, 0.15, 0.05])
    pair = sum(w * c for w, c in zip(weights, BELL.values(), strict=True))
    m = [0.4, p["p_z"], p["p_x"], p["p_y"]]
    want = [sum(m[i] * weights[i ^ k] for i in range(4)) for k in range(4)]
    np.testing.assert_allclose(bell_weights(channels.pauli(**p).ptm @ pair), want, atol=1e-15)


def test_depolarizing_parameters_differ_as_named():
    zero = [1, 0, 0, 1]
    assert (channels.depolarizing(p_replace=0.01).ptm @ zero)[3] == pytest.approx(0.99, abs=1e-15)
    assert (channels.depolarizing(p_error=0.01).ptm @ zero)[3] == pytest.approx(1 - 0.04 / 3, abs=1e-15)
    pair = channels.depolarizing(p_error=0.3).ptm @ BELL["phi+"]
    assert bell_weights(pair)[0] == pytest.approx(0.7)
    np.testing.assert_allclose(
        channels.two_qubit_depolarizing(p_error=0.15).ptm,
        channels.two_qubit_depolarizing(p_replace=0.16).ptm,
        atol=1e-15,
    )


def test_unitary_by_matrix_and_tolerance(rng):
    u = twin.random_kraus(rng, 1, 4)[0]
    np.testing.assert_allclose(channels.unitary(u).ptm, twin.ptm([u]), atol=1e-14)
    near = np.diag([1, 1 + 1e-6])
    with pytest.raises(ValueError, match="not unitary"):
        channels.unitary(near)
    np.testing.assert_array_equal(channels.unitary(near, tolerance=1e-5).ptm[0], [1, 0, 0, 0])


# ---- the type ----
def test_channels_are_immutable_and_independent_of_their_input():
    ptm = np.eye(4)
    channel = ebit.Channel(ptm)
    ptm[1, 1] = 7
    assert channel.ptm[1, 1] == 1
    with pytest.raises(ValueError, match="read-only"):
        channel.ptm[1, 1] = 0
    with pytest.raises(AttributeError):
        channel.ptm = ptm
    for made in (channels.dephasing(0.1), channel @ channel, channel.twirled(), channels.unitary("H")):
        assert not made.ptm.flags.writeable


def test_pickle_of_an_unknown_format_is_refused():
    restore, (version, ptm) = channels.dephasing(0.1).__reduce__()
    with pytest.raises(ValueError, match="format 99"):
        restore(version + 98, ptm)


def test_tolerance_decides_what_a_channel_is():
    stretched = np.diag([1, 1, 1, 1 + 1e-6])
    with pytest.raises(ValueError, match="ptm is not completely positive"):
        channels.from_ptm(stretched)
    assert not channels.from_ptm(stretched, tolerance=1e-5).is_cptp()


def test_channels_are_equal_by_their_numbers():
    noisy, batch = channels.dephasing(0.1), channels.dephasing([0.1, 0.2])
    same = channels.from_ptm(noisy.ptm)
    assert noisy == same
    assert hash(noisy) == hash(same)
    assert noisy != channels.dephasing(0.1 + 1e-16 * 4)
    assert noisy != batch
    assert noisy != noisy.tensor(noisy)
    assert noisy != noisy.ptm.tolist()
    assert len({noisy, same, batch, channels.dephasing([0.1, 0.2])}) == 2
