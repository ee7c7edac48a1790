"""The ready-made protocols against their circuits on density matrices, chains and published formulas."""

import inspect

import numpy as np
import pytest

import ebit
from ebit import protocols
from reference import density_protocol as twin
from reference import whole_pairs

rng = np.random.default_rng(20)
DAMPED = twin.products(twin.amplitude_damping(0.1), twin.amplitude_damping(0.05))
COHERENT = [twin.random_unitary(rng, 2)]
GENERAL = twin.random_kraus(rng, 2)
NOISES = {
    "none": [np.eye(4)],
    "replacement": twin.replacement(0.07),
    "damping": DAMPED,
    "coherent": COHERENT,
    "general": GENERAL,
}


def as_state(rho):
    state = ebit.DensityMatrix(len(rho).bit_length() - 1)
    state.coefficients[...] = twin.coefficients(rho)
    return state


def channel(noise):
    return ebit.channels.from_kraus(NOISES[noise])


def assert_same_outcomes(bmap, left, right, expected):
    made = twin.outcomes_of(bmap, twin.coefficients(left), twin.coefficients(right))
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-13)


def random_states(*sizes):
    return [twin.random_state(rng, n, rank=3) for n in sizes]


# --- circuits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("correction", ["right", "left", "none"])
def test_swap(noise, correction):
    left, right = random_states(2, 2)
    bmap = protocols.swap(gate_noise=channel(noise), p_readout_error=0.04, correction=correction)
    assert_same_outcomes(bmap, left, right, twin.swap(left, right, NOISES[noise], 0.04, correction))
    assert (bmap.kept, bmap.accepted) == ((0, 3), (0, 1, 2, 3))


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("kind", ["parity", "type_1", "bell"])
@pytest.mark.parametrize("sizes", [(2, 2), (3, 2), (2, 3)])
def test_fusion(noise, kind, sizes):
    left, right = random_states(*sizes)
    bmap = protocols.fusion(*sizes, kind=kind, gate_noise=channel(noise), p_readout_error=0.04)
    assert_same_outcomes(bmap, left, right, twin.fusion(left, right, NOISES[noise], 0.04, kind))


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("kind", ["dejmps", "epl"])
def test_distillation(noise, kind):
    left, right = random_states(2, 2)
    noises, errors = (NOISES[noise], DAMPED), (0.04, 0.09)
    bmap = getattr(protocols, kind)(gate_noise=(channel(noise), channel("damping")), p_readout_error=errors)
    assert_same_outcomes(bmap, left, right, twin.distillation(left, right, noises, errors, kind))
    assert bmap.accepted == ((0, 3) if kind == "dejmps" else (3,))
    assert bmap.kept == (0, 1)


def twirled(rho):
    """By its defining integral over U x U*, over the Clifford group (a 2-design)."""
    generators = [twin.HADAMARD, np.diag([1, 1j])]
    group = [np.eye(2, dtype=complex)]
    for u in group:
        for g in generators:
            new = g @ u
            if not any(abs(abs(np.trace(new.conj().T @ old)) - 2) < 1e-9 for old in group):
                group.append(new)
    assert len(group) == 24
    both = [np.kron(u, u.conj()) for u in group]
    return sum(u @ rho @ u.conj().T for u in both) / 24


@pytest.mark.parametrize("noise", NOISES)
def test_bbpssw(noise):
    left, right = random_states(2, 2)
    bmap = protocols.bbpssw(gate_noise=channel(noise), p_readout_error=0.04)
    branches = twin.distillation(twirled(left), twirled(right), (NOISES[noise],) * 2, (0.04, 0.04), "bbpssw")
    expected = [twin.coefficients(twirled(twin.density_matrix(branch))) for branch in branches]
    assert_same_outcomes(bmap, left, right, np.array(expected))


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("corrected", [True, False])
def test_teleportation(noise, corrected):
    data, pair = random_states(1, 2)
    bmap = protocols.teleportation(gate_noise=channel(noise), p_readout_error=0.04, corrected=corrected)
    assert_same_outcomes(bmap, data, pair, twin.teleportation(data, pair, NOISES[noise], 0.04, corrected))
    assert bmap.kept == (2,)


@pytest.mark.parametrize("noise", NOISES)
def test_superdense_coding(noise):
    (pair,) = random_states(2)
    lossy = twin.amplitude_damping(0.2)
    bmap = protocols.superdense_coding(
        gate_noise=channel(noise), p_readout_error=0.04, transmission=ebit.channels.from_kraus(lossy)
    )
    for number, bits in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        message = np.diag(np.eye(4)[number])
        expected = twin.superdense_coding(pair, bits, NOISES[noise], 0.04, lossy)
        made = bmap.probabilities(as_state(pair), as_state(message))
        np.testing.assert_allclose(made, expected, rtol=0, atol=1e-13)
        branches = [p * np.diag(np.eye(4)[m]) for m, p in enumerate(expected)]
        assert_same_outcomes(bmap, pair, message, np.array([twin.coefficients(b) for b in branches]))


@pytest.mark.parametrize("noise", NOISES)
def test_remote_cnot(noise):
    data, pair = random_states(2, 2)
    noises, errors = (NOISES[noise], GENERAL), (0.04, 0.09)
    bmap = protocols.remote_cnot(gate_noise=(channel(noise), channel("general")), p_readout_error=errors)
    assert_same_outcomes(bmap, data, pair, twin.remote_cnot(data, pair, noises, errors))


# --- the pair states and chains of this library ------------------------------------------------------------


@pytest.mark.parametrize("p_replace", [0.0, 0.13])
@pytest.mark.parametrize("p_readout_error", [0.0, 0.06])
def test_swaps_of_pair_states(p_replace, p_readout_error):
    left, right = (ebit.Pair.from_density_matrix(rho) for rho in random_states(2, 2))
    bsm = ebit.BellMeasurement(p_replace=p_replace, p_readout_error=p_readout_error)
    noise = ebit.channels.two_qubit_depolarizing(p_replace=p_replace)
    swap = protocols.swap(gate_noise=noise, p_readout_error=p_readout_error)
    expected = ebit.swap(left, right, bsm).correlations.ravel()
    np.testing.assert_allclose(swap(left, right).state.coefficients, expected, rtol=0, atol=1e-14)
    for correction in ("right", "none"):
        swap = protocols.swap(gate_noise=noise, p_readout_error=p_readout_error, correction=correction)
        p, pairs = ebit.swap_outcomes(left, right, bsm, corrected=correction == "right")
        for m, branch in enumerate(swap.branches(left, right)):
            assert branch.probability == pytest.approx(p[m], abs=1e-15)
            np.testing.assert_allclose(
                branch.state.coefficients, pairs[m].correlations.ravel(), rtol=0, atol=1e-13
            )


@pytest.mark.parametrize("kind", ["dejmps", "bbpssw", "epl"])
def test_distillations_of_chains(kind):
    """The state that a chain of one link delivers, and how often it tries."""
    state = twin.random_state(rng, 2) * 0.3 + 0.7 * np.diag([0.5, 0, 0, 0.5])
    state[0, 3], state[3, 0] = state[0, 3] + 0.3, state[3, 0] + 0.3
    pair = ebit.Pair.from_density_matrix(state)
    noise = [(0.03, 0.02), (0.08, 0.05)]
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(p_replace=g, p_readout_error=p)) for g, p in noise]
    link = ebit.links.ideal(p_success=1.0, state=pair)
    chain = ebit.Chain([link], nodes, ebit.Nested(kind[0]), end_nodes="store")
    run = ebit.sample(chain, 4000, rng=1)

    gates = tuple(ebit.channels.two_qubit_depolarizing(p_replace=g) for g, _ in noise)
    bmap = getattr(protocols, kind)(gate_noise=gates, p_readout_error=tuple(p for _, p in noise))
    made = bmap(pair, pair)
    np.testing.assert_allclose(
        run.correlations, np.tile(made.state.coefficients.reshape(4, 4), (4000, 1, 1)), rtol=0, atol=1e-13
    )
    tries = run.waiting_time
    assert abs(tries.mean() - 1 / made.probability) < 5 * tries.std() / np.sqrt(4000)
    p, kept = whole_pairs.distilled(kind, pair.correlations, pair.correlations, *noise)
    assert made.probability == pytest.approx(p, abs=1e-13)
    np.testing.assert_allclose(made.state.coefficients, kept.ravel(), rtol=0, atol=1e-12)


# --- published formulas ------------------------------------------------------------------------------------


def bell_weights(state):
    return ebit.Pair(state.coefficients.reshape(4, 4)).bell_weights()


@pytest.mark.parametrize("f", [0.3, 0.55, 0.8, 0.97, 1.0])
def test_bbpssw_of_werner_states(f):
    """Bennett et al., Phys. Rev. Lett. 76, 722 (1996)."""
    pair = ebit.Werner.from_fidelity(f)
    state, probability = protocols.bbpssw()(pair, pair)
    e = (1 - f) / 3
    n = f**2 + 2 * f * e + 5 * e**2
    assert probability == pytest.approx(n, abs=1e-15)
    np.testing.assert_allclose(
        bell_weights(state), [(f**2 + e**2) / n, *[(1 - (f**2 + e**2) / n) / 3] * 3], atol=1e-14
    )


def test_dejmps_recurrence():
    """Deutsch et al., Phys. Rev. Lett. 77, 2818 (1996); a, b, c, d belong to Phi+, Psi-, Psi+, Phi-."""
    for weights in rng.dirichlet(np.ones(4), 10):
        a, d, c, b = weights
        pair = ebit.BellDiagonal(weights)
        state, probability = protocols.dejmps()(pair, pair)
        n = (a + b) ** 2 + (c + d) ** 2
        expected = np.array([a**2 + b**2, 2 * a * b, c**2 + d**2, 2 * c * d]) / n
        assert probability == pytest.approx(n, abs=1e-15)
        np.testing.assert_allclose(bell_weights(state), expected, atol=1e-14)


def test_teleportation_fidelity():
    """(2 F + 1) / 3, for any pair (M., P. and R. Horodecki, Phys. Rev. A 60, 1888, 1999)."""
    teleportation = protocols.teleportation()
    for rho in random_states(2, 2, 2):
        pair = ebit.Pair.from_density_matrix(rho)
        fidelity = teleportation.channel(right=pair).average_fidelity()
        assert fidelity == pytest.approx((2 * pair.fidelity() + 1) / 3, abs=1e-14)


def test_a_perfect_pair_teleports_anything():
    assert protocols.teleportation().channel(right=ebit.Werner(1.0)) == ebit.channels.unitary("I")


@pytest.mark.parametrize("w", [-0.3, 0.0, 0.4, 1.0])
def test_superdense_coding_of_werner_states(w):
    """The bits reach the capacity 2 - H(weights), which is S(right) + 1 - S(both) (Hiroshima, 2001)."""
    pair = ebit.Werner(w)
    messages = ebit.DensityMatrix(2, 4)
    basis = np.array([twin.coefficients(np.diag(row)) for row in np.eye(4)])
    messages.coefficients[...] = basis.T
    table = protocols.superdense_coding().probabilities(pair, messages)
    np.testing.assert_allclose(table.sum(axis=1), 1.0, atol=1e-15)
    received = table.mean(axis=0)

    def entropy(p):
        p = p[p > 1e-15]
        return -(p * np.log2(p)).sum()

    information = entropy(received) - np.mean([entropy(row) for row in table])
    both = np.linalg.eigvalsh(pair.density_matrix())
    assert information == pytest.approx(1.0 + 1.0 - entropy(both), abs=1e-12)
    classical = protocols.superdense_coding().channel(left=pair).ptm
    populations = basis @ classical.T @ basis.T / 4
    np.testing.assert_allclose(populations, table, atol=1e-14)


def test_a_perfect_pair_makes_a_cnot():
    assert protocols.remote_cnot().channel(right=ebit.Werner(1.0)) == ebit.channels.unitary("CX")


@pytest.mark.parametrize("w", [0.2, 0.9])
def test_remote_cnot_through_a_werner_pair(w):
    """A Pauli that the pair carries becomes Z on the control, X on the target, or both."""
    weights = ebit.Werner(w).bell_weights()
    noisy = protocols.remote_cnot().channel(right=ebit.Werner(w))
    flips = np.zeros(15)
    flips[[0, 11, 12]] = weights[1:]  # IX, ZI, ZX
    expected = ebit.channels.two_qubit_pauli(flips) @ ebit.channels.unitary("CX")
    np.testing.assert_allclose(noisy.ptm, expected.ptm, atol=1e-14)


def ghz(n):
    rho = np.zeros((2**n, 2**n))
    rho[[0, 0, -1, -1], [0, -1, 0, -1]] = 0.5
    return rho


@pytest.mark.parametrize(("kind", "probability"), [("parity", 1.0), ("type_1", 0.5), ("bell", 1.0)])
@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 2), (2, 4), (4, 3)])
def test_fusion_of_ghz_states(kind, probability, m, n):
    made = protocols.fusion(m, n, kind=kind)(as_state(ghz(m)), as_state(ghz(n)))
    assert made.probability == pytest.approx(probability, abs=1e-15)
    size = m + n - (2 if kind == "bell" else 1)
    np.testing.assert_allclose(made.state.coefficients, twin.coefficients(ghz(size)), rtol=0, atol=1e-14)


def test_the_bell_fusion_of_pairs_is_a_swap():
    assert protocols.fusion(kind="bell") == protocols.swap()


def test_epl_of_single_click_links():
    """p = r^2 / 2, F = (1 + c^2) / 2 (E. T. Campbell, S. C. Benjamin, 2008)."""
    r, coherence = 0.7, 0.8 * np.exp(0.6j)
    rho = np.diag([r / 2, 0, 1 - r, r / 2]).astype(complex)
    rho[0, 3], rho[3, 0] = r * coherence / 2, r * np.conj(coherence) / 2
    state, probability = protocols.epl()(as_state(rho), as_state(rho))
    assert probability == pytest.approx(r**2 / 2, abs=1e-15)
    assert bell_weights(state)[0] == pytest.approx((1 + abs(coherence) ** 2) / 2, abs=1e-14)


def test_entanglement_pumping():
    """Fresh pairs purify one pair again and again, up to a fixed point below 1."""
    fresh = ebit.Werner.from_fidelity(0.9)
    dejmps, kept = protocols.dejmps(), fresh
    for _ in range(60):
        before, kept = kept, dejmps(kept, fresh).state
    reached = bell_weights(kept)
    assert 0.9 < reached[0] < 1.0
    np.testing.assert_allclose(before.coefficients, kept.coefficients, atol=1e-9)


# --- parameters --------------------------------------------------------------------------------------------

SINGLE = ["swap", "fusion", "teleportation", "superdense_coding"]
TWO_NODES = ["dejmps", "bbpssw", "epl", "remote_cnot"]


def test_every_protocol_is_here():
    assert {*SINGLE, *TWO_NODES} == {*protocols.__all__}


def assert_same_terms(batch, element, single):
    """Bit for bit; where a parameter of the element is zero, terms of the others are."""
    *columns, coefficient = batch.terms
    used = coefficient[:, element] != 0.0
    for column, other in zip(columns, single.terms, strict=False):
        np.testing.assert_array_equal(column[used], other)
    np.testing.assert_array_equal(coefficient[used, element], single.terms[4])


@pytest.mark.parametrize("name", protocols.__all__)
def test_parameters_by_element(name):
    make = getattr(protocols, name)
    gamma, p = np.array([0.0, 0.1, 0.3]), np.array([0.1, 0.0, 0.05])
    damping = ebit.channels.amplitude_damping(gamma)
    batch = make(gate_noise=damping.tensor(damping), p_readout_error=p)
    assert batch.batch == 3
    left, right = (as_state(rho) for rho in random_states(batch.num_left, batch.num_right))
    made = batch(left, right)
    for e in range(3):
        one = ebit.channels.amplitude_damping(gamma[e])
        single = make(gate_noise=one.tensor(one), p_readout_error=p[e])
        assert_same_terms(batch, e, single)
        state, probability = single(left, right)
        np.testing.assert_allclose(made.state.coefficients[:, e], state.coefficients, rtol=0, atol=1e-14)
        assert made.probability[e] == pytest.approx(probability, abs=1e-15)


@pytest.mark.parametrize("name", protocols.__all__)
def test_maps_are_remembered(name):
    make, noise = getattr(protocols, name), ebit.channels.two_qubit_depolarizing(p_replace=0.1)
    assert make() is make()
    assert make(gate_noise=noise, p_readout_error=0.1) is make(gate_noise=noise, p_readout_error=0.1)
    assert make() != make(gate_noise=noise)
    assert make(p_readout_error=0.1) != make(p_readout_error=0.2)
    assert inspect.signature(make).parameters["p_readout_error"].default == 0.0


@pytest.mark.parametrize("name", protocols.__all__)
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"p_readout_error": np.nan}, ValueError, "p_readout_error = nan"),
        ({"p_readout_error": -0.1}, ValueError, "p_readout_error = -0.1"),
        ({"p_readout_error": 1.1}, ValueError, "p_readout_error = 1.1"),
        ({"p_readout_error": [0.1, np.inf]}, ValueError, "p_readout_error = inf"),
        ({"p_readout_error": []}, ValueError, r"\(0,\)"),
        ({"p_readout_error": [[0.1]]}, ValueError, r"\(1, 1\)"),
        ({"p_readout_error": True}, TypeError, "p_readout_error"),
        ({"p_readout_error": "0.1"}, TypeError, "p_readout_error"),
        ({"p_readout_error": None}, TypeError, "p_readout_error"),
        ({"gate_noise": ebit.channels.dephasing(0.1)}, ValueError, "gate_noise acts on one qubit"),
        ({"gate_noise": 0.1}, TypeError, "gate_noise"),
        ({"gate_noise": np.eye(16)}, TypeError, "gate_noise"),
    ],
)
def test_what_is_refused(name, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(protocols, name)(**arguments)


@pytest.mark.parametrize("name", TWO_NODES)
def test_tuples_of_nodes(name):
    make, noise = getattr(protocols, name), channel("general")
    assert make(gate_noise=(noise, noise), p_readout_error=(0.1, 0.1)) == make(
        gate_noise=noise, p_readout_error=0.1
    )
    one_sided = make(gate_noise=(None, noise))
    assert one_sided != make(gate_noise=(noise, None))
    for wrong in ((), (noise,), (noise,) * 3):
        with pytest.raises(ValueError, match="left and the right node"):
            make(gate_noise=wrong)
    with pytest.raises(ValueError, match="left and the right node"):
        make(p_readout_error=(0.1, 0.1, 0.1))


def test_other_arguments_that_are_refused():
    for correction in ("both", None, 1):
        with pytest.raises(ValueError, match="correction"):
            protocols.swap(correction=correction)
    for kind in ("type_2", None):
        with pytest.raises(ValueError, match="kind"):
            protocols.fusion(kind=kind)
    for sizes in ((1, 2), (2, 0), (2, -1), (12, 4)):
        with pytest.raises(ValueError, match=r"num_left|num_right"):
            protocols.fusion(*sizes)
    with pytest.raises(TypeError, match="num_left"):
        protocols.fusion(2.0)
    with pytest.raises(TypeError, match="corrected"):
        protocols.teleportation(corrected=1)
    with pytest.raises(TypeError, match="transmission"):
        protocols.superdense_coding(transmission=0.1)
    with pytest.raises(ValueError, match="transmission acts on two qubits"):
        protocols.superdense_coding(transmission=ebit.channels.two_qubit_depolarizing(p_error=0.1))
