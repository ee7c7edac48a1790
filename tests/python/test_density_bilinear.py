"""Tables of two-state maps: the library against plain loops over terms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ebit import _core
from ebit.density import DensityMatrix
from reference import density_bilinear as twin

FloatArray = npt.NDArray[np.float64]
SIZES = [1, 7, 8, 9, 1000, 2500]
# Qubits left, right and out, bits, terms.
SHAPES = [(2, 2, 2, 2, 64), (1, 2, 1, 2, 40), (2, 1, 2, 3, 60), (2, 2, 3, 0, 50), (1, 1, 0, 1, 10)]
CASES = [(shape, size) for shape in SHAPES for size in SIZES] + [((2, 2, 2, 8, 60), 9)]


def near_mixed(seed: int, num_qubits: int, batch: int | None) -> DensityMatrix:
    state = DensityMatrix(num_qubits, batch)
    values = np.random.default_rng(seed).uniform(-0.3, 0.3, size=state.coefficients.shape)
    values[0] = 1.0
    state.coefficients[...] = values
    return state


def columns(state: DensityMatrix, size: int) -> FloatArray:
    values = state.coefficients
    return values if values.ndim == 2 else np.repeat(values[:, None], size, axis=1)


def variates(key: int, size: int) -> FloatArray:
    blocks = [_core.Stream(key, block, 0).uniform(1024) for block in range(-(-size // 1024))]
    return np.concatenate(blocks)[:size]


@pytest.mark.parametrize(("shape", "size"), CASES, ids=str)
def test_a_table_is_its_twin(shape: tuple[int, ...], size: int) -> None:
    """Every mode, single states and batches on either side, coefficients of one and of every element."""
    for left_batch, right_batch, own in np.ndindex(2, 2, 2):
        table = twin.random_table(size, *shape, batch=size if own else None)
        core = _core.BilinearTable(*table)
        left = near_mixed(1, shape[0], size if left_batch else None)
        right = near_mixed(2, shape[1], size if right_batch else None)
        a, b = columns(left, size), columns(right, size)

        made = DensityMatrix(shape[2], size)
        accepted = (np.random.default_rng(3).random(1 << shape[3]) < 0.6).astype(np.uint8)
        accepted[0] = 1
        probability = core.average(left, right, accepted, made, 1)
        state, expected = twin.averaged(table, a, b, list(np.flatnonzero(accepted)))
        np.testing.assert_allclose(made.coefficients, state, rtol=0, atol=2e-13)
        np.testing.assert_allclose(probability, expected, rtol=0, atol=2e-13)

        outcome, probability = core.sample(left, right, 9, made, 1)
        state, numbers, expected = twin.sampled(table, a, b, variates(9, size))
        np.testing.assert_array_equal(outcome, numbers)
        np.testing.assert_allclose(made.coefficients, state, rtol=0, atol=2e-13)
        np.testing.assert_allclose(probability, expected, rtol=0, atol=2e-13)

        again = DensityMatrix(shape[2], size)
        np.testing.assert_array_equal(core.branch(left, right, outcome, again, 1), probability)
        np.testing.assert_array_equal(again.coefficients, made.coefficients)
        last = np.array([(1 << shape[3]) - 1], dtype=np.uint8)
        core.branch(left, right, last, again, 1)
        expected = twin.normalised(twin.branch(table, a, b, int(last[0])))[0]
        np.testing.assert_allclose(again.coefficients, expected, rtol=0, atol=2e-13)


def test_single_states() -> None:
    table = twin.random_table(5, *SHAPES[0])
    core, made = _core.BilinearTable(*table), DensityMatrix(2)
    left, right = near_mixed(1, 2, None), near_mixed(2, 2, None)
    probability = core.average(left, right, np.ones(4, dtype=np.uint8), made, 1)
    state, expected = twin.averaged(table, columns(left, 1), columns(right, 1), [0, 1, 2, 3])
    np.testing.assert_allclose(made.coefficients, state[:, 0], rtol=0, atol=1e-14)
    np.testing.assert_allclose(probability, expected, rtol=0, atol=1e-14)


def test_a_batch_is_its_elements() -> None:
    """Bit for bit, whatever the other elements are."""
    core = _core.BilinearTable(*twin.random_table(5, *SHAPES[0]))
    left, right, made = near_mixed(1, 2, 40), near_mixed(2, 2, 40), DensityMatrix(2, 40)
    left.coefficients[3:9, ::2] = 0.0
    outcome = np.arange(40, dtype=np.uint8) % 4
    probability = core.branch(left, right, outcome, made, 1)
    for k in range(40):
        one = DensityMatrix(2, 1)
        a, b = DensityMatrix(2, 1), DensityMatrix(2)
        a.coefficients[:, 0], b.coefficients[:] = left.coefficients[:, k], right.coefficients[:, k]
        assert core.branch(a, b, outcome[k : k + 1], one, 1)[0] == probability[k]
        np.testing.assert_array_equal(one.coefficients[:, 0], made.coefficients[:, k])


@pytest.mark.parametrize("kept", [[0, 15], [0, 3, 12, 5, 10, 15], [0]])
def test_coefficients_that_are_zero_change_no_bits(kept: list[int]) -> None:
    """Terms with a zero are left out where a state, or all states, have it."""
    core = _core.BilinearTable(*twin.random_table(8, *SHAPES[0]))
    single, right = near_mixed(1, 2, None), near_mixed(2, 2, 100)
    single.coefficients[np.setdiff1d(np.arange(16), kept)] = 0.0
    dense, sparse = DensityMatrix(2, 101), DensityMatrix(2, 100)
    sparse.coefficients[...] = single.coefficients[:, None]
    dense.coefficients[:, :100] = sparse.coefficients
    dense.coefficients[:, 100] = near_mixed(4, 2, None).coefficients  # so that no row is zero
    longer = DensityMatrix(2, 101)
    longer.coefficients[...] = np.append(right.coefficients, right.coefficients[:, :1], axis=1)
    results = []
    for a, b, size in ((single, right, 100), (sparse, right, 100), (dense, longer, 101)):
        made = DensityMatrix(2, size)
        outcome, probability = core.sample(a, b, 3, made, 1)
        results.append((made.coefficients[:, :100], outcome[:100], probability[:100]))
    for other in results[1:]:
        for x, y in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(x, y)


def test_threads_change_nothing() -> None:
    core = _core.BilinearTable(*twin.random_table(5, *SHAPES[0]))
    left, right = near_mixed(1, 2, 5000), near_mixed(2, 2, 5000)
    one, three = DensityMatrix(2, 5000), DensityMatrix(2, 5000)
    drawn = core.sample(left, right, 3, one, 1), core.sample(left, right, 3, three, 3)
    np.testing.assert_array_equal(one.coefficients, three.coefficients)
    for x, y in zip(*drawn, strict=True):
        np.testing.assert_array_equal(x, y)


def test_a_branch_that_does_not_happen_is_mixed() -> None:
    """Here outcome 1 has probability zero, and rounding may make it negative."""
    columns = [np.array(c) for c in ([0, 0, 3, 3], [0, 3, 3, 0], [0, 0, 0, 0], [0, 1, 0, 1])]
    core = _core.BilinearTable(1, 1, 1, 1, *columns, np.array([0.5, 0.5, 0.5, 0.5]))
    zero, made = DensityMatrix(1), DensityMatrix(1, 2000)
    other = DensityMatrix(1, 2000)
    outcome, probability = core.sample(zero, other, 1, made, 1)
    assert outcome.max() == 0
    np.testing.assert_array_equal(probability, 1.0)
    probability = core.branch(zero, other, np.array([1], dtype=np.uint8), made, 1)
    np.testing.assert_array_equal(probability, 0.0)
    np.testing.assert_array_equal(made.coefficients, np.array([[1.0], [0], [0], [0]]).repeat(2000, axis=1))


def test_outcomes_have_their_probabilities() -> None:
    """Frequencies within five standard errors; the test would see one of fifteen percent."""
    size, zeros = 200_000, np.zeros(8, dtype=np.int64)
    weights = np.array([1.0, 0.3, 0.2, -0.1, 0.05, 0.15, -0.2, 0.1]) / 8.0
    core = _core.BilinearTable(0, 0, 0, 3, zeros, zeros, zeros, np.arange(8), weights)
    made = DensityMatrix(0, size)
    outcome, probability = core.sample(DensityMatrix(0), DensityMatrix(0), 5, made, 1)
    signs = np.array([[(-1.0) ** bin(s & m).count("1") for s in range(8)] for m in range(8)])
    p = signs @ weights
    np.testing.assert_allclose(probability, p[outcome], rtol=0, atol=1e-15)
    counts, error = np.bincount(outcome, minlength=8), np.sqrt(size * p * (1.0 - p))
    assert (np.abs(counts - size * p) < 5.0 * error).all()
    assert (0.15 * size * p > 5.0 * error).all()


ONE_TERM = {
    "num_left": 1,
    "num_right": 1,
    "num_out": 1,
    "num_bits": 1,
    "out": [0],
    "left": [0],
    "right": [0],
    "character": [0],
    "coefficient": [0.5],
}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("num_left", -1, "num_left = -1"),
        ("num_right", 9, "num_right = 9"),
        ("num_out", 100, "num_out = 100"),
        ("num_bits", 9, "num_bits = 9"),
        ("num_bits", -1, "num_bits = -1"),
        ("out", [4], "out = 4 .* less than 4"),
        ("left", [-1], "left = "),
        ("right", [2**40], "right = "),
        ("character", [2], "character = 2"),
        ("coefficient", [np.nan], "coefficient = nan"),
        ("coefficient", [np.inf], "coefficient = inf"),
        ("coefficient", [0.5, 0.5], "one entry for each term"),
        ("coefficient", np.empty((1, 0)), "batch = 0"),
        ("left", [], "one entry for each term"),
    ],
)
def test_a_table_that_is_none_is_refused(name: str, value: object, message: str) -> None:
    table = {**ONE_TERM, name: value}
    numbers = [table.pop(n) for n in ("num_left", "num_right", "num_out", "num_bits")]
    coefficient = np.asarray(table.pop("coefficient"), dtype=float)
    columns = [np.asarray(column, dtype=np.int64) for column in table.values()]
    with pytest.raises(ValueError, match=message):
        _core.BilinearTable(*numbers, *columns, coefficient)


def test_states_of_other_sizes_are_refused() -> None:
    core = _core.BilinearTable(*twin.random_table(5, 1, 1, 1, 1, 4))
    one, all_outcomes = DensityMatrix(1), np.ones(2, dtype=np.uint8)
    for left, right, made, message in (
        (DensityMatrix(2), one, DensityMatrix(1), "left has 2 qubits"),
        (one, DensityMatrix(2), DensityMatrix(1), "right has 2 qubits"),
        (one, one, DensityMatrix(2), "state has 2 qubits"),
        (DensityMatrix(1, 3), one, DensityMatrix(1, 4), "left is a batch of 3, not 4"),
        (DensityMatrix(1, 3), one, DensityMatrix(1), "left is a batch of 3, not 1"),
    ):
        with pytest.raises(ValueError, match=message):
            core.average(left, right, all_outcomes, made, 1)
    with pytest.raises(ValueError, match="outcome = 2"):
        core.branch(one, one, np.array([2], dtype=np.uint8), DensityMatrix(1), 1)
    with pytest.raises(ValueError, match="one outcome, or one for each element"):
        core.branch(one, one, np.zeros(3, dtype=np.uint8), DensityMatrix(1, 2), 1)
