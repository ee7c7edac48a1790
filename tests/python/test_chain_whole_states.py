"""Nested protocols that carry whole pair states: against density matrices and the plain-Python twin."""

import numpy as np
import pytest

import ebit
from reference import whole_pairs as twin
from reference.agreement import assert_mean, assert_same_mean
from reference.delivered_pair import relaxation
from reference.examples import random_state
from reference.whole_words import (
    DIAGONAL,
    FREE,
    MEMORIES,
    OPERATIONS,
    PROTOCOLS,
    STATES,
    UNITAL,
    both,
    memory_of,
)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_samples_agree_with_the_twin(name):
    word, cutoffs, options = PROTOCOLS[name]
    chain, rules = both(word, cutoffs, **options)
    time, attempts, pairs, storage = twin.sample(rules, 1000, seed=8)
    run = ebit.sample(chain, 50_000, rng=4, telemetry=True)
    ours = np.stack([run.waiting_time / 0.25, run.attempts], axis=1)
    theirs = np.stack([time, attempts], axis=1)
    ours_state, theirs_state = run.correlations.reshape(-1, 16), pairs.reshape(-1, 16)
    assert_same_mean(np.hstack([ours, ours**2, ours_state]), np.hstack([theirs, theirs**2, theirs_state]))
    assert_same_mean(ours_state * ours[:, :1], theirs_state * theirs[:, :1])
    assert_same_mean(ours_state**2, theirs_state**2)
    assert_same_mean(run.storage_time / 0.25, storage)


@pytest.mark.parametrize("letter", "dbe")
@pytest.mark.parametrize("states", [STATES, DIAGONAL])
@pytest.mark.parametrize("memories", [MEMORIES, UNITAL])
def test_every_distilled_pair(letter, states, memories):
    """Pairs that waited for 0 to 3 slots, either of the two: each state that can come out is known."""
    chain, rules = both(letter, [("memory_time", 3)], states, memories)
    link, holders = twin.framed(rules.states[0]), twin.memories(rules, 0, 1)
    fresh, waited = twin.average(link), [twin.average(twin.stored(link, holders, t)) for t in range(4)]
    noise = [node.noise for node in rules.nodes]
    known = [
        twin.distilled(OPERATIONS[letter], *ab, *noise) for w in waited for ab in ((w, fresh), (fresh, w))
    ]
    run = ebit.sample(chain, 3000, rng=1)
    distance = abs(run.correlations[:, None] - np.array([state for _, state in known])).max(axis=(2, 3))
    assert distance.min(axis=1).max() < 1e-14
    assert set(distance.argmin(axis=1)) == {0, *range(2, 8)}
    # The law of the attempts: both pairs in slots 1 .., passed and kept.
    q, p = 0.6, 0.4
    ties = p / (2 - p)
    passes = [ties * known[0][0]] + [
        ties * q**t * known[2 * t + side][0] for t in (1, 2, 3) for side in (0, 1)
    ]
    assert_mean(run.attempts, 2 / p / sum(passes))


@pytest.mark.parametrize("letter", "dbe")
def test_swapped_pairs_lose_their_frame_before_a_distillation(letter):
    """Both links at once, no time: every pair is the same, the state one of density matrices."""
    word = "s" + letter
    chain, rules = both(word, [FREE] * 2, p=1.0, p_swap=1.0)
    links = [twin.framed(state) for state in rules.states]
    pair = twin.average(twin.swapped(*links, rules.nodes[1].noise))
    p, kept = twin.distilled(OPERATIONS[letter], pair, pair, rules.nodes[0].noise, rules.nodes[2].noise)
    run = ebit.sample(chain, 20_000, rng=3)
    np.testing.assert_allclose(run.correlations - kept, 0.0, atol=1e-14)
    assert_mean(run.attempts, 4 / p)


@pytest.mark.parametrize(
    ("word", "cutoffs"),
    [
        ("d", [FREE]),
        ("b", [("fidelity", 0.85)]),
        ("e", [("memory_time", 4)]),
        ("sdbs", [("memory_time", 9), ("fidelity", 0.7), FREE, ("run_time", 300)]),
        ("ese", [FREE, ("fidelity", 0.6), FREE]),
    ],
)
def test_whole_and_diagonal_states_are_one(word, cutoffs):
    """An entry too small to matter moves the chain to the path of whole states: the same shots."""
    nearly = [state + 1e-300 * (np.arange(16).reshape(4, 4) % 5 == 2) for state in DIAGONAL]
    chains = [both(word, cutoffs, states, UNITAL)[0] for states in (DIAGONAL, nearly)]
    diagonal, whole = (ebit.sample(chain, 3000, rng=6) for chain in chains)
    np.testing.assert_array_equal(diagonal.waiting_time, whole.waiting_time)
    np.testing.assert_array_equal(diagonal.attempts, whole.attempts)
    np.testing.assert_allclose(diagonal.correlations, whole.correlations, rtol=0, atol=1e-13)


def test_telemetry_changes_no_bit():
    chain, _ = both("sds", [FREE, ("memory_time", 30), ("fidelity", 0.3)])
    plain, told = (ebit.sample(chain, 3000, rng=5, telemetry=t) for t in (False, True))
    np.testing.assert_array_equal(plain.waiting_time, told.waiting_time)
    np.testing.assert_array_equal(plain.correlations, told.correlations)
    # At least a distillation and, of each of its pairs, a swap below; and the last swap.
    assert (told.distillations - told.lost_distillations >= 2).all()
    assert (told.swaps - told.lost_swaps >= 5).all()


def test_carried_and_summed_states_are_one():
    """Frames that are kept until delivery: a cut-off that never bites changes nothing."""
    chains = [both("ss", [cutoff, FREE], p=0.3)[0] for cutoff in (FREE, ("fidelity", 0.25))]
    a, b = (ebit.sample(chain, 100_000, rng=seed) for seed, chain in enumerate(chains))
    assert_same_mean(a.waiting_time, b.waiting_time)
    assert_same_mean(a.correlations, b.correlations)
    assert_same_mean(
        a.correlations * a.waiting_time[:, None, None], b.correlations * b.waiting_time[:, None, None]
    )


def phi_plus_and(weight, coherence=1.0):
    """weight of a Phi+ of reduced coherence (complex), the rest |10>."""
    rho = np.diag([weight / 2, 0, 1 - weight, weight / 2]).astype(complex)
    rho[0, 3], rho[3, 0] = weight * coherence / 2, weight * np.conj(coherence) / 2
    return ebit.Pair.from_density_matrix(rho)


@pytest.mark.parametrize("r", [0.3, 0.8, 1.0])
@pytest.mark.parametrize("coherence", [1.0, 0.7 * np.exp(0.9j)])
def test_epl_of_single_click_links(r, coherence):
    """p = r^2 / 2; the phase cancels, F = (1 + c^2) / 2 (E. T. Campbell, S. C. Benjamin, 2008)."""
    link = ebit.links.ideal(p_success=1.0, state=phi_plus_and(r, coherence))
    run = ebit.sample(ebit.Chain([link], protocol=ebit.Nested("e"), end_nodes="store"), 50_000, rng=2)
    np.testing.assert_allclose(run.fidelity, (1 + abs(coherence) ** 2) / 2, rtol=1e-13)
    assert_mean(run.waiting_time, 2 / r**2)


def test_epl_of_a_heralded_link():
    """A single-click link without dark counts: what is not Phi+ is a false herald, and EPL finds it."""
    arm = ebit.Fibre(length=10e3)
    link = ebit.links.single_click(arm, arm, detector=ebit.Detector(efficiency=0.5), bright_population=0.2)
    run = ebit.sample(ebit.Chain([link], protocol=ebit.Nested("e"), end_nodes="store"), 1000, rng=2)
    assert ebit.Pair(link.state).fidelity() < 0.9
    np.testing.assert_allclose(run.fidelity, 1.0, rtol=1e-12)


# --- when a waiting pair falls below a fidelity --------------------------------------------------------


def first_below(state, holders, value, end):
    """By brute force."""
    times = np.linspace(0.0, end, 200_001)
    left, right = (twin.transfer(h, times) for h in holders)
    margin = np.einsum("i,tij,jk,tik->t", [1, 1, -1, 1], left, state, right) / 4 - value
    below = np.flatnonzero(margin < 0)
    if not len(below):
        return np.inf
    low, high = times[max(below[0] - 1, 0)], times[below[0]]
    for _ in range(80):
        middle = (low + high) / 2
        left, right = (twin.transfer(h, middle) for h in holders)
        good = twin.fidelity(left @ state @ right.T) >= value
        low, high = (middle, high) if good else (low, middle)
    return low


EXOTIC = {
    "one rate": (np.diag([1.0, 0.9, -0.9, 0.9]), ((0.02, 0.02, 0.02, 0.0),) * 2, 0.7),
    "three rates": (
        np.diag([1.0, 0.9, -0.85, 0.94]),
        ((0.03, 0.05, 0.04, 0.0), (0.01, 0.02, 0.03, 0.0)),
        0.6,
    ),
    # xx < 0 < yy die first: the fidelity rises, then falls.
    "rises first": (np.diag([1.0, -0.1, 0.1, 1.0]), ((0.5, 0.5, 0.01, 0.0),) * 2, 0.44),
    # Toward |00> of fidelity 1/2: falls below, and would rise again.
    "dips": (np.diag([1.0, 1.0, -1.0, 1.0]), (relaxation(20.0, 6.0),) * 2, 0.45),
    "never so low": (np.diag([1.0, 1.0, -1.0, 1.0]), (relaxation(20.0, 6.0),) * 2, 0.37),
    "toward opposite states": (STATES[0], (relaxation(20.0, 6.0), relaxation(9.0, 15.0, 1.0)), 0.4),
    "at once": (np.diag([1.0, 0.9, -0.8, 0.9]), ((0.03, 0.05, 0.04, 0.0),) * 2, 0.9),
    "not all decays": (np.diag([1.0, 0.9, -0.8, 0.9]), ((0.03, 0.03, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0)), 0.6),
}


def check_crossing(state, holders, value):
    """Link 0 comes at 1, link 1 at multiples of d: the first one in time, others in vain."""
    lasts = first_below(state, holders, value, 1000.0)
    d = 1 + 0.7 * lasts if lasts < np.inf else 50.0
    links = [ebit.links.ideal(p_success=1.0, attempt_time=1.0, state=state), ebit.links.ideal(0.5, d)]
    nodes = [*(ebit.Node(memory_of(h, 1.0)) for h in holders), ebit.Node()]
    protocol = ebit.Nested("s", [ebit.CutOff("fidelity", value)])
    run = ebit.sample(ebit.Chain(links, nodes, protocol, end_nodes="store"), 3000, rng=1)
    if lasts == np.inf:
        np.testing.assert_allclose(run.waiting_time, d * (run.attempts - 1), rtol=1e-14)
        return lasts
    failed = np.round((run.waiting_time - d) / (1 + lasts))
    assert set(range(4)) <= set(failed)
    np.testing.assert_allclose(run.waiting_time, d + failed * (1 + lasts), rtol=1e-12)
    assert_mean(failed, 1.0)
    return lasts


@pytest.mark.parametrize("name", EXOTIC)
def test_when_a_pair_falls_below_a_fidelity(name):
    lasts = check_crossing(*EXOTIC[name])
    assert (lasts == np.inf) == (name == "never so low")


@pytest.mark.parametrize("seed", range(30))
def test_random_pairs_in_random_memories(seed):
    """The same with anything that a memory can be."""
    rng = np.random.default_rng(seed)
    state = random_state(seed)
    t1 = rng.uniform(5.0, 60.0, 2)
    t2 = rng.uniform(0.05, 2.0, 2) * t1
    holders = [relaxation(*row) for row in zip(t1, t2, rng.integers(0, 2, 2) * 1.0, strict=True)]
    left, right = (twin.transfer(h, np.linspace(0.0, 300.0, 3001)) for h in holders)
    floor = np.einsum("i,tij,jk,tik->t", [1, 1, -1, 1], left, state, right).min() / 4
    value = rng.uniform(max(floor, 0.25), twin.fidelity(state))
    check_crossing(state, holders, value)


# --- the ends of the ranges, and what is refused -------------------------------------------------------


@pytest.mark.parametrize("t1", [1e-18, 1e-9, 1e9, 1e300])
@pytest.mark.parametrize(("word", "value"), [("s", 0.5), ("se", 0.25), ("ds", 0.3)])
def test_extreme_memories(t1, word, value):
    links = [ebit.links.ideal(p_success=0.5, state=ebit.Pair(STATES[0]))] * 2
    nodes = [ebit.Node(ebit.Memory(t1=t1, t2=t1, excited_population=0.3))] * 3
    cutoffs = [ebit.CutOff("fidelity", value), *[ebit.CutOff()] * (len(word) - 1)]
    run = ebit.sample(ebit.Chain(links, nodes, ebit.Nested(word, cutoffs), end_nodes="store"), 300, rng=1)
    assert np.isfinite(run.correlations).all()
    assert (abs(run.correlations) <= 1 + 1e-12).all()
    assert (run.waiting_time >= 1).all()


def test_a_cutoff_at_the_fidelity_of_a_link():
    """Inclusive, however 0.9 and (4 * 0.9 - 1) / 3 are rounded: in the same slot the pair is good."""
    for fidelity in np.linspace(0.5, 0.99, 50):
        links = [ebit.links.ideal(p_success=0.5, fidelity=fidelity)] * 2
        protocol = ebit.Nested("s", [ebit.CutOff("fidelity", fidelity)])
        for memory in (ebit.Memory(t2=10.0), ebit.Memory(t1=10.0, t2=10.0)):
            run = ebit.sample(ebit.Chain(links, [ebit.Node(memory)] * 3, protocol), 20, rng=1)
            assert (run.waiting_time >= 1).all()
    with pytest.raises(
        ValueError, match=r"protocol\.cutoffs\.0\.value = 0\.991 .* fidelity of a link, 0\.99"
    ):
        ebit.Chain(links, protocol=ebit.Nested("s", [ebit.CutOff("fidelity", 0.991)]))


def test_bad_chains_are_refused():
    link = ebit.links.ideal(p_success=0.5, state=ebit.Pair(STATES[0]))
    with pytest.raises(ValueError, match="end_nodes = measure is not allowed where pairs are distilled"):
        ebit.Chain([link], protocol=ebit.Nested("e"))
    node = ebit.Node(ebit.Memory(t1=1.0, t2=1.0))
    with pytest.raises(ValueError, match=r"pair_decay = once .* nodes\.0"):
        ebit.Chain([link], [node] * 2, ebit.Nested("e"), end_nodes="store", pair_decay="once")
    for word in ("E", "x", "s e"):
        with pytest.raises(ValueError, match="letters must be s, d, b or e"):
            ebit.Nested(word)


def test_what_has_no_exact_answer():
    kept = {"end_nodes": "store"}
    full = ebit.Chain([ebit.links.ideal(0.5, state=ebit.Pair(STATES[0]))], protocol=ebit.Nested("e"), **kept)
    relaxing = ebit.Chain(
        [ebit.links.ideal(0.5, fidelity=0.9)],
        [ebit.Node(ebit.Memory(t1=9.0, t2=9.0))] * 2,
        ebit.Nested("e"),
        **kept,
    )
    rates = both("s", [("fidelity", 0.7)], DIAGONAL, UNITAL)[0]
    for chain in (full, relaxing, rates):
        with pytest.raises(ebit.exact.NotCovered):
            ebit.exact.figures(chain)
