"""Lindblad generators: against the complex Liouvillian, an integrator, and closed forms."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ebit
from ebit.density._exponential import Exponential
from reference import lindblad
from reference.channels import random_rho

Matrix = npt.NDArray[Any]


def state_of(rhos: list[Matrix]) -> ebit.DensityMatrix:
    """A batch of states, from complex matrices."""
    state = ebit.DensityMatrix(len(rhos[0]).bit_length() - 1, batch=len(rhos))
    state.coefficients[...] = np.array([lindblad.expectations(rho) for rho in rhos]).T
    return state


def random_lindbladian(seed: int, num_qubits: int) -> tuple[ebit.Lindbladian, Matrix, list[Any]]:
    hamiltonian, jumps = lindblad.random_parts(np.random.default_rng(seed), num_qubits)
    return ebit.Lindbladian(num_qubits, hamiltonian, jumps), hamiltonian, jumps


# ---- against complex matrices ----


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_evolution_is_that_of_the_complex_liouvillian(num_qubits: int) -> None:
    rng = np.random.default_rng(num_qubits)
    lindbladian, hamiltonian, jumps = random_lindbladian(num_qubits, num_qubits)
    times = np.array([0.0, 0.3, 1.0, 7.0])
    rhos = [random_rho(rng, 2**num_qubits) for _ in times]
    state = state_of(rhos)
    state.evolve(lindbladian, times)
    expected = [lindblad.evolved(rho, hamiltonian, jumps, t) for rho, t in zip(rhos, times, strict=True)]
    assert np.abs(state.coefficients - state_of(expected).coefficients).max() < 1e-12


def test_four_qubits() -> None:
    """A chain of exchanges with decay at its ends, 256 expectation values."""
    hamiltonian = {"XXII": 0.5, "YYII": 0.5, "IXXI": 0.4, "IYYI": 0.4, "IIXX": 0.3, "IIYY": 0.3, "IIIZ": 0.2}
    jumps = [(0.3, "lowering", 0), (0.1, "raising", 3), (0.05, "ZZ", 2, 1)]
    lindbladian = ebit.Lindbladian(4, hamiltonian, jumps)
    h = sum(c * lindblad.string(s) for s, c in hamiltonian.items())
    ls = [(rate, lindblad.on(lindblad.string(name), qubits, 4)) for rate, name, *qubits in jumps]
    rho = random_rho(np.random.default_rng(4), 16)
    state = ebit.DensityMatrix(4)
    state.coefficients[...] = lindblad.expectations(rho)
    state.evolve(lindbladian, 2.0)
    assert np.abs(state.coefficients - lindblad.expectations(lindblad.evolved(rho, h, ls, 2.0))).max() < 1e-12


def test_an_integrator_agrees() -> None:
    lindbladian, hamiltonian, jumps = random_lindbladian(8, 2)
    rho = random_rho(np.random.default_rng(9), 4)
    state = state_of([rho])
    state.evolve(lindbladian, 1.3)
    expected = state_of([lindblad.integrated(rho, hamiltonian, jumps, 1.3)])
    assert np.abs(state.coefficients - expected.coefficients).max() < 1e-9


@pytest.mark.parametrize("operator", ["X", "Z", "lowering", "raising", "number"])
@pytest.mark.parametrize("qubit", [0, 1, 2])
def test_a_jump_acts_on_its_qubit(operator: str, qubit: int) -> None:
    made = ebit.Lindbladian(3, jumps=[(0.7, operator, qubit)])
    whole = ebit.Lindbladian(3, jumps=[(0.7, lindblad.on(lindblad.string(operator), [qubit], 3))])
    assert np.abs(made.generator - whole.generator).max() < 1e-14


def test_a_jump_on_two_qubits_in_any_order() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    for qubits in [(0, 1), (1, 0), (2, 0), (1, 2)]:
        made = ebit.Lindbladian(3, jumps=[(0.7, matrix, *qubits)])
        whole = ebit.Lindbladian(3, jumps=[(0.7, lindblad.on(matrix, qubits, 3))])
        assert np.abs(made.generator - whole.generator).max() < 1e-13


def test_some_qubits_of_a_larger_state_evolve() -> None:
    rng = np.random.default_rng(5)
    lindbladian, hamiltonian, jumps = random_lindbladian(5, 2)
    h = lindblad.on(hamiltonian, [3, 1], 4)
    ls = [(rate, lindblad.on(jump, [3, 1], 4)) for rate, jump in jumps]
    times = np.array([0.2, 0.9])
    rhos = [random_rho(rng, 16) for _ in times]
    expected = [
        lindblad.expectations(lindblad.evolved(r, h, ls, t)) for r, t in zip(rhos, times, strict=True)
    ]
    batch = state_of(rhos)
    batch.evolve(lindbladian, times, 3, 1)
    assert np.abs(batch.coefficients.T - expected).max() < 1e-12
    for rho, time, values in zip(rhos, times, expected, strict=True):
        single = ebit.DensityMatrix(4)
        single.coefficients[...] = lindblad.expectations(rho)
        single.evolve(lindbladian, time, 3, 1)
        assert np.abs(single.coefficients - values).max() < 1e-12


# ---- against memories and channels ----

MEMORIES = [
    ebit.Memory(t1=2.0, t2=0.7, excited_population=0.2),
    ebit.Memory.depolarizing(0.5),
    ebit.Memory.pauli_rates(0.1, 0.2, 0.4),
    ebit.Memory(),
]


@pytest.mark.parametrize("memory", MEMORIES, ids=repr)
def test_a_memory_is_a_generator(memory: ebit.Memory) -> None:
    times = [0.0, 0.1, 3.0, 50.0]
    channel = ebit.Lindbladian.from_memories([memory]).channel(times)
    assert np.abs(channel.ptm - memory.decay(times).ptm).max() < 1e-14


def test_two_memories_are_a_generator() -> None:
    channel = ebit.Lindbladian.from_memories(MEMORIES[:2]).channel(0.3)
    expected = MEMORIES[0].decay(0.3).tensor(MEMORIES[1].decay(0.3))
    assert np.abs(channel.ptm - expected.ptm).max() < 1e-14


def test_relaxation_is_made_of_jumps() -> None:
    """Lowering and raising at rates that give t1 and the population, and dephasing for the rest of t2."""
    t1, t2, excited = 2.0, 0.7, 0.2
    jumps = [
        ((1 - excited) / t1, "lowering"),
        (excited / t1, "raising"),
        ((1 / t2 - 1 / (2 * t1)) / 2, "Z"),
    ]
    made = ebit.Lindbladian(1, jumps=jumps)
    assert np.abs(made.generator - ebit.Lindbladian.from_memories(MEMORIES[:1]).generator).max() < 1e-14


def test_generators_add_and_move_to_other_qubits() -> None:
    exchange = ebit.Lindbladian(2, {"XX": 0.5, "YY": 0.5})
    memories = ebit.Lindbladian.from_memories(MEMORIES[:3])
    both = memories + exchange.on(3, 2, 0)
    direct = ebit.Lindbladian(3, {"XIX": 0.5, "YIY": 0.5}) + memories
    assert np.abs(both.generator - direct.generator).max() < 1e-14
    each = [ebit.Lindbladian.from_memories([m]).on(3, q) for q, m in enumerate(MEMORIES[:3])]
    assert np.abs((each[0] + each[1] + each[2]).generator - memories.generator).max() < 1e-14


# ---- closed forms ----


def test_rabi_oscillation_with_dephasing() -> None:
    """Resonant drive, Z decays under dephasing rate g: z'' + 2 g z' + w^2 z = 0 (Bloch equations)."""
    w, g = 2 * np.pi * 3.0, 0.4
    driven = ebit.Lindbladian(1, {"X": w / 2}, [(g, "Z")])
    times = np.linspace(0.0, 2.0, 17)
    state = ebit.DensityMatrix(1, batch=len(times))
    state.evolve(driven, times)
    # Y decays with 2 g, Z does not: z' = w y, y' = -w z - 2 g y, up to the sign of y.
    v = np.sqrt(w**2 - g**2)
    expected = np.exp(-g * times) * (np.cos(v * times) + g / v * np.sin(v * times))
    assert np.abs(state.coefficients[3] - expected).max() < 1e-12


def test_the_driven_damped_qubit_at_its_exceptional_point() -> None:
    """z'' + 2 g z' + w^2 z = 0 with w = g: no eigenvectors span the space, z = exp(-g t) (1 + g t)."""
    g = 1.5
    driven = ebit.Lindbladian(1, {"X": g / 2}, [(g, "Z")])
    assert not driven._exponential.is_diagonalised
    times = np.linspace(0.0, 9.0, 31)
    state = ebit.DensityMatrix(1, batch=len(times))
    state.evolve(driven, times)
    assert np.abs(state.coefficients[3] - np.exp(-g * times) * (1 + g * times)).max() < 1e-13


def test_resonance_fluorescence_in_the_steady_state() -> None:
    """Excited population s / (2 (1 + s)), s = 2 w^2 / gamma^2, of a driven two-level atom."""
    w, gamma = 3.0, 2.0
    driven = ebit.Lindbladian(1, {"X": w / 2}, [(gamma, "lowering")])
    s = 2 * w**2 / gamma**2
    steady = driven.steady_state()
    assert (1 - steady.coefficients[3]) / 2 == pytest.approx(s / (2 * (1 + s)), abs=1e-14)
    late = ebit.DensityMatrix(1)
    late.evolve(driven, 40.0)
    assert np.abs(late.coefficients - steady.coefficients).max() < 1e-14


def test_two_qubits_exchange_an_excitation() -> None:
    j = 2 * np.pi * 0.5
    exchange = ebit.Lindbladian(2, {"XX": j / 2, "YY": j / 2})
    times = np.linspace(0.0, 2.0, 9)
    state = ebit.DensityMatrix(2, batch=len(times))
    state.apply("X", 0)
    state.evolve(exchange, times)
    z = state.coefficients.reshape(4, 4, -1)
    assert np.abs(z[3, 0] + np.cos(2 * j * times)).max() < 1e-12
    assert np.abs(z[0, 3] - np.cos(2 * j * times)).max() < 1e-12


def test_superradiant_decay() -> None:
    """Two atoms that decay together (R. H. Dicke, Phys. Rev. 93, 99 (1954)): |11> -> |T> -> |00>, both at
    twice the rate of one; the singlet is dark."""
    together = ebit.Lindbladian(2, jumps=[(1.0, {"XI": 0.5, "YI": 0.5j, "IX": 0.5, "IY": 0.5j})])
    times = np.linspace(0.0, 3.0, 7)
    state = ebit.DensityMatrix(2, batch=len(times))
    state.apply("X", 0)
    state.apply("X", 1)
    state.evolve(together, times)
    z = state.coefficients.reshape(4, 4, -1)
    both = (1 - z[3, 0] - z[0, 3] + z[3, 3]) / 4
    assert np.abs(both - np.exp(-2 * times)).max() < 1e-13
    excitations = 1 - (z[3, 0] + z[0, 3]) / 2
    assert np.abs(excitations - 2 * np.exp(-2 * times) * (1 + times)).max() < 1e-13
    singlet = ebit.DensityMatrix(2)
    singlet.coefficients[...] = np.diag([1.0, -1.0, -1.0, -1.0]).reshape(-1)
    singlet.evolve(together, 10.0)
    assert np.abs(singlet.coefficients.reshape(4, 4) - np.diag([1.0, -1.0, -1.0, -1.0])).max() < 1e-13
    with pytest.raises(ValueError, match="more than one steady state"):
        together.steady_state()


# ---- properties ----


@given(seed=st.integers(0, 2**32 - 1), num_qubits=st.integers(1, 2), time=st.floats(0.0, 100.0))
def test_every_lindbladian_makes_channels_that_form_a_semigroup(
    seed: int, num_qubits: int, time: float
) -> None:
    lindbladian, *_ = random_lindbladian(seed, num_qubits)
    channel = lindbladian.channel([time, 0.5 * time, 0.0])
    assert channel.is_cptp(1e-10)
    whole, half, none = channel.ptm
    assert np.abs(half @ half - whole).max() < 1e-11
    assert np.abs(none - np.eye(4**num_qubits)).max() < 1e-13


def both_ways(generator: npt.NDArray[np.float64], times: npt.NDArray[np.float64]) -> tuple[Matrix, Matrix]:
    ladder = Exponential(generator)
    ladder._vectors = None
    return Exponential(generator).matrices(times), ladder.matrices(times)


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_eigenvectors_and_powers_agree(num_qubits: int) -> None:
    lindbladian, *_ = random_lindbladian(num_qubits, num_qubits)
    times = np.array([0.0, 1e-9, 0.013, 1.0, 30.0, 1e4, 1e30])
    by_vectors, by_powers = both_ways(lindbladian.generator, times)
    assert lindbladian._exponential.is_diagonalised
    assert np.abs(by_vectors - by_powers).max() < 2e-12


def test_slow_decays_survive_beside_fast_ones() -> None:
    """A rate of 1/s beside one of 1e9/s, without eigenvectors."""
    pair = ebit.Lindbladian.from_memories([ebit.Memory.depolarizing(1e-9), ebit.Memory(t1=1.0, t2=0.5)])
    _, by_powers = both_ways(pair.generator, np.array([2.0]))
    assert by_powers[0, 3, 3] == pytest.approx(np.exp(-2.0), rel=1e-12)
    assert by_powers[0, 1, 1] == pytest.approx(np.exp(-4.0), rel=1e-12)


def test_values_and_pickles() -> None:
    lindbladian, *_ = random_lindbladian(1, 2)
    again = pickle.loads(pickle.dumps(lindbladian))
    assert again == lindbladian
    assert hash(again) == hash(lindbladian)
    assert lindbladian != ebit.Lindbladian(2)
    assert not lindbladian.generator.flags.writeable
    assert repr(lindbladian) == "Lindbladian(num_qubits=2)"


# ---- what is refused ----

NOT_HERMITIAN = [[0.0, 1.0], [0.0, 0.0]]
HOSTILE: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    ((0,), ValueError, "num_qubits = 0"),
    ((5,), ValueError, "num_qubits = 5"),
    ((1.0,), TypeError, "num_qubits"),
    ((1, NOT_HERMITIAN), ValueError, "hamiltonian is not allowed: it must be Hermitian"),
    ((1, np.eye(4)), ValueError, "hamiltonian has shape (4, 4)"),
    ((1, [1.0, 2.0]), ValueError, "hamiltonian has shape (2,)"),
    ((1, [[np.nan, 0], [0, 0]]), ValueError, "NaN"),
    ((1, [["a", "b"], ["c", "d"]]), TypeError, "hamiltonian"),
    ((1, {}), ValueError, "hamiltonian"),
    ((1, {"X": 1j}), ValueError, "Hermitian"),
    ((1, {"A": 1.0}), ValueError, "hamiltonian = 'A'"),
    ((1, {"X": np.inf}), ValueError, "coefficient"),
    ((1, {"X": "a"}), TypeError, "hamiltonian"),
    ((2, {"X": 1.0}), ValueError, "hamiltonian has shape (2, 2)"),
    ((2, {"XX": 1.0, "X": 1.0}), ValueError, "same number of qubits"),
    ((1, {"X": 1e300}), ValueError, "at most"),
    ((1, None, [(-1.0, "Z")]), ValueError, "rate = -1.0"),
    ((1, None, [(np.nan, "Z")]), ValueError, "rate = nan"),
    ((1, None, [(np.inf, "Z")]), ValueError, "rate = inf"),
    ((1, None, [("a", "Z")]), TypeError, "rate"),
    ((1, None, [("Z", 1.0)]), TypeError, "rate"),
    ((1, None, [(1.0, "up")]), ValueError, "operator = 'up'"),
    ((1, None, [(1.0, "")]), ValueError, "operator = ''"),
    ((1, None, [(1.0, "XXXXXXXXXXXXXXXXXXXXXXXX")]), ValueError, "at most 4 qubits"),
    ((1, None, [(1.0, np.eye(3))]), ValueError, "operator has shape (3, 3)"),
    ((1, None, [(1.0,)]), TypeError, "jump"),
    ((1, None, [1.0]), TypeError, "jump"),
    ((1, None, 1.0), TypeError, "iterable"),
    ((2, None, [(1.0, "Z")]), TypeError, "acts on 1 qubits, not 2"),
    ((2, None, [(1.0, "Z", 2)]), ValueError, "qubit = 2"),
    ((2, None, [(1.0, "ZZ", 1, 1)]), ValueError, "differ"),
]


@pytest.mark.parametrize(("arguments", "error", "text"), HOSTILE, ids=lambda value: str(value)[:40])
def test_what_is_no_generator_is_refused(
    arguments: tuple[Any, ...], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=re.escape(text)):
        ebit.Lindbladian(*arguments)


@pytest.mark.parametrize("time", [-1.0, np.nan, np.inf, [0.0, -1e-9], "1", None])
def test_what_is_no_time_is_refused(time: Any) -> None:
    noise = ebit.Lindbladian(1, jumps=[(1.0, "Z")])
    state = ebit.DensityMatrix(1, batch=2)
    before = state.coefficients.copy()
    for call in (noise.channel, noise.transfer, lambda t: state.evolve(noise, t)):
        with pytest.raises((ValueError, TypeError), match="time"):
            call(time)
    assert np.array_equal(state.coefficients, before)


def test_the_longest_times_of_pure_decay() -> None:
    noise = ebit.Lindbladian.from_memories([ebit.Memory(t1=1e-3)])
    np.testing.assert_allclose(noise.transfer(1e308)[:, 3], [0.0, 0.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(noise.transfer(1e308)[:, 0], [1.0, 0.0, 0.0, 1.0], atol=1e-12)


def test_phases_that_rounding_has_taken_are_refused() -> None:
    with pytest.raises(ValueError, match="phases"):
        ebit.Lindbladian(1, {"Z": 1e6}).channel(1e6)


def test_what_does_not_fit_is_refused() -> None:
    noise = ebit.Lindbladian(2, jumps=[(1.0, "ZZ")])
    state = ebit.DensityMatrix(3, batch=2)
    with pytest.raises(ValueError, match="time has shape"):
        state.evolve(noise, [1.0, 2.0, 3.0], 0, 1)
    with pytest.raises(TypeError, match="acts on 2 qubits, not 3"):
        state.evolve(noise, 1.0)
    with pytest.raises(ValueError, match="differ"):
        state.evolve(noise, 1.0, 1, 1)
    with pytest.raises(TypeError, match="lindbladian"):
        state.evolve("noise", 1.0, 0, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="add generators"):
        noise + ebit.Lindbladian(1)
    with pytest.raises(ValueError, match="use transfer or evolve"):
        ebit.Lindbladian(3).channel(1.0)
    with pytest.raises(ValueError, match="qubit = 3"):
        noise.on(3, 0, 3)
    with pytest.raises(ValueError, match="num_qubits = 5"):
        noise.on(5, 0, 1)
    with pytest.raises(ValueError, match="0 memories"):
        ebit.Lindbladian.from_memories([])
    with pytest.raises(ValueError, match="shape"):
        ebit.Lindbladian.from_memories([ebit.Memory(t2=[0.1, 0.2])])
    with pytest.raises(TypeError, match="Memory"):
        ebit.Lindbladian.from_memories([1.0])  # type: ignore[list-item]
