"""The pool of stored states: against a dictionary of complex density matrices, and against chains."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import ebit
from ebit import _core
from reference.agreement import assert_mean
from reference.channels import depolarizing, random_rho
from reference.density_pool import Twin, density_matrix
from reference.examples import random_state
from reference.lindblad import expectations

MEMORIES: list[tuple[float, float, float] | None] = [None, (2.0, 0.7, 0.2), (1.0, 2.0, 0.0), (0.5, 0.1, 1.0)]
SWAP = ebit.protocols.swap()
DEJMPS = ebit.protocols.dejmps()


def state_of(*rhos: npt.NDArray[Any]) -> ebit.DensityMatrix:
    """A single state, or a batch of several."""
    n = len(rhos[0]).bit_length() - 1
    if len(rhos) == 1:
        state = ebit.DensityMatrix(n)
        state.coefficients[...] = expectations(rhos[0])
    else:
        state = ebit.DensityMatrix(n, batch=len(rhos))
        state.coefficients[...] = np.array([expectations(rho) for rho in rhos]).T
    return state


def bell_pair() -> ebit.DensityMatrix:
    return ebit.DensityMatrix.bell()


def pool_with_memories(rng: int = 7) -> ebit.StatePool:
    pool = ebit.StatePool(rng=rng)
    numbers = [
        0 if m is None else pool.add_memory(ebit.Memory(t1=m[0], t2=m[1], excited_population=m[2]))
        for m in MEMORIES
    ]
    assert numbers == [0, 1, 2, 3]
    return pool


def assert_same(pool: ebit.StatePool, twin: Twin, time: float) -> None:
    assert sorted(pool) == sorted(twin.states)
    assert len(pool) == len(twin.states)
    for slot in twin.states:
        values = pool.state(slot, time).coefficients
        assert np.abs(values - expectations(twin.at(slot, time))).max() < 1e-12
        assert pool.age(slot, time) == time - twin.birth[slot]
        assert pool.clock(slot) == twin.clock[slot]


# ---- against the twin ----


class Story:
    """Random operations on a pool and on its twin."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.pool = pool_with_memories(seed)
        self.twin = Twin(seed)
        self.time = 0.0
        self.gone: list[int] = []

    def slot(self, num_qubits: int = 0, at_most: int = 6) -> int | None:
        fitting = [
            s
            for s, memory in self.twin.memory.items()
            if len(memory) <= at_most and num_qubits in (0, len(memory))
        ]
        return int(self.random.choice(fitting)) if fitting else None

    def two(self, num_qubits: int = 0, at_most: int = 6) -> tuple[int, int] | None:
        left, right = self.slot(num_qubits, at_most), self.slot(num_qubits, at_most)
        return None if left is None or right is None or left == right else (left, right)

    def qubits(self, slot: int, count: int) -> list[int]:
        return self.random.choice(len(self.twin.memory[slot]), size=count, replace=False).tolist()

    def store(self) -> None:
        n = int(self.random.choice([1, 2, 2, 2, 3]))
        rho = random_rho(self.random, 2**n)
        numbers = self.random.integers(len(MEMORIES), size=n).tolist()
        slot = self.pool.store(state_of(rho), self.time, *numbers)
        assert slot not in self.gone
        self.twin.store(slot, rho, self.time, [MEMORIES[k] for k in numbers])

    def free(self) -> None:
        if len(self.twin.states) > 4 and (slot := self.slot()) is not None:
            self.pool.free(slot)
            self.twin.free(slot)
            self.gone.append(slot)

    def advance(self) -> None:
        if (slot := self.slot()) is not None:
            self.pool.advance(slot, self.time)
            self.twin.advance(slot, self.time)

    def move(self) -> None:
        if (slot := self.slot()) is not None:
            (qubit,) = self.qubits(slot, 1)
            number = int(self.random.integers(len(MEMORIES)))
            self.pool.move(slot, self.time, qubit, number)
            self.twin.advance(slot, self.time)
            self.twin.memory[slot][qubit] = MEMORIES[number]

    def apply(self) -> None:
        if (slot := self.slot()) is not None:
            (qubit,) = self.qubits(slot, 1)
            self.pool.apply(slot, self.time, "depolarizing_replace", 0.1, qubit)
            self.twin.apply(slot, self.time, depolarizing(p_replace=0.1), [qubit])
            if len(self.twin.memory[slot]) > 1:
                pair = self.qubits(slot, 2)
                self.pool.apply(slot, self.time, "SQRT_XX", *pair)
                self.twin.apply(slot, self.time, [ebit.gates.unitary("SQRT_XX")], pair)

    def measure(self) -> None:
        if (slot := self.slot()) is not None:
            qubits = self.qubits(slot, int(self.random.integers(1, len(self.twin.memory[slot]) + 1)))
            pauli = "".join(self.random.choice(list("XYZ"), size=len(qubits)))
            p = float(self.random.choice([0.0, 0.3]))
            outcome = self.pool.measure(slot, self.time, pauli, *qubits, p_readout_error=p)
            assert outcome == self.twin.measure(slot, self.time, pauli, qubits, p)

    def tensor(self) -> None:
        if (slots := self.two(at_most=2)) is not None:
            new = self.pool.tensor(*slots, self.time)
            self.twin.tensor(new, *slots, self.time)
            self.gone += slots

    def discard(self) -> None:
        slot = self.slot()
        if slot is not None and (n := len(self.twin.memory[slot])) > 1:
            qubits = self.qubits(slot, int(self.random.integers(1, n)))
            new = self.pool.discard(slot, self.time, *qubits)
            self.twin.discard(new, slot, self.time, qubits)
            self.gone.append(slot)

    def join(self) -> None:
        if (slots := self.two(num_qubits=2)) is not None:
            step = SWAP if self.random.random() < 0.5 else DEJMPS
            new = self.pool.join(*slots, self.time, step)
            p = self.twin.join(None if new == -1 else new, *slots, self.time, step)
            if step is DEJMPS:
                assert (new == -1) == (p <= self.twin.uniform())
            else:
                assert new != -1
            self.gone += slots

    def sample_join(self) -> None:
        if (slots := self.two(num_qubits=2)) is not None:
            step = SWAP if self.random.random() < 0.5 else DEJMPS
            ps = step.probabilities(*(state_of(self.twin.at(s, self.time)) for s in slots))
            drawn = int((np.cumsum(ps)[:-1] <= self.twin.uniform() * ps.sum()).sum())
            new, outcome = self.pool.sample_join(*slots, self.time, step)
            assert outcome == drawn
            assert (new == -1) == (outcome not in step.accepted)
            self.twin.join(None if new == -1 else new, *slots, self.time, step, outcome)
            self.gone += slots

    def run(self, steps: int) -> None:
        kinds: list[Callable[[], None]] = [
            self.store,
            self.store,
            self.store,
            self.free,
            self.advance,
            self.move,
            self.apply,
            self.measure,
            self.tensor,
            self.discard,
            self.join,
            self.sample_join,
        ]
        for _ in range(steps):
            self.time += float(self.random.exponential(0.05))
            kinds[self.random.integers(len(kinds))]()


@pytest.mark.parametrize("seed", range(5))
def test_a_random_story_is_that_of_the_twin(seed: int) -> None:
    story = Story(seed)
    story.run(150)
    assert_same(story.pool, story.twin, story.time + 0.1)
    assert not any(slot in story.pool for slot in story.gone)
    assert len(set(story.gone)) == len(story.gone) > 10


# ---- many slots at a time ----


def many_operations(pool: ebit.StatePool, call: Callable[..., Any]) -> list[Any]:
    """The same calls, once for arrays of slots and once slot by slot."""
    rng = np.random.default_rng(3)
    states = state_of(*(random_rho(rng, 4) for _ in range(20)))
    slots = call(pool.store, states, np.linspace(0, 1, 20), np.arange(20) % 4, 1)
    call(pool.move, slots, 1.5, np.arange(20) % 2, np.arange(20) % 3)
    call(pool.advance, slots, np.linspace(2, 3, 20))
    call(pool.apply, slots, 3.0, "RX", np.linspace(0, 3, 20), 0)
    call(pool.apply, slots, 3.1, "CX", 1, 0)
    outcomes = call(pool.measure, slots[:4], 3.2, "ZX", 1, 0)
    short = call(pool.join, slots[4:8], slots[8:12], np.full(4, 3.3), SWAP)
    drawn = call(pool.sample_join, slots[12:16], slots[16:], 3.4, DEJMPS)
    wide = call(pool.tensor, slots[:2], slots[2:4], 3.5)
    rest = call(pool.discard, wide, 3.6, 1, 2)
    call(pool.free, rest[:1])
    left = np.concatenate([short, rest[1:], drawn[0][drawn[0] != -1]])
    return [
        outcomes,
        *drawn,
        left,
        call(pool.fidelity, left, 4.0),
        call(pool.age, left, 4.0),
        call(pool.clock, left),
        pool.state(left, 4.0).coefficients,
    ]


def slot_by_slot(method: Callable[..., Any], *arguments: Any) -> Any:
    """A call for each slot, in order."""
    count = next(len(a) for a in arguments if isinstance(a, np.ndarray | ebit.DensityMatrix))
    results = []
    for k in range(count):
        mine = []
        for a in arguments:
            if isinstance(a, ebit.DensityMatrix):
                single = ebit.DensityMatrix(a.num_qubits)
                single.coefficients[...] = a.coefficients[:, k]
                mine.append(single)
            else:
                mine.append(a[k].item() if isinstance(a, np.ndarray) else a)
        results.append(method(*mine))
    if results[0] is None:
        return None
    if isinstance(results[0], tuple):
        return tuple(np.array(column) for column in zip(*results, strict=True))
    return np.array(results)


def test_a_call_for_many_is_a_call_for_each_to_the_last_bit() -> None:
    together = many_operations(pool_with_memories(), lambda method, *arguments: method(*arguments))
    apart = many_operations(pool_with_memories(), slot_by_slot)
    for many, single in zip(together, apart, strict=True):
        assert np.array_equal(many, single)


def test_states_are_gathered_and_put_back() -> None:
    pool = pool_with_memories()
    rng = np.random.default_rng(0)
    rhos = [random_rho(rng, 4) for _ in range(5)]
    slots = pool.store(state_of(*rhos), 0.0, 1, 2)
    states = pool.state(slots[[3, 1, 3]], [0.0, 0.5, 1.0])
    assert np.array_equal(states.coefficients[:, 0], expectations(rhos[3]))
    assert np.array_equal(states.coefficients[:, 2], pool.state(int(slots[3]), 1.0).coefficients)
    changed = pool.state(slots, 1.0)
    changed.apply("amplitude_damping", np.linspace(0, 1, 5), 0)
    pool.replace(slots, 1.0, changed)
    assert np.array_equal(pool.state(slots, 1.0).coefficients, changed.coefficients)
    assert pool.clock(slots).tolist() == [1.0] * 5
    assert pool.age(slots, 2.0).tolist() == [2.0] * 5
    pool.replace(slots, 1.0, bell_pair())
    assert pool.fidelity(slots, 1.0) == pytest.approx([1.0] * 5)


def test_numbers_of_numpy_are_numbers() -> None:
    pool = pool_with_memories()
    slot = pool.store(bell_pair(), np.float64(0.0), np.int64(1), np.int32(2))
    assert isinstance(slot, int)
    pool.apply(np.int64(slot), np.float64(1), "RX", np.float64(0.3), np.int64(0))
    assert pool.clock(slot) == 1.0
    assert isinstance(pool.fidelity(np.int64(slot), 2), float)


def test_empty_calls_do_nothing() -> None:
    pool = pool_with_memories()
    none = np.array([], dtype=np.int64)
    pool.free(none)
    pool.advance(none, 1.0)
    pool.apply(none, 1.0, "X", 0)
    assert pool.join(none, none, 1.0, SWAP).size == 0
    assert pool.fidelity(none, 1.0).size == 0
    assert pool.measure(none, 1.0, "Z", 0).size == 0
    with pytest.raises(ValueError, match="there must be one"):
        pool.state(none, 1.0)


# ---- known answers ----


def test_joins_are_those_of_pair_states() -> None:
    rng = np.random.default_rng(1)
    a, b = random_rho(rng, 4), random_rho(rng, 4)
    pair_a, pair_b = (ebit.Pair(expectations(rho).reshape(4, 4)) for rho in (a, b))
    pool = ebit.StatePool(rng=1)
    slot = pool.join(pool.store(state_of(a), 0.0), pool.store(state_of(b), 0.0), 0.0, SWAP)
    expected = ebit.swap(pair_a, pair_b).correlations
    assert np.abs(pool.state(slot, 0.0).coefficients.reshape(4, 4) - expected).max() < 1e-14


def test_a_teleported_qubit_stays_in_its_memory() -> None:
    pool = pool_with_memories()
    rho = random_rho(np.random.default_rng(2), 2)
    message, pair = pool.store(state_of(rho), 0.0, 1), pool.store(bell_pair(), 0.0, 0, 3)
    slot = pool.join(message, pair, 0.0, ebit.protocols.teleportation())
    twin = Twin(0)
    twin.store(slot, rho, 0.0, [MEMORIES[3]])
    assert_same(pool, twin, 0.2)


def test_fidelity_to_a_pure_target() -> None:
    pool = pool_with_memories()
    ghz = ebit.DensityMatrix.ghz(3)
    slot = pool.store(ghz, 0.0)
    pool.apply(slot, 0.0, "depolarizing_replace", 0.2, 1)
    assert pool.fidelity(slot, 0.0, ghz) == pytest.approx(0.8 + 0.2 * 0.25)
    mixed = pool.state(slot, 0.0)
    with pytest.raises(ValueError, match="a pure state"):
        pool.fidelity(slot, 0.0, mixed)
    with pytest.raises(ValueError, match="target"):
        pool.fidelity(slot, 0.0)


def test_outcomes_follow_their_probabilities() -> None:
    """100,000 single measurements: the outcomes of a state with <Z> = 0.6, read wrongly in 5 % of cases."""
    pool = ebit.StatePool(rng=11)
    plus = density_matrix(np.array([1.0, 0.3, 0.1, 0.6]))
    slots = pool.store(state_of(plus), np.zeros(100_000))
    mean = pool.measure(slots, 0.0, "Z", 0, p_readout_error=0.05).mean()
    exact = 0.2 * 0.95 + 0.8 * 0.05
    assert abs(mean - exact) < 5 * np.sqrt(exact * (1 - exact) / len(slots))
    assert (pool.measure(slots, 1.0, "-Z", 0) != pool.measure(slots, 1.0, "Z", 0)).all()
    assert pool.measure(slots, 1.0, "Z", 0).mean() == pytest.approx(0.2, abs=5 * 0.4 / np.sqrt(len(slots)))


def test_an_outcome_that_cannot_happen_never_does() -> None:
    pool = ebit.StatePool(rng=1)
    slots = pool.store(ebit.DensityMatrix(1), np.zeros(3000))
    assert not pool.measure(slots, 0.0, "Z", 0).any()
    pool.apply(slots, 0.0, "X", 0)
    assert pool.measure(slots, 0.0, "Z", 0).all()
    assert np.abs(pool.state(slots, 0.0).coefficients.T - [1.0, 0.0, 0.0, -1.0]).max() < 1e-15


# ---- names, growth, copies ----


def test_names_are_never_used_again() -> None:
    pool = ebit.StatePool()
    seen = set()
    for _ in range(300):
        slots = pool.store(ebit.DensityMatrix(2), np.zeros(5)).tolist()
        assert seen.isdisjoint(slots)
        assert min(slots) >= 2**32
        seen |= set(slots)
        pool.free(np.array(slots))
    assert len(pool) == 0
    assert not any(slot in pool for slot in seen)


def test_growth_keeps_slots_and_memory_is_used_again() -> None:
    pool = ebit.StatePool()
    pair = bell_pair()
    first = pool.store(pair, 0.0)
    before = pool.nbytes
    slots = pool.store(pair, np.arange(100_000.0))
    assert pool.nbytes <= before + 1.02 * 100_000 * (16 * 8 + 36) + 200_000
    assert pool.fidelity(first, 1e6) == pytest.approx(1.0)
    assert pool.fidelity(slots, 1e6) == pytest.approx(np.ones(100_000))
    full = pool.nbytes
    for _ in range(3):
        pool.free(slots)
        slots = pool.store(pair, np.zeros(100_000))
    assert pool.nbytes == full
    assert len(pool) == 100_001
    assert pool.slots().tolist() == sorted(pool)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda pool: pickle.loads(pickle.dumps(pool))])
def test_a_copy_goes_on_like_the_original(again: Callable[[ebit.StatePool], ebit.StatePool]) -> None:
    story = Story(5)
    story.run(80)
    other = again(story.pool)
    assert sorted(other) == sorted(story.pool)
    slots = [s for s in story.pool if story.pool.num_qubits(s) == 2]
    for pool in (story.pool, other):
        new = [pool.store(bell_pair(), story.time, 1, 2) for _ in range(3)]
        results = [pool.measure(s, story.time + 1.0, "XY", 0, 1) for s in slots + new]
        if pool is story.pool:
            expected = new, results
    assert (new, results) == expected
    assert (
        other.state(slots[0], 9.0).coefficients.tolist()
        == story.pool.state(slots[0], 9.0).coefficients.tolist()
    )
    other.free(slots[0])
    assert slots[0] in story.pool


def test_snapshots_that_nobody_wrote_are_refused() -> None:
    pool = pool_with_memories()
    slots = pool.store(bell_pair(), np.zeros(5), 1, 2)
    pool.free(slots[:2])
    snapshot = pool._save()
    assert len(_core.StatePool(snapshot)) == 3
    random = np.random.default_rng(0)
    for cut in random.integers(len(snapshot), size=50):
        with pytest.raises(ValueError, match="snapshot"):
            _core.StatePool(snapshot[:cut])
    for _ in range(300):
        broken = bytearray(snapshot)
        broken[random.integers(len(broken))] ^= 1 << random.integers(8)
        try:
            other = _core.StatePool(bytes(broken))
        except ValueError:
            continue
        other.free(other.slots())  # what is read is a pool


def test_equal_memories_have_one_number() -> None:
    pool = ebit.StatePool()
    assert pool.add_memory(ebit.Memory(t2=1.0)) == pool.add_memory(ebit.Memory(t2=1.0)) == 1
    assert pool.add_memory(ebit.Memory()) == 0
    numbers = pool.add_memory(ebit.Memory(t2=[[0.5, 1.0], [2.0, 3.0]]))
    assert numbers.tolist() == [[2, 1], [3, 4]]


# ---- what is refused, and that nothing has changed then ----

STALE = "a slot of this pool that is still in use"


def calls(pool: ebit.StatePool, slot: Any, time: Any = 2.0) -> dict[str, Callable[[], Any]]:
    """Everything that touches a slot at a time."""
    other = pool.store(bell_pair(), 0.0)
    many = isinstance(slot, np.ndarray)
    others = np.array([other] * len(slot)) if many else other
    return {
        "advance": lambda: pool.advance(slot, time),
        "move": lambda: pool.move(slot, time, 0, 1),
        "replace": lambda: pool.replace(slot, time, bell_pair()),
        "state": lambda: pool.state(slot, time),
        "fidelity": lambda: pool.fidelity(slot, time),
        "age": lambda: pool.age(slot, time),
        "apply": lambda: pool.apply(slot, time, "X", 0),
        "apply channel": lambda: pool.apply(slot, time, ebit.channels.dephasing(0.1), 0),
        "measure": lambda: pool.measure(slot, time, "X", 0),
        "discard": lambda: pool.discard(slot, time, 0),
        "tensor": lambda: pool.tensor(slot, others, time),
        "tensor right": lambda: pool.tensor(others, slot, time),
        "join": lambda: pool.join(slot, others, time, SWAP),
        "sample_join": lambda: pool.sample_join(others, slot, time, SWAP),
    }


NAMES = list(calls(ebit.StatePool(), 0))


def refused(name: str, pool: ebit.StatePool, slot: Any, time: Any, text: str) -> None:
    call = calls(pool, slot, time)[name]
    before = pool._save()
    with pytest.raises((ValueError, TypeError), match=text):
        call()
    assert pool._save() == before


@pytest.mark.parametrize("name", NAMES)
def test_slots_that_are_not_valid_are_refused(name: str) -> None:
    pool = pool_with_memories()
    freed, live = pool.store(bell_pair(), 0.0), pool.store(bell_pair(), 0.0)
    pool.free(freed)
    anew = pool.store(bell_pair(), 0.0)
    assert anew != freed
    for slot in (freed, 0, 1, -1, -(2**63), 2**63 - 1, live + 2**40, live + 1000, live ^ (7 << 32)):
        refused(name, pool, slot, 2.0, STALE)
        refused(name, pool, np.array([live, slot]), 2.0, STALE)
    for wrong in (True, "1", 1.5, None, [[live]], np.array([1.5])):
        refused(name, pool, wrong, 2.0, "slot|argument|axes|dimensional")
    refused(name, pool, 2**63, 2.0, "slot|argument|int")


@pytest.mark.parametrize("name", NAMES)
def test_times_that_cannot_be_are_refused(name: str) -> None:
    pool = pool_with_memories()
    slot = pool.store(bell_pair(), 1.0)
    slots = np.array([pool.store(bell_pair(), 1.0), slot])
    for time in (0.999, -np.inf, np.nan, np.inf, 1.7e308 * 2):
        refused(name, pool, slot, time, "time = ")
        refused(name, pool, slots, np.array([1.0, time]), "time = ")
    refused(name, pool, slots, np.array([1.0, 2.0, 3.0]), "time|left|right|operation")
    for wrong in ("1", None, [1.0, 2.0]):
        refused(name, pool, slot, wrong, "time|argument|shape")


def test_the_times_of_a_slot_have_no_hole() -> None:
    pool = pool_with_memories()
    slot = pool.store(bell_pair(), -1.7e308)
    with pytest.raises(ValueError, match="time"):
        pool.advance(slot, 1.7e308)
    pool.advance(slot, -1.6e308)
    assert np.isfinite(pool.state(slot, 0.0).coefficients).all()


@pytest.mark.parametrize("name", ["free", "advance", "apply", "measure", "discard", "replace", "move"])
def test_slots_named_twice_are_refused(name: str) -> None:
    pool = pool_with_memories()
    slot = pool.store(bell_pair(), 0.0)
    twice = np.array([slot, slot])
    call = {"free": lambda: pool.free(twice)} | calls(pool, twice)
    before = pool._save()
    with pytest.raises(ValueError, match="more than once"):
        call[name]()
    assert pool._save() == before


def test_a_slot_is_not_joined_with_itself() -> None:
    pool = ebit.StatePool()
    slot = pool.store(bell_pair(), 0.0)
    for call in (pool.join, pool.sample_join):
        with pytest.raises(ValueError, match="more than once"):
            call(slot, slot, 0.0, SWAP)
    with pytest.raises(ValueError, match="more than once"):
        pool.tensor(slot, slot, 0.0)
    assert slot in pool


def test_freed_twice() -> None:
    pool = ebit.StatePool()
    slot = pool.store(bell_pair(), 0.0)
    pool.free(slot)
    for _ in range(2):
        with pytest.raises(ValueError, match=re.escape(STALE)):
            pool.free(slot)


PAIR = bell_pair()
HOSTILE: dict[str, tuple[Callable[[ebit.StatePool, int], Any], str]] = {
    "time nan": (lambda p, s: p.store(PAIR, np.nan), "time = nan"),
    "time inf": (lambda p, s: p.store(PAIR, [0.0, np.inf]), "time = inf"),
    "one memory of two": (lambda p, s: p.store(PAIR, 0.0, 1), "memories = 1 numbers"),
    "three memories": (lambda p, s: p.store(PAIR, 0.0, 1, 1, 1), "memories = 3 numbers"),
    "seven memories": (lambda p, s: p.store(PAIR, 0.0, *[1] * 7), "memories = 7 numbers"),
    "unknown memory": (lambda p, s: p.store(PAIR, 0.0, 1, 4), "memory = 4"),
    "negative memory": (lambda p, s: p.store(PAIR, [0.0, 1.0], -1, 1), "memory = -1"),
    "huge memory": (lambda p, s: p.store(PAIR, 0.0, 1, 2**40), "memory"),
    "memory of another type": (lambda p, s: p.store(PAIR, 0.0, 1, 0.5), "memory|cast|argument"),
    "a Memory for its number": (lambda p, s: p.store(PAIR, 0.0, 1, ebit.Memory()), "memory|cast|argument"),
    "no state": (lambda p, s: p.store(np.eye(4), 0.0), "argument"),
    "no qubits": (lambda p, s: p.store(ebit.DensityMatrix(0), 0.0), "num_qubits = 0"),
    "seven qubits": (lambda p, s: p.store(ebit.DensityMatrix(7), 0.0), "num_qubits = 7"),
    "numbers differ": (lambda p, s: p.store(ebit.DensityMatrix(2, batch=2), [0.0] * 3), "time = an array"),
    "move to nowhere": (lambda p, s: p.move(s, 1.0, 0, 9), "memory = 9"),
    "move what is not there": (lambda p, s: p.move(s, 1.0, 2, 1), "qubit = 2"),
    "move half a qubit": (lambda p, s: p.move(s, 1.0, np.float32(0.5), 0), "argument"),
    "move to half a memory": (lambda p, s: p.move(s, 1.0, 0, np.float32(0.5)), "argument"),
    "move the last one": (lambda p, s: p.move(s, 1.0, -1, 1), "qubit = -1"),
    "replace by more": (lambda p, s: p.replace(s, 1.0, ebit.DensityMatrix(3)), "qubits"),
    "replace by many": (lambda p, s: p.replace(s, 1.0, ebit.DensityMatrix(2, batch=2)), "state = a batch"),
    "apply to nowhere": (lambda p, s: p.apply(s, 1.0, "X", 2), "qubit = 2"),
    "apply twice": (lambda p, s: p.apply(s, 1.0, "CX", 1, 1), "given once|differ"),
    "apply nothing": (lambda p, s: p.apply(s, 1.0, "NOTHING", 0), "operation = NOTHING"),
    "apply too little": (lambda p, s: p.apply(s, 1.0, "CX", 0), "CX takes 0 parameters and 2 qubits"),
    "apply too much": (lambda p, s: p.apply(s, 1.0, "RX", 0.1, 0, 1), "RX takes 1 parameters and 1 qubits"),
    "apply half a qubit": (lambda p, s: p.apply(s, 1.0, "X", 0.5), "qubit"),
    "apply no angle": (lambda p, s: p.apply(s, 1.0, "RX", "a", 0), "parameter"),
    "apply nan": (lambda p, s: p.apply(s, 1.0, "RX", np.nan, 0), "angle = nan"),
    "apply two": (lambda p, s: p.apply(s, 1.0, "dephasing", 2.0, 0), "p_error = 2"),
    "apply for many": (lambda p, s: p.apply([s], 1.0, "RX", [0.1, 0.2], 0), "operation"),
    "measure lower case": (lambda p, s: p.measure(s, 1.0, "z", 0), "pauli = z"),
    "measure too much": (lambda p, s: p.measure(s, 1.0, "ZZ", 0), "pauli = ZZ"),
    "measure twice": (lambda p, s: p.measure(s, 1.0, "ZZ", 0, 0), "given once"),
    "measure nowhere": (lambda p, s: p.measure(s, 1.0, "Z", 5), "qubit = 5"),
    "measure badly": (lambda p, s: p.measure(s, 1.0, "Z", 0, p_readout_error=1.5), "p_readout_error = 1.5"),
    "measure nan": (lambda p, s: p.measure(s, 1.0, "Z", 0, p_readout_error=np.nan), "p_readout_error = nan"),
    "measure nothing": (lambda p, s: p.measure(s, 1.0, "II", 0, 1), "I measures nothing"),
    "measure no string": (lambda p, s: p.measure(s, 1.0, 7, 0), "argument"),
    "measure all letters": (lambda p, s: p.measure(s, 1.0, "Z" * 50, *[0] * 50), "qubits = 50|pauli"),
    "discard all": (lambda p, s: p.discard(s, 1.0, 0, 1), "qubits = all"),
    "discard nowhere": (lambda p, s: p.discard(s, 1.0, 2), "qubit = 2"),
    "discard twice": (lambda p, s: p.discard(s, 1.0, 0, 0), "given once"),
    "join by nothing": (lambda p, s: p.join(s, s + 1, 1.0, None), "step = None"),
    "join by a word": (lambda p, s: p.sample_join(s, s + 1, 1.0, "swap"), "step = 'swap'"),
    "no Memory": (lambda p, s: p.add_memory(1.0), "memory = 1.0"),
    "a slot for many": (lambda p, s: p.clock([[s]]), "dimensional|argument"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_arguments_are_refused(case: str) -> None:
    pool = pool_with_memories()
    slot = pool.store(bell_pair(), 0.0)
    pool.store(bell_pair(), 0.0)
    call, text = HOSTILE[case]
    before = pool._save()
    with pytest.raises((ValueError, TypeError), match=text):
        call(pool, slot)
    assert pool._save() == before


def test_joins_of_other_sizes_are_refused() -> None:
    pool = ebit.StatePool()
    one, pair = pool.store(ebit.DensityMatrix(1), 0.0), pool.store(bell_pair(), 0.0)
    with pytest.raises(ValueError, match="left = a slot of 1 qubits"):
        pool.join(one, pair, 0.0, SWAP)
    with pytest.raises(ValueError, match="right = a slot of 1 qubits"):
        pool.join(pair, one, 0.0, SWAP)
    three, four = pool.store(ebit.DensityMatrix(3), 0.0), pool.store(ebit.DensityMatrix(4), 0.0)
    with pytest.raises(ValueError, match="at most 6"):
        pool.tensor(three, four, 0.0)
    with pytest.raises(ValueError, match="not 1"):
        pool.state([pair, one], 0.0)
    assert len(pool) == 4


@pytest.mark.parametrize("rng", [-1, 2**64, 1.5, "7"])
def test_hostile_seeds(rng: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="rng"):
        ebit.StatePool(rng=rng)


# ---- a simulator on the pool, against chains ----


UNCORRECTED = ebit.protocols.swap(
    gate_noise=ebit.channels.two_qubit_depolarizing(p_replace=0.03),
    p_readout_error=0.01,
    correction="none",
)


def delivered(
    pool: ebit.StatePool, random: np.random.Generator, links: list[ebit.ElementaryLink], memories: list[int]
) -> tuple[float, npt.NDArray[np.float64]]:
    """One delivery of a chain that swaps as soon as possible, the frame of outcomes undone at the end.

    memories[2 k] and memories[2 k + 1] hold the ends of link k.
    """
    arrivals = sorted(
        (link.attempt_time * random.geometric(link.p_success), k) for k, link in enumerate(links)
    )
    waiting: dict[tuple[int, int], tuple[int, int]] = {}  # (left, right): slot, frame
    for time, k in arrivals:
        state = ebit.DensityMatrix.from_pair(ebit.Pair(links[k].state))
        ends, slot, frame = (k, k + 1), pool.store(state, time, *memories[2 * k : 2 * k + 2]), 0
        for (left, right), (other, its_frame) in list(waiting.items()):
            if right == ends[0]:
                slot, outcome = pool.sample_join(other, slot, time, UNCORRECTED)
            elif left == ends[1]:
                slot, outcome = pool.sample_join(slot, other, time, UNCORRECTED)
            else:
                continue
            ends, frame = (min(left, ends[0]), max(right, ends[1])), frame ^ its_frame ^ outcome
            del waiting[left, right]
        waiting[ends] = slot, frame
    ((slot, frame),) = waiting.values()
    if frame & 2:
        pool.apply(slot, time, "X", 1)
    if frame & 1:
        pool.apply(slot, time, "Z", 1)
    values = pool.state(slot, time).coefficients
    pool.free(slot)
    assert len(pool) == 0
    return time, values.reshape(4, 4)


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_a_simulator_on_the_pool_gives_the_exact_rate_and_state(end_nodes: str) -> None:
    """Three links without symmetry, memories with t1 and t2, sampled outcomes: five sigma."""
    links = [
        ebit.links.ideal(p_success=p, attempt_time=1.0, state=ebit.Pair(random_state(k)))
        for k, p in enumerate((0.3, 0.2, 0.4))
    ]
    kept = [ebit.Memory(t1=20.0, t2=12.0, excited_population=0.1 * k) for k in range(4)]
    bsm = ebit.BellMeasurement(p_replace=0.03, p_readout_error=0.01)
    chain = ebit.Chain(links, [ebit.Node(memory, bsm) for memory in kept], end_nodes=end_nodes)
    pool = ebit.StatePool(rng=5)
    numbers = [pool.add_memory(memory) for memory in kept]
    if end_nodes == "measure":
        numbers[0] = numbers[3] = 0
    random = np.random.default_rng(6)
    runs = [delivered(pool, random, links, [numbers[k // 2 + k % 2] for k in range(6)]) for _ in range(4000)]
    times, states = (np.array(column) for column in zip(*runs, strict=True))
    assert_mean(times, ebit.exact.waiting_time(chain).mean)
    assert_mean(states, ebit.exact.pair(chain).correlations)
