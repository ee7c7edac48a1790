"""Density matrices from and to other descriptions of a state."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ebit
from ebit import DensityMatrix
from ebit.adapters.arrays import reorder
from ebit.density import _paulis
from reference import density_figures as twin

RNG = np.random.default_rng(20261125)
STATES = {n: np.array([twin.random_state(RNG, n) for _ in range(11)]) for n in range(5)}


@pytest.mark.parametrize("n", STATES)
def test_coefficients_are_expectation_values(n: int) -> None:
    expected = np.array([twin.coefficients(rho, n) for rho in STATES[n]]).T
    batch = DensityMatrix.from_matrix(STATES[n])
    assert batch.batch == 11
    np.testing.assert_allclose(batch.coefficients, expected, atol=1e-14)
    single = DensityMatrix.from_matrix(STATES[n][3])
    assert single.batch is None
    np.testing.assert_array_equal(single.coefficients, batch.coefficients[:, 3])
    np.testing.assert_allclose(batch.matrix(), STATES[n], atol=1e-15)
    np.testing.assert_array_equal(single.matrix(), batch.matrix()[3])


@pytest.mark.parametrize("n", STATES)
def test_both_orders_of_qubits(n: int) -> None:
    """The states have no symmetry, so that a wrong order shows."""
    little = np.array([twin.little_endian(rho, n) for rho in STATES[n]])
    state = DensityMatrix.from_matrix(STATES[n])
    np.testing.assert_allclose(state.matrix("little"), little, atol=1e-15)
    np.testing.assert_array_equal(reorder(STATES[n], "matrix") if n else STATES[n], little)
    again = DensityMatrix.from_matrix(little, "little")
    np.testing.assert_array_equal(again.coefficients, state.coefficients)
    single = DensityMatrix.from_matrix(little[5], order="little")
    np.testing.assert_array_equal(single.coefficients, state.coefficients[:, 5])
    np.testing.assert_array_equal(single.matrix(order="little"), state.matrix("little")[5])


def test_a_batch_is_as_many_batches_of_one() -> None:
    batch = DensityMatrix.from_matrix(STATES[3])
    for k in range(11):
        one = DensityMatrix.from_matrix(STATES[3][k : k + 1])
        np.testing.assert_array_equal(one.coefficients[:, 0], batch.coefficients[:, k])


@pytest.mark.parametrize("n", [6, 7, 8])
def test_more_qubits_than_a_block(n: int) -> None:
    """Too large for the twin: single entries, and there and back."""
    rho = twin.random_state(RNG, n, rank=3)
    state = DensityMatrix.from_matrix(rho)
    for row in (0, 1, 4**n - 1, *RNG.integers(4**n, size=20)):
        text = "".join("IXYZ"[row >> 2 * (n - 1 - q) & 3] for q in range(n))
        assert state.coefficients[row] == pytest.approx(
            np.trace(twin.operator(text) @ rho).real, abs=1e-13
        ), text
    np.testing.assert_allclose(state.matrix(), rho, atol=1e-15)
    np.testing.assert_allclose(state.matrix("little"), reorder(rho, "matrix"), atol=1e-15)


@pytest.mark.parametrize("n", range(5))
def test_state_vectors(n: int) -> None:
    vectors = RNG.normal(size=(9, 2**n)) + 1j * RNG.normal(size=(9, 2**n))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    expected = np.array([twin.coefficients(np.outer(v, v.conj()), n) for v in vectors]).T
    state = DensityMatrix.from_state_vector(vectors)
    np.testing.assert_allclose(state.coefficients, expected, atol=1e-14)
    np.testing.assert_array_equal(
        DensityMatrix.from_state_vector(vectors[4]).coefficients, state.coefficients[:, 4]
    )
    little = reorder(vectors, "vector") if n else vectors
    np.testing.assert_array_equal(
        DensityMatrix.from_state_vector(little, "little").coefficients, state.coefficients
    )
    back = state.state_vector()
    assert back.shape == vectors.shape
    np.testing.assert_allclose(abs((back.conj() * vectors).sum(axis=1)), 1.0, atol=1e-13)
    largest = np.take_along_axis(back, abs(back).argmax(axis=1)[:, None], axis=1)
    np.testing.assert_allclose(largest, abs(largest), atol=1e-15)
    expected = reorder(back, "vector") if n else back
    np.testing.assert_allclose(expected, state.state_vector("little"), atol=1e-14)


def test_the_phase_of_a_state_vector_is_the_same_for_a_tie() -> None:
    state = DensityMatrix.from_state_vector([0.6j, 0.0, 0.0, -0.6, 0.2, 0.2j, 0.4, 0.2])
    vector = state.state_vector()
    np.testing.assert_allclose(vector[0], 0.6, atol=1e-14)
    np.testing.assert_allclose(vector[3], 0.6j, atol=1e-14)


def test_a_mixed_state_has_no_vector() -> None:
    with pytest.raises(ValueError, match=r"purity of element 1 is 0\.5"):
        DensityMatrix.from_matrix(np.array([np.diag([1.0, 0.0]), np.eye(2) / 2])).state_vector()


@pytest.mark.parametrize(
    "pair", [ebit.Werner(0.6), ebit.BellDiagonal([[0.7, 0.1, 0.15, 0.05], [0.2, 0.3, 0.4, 0.1]])]
)
def test_pairs_there_and_back(pair: ebit.Werner) -> None:
    state = DensityMatrix.from_pair(pair)
    np.testing.assert_allclose(state.matrix(), pair.density_matrix(), atol=1e-15)
    np.testing.assert_array_equal(state.to_pair().correlations, pair.correlations)


def test_a_pair_without_symmetry_keeps_its_sides() -> None:
    pair = ebit.Pair.from_density_matrix(STATES[2])
    state = DensityMatrix.from_pair(pair)
    np.testing.assert_allclose(
        state.coefficients, DensityMatrix.from_matrix(STATES[2]).coefficients, atol=1e-14
    )
    assert state.to_pair() == pair


# ---- stabilizer states ----


@pytest.mark.parametrize(
    "generators",
    [
        ["XX", "-ZZ"],
        ["-YZX", "XIZ"],
        ["Y"],
        ["XZI", "ZXZ", "IZX"],
        ["-XYZI", "+ZZII", "IIZX"],
        ["XXXX", "ZZZZ", "-YYII"],
    ],
)
def test_stabilizer_states_are_products_of_projectors(generators: list[str]) -> None:
    n = len(generators[0].lstrip("+-"))
    rho = np.eye(2**n, dtype=complex)
    for text in generators:
        rho = rho @ (np.eye(2**n) + twin.operator(text)) / 2
    rho /= np.trace(rho).real
    np.testing.assert_allclose(DensityMatrix.from_stabilizers(generators).matrix(), rho, atol=1e-15)


@pytest.mark.parametrize(
    ("generators", "message"),
    [
        (["XX", "ZI"], "does not commute"),
        (["XX", "XX"], "a product of those before"),
        (["XX", "ZZ", "YY"], "a product of those before"),
        (["II"], "a product of those before"),
        ([], "at least one"),
        (["XX", "Z"], "2 letters"),
        (["XQ"], "letters I, X, Y or Z"),
        (["X" * 40], "at most 13"),
    ],
)
def test_generators_that_are_none(generators: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DensityMatrix.from_stabilizers(generators)


@given(st.text("IXYZ", min_size=3, max_size=3), st.text("IXYZ", min_size=3, max_size=3))
def test_products_of_strings(left: str, right: str) -> None:
    (_, a), (_, b) = _paulis.parse("a", left, 3), _paulis.parse("b", right, 3)
    product = twin.operator(left) @ twin.operator(right)
    sign = int(_paulis.product_sign(np.int64(a), np.int64(b)))
    hermitian = (product + product.conj().T) / 2
    np.testing.assert_array_equal(hermitian, sign * twin.operator(twin.strings(3)[a ^ b]))


def test_named_states() -> None:
    s = np.sqrt(0.5)
    vectors = {
        "phi_plus": [s, 0, 0, s],
        "phi_minus": [s, 0, 0, -s],
        "psi_plus": [0, s, s, 0],
        "psi_minus": [0, s, -s, 0],
    }
    for name, vector in vectors.items():
        np.testing.assert_allclose(DensityMatrix.bell(name).matrix(), np.outer(vector, vector), atol=1e-15)
    for n in range(1, 5):
        ghz = np.zeros(2**n)
        ghz[0] = ghz[-1] = s
        np.testing.assert_allclose(DensityMatrix.ghz(n).matrix(), np.outer(ghz, ghz), atol=1e-15)
        w = np.array([bin(i).count("1") == 1 for i in range(2**n)]) / np.sqrt(n)
        np.testing.assert_allclose(DensityMatrix.w(n).matrix(), np.outer(w, w), atol=1e-15)
    letters = {
        "0": [1, 0],
        "1": [0, 1],
        "+": [s, s],
        "-": [s, -s],
        "r": [s, 1j * s],
        "l": [s, -1j * s],
    }
    for text in ("0", "1+", "-rl0", "l1"):
        vector = twin.kron(*(np.array(letters[letter])[:, None] for letter in text)).ravel()
        np.testing.assert_allclose(
            DensityMatrix.product(text).matrix(), np.outer(vector, vector.conj()), atol=1e-15
        )


def test_named_states_in_batches() -> None:
    for batch in (
        DensityMatrix.bell(batch=5),
        DensityMatrix.ghz(3, 5),
        DensityMatrix.w(3, 5),
        DensityMatrix.product("0+r", 5),
    ):
        assert batch.batch == 5
        assert np.all(batch.coefficients == batch.coefficients[:, :1])
    np.testing.assert_array_equal(DensityMatrix.w(3, 5).coefficients[:, 2], DensityMatrix.w(3).coefficients)


# ---- views, DLPack, copies, pickles ----


def test_coefficients_are_a_writable_view() -> None:
    state = DensityMatrix.product("0+", 3)
    view = state.coefficients
    view[1, 2] = 0.25
    assert state.coefficients[1, 2] == 0.25
    assert view.base is not None
    del state
    assert view[1, 2] == 0.25  # the view keeps the state alive


@pytest.mark.parametrize("batch", [None, 1, 5, 8])
def test_dlpack_without_a_copy(batch: int | None) -> None:
    state = DensityMatrix.product("0+", batch)
    array = np.from_dlpack(state)
    np.testing.assert_array_equal(array, state.coefficients)
    assert np.shares_memory(array, state.coefficients)


@pytest.mark.parametrize("batch", [None, 1, 11])
def test_pickles_and_copies(batch: int | None) -> None:
    state = DensityMatrix.from_matrix(STATES[2][0] if batch is None else STATES[2][:batch])
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(state, protocol))
        assert (type(again), again.num_qubits, again.batch) == (DensityMatrix, 2, batch)
        np.testing.assert_array_equal(again.coefficients, state.coefficients)
    before = state.coefficients.copy()
    for other in (state.copy(), copy.copy(state), copy.deepcopy(state)):
        other.coefficients[...] = 0.5
        np.testing.assert_array_equal(state.coefficients, before)


@pytest.mark.parametrize("values", [np.zeros(1), np.full(16, np.nan), [None] * 16, np.zeros(16, complex)])
def test_pickles_of_other_numbers_are_refused(values: Any) -> None:
    restore, (version, num_qubits, batch, _) = DensityMatrix(2).__reduce__()
    with pytest.raises((TypeError, ValueError), match="coefficients"):
        restore(version, num_qubits, batch, values)


def test_constructors_copy() -> None:
    values = np.array([1.0, 0.0, 0.0, 0.5])
    state = DensityMatrix.from_coefficients(values)
    values[3] = -1.0
    assert state.coefficients[3] == 0.5


# ---- what is refused ----


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(2), r"trace of matrix is 2\.0"),
        ([[0.5, 0.1], [0.2, 0.5]], "conjugate of the entry opposite"),
        ([[0.5, 0.1j], [0.1j, 0.5]], "conjugate of the entry opposite"),
        ([[0.5 + 0.1j, 0], [0, 0.5]], "conjugate of the entry opposite"),
        ([[1.25, 0], [0, -0.25]], r"eigenvalue -0\.25"),
        ([[np.nan, 0], [0, 1]], "finite"),
        ([[1, np.inf], [np.inf, 0]], "finite"),
        ([[1, 0], [complex(0, np.nan), 0]], "finite"),
        (np.eye(3) / 3, "shape"),
        (np.ones((2, 4)), "shape"),
        (np.eye(4).reshape(1, 1, 4, 4) / 4, "shape"),
        (np.zeros((0, 0)), "shape"),
        ([1.0, 0.0], "shape"),
        (1.0, "shape"),
        (np.zeros((0, 2, 2)), "batch"),
        (np.eye(2**9).reshape(4, 2**8, 2**8)[:0], "batch"),
    ],
)
def test_matrices_that_are_no_states(matrix: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DensityMatrix.from_matrix(matrix)


def test_the_element_that_is_no_state_is_named() -> None:
    matrices = np.tile(np.eye(4) / 4, (10, 1, 1))
    wrong = matrices.copy()
    wrong[9] = np.diag([0.6, 0.6, -0.2, 0.0])
    with pytest.raises(ValueError, match=r"element 9 has the eigenvalue -0\.(2|1999)"):
        DensityMatrix.from_matrix(wrong)
    wrong = matrices.copy()
    wrong[7, 0, 1] = 0.1
    with pytest.raises(ValueError, match=r"matrix\[1\]\[0\] of element 7"):
        DensityMatrix.from_matrix(wrong)
    wrong = matrices.copy()
    wrong[3] *= 1.1
    with pytest.raises(ValueError, match=r"of element 3 is 1\.1"):
        DensityMatrix.from_matrix(wrong)


def test_tolerances() -> None:
    rough = np.diag([1.01, -0.01])
    assert DensityMatrix.from_matrix(rough, tolerance=0.02).coefficients[3] == pytest.approx(1.02)
    assert DensityMatrix.from_matrix(rough, positivity=False).coefficients[3] == pytest.approx(1.02)
    with pytest.raises(ValueError, match="eigenvalue"):
        DensityMatrix.from_matrix(rough, tolerance=0.009)
    lopsided = [[0.5, 1e-10], [-1e-10, 0.5]]
    np.testing.assert_allclose(DensityMatrix.from_matrix(lopsided).matrix(), np.eye(2) / 2, atol=1e-25)


@pytest.mark.parametrize("n", [4, 7])
def test_positivity_of_larger_states(n: int) -> None:
    """Beyond the small kernel, and where Cholesky takes over."""
    rho = twin.random_state(RNG, n, rank=2)
    DensityMatrix.from_matrix(rho)
    values, vectors = np.linalg.eigh(rho)
    values[0] = -1e-3
    wrong = (vectors * values) @ vectors.conj().T
    with pytest.raises(ValueError, match=r"eigenvalue -0\.00(1|0999)"):
        DensityMatrix.from_matrix(wrong / np.trace(wrong).real, tolerance=1e-6)
    DensityMatrix.from_matrix(wrong / np.trace(wrong).real, tolerance=2e-3)


@pytest.mark.parametrize("bad", [[1.0], [[1.0]], []])
def test_states_of_no_qubits_and_none(bad: list[float]) -> None:
    if bad:
        assert DensityMatrix.from_coefficients(bad).num_qubits == 0
    else:
        with pytest.raises(ValueError, match="shape"):
            DensityMatrix.from_coefficients(bad)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([1.0, 0.0, 0.0], ValueError, "shape"),
        (np.zeros((4, 2, 2)), ValueError, "shape"),
        (1.0, ValueError, "shape"),
        ([0.9, 0.0, 0.0, 0.0], ValueError, "trace"),
        ([1.0, 0.0, 0.0, np.nan], ValueError, "finite"),
        ([1.0, 0.0, 0.0, np.inf], ValueError, "finite"),
        ([1.0, 0.9, 0.9, 0.0], ValueError, r"eigenvalue -0\.136"),
        ([1.0, 0.0, 0.0, 1j], TypeError, "real"),
        ("abcd", TypeError, "coefficients"),
        (None, TypeError, "coefficients"),
    ],
)
def test_coefficients_that_are_no_state(values: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        DensityMatrix.from_coefficients(values)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: DensityMatrix.from_matrix(np.eye(2) / 2, "middle"), ValueError),
        (lambda: DensityMatrix.from_matrix(np.eye(2) / 2, tolerance=-1), ValueError),
        (lambda: DensityMatrix.from_matrix(np.eye(2) / 2, tolerance=np.nan), ValueError),
        (lambda: DensityMatrix.from_matrix(np.eye(2) / 2, positivity=1), TypeError),
        (lambda: DensityMatrix.from_matrix("rho"), TypeError),
        (lambda: DensityMatrix(1).matrix("MIDDLE"), ValueError),
        (lambda: DensityMatrix.from_state_vector([1.0, 1.0]), ValueError),
        (lambda: DensityMatrix.from_state_vector([np.nan, 1.0]), ValueError),
        (lambda: DensityMatrix.from_state_vector([1.0, 0.0, 0.0]), ValueError),
        (lambda: DensityMatrix.from_state_vector(np.ones((1, 1, 1))), ValueError),
        (lambda: DensityMatrix.from_state_vector(np.zeros((0, 2))), ValueError),
        (lambda: DensityMatrix.from_state_vector(1.0), ValueError),
        (lambda: DensityMatrix.from_pair(np.eye(4)), TypeError),
        (lambda: DensityMatrix.from_pair(ebit.Werner([[0.5]])), ValueError),
        (lambda: DensityMatrix(1).to_pair(), ValueError),
        (lambda: DensityMatrix.from_stabilizers("XX"), TypeError),
        (lambda: DensityMatrix.from_stabilizers([3]), TypeError),
        (lambda: DensityMatrix.from_stabilizers(None), TypeError),
        (lambda: DensityMatrix.bell("phi"), ValueError),
        (lambda: DensityMatrix.bell(batch=0), ValueError),
        (lambda: DensityMatrix.ghz(0), ValueError),
        (lambda: DensityMatrix(2**31), ValueError),
        (lambda: DensityMatrix.ghz(14), ValueError),
        (lambda: DensityMatrix.ghz(2**31), ValueError),
        (lambda: DensityMatrix.ghz(2.0), TypeError),
        (lambda: DensityMatrix.w(0), ValueError),
        (lambda: DensityMatrix.w(60), ValueError),
        (lambda: DensityMatrix.product("2"), ValueError),
        (lambda: DensityMatrix.product(0), TypeError),
        (lambda: DensityMatrix.product("0" * 40), ValueError),
    ],
)
def test_hostile_input(call: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"is|must|shape|length|qubits|allowed"):
        call()  # type: ignore[operator]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3), st.integers(0, 2**32 - 1), st.sampled_from(["big", "little"]))
def test_there_and_back_again(n: int, seed: int, order: str) -> None:
    rho = twin.random_state(np.random.default_rng(seed), n)
    state = DensityMatrix.from_matrix(rho, order)
    np.testing.assert_allclose(state.matrix(order), rho, atol=1e-15)
    again = DensityMatrix.from_coefficients(state.coefficients)
    np.testing.assert_array_equal(again.coefficients, state.coefficients)
