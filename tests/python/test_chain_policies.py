"""Policies of slotted chains: sampled against the exact Markov chain; a user's own ones bit for bit."""

import ctypes
import pickle

import numba
import numpy as np
import pytest
from numba import types

import ebit
from reference import nested, slotted
from reference.agreement import assert_mean
from reference.hardware import UNITAL_MEMORIES, Hardware, P, bare_chain

SHOTS = 60_000
SIGNATURE = types.void(
    types.int64, types.CPointer(types.int64), types.CPointer(types.int64), types.CPointer(types.uint8)
)
POINTERS = [ctypes.POINTER(ctypes.c_int64)] * 2 + [ctypes.POINTER(ctypes.c_uint8)]
RULES = [
    {"failed_swap": failed, "hidden_segments": hidden}
    for failed in ("simultaneous", "left_to_right")
    for hidden in ("regenerate", "idle")
]


@numba.cfunc(SIGNATURE)
def every_node(segments, right_of, age, swap):
    for node in range(1, segments):
        swap[node] = 1


@numba.cfunc(SIGNATURE)
def from_the_left(segments, right_of, age, swap):
    if right_of[0] > 0:
        swap[right_of[0]] = 1


@numba.cfunc(SIGNATURE)
def along_the_tree(segments, right_of, age, swap):  # of four segments
    swap[1] = right_of[0] == 1 and right_of[1] == 2
    swap[3] = right_of[2] == 3 and right_of[3] == 4
    swap[2] = right_of[0] == 2 and right_of[2] == 4


@numba.cfunc(SIGNATURE)
def outer_nodes(segments, right_of, age, swap):
    elementary = 0
    for node in range(4):
        elementary += right_of[node] == node + 1
    swap[1] = swap[3] = 1
    swap[2] = elementary < 4


@numba.cfunc(SIGNATURE)
def when_two_slots_old(segments, right_of, age, swap):
    for node in range(1, segments):
        swap[node] = age[node] >= 2


def assert_exact(run, exact, slot=1.0):
    mean, variance = slotted.moments(exact)
    times = run.waiting_time / slot
    assert_mean(times, mean)
    assert_mean((times - mean) ** 2, variance)
    assert_mean(run.attempts, slotted.mean_attempts(exact))


def cut_off_chain(policy, cutoff=3, slot=0.5, n=4, p=0.5, p_swap=0.7, **rules):
    link = ebit.links.ideal(p_success=p, attempt_time=slot, fidelity=0.97)
    node = ebit.Node(ebit.Memory(t1=20.0, t2=8.0), ebit.BellMeasurement(p_success=p_swap))
    seconds = tuple(slot * c for c in cutoff) if isinstance(cutoff, tuple) else slot * cutoff
    return ebit.Chain([link] * n, [node] * (n + 1), ebit.Slotted(policy, cutoff=seconds, **rules))


# --- built-in policies ------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["doubling", "outer_nodes_first", "sequential"])
@pytest.mark.parametrize("rules", RULES)
def test_policies_are_those_of_the_markov_chain(policy, rules):
    hardware = Hardware(P)
    run = ebit.sample(hardware.chain(ebit.Slotted(policy, **rules)), SHOTS, rng=3)
    assert_exact(run, slotted.SlottedChain(P, hardware.p_swap, policy=policy, **rules))


@pytest.mark.parametrize(
    ("policy", "n", "cutoff"),
    [
        *[
            (policy, *at)
            for policy in ("swap_asap", "doubling", "sequential")
            for at in ((4, 0), (4, 1), (3, 3))
        ],
        ("outer_nodes_first", 4, 1),  # of four links, and swaps in two slots
    ],
)
@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
def test_policies_with_a_cutoff(policy, failed_swap, n, cutoff):
    run = ebit.sample(cut_off_chain(policy, cutoff, n=n, failed_swap=failed_swap, p=0.7), SHOTS // 4, rng=4)
    exact = slotted.uniform(n, 0.7, 0.7, cutoff=cutoff, policy=policy, failed_swap=failed_swap)
    assert_exact(run, exact, 0.5)


@pytest.mark.parametrize("policy", ["swap_asap", "doubling", "sequential"])
@pytest.mark.parametrize("cutoff", [(1, 4, 0, 2, 3), (np.inf, 2, np.inf, np.inf, 1)])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
def test_a_cutoff_per_node(policy, cutoff, hidden_segments):
    run = ebit.sample(
        cut_off_chain(policy, cutoff, p=0.6, hidden_segments=hidden_segments), SHOTS // 4, rng=5
    )
    exact = slotted.uniform(4, 0.6, 0.7, cutoff=cutoff, policy=policy, hidden_segments=hidden_segments)
    assert_exact(run, exact, 0.5)


@pytest.mark.parametrize(("p_swap", "published"), [(1.0, 2.07107446), (0.5, 8.34378086)])
def test_published_outer_nodes_first(p_swap, published):
    """The notebooks of Inesta et al. (2023)."""
    chain = cut_off_chain("outer_nodes_first", 2, p=0.9, p_swap=p_swap)
    assert_mean(ebit.sample(chain, 1_000_000, rng=5).waiting_time / 0.5, published)


def test_doubling_on_four_segments_is_nested_doubling():
    p, p_swap = (0.02,) * 4, (0.5,) * 5
    run = ebit.sample(bare_chain(p, 0.5, protocol=ebit.Slotted("doubling")), SHOTS, rng=6)
    mean, variance = nested.moments(nested.balanced_tree(range(4)), p, p_swap)
    assert_mean(run.waiting_time, mean)
    assert_mean((run.waiting_time - mean) ** 2, variance)


@pytest.mark.parametrize("policy", ["doubling", "outer_nodes_first", "sequential"])
@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_states_under_a_policy(policy, end_nodes):
    n = 4 if policy == "outer_nodes_first" else 3
    hardware = Hardware(P[:n], memories=tuple(UNITAL_MEMORIES))
    run = ebit.sample(hardware.chain(ebit.Slotted(policy), end_nodes=end_nodes), SHOTS, rng=7)
    chain = slotted.SlottedChain(P[:n], hardware.p_swap, policy=policy, end_nodes=end_nodes)
    exact = slotted.mean_correlations(chain, hardware.link_states, hardware.twin_memories, hardware.noise)
    assert_mean(run.correlations, exact)


# --- sequential generation --------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["swap_asap", "sequential", "outer_nodes_first"])
@pytest.mark.parametrize("cutoff", [None, 3])
@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
def test_sequential_generation(policy, cutoff, failed_swap):
    rules = {"policy": policy, "failed_swap": failed_swap, "generation": "sequential"}
    seconds = np.inf if cutoff is None else 0.5 * cutoff
    chain = bare_chain((0.6, 0.4, 0.7, 0.5), 0.8, 0.5, ebit.Slotted(cutoff=seconds, **rules))
    run = ebit.sample(chain, SHOTS // 2, rng=8)
    exact = slotted.SlottedChain((0.6, 0.4, 0.7, 0.5), (0.8,) * 5, cutoff=cutoff, **rules)
    assert_exact(run, exact, 0.5)


def test_sequential_generation_in_closed_form():
    """E[T] = n / p, and the qubits at repeaters wait N_2 + .. + N_n slots."""
    n, p, t2 = 5, 0.2, 30.0
    link = ebit.links.ideal(p_success=p, fidelity=1.0)
    chain = ebit.Chain(
        [link] * n, [ebit.Node(ebit.Memory(t2=t2))] * (n + 1), ebit.Slotted(generation="sequential")
    )
    run = ebit.sample(chain, SHOTS, rng=9)
    assert_mean(run.waiting_time, n / p)
    assert np.array_equal(run.attempts, run.waiting_time)
    decay = np.exp(-1 / t2)
    assert_mean(run.correlations[:, 1, 1], (p * decay / (1 - (1 - p) * decay)) ** (n - 1))


# --- policies of a user -----------------------------------------------------------------------------


def assert_same_bits(mine, theirs):
    for field in ("waiting_time", "attempts", "correlations", "swaps", "lost_swaps", "storage_time"):
        np.testing.assert_array_equal(getattr(mine, field), getattr(theirs, field))


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize(
    ("function", "policy", "repeats"),
    [
        (every_node, "swap_asap", False),
        (from_the_left, "sequential", True),
        (along_the_tree, "doubling", True),
        (outer_nodes, "outer_nodes_first", False),
    ],
)
@pytest.mark.parametrize("uses_age", [True, False])
@pytest.mark.parametrize("cutoff", [6, np.inf])
def test_a_function_equal_to_a_built_in_gives_its_bits(function, policy, repeats, rules, uses_age, cutoff):
    own = ebit.CompiledPolicy(function, policy, repeats=repeats, uses_age=uses_age)
    chains = [cut_off_chain(x, cutoff, **rules) for x in (own, policy)]
    assert_same_bits(*[ebit.sample(chain, 2000, rng=11, telemetry=True) for chain in chains])


@pytest.mark.parametrize("policy", ["swap_asap", "doubling", "outer_nodes_first", "sequential"])
def test_a_table_equal_to_a_built_in_gives_its_bits(policy):
    twin = slotted.uniform(4, 0.5, 0.7, cutoff=2, policy=policy)
    states, seen = {}, set()

    def visit(links):
        state = tuple(link[:3] for link in links)
        nodes = slotted.chosen(twin, links)
        if nodes and tuple(sorted(state)) not in seen:
            seen.add(tuple(sorted(state)))
            states[state] = tuple(nodes)
            if policy in ("doubling", "sequential"):
                for _, after in slotted.swaps_together(twin, links, nodes):
                    visit(after)

    for links in slotted.absorbing_chain(twin)[0]:
        for _, tried in slotted.after_attempts(twin, links):
            visit(tried)
    own = ebit.PolicyTable(states, repeats=policy in ("doubling", "sequential"))
    assert_same_bits(*[ebit.sample(cut_off_chain(x, 2), 3000, rng=12, telemetry=True) for x in (own, policy)])


def test_a_policy_that_waits_is_asked_in_every_slot():
    """A node swaps once the link to its right is two slots old; no link comes in that slot."""
    twin_states = {((0, 1, a), (1, 2, b)): (1,) for a in range(6) for b in range(2, 6)}
    exact = slotted.uniform(2, 0.3, 0.6, cutoff=4, policy=twin_states)
    for policy in (ebit.CompiledPolicy(when_two_slots_old), ebit.PolicyTable(twin_states)):
        run = ebit.sample(cut_off_chain(policy, 4, n=2, p=0.3, p_swap=0.6), SHOTS, rng=13)
        assert_exact(run, exact, 0.5)


def test_a_table_without_cutoff_is_asked_up_to_its_last_age():
    table = ebit.PolicyTable({((0, 1, a), (1, 2, b)): (1,) for a in range(9) for b in range(9)})
    with pytest.raises(RuntimeError, match="come to rest"):
        ebit.sample(bare_chain((0.2, 0.2), 0.5, protocol=ebit.Slotted(table)), 1000, rng=1)


def test_a_function_without_ages_is_asked_after_a_loss():
    """Node 2 waits while there is a link between nodes 0 and 1: the slot after its end is its turn."""
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_int64, *POINTERS)

    @prototype
    def wary(segments, right_of, age, swap):
        swap[1] = right_of[1] > 2
        swap[2] = right_of[0] != 1
        swap[3] = 1

    runs = []
    for uses_age in (True, False):
        policy = ebit.CompiledPolicy(wary, "wary", uses_age=uses_age)
        runs.append(ebit.sample(cut_off_chain(policy, (1, 3, 9, 9, 3)), 1000, rng=4, telemetry=True))
    assert_same_bits(*runs)


def test_a_function_pointer_of_c():
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_int64, *POINTERS)
    asked = []

    @prototype
    def every(segments, right_of, age, swap):
        asked.append((segments, right_of[segments], age[segments]))
        for node in range(segments + 1):
            swap[node] = 1

    own = ebit.CompiledPolicy(every, "every", uses_age=False)
    chains = [cut_off_chain(x, np.inf) for x in (own, "swap_asap")]
    assert_same_bits(*[ebit.sample(chain, 50, rng=12, telemetry=True) for chain in chains])
    assert set(asked) == {(4, -1, 0)}


def test_summaries_and_threads_do_not_change_bits():
    chain = cut_off_chain(ebit.CompiledPolicy(outer_nodes), 5)
    whole = ebit.sample(chain, 3000, rng=5)
    tail = ebit.sample(chain, 1000, rng=5, first_shot=2000, threads=2)
    np.testing.assert_array_equal(whole.waiting_time[2000:], tail.waiting_time)


def test_a_rare_link_is_not_ticked_for():
    link = ebit.links.ideal(p_success=1e-9)
    node = ebit.Node(bsm=ebit.BellMeasurement(p_success=0.5))
    for policy in (
        "doubling",
        "outer_nodes_first",
        ebit.CompiledPolicy(along_the_tree, repeats=True, uses_age=False),
    ):
        run = ebit.sample(ebit.Chain([link] * 4, [node] * 5, ebit.Slotted(policy)), 100, rng=5)
        assert run.waiting_time.min() > 1e6


def test_outer_nodes_first_delivers_where_one_swapped_link_lasts():
    chain = cut_off_chain("outer_nodes_first", (0, 1, 0, 1, 0))
    run = ebit.sample(chain, 20_000, rng=9)
    error = run.waiting_time.std() / np.sqrt(len(run.waiting_time))
    assert abs(run.waiting_time.mean() - ebit.exact.waiting_time(chain).mean) < 5 * error


def test_doubling_of_three_links_can_generate_one_after_another():
    chain = bare_chain((0.5,) * 3, 0.5, protocol=ebit.Slotted("doubling", generation="sequential"))
    run = ebit.sample(chain, 20_000, rng=9)
    error = run.waiting_time.std() / np.sqrt(len(run.waiting_time))
    assert abs(run.waiting_time.mean() - ebit.exact.waiting_time(chain).mean) < 5 * error


# --- what is refused --------------------------------------------------------------------------------

TWO = ((0, 1, 0), (1, 2, 0))
HOSTILE = [
    (lambda: ebit.PolicyTable({TWO: (2,)}), ValueError, "node 2"),
    (lambda: ebit.PolicyTable({((0, 1, 0), (0, 2, 0)): ()}), ValueError, "share a memory"),
    (lambda: ebit.PolicyTable({((1, 0, 0),): ()}), ValueError, "left to right"),
    (lambda: ebit.PolicyTable({((0, 1, -1),): ()}), ValueError, "age"),
    (lambda: ebit.PolicyTable([(TWO, (1,)), (TWO[::-1], ())]), ValueError, "twice"),
    (lambda: ebit.PolicyTable({((0, 1),): ()}), TypeError, "states"),
    (lambda: ebit.PolicyTable({((0, 1, 0.5),): ()}), TypeError, "states"),
    (lambda: ebit.PolicyTable({TWO: 1}), TypeError, "states"),
    (lambda: ebit.PolicyTable(3), TypeError, "states"),
    (lambda: ebit.PolicyTable({}, repeats=1), TypeError, "repeats"),
    (lambda: ebit.CompiledPolicy(lambda: None), TypeError, "function"),
    (lambda: ebit.CompiledPolicy(every_node, 3), TypeError, "name"),
    (lambda: ebit.CompiledPolicy(every_node, uses_age=None), TypeError, "uses_age"),
    (lambda: ebit.Slotted("greedy"), ValueError, "policy"),
    (lambda: ebit.Slotted(every_node), ValueError, "policy"),
    (lambda: bare_chain((0.5,) * 3, protocol=ebit.Slotted("outer_nodes_first")), ValueError, "4 links"),
    (
        lambda: bare_chain((0.5,) * 2, protocol=ebit.Slotted(ebit.PolicyTable({((0, 3, 0),): ()}))),
        ValueError,
        r"protocol.policy.*\(0, 3, 0\)",
    ),
    (
        lambda: bare_chain((0.5,) * 4, protocol=ebit.Slotted("doubling", generation="sequential")),
        ValueError,
        "never deliver",
    ),
    (lambda: cut_off_chain("outer_nodes_first", 0.9), ValueError, "protocol.cutoff is less than one slot"),
    (
        lambda: cut_off_chain("outer_nodes_first", (0, 9, 9, 0, 0)),
        ValueError,
        "protocol.cutoff is less than one slot",
    ),
    (
        lambda: cut_off_chain("swap_asap", 2, generation="sequential"),
        ValueError,
        "protocol.cutoff is too short",
    ),
    (lambda: bare_chain((0.5,) * 64, protocol=ebit.Slotted("sequential")), ValueError, "64 links"),
    (
        lambda: bare_chain((0.5,) * 64, protocol=ebit.Slotted(generation="sequential")),
        ValueError,
        "64 links",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), HOSTILE)
def test_bad_policies_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_table_is_a_value():
    table = ebit.PolicyTable({TWO[::-1]: [1]})
    assert table == ebit.PolicyTable([[[list(link) for link in TWO], [1]]])
    assert table.states[TWO] == (1,)
    assert hash(table) == hash(pickle.loads(pickle.dumps(table)))
    chain = bare_chain((0.5, 0.5), protocol=ebit.Slotted(table))
    assert ebit.Chain.from_parameters(chain.parameters) == chain
    assert pickle.loads(pickle.dumps(chain)) == chain
    with pytest.raises(TypeError):
        table.states[TWO] = (1,)


def test_functions_of_one_name_are_not_one_policy():
    @numba.cfunc(SIGNATURE)
    def other(segments, right_of, age, swap):
        swap[1] = 0

    one, two = (
        bare_chain((0.5, 0.5), protocol=ebit.Slotted(ebit.CompiledPolicy(function, "policy")))
        for function in (every_node, other)
    )
    assert one == bare_chain((0.5, 0.5), protocol=ebit.Slotted(ebit.CompiledPolicy(every_node, "policy")))
    assert one != two


def test_a_function_is_known_by_its_name_alone():
    chain = bare_chain((0.5, 0.5), protocol=ebit.Slotted(ebit.CompiledPolicy(every_node)))
    assert chain.parameters["protocol"]["policy"]["name"] == "every_node"
    with pytest.raises(ValueError, match="every_node cannot be rebuilt"):
        ebit.Chain.from_parameters(chain.parameters)
    with pytest.raises(TypeError, match="every_node cannot be copied"):
        pickle.dumps(chain)


def test_a_table_by_which_a_repeater_never_swaps_is_refused():
    outer = {((0, 1, 0), (1, 2, 0)): (1,)}
    for states, node in (({}, 1), (outer, 2)):
        with pytest.raises(ValueError, match=rf"protocol.policy = a table in which node {node} never swaps"):
            cut_off_chain(ebit.PolicyTable(states), n=3)
