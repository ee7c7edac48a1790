"""Pipelines: compiled against the same function step by step."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import ebit
from ebit import _core, protocols

FloatArray = npt.NDArray[np.float64]
NOISE = ebit.channels.two_qubit_depolarizing(p_replace=0.02)
SWAP = protocols.swap(gate_noise=NOISE, p_readout_error=0.01)
OPEN_SWAP = protocols.swap(gate_noise=NOISE, p_readout_error=0.01, correction="none")
DEJMPS = protocols.dejmps(gate_noise=NOISE, p_readout_error=0.01)
NEAR, FAR = ebit.Memory(t1=1.0, t2=0.4), ebit.Memory(t1=2.0, t2=0.7, excited_population=0.1)
SIZES = [1, 7, 8, 9, 1000, 2500]


def bell_pair() -> ebit.DensityMatrix:
    pair = ebit.DensityMatrix(2)
    pair.coefficients[...] = 0.0
    pair.coefficients[[0, 5, 10, 15]] = 1.0, 1.0, -1.0, 1.0
    return pair


def random_states(seed: int, size: int | None, num_qubits: int = 2) -> ebit.DensityMatrix:
    state = ebit.DensityMatrix(num_qubits, size)
    values = np.random.default_rng(seed).uniform(-0.25, 0.25, size=state.coefficients.shape)
    values[0] = 1.0
    state.coefficients[...] = values
    return state


def uniform(seed: int, size: int, high: float = 0.3) -> FloatArray:
    return np.random.default_rng(seed).uniform(0.0, high, size=size)


# ---- functions: each takes two pairs, two parameters and a flag ----


def network(a: Any, b: Any, s: Any, t: Any, flag: Any) -> Any:
    """Links stored, swapped twice and distilled."""

    def link(pair: Any, x: Any, y: Any) -> Any:
        pair = pair.copy()
        pair.decay(x, NEAR, 0)
        pair.decay(y, FAR, 1)
        return pair

    left = SWAP.sample(link(a, s, s), link(b, t, s))
    right = SWAP.sample(link(a, t, t), link(b, s, t))
    kept = DEJMPS(left.state, right.state)
    return {"kept": kept, "outcomes": [left.outcome, right.outcome], "swap": left}


def feed_forward(a: Any, b: Any, s: Any, t: Any, flag: Any) -> Any:
    """Corrections on bits of an outcome, noise where a flag is set."""
    made = OPEN_SWAP.sample(a, b)
    pair = made.state.copy()
    pair.apply("X", 1, where=(made.outcome >> 1) & 1)
    pair.apply("Z", 1, where=made.outcome & 1)
    pair.apply("amplitude_damping", s, 0, where=flag)
    pair.apply("H", 0, where=flag)
    pair.decay(t, NEAR, 1)
    return pair, made.state, made.accepted


def channels(a: Any, b: Any, s: Any, t: Any, flag: Any) -> Any:
    """Every kind of operation."""
    a.apply("H", 0)
    a.apply("T", 0)
    a.apply("SQRT_X", 0)
    a.apply("CX", 1, 0)
    a.apply("depolarizing_error", s, 1)
    a.apply("pauli", s, 0.1, t, 0)
    a.apply("dephasing", 0.1, 0)
    a.apply(ebit.channels.amplitude_damping(0.2), 1)
    a.apply(np.array([[1.0, 1.0], [1.0, -1.0]], dtype=complex) / np.sqrt(2.0), 1)
    a.apply("two_qubit_depolarizing_replace", t, 0, 1)
    a.apply(NOISE, 1, 0)
    b.apply("generalized_amplitude_damping", s, 0.2, 0)
    b.apply("memory_decay", s, 1.0, 0.5, 0.1, 1)
    b.apply("RX", s, 1)
    b.apply("CRZ", t, 0, 1)
    b.apply("SWAP", 0, 1)
    b.decay(0.2, FAR, 0)
    return a, b


def averages(a: Any, b: Any, s: Any, t: Any, flag: Any) -> Any:
    a.decay(s, NEAR, 0)
    made, probability = DEJMPS(a, b)
    made.apply("depolarizing_replace", t, 0)
    again = SWAP(made, a)
    return again.state, probability, (again.probability,), made


FUNCTIONS = [network, feed_forward, channels, averages]


def leaves(tree: Any) -> list[FloatArray]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, tuple | list):
        return [leaf for branch in tree for leaf in leaves(branch)]
    return [np.asarray(tree.coefficients if isinstance(tree, ebit.DensityMatrix) else tree)]


def assert_equal(a: Any, b: Any, atol: float = 0.0) -> None:
    for x, y in zip(leaves(a), leaves(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=0, atol=atol if x.dtype == np.float64 else 0)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("size", SIZES)
def test_a_pipeline_is_its_steps(function: Callable[..., Any], size: int) -> None:
    pipeline = ebit.pipeline(function)
    flag = np.arange(size) % 3 == 0
    s, t = uniform(1, size), uniform(2, size)
    for a, b in ((bell_pair(), random_states(4, size)), (random_states(5, size), random_states(6, size))):
        copies = a.copy(), b.copy()
        made = pipeline(a, b, s, t, flag, rng=3)
        assert_equal((a, b), copies)  # inputs are left alone
        assert_equal(made, pipeline.step_by_step(a, b, s, t, flag, rng=3), 1e-13)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_numbers_stand_for_all_elements(function: Callable[..., Any]) -> None:
    pipeline, size = ebit.pipeline(function), 20
    a, b, flag = bell_pair(), random_states(4, size), np.arange(size) % 3 == 0
    made = pipeline(a, b, 0.1, 0.2, flag, rng=3)
    assert_equal(made, pipeline(a, b, np.full(size, 0.1), np.full(size, 0.2), flag, rng=3), 1e-14)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_single_result(function: Callable[..., Any]) -> None:
    pipeline, b = ebit.pipeline(function), random_states(4, None)
    made = pipeline(bell_pair(), b, 0.1, 0.2, np.array(True), rng=3)
    assert_equal(made, pipeline.step_by_step(bell_pair(), b, 0.1, 0.2, np.array(True), rng=3), 1e-13)
    states = [x for x in leaves(made) if x.ndim == 1]
    assert states
    assert all(x.ndim <= 1 for x in leaves(made))


def test_types_of_single_results() -> None:
    made = ebit.pipeline(lambda a, b: SWAP.sample(a, b))(ebit.Werner(0.9), ebit.Werner(0.8), rng=1)
    assert isinstance(made.state, ebit.DensityMatrix)
    assert made.state.batch is None
    assert [type(x) for x in made[1:]] == [int, bool, float]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_threads_and_tiles_change_no_bits(function: Callable[..., Any]) -> None:
    pipeline, size = ebit.pipeline(function), 5000
    arguments = (
        bell_pair(),
        random_states(4, size),
        uniform(1, size),
        uniform(2, size),
        np.arange(size) % 2 == 0,
    )
    made = pipeline(*arguments, rng=3)
    for threads, tile in ((1, 8), (1, 64), (2, 72), (3, 512), (2, 1024)):
        assert_equal(pipeline(*arguments, rng=3, threads=threads, _tile=tile), made)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_element_depends_on_its_own_inputs(function: Callable[..., Any]) -> None:
    """The first elements of a batch are a batch of the first elements."""
    pipeline, size = ebit.pipeline(function), 1500
    b, s, t = random_states(4, size), uniform(1, size), uniform(2, size)
    flag = np.arange(size) % 2 == 0
    made = pipeline(bell_pair(), b, s, t, flag, rng=3)
    for first in (1, 5, 1030):
        part = random_states(4, first)
        part.coefficients[...] = b.coefficients[:, :first]
        short = pipeline(bell_pair(), part, s[:first], t[:first], flag[:first], rng=3)
        for x, y in zip(leaves(short), leaves(made), strict=True):
            np.testing.assert_array_equal(x, y[..., :first])


def test_steps_draw_with_keys_of_their_own() -> None:
    """Step s of key 11 draws as `sample` does with derived key s."""

    @ebit.pipeline
    def twice(a: Any, b: Any) -> Any:
        return OPEN_SWAP.sample(a, b).outcome, OPEN_SWAP.sample(a, b).outcome

    a, b = random_states(1, 3000), random_states(2, 3000)
    drawn = twice(a, b, rng=11)
    for key, outcome in zip(_core.derived_keys(11, 2), drawn, strict=True):
        np.testing.assert_array_equal(outcome, OPEN_SWAP.sample(a, b, rng=int(key)).outcome)
    assert (drawn[0] != drawn[1]).any()
    assert (twice(a, b, rng=12)[0] != drawn[0]).any()


def test_outcomes_have_their_probabilities() -> None:
    """Fractions within five standard errors, where the outcomes are not alike."""
    size, left, right = 100_000, ebit.DensityMatrix(2), ebit.DensityMatrix(2, 100_000)
    left.apply("RX", 1.0, 1)
    right.apply("RX", 0.7, 0)
    right.apply("RZ", 0.4, 0)
    made = ebit.pipeline(lambda a, b: OPEN_SWAP.sample(a, b))(left, right, rng=5)
    p = OPEN_SWAP.probabilities(left, right)[0]
    counts, error = np.bincount(made.outcome, minlength=4), np.sqrt(size * p * (1.0 - p))
    assert (np.abs(counts - size * p) < 5.0 * error).all()
    assert (np.abs(counts - size * 0.25) > 5.0 * error).all()
    np.testing.assert_allclose(made.probability, p[made.outcome], rtol=0, atol=1e-14)


def test_what_a_function_brings_along() -> None:
    """Arrays, states, channels, memories and maps that differ along the batch."""
    size = 12
    times, gammas, mask = uniform(1, size), uniform(2, size), np.arange(size) % 2
    states = random_states(3, size)
    noisy = protocols.swap(p_readout_error=uniform(4, size, 0.1))
    memory = ebit.Memory(t1=1.0 + times)

    @ebit.pipeline
    def function(pair: Any, t: Any) -> Any:
        pair.decay(times, NEAR, 0)
        pair.decay(t, memory, 1)
        pair.apply("amplitude_damping", gammas, 1)
        pair.apply(ebit.channels.amplitude_damping(gammas), 0, where=mask)
        return noisy(pair, states), noisy.sample(states, pair)

    pair = random_states(9, size)
    assert_equal(function(pair, 0.3, rng=1), function.step_by_step(pair, 0.3, rng=1), 1e-13)
    with pytest.raises(ValueError, match=r"batches differ in size: pair 7, .* 12"):
        function(random_states(9, 7), 0.3)


def test_memories_and_maps_may_be_arguments() -> None:
    @ebit.pipeline
    def function(pair: Any, memory: Any, *, swap: Any, twice: bool = False) -> Any:
        for _ in range(1 + twice):
            pair.decay(0.1, memory, 0)
        return swap(pair, pair).state

    once = function(bell_pair(), NEAR, swap=SWAP).coefficients
    assert (function(bell_pair(), NEAR, swap=SWAP, twice=True).coefficients != once).any()
    assert (function(bell_pair(), FAR, swap=SWAP).coefficients != once).any()
    assert_equal(
        function(bell_pair(), NEAR, swap=SWAP), function.step_by_step(bell_pair(), NEAR, swap=SWAP), 1e-14
    )


def test_every_named_operation() -> None:
    """With one number per element, on two qubits of three."""
    for name in _core.operation_names():
        k, count = _core.operation_shape(name)
        if count == 0:
            continue

        def function(state: Any, name: str, qubits: Any, *p: Any) -> Any:
            state.apply(name, *p, *qubits)
            return state

        parameters = [uniform(i, 9, 0.06) + (0.1 if name == "memory_decay" else 0.0) for i in range(count)]
        arguments = random_states(1, 9, 3), name, range(2, 2 - k, -1), *parameters
        pipeline = ebit.pipeline(function)
        assert_equal(pipeline(*arguments), pipeline.step_by_step(*arguments), 1e-13)


# ---- what is refused ----

REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "adds": (lambda a, t: a.decay(t + 1.0, NEAR, 0), "parameter 't' is known only when the pipeline runs"),
    "multiplies": (lambda a, t: a.decay(2.0 * t, NEAR, 0), "parameter 't' is known only"),
    "negates": (lambda a, t: a.decay(-t, NEAR, 0), "parameter 't' is known only"),
    "compares": (lambda a, t: a if t > 0.0 else None, "parameter 't' is known only"),
    "equals": (lambda a, t: a if t == 0.0 else None, "parameter 't' is known only"),
    "branches": (lambda a, t: a if t else None, "parameter 't' is known only"),
    "uses NumPy": (lambda a, t: a.decay(np.exp(t), NEAR, 0), "parameter 't' is known only"),
    "makes an array": (lambda a, t: a.decay(np.array([t, t]).sum(), NEAR, 0), "parameter 't' is known only"),
    "iterates": (lambda a, t: list(t), "parameter 't' is known only"),
    "indexes": (lambda a, t: t[0], "parameter 't' is known only"),
    "uses as a qubit": (lambda a, t: a.apply("X", t), "parameter 't' is known only"),
    "uses as a condition": (lambda a, t: a.apply("X", 0, where=t), "parameter 't' is known only"),
    "uses as an operation": (lambda a, t: a.apply(t, 0), "parameter 't' is known only"),
    "computes with a probability": (lambda a, t: 1.0 - SWAP(a, a).probability, "the probability of a map is"),
    "computes with an outcome": (lambda a, t: SWAP.sample(a, a).outcome + 1, "the outcome of a map is known"),
    "masks an outcome": (lambda a, t: SWAP.sample(a, a).outcome & 2, "only & 1 is known"),
    "returns nothing": (lambda a, t: None, "returned None"),
    "returns an empty tuple": (lambda a, t: (), "returned nothing"),
    "returns a parameter": (lambda a, t: t, "returned parameter 't', which is not a result"),
    "returns a number": (lambda a, t: (a, 1.0), "returned 1.0"),
    "gives a key": (lambda a, t: SWAP.sample(a, a, rng=1), "rng is not allowed in a pipeline"),
    "acts on a number": (lambda a, t: t.apply("X", 0), "parameter 't' is a number"),
    "wrong memory": (lambda a, t: a.decay(t, 1.0, 0), "memory = 1.0 is not allowed"),
    "too few arguments": (
        lambda a, t: a.apply("amplitude_damping", 0),
        "amplitude_damping takes 1 parameter",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_function_that_computes_is_refused(name: str) -> None:
    function, message = REFUSED[name]
    with pytest.raises(TypeError, match=message):
        ebit.pipeline(lambda a, t: function(a, t))(bell_pair(), 0.1)


BAD: dict[str, tuple[Callable[..., Any], str]] = {
    "qubit": (lambda a, t: a.apply("X", 2), "qubit = 2 is not allowed"),
    "negative qubit": (lambda a, t: a.decay(t, NEAR, -1), "qubit = -1 is not allowed"),
    "equal qubits": (lambda a, t: a.apply("CX", 1, 1), "differ"),
    "name": (lambda a, t: a.apply("Q", 0), "operation = Q is not allowed"),
    "known time": (lambda a, t: a.decay(-1.0, NEAR, 0), "time = -1 is not allowed"),
    "captured numbers": (lambda a, t: a.decay(np.array([np.nan, 1.0]), NEAR, 0), "time is not allowed"),
    "no channels": (lambda a, t: a.apply(ebit.channels.dephasing([]), 0), r"batch shape \(0,\)"),
    "captured shape": (lambda a, t: a.decay(np.ones((2, 2)), NEAR, 0), r"time has shape \(2, 2\)"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_step_that_is_none_is_refused(name: str) -> None:
    function, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        ebit.pipeline(lambda a, t: function(a, t))(bell_pair(), 0.1)


def stored(pair: Any, t: Any, p: Any) -> Any:
    pair.decay(t, NEAR, 0)
    pair.apply("depolarizing_error", p, 1)
    return pair


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf, -np.inf, -1e-300])
def test_parameters_out_of_range_are_refused(bad: float) -> None:
    pipeline = ebit.pipeline(stored)
    for times in (bad, np.r_[uniform(1, 1500), bad], np.r_[bad, uniform(1, 16)]):
        with pytest.raises(ValueError, match=rf"t = {bad:g}.* is not allowed: it must be in \[0, "):
            pipeline(bell_pair(), times, 0.1)
    for p in (bad, np.r_[uniform(1, 1500), bad], 1.0001):
        with pytest.raises(ValueError, match=r"p = .* is not allowed: it must be in \[0, 1\]"):
            pipeline(bell_pair(), 0.1, p)


def test_sums_of_probabilities_are_checked() -> None:
    def function(pair: Any, x: Any, y: Any) -> Any:
        pair.apply("pauli", x, y, 0.2, 0)
        return pair

    with pytest.raises(ValueError, match=r"p_x \+ p_y \+ p_z = 1.3"):
        ebit.pipeline(function)(bell_pair(), [0.1, 0.5], [0.1, 0.6])


def test_arguments_of_wrong_sizes_are_refused() -> None:
    pipeline = ebit.pipeline(stored)
    with pytest.raises(ValueError, match="batches differ in size: pair 3, t 4"):
        pipeline(random_states(1, 3), np.ones(4), 0.0)
    with pytest.raises(ValueError, match=r"t has shape \(2, 2\)"):
        pipeline(bell_pair(), np.ones((2, 2)), 0.0)
    with pytest.raises(ValueError, match="t is empty"):
        pipeline(bell_pair(), np.ones(0), 0.0)
    with pytest.raises(ValueError, match="batch shape"):
        pipeline(ebit.Werner(np.ones((2, 2))), 1.0, 0.0)
    with pytest.raises(TypeError, match="missing a required argument"):
        pipeline(bell_pair(), 1.0)
    with pytest.raises(ValueError, match="threads = 0"):
        pipeline(bell_pair(), 1.0, 0.0, threads=0)
    with pytest.raises(ValueError, match="rng = -1"):
        ebit.pipeline(lambda a: SWAP.sample(a, a))(bell_pair(), rng=-1)
    with pytest.raises(ValueError, match=r"num_qubits = 7 .* in a pipeline"):
        pipeline(ebit.DensityMatrix(7), 1.0, 0.0)
    with pytest.raises(ValueError, match="left has 1 qubits: the map takes 2"):
        ebit.pipeline(lambda a: SWAP(a, a))(ebit.DensityMatrix(1))


def test_what_cannot_be_a_pipeline_is_refused() -> None:
    with pytest.raises(TypeError, match="function = 3"):
        ebit.pipeline(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a parameter 'rng' of its own"):
        ebit.pipeline(lambda a, rng: a)
    with pytest.raises(TypeError, match=r"\*\* is not allowed"):
        ebit.pipeline(lambda **named: named["a"])(a=bell_pair())
    with pytest.raises(TypeError, match="must be hashable: names"):
        ebit.pipeline(lambda a, names: a)(bell_pair(), ["x"])


def test_registers_of_two_calls_do_not_meet() -> None:
    kept: list[Any] = []

    def function(a: Any) -> Any:
        kept.append(a)
        return SWAP(kept[0], a).state

    pipeline = ebit.pipeline(function)
    pipeline(bell_pair())
    with pytest.raises(ValueError, match="register of another call"):
        ebit.pipeline(function)(bell_pair())


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread"
)
def test_an_interrupt_stops_a_call() -> None:
    @ebit.pipeline
    def long(a: Any, t: Any) -> Any:
        for _ in range(60):
            a.decay(t, NEAR, 0)
            a = DEJMPS(a, a).state
        return a

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    times, pair = uniform(1, 1_000_000), random_states(1, None)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            long(pair, times)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
