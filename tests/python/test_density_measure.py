"""Measurement of density matrices against complex projectors."""

from __future__ import annotations

import pickle
from itertools import permutations

import numpy as np
import pytest

import ebit
from ebit import _core
from reference import channels as kraus_twin
from reference import density_measurement as twin

TOLERANCE = 1e-12


def state_of(rho):
    state = ebit.DensityMatrix(len(rho).bit_length() - 1)
    state.coefficients[...] = twin.coefficients(rho)
    return state


def batch_of(rhos):
    state = ebit.DensityMatrix(len(rhos[0]).bit_length() - 1, batch=len(rhos))
    state.coefficients[...] = np.stack([twin.coefficients(rho) for rho in rhos], axis=1)
    return state


def random_rhos(seed, num_qubits, count):
    rng = np.random.default_rng(seed)
    return [twin.random_rho(rng, num_qubits, rank=1 + k % 3) for k in range(count)]


def branches_of(state, what, *qubits):
    """Return probabilities and states, in the order of outcomes."""
    found = state.branches(what, *qubits)
    assert [branch.outcome for branch in found] == list(range(len(found)))
    assert all(branch.accepted for branch in found)
    return [(branch.probability, branch.state) for branch in found]


def uniforms(key, count):
    """Number k mod 1024 of stream (key, k / 1024)."""
    blocks = [_core.Stream(key, block, 0).uniform(1024) for block in range(-(-count // 1024))]
    return np.concatenate(blocks)[:count]


def ghz(num_qubits, batch=None):
    state = ebit.DensityMatrix(num_qubits, batch)
    state.apply("H", 0)
    for qubit in range(1, num_qubits):
        state.apply("CX", 0, qubit)
    return state


# ---- Pauli strings ----
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
def test_every_pauli_string(num_qubits):
    rhos = random_rhos(num_qubits, num_qubits, 3)
    single, batch = state_of(rhos[0]), batch_of(rhos)
    before = batch.coefficients.copy()
    for pauli in twin.strings(num_qubits):
        kraus = twin.projectors(pauli, range(num_qubits), num_qubits)
        found = branches_of(batch, pauli)
        alone = branches_of(single, pauli)
        for bit in (0, 1):
            wanted = [twin.branch([kraus[bit]], rho) for rho in rhos]
            np.testing.assert_allclose(found[bit][0], [p for p, _ in wanted], atol=TOLERANCE)
            after = np.stack([twin.coefficients(rho) for _, rho in wanted], axis=1)
            np.testing.assert_allclose(found[bit][1].coefficients, after, atol=TOLERANCE)
            assert alone[bit][0] == found[bit][0][0]
            np.testing.assert_array_equal(alone[bit][1].coefficients, found[bit][1].coefficients[:, 0])
        np.testing.assert_array_equal(batch.probabilities(pauli).T, [p for p, _ in found])
        np.testing.assert_array_equal(single.probabilities(pauli), [p for p, _ in alone])
    np.testing.assert_array_equal(batch.coefficients, before)


@pytest.mark.parametrize("num_qubits", [3, 4])
@pytest.mark.parametrize("pauli", ["Y", "-XY", "+ZX", "XIZ", "-YZX"])
def test_strings_on_some_qubits_in_any_order(num_qubits, pauli):
    rho = random_rhos(8, num_qubits, 1)[0]
    state = state_of(rho)
    for qubits in permutations(range(num_qubits), len(pauli.lstrip("+-"))):
        for bit, (probability, left) in enumerate(branches_of(state, pauli, *qubits)):
            projector = twin.projectors(pauli, qubits, num_qubits)[bit]
            wanted, after = twin.branch([projector], rho)
            assert probability == pytest.approx(wanted, abs=TOLERANCE)
            np.testing.assert_allclose(left.coefficients, twin.coefficients(after), atol=TOLERANCE)


def test_a_sign_swaps_the_outcomes():
    state = state_of(random_rhos(4, 2, 1)[0])
    np.testing.assert_array_equal(state.probabilities("-XY")[::-1], state.probabilities("XY"))
    np.testing.assert_array_equal(state.probabilities("+XY"), state.probabilities("XY"))
    other = state.copy()
    assert state.project("-XY", outcome=0) == other.project("XY", outcome=1)
    np.testing.assert_array_equal(state.coefficients, other.coefficients)


@pytest.mark.parametrize("pauli", ["ZII", "IXI", "YIZ", "XYZ"])
def test_the_branches_add_up_to_the_dephasing_channel(pauli):
    rho = random_rhos(5, 3, 1)[0]
    mixed = sum(p * left.coefficients for p, left in branches_of(state_of(rho), pauli))
    full = twin.operator(pauli)
    np.testing.assert_allclose(mixed, twin.coefficients((rho + full @ rho @ full) / 2), atol=TOLERANCE)


def test_drawn_outcomes_follow_the_uniform_numbers():
    """The rule of the streams, and the state that goes with each outcome."""
    count, key = 2500, 2**40 + 3
    rhos = random_rhos(6, 2, 7)
    batch = ebit.DensityMatrix(2, count)
    batch.coefficients[...] = np.stack([twin.coefficients(rhos[k % 7]) for k in range(count)], axis=1)
    first = batch.probabilities("YX")
    branches = branches_of(batch, "YX")
    bits = batch.measure("YX", rng=key)
    assert bits.dtype == np.uint8
    wanted = [twin.outcome_of(p, u) for p, u in zip(first, uniforms(key, count), strict=True)]
    np.testing.assert_array_equal(bits, wanted)
    states = np.stack([left.coefficients for _, left in branches])
    np.testing.assert_array_equal(batch.coefficients, states[bits, :, np.arange(count)].T)
    assert 0 < bits.sum() < count


def test_readout_errors_change_the_report_alone():
    count, key = 2100, 11
    errors = np.random.default_rng(1).uniform(size=count)
    true, noisy = ghz(2, count), ghz(2, count)
    bits = true.measure("Z", 1, rng=key)
    reported = noisy.measure("Z", 1, p_readout_error=errors, rng=key)
    second = np.concatenate(
        [(s := _core.Stream(key, b, 0), s.uniform(1024), s.uniform(1024))[2] for b in range(3)]
    )
    np.testing.assert_array_equal(reported, bits ^ (second[:count] < errors))
    np.testing.assert_array_equal(true.coefficients, noisy.coefficients)
    assert (ghz(2, 50).measure("Z", 0, p_readout_error=1.0, rng=3) != ghz(2, 50).measure("Z", 0, rng=3)).all()
    probabilities = noisy.probabilities("Z", 1, p_readout_error=errors)
    np.testing.assert_allclose(probabilities[:, 1], np.where(bits, 1 - errors, errors), atol=1e-15)


def test_frequencies():
    count = 40_000
    tilted = ebit.DensityMatrix(1, count)
    tilted.coefficients[...] = np.array([1.0, 0.3, 0.0, 0.6])[:, None]
    for pauli, wanted in (("Z", 0.2), ("X", 0.35)):
        seen = tilted.copy().measure(pauli, 0, rng=21).mean()
        sigma = np.sqrt(wanted * (1 - wanted) / count)
        assert abs(seen - wanted) < 5 * sigma
        assert abs(seen - (wanted + 0.02)) > 5 * sigma  # the test would notice


def test_an_element_does_not_depend_on_the_others():
    rhos = random_rhos(7, 2, 1)
    values = twin.coefficients(rhos[0])[:, None]
    sizes = [1, 5, 8, 1024, 1500, 3000]
    found = []
    for size in sizes:
        batch = ebit.DensityMatrix(2, size)
        batch.coefficients[...] = values
        found.append((batch.measure("XZ", rng=5), batch.coefficients))
    bits, states = found[-1]
    for size, (some, left) in zip(sizes, found, strict=True):
        np.testing.assert_array_equal(some, bits[:size])
        np.testing.assert_array_equal(left, states[:, :size])
    single = state_of(rhos[0])
    assert single.measure("XZ", rng=5) == bits[0]
    np.testing.assert_array_equal(single.coefficients, states[:, 0])


@pytest.mark.parametrize("pauli", ["Z", "XX", "YZX"])
def test_a_second_measurement_agrees(pauli):
    batch = batch_of(random_rhos(9, 3, 40))
    qubits = range(len(pauli))
    first = batch.measure(pauli, *qubits, rng=1)
    np.testing.assert_array_equal(batch.measure(pauli, *qubits, rng=2), first)
    np.testing.assert_array_equal(batch.probabilities(pauli, *qubits)[np.arange(40), first], 1.0)
    assert len(set(first)) == 2


def test_ghz_parities():
    for pauli, bit in (("XXX", 0), ("XYY", 1), ("YXY", 1), ("YYX", 1), ("ZZI", 0), ("IZZ", 0), ("-XXX", 1)):
        state = ghz(3)
        assert state.measure(pauli, rng=0) == bit
        np.testing.assert_allclose(state.coefficients, ghz(3).coefficients, atol=1e-15)
    together = ghz(3, 100).measure("ZXX", rng=4)  # anticommutes with a stabilizer: a coin
    assert 20 < together.sum() < 80


def test_post_selection_by_element():
    rhos = random_rhos(10, 2, 9)
    outcomes = np.array([0, 1, 1, 0, 1, 0, 0, 0, 1])
    batch = batch_of(rhos)
    branches = branches_of(batch, "ZY")
    probability = batch.project("ZY", outcome=outcomes)
    for k, bit in enumerate(outcomes):
        assert probability[k] == branches[bit][0][k]
        np.testing.assert_array_equal(batch.coefficients[:, k], branches[bit][1].coefficients[:, k])
    other = batch_of(rhos)
    np.testing.assert_array_equal(other.project("ZY", outcome=outcomes.astype(bool)), probability)


def test_an_impossible_outcome_leaves_the_mixed_state():
    state = ebit.DensityMatrix(2, batch=3)
    assert state.project("Z", 0, outcome=[0, 1, 0]).tolist() == [1.0, 0.0, 1.0]
    mixed = np.eye(16)[0]
    np.testing.assert_array_equal(state.coefficients[:, 1], mixed)
    np.testing.assert_array_equal(state.coefficients[:, 0], ebit.DensityMatrix(2).coefficients)
    meter = ebit.instruments.measurement("Z")
    single = ebit.DensityMatrix(2)
    assert single.project(meter, 1, outcome=1) == 0.0
    np.testing.assert_array_equal(single.coefficients, mixed)
    for key in range(30):  # never drawn
        assert ebit.DensityMatrix(1).measure("Z", 0, rng=key) == 0
        assert ebit.DensityMatrix(1).measure("-Z", 0, rng=key) == 1


def test_probabilities_are_relative_to_the_trace():
    rho = random_rhos(11, 2, 1)[0]
    small, whole = state_of(0.8 * rho), state_of(rho)
    for what in ("XZ", ebit.Instrument({"a": 0.25 * np.eye(16), "b": 0.75 * np.eye(16)})):
        np.testing.assert_allclose(small.probabilities(what), whole.probabilities(what), atol=1e-15)
        for (p, left), (q, right) in zip(branches_of(small, what), branches_of(whole, what), strict=True):
            assert p == pytest.approx(q, abs=1e-15)
            assert left.coefficients[0] == 1.0
            np.testing.assert_allclose(left.coefficients, right.coefficients, atol=1e-14)
    np.testing.assert_allclose(small.bit_probabilities(), whole.bit_probabilities(), atol=1e-15)


@pytest.mark.parametrize("qubit", [0, 3, 4, 5])
def test_larger_single_states(qubit):
    """Rows that are short, of four numbers, and whole vectors."""
    rng = np.random.default_rng(qubit)
    bloch = rng.normal(size=(6, 3))
    bloch /= np.linalg.norm(bloch, axis=1)[:, None] * 1.1
    product = np.ones(1)
    for vector in bloch:
        product = np.kron(product, [1.0, *vector])
    state = ebit.DensityMatrix(6)
    state.coefficients[...] = product
    state.apply("CX", 1, 4)
    twice = state.copy()
    axis = "XYZ"[qubit % 3]
    meter = ebit.instruments.measurement(axis)
    assert twice.project(meter, qubit, outcome=1) == pytest.approx(
        state.project(axis, qubit, outcome=1), abs=1e-14
    )
    np.testing.assert_allclose(twice.coefficients, state.coefficients, atol=1e-14)
    assert state.coefficients.any()


# ---- instruments ----
def random_instrument(rng, num_qubits, labels):
    operators = kraus_twin.random_kraus(rng, 2 * len(labels), 2**num_qubits)
    kraus = {label: operators[2 * k : 2 * k + 2] for k, label in enumerate(labels)}
    return ebit.Instrument.from_kraus(kraus), list(kraus.values())


@pytest.mark.parametrize(
    ("qubits", "num_qubits"), [((0,), 1), ((1,), 3), ((2,), 3), ((0, 1), 2), ((2, 0), 3), ((1, 3), 4)]
)
def test_instruments(qubits, num_qubits):
    rng = np.random.default_rng(30)
    instrument, kraus = random_instrument(rng, len(qubits), ["a", "b", "c"])
    rhos = random_rhos(12, num_qubits, 4)
    batch, single = batch_of(rhos), state_of(rhos[0])
    np.testing.assert_array_equal(
        batch.probabilities(instrument, *qubits)[0], single.probabilities(instrument, *qubits)
    )
    found, alone = branches_of(batch, instrument, *qubits), branches_of(single, instrument, *qubits)
    for k, operators in enumerate(kraus):
        full = [twin.embed(operator, list(qubits), num_qubits) for operator in operators]
        wanted = [twin.branch(full, rho) for rho in rhos]
        np.testing.assert_allclose(found[k][0], [p for p, _ in wanted], atol=TOLERANCE)
        after = np.stack([twin.coefficients(rho) for _, rho in wanted], axis=1)
        np.testing.assert_allclose(found[k][1].coefficients, after, atol=TOLERANCE)
        np.testing.assert_array_equal(alone[k][1].coefficients, found[k][1].coefficients[:, 0])
    channel = sum(p * left.coefficients for p, left in alone)
    applied = single.copy()
    applied.apply(instrument.channel(), *qubits)
    np.testing.assert_allclose(channel, applied.coefficients, atol=TOLERANCE)


def test_an_instrument_per_element_and_its_heralds():
    count, key = 1300, 9
    losses = np.linspace(0, 1, count)
    loss = ebit.instruments.heralded_erasure(losses)
    batch = ghz(2, count)
    branches = branches_of(batch, loss, 1)
    heralds = batch.measure(loss, 1, rng=key)
    np.testing.assert_array_equal(heralds, 1 - losses <= uniforms(key, count))
    assert loss.labels(heralds)[0] == "kept"
    assert loss.labels(heralds)[-1] == "erased"
    states = np.stack([left.coefficients for _, left in branches])
    np.testing.assert_array_equal(batch.coefficients, states[heralds, :, np.arange(count)].T)
    single = ghz(2)
    assert single.measure(ebit.instruments.heralded_erasure(1.0), 0, rng=1) == 1
    assert ghz(2).project(ebit.instruments.heralded_erasure(0.3), 0, outcome="erased") == pytest.approx(0.3)


def test_from_kraus_and_from_povm():
    rng = np.random.default_rng(5)
    instrument, kraus = random_instrument(rng, 2, [0, 1])
    np.testing.assert_allclose(instrument.branch(1), kraus_twin.ptm(kraus[1]), atol=TOLERANCE)
    effects = [sum(k.conj().T @ k for k in operators) for operators in kraus]
    gentle = ebit.Instrument.from_povm(dict(zip("ab", effects, strict=True)))
    assert gentle.heralds == ("a", "b")
    rho = random_rhos(13, 2, 1)[0]
    values = twin.coefficients(rho)
    np.testing.assert_allclose(
        gentle.probabilities(values), [np.trace(e @ rho).real for e in effects], atol=TOLERANCE
    )
    weights, vectors = np.linalg.eigh(effects[0])
    root = vectors @ np.diag(np.sqrt(weights)) @ vectors.conj().T
    np.testing.assert_allclose(gentle.branch("a"), kraus_twin.ptm([root]), atol=TOLERANCE)
    meter = ebit.Instrument.from_povm([np.diag([1.0, 0]), np.diag([0, 1.0])])
    for bit in (0, 1):
        wanted = ebit.instruments.measurement("Z").branch(bit)
        np.testing.assert_allclose(meter.branch(bit), wanted, atol=1e-15)


# ---- effects ----
def bloch_effects(directions, weight):
    return [
        weight * (np.eye(2) + x * kraus_twin.X + y * kraus_twin.Y + z * kraus_twin.Z)
        for x, y, z in directions
    ]


TRINE = bloch_effects([(np.sin(a), 0, np.cos(a)) for a in 2 * np.pi / 3 * np.arange(3)], 1 / 3)
TETRAHEDRON = bloch_effects(np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3), 1 / 4)


@pytest.mark.parametrize("effects", [TRINE, TETRAHEDRON], ids=["trine", "tetrahedron"])
@pytest.mark.parametrize("qubit", [0, 1, 2])
def test_povm(effects, qubit):
    povm = ebit.Povm(effects)
    rhos = random_rhos(14, 3, 3)
    batch = batch_of(rhos)
    full = [twin.embed(effect, [qubit], 3) for effect in effects]
    wanted = [[np.trace(effect @ rho).real for effect in full] for rho in rhos]
    np.testing.assert_allclose(batch.probabilities(povm, qubit), wanted, atol=TOLERANCE)
    for k, (probability, left) in enumerate(branches_of(batch, povm, qubit)):
        np.testing.assert_allclose(probability, np.array(wanted)[:, k], atol=TOLERANCE)
        for place, rho in enumerate(rhos):
            after = twin.without(full[k] @ rho, [qubit]) / wanted[place][k]
            np.testing.assert_allclose(left.coefficients[:, place], twin.coefficients(after), atol=TOLERANCE)


def test_a_tetrahedron_tells_the_state():
    rho = random_rhos(15, 1, 1)[0]
    p = state_of(rho).probabilities(ebit.Povm(TETRAHEDRON))
    rebuilt = sum(6 * pk * effect for pk, effect in zip(p, TETRAHEDRON, strict=True)) - np.eye(2)
    np.testing.assert_allclose(rebuilt, rho, atol=TOLERANCE)


def test_unambiguous_discrimination_never_errs():
    """|0> against |+>: at best, the answer is unknown with their overlap, 1 / sqrt 2."""
    plus, minus = np.array([1, 1]) / np.sqrt(2), np.array([1, -1]) / np.sqrt(2)
    weight = np.sqrt(2) / (1 + np.sqrt(2))
    is_zero, is_plus = weight * np.outer(minus, minus), weight * np.diag([0.0, 1])
    povm = ebit.Povm({"zero": is_zero, "plus": is_plus, "unknown": np.eye(2) - is_zero - is_plus})
    zero, other = ebit.DensityMatrix(1), ebit.DensityMatrix(1)
    other.apply("H", 0)
    np.testing.assert_allclose(zero.probabilities(povm), [1 - 1 / np.sqrt(2), 0, 1 / np.sqrt(2)], atol=1e-15)
    np.testing.assert_allclose(other.probabilities(povm), [0, 1 - 1 / np.sqrt(2), 1 / np.sqrt(2)], atol=1e-15)
    shots = 20_000
    seen = np.bincount(zero.sample(povm, shots=shots, rng=3), minlength=3)
    assert seen[1] == 0
    assert abs(seen[0] / shots - (1 - 1 / np.sqrt(2))) < 5 * np.sqrt(0.25 / shots)
    assert plus @ minus == pytest.approx(0)


def test_effects_on_three_qubits():
    rng = np.random.default_rng(16)
    first = twin.random_rho(rng, 3)
    povm = ebit.Povm([first, np.eye(8) - first])
    rho = random_rhos(17, 4, 1)[0]
    full = twin.embed(first, [3, 0, 2], 4)
    assert state_of(rho).probabilities(povm, 3, 0, 2)[0] == pytest.approx(
        np.trace(full @ rho).real, abs=TOLERANCE
    )
    left = branches_of(state_of(rho), povm, 3, 0, 2)[0][1]
    after = twin.without(full @ rho, [0, 2, 3]) / np.trace(full @ rho)
    np.testing.assert_allclose(left.coefficients, twin.coefficients(after), atol=TOLERANCE)


def test_effects_per_element():
    visibility = np.array([0.0, 0.5, 1.0])
    up = (np.eye(2) + visibility[:, None, None] * kraus_twin.Z) / 2
    povm = ebit.Povm({"up": up, "down": np.eye(2) - up})
    assert povm.batch_shape == (3,)
    found = ebit.DensityMatrix(1, batch=3).probabilities(povm, 0)
    np.testing.assert_allclose(found[:, 0], (1 + visibility) / 2, atol=1e-15)


def test_measured_qubits_are_gone():
    count, key = 1100, 13
    batch = ebit.DensityMatrix(3, count)
    rhos = random_rhos(18, 3, 5)
    batch.coefficients[...] = np.stack([twin.coefficients(rhos[k % 5]) for k in range(count)], axis=1)
    whole = batch.copy()
    bits, left = batch.measure_and_discard("XZ", 2, 0, rng=key)
    np.testing.assert_array_equal(batch.coefficients, whole.coefficients)
    np.testing.assert_array_equal(bits, whole.measure("XZ", 2, 0, rng=key))
    np.testing.assert_allclose(
        left.coefficients, whole.coefficients.reshape(4, 4, 4, count)[0, :, 0], atol=1e-14
    )
    outcome, rest = ghz(2).measure_and_discard(ebit.instruments.measurement("Z"), 0, rng=1)
    np.testing.assert_array_equal(rest.coefficients, [1, 0, 0, 1 - 2 * outcome])
    outcome, nothing = ghz(2).measure_and_discard("ZZ", rng=1)
    assert outcome == 0
    assert nothing.num_qubits == 0


# ---- bit strings ----
@pytest.mark.parametrize(("qubits", "basis"), [((), "Z"), ((2, 0), "XY"), ((1,), "Y"), ((0, 3, 1), "ZXZ")])
def test_bits(qubits, basis):
    n = 4
    rhos = random_rhos(19, n, 3)
    batch, single = batch_of(rhos), state_of(rhos[0])
    measured = qubits or tuple(range(n))
    letters = basis * len(measured) if len(basis) == 1 else basis
    found = batch.bit_probabilities(*qubits, basis=basis)
    np.testing.assert_array_equal(single.bit_probabilities(*qubits, basis=basis), found[0])
    k = len(measured)
    for number in range(2**k):
        bits = [number >> (k - 1 - j) & 1 for j in range(k)]
        projector = twin.bit_projector(bits, letters, measured, n)
        wanted = [np.trace(projector @ rho).real for rho in rhos]
        np.testing.assert_allclose(found[:, number], wanted, atol=TOLERANCE)
    bits = batch.measure_bits(*qubits, basis=basis, rng=77)
    assert bits.shape == (3, k)
    for place, rho in enumerate(rhos):
        drawn = twin.outcome_of(found[place], uniforms(77, 3)[place])
        assert bits[place].tolist() == [drawn >> (k - 1 - j) & 1 for j in range(k)]
        _, after = twin.branch([twin.bit_projector(bits[place], letters, measured, n)], rho)
        np.testing.assert_allclose(batch.coefficients[:, place], twin.coefficients(after), atol=1e-11)
    np.testing.assert_array_equal(single.measure_bits(*qubits, basis=basis, rng=77), bits[0])
    np.testing.assert_array_equal(single.coefficients, batch.coefficients[:, 0])
    np.testing.assert_array_equal(batch.measure_bits(*qubits, basis=basis, rng=5), bits)


def test_readout_errors_of_bits():
    errors = [0.1, 0.0, 0.3]
    rho = random_rhos(20, 3, 1)[0]
    state = state_of(rho)
    true = state.bit_probabilities().reshape(2, 2, 2)
    flips = [np.array([[1 - e, e], [e, 1 - e]]) for e in errors]
    wanted = np.einsum("ai,bj,ck,ijk->abc", *flips, true).reshape(-1)
    np.testing.assert_allclose(state.bit_probabilities(p_readout_error=errors), wanted, atol=1e-15)
    batch = ghz(3, 600)
    bits = batch.copy().measure_bits(rng=4)
    reported = batch.measure_bits(p_readout_error=[0.0, 1.0, 0.5], rng=4)
    np.testing.assert_array_equal(reported[:, 0], bits[:, 0])
    np.testing.assert_array_equal(reported[:, 1], 1 - bits[:, 1])
    assert 200 < (reported[:, 2] ^ bits[:, 2]).sum() < 400
    each = np.zeros((600, 1))
    each[3] = 1.0
    changed = ghz(3, 600).measure_bits(p_readout_error=each, rng=4) ^ bits
    np.testing.assert_array_equal(np.flatnonzero(changed.any(axis=1)), [3])


def test_sampled_bits_of_a_large_state():
    n, shots = 9, 40_000
    state = ebit.DensityMatrix(n)
    angles = np.linspace(0.2, 2.5, n)
    for qubit, angle in enumerate(angles):
        state.apply("RY", angle, qubit)
    before = state.coefficients.copy()
    bits = state.sample_bits(shots, rng=8)
    np.testing.assert_array_equal(state.coefficients, before)
    ones = np.sin(angles / 2) ** 2
    sigma = np.sqrt(ones * (1 - ones) / shots)
    assert (abs(bits.mean(axis=0) - ones) < 5 * sigma).all()
    pair = np.cov(bits[:, 3], bits[:, 6])[0, 1]
    assert abs(pair) < 5 * sigma[3] * sigma[6] * np.sqrt(shots)
    np.testing.assert_array_equal(state.sample_bits(700, rng=8), bits[:700])
    counts = state.sample_counts(shots, 2, 7, rng=8)
    assert sum(counts.values()) == shots
    wanted = ones[2] * (1 - ones[7])
    assert abs(counts["10"] / shots - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / shots)
    assert list(counts) == sorted(counts)


def test_samples_of_strings_and_batches():
    assert set(ghz(3).sample("ZZ", 0, 2, shots=50, rng=1)) == {0}
    assert ghz(3).sample("-ZZ", 0, 2, rng=1) == 1
    assert ghz(3).sample("ZZ", 0, 2, p_readout_error=1.0, rng=1) == 1
    batch = batch_of(random_rhos(21, 1, 30))
    before = batch.coefficients.copy()
    drawn = batch.sample("X", 0, rng=6)
    np.testing.assert_array_equal(batch.coefficients, before)
    np.testing.assert_array_equal(drawn, batch.measure("X", 0, rng=6))


# ---- feed-forward ----
def test_teleportation_gate_by_gate():
    count = 500
    rng = np.random.default_rng(22)
    inputs = np.stack([twin.coefficients(twin.random_rho(rng, 1)) for _ in range(count)], axis=1)
    state = ebit.DensityMatrix(3, count)
    blank = np.eye(4)[0] + np.eye(4)[3]
    state.coefficients[...] = np.einsum("ik,j,l->ijlk", inputs, blank, blank).reshape(64, count)
    state.apply("H", 1)
    state.apply("CX", 1, 2)
    state.apply("CX", 0, 1)
    state.apply("H", 0)
    z, x = state.measure("Z", 0, rng=1), state.measure("Z", 1, rng=2)
    assert all(80 < np.sum((z == a) & (x == b)) < 170 for a in (0, 1) for b in (0, 1))
    state.apply("X", 2, where=x)
    state.apply("Z", 2, where=z)
    np.testing.assert_allclose(state.coefficients[:4], inputs, atol=1e-13)


def test_a_swap_gate_by_gate_is_the_swap_of_pairs():
    """Noisy pairs; readout errors end in wrong corrections, and the mean is the swap of pairs."""
    error = 0.1
    left = ebit.Pair(twin.coefficients(random_rhos(23, 2, 1)[0]).reshape(4, 4))
    right = ebit.Pair(twin.coefficients(random_rhos(24, 2, 1)[0]).reshape(4, 4))
    start = ebit.DensityMatrix(4)
    start.coefficients[...] = np.outer(left.correlations, right.correlations).reshape(-1)
    start.apply("CX", 1, 2)
    start.apply("H", 1)
    mean = np.zeros((4, 4))
    meter = ebit.instruments.measurement("Z", error)
    for z, (p_z, state) in enumerate(branches_of(start, meter, 1)):
        for x, (p_x, last) in enumerate(branches_of(state, meter, 2)):
            if x:
                last.apply("X", 3)
            if z:
                last.apply("Z", 3)
            mean += p_z * p_x * last.coefficients.reshape(4, 4, 4, 4)[:, 0, 0]
    wanted = ebit.swap(left, right, ebit.BellMeasurement(p_readout_error=error))
    np.testing.assert_allclose(mean, wanted.correlations, atol=TOLERANCE)


def test_a_sampled_swap_with_feed_forward_in_a_batch():
    count = 300
    left = ebit.Pair(twin.coefficients(random_rhos(25, 2, 1)[0]).reshape(4, 4))
    right = ebit.Pair(twin.coefficients(random_rhos(26, 2, 1)[0]).reshape(4, 4))
    state = ebit.DensityMatrix(4, count)
    state.coefficients[...] = np.outer(left.correlations, right.correlations).reshape(-1, 1)
    state.apply("CX", 1, 2)
    state.apply("H", 1)
    z, x = state.measure("Z", 1, rng=1), state.measure("Z", 2, rng=2)
    state.apply("X", 3, where=x)
    state.apply("Z", 3, where=z)
    _, wanted = ebit.swap_outcomes(left, right, corrected=True)
    outcome = 2 * x.astype(int) + z
    assert set(outcome) == {0, 1, 2, 3}
    got = state.coefficients.reshape(4, 4, 4, 4, count)[:, 0, 0]
    np.testing.assert_allclose(got, np.moveaxis(wanted.correlations[outcome], 0, -1), atol=TOLERANCE)


def test_a_reset_leaves_the_other_qubit():
    rho = random_rhos(27, 2, 1)[0]
    state = state_of(rho)
    state.apply("reset", 1.0, 0.25, 0)
    other = twin.coefficients(twin.without(rho, [0]))
    np.testing.assert_allclose(state.coefficients, np.kron([1.0, 0.0, 0.0, 0.5], other), atol=1e-15)


# ---- what is refused ----
BAD_STRINGS = [
    ("W", (0,)),
    ("x", (0,)),
    ("", ()),
    ("+", ()),
    ("I", (0,)),
    ("II", (0, 1)),
    ("Z-", (0, 1)),
    ("--Z", (0,)),
    ("Z Z", (0, 1, 2)),
]


@pytest.mark.parametrize(("pauli", "qubits"), BAD_STRINGS)
def test_strings_that_are_none(pauli, qubits):
    for batch in (None, 3):
        state = ebit.DensityMatrix(3, batch)
        for call in (
            lambda s: s.measure(pauli, *qubits, rng=1),
            lambda s: s.probabilities(pauli, *qubits),
            lambda s: s.project(pauli, *qubits, outcome=0),
            lambda s: branches_of(s, pauli, *qubits),
            lambda s: s.measure_and_discard(pauli, *qubits),
            lambda s: s.sample(pauli, *qubits),
        ):
            with pytest.raises((ValueError, TypeError), match=r"pauli = |acts on"):
                call(state)


@pytest.mark.parametrize(
    ("qubits", "error"),
    [
        ((0, 0), ValueError),
        ((0, 3), ValueError),
        ((-1, 0), ValueError),
        ((0,), TypeError),
        ((0, 1, 2), TypeError),
        ((0.0, 1), TypeError),
        (("a", 1), TypeError),
        ((2**40, 0), ValueError),
    ],
)
def test_qubits_that_are_none(qubits, error):
    state = ebit.DensityMatrix(3)
    two = ebit.Instrument({0: np.eye(16)})
    povm = ebit.Povm([np.eye(4)])
    for what in ("ZZ", two, povm):
        with pytest.raises(error, match="qubit"):
            state.probabilities(what, *qubits)
        with pytest.raises(error, match="qubit"):
            branches_of(state, what, *qubits)
    if len(qubits) == 2:
        with pytest.raises(error, match="qubit"):
            state.measure_bits(*qubits)
        with pytest.raises(error, match="qubit"):
            state.sample_bits(3, *qubits)


@pytest.mark.parametrize("what", [None, 3, 1.5, np.eye(2), ["Z"], b"Z", ebit.channels.dephasing(0.1)])
def test_what_cannot_be_measured(what):
    state = ebit.DensityMatrix(1)
    for call in (state.measure, state.probabilities, state.branches, state.sample, state.measure_and_discard):
        with pytest.raises(TypeError, match="what = "):
            call(what, 0)
    with pytest.raises(TypeError, match="what = "):
        state.project(what, 0, outcome=0)


@pytest.mark.parametrize("error", [np.nan, np.inf, -0.1, 1.1, [0.1, 2.0, 0.0]])
def test_readout_errors_that_are_none(error):
    state = ebit.DensityMatrix(3, 3)
    for call in (state.measure, state.probabilities, state.sample):
        with pytest.raises(ValueError, match=r"p_readout_error = .* not allowed"):
            call("Z", 0, p_readout_error=error)
    for call in (state.measure_bits, state.bit_probabilities):
        with pytest.raises(ValueError, match=r"p_readout_error = .* not allowed"):
            call(p_readout_error=error)


def test_shapes_that_do_not_fit():
    batch, single = ebit.DensityMatrix(2, 3), ebit.DensityMatrix(2)
    meter = ebit.instruments.measurement("Z", [0.1, 0.2])
    povm = ebit.Povm(np.broadcast_to(np.eye(2), (2, 1, 2, 2)))
    for state in (batch, single):
        with pytest.raises(ValueError, match="p_readout_error has shape"):
            state.measure("Z", 0, p_readout_error=[0.1, 0.2])
        with pytest.raises(ValueError, match="p_readout_error has shape"):
            state.measure_bits(p_readout_error=np.zeros(5))
        with pytest.raises(ValueError, match="p_readout_error has shape"):
            state.bit_probabilities(p_readout_error=np.zeros(3))
        with pytest.raises(ValueError, match="batch shape"):
            state.measure(meter, 0)
        with pytest.raises(ValueError, match="batch shape"):
            state.probabilities(povm, 0)
        for outcome in ([0, 1], [[0, 1, 0]], []):
            with pytest.raises((ValueError, TypeError), match="outcome"):
                state.project("Z", 0, outcome=outcome)
    with pytest.raises(ValueError, match=r"p_readout_error = .* instruments"):
        batch.measure(ebit.instruments.measurement("Z"), 0, p_readout_error=0.1)
    with pytest.raises(ValueError, match="shots"):
        batch.sample_bits(3)
    with pytest.raises(ValueError, match="shots"):
        batch.sample("Z", 0, shots=3)


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (2, ValueError),
        (-1, ValueError),
        (0.0, TypeError),
        (None, TypeError),
        ("x", ValueError),
        (np.nan, TypeError),
        ([0, 1, 2], ValueError),
        ([0.0, 1, 1], TypeError),
    ],
)
def test_outcomes_that_are_none(outcome, error):
    state = ebit.DensityMatrix(2, 3)
    before = state.coefficients.copy()
    for what in ("Z", ebit.instruments.heralded_erasure(0.1)):
        with pytest.raises(error, match="outcome"):
            state.project(what, 0, outcome=outcome)
    np.testing.assert_array_equal(state.coefficients, before)


@pytest.mark.parametrize(
    ("shots", "error"),
    [(-1, ValueError), (1.5, TypeError), (None, TypeError), ("3", TypeError), ([3], TypeError)],
)
def test_shots_that_are_none(shots, error):
    with pytest.raises(error, match="shots"):
        ebit.DensityMatrix(1).sample_bits(shots)
    with pytest.raises(error, match="shots"):
        ebit.DensityMatrix(1).sample_counts(shots)
    assert ebit.DensityMatrix(1).sample_counts(0) == {}
    assert ebit.DensityMatrix(2).sample_bits(0).shape == (0, 2)


@pytest.mark.parametrize("basis", ["", "I", "z", "ZZZ", "ZI", None, 3])
def test_bases_that_are_none(basis):
    for call in (ebit.DensityMatrix(2).measure_bits, ebit.DensityMatrix(2).bit_probabilities):
        with pytest.raises(ValueError, match="basis"):
            call(basis=basis)


@pytest.mark.parametrize("trace", [0.0, -1.0, np.nan, np.inf])
def test_what_is_no_state_is_refused_and_left_alone(trace):
    state = ebit.DensityMatrix(2, 5)
    state.coefficients[0, 3] = trace
    before = state.coefficients.copy()
    meter, povm = ebit.instruments.measurement("X"), ebit.Povm([np.eye(2)])
    for call in (
        lambda: state.measure("X", 0),
        lambda: state.probabilities("X", 0),
        lambda: state.project("X", 0, outcome=1),
        lambda: state.measure(meter, 0),
        lambda: state.probabilities(povm, 0),
        lambda: state.measure_bits(basis="X"),
        lambda: state.bit_probabilities(basis="X"),
    ):
        with pytest.raises(ValueError, match="trace of state 3"):
            call()
        np.testing.assert_array_equal(state.coefficients, before)


@pytest.mark.parametrize(
    ("effects", "message"),
    [
        (
            [np.eye(2), np.diag([0.0, 0.25])],
            r"do not sum to the identity: their sum has the eigenvalue 1\.25",
        ),
        ([0.5 * np.eye(2)], r"eigenvalue 0\.5"),
        (
            [np.diag([1.2, 1]), np.diag([-0.2, 0])],
            r"effects\[1\] is not positive: it has the eigenvalue -0\.2",
        ),
        ({"a": [[0.5, 0.5], [0, 0.5]], "b": [[0.5, -0.5], [0, 0.5]]}, r"effects\['a'\] is not Hermitian"),
        ([np.full((2, 2), np.nan)], "holds NaN"),
        ([np.full((2, 2), np.inf)], "holds NaN"),
        (np.eye(2), "has shape"),
        (np.zeros((0, 2, 2)), "has shape"),
        ([np.eye(3)], "has shape"),
        ([np.eye(32)], "has shape"),
        ({}, "empty"),
        ({"a": np.eye(2), "b": np.eye(4)}, "broadcast"),
        ({"a": 1.0}, "two axes"),
        (1.0, "has shape"),
    ],
)
def test_effects_that_are_no_measurement(effects, message):
    with pytest.raises(ValueError, match=message):
        ebit.Povm(effects)
    with pytest.raises(ValueError, match=message):
        ebit.Instrument.from_povm(effects)


def test_effects_leave_no_state():
    povm = ebit.Povm(TRINE)
    with pytest.raises(TypeError, match="from_povm"):
        ebit.DensityMatrix(1).measure(povm, 0)
    with pytest.raises(TypeError, match="from_povm"):
        ebit.DensityMatrix(1).project(povm, 0, outcome=0)
    with pytest.raises(ValueError, match="3 qubits"):
        ebit.Instrument.from_povm([np.eye(8)])
    with pytest.raises(ValueError, match="at most 4 qubits"):
        ebit.DensityMatrix(5).measure_and_discard("ZZZZZ")


@pytest.mark.parametrize(
    ("kraus", "error", "message"),
    [
        (None, TypeError, "kraus"),
        ([np.eye(2)], TypeError, "kraus"),
        ({"a": np.eye(2)}, ValueError, "number of operators"),
        ({"a": [np.eye(3)]}, ValueError, "shape"),
        ({"a": [0.5 * np.eye(2)]}, ValueError, "trace"),
        ({"a": [np.eye(2)], "b": [np.eye(4)]}, ValueError, "broadcast"),
        ({"a": [np.full((2, 2), np.nan)]}, ValueError, "NaN"),
        ({"a": "x"}, TypeError, "kraus"),
        ({}, ValueError, "empty"),
    ],
)
def test_kraus_operators_that_are_no_instrument(kraus, error, message):
    with pytest.raises(error, match=message):
        ebit.Instrument.from_kraus(kraus)


def test_povms_are_values():
    povm = ebit.Povm({"a": TRINE[0], "b": TRINE[1], 7: TRINE[2]})
    again = pickle.loads(pickle.dumps(povm))
    assert again == povm
    assert hash(again) == hash(povm)
    assert povm != ebit.Povm(TRINE)
    assert povm != TRINE
    assert "Povm(('a', 'b', 7)" in repr(povm)
    assert povm.labels([2, 0]).tolist() == [7, "a"]
    np.testing.assert_allclose(povm.vectors[0], [1 / 3, 0, 0, 1 / 3], atol=1e-15)
    with pytest.raises(ValueError, match="read-only"):
        povm.effects[0] = 0
    for bad, error in (([3], ValueError), ([-1], ValueError), ([0.5], TypeError)):
        with pytest.raises(error, match="outcomes"):
            povm.labels(bad)
    restore, (_, *rest) = povm.__reduce__()
    with pytest.raises(ValueError, match="format 99"):
        restore(99, *rest)
