"""Objects as Python sees them: made badly, used by several threads, or by classes of other authors."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import ebit
from ebit import _core

USES = {
    "num_qubits": lambda x: x.num_qubits,
    "coefficients": lambda x: x.coefficients,
    "apply": lambda x: x.apply("H", 0),
    "apply array": lambda x: x.apply("RX", np.array([0.1]), 0),
    "decay": lambda x: x.decay(1.0, ebit.Memory(), 0),
    "copy": lambda x: x.copy(),
    "tensor": lambda x: ebit.DensityMatrix(1).tensor(x),
    "program": lambda x: ebit.Program(1)(x),
    "store": lambda x: ebit.StatePool().store(x, 0.0),
    "join": lambda x: ebit.protocols.swap()(x, ebit.DensityMatrix(2)),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_state_that_was_never_initialised_is_refused(use):
    x = ebit.DensityMatrix.__new__(ebit.DensityMatrix)
    for _ in range(2):  # the first refusal leaves nothing behind that a second call could take for a state
        with pytest.raises(TypeError, match="never initialised"):
            use(x)


def test_a_program_and_a_pool_that_were_never_initialised_are_refused():
    program = ebit.Program.__new__(ebit.Program)
    with pytest.raises(TypeError, match="never initialised"):
        program(ebit.DensityMatrix(1))
    with pytest.raises(TypeError, match="never initialised"):
        len(program)
    pool = ebit.StatePool.__new__(ebit.StatePool)
    for use in (
        lambda: pool.store(ebit.DensityMatrix(1), 0.0),
        lambda: len(pool),
        lambda: pool.apply(1, 0.0, "X", 0),
    ):
        with pytest.raises(TypeError, match="never initialised"):
            use()


def test_a_subclass_is_a_state_and_one_of_two_kinds_has_both_values():
    class Both(ebit.DensityMatrix, _core.StatePool):
        def __init__(self) -> None:
            ebit.DensityMatrix.__init__(self, 1)
            _core.StatePool.__init__(self, 7)

    class Half(ebit.DensityMatrix, _core.StatePool):
        pass

    both = Both()
    ebit.DensityMatrix.apply(both, "X", 0)
    assert both.coefficients.tolist() == [1.0, 0.0, 0.0, -1.0]
    slot = _core.StatePool.store(both, ebit.DensityMatrix(1), 0.0)
    assert _core.StatePool.__contains__(both, slot)

    half = Half.__new__(Half)
    _core.StatePool.__init__(half, 7)
    with pytest.raises(TypeError, match="never initialised"):
        ebit.DensityMatrix.apply(half, "X", 0)


def test_a_program_may_grow_while_another_thread_runs_it():
    program = ebit.Program(8)
    stop = threading.Event()
    failures = []

    def run() -> None:
        state = ebit.DensityMatrix(8)
        try:
            while not stop.is_set():
                program(state)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for k in range(100):
        program.apply("CX", k % 8, (k + 3) % 8)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(program) == 100


def test_two_threads_may_change_one_long_state():
    state = ebit.DensityMatrix(9)  # long enough for the lock of the interpreter to be given up

    def turn() -> None:
        for _ in range(20):
            state.apply("Z", 0)
            state.apply("depolarizing_replace", 0.0, 1)

    threads = [threading.Thread(target=turn) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.all(np.isfinite(state.coefficients))
    assert state.coefficients[0] == 1.0


def test_views_keep_a_state_alive():
    view = ebit.DensityMatrix(3, 9).coefficients
    other = np.from_dlpack(ebit.DensityMatrix(3, 9))
    ebit.DensityMatrix(3, 9).apply("X", 0)
    assert view.sum() == other.sum() == 8 * 9


@pytest.mark.parametrize("batch", [1, 7, 8, 9])
@pytest.mark.parametrize("num_qubits", [0, 1, 2])
def test_a_state_may_meet_itself(num_qubits, batch):
    state = ebit.DensityMatrix(num_qubits, batch)
    if num_qubits > 0:
        state.apply("RY", np.linspace(0.1, 1.0, batch), 0)
    other = state.copy()
    assert np.array_equal(state.tensor(state).coefficients, state.tensor(other).coefficients)
    assert np.array_equal(state.coefficients, other.coefficients)
    if num_qubits == 2:
        swap = ebit.protocols.swap()
        assert np.array_equal(swap(state, state).state.coefficients, swap(state, other).state.coefficients)
