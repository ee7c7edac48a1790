"""Chains of many points: every point is the plain chain, bit for bit."""

from __future__ import annotations

import itertools
import json
import pickle

import numpy as np
import pytest

import ebit
from ebit import BellMeasurement, Chain, CutOff, Doubling, Memory, Nested, Node, Slotted, SwapAsap
from ebit.links import ideal

P = np.array([0.05, 0.3, 1.0])  # by column
T2 = np.array([[np.inf], [60.0]])  # by row
SHAPE = (2, 3)
INDICES = list(np.ndindex(SHAPE))


def link(p=P, fidelity=0.97, **keys):
    return ideal(p_success=p, fidelity=fidelity, **keys)


def nodes(count, memory=None, p_swap=1.0, **keys):
    memory = Memory(t2=T2) if memory is None else memory
    return [Node(memory, BellMeasurement(p_success=p_swap, **keys))] * count


P_SWAP = np.array([1.0, 0.5, 0.8])  # at one point the closed form applies
RELAXING = Memory(t1=[[np.inf], [80.0]], t2=T2)  # at one row every memory is a column of its own
CASES = {
    "one link": Chain([link()], nodes(2), end_nodes="store"),
    "closed form": Chain([link()] * 4, nodes(5, p_replace=[[0.0], [0.1]])),
    "different links": Chain(
        [link(P), link(P[::-1], 0.9, attempt_time=2.0), link(0.5, [0.8, 0.9, 1.0])],
        nodes(4),
        end_nodes="store",
    ),
    "some sure": Chain([link()] * 3, nodes(4, p_swap=P_SWAP)),
    "relaxing": Chain([link()] * 2, nodes(3, RELAXING), end_nodes="store"),
    "once": Chain([link()] * 3, nodes(4), end_nodes="store", pair_decay="once"),
    "global cut-off": Chain([link()] * 3, nodes(4), SwapAsap(global_cutoff=[[np.inf], [30.0]])),
    "slotted": Chain(
        [link()] * 4,
        nodes(5, p_swap=0.7),
        Slotted(cutoff=np.array([8.0, 30.0, np.inf]), failed_swap="left_to_right"),
    ),
    "slotted, by node": Chain(
        [link()] * 3,
        nodes(4, p_swap=P_SWAP),
        Slotted(cutoff=(50.0, np.array([[20.0], [30.0]]), 25.0, 50.0), hidden_segments="idle"),
    ),
    "doubling": Chain([link()] * 5, nodes(6, p_swap=P_SWAP)),
    "doubling, all different": Chain(
        [link(P * x) for x in (1.0, 0.9, 0.8, 0.7)],
        [Node(Memory(t2=T2 * x), BellMeasurement(P_SWAP * x)) for x in (1.0, 0.9, 0.8, 0.7, 0.6)],
        Doubling(),
        end_nodes="store",
    ),
    "doubling, sometimes alike": Chain(
        [link([0.1, 0.2, 0.3]), link([0.1, 0.1, 0.3])] * 2, nodes(5, RELAXING, 0.6), Doubling()
    ),
    "nested, cut-offs": Chain(
        [link()] * 4,
        nodes(5, p_swap=0.6),
        Nested("ss", [CutOff("memory_time", [5.0, 10.0, 20.0]), CutOff("run_time", [[400.0], [500.0]])]),
    ),
    "nested, distilling": Chain(
        [link(fidelity=[[0.9], [0.95]])] * 4,
        nodes(
            5,
            Memory.depolarizing([100.0, 200.0, np.inf]),
            0.8,
            p_replace=0.01,
            p_readout_error=[0.0, 0.01, 0.02],
        ),
        Nested("sdbs", [CutOff("fidelity", [[0.7], [0.8]]), CutOff(), CutOff(), CutOff()]),
        end_nodes="store",
    ),
}
AGES = [(0, age) for age in range(61)] + [(age, 0) for age in range(1, 61)]
CASES |= {
    "multiplexed": Chain(
        [link()] * 3, nodes(4, p_swap=P_SWAP), Slotted(memories=2, cutoff=np.array([[20.0], [np.inf]]))
    ),
    "a policy of a user": Chain(
        [link()] * 2,
        nodes(3, p_swap=P_SWAP),
        Slotted(
            ebit.PolicyTable({((0, 1, a), (1, 2, b)): (1,) for a, b in AGES}),
            cutoff=np.array([[60.0], [40.0]]),
        ),
    ),
    "sequential": Chain([link()] * 3, nodes(4, p_swap=0.9), Slotted("sequential", generation="sequential")),
    "whole states": Chain(
        [ideal(P, state=np.diag([1.0, 0.9, -0.8, 0.85]) + 0.02 * np.eye(4, k=3))] * 4,
        nodes(5, RELAXING, P_SWAP),
        Nested("ses", [CutOff("fidelity", [[0.6], [0.65]]), CutOff(), CutOff()]),
        end_nodes=("store", "store"),
    ),
}
each_chain = pytest.mark.parametrize("chain", CASES.values(), ids=CASES)
COLUMNS = ("waiting_time", "attempts", "correlations")
TELEMETRY = ("swaps", "lost_swaps", "distillations", "lost_distillations", "storage_time")


def assert_same_run(many, index, plain, names):
    for name in names:
        column = getattr(many, name)[index]
        np.testing.assert_array_equal(column, getattr(plain, name), err_msg=name)
        assert column.dtype == getattr(plain, name).dtype


@each_chain
@pytest.mark.parametrize("first_shot", [0, 1500])
def test_every_point_samples_like_the_plain_chain(chain, first_shot):
    run = ebit.sample(chain, shots=70, rng=11, first_shot=first_shot)
    assert run.keys.shape == chain.shape
    assert len(run) == 70
    assert run.correlations.shape == (*chain.shape, 70, 4, 4)
    assert run.fidelity.shape == (*chain.shape, 70)
    for index in np.ndindex(chain.shape):
        plain = ebit.sample(chain.point(index), shots=70, rng=run.keys[index], first_shot=first_shot)
        assert_same_run(run, index, plain, COLUMNS)


@each_chain
def test_telemetry_of_every_point(chain):
    run = ebit.sample(chain, shots=1100, rng=12, telemetry=True)
    for index in np.ndindex(chain.shape):
        plain = ebit.sample(chain.point(index), shots=1100, rng=run.keys[index], telemetry=True)
        assert_same_run(run, index, plain, (*COLUMNS, *TELEMETRY))


@each_chain
@pytest.mark.parametrize("telemetry", [False, True])
def test_every_point_is_summarised_like_the_plain_chain(chain, telemetry):
    summary = ebit.estimate(chain, shots=3000, rng=13, telemetry=telemetry)
    assert summary.shots.tolist() == np.full(chain.shape, 3000).tolist()
    assert summary.complete.all()
    for index in np.ndindex(chain.shape):
        plain = ebit.estimate(
            chain.point(index), shots=3000, rng=int(summary.keys[index]), telemetry=telemetry
        )
        assert list(summary.figures) == list(plain.figures)
        for name, figure in plain.figures.items():
            values = summary.figures[name]
            assert values.value.shape == values.standard_error.shape == chain.shape
            np.testing.assert_array_equal(values.value[index], figure.value, err_msg=name)
            np.testing.assert_allclose(
                values.standard_error[index], figure.standard_error, rtol=1e-13, atol=1e-300, err_msg=name
            )
        np.testing.assert_array_equal(summary.pair.correlations[index], plain.pair.correlations)
        for pair in (("waiting_time", "waiting_time"), ("attempts", "xx"), ("waiting_time", "fidelity")):
            many, one = summary.covariance(*pair), plain.covariance(*pair)
            np.testing.assert_allclose(many.value[index], one.value, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(many.standard_error[index], one.standard_error, rtol=1e-12, atol=1e-14)
        if telemetry:
            many, one = summary.storage_time(1), plain.storage_time(1)
            assert (many.value[index], many.standard_error[index]) == one


@each_chain
def test_threads_do_not_change_anything(chain):
    runs = [ebit.sample(chain, 1500, rng=5, threads=threads, telemetry=True) for threads in (1, 2, 3)]
    sums = [ebit.estimate(chain, 2500, rng=5, threads=threads) for threads in (1, 2, 3)]
    for run, summary in zip(runs[1:], sums[1:], strict=True):
        for name in (*COLUMNS, *TELEMETRY):
            np.testing.assert_array_equal(getattr(run, name), getattr(runs[0], name))
        for name, figure in summary.figures.items():
            np.testing.assert_array_equal(figure, sums[0].figures[name])


@pytest.mark.parametrize("of", ["rate", "fidelity", "secret_key_rate"])
def test_every_point_stops_for_itself(of):
    chain = CASES["some sure"]
    summary = ebit.estimate(chain, rel_error=0.004, of=of, max_shots=100_000, rng=3, threads=2)
    assert len(set(summary.shots.flat)) > 1
    for index in np.ndindex(chain.shape):
        plain = ebit.estimate(
            chain.point(index), rel_error=0.004, of=of, max_shots=100_000, rng=summary.keys[index]
        )
        assert (summary.shots[index], summary.complete[index]) == (plain.shots, plain.complete)
        assert summary.value[index] == plain.value


def test_steps_of_a_growing_summary():
    chain, seen = CASES["some sure"], []
    steps = list(ebit.chain.estimates(chain, shots=30_000, rng=7, progress=seen.append))
    assert len(steps) > 2
    assert (steps[-1].shots == 30_000).all()
    assert all((a.shots <= b.shots).all() for a, b in itertools.pairwise(steps))
    last = ebit.estimate(chain, shots=30_000, rng=7)
    np.testing.assert_allclose(steps[-1].value, last.value, rtol=1e-12)


def test_keys_are_derived_or_shared():
    chain = CASES["closed form"]
    run = ebit.sample(chain, 10, rng=7)
    assert len(set(run.keys.flat)) == run.keys.size
    assert 7 not in run.keys
    assert (ebit.sample(chain, 10, rng=7).keys == run.keys).all()
    assert not (ebit.sample(chain, 10, rng=8).keys == run.keys).any()
    common = ebit.sample(chain, 10, rng=7, common_random_numbers=True)
    assert (common.keys == 7).all()
    for index in np.ndindex(chain.shape):
        plain = ebit.sample(chain.point(index), 10, rng=7)
        np.testing.assert_array_equal(common.waiting_time[index], plain.waiting_time)
    assert ebit.sample(chain.point((0, 0)), 10, rng=7).keys == 7
    # A key is the same however many points come after it.
    first = Chain([link(P[:2])] * 4, nodes(5, Memory()))
    np.testing.assert_array_equal(ebit.sample(first, 10, rng=7).keys, run.keys.flat[:2])


def test_derived_keys_are_words_of_philox():
    from ebit import _core

    key, number = 2**63 + 12345, 70_000
    low, high = key & 0xFFFFFFFF, key >> 32
    words = _core.philox4x32([number, 0, 0xFFFFFFFF, 0], [low, high])
    assert int(_core.derived_keys(key, number + 1)[number]) == words[0] | words[1] << 32


def test_points_are_independent():
    """Equal chains at 40 points: their means are uncorrelated, and as variable as they must be."""
    chain = Chain([ideal(p_success=np.full(40, 0.2))] * 2)
    times = ebit.sample(chain, 20_000, rng=21).waiting_time
    deviations = (times - times.mean()) / times.std()
    correlations = deviations @ deviations.T / times.shape[1]
    off = correlations[np.triu_indices(40, 1)]
    assert np.abs(off).max() < 5.5 / np.sqrt(times.shape[1])  # of 780
    assert abs(off.mean()) < 5 / np.sqrt(times.shape[1] * off.size)


def test_common_random_numbers_make_differences_sharp():
    """Var(a - b) = Var a + Var b - 2 Cov(a, b): with common numbers the covariance is nearly all of it."""
    chain = Chain([ideal(p_success=[0.2, 0.21])] * 2)
    shots = 20_000
    apart, common = (
        ebit.sample(chain, shots, rng=4, common_random_numbers=flag).waiting_time for flag in (False, True)
    )

    # Of the latest of two geometric links E[T^2] - E[T]^2, from 1 - (1 - (1 - p)^t)^2.
    def moments(p):
        q, qq = 1 - p, (1 - p) ** 2
        mean = 2 / p - 1 / (1 - qq)
        second = 2 * (1 + q) / p**2 - (1 + qq) / (1 - qq) ** 2
        return mean, second - mean**2

    (mean_a, var_a), (mean_b, var_b) = map(moments, (0.2, 0.21))
    for times in (apart, common):
        difference = times[0] - times[1]
        assert abs(difference.mean() - (mean_a - mean_b)) < 5 * difference.std() / np.sqrt(shots)
    assert np.var(apart[0] - apart[1]) == pytest.approx(var_a + var_b, rel=0.1)
    assert np.var(common[0] - common[1]) < 0.05 * (var_a + var_b)


@each_chain
def test_provenance_makes_it_again(chain):
    run = ebit.sample(chain, 20, rng=9, common_random_numbers=True)
    made = json.loads(json.dumps(run.provenance))
    again = Chain.from_parameters(made["chain"])
    assert again == chain
    assert hash(again) == hash(chain)
    assert again.shape == chain.shape
    assert made["common_random_numbers"] is True
    repeated = ebit.sample(
        again, made["shots"], rng=made["key"], common_random_numbers=made["common_random_numbers"]
    )
    np.testing.assert_array_equal(repeated.waiting_time, run.waiting_time)
    summary = ebit.estimate(chain, shots=20, rng=9)
    assert json.loads(json.dumps(summary.provenance))["shots"] == np.full(chain.shape, 20).tolist()


@each_chain
def test_chains_of_many_points_are_values(chain):
    again = pickle.loads(pickle.dumps(chain))
    assert again == chain
    assert hash(again) == hash(chain)
    assert again.shape == chain.shape
    point = chain.point(tuple(n - 1 for n in chain.shape))
    assert point != chain
    assert point.shape == ()
    assert len(point) == len(chain)
    assert point == chain.point((-1,) * len(chain.shape))
    assert pickle.loads(pickle.dumps(point)) == point
    assert str(chain.shape) in repr(chain)


def test_a_point_of_one_is_still_an_axis():
    chain = Chain([ideal(p_success=[0.5])])
    assert chain.shape == (1,)
    assert ebit.sample(chain, 3, rng=1).waiting_time.shape == (1, 3)
    assert ebit.estimate(chain, shots=10, rng=1).value.shape == (1,)
    assert ebit.sample(chain, 0, rng=1).correlations.shape == (1, 0, 4, 4)
    assert np.isnan(ebit.estimate(chain, shots=0, rng=1).value).all()


def test_points_are_addressed_like_elements():
    chain = CASES["closed form"]
    assert chain.point((0, 1)).links[0].p_success == 0.3
    assert chain.point((1, 0)).nodes[0].memory == Memory(t2=60.0)
    for bad in ((2, 0), (0,), 1, (0, 0, 0), (0, -4)):
        with pytest.raises(IndexError, match="point"):
            chain.point(bad)
    for bad in ("a", 0.5, (0.5, 1), None, (True, 0)):
        with pytest.raises(TypeError, match="index = "):
            chain.point(bad)
    plain = Chain([ideal(p_success=0.5)])
    assert plain.point(()) == plain
    with pytest.raises(IndexError, match="point 0"):
        plain.point(0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Chain([ideal([0.1, 0.2]), ideal([0.1, 0.2, 0.3])]),
        lambda: Chain([ideal([0.1, 0.2])], nodes(2, Memory(t2=[1.0, 2.0, 3.0]))),
        lambda: Chain([ideal([0.1, 0.2])], nodes(2, Memory(), np.array([0.1, 0.2, 0.3]))),
        lambda: Chain([ideal([0.1, 0.2])] * 2, nodes(3, Memory()), Slotted(cutoff=np.array([1.0, 2.0, 3.0]))),
        lambda: Chain([ideal([0.1, 0.2])], protocol=SwapAsap(global_cutoff=[1.0, 2.0, 3.0])),
        lambda: Chain([ideal([0.1, 0.2])] * 2, protocol=Nested("s", [CutOff("run_time", [9.0, 9.0, 9.0])])),
    ],
)
def test_shapes_must_broadcast(make):
    with pytest.raises(ValueError, match=r"broadcast.*\(2,\).*\(3,\)"):
        make()


def test_a_point_that_is_refused_is_named():
    with pytest.raises(ValueError, match=r"nodes\.1\.bsm\.p_success = .* \(at point \(1, 0\)\)"):
        Chain([ideal([0.1, 0.2])] * 2, nodes(3, Memory(), np.array([[0.5], [0.0]])))
    with pytest.raises(ValueError, match=r"attempt_time must be equal .* \(at point \(2,\)\)"):
        Chain([ideal(0.1, [1.0, 1.0, 2.0]), ideal(0.1)], nodes(3, Memory(), 0.5))
    with pytest.raises(ValueError, match=r"protocol\.cutoffs\.0\.value = 0\.5 .* \(at point \(1,\)\)"):
        Chain([ideal(0.1)] * 2, protocol=Nested("s", [CutOff("run_time", [9.0, 0.5])]))
    with pytest.raises(ValueError, match=r"global_cutoff = 0.5 .* \(at point \(1,\)\)"):
        Chain([ideal(0.1)] * 2, protocol=SwapAsap(global_cutoff=[9.0, 0.5]))
    for bad in (-1.0, np.nan):
        with pytest.raises(ValueError, match="cutoff = "):
            Slotted(cutoff=np.array([1.0, bad]))
        with pytest.raises(ValueError, match=r"cutoff\.1 = "):
            Slotted(cutoff=(1.0, np.array([1.0, bad])))
        with pytest.raises(ValueError, match="value = "):
            CutOff("run_time", [1.0, bad])
        with pytest.raises(ValueError, match=r"global_cutoff = .*\(at point \(1,\)\)"):
            Chain([ideal(0.1)], protocol=SwapAsap(global_cutoff=[1.0, bad]))


def test_distributions_are_those_of_points():
    chain = CASES["closed form"]
    summary = ebit.estimate(chain, shots=2000, rng=4, telemetry=True)
    for ask in (
        summary.waiting_time_histogram,
        summary.fidelity_histogram,
        lambda: summary.waiting_time_quantile(0.5),
        lambda: summary.storage_time_histogram(1),
        summary.storage_time_histograms,
    ):
        with pytest.raises(
            ValueError, match=r"estimate chain\.point\(index\) with rng=summary\.keys\[index\]"
        ):
            ask()
    plain = ebit.estimate(chain.point((1, 0)), shots=2000, rng=summary.keys[1, 0])
    assert plain.value == summary.value[1, 0]
    assert plain.waiting_time_histogram()[0].sum() == 2000


@pytest.mark.parametrize("bad", [1, None, "yes", np.True_])
def test_flags_are_flags(bad):
    for call in (ebit.sample, ebit.estimate):
        with pytest.raises(TypeError, match="common_random_numbers"):
            call(CASES["closed form"], shots=1, common_random_numbers=bad)


def test_a_long_sweep_can_be_stopped():
    chain = Chain([ideal(p_success=np.linspace(0.01, 0.9, 300))] * 8, nodes(9, Memory(), 0.5))

    def stop(_):
        raise KeyboardInterrupt

    for threads in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            ebit.sample(chain, 20_000, rng=1, threads=threads, progress=stop)
        with pytest.raises(KeyboardInterrupt):
            ebit.estimate(chain, shots=2_000_000, rng=1, threads=threads, progress=stop)


# ---- what else takes a chain ----


@pytest.mark.parametrize("name", ["some sure", "relaxing", "global cut-off", "doubling", "nested, cut-offs"])
def test_exact_answers_of_every_point(name):
    chain = CASES[name]
    if name == "relaxing":
        chain = Chain(chain.links, chain.nodes, Doubling())
    figures = ebit.exact.figures(chain)
    laws = ebit.exact.waiting_time(chain)
    pairs = ebit.exact.pair(chain)
    covariance = ebit.exact.covariance(chain, "waiting_time", "waiting_time")
    assert laws.shape == pairs.correlations.shape[:-2] == covariance.shape == chain.shape
    for index in np.ndindex(chain.shape):
        point = chain.point(index)
        plain = ebit.exact.figures(point)
        for figure, values in figures.items():
            np.testing.assert_array_equal(values[index], plain.get(figure, np.nan))
        assert laws[index].mean == ebit.exact.waiting_time(point).mean
        np.testing.assert_array_equal(pairs.correlations[index], ebit.exact.pair(point).correlations)
        assert covariance[index] == ebit.exact.covariance(point, "waiting_time", "waiting_time")


def test_derivatives_of_every_point():
    chain = CASES["some sure"]
    slopes = ebit.exact.derivatives(chain, iter(["p_success", "p_swap.1"]))
    assert list(slopes) == ["p_success", "p_swap.1"]
    plain = ebit.exact.derivatives(chain.point((1, 1)), ["p_success", "p_swap.1"])
    for name, values in plain.items():
        for figure, value in values.items():
            assert slopes[name][figure][1, 1] == value


def test_what_takes_one_point_refuses_many():
    chain = CASES["nested, cut-offs"]
    for ask in (
        lambda: ebit.exact.optimize_cutoffs(chain, "memory_time"),
        lambda: ebit.exact.cutoff_steps(chain),
        lambda: ebit.trace(chain, rng=1),
    ):
        with pytest.raises(ValueError, match=r"shape \(2, 3\).* one point, chain\.point\(index\)"):
            ask()
    with pytest.raises(ValueError, match="single point"):
        ebit.plot.plot(ebit.estimate(chain, shots=100, rng=1))
    with pytest.raises(ebit.exact.NotCovered, match=r"attempt times.*\(at point \(0, 0\)\)"):
        ebit.exact.figures(CASES["different links"])


def test_the_repeaterless_bound_of_every_point():
    arm = ebit.Fibre([5e3, 20e3, 60e3])
    chain = Chain([ebit.links.double_click(arm, arm), ideal(0.5)])
    assert np.isnan(ebit.report.repeaterless_rate(chain)).all()
    chain = Chain([ebit.links.double_click(arm, arm)] * 2)
    bounds = ebit.report.repeaterless_rate(chain)
    for index in range(3):
        assert bounds[index] == ebit.report.repeaterless_rate(chain.point(index))


def test_many_points_as_a_table():
    chain = CASES["closed form"]
    lines = ebit.report.table(ebit.estimate(chain, shots=2000, rng=1, of="qber_x"), "a sweep").splitlines()
    assert lines[0] == "a sweep"
    assert "points (2, 3), 2000 pairs each" in lines[1]
    assert lines[3].split()[:3] == ["point", "qber", "x"]
    assert [line.split()[0] for line in lines[4:]] == ["0,0", "0,1", "0,2", "1,0", "1,1", "1,2"]
    many = ebit.estimate(Chain([ideal(np.full(60, 0.5))]), rel_error=0.2, rng=1, max_shots=10)
    assert "10 pairs each" in str(many)
    assert "incomplete" in str(many)
    assert str(many).splitlines()[-1] == "and 10 more points"


@pytest.mark.parametrize("telemetry", [False, True])
@pytest.mark.parametrize("suffix", [".nc", ".json", ".csv"])
def test_results_of_many_points_are_read_as_written(tmp_path, suffix, telemetry):
    if suffix == ".nc":
        pytest.importorskip("scipy")
    chain, path = CASES["some sure"], tmp_path / f"many{suffix}"
    summary = ebit.estimate(chain, shots=300, rng=5, telemetry=telemetry)
    run = ebit.sample(chain, 7, rng=5, telemetry=telemetry)
    if suffix == ".csv":
        ebit.results.save(run, path)
    else:
        ebit.results.save(summary, path, samples=run if suffix == ".nc" else None)
    result = ebit.results.load(path)
    assert result.chain == chain
    assert result.histograms == {}
    if suffix != ".csv":
        assert list(result.figures) == list(summary.figures)
        for name, figure in summary.figures.items():
            np.testing.assert_array_equal(result.figures[name], figure)
        np.testing.assert_array_equal(result.pair, summary.pair.correlations)
        assert result.provenance["complete"] == np.full(chain.shape, True).tolist()
        if telemetry:
            assert result.nodes["storage_time"].shape == (*chain.shape, 4)
            np.testing.assert_array_equal(result.nodes["storage_time"][..., 1], summary.storage_time(1).value)
    for name, column in result.samples.items():
        np.testing.assert_array_equal(column, getattr(run, name), err_msg=name)
    assert ("swaps" in result.samples) == (telemetry and suffix != ".json")
