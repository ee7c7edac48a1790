"""Telemetry of samples: operations and storage times against closed forms, recursions and twins."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest

import ebit
from reference import event_chain, multiplexed, nested, swap_asap, telemetry
from reference import waiting_times as wt
from reference.agreement import assert_mean, assert_same_mean
from reference.hardware import NODE_MEMORIES, UNITAL_MEMORIES, Hardware, bare_chain

SHOTS = 50_000
P = (0.4, 0.6, 0.5, 0.7)
NODES = [ebit.Node(ebit.Memory(t2=30.0), ebit.BellMeasurement(0.6))] * 5
RELAXING = [ebit.Node(ebit.Memory(t1=40.0, t2=30.0), ebit.BellMeasurement(0.6))] * 5
DEPOLARIZING = [ebit.Node(ebit.Memory.depolarizing(60.0), ebit.BellMeasurement(0.6))] * 5
LINKS = [ebit.links.ideal(p, fidelity=0.97) for p in P]
UNEQUAL = [
    ebit.links.ideal(p, attempt_time=t, fidelity=0.97) for p, t in zip(P, (1, 0.37, 2.3, 0.8), strict=True)
]
CUTOFFS = [ebit.CutOff("memory_time", 3.0), ebit.CutOff("fidelity", 0.8), ebit.CutOff("run_time", 40.0)]

CHAINS = {
    "one link": ebit.Chain(LINKS[:1], NODES[:2], end_nodes="store"),
    "swap_asap": ebit.Chain(UNEQUAL, end_nodes="store"),
    "swap_asap, relaxing": ebit.Chain(UNEQUAL, [ebit.Node(n.memory) for n in RELAXING], end_nodes="store"),
    "swap_asap, once": ebit.Chain(
        LINKS, [ebit.Node(n.memory) for n in NODES], end_nodes="store", pair_decay="once"
    ),
    "swap_asap, global cut-off": ebit.Chain(
        UNEQUAL, protocol=ebit.SwapAsap(global_cutoff=4.0), end_nodes=("store", "measure")
    ),
    "slotted": ebit.Chain(LINKS, NODES),
    "slotted, relaxing": ebit.Chain(LINKS, RELAXING, end_nodes="store"),
    "slotted, cut-off": ebit.Chain(LINKS, NODES, ebit.Slotted(failed_swap="left_to_right", cutoff=4.0)),
    "multiplexed": ebit.Chain(LINKS, NODES, ebit.Slotted(memories=3, matching="random", cutoff=6.0)),
    "multiplexed, relaxing": ebit.Chain(
        LINKS, RELAXING, ebit.Slotted("doubling", memories=2), end_nodes="store"
    ),
    "doubling": ebit.Chain(UNEQUAL, NODES, ebit.Doubling()),
    "doubling, no memory": ebit.Chain([LINKS[0]] * 8, protocol=ebit.Doubling()),
    "doubling, relaxing": ebit.Chain(LINKS, RELAXING, ebit.Doubling()),
    "nested": ebit.Chain([LINKS[0]] * 4, NODES, ebit.Nested("ss", CUTOFFS[:1] * 2)),
    "distilling": ebit.Chain([LINKS[0]] * 4, DEPOLARIZING, ebit.Nested("sds", CUTOFFS), end_nodes="store"),
    "distilling, once": ebit.Chain(
        [LINKS[0]] * 2, DEPOLARIZING[:3], ebit.Nested("bs"), end_nodes="store", pair_decay="once"
    ),
}
COLUMNS = ("swaps", "lost_swaps", "distillations", "lost_distillations", "storage_time")


@pytest.fixture(params=CHAINS, ids=str)
def chain(request):
    return CHAINS[request.param]


def test_nothing_else_changes(chain):
    plain, run = ebit.sample(chain, 3000, rng=5), ebit.sample(chain, 3000, rng=5, telemetry=True)
    for name in ("waiting_time", "attempts", "correlations", "fidelity"):
        np.testing.assert_array_equal(getattr(run, name), getattr(plain, name))
    without = ebit.estimate(chain, 3000, rng=5)
    summary = ebit.estimate(chain, 3000, rng=5, telemetry=True)
    for name, figure in without.figures.items():
        assert summary.figures[name] == figure, name
    for histogram in ("waiting_time_histogram", "fidelity_histogram"):
        for one, other in zip(getattr(summary, histogram)(), getattr(without, histogram)(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_threads_and_cuts_do_not_matter(chain):
    run = ebit.sample(chain, 3000, rng=6, telemetry=True, threads=2)
    tail = ebit.sample(chain, 1900, rng=6, first_shot=1100, telemetry=True)
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(tail, name), getattr(run, name)[1100:])
    one, two = (ebit.estimate(chain, 3000, rng=6, telemetry=True, threads=t) for t in (1, 2))
    np.testing.assert_equal(one.figures, two.figures)


def test_a_summary_is_that_of_the_columns(chain):
    run = ebit.sample(chain, 5000, rng=7, telemetry=True)
    summary = ebit.estimate(chain, 5000, rng=7, telemetry=True)
    assert run.storage_time.shape == (5000, len(chain) + 1)
    assert run.storage_time.dtype == np.float64
    for name in COLUMNS[:-1]:
        assert getattr(run, name).dtype == np.int64
        assert getattr(run, name).shape == (5000,)
    for node in range(len(chain) + 1):
        column = run.storage_time[:, node]
        mean, error = summary.storage_time(node)
        assert mean == pytest.approx(column.mean(), rel=1e-12)
        assert error == pytest.approx(column.std(ddof=1) / np.sqrt(5000), rel=1e-9)
        zeros, counts, edges = summary.storage_time_histogram(node)
        assert zeros == np.sum(column == 0.0)
        np.testing.assert_array_equal(
            counts, np.histogram(column[column > 0.0], edges)[0] if len(counts) else []
        )
    total = run.storage_time.sum(axis=1)
    assert summary.figures["storage_time"].value == pytest.approx(total.mean(), rel=1e-12)
    if run.swaps.any():
        rate = 1 - run.lost_swaps.sum() / run.swaps.sum()
        assert summary.figures["swap_success_rate"].value == pytest.approx(rate, rel=1e-12)
    quantities = {name: getattr(run, name).astype(float) for name in COLUMNS[:-1]}
    quantities |= {
        "waiting_time": run.waiting_time,
        "attempts": run.attempts.astype(float),
        "fidelity": run.fidelity,
        "storage_time": total,
        "xx": run.correlations[:, 1, 1],
        "zz": run.correlations[:, 3, 3],
    }
    names = list(quantities)
    expected = np.cov([quantities[name] for name in names])
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            value, error = summary.covariance(a, b)
            assert value == pytest.approx(expected[i, j], abs=1e-9 * scale[i, j] + 1e-15), (a, b)
            assert error >= 0.0


# ---- deterministic swap-asap: closed forms ----


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
def test_storage_of_deterministic_swap_asap(end_nodes):
    p = (0.3, 0.2, 0.5, 0.2)
    links = [ebit.links.ideal(x, attempt_time=0.5) for x in p]
    run = ebit.sample(ebit.Chain(links, end_nodes=end_nodes), 200_000, rng=8, telemetry=True)
    expected = [2 * wt.parallel_mean([a, b]) - 1 / a - 1 / b for a, b in pairwise(p)]
    ends = [wt.parallel_mean(p) - 1 / p[0], wt.parallel_mean(p) - 1 / p[-1]]
    ends = ends if end_nodes == "store" else [0.0, 0.0]
    assert_mean(run.storage_time, 0.5 * np.array([ends[0], *expected, ends[1]]))
    assert (run.swaps == 3).all()
    assert not run.lost_swaps.any()


def test_storage_between_two_equal_links():
    p = 0.15
    summary = ebit.estimate(bare_chain([p, p]), shots=200_000, rng=9, telemetry=True)
    value, error = summary.storage_time(1)
    assert abs(value - 2 * (1 - p) / (p * (2 - p))) <= 5 * error
    assert summary.figures["storage_time"] == pytest.approx((value, error), rel=1e-12)
    zeros, counts, edges = summary.storage_time_histogram(1)
    # P(D = d) = 2 p q^d / (2 - p), a half of that for d = 0; whole numbers up to 32 have bins of their own.
    law = 2 * p / (2 - p) * (1 - p) ** np.arange(30)
    seen = np.array([zeros, *(counts[edges[:-1] == d].sum() for d in range(1, 30))]) / summary.shots
    law[0] /= 2
    assert (abs(seen - law) <= 5 * np.sqrt(law / summary.shots)).all()


def test_a_global_cutoff_counts_the_swaps_of_lost_rounds():
    """A round's repeater swaps if both of its links are there in time; pairs are those of the last round."""
    p, latest = (0.2, 0.3, 0.15), 6
    links = [ebit.links.ideal(x, attempt_time=0.5) for x in p]
    chain = ebit.Chain(links, protocol=ebit.SwapAsap(0.5 * latest), end_nodes=("measure", "store"))
    run = ebit.sample(chain, SHOTS, rng=18, telemetry=True)
    in_time = [1 - (1 - x) ** latest for x in p]
    assert_mean(run.swaps, (in_time[0] * in_time[1] + in_time[1] * in_time[2]) / np.prod(in_time))
    assert not run.lost_swaps.any()
    times = np.stack(np.meshgrid(*[np.arange(1, latest + 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    law = np.prod([x * (1 - x) ** (times[:, k] - 1.0) for k, x in enumerate(p)], axis=0)
    storage = telemetry.by_node(swap_asap.storage_times(times, "store"))
    storage[:, 0] = 0
    assert_mean(run.storage_time, 0.5 * (law @ storage) / law.sum())


# ---- numbers of operations: geometric laws and recursions ----


@pytest.mark.parametrize("protocol", [ebit.SwapAsap(), ebit.Doubling(), ebit.Nested("s")])
def test_two_links_try_a_geometric_number_of_swaps(protocol):
    run = ebit.sample(bare_chain([0.3, 0.3], 0.4, protocol=protocol), SHOTS, rng=10, telemetry=True)
    np.testing.assert_array_equal(run.lost_swaps, run.swaps - 1)
    k = np.arange(1, 9)
    assert_mean(run.swaps[:, None] == k, 0.4 * 0.6 ** (k - 1))
    summary = ebit.estimate(run.chain, SHOTS, rng=10, telemetry=True)
    rate = summary.figures["swap_success_rate"]
    assert abs(rate.value - 0.4) <= 5 * rate.standard_error


def expected_swaps(tree, p_swap):
    """(tried, in vain): every attempt at the top needs both subtrees anew."""
    if isinstance(tree, int):
        return np.zeros(2)
    own = p_swap[nested.middle_node(tree)]
    below = sum(expected_swaps(branch, p_swap) for branch in tree)
    return (below + np.array([1.0, 1.0 - own])) / own


@pytest.mark.parametrize("n", [3, 4, 8])
def test_swaps_of_doubling(n):
    p_swap = (*(1.0, 0.5, 0.7, 0.9, 0.6, 0.8, 0.5, 0.95)[:n], 1.0)
    nodes = [ebit.Node(bsm=ebit.BellMeasurement(x)) for x in p_swap]
    chain = ebit.Chain([ebit.links.ideal(0.4)] * n, nodes, ebit.Doubling())
    run = ebit.sample(chain, SHOTS, rng=11, telemetry=True)
    counts = np.stack([run.swaps, run.lost_swaps], axis=1)
    assert_mean(counts, expected_swaps(nested.balanced_tree(range(n)), p_swap))


def test_swaps_of_a_nested_word_with_cutoffs():
    """An attempt passes |t_a - t_b| <= limit with a probability that the exact law gives."""
    p, p_swap, limits = 0.3, 0.6, (2, 5)
    cutoffs = [ebit.CutOff("memory_time", float(limit)) for limit in limits]
    run = ebit.sample(
        bare_chain([p] * 4, p_swap, protocol=ebit.Nested("ss", cutoffs)), SHOTS, rng=12, telemetry=True
    )
    law = ebit.exact.waiting_time(
        bare_chain([p] * 2, p_swap, protocol=ebit.Nested("s", cutoffs[:1])), tail=1e-12
    )
    pmf = law.pmf(np.arange(200))
    passing = sum(
        (pmf * np.roll(pmf, d) * (np.arange(len(pmf)) >= d)).sum() * (1 + (d > 0)) for d in range(6)
    )
    below = 1 / p_swap
    tried = (2 * below + passing) / (passing * p_swap)
    lost = (2 * (below - 1) + passing * (1 - p_swap)) / (passing * p_swap)
    assert_mean(np.stack([run.swaps, run.lost_swaps], axis=1), [tried, lost])


@pytest.mark.parametrize("letter", "db")
def test_distillations_of_one_level(letter):
    w = 0.7
    link = ebit.links.ideal(0.4, fidelity=(1 + 3 * w) / 4)
    run = ebit.sample(
        ebit.Chain([link], protocol=ebit.Nested(letter), end_nodes="store"), SHOTS, rng=13, telemetry=True
    )
    p, _ = telemetry.bbpssw(w)
    np.testing.assert_array_equal(run.lost_distillations, run.distillations - 1)
    k = np.arange(1, 6)
    assert_mean(run.distillations[:, None] == k, p * (1 - p) ** (k - 1))
    assert not run.swaps.any()
    rate = ebit.estimate(run.chain, SHOTS, rng=13, telemetry=True).figures["distillation_success_rate"]
    assert abs(rate.value - p) <= 5 * rate.standard_error


# ---- samples of plain-Python twins ----


def columns(run):
    counts = [run.waiting_time, run.swaps, run.lost_swaps, run.distillations, run.lost_distillations]
    return np.column_stack([*counts, run.storage_time])


def with_products(rows):
    """Also squares and products with time and swaps: the joint law, not the margins alone."""
    return np.hstack([rows, rows**2, rows * rows[:, :1], rows * rows[:, 1:2]])


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize(("hidden_segments", "end_nodes"), [("regenerate", "store"), ("idle", "measure")])
@pytest.mark.parametrize("cutoff", [np.inf, 3])
@pytest.mark.parametrize("memories", [NODE_MEMORIES, UNITAL_MEMORIES], ids=["relaxing", "unital"])
def test_slotted_chains(failed_swap, hidden_segments, end_nodes, cutoff, memories):
    hardware = Hardware(P, attempt_time=(2.5,) * 4, memories=tuple(memories))
    protocol = ebit.Slotted("swap_asap", failed_swap, hidden_segments, cutoff=2.5 * cutoff)
    run = ebit.sample(hardware.chain(protocol, end_nodes=end_nodes), SHOTS, rng=14, telemetry=True)
    rules = event_chain.Rules(P, hardware.p_swap, (2.5,) * 4, failed_swap, hidden_segments, end_nodes)
    twin = telemetry.sample(partial(telemetry.swap_asap_shot, rules, cutoff), 1500, 1)
    assert_same_mean(with_products(columns(run)), with_products(twin))


MULTIPLEXED = [
    {},
    {"failed_swap": "left_to_right", "matching": "first_come"},
    {"hidden_segments": "idle", "matching": "random"},
    {"policy": "doubling"},
]


@pytest.mark.parametrize("rules", MULTIPLEXED)
@pytest.mark.parametrize(("end_nodes", "cutoff"), [("store", (4,) * 5), ("measure", (3, 1, 2, 4, 5))])
def test_chains_with_several_memories(rules, end_nodes, cutoff):
    hardware = Hardware(P, memories=tuple(UNITAL_MEMORIES))
    protocol = ebit.Slotted(memories=2, cutoff=[float(slots) for slots in cutoff], **rules)
    run = ebit.sample(hardware.chain(protocol, end_nodes=end_nodes), SHOTS, rng=19, telemetry=True)
    twin_rules = multiplexed.Rules(P, hardware.p_swap, memories=2, cutoff=cutoff, **rules)
    twin = telemetry.sample(partial(telemetry.multiplexed_shot, twin_rules, end_nodes), 1000, 4)
    assert_same_mean(with_products(columns(run)), with_products(twin))


@pytest.mark.parametrize("end_nodes", ["measure", "store"])
@pytest.mark.parametrize("memories", [NODE_MEMORIES, UNITAL_MEMORIES], ids=["relaxing", "unital"])
def test_storage_of_doubling_with_unequal_attempt_times(end_nodes, memories):
    times = (1.0, 0.37, 2.3, 0.81)
    hardware = Hardware(P, attempt_time=times, memories=tuple(memories))
    run = ebit.sample(hardware.chain(ebit.Doubling(), end_nodes=end_nodes), SHOTS, rng=15, telemetry=True)
    rules = event_chain.Rules(P, hardware.p_swap, times, end_nodes=end_nodes)
    shot = partial(event_chain.nested_shot, rules, nested.balanced_tree(range(4)))
    _, _, storage = event_chain.sample(shot, 3000, 2)
    assert_same_mean(run.storage_time, telemetry.by_node(storage))
    assert_same_mean(run.storage_time**2, telemetry.by_node(storage) ** 2)


@pytest.mark.parametrize("word", ["ss", "sds", "dss", "bsb", "sbb"])
def test_nested_words(word):
    """Werner links in perfect memories: the success of a distillation is fixed by its level."""
    p, p_swap, w = 0.4, 0.7, 0.8
    limits = (2.0, 4.0, 9.0)[: len(word)]
    p_distil = []
    for letter in word:
        p_distil.append(telemetry.bbpssw(w)[0])
        w = w * w if letter == "s" else telemetry.bbpssw(w)[1]
    end_nodes = "measure" if word == "ss" else "store"
    links = [ebit.links.ideal(p, attempt_time=0.5, fidelity=0.85)] * 2 ** word.count("s")
    node = ebit.Node(bsm=ebit.BellMeasurement(p_swap))
    protocol = ebit.Nested(word.replace("d", "b"), [ebit.CutOff("memory_time", 0.5 * x) for x in limits])
    chain = ebit.Chain(links, [node] * (len(links) + 1), protocol, end_nodes=end_nodes)
    run = ebit.sample(chain, SHOTS, rng=16, telemetry=True)
    twin = telemetry.Word(word.replace("b", "d"), limits, p, p_swap, p_distil, end_nodes)
    rows = columns(run)
    rows[:, [0, *range(5, rows.shape[1])]] /= 0.5
    assert_same_mean(with_products(rows), with_products(telemetry.sample(twin.shot, 2000, 3)))


# ---- what is refused ----


def test_without_telemetry_there_is_none():
    run, summary = ebit.sample(CHAINS["slotted"], 10, rng=1), ebit.estimate(CHAINS["slotted"], 10, rng=1)
    assert not run.telemetry
    for name in COLUMNS:
        with pytest.raises(AttributeError, match="telemetry=True"):
            getattr(run, name)
    for call in (summary.storage_time, summary.storage_time_histogram):
        with pytest.raises(AttributeError, match="telemetry=True"):
            call(0)
    with pytest.raises(ValueError, match="a = 'swaps' is not allowed"):
        summary.covariance("swaps", "attempts")
    with pytest.raises(ValueError, match="of = 'storage_time' is not allowed without telemetry"):
        ebit.estimate(CHAINS["slotted"], 10, of="storage_time")


@pytest.mark.parametrize("value", [1, None, "yes", np.True_])
def test_telemetry_is_true_or_false(value):
    for call in (ebit.sample, ebit.estimate, ebit.chain.estimates):
        with pytest.raises(TypeError, match=r"telemetry = .* must be True or False"):
            call(CHAINS["slotted"], 10, telemetry=value)


@pytest.mark.parametrize("node", [-1, 5, 2**40])
def test_a_node_that_does_not_exist_is_refused(node):
    summary = ebit.estimate(CHAINS["slotted"], 10, rng=1, telemetry=True)
    for call in (summary.storage_time, summary.storage_time_histogram):
        with pytest.raises(ValueError, match="node = "):
            call(node)
        with pytest.raises(TypeError, match="node = "):
            call(1.5)


@pytest.mark.parametrize(
    "name", ["", "x", "xxx", "xa", "ii", "rate", "tagged_secret_fraction", "XX", None, 3]
)
def test_a_quantity_that_does_not_exist_is_refused(name):
    summary = ebit.estimate(CHAINS["slotted"], 10, rng=1, telemetry=True)
    with pytest.raises(ValueError, match=f"b = {name!r} is not allowed: it must be one of 'waiting_time'"):
        summary.covariance("attempts", name)


def test_chains_that_are_too_long_are_refused():
    chain = bare_chain([0.5] * 2049)
    for call in (ebit.sample, ebit.estimate, ebit.chain.estimates):
        with pytest.raises(ValueError, match="telemetry of 2049 links is not kept: of at most 2048"):
            call(chain, 10, telemetry=True)
    long = bare_chain([1.0] * 2048, 0.99999)
    assert ebit.sample(long, 1, rng=1, telemetry=True).storage_time.shape == (1, 2049)


def test_an_empty_run():
    run = ebit.sample(CHAINS["slotted"], 0, telemetry=True)
    assert run.swaps.shape == (0,)
    assert run.storage_time.shape == (0, 5)
    summary = ebit.estimate(CHAINS["slotted"], 0, telemetry=True)
    assert all(np.isnan(figure).all() for figure in summary.figures.values())
    assert np.isnan(summary.storage_time(0)).all()
    assert np.isnan(summary.covariance("swaps", "xx")).all()
    assert summary.storage_time_histogram(1).counts.shape == (0,)


def test_mean_storage_adds_up():
    p = [0.3, 0.2, 0.5]
    summary = ebit.estimate(bare_chain(p), 100_000, rng=17, telemetry=True)
    value, error = summary.figures["storage_time"]
    assert abs(value - swap_asap.mean_storage(p)) <= 5 * error
