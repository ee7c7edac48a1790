"""Operations on density matrices against complex matrices and Kraus operators."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ebit
from ebit import _core
from reference import density_matrix as twin
from reference.channels import random_kraus, random_rho

OPERATIONS = {name: _core.operation_shape(name) for name in _core.operation_names()}
MEMORIES = [
    ebit.Memory(t1=1.0, t2=0.7, excited_population=0.2),
    ebit.Memory(t1=1.0),
    ebit.Memory(t2=0.4),
    ebit.Memory.depolarizing(0.5),
    ebit.Memory.pauli_rates(0.1, 0.2, 0.3),
    ebit.Memory(),
]


def make(rhos):
    """Return the single state of a matrix, or the batch of a list of them."""
    if isinstance(rhos, list):
        state = ebit.DensityMatrix(len(rhos[0]).bit_length() - 1, len(rhos))
        state.coefficients[...] = np.stack([twin.coefficients(rho) for rho in rhos], axis=-1)
    else:
        state = ebit.DensityMatrix(len(rhos).bit_length() - 1)
        state.coefficients[...] = twin.coefficients(rhos)
    return state


def assert_is(state, rhos):
    want = (
        np.stack([twin.coefficients(rho) for rho in rhos], axis=-1)
        if isinstance(rhos, list)
        else (twin.coefficients(rhos))
    )
    np.testing.assert_allclose(state.coefficients, want, rtol=0, atol=1e-12)


def random_rhos(rng, n, count):
    return [random_rho(rng, 2**n) for _ in range(count)]


# ---- everything that has a name ----


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_on_every_place_of_single_states(name):
    k, count = OPERATIONS[name]
    rng = np.random.default_rng(1)
    for n in range(k, 4):
        for qubits in permutations(range(n), k):
            parameters = [float(value) for value in twin.random_parameters(rng, name, count)]
            rho = random_rho(rng, 2**n)
            state = make(rho)
            assert state.apply(name, *parameters, *qubits) is None
            assert_is(state, twin.apply(rho, twin.kraus(name, parameters), qubits))


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("size", [1, 11])
def test_every_operation_on_batches(name, size):
    k, count = OPERATIONS[name]
    rng = np.random.default_rng(2)
    for qubits in permutations(range(3), k):
        rhos = random_rhos(rng, 3, size)
        same = [float(value) for value in twin.random_parameters(rng, name, count)]
        state = make(rhos)
        state.apply(name, *same, *qubits)
        assert_is(state, [twin.apply(rho, twin.kraus(name, same), qubits) for rho in rhos])
        own = twin.random_parameters(rng, name, count, size)
        state = make(rhos)
        state.apply(name, *own, *qubits)
        each = zip(rhos, zip(*own, strict=True) if count else [()] * size, strict=True)
        assert_is(state, [twin.apply(rho, twin.kraus(name, values), qubits) for rho, values in each])


@pytest.mark.parametrize("name", [name for name, (_, count) in OPERATIONS.items() if count > 1])
def test_numbers_and_arrays_mix(name):
    k, count = OPERATIONS[name]
    rng = np.random.default_rng(3)
    rhos = random_rhos(rng, 2, 9)
    own = twin.random_parameters(rng, name, count, 9)
    for varying in range(count):
        parameters = [p if i == varying else float(p[0]) for i, p in enumerate(own)]
        if name == "memory_decay":
            parameters[2] = parameters[2] / 8.0  # at most 2 t1 of everybody
        state = make(rhos)
        state.apply(name, *parameters, *range(k))
        for i in range(9):
            values = [p[i] if np.ndim(p) else p for p in parameters]
            want = twin.apply(rhos[i], twin.kraus(name, values), range(k))
            np.testing.assert_allclose(state.coefficients[:, i], twin.coefficients(want), rtol=0, atol=1e-12)


# ---- channels, unitaries, memories ----


@pytest.mark.parametrize("k", [1, 2])
def test_channels(k):
    rng = np.random.default_rng(4)
    for qubits in permutations(range(3), k):
        rhos = random_rhos(rng, 3, 5)
        operators = [random_kraus(rng, 3, 2**k) for _ in range(5)]
        single, one, each = make(rhos[0]), make(rhos), make(rhos)
        single.apply(ebit.channels.from_kraus(operators[0]), *qubits)
        one.apply(ebit.channels.from_kraus(operators[0]), *qubits)
        each.apply(ebit.channels.from_kraus(np.array(operators)), *qubits)
        assert_is(single, twin.apply(rhos[0], operators[0], qubits))
        assert_is(one, [twin.apply(rho, operators[0], qubits) for rho in rhos])
        assert_is(each, [twin.apply(rho, own, qubits) for rho, own in zip(rhos, operators, strict=True)])


@pytest.mark.parametrize("k", [1, 2, 3])
def test_unitaries(k):
    rng = np.random.default_rng(5)
    for qubits in list(permutations(range(4), k))[:: k * k]:
        rhos = random_rhos(rng, 4, 3)
        unitaries = np.array([random_kraus(rng, 1, 2**k)[0] for _ in range(3)])
        single, one, each = make(rhos[0]), make(rhos), make(rhos)
        single.apply(unitaries[0], *qubits)
        one.apply(unitaries[0], *qubits)
        each.apply(unitaries, *qubits)
        assert_is(single, twin.apply(rhos[0], unitaries[:1], qubits))
        assert_is(one, [twin.apply(rho, unitaries[:1], qubits) for rho in rhos])
        assert_is(each, [twin.apply(rho, [own], qubits) for rho, own in zip(rhos, unitaries, strict=True)])


@pytest.mark.parametrize("memory", MEMORIES, ids=str)
def test_decay(memory):
    rng = np.random.default_rng(6)
    times = rng.uniform(0.0, 2.0, 11)
    for qubit in range(2):
        rhos = random_rhos(rng, 2, 11)
        single, one, each, masked = make(rhos[0]), make(rhos), make(rhos), make(rhos)
        single.decay(0.3, memory, qubit)
        one.decay(0.3, memory, qubit)
        each.decay(times, memory, qubit)
        masked.decay(0.3, memory, qubit, where=np.arange(11) % 2 == 0)
        after = [twin.apply(rho, memory.decay(0.3).kraus(), [qubit]) for rho in rhos]
        assert_is(single, after[0])
        assert_is(one, after)
        own = [memory.decay(time).kraus() for time in times]
        assert_is(each, [twin.apply(rho, k, [qubit]) for rho, k in zip(rhos, own, strict=True)])
        assert_is(masked, [after[i] if i % 2 == 0 else rhos[i] for i in range(11)])


def test_a_memory_for_each_state():
    rng = np.random.default_rng(7)
    t2 = rng.uniform(0.1, 1.0, 10)
    rhos = random_rhos(rng, 1, 10)
    for time in (0.2, rng.uniform(0.0, 1.0, 10)):
        state = make(rhos)
        state.decay(time, ebit.Memory(t1=0.8, t2=t2, excited_population=0.1), 0)
        each = zip(rhos, np.broadcast_to(time, 10), t2, strict=True)
        assert_is(
            state, [twin.apply(r, twin.kraus("memory_decay", (t, 0.8, c, 0.1)), [0]) for r, t, c in each]
        )


# ---- where ----


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_a_mask_chooses_states(dtype):
    rng = np.random.default_rng(8)
    size = 600  # more than a tile
    mask = rng.integers(0, 2, size).astype(dtype)
    gamma = rng.uniform(0.0, 0.5, size)
    unitaries = ebit.gates.unitary("U3", *rng.uniform(0.0, 6.0, (3, size)))
    operations = [
        ("X", 0),
        ("CX", 1, 0),
        ("CCX", 1, 0, 2),
        ("amplitude_damping", 0.3, 1),
        ("amplitude_damping", gamma, 1),
        ("RX", gamma, 2),
        (ebit.channels.dephasing(0.2), 0),
        (ebit.channels.dephasing(gamma), 0),
        (ebit.gates.unitary("CSWAP"), 2, 0, 1),
        (unitaries, 1),
    ]
    rhos = random_rhos(rng, 3, 8)
    start = ebit.DensityMatrix.concatenate([make(rhos)] * (size // 8))
    for operation in operations:
        everywhere, masked = start.copy(), start.copy()
        everywhere.apply(*operation)
        masked.apply(*operation, where=mask)
        chosen = np.where(mask.astype(bool), everywhere.coefficients, start.coefficients)
        np.testing.assert_allclose(masked.coefficients, chosen, rtol=0, atol=1e-14)
        none, every = start.copy(), start.copy()
        none.apply(*operation, where=0)
        every.apply(*operation, where=True)
        np.testing.assert_array_equal(none.coefficients, start.coefficients)
        np.testing.assert_allclose(every.coefficients, everywhere.coefficients, rtol=0, atol=1e-14)


def test_an_outcome_chooses_what_a_single_state_sees():
    state = ebit.DensityMatrix(1)
    state.apply("X", 0, where=0)
    np.testing.assert_array_equal(state.coefficients, [1, 0, 0, 1])
    state.apply("X", 0, where=np.int64(1))
    np.testing.assert_array_equal(state.coefficients, [1, 0, 0, -1])
    with pytest.raises(ValueError, match="p_error"):
        state.apply("dephasing", 1.5, 0, where=0)


# ---- circuits ----


@pytest.mark.parametrize("n", range(1, 7))
def test_random_noisy_circuits(n):
    rng = np.random.default_rng(40 + n)
    state, rho = ebit.DensityMatrix(n), twin.ground(n)
    batch = ebit.DensityMatrix(n, batch=3)
    for name, parameters, qubits in twin.random_circuit(rng, OPERATIONS, n, 40 if n < 5 else 15):
        state.apply(name, *parameters, *qubits)
        batch.apply(name, *parameters, *qubits)
        rho = twin.apply(rho, twin.kraus(name, parameters), qubits)
    assert_is(state, rho)
    np.testing.assert_allclose(batch.coefficients, state.coefficients[:, None] + np.zeros(3), atol=1e-13)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), n=st.integers(1, 3), length=st.integers(0, 30))
def test_states_stay_states(seed, n, length):
    rng = np.random.default_rng(seed)
    batch = ebit.DensityMatrix(n, batch=2)
    for name, _, qubits in twin.random_circuit(rng, OPERATIONS, n, length):
        strong = [rng.uniform(0.0, 1.0 / max(OPERATIONS[name][1], 1), 2) for _ in range(OPERATIONS[name][1])]
        if name == "memory_decay":
            strong = [strong[0] * 10.0, strong[1] + 0.1, strong[1] + 0.1, strong[3]]
        batch.apply(name, *strong, *qubits, where=rng.integers(0, 2, 2))
    for k in range(2):
        values = batch.coefficients[:, k]
        assert abs(values[0] - 1.0) < 1e-12
        assert np.linalg.eigvalsh(twin.matrix(values)).min() > -1e-12


def test_a_batch_is_as_many_batches_of_one():
    rng = np.random.default_rng(9)
    size = 37
    rhos = random_rhos(rng, 3, size)
    whole, parts = make(rhos), [make([rho]) for rho in rhos]
    mask = rng.integers(0, 2, size)
    memory, times = ebit.Memory(t1=1.0, t2=0.7), rng.uniform(0.0, 0.1, size)
    for name in rng.permutation(list(OPERATIONS)):
        k, count = OPERATIONS[str(name)]
        qubits = [int(q) for q in rng.permutation(3)[:k]]
        parameters = twin.random_parameters(rng, str(name), count, size)
        parameters = [p if rng.random() < 0.7 else float(p.min()) for p in parameters]
        if name == "memory_decay":
            parameters = [times, 1.0 + times, 0.5, 0.1]
        where = None if rng.random() < 0.6 else mask
        whole.apply(str(name), *parameters, *qubits, where=where)
        whole.decay(times, memory, qubits[0])
        for i, part in enumerate(parts):
            own = [p if np.ndim(p) == 0 else p[i : i + 1] for p in parameters]
            part.apply(str(name), *own, *qubits, where=None if where is None else mask[i : i + 1])
            part.decay(times[i : i + 1], memory, qubits[0])
    np.testing.assert_array_equal(whole.coefficients, np.hstack([part.coefficients for part in parts]))
    padded = np.lib.stride_tricks.as_strided(whole.coefficients, (64, 40), whole.coefficients.strides)
    assert np.isfinite(padded).all()


# ---- hostile input ----


def refused(state, error, match, *arguments, where=None, method="apply"):
    before = state.coefficients.copy()
    with pytest.raises(error, match=match):
        getattr(state, method)(*arguments, where=where)
    if where is None:
        with pytest.raises(error, match=match):
            getattr(state, method)(*arguments)
    np.testing.assert_array_equal(state.coefficients, before)


@pytest.mark.parametrize("batch", [None, 3])
def test_hostile_operations(batch):
    state = ebit.DensityMatrix(2, batch)
    state.apply("U3", 0.3, 0.4, 0.5, 0)
    for bad in ("CNOT", "h", "", "Dephasing", "X" * 10_000):
        refused(state, ValueError, r"operation = .* is not allowed: it must be one of", bad, 0)
    for bad in (None, 3, object(), b"X", [["a"]], len, {}):
        refused(state, (TypeError, ValueError), "operation", bad, 0)
    with pytest.raises(TypeError, match="apply takes an operation"):
        state.apply()
    refused(state, ValueError, "operation has shape", np.eye(3), 0)
    refused(state, ValueError, "operation has shape", np.eye(16), 0, 1)
    refused(
        state, ValueError, r"operation is not unitary: U\^dagger U differs from 1 by 0.21", 1.1 * np.eye(2), 0
    )
    refused(state, ValueError, "operation holds NaN", np.full((2, 2), np.nan), 0)
    with pytest.raises(TypeError, match="the only keyword is where, not 'when'"):
        state.apply("X", 0, when=1)


@pytest.mark.parametrize("batch", [None, 3])
def test_hostile_numbers_of_arguments(batch):
    state = ebit.DensityMatrix(2, batch)
    refused(state, TypeError, "X takes 0 parameters and 1 qubits: 1 arguments, not 0", "X")
    refused(state, TypeError, "CX takes 0 parameters and 2 qubits: 2 arguments, not 3", "CX", 0.1, 0, 1)
    refused(state, TypeError, "dephasing takes 1 parameters", "dephasing", 0)
    refused(state, TypeError, "acts on 1 qubits, not 2", ebit.channels.dephasing(0.1), 0, 1)
    refused(state, TypeError, "acts on 2 qubits, not 1", np.eye(4), 0)


@pytest.mark.parametrize("batch", [None, 3])
def test_hostile_qubits(batch):
    state = ebit.DensityMatrix(2, batch)
    for bad in (2, -1, 10**30):
        refused(state, ValueError, "qubit = .* is not allowed", "X", bad)
        refused(state, ValueError, "qubit = .* is not allowed", "dephasing", 0.1, bad)
        refused(state, ValueError, "qubit = .* is not allowed", 0.1, ebit.Memory(), bad, method="decay")
    for bad in (0.0, "0", None, True, [0]):
        refused(state, TypeError, "qubit", "X", bad)
    refused(state, ValueError, r"qubits = \(1, 1\) are not allowed: they must differ", "CX", 1, 1)
    refused(state, ValueError, "must differ", np.eye(4), 0, 0)
    state.apply("X", np.int64(1))  # an integer is an integer


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("name", [name for name, (_, count) in OPERATIONS.items() if count])
def test_hostile_parameters(name, batch):
    k, count = OPERATIONS[name]
    state = ebit.DensityMatrix(3, batch)
    state.apply("H", 0)
    good = [float(p) for p in twin.random_parameters(np.random.default_rng(0), name, count)]
    for place in range(count):
        bads = [np.nan, -np.inf] if name.isupper() else [np.nan, -0.1, -np.inf]
        if name not in ("memory_decay",) and not name.isupper():
            bads += [1.5, np.inf]
        for bad in bads:
            arguments = [*good[:place], bad, *good[place + 1 :], *range(k)]
            refused(state, ValueError, "is not allowed: it must be", name, *arguments)
            refused(state, ValueError, "is not allowed: it must be", name, *arguments, where=0)
            if batch is not None:
                for position in range(3):
                    values = np.full(3, good[place])
                    values[position] = bad
                    arguments[place] = values
                    refused(state, ValueError, "is not allowed: it must be", name, *arguments)
        for bad in ("0.1", None, True, 0.1j, [None]):
            refused(
                state,
                TypeError,
                f"parameter {place} of {name}",
                name,
                *good[:place],
                bad,
                *good[place + 1 :],
                *range(k),
            )
        for shape in ((2,), (3, 1), (0,), (1,)):
            bad = np.full(shape, good[place])
            refused(state, ValueError, "has shape", name, *good[:place], bad, *good[place + 1 :], *range(k))


@pytest.mark.parametrize("batch", [None, 3])
def test_hostile_batches_masks_and_memories(batch):
    state = ebit.DensityMatrix(2, batch)
    refused(state, ValueError, "the batch of channels has shape", ebit.channels.dephasing([0.1, 0.2]), 0)
    refused(state, ValueError, "the batch of unitaries has shape", np.array([np.eye(2)] * 2), 0)
    refused(state, ValueError, "where has shape", "X", 0, where=[True, False])
    refused(state, ValueError, "where = .* is not allowed: outcomes are 0 or 1", "X", 0, where=2)
    refused(state, ValueError, "where = .* is not allowed: outcomes are 0 or 1", "X", 0, where=[0, -1, 1])
    for bad in ("1", 1.0, [0.0, 1.0, 1.0], [None] * 3):
        refused(state, TypeError, "where = ", "X", 0, where=bad)
    memory = ebit.Memory(t1=1.0)
    for bad in (np.nan, -1.0, np.inf):
        refused(state, ValueError, "time = .* is not allowed", bad, memory, 0, method="decay")
    for bad in ("1", None, True):
        refused(state, TypeError, "time = ", bad, memory, 0, method="decay")
    for bad in (None, 1.0, ebit.channels.dephasing(0.1)):
        refused(
            state, TypeError, "memory = .* is not allowed: it must be a Memory", 0.1, bad, 0, method="decay"
        )
    refused(state, ValueError, "memory has shape", 0.1, ebit.Memory(t1=[1.0, 2.0]), 0, method="decay")
    refused(state, ValueError, "time has shape", [0.1, 0.2], memory, 0, method="decay")
    with pytest.raises(TypeError, match="decay takes a time, a memory and a qubit, not 2 arguments"):
        state.decay(0.1, memory)


def test_what_is_no_channel_is_refused_with_its_eigenvalue():
    transpose = np.diag([1.0, 1.0, -1.0, 1.0])
    with pytest.raises(ValueError, match=r"eigenvalue -1"):
        ebit.DensityMatrix(1).apply(ebit.Channel(transpose), 0)


def test_an_uninitialised_object_is_refused():
    state = ebit.DensityMatrix.__new__(ebit.DensityMatrix)
    with pytest.raises(TypeError, match="never initialised"):
        state.apply("X", 0)
    with pytest.raises(TypeError):
        ebit.DensityMatrix.apply(3, "X", 0)
