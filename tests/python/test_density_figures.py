"""Figures of merit of density matrices, against plain complex matrices and closed forms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ebit
from ebit import DensityMatrix, _core, _spectrum
from reference import density_figures as twin
from reference import pairs

RNG = np.random.default_rng(4)
SIZES = [1, 2, 3, 4]  # beyond three qubits LAPACK takes over
# Full rank, low rank, pure; every one without symmetry.
STATES = {
    n: np.array([twin.random_state(RNG, n, rank) for rank in (2**n, 2**n, 1, 1, max(2, 2 ** (n - 1)))])
    for n in SIZES
}
OTHERS = {n: np.array([twin.random_state(RNG, n, rank) for rank in (2**n, 1, 2**n, 1, 2)]) for n in SIZES}
CUTS = {1: [], 2: [[0], [1]], 3: [[0], [1], [2], [0, 2], [1, 2]], 4: [[0], [2], [1, 3], [0, 1, 3]]}


def state_of(rho: npt.NDArray[np.complex128]) -> DensityMatrix:
    return DensityMatrix.from_matrix(rho)


# ---- against the twin ----


@pytest.mark.parametrize("n", SIZES)
def test_eigenvalues(n: int) -> None:
    batch = state_of(STATES[n])
    np.testing.assert_allclose(batch.eigenvalues(), np.linalg.eigvalsh(STATES[n]), atol=1e-15)
    np.testing.assert_allclose(state_of(STATES[n][2]).eigenvalues(), batch.eigenvalues()[2], atol=1e-15)


def test_eigenvalues_of_what_is_no_state() -> None:
    """Signs are kept where they are far from positive."""
    matrices = np.array([np.diag([-5.0, 2.0, 3.0, 1.0]), np.diag([0.5, 0.5, 0.25, -0.25])])
    rows = np.array([twin.coefficients(matrix, 2) for matrix in matrices]).T
    np.testing.assert_allclose(
        _spectrum.eigenvalues(rows).T, np.sort(np.diagonal(matrices, 0, 1, 2)), atol=4e-15
    )


@pytest.mark.parametrize("n", SIZES)
def test_purity_and_entropy(n: int) -> None:
    batch = state_of(STATES[n])
    expected = [np.trace(rho @ rho).real for rho in STATES[n]]
    np.testing.assert_allclose(batch.purity(), expected, atol=1e-14)
    np.testing.assert_allclose(batch.entropy(), [twin.entropy(rho) for rho in STATES[n]], atol=1e-12)
    for qubits in CUTS[n]:
        expected = [twin.entropy(twin.reduced(rho, n, qubits)) for rho in STATES[n]]
        np.testing.assert_allclose(batch.entropy(qubits), expected, atol=1e-12)
    np.testing.assert_allclose(batch.entropy(range(n)), batch.entropy(), atol=0)


@pytest.mark.parametrize("n", SIZES[1:])
def test_figures_of_a_cut(n: int) -> None:
    batch = state_of(STATES[n])
    for qubits in CUTS[n]:
        negativity = [twin.negativity(rho, n, qubits) for rho in STATES[n]]
        np.testing.assert_allclose(batch.negativity(qubits), negativity, atol=1e-14)
        np.testing.assert_allclose(
            batch.log_negativity(qubits), np.log2(1 + 2 * np.array(negativity)), atol=1e-13
        )
        others = [qubit for qubit in range(n) if qubit not in qubits]
        here, there = (
            np.array([twin.entropy(twin.reduced(rho, n, side)) for rho in STATES[n]])
            for side in (qubits, others)
        )
        whole = np.array([twin.entropy(rho) for rho in STATES[n]])
        np.testing.assert_allclose(batch.mutual_information(qubits), here + there - whole, atol=1e-12)
        np.testing.assert_allclose(batch.coherent_information(qubits), here - whole, atol=1e-12)


@pytest.mark.parametrize("n", SIZES)
def test_distances(n: int) -> None:
    batch, other = state_of(STATES[n]), state_of(OTHERS[n])
    pairs_of_states = list(zip(STATES[n], OTHERS[n], strict=True))
    expected = [twin.trace_distance(rho, sigma) for rho, sigma in pairs_of_states]
    np.testing.assert_allclose(batch.trace_distance(other), expected, atol=1e-14)
    expected = [twin.fidelity(rho, sigma) for rho, sigma in pairs_of_states]
    np.testing.assert_allclose(batch.fidelity(other), expected, atol=3e-7)  # the twin's own error
    # A full-rank pair, where the twin is exact.
    assert batch.fidelity(state_of(STATES[n][1]))[0] == pytest.approx(
        twin.fidelity(STATES[n][0], STATES[n][1]), abs=1e-12
    )


@pytest.mark.parametrize("n", SIZES)
def test_fidelity_with_a_pure_state_is_an_expectation_value(n: int) -> None:
    """By three ways: amplitudes, Uhlmann's formula, and the twin's matrices."""
    vectors = RNG.normal(size=(5, 2**n)) + 1j * RNG.normal(size=(5, 2**n))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    batch = state_of(STATES[n])
    expected = [(v.conj() @ rho @ v).real for v, rho in zip(vectors, STATES[n], strict=True)]
    np.testing.assert_allclose(batch.fidelity(vectors), expected, atol=1e-14)
    np.testing.assert_allclose(batch.fidelity(vectors, root=True), np.sqrt(expected), atol=1e-14)
    # Uhlmann's root sees the roots of rounding errors.
    pure = DensityMatrix.from_state_vector(vectors)
    np.testing.assert_allclose(batch.fidelity(pure), expected, atol=1e-7)
    one = batch.fidelity(vectors[1])
    np.testing.assert_allclose(
        one, [(vectors[1].conj() @ rho @ vectors[1]).real for rho in STATES[n]], atol=1e-14
    )


def test_relative_entropy() -> None:
    for n in SIZES:
        rho, sigma = STATES[n][0], OTHERS[n][0]
        value = state_of(rho).relative_entropy(state_of(sigma))
        assert value == pytest.approx(twin.relative_entropy(rho, sigma), abs=1e-11)
    assert state_of(STATES[2][2]).relative_entropy(state_of(STATES[2][2])) == pytest.approx(0.0, abs=1e-12)
    assert state_of(STATES[2][0]).relative_entropy(DensityMatrix.product("00")) == np.inf
    # A rank-one state inside a rank-two support.
    mixed = DensityMatrix.from_matrix(np.diag([0.25, 0.75, 0.0, 0.0]))
    assert DensityMatrix.product("00").relative_entropy(mixed) == pytest.approx(2.0)


@pytest.mark.parametrize("k", range(5))
def test_figures_of_two_qubits(k: int) -> None:
    rho = STATES[2][k]
    state = state_of(rho)
    assert state.concurrence() == pytest.approx(pairs.concurrence(rho), abs=3e-8)  # roots in the twin
    assert state.chsh() == pytest.approx(pairs.chsh(rho, np.random.default_rng(1)), abs=1e-7)
    root = np.sqrt(1 - min(1.0, pairs.concurrence(rho)) ** 2)
    assert state.entanglement_of_formation() == pytest.approx(pairs.h((1 + root) / 2), abs=1e-6)


def test_pairs_and_density_matrices_agree() -> None:
    pair = ebit.Pair.from_density_matrix(STATES[2])
    state = DensityMatrix.from_pair(pair)
    for name in ("concurrence", "negativity", "log_negativity", "chsh", "entanglement_of_formation"):
        np.testing.assert_array_equal(getattr(state, name)(), getattr(pair, name)())
    np.testing.assert_array_equal(state.coherent_information(), pair.hashing_bound())
    np.testing.assert_allclose(state.purity(), pair.purity(), atol=1e-15)
    for name in ("phi_plus", "phi_minus", "psi_plus", "psi_minus"):
        np.testing.assert_allclose(state.fidelity(name), pair.fidelity(name), atol=1e-15)
        generators = {"phi_plus": ["XX", "ZZ"], "phi_minus": ["-XX", "ZZ"], "psi_plus": ["XX", "-ZZ"]}
        if name in generators:
            np.testing.assert_allclose(state.fidelity(generators[name]), pair.fidelity(name), atol=1e-15)


# ---- closed forms ----


def test_werner_states() -> None:
    w = np.linspace(-1 / 3, 1, 41)
    state = DensityMatrix.from_pair(ebit.Werner(w))
    f = (1 + 3 * w) / 4
    np.testing.assert_allclose(state.fidelity(), f, atol=1e-15)
    np.testing.assert_allclose(state.concurrence(), np.maximum(0, 2 * f - 1), atol=1e-15)
    np.testing.assert_allclose(state.negativity(), np.maximum(0, (3 * w - 1) / 4), atol=1e-15)
    np.testing.assert_allclose(state.chsh(), 2 * np.sqrt(2) * abs(w), atol=2e-15)
    np.testing.assert_allclose(state.purity(), (1 + 3 * w**2) / 4, atol=1e-15)
    weights = np.stack([f, (1 - f) / 3, (1 - f) / 3, (1 - f) / 3]).clip(1e-300, 1)
    entropy = -(weights * np.log2(weights)).sum(axis=0)
    np.testing.assert_allclose(state.entropy(), entropy, atol=1e-13)
    np.testing.assert_allclose(state.mutual_information(), 2 - entropy, atol=1e-13)
    root = np.sqrt(1 - np.maximum(0, 2 * f - 1) ** 2)
    expected = [pairs.h((1 + r) / 2) for r in root]
    np.testing.assert_allclose(state.entanglement_of_formation(), expected, atol=1e-13)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda w: sum(w) > 0.1))
def test_bell_diagonal_states(raw: list[float]) -> None:
    weights = np.array(raw) / sum(raw)
    state = DensityMatrix.from_pair(ebit.BellDiagonal(weights))
    top = weights.max()
    assert state.concurrence() == pytest.approx(max(0, 2 * top - 1), abs=4e-15)
    assert state.negativity() == pytest.approx(max(0, top - 0.5), abs=4e-15)
    spins = np.sort(abs(np.diag(state.to_pair().correlations)[1:]))
    assert state.chsh() == pytest.approx(2 * np.hypot(spins[1], spins[2]), abs=4e-15)


def test_isotropic_noise_on_larger_states() -> None:
    """GHZ states with white noise: negativity of one qubit against the rest is (p/2 - (1-p)/8)+ for n = 3."""
    p = np.linspace(0, 1, 11)
    ghz = DensityMatrix.ghz(3).coefficients[:, None] * p
    ghz[0] = 1.0
    state = DensityMatrix.from_coefficients(ghz)
    for qubits in ([0], [1], [0, 2]):
        np.testing.assert_allclose(state.negativity(qubits), np.maximum(0, p / 2 - (1 - p) / 8), atol=1e-14)
    np.testing.assert_allclose(state.fidelity(["XXX", "ZZI", "IZZ"]), p + (1 - p) / 8, atol=1e-15)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_ghz_and_w_states(n: int) -> None:
    ghz, w = DensityMatrix.ghz(n), DensityMatrix.w(n)
    assert ghz.entropy() == pytest.approx(0, abs=1e-12)
    assert ghz.entropy(0) == pytest.approx(1)
    assert ghz.negativity(0) == pytest.approx(0.5)
    assert w.entropy(0) == pytest.approx(pairs.h(1 / n))
    assert w.negativity(0) == pytest.approx(np.sqrt(n - 1) / n)
    assert ghz.fidelity(w) == pytest.approx(1.0 if n == 1 else 0.0, abs=1e-12)
    assert w.expectation("Z" * n) == pytest.approx(-1)


def test_two_qubits_of_a_w_state() -> None:
    """Concurrence 2/n: Koashi, Buzek and Imoto, Phys. Rev. A 62, 050302 (2000)."""
    for n in (2, 3, 4, 5):
        pair = DensityMatrix.from_coefficients(
            _spectrum.reduced(DensityMatrix.w(n).coefficients[:, None], [0, 1])[:, 0]
        )
        assert pair.concurrence() == pytest.approx(2 / n, abs=1e-14)


def test_pure_states_of_two_qubits() -> None:
    """Of cos a |00> + sin a |11> in any local basis, down to product states."""
    angles = np.array([0.0, 1e-12, 1e-8, 1e-4, 0.1, np.pi / 4])
    vectors = np.zeros((len(angles), 4), dtype=complex)
    vectors[:, 0], vectors[:, 3] = np.cos(angles), np.sin(angles)
    local = twin.kron(twin.random_unitary(RNG, 2), twin.random_unitary(RNG, 2))
    state = DensityMatrix.from_state_vector(vectors @ local.T)
    sine = np.sin(2 * angles)
    np.testing.assert_allclose(state.concurrence(), sine, atol=3e-15)
    np.testing.assert_allclose(state.negativity(), sine / 2, atol=3e-15)
    np.testing.assert_allclose(state.chsh(), 2 * np.sqrt(1 + sine**2), atol=3e-15)


def test_degenerate_and_zero_correlations() -> None:
    noise = DensityMatrix.from_coefficients([1.0] + [0.0] * 15)
    assert (noise.concurrence(), noise.negativity(), noise.chsh()) == (0.0, 0.0, 0.0)
    assert noise.entropy() == 2.0
    assert noise.fidelity(noise) == pytest.approx(1.0, abs=1e-15)
    assert noise.trace_distance(noise) == 0.0
    zero = DensityMatrix.product("00")
    assert zero.trace_distance(DensityMatrix.product("11")) == pytest.approx(1.0, abs=1e-15)
    assert zero.fidelity(DensityMatrix.product("11")) == 0.0
    assert (zero.concurrence(), zero.negativity()) == (0.0, 0.0)
    assert zero.chsh() == pytest.approx(2.0)


# ---- observables ----


@pytest.mark.parametrize("n", SIZES)
def test_observables(n: int) -> None:
    letters = RNG.choice(list("IXYZ"), size=(6, n))
    terms = {"".join(row): float(value) for row, value in zip(letters, RNG.normal(size=6), strict=True)}
    matrix = twin.observable(terms)
    batch = state_of(STATES[n])
    mean = np.array([np.trace(rho @ matrix).real for rho in STATES[n]])
    square = np.array([np.trace(rho @ matrix @ matrix).real for rho in STATES[n]])
    for observable in (terms, list(terms.items())):
        np.testing.assert_allclose(batch.expectation(observable), mean, atol=1e-13)
        np.testing.assert_allclose(batch.variance(observable), square - mean**2, atol=1e-13)
    text = "-" + next(iter(terms))
    expected = [np.trace(rho @ twin.operator(text)).real for rho in STATES[n]]
    np.testing.assert_allclose(batch.expectation(text), expected, atol=1e-14)


def test_coefficients_per_state() -> None:
    batch = state_of(STATES[2])
    angle = np.linspace(0, 1, 5)
    value = batch.expectation({"XX": np.cos(angle), "-ZI": np.sin(angle)})
    expected = np.cos(angle) * batch.expectation("XX") - np.sin(angle) * batch.expectation("ZI")
    np.testing.assert_allclose(value, expected, atol=1e-15)


# ---- batches, broadcasting, types ----


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_batch_is_as_many_batches_of_one(n: int) -> None:
    rows = np.array([twin.coefficients(twin.random_state(RNG, n, 1 + k % 2**n), n) for k in range(21)]).T
    rows[:, 7] = rows[:, 0]
    values, overlaps = _core.singular_values(rows), _core.overlap_values(rows, rows[:, ::-1])
    for k in range(21):
        one, other = rows[:, k : k + 1], rows[:, 20 - k : 21 - k]
        np.testing.assert_array_equal(_core.singular_values(one)[:, 0], values[:, k])
        np.testing.assert_array_equal(_core.overlap_values(one, other)[:, 0], overlaps[:, k])
    single = _core.overlap_values(rows[:, :1], rows)
    np.testing.assert_array_equal(single[:, 3:4], _core.overlap_values(rows[:, :1], rows[:, 3:4]))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_figures_of_a_batch_are_those_of_batches_of_one(n: int) -> None:
    """Bit for bit: sums must not depend on how many states there are."""
    rows = np.array([twin.coefficients(twin.random_state(RNG, n, 2**n), n) for _ in range(37)]).T
    others = np.ascontiguousarray(rows[:, ::-1])
    generators = ["X" * n, *("I" * k + "ZZ" + "I" * (n - 2 - k) for k in range(n - 1))]
    calls = [
        lambda x, y: x.fidelity(y),
        lambda x, y: x.fidelity(generators),
        lambda x, y: x.trace_distance(y),
        lambda x, y: x.relative_entropy(y),
        lambda x, y: x.entropy(),
        lambda x, y: x.purity(),
        lambda x, y: x.expectation({"X" * n: 0.3, "Y" * n: 0.7, "Z" * n: 0.1}),
        *([] if n == 1 else [lambda x, y: x.negativity(0), lambda x, y: x.coherent_information(0)]),
        *([lambda x, y: x.fidelity(), lambda x, y: x.concurrence()] if n == 2 else []),
    ]
    whole, other = DensityMatrix.from_coefficients(rows), DensityMatrix.from_coefficients(others)
    for number, call in enumerate(calls):
        values = call(whole, other)
        for k in (0, 7, 36):
            assert call(whole[k : k + 1], other[k : k + 1])[0] == values[k], number


def test_pair_states_are_compared_as_they_are() -> None:
    pair = ebit.Werner(0.7).apply(ebit.channels.amplitude_damping(0.2), qubit=0)
    state = DensityMatrix.from_pair(pair)
    noisy = state.copy()
    noisy.apply("dephasing", 0.1, 0)
    for name in ("fidelity", "trace_distance", "relative_entropy"):
        assert getattr(noisy, name)(pair) == getattr(noisy, name)(state)


def test_single_states_give_floats_and_batches_arrays() -> None:
    single, batch = state_of(STATES[2][0]), state_of(STATES[2])
    calls = [
        lambda x: x.fidelity(),
        lambda x: x.fidelity(["XX", "ZZ"], root=True),
        lambda x: x.fidelity(single),
        lambda x: x.fidelity([1, 0, 0, 0]),
        lambda x: x.trace_distance(single),
        lambda x: x.purity(),
        lambda x: x.entropy(),
        lambda x: x.entropy(1),
        lambda x: x.negativity(),
        lambda x: x.log_negativity(),
        lambda x: x.concurrence(),
        lambda x: x.entanglement_of_formation(),
        lambda x: x.chsh(),
        lambda x: x.mutual_information(),
        lambda x: x.coherent_information(),
        lambda x: x.relative_entropy(single),
        lambda x: x.expectation("XY"),
        lambda x: x.variance({"XY": 2.0}),
    ]
    for call in calls:
        one, many = call(single), call(batch)
        assert type(one) is float
        assert many.shape == (5,)
        assert many[0] == pytest.approx(one, abs=1e-12)


def test_a_single_state_meets_every_one_of_a_batch() -> None:
    single, batch = state_of(OTHERS[2][0]), state_of(STATES[2])
    for name in ("fidelity", "trace_distance"):
        forth, back = getattr(single, name)(batch), getattr(batch, name)(single)
        np.testing.assert_allclose(forth, back, atol=1e-7)
        assert forth.shape == (5,)
    assert single.relative_entropy(batch).shape == batch.relative_entropy(single).shape == (5,)
    assert single.fidelity(np.eye(4)).shape == (4,)


# ---- properties ----


def random_channel(seed: int) -> ebit.Channel:
    kraus = np.array(pairs.random_channel(np.random.default_rng(seed)))
    return ebit.channels.from_kraus(kraus)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 4))
def test_bounds_and_monotones(seed: int, rank: int, other_rank: int) -> None:
    rng = np.random.default_rng(seed)
    rho, sigma = (state_of(twin.random_state(rng, 2, r)) for r in (rank, other_rank))
    slack = 1e-7  # of roots of rounding errors
    f, t = rho.fidelity(sigma), rho.trace_distance(sigma)
    assert 1 - np.sqrt(f) - slack <= t <= np.sqrt(max(0.0, 1 - f)) + slack  # Fuchs and van de Graaf
    assert rho.relative_entropy(sigma) >= 2 / np.log(2) * t**2 - slack  # Pinsker
    c, n = rho.concurrence(), rho.negativity()
    assert np.sqrt((1 - c) ** 2 + c**2) - (1 - c) - slack <= 2 * n <= c + slack  # Verstraete et al.
    assert abs(rho.entropy(0) - rho.entropy(1)) - slack <= rho.entropy()  # Araki and Lieb
    assert rho.mutual_information() >= -slack
    # Local channels cannot raise any of these.
    before = [f, -t, -c, -n, -rho.mutual_information(), -rho.coherent_information(1)]
    channel = random_channel(seed)
    for state in (rho, sigma):
        state.apply(channel, 0)
    after = [
        rho.fidelity(sigma),
        -rho.trace_distance(sigma),
        -rho.concurrence(),
        -rho.negativity(),
        -rho.mutual_information(),
        None,
    ]
    for old, new in zip(before, after, strict=True):
        assert new is None or new >= old - slack


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_local_unitaries_change_nothing(seed: int, rank: int) -> None:
    rng = np.random.default_rng(seed)
    rho = twin.random_state(rng, 2, rank)
    local = twin.kron(twin.random_unitary(rng, 2), twin.random_unitary(rng, 2))
    before, after = state_of(rho), state_of(local @ rho @ local.conj().T)
    for name in ("concurrence", "negativity", "chsh", "entropy", "purity", "mutual_information"):
        assert getattr(after, name)() == pytest.approx(getattr(before, name)(), abs=1e-13)


# ---- what is refused ----

PAIR, TRIPLE, MANY = DensityMatrix.bell(), DensityMatrix.ghz(3), DensityMatrix.bell(batch=3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: PAIR.fidelity("bell"), ValueError, "target"),
        (lambda: TRIPLE.fidelity("phi_plus"), ValueError, "two qubits"),
        (lambda: PAIR.fidelity(["XX"]), ValueError, "generators"),
        (lambda: PAIR.fidelity(["XX", "ZI"]), ValueError, "commute"),
        (lambda: PAIR.fidelity([1.0, 0.0]), ValueError, "shape"),
        (lambda: PAIR.fidelity([1.0, 1.0, 0.0, 0.0]), ValueError, "squared norm"),
        (lambda: PAIR.fidelity([np.nan, 1.0, 0.0, 0.0]), ValueError, "squared norm"),
        (lambda: PAIR.fidelity(None), TypeError, "target"),
        (lambda: PAIR.fidelity(root=1), TypeError, "root"),
        (lambda: PAIR.fidelity(TRIPLE), ValueError, "2 and 3 qubits"),
        (lambda: MANY.fidelity(DensityMatrix.bell(batch=4)), ValueError, "3 and 4 states"),
        (lambda: PAIR.trace_distance("PAIR"), TypeError, "other"),
        (lambda: PAIR.trace_distance(TRIPLE), ValueError, "qubits"),
        (lambda: PAIR.relative_entropy(np.eye(4)), TypeError, "other"),
        (lambda: PAIR.fidelity(np.eye(4) / 4), ValueError, "target has the squared norm 0.0625"),
        (lambda: PAIR.entropy(2), ValueError, "qubits"),
        (lambda: PAIR.entropy([0, 0]), ValueError, "different"),
        (lambda: PAIR.entropy([-1]), ValueError, "qubits"),
        (lambda: PAIR.entropy([0.5]), TypeError, "qubits"),
        (lambda: PAIR.entropy("0"), TypeError, "qubits"),
        (lambda: PAIR.negativity([]), ValueError, "both sides"),
        (lambda: PAIR.negativity([0, 1]), ValueError, "both sides"),
        (lambda: TRIPLE.negativity(), ValueError, "must be given"),
        (lambda: TRIPLE.mutual_information(), ValueError, "must be given"),
        (lambda: TRIPLE.coherent_information(), ValueError, "receiver"),
        (lambda: TRIPLE.log_negativity([3]), ValueError, "qubits"),
        (lambda: TRIPLE.concurrence(), ValueError, "two qubits"),
        (lambda: TRIPLE.chsh(), ValueError, "two qubits"),
        (lambda: DensityMatrix(1).entanglement_of_formation(), ValueError, "two qubits"),
        (lambda: PAIR.expectation("X"), ValueError, "2 letters"),
        (lambda: PAIR.expectation("XQ"), ValueError, "letters"),
        (lambda: PAIR.expectation("xx"), ValueError, "letters"),
        (lambda: PAIR.expectation(3), TypeError, "observable"),
        (lambda: PAIR.expectation(["XX"]), TypeError, "observable"),
        (lambda: PAIR.expectation({1: 2.0}), TypeError, "Pauli string"),
        (lambda: PAIR.expectation({"XX": 1j}), TypeError, "coefficient"),
        (lambda: PAIR.expectation({"XX": np.nan}), ValueError, "finite"),
        (lambda: PAIR.expectation({"XX": [1.0]}), ValueError, "shape"),
        (lambda: MANY.variance({"XX": [1.0, 2.0]}), ValueError, r"\(3,\)"),
    ],
)
def test_hostile_input(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()  # type: ignore[operator]
