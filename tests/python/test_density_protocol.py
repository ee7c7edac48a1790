"""Compiled protocols against density matrices that go through the same steps, outcome by outcome."""

import itertools
import pickle

import numpy as np
import pytest

import ebit
from reference import channels as channel_twin
from reference import density_protocol as twin


def as_state(rho):
    state = ebit.DensityMatrix(len(rho).bit_length() - 1)
    state.coefficients[...] = twin.coefficients(rho)
    return state


# --- random protocols --------------------------------------------------------------------------------------

GATES = ["H", "S", "SQRT_X", "C_XYZ", "T", "CX", "CZ", "ISWAP", "YCX", "SWAP"]


class Twins:
    """A protocol, and what happens meanwhile to a density matrix."""

    def __init__(self, seed, num_left, num_right):
        self.rng = np.random.default_rng(seed)
        self.states = [twin.random_state(self.rng, n, rank=2) for n in (num_left, num_right)]
        self.run = twin.Run(*self.states)
        self.protocol = ebit.Protocol(num_left, num_right)
        self.bits = []

    def some_qubits(self, count):
        return [int(q) for q in self.rng.choice(self.protocol.num_qubits, count, replace=False)]

    def condition(self):
        """A random function of the bits so far, as an expression and as a function."""
        kind = self.rng.integers(4)
        if not self.bits or kind == 0:
            return None, None
        place = int(self.rng.integers(len(self.bits)))
        if kind == 1 or len(self.bits) == 1:
            return self.bits[place], lambda *b: b[place]
        other = (place + 1) % len(self.bits)
        if kind == 2:
            return self.bits[place] == self.bits[other], lambda *b: b[place] == b[other]
        return self.bits[place] & ~self.bits[other], lambda *b: b[place] and not b[other]

    def gate(self):
        name = str(self.rng.choice(GATES))
        qubits = self.some_qubits(ebit.gates.num_qubits(name))
        bit, function = self.condition()
        self.protocol.apply(name, *qubits, where=bit)
        self.run.unitary(ebit.gates.unitary(name), *qubits, where=function)

    def unitary(self):
        k = int(self.rng.integers(1, 3))
        qubits, matrix = self.some_qubits(k), twin.random_unitary(self.rng, k)
        bit, function = self.condition()
        self.protocol.apply(matrix, *qubits, where=bit)
        self.run.unitary(matrix, *qubits, where=function)

    def channel(self):
        k = int(self.rng.integers(1, 3))
        qubits, kraus = self.some_qubits(k), twin.random_kraus(self.rng, k)
        bit, function = self.condition()
        self.protocol.apply(ebit.channels.from_kraus(kraus), *qubits, where=bit)
        self.run.kraus(kraus, *qubits, where=function)

    def decay(self):
        (qubit,) = self.some_qubits(1)
        self.protocol.decay(0.3, ebit.Memory(t1=1.0, t2=0.7, excited_population=0.2), qubit)
        self.run.kraus(channel_twin.memory_decay(0.3, 1.0, 0.7, 0.2), qubit)

    def measurement(self):
        if len(self.bits) == 3:
            return
        count = int(self.rng.integers(1, 4))
        pauli, qubits = "".join(self.rng.choice(list("XYZ"), count)), self.some_qubits(count)
        p = float(self.rng.choice([0.0, 0.07]))
        self.bits.append(self.protocol.measure(pauli, *qubits, p_readout_error=p))
        self.run.measure(pauli, *qubits, p_readout_error=p)

    def instrument(self):
        if len(self.bits) == 3:
            return
        (qubit,) = self.some_qubits(1)
        kraus = twin.random_kraus(self.rng, 1)
        branches = {"a": kraus[:1], "b": kraus[1:]}
        ptms = {herald: channel_twin.ptm(operators) for herald, operators in branches.items()}
        self.bits.append(self.protocol.measure(ebit.Instrument(ptms), qubit, p_readout_error=0.04))
        full = [[twin.embedded(k, [qubit], self.run.num_qubits) for k in ks] for ks in branches.values()]
        self.run.instrument(full, 0.04)

    def compiled(self, steps):
        for step in self.rng.choice(steps, 9):
            getattr(self, step)()
        kept = self.some_qubits(int(self.rng.integers(1, 4)))
        self.protocol.keep(*kept)
        return self.protocol.compile(), self.run.branches(*kept)


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("sizes", [(2, 2), (1, 3), (3, 1)])
def test_random_protocols(seed, sizes):
    both = Twins(seed, *sizes)
    steps = ["gate", "unitary", "channel", "decay", "measurement", "measurement", "instrument"]
    bmap, expected = both.compiled(steps)
    left, right = (twin.coefficients(rho) for rho in both.states)
    np.testing.assert_allclose(twin.outcomes_of(bmap, left, right), expected, rtol=0, atol=1e-13)
    for k, i, j, s, c in zip(*bmap.terms, strict=True):
        assert k < 4**bmap.num_out
        assert s < 2**bmap.num_bits
        assert abs(c) <= 2.0**-bmap.num_bits * (1 + 1e-12)
        assert i < 4 ** sizes[0]
        assert j < 4 ** sizes[1]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("sizes", [(3, 2), (3, 3), (2, 4)])
def test_random_protocols_of_more_qubits(seed, sizes):
    both = Twins(seed, *sizes)
    bmap, expected = both.compiled(["gate", "gate", "decay", "measurement", "measurement"])
    left, right = (twin.coefficients(rho) for rho in both.states)
    np.testing.assert_allclose(twin.outcomes_of(bmap, left, right), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_what_a_map_does_with_states(seed):
    """Calls, samples, branches and probabilities, from the branches of the twin."""
    both = Twins(seed, 2, 2)
    while both.protocol.num_bits < 2:
        both.measurement()
    both.protocol.accept(both.bits[0] != both.bits[1])
    bmap, expected = both.compiled(["gate", "channel", "decay"])
    left, right = (as_state(rho) for rho in both.states)

    made = bmap.branches(left, right)
    assert [branch.outcome for branch in made] == list(range(2**bmap.num_bits))
    assert [branch.accepted for branch in made] == [m in bmap.accepted for m in range(2**bmap.num_bits)]
    states = [branch.probability * branch.state.coefficients for branch in made]
    np.testing.assert_allclose(states, expected, rtol=0, atol=1e-13)
    np.testing.assert_allclose(bmap.probabilities(left, right), expected[:, 0], rtol=0, atol=1e-13)

    accepted = expected[[1, 2]].sum(axis=0)  # 01 and 10
    assert bmap.accepted == (1, 2)
    joined = bmap(left, right)
    assert isinstance(joined.probability, float)
    assert joined.probability == pytest.approx(accepted[0], abs=1e-13)
    np.testing.assert_allclose(joined.probability * joined.state.coefficients, accepted, rtol=0, atol=1e-13)

    drawn = bmap.sample(left, right, rng=seed)
    assert isinstance(drawn.outcome, int)
    assert drawn.accepted is (drawn.outcome in (1, 2))
    branch = bmap.branch(left, right, format(drawn.outcome, "02b"))
    assert drawn.probability == branch.probability
    np.testing.assert_array_equal(drawn.state.coefficients, branch.state.coefficients)


def test_samples_follow_the_probabilities():
    rng = np.random.default_rng(0)
    rho = twin.random_state(rng, 2)
    swap = ebit.protocols.swap(p_readout_error=0.1)
    probabilities = swap.probabilities(as_state(rho), as_state(rho))
    batch = ebit.DensityMatrix(2, 40_000)
    batch.coefficients[...] = twin.coefficients(rho)[:, None]
    counts = np.bincount(swap.sample(batch, as_state(rho), rng=3).outcome, minlength=4)
    expected = 40_000 * probabilities
    assert (abs(counts - expected) < 5 * np.sqrt(expected)).all()


# --- structure ---------------------------------------------------------------------------------------------


def test_pauli_noise_keeps_one_term_for_each_observable():
    protocol = ebit.Protocol(2, 2)
    protocol.apply("H", 0)
    protocol.apply("CX", 1, 2)
    protocol.apply(ebit.channels.two_qubit_pauli(np.linspace(0, 0.01, 15)), 1, 2)
    protocol.apply("dephasing", [0.1, 0.2, 0.3], 0)
    bits = protocol.measure("Z", 2, p_readout_error=0.1), protocol.measure("XY", 1, 3)
    protocol.apply("Y", 0, where=bits[0] ^ bits[1])
    protocol.keep(0, 3)
    out, _, _, character, coefficient = protocol.compile().terms
    assert len({*zip(out.tolist(), character.tolist(), strict=True)}) == len(out) <= 64
    assert coefficient.shape == (len(out), 3)


def test_terms_are_sorted_and_what_cancels_is_gone():
    protocol = ebit.Protocol(1, 1)
    some = twin.random_unitary(np.random.default_rng(1), 2)
    for sign, matrix in ((1, some), (-1, some.conj().T)):  # there and back again
        protocol.apply("RX", sign * 0.3, 0)
        protocol.apply("RZ", sign * np.pi / 2, 1)
        protocol.apply(matrix, 0, 1)
        protocol.apply(matrix.conj().T, 0, 1)
    protocol.keep(0, 1)
    out, left, right, character, coefficient = protocol.compile().terms
    np.testing.assert_array_equal(out, range(16))
    np.testing.assert_array_equal(4 * left + right, range(16))
    np.testing.assert_array_equal(character, 0)
    np.testing.assert_allclose(coefficient, 1.0, rtol=1e-14)


def test_a_tiny_rate_is_no_rounding():
    protocol = ebit.Protocol(1, 1)
    protocol.apply("amplitude_damping", 1e-17, 0)
    protocol.keep(0)
    out, left, _, _, coefficient = protocol.compile().terms
    assert (3, 0, 1e-17) in [*zip(out.tolist(), left.tolist(), coefficient.tolist(), strict=True)]


def test_compiling_is_repeatable():
    makers = [lambda: Twins(4, 2, 2).compiled(["unitary", "channel", "measurement"])[0] for _ in range(2)]
    first, second = (make() for make in makers)
    assert first == second
    assert hash(first) == hash(second)
    assert first != first.accepting([0])
    assert pickle.loads(pickle.dumps(first)) == first


def test_a_protocol_may_go_on_after_compile():
    protocol = ebit.Protocol(1, 1)
    protocol.keep(0)
    before = protocol.compile()
    protocol.apply("X", 0)
    assert protocol.compile() != before
    assert before == protocol_of_one_qubit()


def protocol_of_one_qubit():
    protocol = ebit.Protocol(1, 1)
    protocol.keep(0)
    return protocol.compile()


def test_parameters_by_element():
    rng = np.random.default_rng(5)
    p, gamma, time = rng.uniform(0, 0.3, (3, 4))
    unitaries = np.array([twin.random_unitary(rng, 1) for _ in range(4)])

    def described(p, gamma, time, unitary):
        protocol = ebit.Protocol(2, 2)
        protocol.apply(unitary, 0)
        protocol.apply("amplitude_damping", gamma, 1)
        protocol.apply("CX", 1, 2)
        protocol.decay(time, ebit.Memory(t1=1.0, t2=0.5), 3)
        bit = protocol.measure("Z", 2, p_readout_error=p)
        protocol.apply("amplitude_damping", gamma, 3, where=bit)
        protocol.keep(0, 1, 3)
        return protocol.compile()

    batch = described(p, gamma, time, unitaries)
    assert batch.batch == 4
    left, right = (twin.random_state(rng, 2) for _ in range(2))
    made = batch(as_state(left), as_state(right))
    sampled = batch.sample(as_state(left), as_state(right), rng=2)
    assert made.probability.shape == (4,)
    for e in range(4):
        one = described(p[e], gamma[e], time[e], unitaries[e])
        assert one.batch is None
        single = one(as_state(left), as_state(right))
        np.testing.assert_array_equal(batch.terms[4][:, e], one.terms[4])
        np.testing.assert_allclose(
            made.state.coefficients[:, e], single.state.coefficients, rtol=0, atol=1e-14
        )
        branch = one.branch(as_state(left), as_state(right), int(sampled.outcome[e]))
        np.testing.assert_allclose(
            sampled.state.coefficients[:, e], branch.state.coefficients, rtol=0, atol=1e-14
        )


def test_an_impossible_outcome_has_no_state():
    protocol = ebit.Protocol(1, 1)
    bit = protocol.measure("Z", 0)
    protocol.accept(bit)
    protocol.keep(1)
    state, probability = protocol.compile()(ebit.DensityMatrix(1), ebit.DensityMatrix(1))
    assert probability == 0.0
    np.testing.assert_array_equal(state.coefficients, [1, 0, 0, 0])


def test_pairs_stand_for_density_matrices():
    pair = ebit.Pair.from_density_matrix(twin.random_state(np.random.default_rng(1), 2))
    state = ebit.DensityMatrix(2)
    state.coefficients[...] = pair.correlations.ravel()
    swap = ebit.protocols.swap()
    given = swap(pair, ebit.Werner([0.9, 0.8])).state.coefficients
    for e, w in enumerate((0.9, 0.8)):
        right = ebit.DensityMatrix(2)
        right.coefficients[...] = np.diag([1, w, -w, w]).ravel()
        np.testing.assert_array_equal(given[:, e], swap(state, right).state.coefficients)


# --- one state given ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("n", [1, 2])
def test_the_instrument_that_is_left(side, n):
    rng = np.random.default_rng(n)
    sizes = (2, n) if side == "left" else (n, 2)
    protocol = ebit.Protocol(*sizes)
    for _ in range(3):
        qubits = rng.choice(sum(sizes), 2, replace=False).tolist()
        protocol.apply(ebit.channels.from_kraus(twin.random_kraus(rng, 2)), *qubits)
    bit = protocol.measure("XZ", 0, sum(sizes) - 1)
    protocol.apply("S", 0, where=bit)
    protocol.keep(*range(n))
    bmap = protocol.compile()
    given = [as_state(twin.random_state(rng, 2)) for _ in range(2)]
    both = ebit.DensityMatrix(2, 2)
    for e, state in enumerate(given):
        both.coefficients[:, e] = state.coefficients
    other = as_state(twin.random_state(rng, n))

    def call(state):
        return (state, other) if side == "left" else (other, state)

    instrument, channel = bmap.instrument(**{side: both}), bmap.channel(**{side: both})
    assert instrument.batch_shape == channel.batch_shape == (2,)
    for e, state in enumerate(given):
        branches = bmap.branches(*call(state))
        for branch in branches:
            applied = instrument.branch(branch.outcome)[e] @ other.coefficients
            np.testing.assert_allclose(
                applied, branch.probability * branch.state.coefficients, rtol=0, atol=1e-14
            )
        np.testing.assert_allclose(
            channel.ptm[e] @ other.coefficients, bmap(*call(state)).state.coefficients, rtol=0, atol=1e-14
        )


def test_what_is_no_channel():
    dejmps, fusion = ebit.protocols.dejmps(), ebit.protocols.fusion()
    pair = ebit.Werner(0.9)
    with pytest.raises(ValueError, match="not all outcomes are accepted"):
        dejmps.channel(right=pair)
    assert dejmps.instrument(right=pair).heralds == (0, 1, 2, 3)
    with pytest.raises(ValueError, match="from 2 to 3 qubits"):
        fusion.channel(right=pair)
    for given in ({}, {"left": pair, "right": pair}):
        with pytest.raises(TypeError, match="exactly one of left and right"):
            fusion.channel(**given)
    broken = ebit.DensityMatrix(2)
    broken.coefficients[...] *= 0.5
    with pytest.raises(ValueError, match="does not preserve the trace"):
        ebit.protocols.teleportation().channel(right=broken)


# --- bits and conditions -----------------------------------------------------------------------------------


def test_bits_are_boolean_functions():
    protocol = ebit.Protocol(1, 3)
    a, b, c = (protocol.measure("Z", q) for q in range(3))
    expressions = [
        (a == b, lambda a, b, c: a == b),
        (a != b, lambda a, b, c: a != b),
        (a ^ b ^ c, lambda a, b, c: (a + b + c) % 2),
        (a & b | ~c, lambda a, b, c: (a and b) or not c),
        ((a == b) == (b == c), lambda a, b, c: (a == b) == (b == c)),
        (a == 1, lambda a, b, c: a),
        (c == 0, lambda a, b, c: not c),
        (1 ^ a, lambda a, b, c: not a),
        (True & b, lambda a, b, c: b),
        (a & ~a, lambda a, b, c: False),
    ]
    for bit, function in expressions:
        truth = {m for m, values in enumerate(itertools.product((0, 1), repeat=3)) if function(*values)}
        for condition in (bit, function, truth, [format(m, "03b") for m in truth]):
            again = ebit.Protocol(1, 3)
            for q in range(3):
                again.measure("Z", q)
            if condition is bit:
                condition = lambda *values, bit=bit: bit._over((0, 1, 2))[values]  # noqa: E731
            if not truth:
                with pytest.raises(ValueError, match="no outcome"):
                    again.accept(condition)
                continue
            again.accept(condition)
            again.keep()
            assert set(again.compile().accepted) == truth


def test_conditions_add_up():
    protocol = ebit.Protocol(2, 2)
    a, b = protocol.measure("Z", 0), protocol.measure("Z", 1)
    protocol.accept(a == b)
    c = protocol.measure("Z", 2)
    protocol.accept(c)
    protocol.keep(3)
    assert protocol.compile().accepted == (0b001, 0b111)


def test_bits_that_are_misused():
    protocol, other = ebit.Protocol(1, 1), ebit.Protocol(1, 1)
    a, b = protocol.measure("Z", 0), other.measure("Z", 0)
    with pytest.raises(TypeError, match="no value before its protocol runs"):
        bool(a)
    with pytest.raises(TypeError, match="no value before its protocol runs"):
        assert [x for x in (a, a) if x]
    with pytest.raises(ValueError, match="different protocols"):
        assert (a == b) is None
    with pytest.raises(ValueError, match="another protocol"):
        protocol.apply("X", 0, where=b)
    with pytest.raises(ValueError, match="different protocols"):
        protocol.accept(b)
    for wrong in (2, 0.5, "1", None, [0, 1]):
        with pytest.raises(TypeError, match="must be a bit, 0 or 1"):
            assert (a == wrong) is None
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)
    for wrong in (1, True, "a", np.array([True])):
        with pytest.raises(TypeError, match="where"):
            protocol.apply("X", 0, where=wrong)


@pytest.mark.parametrize(
    ("condition", "error", "message"),
    [
        (7, TypeError, "condition = 7"),
        (None, TypeError, "condition = None"),
        ("00", TypeError, "condition = '00'"),
        (["0"], ValueError, "2 digits"),
        (["02"], ValueError, "2 digits"),
        ([4], ValueError, r"must be in \[0, 3\]"),
        ([-1], ValueError, r"must be in \[0, 3\]"),
        ([0.5], TypeError, "condition = 0.5"),
        ([], ValueError, "no outcome"),
        (lambda a, b: False, ValueError, "no outcome"),
        (lambda a, b: "yes", TypeError, "True or False"),
        (lambda a: a, TypeError, "positional"),
    ],
)
def test_conditions_that_are_refused(condition, error, message):
    protocol = ebit.Protocol(1, 1)
    for qubit in (0, 1):
        protocol.measure("Z", qubit)
    with pytest.raises(error, match=message):
        protocol.accept(condition)
    protocol.keep()
    assert protocol.compile().accepted == (0, 1, 2, 3)


# --- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "error"),
    [
        ((0, 1), ValueError),
        ((1, 0), ValueError),
        ((-1, 2), ValueError),
        ((9, 1), ValueError),
        ((8, 8), ValueError),
        ((2**40, 1), ValueError),
        ((1.0, 1), TypeError),
        (("1", 1), TypeError),
        ((None, 1), TypeError),
    ],
)
def test_sizes_that_are_refused(sizes, error):
    with pytest.raises(error, match=r"num_left|num_right"):
        ebit.Protocol(*sizes)


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        (lambda p: p.apply("NOT", 0), ValueError, "NOT"),
        (lambda p: p.apply("CX", 0), TypeError, "CX"),
        (lambda p: p.apply("CX", 0, 0), ValueError, "must differ"),
        (lambda p: p.apply("X", 4), ValueError, "qubit = 4"),
        (lambda p: p.apply("X", -1), ValueError, "qubit = -1"),
        (lambda p: p.apply("X", 0.0), TypeError, "qubit"),
        (lambda p: p.apply("dephasing", np.nan, 0), ValueError, "p_error"),
        (lambda p: p.apply(np.ones((2, 2)), 0), ValueError, "unitary"),
        (lambda p: p.apply("dephasing", [0.1] * 3, 0), ValueError, r"batch shape \(3,\): it must be \(2,\)"),
        (lambda p: p.apply("dephasing", [[0.1, 0.2]], 0), ValueError, r"batch shape \(1, 2\)"),
        (lambda p: p.apply("dephasing", [], 0), ValueError, r"batch shape \(0,\)"),
        (lambda p: p.decay(-1.0, ebit.Memory(), 0), ValueError, "time"),
        (lambda p: p.decay(1.0, None, 0), TypeError, "memory"),
        (lambda p: p.decay(1.0, ebit.Memory(), 4), ValueError, "qubit = 4"),
        (lambda p: p.measure("Q", 0), ValueError, "what = 'Q'"),
        (lambda p: p.measure("", 0), ValueError, "what = ''"),
        (lambda p: p.measure("II", 0, 1), ValueError, "what = 'II'"),
        (lambda p: p.measure("ZZ", 0), ValueError, "must have 1 letters"),
        (lambda p: p.measure("ZZ", 0, 0), ValueError, "must differ"),
        (lambda p: p.measure("Z", 4), ValueError, "qubit = 4"),
        (lambda p: p.measure(3, 0), TypeError, "what = 3"),
        (lambda p: p.measure("Z", 0, p_readout_error=1.5), ValueError, "p_readout_error = 1.5"),
        (lambda p: p.measure("Z", 0, p_readout_error=np.nan), ValueError, "p_readout_error"),
        (lambda p: p.measure("Z", 0, p_readout_error="no"), TypeError, "p_readout_error"),
        (lambda p: p.measure("Z", 0, p_readout_error=[0.1] * 3), ValueError, r"\(3,\)"),
        (lambda p: p.measure(ebit.Instrument({0: np.eye(4)}), 0), ValueError, "1 heralds"),
        (lambda p: p.keep(0, 0), ValueError, "must differ"),
        (lambda p: p.keep(4), ValueError, "qubit = 4"),
        (lambda p: p.compile(), ValueError, "keep"),
    ],
)
def test_steps_that_are_refused(step, error, message):
    """And leave the protocol as it was."""
    protocol = ebit.Protocol(2, 2)
    protocol.apply("dephasing", [0.1, 0.2], 0)
    before = repr(protocol)
    with pytest.raises(error, match=message):
        step(protocol)
    assert repr(protocol) == before
    protocol.keep(0)
    assert protocol.compile().batch == 2
    with pytest.raises(ValueError, match="already keeps"):
        protocol.keep(0)


def test_too_much():
    protocol = ebit.Protocol(7, 8)
    for qubit in range(8):
        protocol.measure("Z", qubit)
    with pytest.raises(ValueError, match="at most 8 bits"):
        protocol.measure("Z", 8)
    with pytest.raises(ValueError, match="at most 8 qubits: cannot keep 9"):
        protocol.keep(*range(9))
    protocol.keep(*range(8))
    with pytest.raises(ValueError, match="8 kept qubits and 8 bits make 16777216 observables"):
        protocol.compile()
    protocol = ebit.Protocol(6, 6)
    for qubit in reversed(range(11)):
        protocol.apply(twin.random_unitary(np.random.default_rng(qubit), 2), qubit, qubit + 1)
    protocol.keep(0)
    with pytest.raises(ValueError, match=r"the protocol has \d+ terms: at most 4194304"):
        protocol.compile()


GOOD = {
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
    ("changed", "error"),
    [
        ({"num_left": -1}, ValueError),
        ({"num_right": 9}, ValueError),
        ({"num_out": 0.5}, TypeError),
        ({"num_bits": 9}, ValueError),
        ({"out": [4]}, ValueError),
        ({"left": [-1]}, ValueError),
        ({"right": [[0]]}, TypeError),
        ({"right": [0.0]}, TypeError),
        ({"character": [2]}, ValueError),
        ({"character": [0, 0]}, ValueError),
        ({"coefficient": [np.nan]}, ValueError),
        ({"coefficient": [np.inf]}, ValueError),
        ({"coefficient": 0.5}, ValueError),
        ({"coefficient": ["a"]}, TypeError),
        ({"coefficient": np.zeros((1, 0))}, ValueError),
        ({"accepted": [2]}, ValueError),
        ({"accepted": 1}, TypeError),
        ({"kept": (0, 1)}, ValueError),
        ({"kept": (2,)}, ValueError),
        ({"kept": 0}, TypeError),
    ],
)
def test_tables_that_are_refused(changed, error):
    assert ebit.BilinearMap(**GOOD, accepted=["1"], kept=(0,)).accepted == (1,)
    name = next(iter(changed))
    with pytest.raises(error, match=name):
        ebit.BilinearMap(**{**GOOD, **changed})


def test_tables_are_made_canonical():
    one = ebit.BilinearMap(
        num_left=1,
        num_right=1,
        num_out=1,
        num_bits=0,
        out=[1, 0, 1, 0],
        left=[2, 0, 2, 3],
        right=[0, 0, 0, 3],
        character=[0] * 4,
        coefficient=[0.25, 1.0, 0.5, 0.0],
    )
    assert [column.tolist() for column in one.terms] == [[0, 1], [0, 2], [0, 0], [0, 0], [1.0, 0.75]]


@pytest.mark.parametrize(
    ("left", "right", "error", "message"),
    [
        (ebit.DensityMatrix(1), ebit.DensityMatrix(2), ValueError, "left has 1 qubits"),
        (ebit.DensityMatrix(2), ebit.DensityMatrix(3), ValueError, "right has 3 qubits"),
        (ebit.DensityMatrix(2, 2), ebit.DensityMatrix(2, 3), ValueError, "batches differ"),
        (ebit.Werner([[0.5]]), ebit.DensityMatrix(2), ValueError, "pair has batch shape"),
        (ebit.Werner([]), ebit.DensityMatrix(2), ValueError, "batch = 0"),
        (np.eye(4), ebit.DensityMatrix(2), TypeError, "left"),
        (ebit.DensityMatrix(2), None, TypeError, "right"),
    ],
)
def test_states_that_are_refused(left, right, error, message):
    swap = ebit.protocols.swap()
    for method in (swap, swap.sample, swap.branches, swap.probabilities):
        with pytest.raises(error, match=message):
            method(left, right)


def test_outcomes_that_are_refused():
    swap, pair = ebit.protocols.swap(), ebit.Werner(1.0)
    for outcome in (4, -1, "0", "012"):
        with pytest.raises(ValueError, match="outcome"):
            swap.branch(pair, pair, outcome)
    with pytest.raises(ValueError, match="rng"):
        swap.sample(pair, pair, rng=-1)
    with pytest.raises(ValueError, match="threads"):
        swap(pair, pair, threads=0)
    with pytest.raises(ValueError, match="format 99"):
        swap.__reduce__()[0](99, *swap.__reduce__()[1][1:])
