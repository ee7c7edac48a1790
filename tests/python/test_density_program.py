"""Programs: every structure of a map at every place, merged or not, single states and batches, threads."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import ebit
from ebit.density._operations import resolve
from reference.density_program import mapped

FloatArray = npt.NDArray[np.float64]
BATCHES = (None, 1, 7, 8, 9, 1000)


def random_state(num_qubits: int, batch: int | None, seed: int = 1) -> ebit.DensityMatrix:
    """Return numbers of no physical meaning: the maps are linear."""
    state = ebit.DensityMatrix(num_qubits, batch)
    state.coefficients[...] = np.random.default_rng(seed).uniform(-1.0, 1.0, state.coefficients.shape)
    return state


def structures(k: int) -> dict[str, FloatArray]:
    """Return maps on k qubits, one of each kind that has a way of its own."""
    rng = np.random.default_rng(k)
    size = 4**k
    signs = rng.choice([-1.0, 1.0], size)
    affine = np.diag(rng.uniform(0.5, 1.0, size))
    affine[-1, 0] = 0.3
    partly = np.eye(size)
    partly[1] = rng.uniform(-1.0, 1.0, size)
    cycle = np.roll(np.eye(size), 1, axis=0)
    return {
        "identity": np.eye(size),
        "diagonal": np.diag(rng.uniform(-1.0, 1.0, size)),
        "some rows scaled": np.diag(np.where(np.arange(size) % 3 == 0, 1.0, 0.5)),
        "signed permutation": np.eye(size)[rng.permutation(size)] * signs,
        "one circle": cycle,
        "affine": affine,
        "one full row": partly,
        "zero": np.zeros((size, size)),
        "sparse": rng.uniform(-1.0, 1.0, (size, size)) * (rng.random((size, size)) < 2.0 / size),
        "triangular": np.tril(rng.uniform(-1.0, 1.0, (size, size))),
        "dense": rng.uniform(-1.0, 1.0, (size, size)) / np.sqrt(size),
    }


def run_alone(transfer: FloatArray, qubits: tuple[int, ...], state: ebit.DensityMatrix) -> FloatArray:
    program = ebit.Program(state.num_qubits)
    program._add(transfer, qubits)
    program(state)
    return state.coefficients


CASES = [(k, name) for k in (1, 2, 3) for name in structures(k)]


@pytest.mark.parametrize(("k", "name"), CASES, ids=[f"{name}, k={k}" for k, name in CASES])
def test_every_structure_at_every_place(k: int, name: str) -> None:
    transfer = structures(k)[name]
    for n, batch in itertools.product(range(k, 7), BATCHES):
        if n > 3 and batch not in (None, 9):
            continue
        places = list(itertools.permutations(range(n), k))
        if len(places) > 24:
            places = [places[i] for i in np.random.default_rng(n).choice(len(places), 24, replace=False)]
        for qubits in places if batch is None else places[:: len(places) // 3 or 1]:
            state = random_state(n, batch)
            expected = mapped(state.coefficients.copy(), transfer, qubits)
            result = run_alone(transfer, qubits, state)
            np.testing.assert_allclose(
                result, expected, rtol=0.0, atol=1e-13, err_msg=f"{n} {batch} {qubits}"
            )


@pytest.mark.parametrize("batch", [7, 8, 1000])
def test_a_batch_is_that_many_batches_of_one(batch: int) -> None:
    program = layer(4)
    together = random_state(4, batch)
    expected = together.coefficients.copy()
    program(together)
    for element in range(0, batch, 97):
        alone = ebit.DensityMatrix(4, 1)
        alone.coefficients[:, 0] = expected[:, element]
        program(alone)
        np.testing.assert_array_equal(together.coefficients[:, element], alone.coefficients[:, 0])
        single = ebit.DensityMatrix(4)
        single.coefficients[:] = expected[:, element]
        program(single)
        np.testing.assert_allclose(single.coefficients, alone.coefficients[:, 0], rtol=0.0, atol=1e-13)


def layer_operations(n: int) -> Iterator[tuple[Any, ...]]:
    yield from (("H", q) for q in range(n))
    yield from (("CX", q, q + 1) for q in range(n - 1))
    yield from (("depolarizing_error", 0.01, q) for q in range(n))
    yield from (("amplitude_damping", 0.02, q) for q in range(n))


def layer(n: int) -> ebit.Program:
    program = ebit.Program(n)
    for operation in layer_operations(n):
        program.apply(*operation)
    return program


def random_operations(n: int, count: int, seed: int) -> Iterator[tuple[Any, ...]]:
    """Gates and channels of all kinds on random qubits."""
    rng = np.random.default_rng(seed)
    pool: list[tuple[Any, ...]] = [
        ("H",), ("S",), ("T",), ("X",), ("RX", 0.3), ("amplitude_damping", 0.1), ("depolarizing_error", 0.05),
        ("dephasing", 0.2), (ebit.channels.dephasing(0.1),), (ebit.gates.unitary("RY", 0.4),),
        ("CX",), ("SWAP",), ("ISWAP",), ("CRX", 0.7), ("two_qubit_depolarizing_error", 0.02),
        ("CCX",), ("CSWAP",),
    ]  # fmt: skip
    while count > 0:
        operation = pool[rng.integers(len(pool))]
        k = {
            "CX": 2,
            "SWAP": 2,
            "ISWAP": 2,
            "CRX": 2,
            "two_qubit_depolarizing_error": 2,
            "CCX": 3,
            "CSWAP": 3,
        }
        qubits = k.get(operation[0], 1) if isinstance(operation[0], str) else 1
        if qubits > n:
            continue
        yield (*operation, *(int(q) for q in rng.choice(n, qubits, replace=False)))
        count -= 1


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 9])
@pytest.mark.parametrize("batch", [None, 9])
@pytest.mark.parametrize("seed", [1, 2])
def test_merged_operations_are_those_one_by_one(n: int, batch: int | None, seed: int) -> None:
    if n == 9 and batch:
        n = 8
    program, state = ebit.Program(n), random_state(n, batch)
    expected = state.coefficients.copy()
    for operation, *arguments in random_operations(n, 30, seed):
        program.apply(operation, *arguments)
        expected = mapped(expected, *resolve(operation, tuple(arguments), n))
    assert len(program) == 30
    program(state)
    np.testing.assert_allclose(
        state.coefficients, expected, rtol=0.0, atol=1e-13 * np.abs(expected).max() * 10
    )
    maps, _ = program._outline(state)
    assert maps < 30


def test_a_layer_is_merged() -> None:
    state = ebit.DensityMatrix(8)
    maps, passes = layer(8)._outline(state)
    assert maps <= 5
    assert passes == 1
    large = ebit.DensityMatrix(10)
    maps, passes = layer(10)._outline(large)
    assert maps <= 6
    assert passes == 2


@pytest.mark.parametrize(
    ("n", "batch"), [(9, None), (10, None), (1, 100_000), (2, 10_001), (3, 3001), (5, 200), (6, 50), (8, 9)]
)
def test_states_beyond_the_cache(n: int, batch: int | None) -> None:
    """Blocked passes, gathered and in place, agree with whole maps; threads change no bit."""
    state = random_state(n, batch)
    expected = state.coefficients.copy()
    twice, threaded = state.copy(), state.copy()
    program = layer(n)
    program(state)
    for operation, *arguments in layer_operations(n):
        expected = mapped(expected, *resolve(operation, tuple(arguments), n))
    np.testing.assert_allclose(state.coefficients, expected, rtol=0.0, atol=1e-13)
    program(twice, threads=2)
    program(threaded, 3)
    np.testing.assert_array_equal(twice.coefficients, state.coefficients)
    np.testing.assert_array_equal(threaded.coefficients, state.coefficients)


@pytest.mark.parametrize(
    "qubits", [(0,), (4,), (8,), (0, 8), (8, 0), (3, 4), (0, 4, 8), (7, 8, 6), (0, 1, 2)]
)
def test_single_maps_of_large_states(qubits: tuple[int, ...]) -> None:
    for name, transfer in structures(len(qubits)).items():
        state = random_state(9, None)
        expected = mapped(state.coefficients.copy(), transfer, qubits)
        result = run_alone(transfer, qubits, state)
        np.testing.assert_allclose(result, expected, rtol=0.0, atol=1e-13, err_msg=name)


@pytest.mark.parametrize(("n", "batch"), [(2, 1000), (2, 40_001), (4, 13), (6, 40)])
def test_values_per_state(n: int, batch: int) -> None:
    rng = np.random.default_rng(5)
    gamma, angle, time = rng.random(batch), rng.normal(size=batch), rng.random(batch)
    where = rng.random(batch) < 0.3
    memory = ebit.Memory(t1=1.0, t2=0.7, excited_population=0.1)
    channel = ebit.channels.dephasing(gamma)
    last = n - 1
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("apply", ("H", 0), {}),
        ("apply", ("CX", 0, 1), {}),
        ("apply", ("amplitude_damping", gamma, 0), {}),
        ("apply", ("CX", last, 0), {}),
        ("apply", ("RX", angle, last), {"where": where}),
        ("decay", (time, memory, 0), {}),
        ("decay", (0.3, memory, last), {}),
        ("apply", (channel, 1), {}),
        ("apply", ("X", 1), {"where": where.astype(int)}),
        ("apply", ("Z", 0), {"where": False}),
        ("apply", ("S", last), {"where": True}),
        ("apply", ("CRX", angle, last, 0), {}),
    ]
    program, state = ebit.Program(n), random_state(n, batch)
    one_by_one = state.copy()
    for method, arguments, options in calls:
        getattr(program, method)(*arguments, **options)
        getattr(one_by_one, method)(*arguments, **options)
    threaded = state.copy()
    program(state)
    np.testing.assert_allclose(state.coefficients, one_by_one.coefficients, rtol=0.0, atol=1e-13)
    program(threaded, threads=2)
    np.testing.assert_array_equal(threaded.coefficients, state.coefficients)
    # The program keeps copies of what it was given.
    gamma[:] = 0.0
    again = pickle.loads(pickle.dumps(program))
    repeated = random_state(n, batch)
    again(repeated)
    np.testing.assert_array_equal(repeated.coefficients, state.coefficients)


def test_a_program_runs_on_states_of_any_kind_in_turn() -> None:
    program = layer(3)
    for batch in (None, 5, None, 1000, 7):
        state = random_state(3, batch)
        expected = state.coefficients.copy()
        for operation, *arguments in layer_operations(3):
            expected = mapped(expected, *resolve(operation, tuple(arguments), 3))
        program(state)
        np.testing.assert_allclose(state.coefficients, expected, rtol=0.0, atol=1e-13)
    program.apply("X", 0)
    state = random_state(3, None)
    other = state.copy()
    layer(3)(other)
    other.apply("X", 0)
    program(state)
    np.testing.assert_allclose(state.coefficients, other.coefficients, rtol=0.0, atol=1e-14)


def test_an_empty_program_does_nothing() -> None:
    for batch in (None, 3):
        state = random_state(2, batch)
        before = state.coefficients.copy()
        program = ebit.Program(2)
        program(state)
        program.apply("I", 1)
        program(state)
        np.testing.assert_array_equal(state.coefficients, before)


def test_copies_and_representation() -> None:
    program = layer(2)
    assert repr(program) == "Program(num_qubits=2): 7 operations"
    for other in (copy.copy(program), copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        assert len(other) == len(program)
        a, b = random_state(2, None), random_state(2, None)
        program(a)
        other(b)
        np.testing.assert_array_equal(a.coefficients, b.coefficients)


@pytest.mark.parametrize("num_qubits", [0, -1, 14, 2**40])
def test_numbers_of_qubits_are_checked(num_qubits: int) -> None:
    with pytest.raises(ValueError, match="num_qubits"):
        ebit.Program(num_qubits)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((), TypeError, "operation"),
        (("NOPE", 0), ValueError, "NOPE"),
        (("H",), TypeError, "H takes"),
        (("H", 3), ValueError, "qubit = 3"),
        (("H", -1), ValueError, "qubit = -1"),
        (("H", 0.0), TypeError, "qubit"),
        (("CX", 1, 1), ValueError, "differ"),
        (("dephasing", 1.5, 0), ValueError, "p_error"),
        (("dephasing", float("nan"), 0), ValueError, "p_error"),
        (("dephasing", "a", 0), TypeError, "parameter 0"),
        (("dephasing", [0.1, 2.0], 0), ValueError, "p_error"),
        (("dephasing", [[0.1]], 0), ValueError, "shape"),
        (("dephasing", [], 0), ValueError, "must not be empty"),
        ((np.ones((2, 2)), 0), ValueError, "unitary"),
        ((ebit.channels.dephasing(0.1), 0, 1), TypeError, "1 qubits"),
        ((None, 0), TypeError, "operation"),
    ],
)
def test_operations_are_checked(arguments: tuple[Any, ...], error: type, message: str) -> None:
    program = ebit.Program(3)
    with pytest.raises(error, match=message):
        program.apply(*arguments)
    assert len(program) == 0


def test_nothing_is_done_nowhere() -> None:
    """Also where the values, one per state, would make a map for each."""
    program, state = ebit.Program(1), ebit.DensityMatrix(1, 2)
    program.apply("RX", [1.0, 2.0], 0, where=False)
    program.apply(ebit.channels.bit_flip([0.1, 0.2]), 0, where=0)
    program.decay([1.0, 2.0], ebit.Memory.depolarizing(1.0), 0, where=False)
    program(state)
    np.testing.assert_array_equal(state.coefficients[3], [1.0, 1.0])


def test_values_must_be_of_one_batch() -> None:
    program = ebit.Program(1)
    program.apply("dephasing", [0.1, 0.2], 0)
    with pytest.raises(ValueError, match="shape"):
        program.apply("dephasing", [0.1, 0.2, 0.3], 0)
    with pytest.raises(ValueError, match="where"):
        program.apply("X", 0, where=[True])
    with pytest.raises(ValueError, match="time"):
        program.decay(-1.0, ebit.Memory(), 0)
    with pytest.raises(TypeError, match="memory"):
        program.decay(1.0, None, 0)  # type: ignore[arg-type]
    for batch in (None, 3):
        with pytest.raises(ValueError, match="a batch of 2"):
            program(ebit.DensityMatrix(1, batch))
    program(ebit.DensityMatrix(1, 2))


@pytest.mark.parametrize("state", [None, 1.0, np.zeros(4)])
def test_states_are_checked(state: Any) -> None:
    with pytest.raises(TypeError, match="state"):
        ebit.Program(1)(state)


def test_a_state_of_another_size_is_refused() -> None:
    program = layer(2)
    for n, batch in ((1, None), (3, None), (3, 10), (9, None)):
        with pytest.raises(ValueError, match=f"state = {n} qubits"):
            program(ebit.DensityMatrix(n, batch))
    with pytest.raises(TypeError):
        program()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        program(ebit.DensityMatrix(2), parallel=2)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="threads"):
        program(ebit.DensityMatrix(2), threads=0)


def test_maps_must_be_finite() -> None:
    program = ebit.Program(2)
    for wrong in (np.nan, np.inf):
        with pytest.raises(ValueError, match="transfer matrix"):
            program._add(np.full((4, 4), wrong), [0])
    with pytest.raises(ValueError, match="internal"):
        program._add(np.eye(4), [0, 1])
