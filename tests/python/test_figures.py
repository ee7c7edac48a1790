"""Figures of merit against their definitions, closed forms and known thresholds."""

import numpy as np
import pytest
from scipy.optimize import bisect

import ebit
from ebit.state import BELL_STATES, binary_entropy
from reference import pairs as reference


def channel_of(kraus):
    return ebit.Channel(reference.ptm(kraus))


STATES = [(seed, rank) for rank in (1, 2, 3, 4) for seed in range(6)]


@pytest.fixture(params=STATES, ids=str)
def state(request):
    rho = reference.random_state(np.random.default_rng(request.param), request.param[1])
    return rho, ebit.Pair.from_density_matrix(rho)


def test_fidelities_are_expectation_values(state):
    rho, pair = state
    for bell, name in zip(reference.BELL, BELL_STATES, strict=True):
        assert pair.fidelity(name) == pytest.approx((bell @ rho @ bell).real, abs=1e-15)
    assert pair.purity() == pytest.approx(np.trace(rho @ rho).real, rel=1e-14)


def test_qber_counts_wrong_outcomes(state):
    rho, pair = state
    for basis in "xyz":
        assert pair.qber(basis) == pytest.approx(reference.qber(rho, basis), abs=1e-15)


def test_entanglement_measures(state):
    rho, pair = state
    norm = reference.trace_norm_of_transpose(rho)
    # The definition of the concurrence takes roots of eigenvalues at zero: only 1e-8 exact.
    assert pair.concurrence() == pytest.approx(reference.concurrence(rho), abs=1e-7)
    assert pair.negativity() == pytest.approx((norm - 1) / 2, abs=1e-14)
    assert pair.log_negativity() == pytest.approx(np.log2(norm), abs=1e-14)


def test_chsh_is_the_best_over_all_settings(state):
    rho, pair = state
    assert pair.chsh() == pytest.approx(reference.chsh(rho, np.random.default_rng(1)), abs=1e-9)


def test_hashing_bound_is_the_coherent_information(state):
    rho, pair = state
    assert pair.hashing_bound() == pytest.approx(reference.coherent_information(rho), abs=1e-12)


@pytest.mark.parametrize("f", [1.0, 1.16, 2.0])
def test_secret_fractions(state, f):
    rho, pair = state
    for pure_enough in (rho, 0.05 * rho + 0.95 * reference.bell_projector(0)):
        pair = ebit.Pair.from_density_matrix(pure_enough)
        qx, qz = reference.qber(pure_enough, "x"), reference.qber(pure_enough, "z")
        weights = [(bell @ pure_enough @ bell).real for bell in reference.BELL]
        phase_given_bit = reference.entropy(weights) - reference.h(qz)
        assert pair.secret_fraction("bb84", f=f) == pytest.approx(
            max(0, 1 - reference.h(qx) - f * reference.h(qz)), abs=1e-12
        )
        assert pair.secret_fraction("six_state", f=f) == pytest.approx(
            max(0, 1 - phase_given_bit - f * reference.h(qz)), abs=1e-12
        )
    assert pair.secret_fraction("bb84") > 0


def test_bell_diagonal_states_in_closed_form():
    rng = np.random.default_rng(2)
    v = np.concatenate(
        [np.eye(4), rng.dirichlet(np.ones(4), size=50), rng.dirichlet(np.full(4, 0.2), size=50)]
    )
    pair = ebit.BellDiagonal(v)
    top = v.max(axis=1)
    entropies = np.array([reference.entropy(row) for row in v])
    qx, qy, qz = v[:, 1] + v[:, 3], v[:, 1] + v[:, 2], v[:, 2] + v[:, 3]
    t = np.sort(np.abs([1 - 2 * qx, 2 * qy - 1, 1 - 2 * qz]), axis=0)
    np.testing.assert_allclose(pair.concurrence(), np.maximum(0, 2 * top - 1), atol=1e-14)
    np.testing.assert_allclose(pair.negativity(), np.maximum(0, top - 0.5), atol=1e-14)
    np.testing.assert_allclose(pair.log_negativity(), np.log2(np.maximum(1, 2 * top)), atol=1e-14)
    np.testing.assert_allclose(pair.hashing_bound(), 1 - entropies, atol=1e-12)
    np.testing.assert_allclose(pair.secret_fraction("six_state"), np.maximum(0, 1 - entropies), atol=1e-12)
    np.testing.assert_allclose(pair.chsh(), 2 * np.hypot(t[1], t[2]), atol=1e-14)
    for basis, rate in zip("xyz", (qx, qy, qz), strict=True):
        np.testing.assert_allclose(pair.qber(basis), rate, atol=1e-15)


def test_phi_plus_is_perfect():
    for pair in (ebit.Werner(1.0), ebit.BellDiagonal([1, 0, 0, 0]), ebit.Werner(1.0).to_pair()):
        assert [pair.qber(basis) for basis in "xyz"] == [0, 0, 0]
        assert pair.fidelity() == 1
        assert pair.secret_fraction() == pair.secret_fraction("six_state") == 1
        assert pair.concurrence() == pytest.approx(1, abs=1e-15)
        assert pair.negativity() == pytest.approx(0.5, abs=1e-15)
        assert pair.chsh() == pytest.approx(np.sqrt(8), abs=1e-15)
        assert pair.hashing_bound() == pytest.approx(1, abs=1e-13)


def test_damped_psi_plus_is_not_bell_diagonal():
    """Concurrence 1 - g; the twirled state has only 1 - 2g."""
    for g in (0.1, 0.3, 0.6):
        damping = channel_of(reference.amplitude_damping(g))
        pair = ebit.BellDiagonal([0, 0, 1, 0]).apply(damping, 0).apply(damping, 1)
        assert pair.concurrence() == pytest.approx(1 - g, abs=1e-14)
        assert pair.twirled().concurrence() == pytest.approx(max(0, 1 - 2 * g), abs=1e-14)


def threshold(useful, low, high):
    """Where a condition, true at `low`, begins or ceases to hold."""
    return bisect(lambda x: 1.0 if useful(x) else -1.0, low, high, xtol=1e-9)


def depolarized(q):
    return ebit.Werner(1 - 2 * q)


@pytest.mark.parametrize(
    ("measured", "published"),
    [
        (threshold(lambda q: depolarized(q).secret_fraction("bb84") > 0, 0, 0.5), 0.1100),
        (threshold(lambda q: depolarized(q).secret_fraction("six_state") > 0, 0, 0.5), 0.1262),
        (threshold(lambda f: ebit.Werner.from_fidelity(f).secret_fraction() > 0, 1, 0.5), 0.8350),
        (threshold(lambda f: ebit.Werner.from_fidelity(f).hashing_bound() > 0, 1, 0.5), 0.8107),
        (threshold(lambda w: ebit.Werner(w).chsh() > 2, 1, 0), 0.7071),
        (threshold(lambda f: ebit.Werner.from_fidelity(f).chsh() > 2, 1, 0.5), 0.7803),
        (threshold(lambda w: ebit.Werner(w).concurrence() > 0, 1, 0), 1 / 3),
        (threshold(lambda w: ebit.Werner(w).negativity() > 1e-12, 1, 0), 1 / 3),
    ],
)
def test_thresholds(measured, published):
    assert measured == pytest.approx(published, abs=5e-5)


def test_entropy_is_in_bits():
    p = np.array([0.0, 1e-300, 1e-20, 0.11, 0.5, 0.89, 1.0])
    h = binary_entropy(p)
    np.testing.assert_allclose(h[[0, 4, 6]], [0, 1, 0], atol=0)
    assert h[3] == pytest.approx(0.499916, abs=1e-6)
    assert h[5] == pytest.approx(h[3], rel=1e-14)
    assert h[2] == pytest.approx(1e-20 * (-np.log2(1e-20) + 1 / np.log(2)), rel=1e-14)
    assert h[1] > 0


def test_parameters_broadcast():
    pairs = ebit.Werner([0.9, 0.95, 1.0])
    f = np.array([1.0, 1.2])[:, None]
    fractions = pairs.secret_fraction(f=f)
    assert fractions.shape == (2, 3)
    assert fractions[1, 1] == pairs[1].secret_fraction(f=1.2)
    assert np.isscalar(pairs[0].fidelity())


@pytest.mark.parametrize("f", [float("nan"), float("inf"), 0.99, 0.0, -1.0, [1.0, 0.5]])
@pytest.mark.parametrize("protocol", ["bb84", "six_state"])
def test_an_inefficiency_below_one_is_refused(protocol, f):
    with pytest.raises(ValueError, match=r"f = .* at least 1 and finite"):
        ebit.Werner(0.9).secret_fraction(protocol, f=f)


@pytest.mark.parametrize("p", [float("nan"), float("inf"), -1e-9, 1 + 1e-9, [0.5, 2.0]])
def test_binary_entropy_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match=r"p = .* probability"):
        binary_entropy(p)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda pair: pair.fidelity("phi+"), ValueError, "target = 'phi\\+'"),
        (lambda pair: pair.fidelity(0), ValueError, "target = 0"),
        (lambda pair: pair.qber("X"), ValueError, "basis = 'X' .*'x', 'y', 'z'"),
        (lambda pair: pair.qber(None), ValueError, "basis = None"),
        (lambda pair: pair.secret_fraction("bbm92"), ValueError, "protocol = 'bbm92' .*'bb84', 'six_state'"),
        (lambda pair: pair.secret_fraction(["bb84"]), ValueError, "protocol"),
        (lambda pair: pair.secret_fraction(f="1"), TypeError, "f = '1'"),
        (lambda pair: pair.secret_fraction(f=[1.0, 1.0]), ValueError, "do not broadcast"),
        (lambda _: binary_entropy("0.5"), TypeError, "p = '0.5'"),
        (lambda _: binary_entropy(None), TypeError, "p = None"),
    ],
)
def test_unknown_words_and_types_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(ebit.Werner([0.9, 0.8, 0.7]))
