"""Pair states: conversions, channels on them, refusal of what is not a state."""

import copy
import pickle

import numpy as np
import pytest

import ebit
from ebit.state import BELL_STATES, PairState
from reference import pairs as reference


def channel_of(kraus):
    return ebit.Channel(reference.ptm(kraus))


def random_pair(seed, rank=4):
    rho = reference.random_state(np.random.default_rng(seed), rank)
    return rho, ebit.Pair(reference.correlations(rho))


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_a_density_matrix_makes_the_round_trip(rank):
    rho, pair = random_pair(rank, rank)
    np.testing.assert_allclose(pair.density_matrix(), rho, atol=1e-15)
    np.testing.assert_allclose(ebit.Pair.from_density_matrix(rho).correlations, pair.correlations, atol=1e-15)


def test_special_forms_are_the_states_they_name():
    weights = [0.6, 0.25, 0.1, 0.05]
    np.testing.assert_allclose(
        ebit.BellDiagonal(weights).density_matrix(), reference.bell_diagonal(weights), atol=1e-15
    )
    np.testing.assert_allclose(ebit.Werner(0.37).density_matrix(), reference.werner(0.37), atol=1e-15)
    np.testing.assert_allclose(ebit.Werner.from_fidelity(0.83).fidelity(), 0.83, rtol=1e-15)


@pytest.mark.parametrize(("k", "name"), list(enumerate(BELL_STATES)))
def test_bell_states_have_their_names_and_places(k, name):
    pair = ebit.Pair.from_density_matrix(reference.bell_projector(k))
    assert pair.fidelity(name) == pytest.approx(1.0)
    np.testing.assert_allclose(pair.to_bell_diagonal().weights, np.eye(4)[k], atol=1e-15)


def test_conversions_up_and_down_are_exact():
    werner = ebit.Werner(0.7)
    diagonal = werner.to_bell_diagonal()
    pair = diagonal.to_pair()
    np.testing.assert_allclose(diagonal.weights, [0.775, 0.075, 0.075, 0.075], rtol=1e-14)
    np.testing.assert_allclose(pair.to_werner().w, 0.7, rtol=1e-15)
    np.testing.assert_allclose(pair.to_bell_diagonal().weights, diagonal.weights, rtol=1e-15)


def test_a_lossy_conversion_is_refused():
    _, pair = random_pair(1)
    with pytest.raises(ValueError, match="Bell-diagonal, or be twirled"):
        pair.to_bell_diagonal()
    with pytest.raises(ValueError, match="Werner state, or be twirled"):
        pair.to_werner()
    with pytest.raises(ValueError, match="Werner state, or be twirled"):
        ebit.BellDiagonal([0.7, 0.2, 0.1, 0.0]).to_werner()
    barely = ebit.Werner(0.5).correlations
    barely[1, 2] = 1e-10
    with pytest.raises(ValueError, match="Bell-diagonal"):
        ebit.Pair(barely).to_bell_diagonal()


def test_twirls_are_the_averages_they_claim_to_be():
    rho, pair = random_pair(2)
    over_paulis = sum(
        u @ rho @ u.conj().T for p in reference.PAULIS for u in [reference.kron(p, p.conj())]
    ) / len(reference.PAULIS)
    np.testing.assert_allclose(pair.twirled().density_matrix(), over_paulis, atol=1e-15)
    # The 24 rotations of the cube are as good as all unitaries here.
    quarter_turns = [(np.eye(2) - 1j * p) / np.sqrt(2) for p in reference.PAULIS[1:]]
    group = [np.eye(2)]
    for element in group:
        for turn in quarter_turns:
            product = turn @ element
            if not any(abs(abs(np.trace(g.conj().T @ product)) - 2) < 1e-9 for g in group):
                group.append(product)
    assert len(group) == 24
    over_rotations = sum(u @ rho @ u.conj().T for g in group for u in [reference.kron(g, g.conj())]) / 24
    np.testing.assert_allclose(pair.twirled("werner").density_matrix(), over_rotations, atol=1e-15)
    assert pair.twirled("werner").fidelity() == pytest.approx(pair.fidelity())


@pytest.mark.parametrize("qubit", [0, 1])
def test_a_channel_acts_as_its_kraus_operators(qubit):
    rng = np.random.default_rng(3)
    for seed in range(10):
        rho, pair = random_pair(seed)
        kraus = reference.random_channel(rng)
        after = pair.apply(channel_of(kraus), qubit)
        np.testing.assert_allclose(after.density_matrix(), reference.apply(kraus, qubit, rho), atol=1e-14)


def test_channels_keep_the_form_that_they_can():
    channels = {
        "depolarizing": ebit.channels.depolarizing(p_error=0.2),
        "pauli": ebit.channels.pauli(0.1, 0.15, 0.05),
        "damping": ebit.channels.amplitude_damping(0.2),
    }
    weights = np.array([0.6, 0.25, 0.1, 0.05])
    forms = {}
    for state in (ebit.Werner(0.9), ebit.BellDiagonal(weights), ebit.BellDiagonal(weights).to_pair()):
        for name, channel in channels.items():
            for qubit in (0, 1):
                after = state.apply(channel, qubit)
                general = state.to_pair().apply(channel, qubit)
                np.testing.assert_allclose(after.correlations, general.correlations, atol=1e-15)
            forms[type(state).__name__, name] = type(after).__name__
    assert forms == {
        ("Werner", "depolarizing"): "Werner",
        ("Werner", "pauli"): "BellDiagonal",
        ("Werner", "damping"): "Pair",
        ("BellDiagonal", "depolarizing"): "BellDiagonal",
        ("BellDiagonal", "pauli"): "BellDiagonal",
        ("BellDiagonal", "damping"): "Pair",
        ("Pair", "depolarizing"): "Pair",
        ("Pair", "pauli"): "Pair",
        ("Pair", "damping"): "Pair",
    }


def test_a_batch_of_channels_has_the_form_of_its_least_special_member():
    ptm = np.stack([np.eye(4), ebit.channels.amplitude_damping(0.2).ptm])
    assert type(ebit.Werner(0.9).apply(ebit.Channel(ptm), 0)) is ebit.Pair
    assert type(ebit.Werner(0.9).apply(ebit.Channel(ptm[:1]), 0)) is ebit.Werner


def test_pauli_channel_convolves_bell_weights():
    m = np.array([0.7, 0.05, 0.1, 0.15])  # of I, Z, X, Y
    channel = ebit.channels.pauli(m[2], m[3], m[1])
    v = np.array([0.6, 0.25, 0.1, 0.05])
    expected = [sum(m[i] * v[i ^ k] for i in range(4)) for k in range(4)]
    for qubit in (0, 1):
        np.testing.assert_allclose(ebit.BellDiagonal(v).apply(channel, qubit).weights, expected, rtol=1e-14)


def test_storage_in_closed_form():
    t1, t2, time = 2.0, 0.7, np.array([0.0, 0.1, 1.0, 10.0])
    memory = ebit.Memory(t1=t1, t2=t2)
    stored = ebit.Werner(1.0).decay(memory, memory, time)
    g = -np.expm1(-time / t1)
    expected = (1 + g**2 + (1 - g) ** 2) / 4 + np.exp(-2 * time / t2) / 2
    np.testing.assert_allclose(stored.fidelity(), expected, rtol=1e-14)
    assert stored.batch_shape == (4,)


def test_each_memory_keeps_its_own_qubit():
    rho, pair = random_pair(5)
    left, right, time = ebit.Memory(t1=0.5, t2=0.3), ebit.Memory.pauli_rates(0.0, 0.0, 2.0), 0.2
    gamma = 1 - np.exp(-time / 0.5)
    coherence = np.exp(-time / 0.3) / np.sqrt(1 - gamma)
    expected = reference.apply(reference.amplitude_damping(gamma), 0, rho)
    expected = reference.apply(reference.dephasing((1 - coherence) / 2), 0, expected)
    expected = reference.apply(reference.dephasing((1 - np.exp(-2 * 2.0 * time)) / 2), 1, expected)
    np.testing.assert_allclose(pair.decay(left, right, time).density_matrix(), expected, atol=1e-15)


def test_storage_keeps_the_form_of_the_simpler_memories():
    depolarizing, pauli = ebit.Memory.depolarizing(3.0), ebit.Memory.pauli_rates(0.1, 0.2, 0.3)
    assert type(ebit.Werner(0.9).decay(depolarizing, depolarizing, 0.1)) is ebit.Werner
    assert type(ebit.Werner(0.9).decay(depolarizing, pauli, 0.1)) is ebit.BellDiagonal
    assert type(ebit.Werner(0.9).decay(ebit.Memory(), ebit.Memory(), 0.1)) is ebit.Werner
    assert type(ebit.Werner(0.9).decay(depolarizing, ebit.Memory(t1=1.0, t2=1.0), 0.1)) is ebit.Pair


@pytest.mark.parametrize("g", [0.0, 0.1, 0.5, 1.0])
def test_amplitude_damping_in_closed_form(g):
    damping = channel_of(reference.amplitude_damping(g))
    one = ebit.Werner(1.0).apply(damping, 1).bell_weights()
    s = np.sqrt(1 - g)
    np.testing.assert_allclose(one, [(2 - g) / 4 + s / 2, (2 - g) / 4 - s / 2, g / 4, g / 4], atol=1e-15)
    both = ebit.Werner(1.0).apply(damping, 0).apply(damping, 1).bell_weights()
    mean = (1 + g**2 + (1 - g) ** 2) / 4
    other = g * (1 - g) / 2
    np.testing.assert_allclose(both, [mean + (1 - g) / 2, mean - (1 - g) / 2, other, other], atol=1e-15)
    psi = ebit.BellDiagonal([0, 0, 1, 0]).apply(damping, 0).apply(damping, 1).bell_weights()
    np.testing.assert_allclose(psi, [g / 2, g / 2, 1 - g, 0], atol=1e-15)


def test_batches_broadcast_and_index_like_arrays():
    w = np.linspace(0, 1, 6).reshape(2, 3)
    werner = ebit.Werner(w)
    assert werner.batch_shape == (2, 3)
    assert werner.correlations.shape == (2, 3, 4, 4)
    assert werner.bell_weights().shape == (2, 3, 4)
    for figure in ("fidelity", "concurrence", "negativity", "chsh", "hashing_bound", "secret_fraction"):
        assert getattr(werner, figure)().shape == (2, 3)
    assert [row.batch_shape for row in werner] == [(3,), (3,)]
    np.testing.assert_array_equal(werner[1, ..., 2].w, w[1, 2])
    np.testing.assert_array_equal(werner[w > 0.5].w, w[w > 0.5])
    pair = werner.to_pair()
    assert pair[..., 0].batch_shape == (2,)
    np.testing.assert_array_equal(pair[0, 1].correlations, pair.correlations[0, 1])
    damping = ebit.channels.amplitude_damping(np.linspace(0, 1, 4)[:, None, None])
    assert werner.apply(damping, 0).batch_shape == (4, 2, 3)
    assert werner.decay(ebit.Memory(t2=1.0), ebit.Memory(), np.ones((4, 1, 1))).batch_shape == (4, 2, 3)
    assert ebit.Pair(np.zeros((0, 4, 4))).fidelity().shape == (0,)
    with pytest.raises(IndexError):
        pair[0, 0, 0]
    with pytest.raises(TypeError, match="no batch axis"):
        list(ebit.Werner(0.5))


def test_states_are_immutable_values():
    source = ebit.Werner(0.5).correlations
    pair = ebit.Pair(source)
    source[1, 1] = 0.0
    assert pair.correlations[1, 1] == 0.5
    for state in (pair, ebit.BellDiagonal([0.5, 0.5, 0, 0]), ebit.Werner(0.5), pair[None][0]):
        for twin in (copy.deepcopy(state), pickle.loads(pickle.dumps(state)), state.twirled().to_pair()):
            assert (twin == state) == (type(twin) is type(state))
        assert hash(copy.copy(state)) == hash(state)
        with pytest.raises(ValueError, match="read-only"):
            state._values[...] = 0
        with pytest.raises(AttributeError):
            state.correlations = np.eye(4)
    assert pair != ebit.Werner(0.5)
    assert pair != 1


def test_states_print_as_the_code_that_makes_them():
    for state in (ebit.Werner(0.5), ebit.BellDiagonal([0.5, 0.5, 0, 0]), ebit.Werner(0.5).to_pair()):
        namespace = {"Pair": ebit.Pair, "BellDiagonal": ebit.BellDiagonal, "Werner": ebit.Werner}
        assert eval(repr(state), namespace) == state
    assert repr(ebit.Werner([0.5, 0.6])) == "Werner(batch_shape=(2,))"


# ---- hostile input ----

NAN, INF = float("nan"), float("inf")


def with_entry(i, j, value):
    correlations = np.diag([1.0, 0.5, -0.5, 0.5])
    correlations[i, j] = value
    return correlations


@pytest.mark.parametrize(
    ("correlations", "message"),
    [
        (with_entry(1, 2, NAN), "finite"),
        (with_entry(1, 2, INF), "finite"),
        (with_entry(0, 0, 0.5), "trace 1"),
        (with_entry(0, 0, 1 + 1e-8), "trace 1"),
        (np.zeros((4, 4)), "trace 1"),
        (with_entry(1, 1, 1e300), "negative eigenvalues"),
        (np.diag([1.0, 1, 1, 1]), "negative eigenvalues"),  # the transpose of Phi+
        (with_entry(3, 0, 0.8), "negative eigenvalues"),
        (np.ones((4, 4)), "negative eigenvalues"),
        (np.diag([1.0, 1 + 1e-8, -1, 1]), "negative eigenvalues"),
        ([np.eye(4) * [1, 0, 0, 0], with_entry(2, 2, -3)], "negative eigenvalues"),
        (np.eye(3), "last axes"),
        (np.ones(16), "last axes"),
        (1.0, "last axes"),
        ([], "last axes"),
    ],
)
def test_what_is_not_a_state_is_no_pair(correlations, message):
    with pytest.raises(ValueError, match=rf"correlations .*{message}"):
        ebit.Pair(correlations)


def test_eigenvalues_decide_what_a_state_is():
    """Random Hermitian matrices of trace 1 around the border of the set of states."""
    rng = np.random.default_rng(4)
    verdicts = []
    for _ in range(200):
        rho = reference.random_state(rng, rank=int(rng.integers(1, 5)))
        push = rng.choice([-3e-9, -1e-10, 0.0, 1e-3, -1e-3])
        values, vectors = np.linalg.eigh(rho)
        values[0] = push
        values[3] += 1 - values.sum()
        bent = (vectors * values) @ vectors.conj().T
        allowed = bool(values.min() >= -1e-9)
        verdicts.append(allowed)
        for make in (lambda m: ebit.Pair(reference.correlations(m)), ebit.Pair.from_density_matrix):
            if allowed:
                make(bent)
            else:
                with pytest.raises(ValueError, match="negative eigenvalues"):
                    make(bent)
    assert 0.3 < np.mean(verdicts) < 0.9


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.full((4, 4), NAN), "finite"),
        (np.diag([1, 0, 0, INF]), "finite"),
        (np.diag([1, 0, 0, 0]) + 1e-6j * np.eye(4), "Hermitian"),
        (np.triu(np.ones((4, 4))) / 4, "Hermitian"),
        (np.eye(4), "trace 1"),
        (np.diag([1.5, -0.5, 0, 0]), "negative eigenvalues"),
        (np.eye(2), "last axes"),
    ],
)
def test_what_is_not_a_density_matrix_is_refused(matrix, message):
    with pytest.raises(ValueError, match=rf"density_matrix .*{message}"):
        ebit.Pair.from_density_matrix(matrix)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.1, -0.1, 0, 0], "probabilities in"),
        ([1, -1e-8, 1e-8, 0], "probabilities in"),
        ([0.5, 0.5, 0.5, 0], "add up to 1"),
        ([0.25, 0.25, 0.25, 0.25 + 1e-8], "add up to 1"),
        ([0, 0, 0, 0], "add up to 1"),
        ([NAN, 1, 0, 0], "probabilities in"),
        ([INF, 0, 0, 0], "probabilities in"),
        ([[1, 0, 0, 0], [2, 0, 0, -1]], "probabilities in"),
        ([1, 0, 0], "last axes"),
        (1.0, "last axes"),
        ([], "last axes"),
    ],
)
def test_what_is_not_a_distribution_has_no_bell_diagonal_state(weights, message):
    with pytest.raises(ValueError, match=rf"weights .*{message}"):
        ebit.BellDiagonal(weights)


@pytest.mark.parametrize("w", [NAN, INF, -INF, 1.0001, -0.334, 1e300, [0.5, 2.0]])
def test_a_werner_parameter_outside_its_range_is_refused(w):
    with pytest.raises(ValueError, match=r"w = .* \[-1/3, 1\]"):
        ebit.Werner(w)


@pytest.mark.parametrize("fidelity", [NAN, INF, -1e-9, 1.0001, [0.5, 2.0]])
def test_a_fidelity_outside_its_range_is_refused(fidelity):
    with pytest.raises(ValueError, match=r"fidelity = .* probability"):
        ebit.Werner.from_fidelity(fidelity)


@pytest.mark.parametrize("value", [None, "0.5", 0.5j, True, [object()], {}])
@pytest.mark.parametrize(
    "make",
    [ebit.Pair, ebit.BellDiagonal, ebit.Werner, ebit.Werner.from_fidelity, ebit.Pair.from_density_matrix],
)
def test_what_is_no_number_is_a_type_error(make, value):
    error = ValueError if make == ebit.Pair.from_density_matrix and value == 0.5j else TypeError
    with pytest.raises(error, match="must be"):
        make(value)


IDLE = ebit.channels.depolarizing(p_error=0.0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((IDLE, 2), ValueError, "qubit = 2"),
        ((IDLE, -1), ValueError, "qubit = -1"),
        ((IDLE, 0.0), TypeError, "qubit"),
        ((IDLE, "left"), TypeError, "qubit"),
        ((IDLE.tensor(IDLE), 0), ValueError, "channel acts on two qubits"),
        ((np.eye(4), 0), TypeError, "must be a Channel"),
        ((None, 0), TypeError, "must be a Channel"),
    ],
)
def test_apply_refuses_what_is_no_channel_or_qubit(arguments, error, message):
    with pytest.raises(error, match=message):
        ebit.Werner(0.9).apply(*arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((ebit.Memory(), None, 1.0), TypeError, "right = None"),
        ((0.1, ebit.Memory(), 1.0), TypeError, "left = 0.1"),
        ((ebit.Memory(), ebit.Memory(), -1.0), ValueError, "time = -1"),
        ((ebit.Memory(), ebit.Memory(), NAN), ValueError, "time = nan"),
        ((ebit.Memory(), ebit.Memory(), INF), ValueError, "time = inf"),
        ((ebit.Memory(), ebit.Memory(), "1"), TypeError, "time = '1'"),
        ((ebit.Memory(), ebit.Memory(), [[1.0, 1.0]]), ValueError, "do not broadcast"),
    ],
)
def test_decay_refuses_what_is_no_memory_or_time(arguments, error, message):
    with pytest.raises(error, match=message):
        ebit.Werner([0.9, 0.8, 0.7]).decay(*arguments)


def test_twirled_knows_two_words():
    with pytest.raises(ValueError, match="to = 'pauli' is not allowed"):
        ebit.Werner(0.9).twirled("pauli")


def test_the_base_class_makes_no_states():
    with pytest.raises(TypeError):
        PairState()
