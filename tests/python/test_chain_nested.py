"""Nested protocols with cut-offs and distillation against the plain-Python twin and closed forms."""

import numpy as np
import pytest

import ebit
from reference import protocol as twin
from reference import waiting_times
from reference.agreement import assert_mean, assert_same_mean
from reference.words import FREE, ONE_RATE, PROTOCOLS, SLOT, chain_of


@pytest.mark.parametrize("name", PROTOCOLS)
def test_samples_agree_with_the_twin(name):
    word, cutoffs, rates = PROTOCOLS[name]
    chain, rules = chain_of(word, cutoffs, rates)
    time, attempts, state = twin.sample(rules, 3000, seed=5)
    run = ebit.sample(chain, 100_000, rng=3)
    ours = np.stack([run.waiting_time / SLOT, run.attempts], axis=1)
    theirs = np.stack([time, attempts], axis=1)
    diagonal = run.correlations[:, [1, 2, 3], [1, 2, 3]]
    assert_same_mean(np.hstack([ours, ours**2, diagonal]), np.hstack([theirs, theirs**2, state]))
    assert_same_mean(diagonal * ours[:, :1], state * theirs[:, :1])


@pytest.mark.parametrize("cutoff", [0, 2, 16])
def test_one_level_with_a_memory_cutoff(cutoff):
    p, p_swap, w, coherence = 0.1, 0.5, 0.98, 40.0
    link = ebit.links.ideal(p_success=p, state=ebit.Werner(w))
    node = ebit.Node(ebit.Memory.depolarizing(coherence), ebit.BellMeasurement(p_swap))
    protocol = ebit.Nested("s", [ebit.CutOff("memory_time", cutoff)])
    options = {"end_nodes": "store", "pair_decay": "once"}
    run = ebit.sample(ebit.Chain([link] * 2, [node] * 3, protocol, **options), 400_000, rng=11)
    time, werner = waiting_times.one_swap_with_cutoff(p, p_swap, cutoff, w, coherence)
    assert_mean(run.waiting_time, time)
    assert_mean(run.correlations[:, 3, 3], werner)


def test_distillation_of_perfect_hardware():
    """DEJMPS and BBPSSW from their published success probability and fidelity, no waiting losses."""
    weights = np.array([0.7, 0.1, 0.15, 0.05])
    a, d, c, b = weights  # Phi+, Phi-, Psi+, Psi-
    p_dejmps = (a + b) ** 2 + (c + d) ** 2
    f = (1 + 3 * ebit.BellDiagonal(weights).twirled("werner").w) / 4
    p_bbpssw = f**2 + 2 * f * (1 - f) / 3 + 5 * (1 - f) ** 2 / 9
    expected = {
        "d": (p_dejmps, (a * a + b * b) / p_dejmps),
        "b": (p_bbpssw, (f * f + (1 - f) ** 2 / 9) / p_bbpssw),
    }
    link = ebit.links.ideal(p_success=1.0, state=ebit.BellDiagonal(weights))
    for word, (p, fidelity) in expected.items():
        run = ebit.sample(ebit.Chain([link], protocol=ebit.Nested(word), end_nodes="store"), 100_000, rng=1)
        np.testing.assert_allclose(run.fidelity, fidelity, rtol=1e-14)
        assert_mean(run.waiting_time, 1 / p)


def test_no_cutoff_is_a_far_one():
    free, _ = chain_of("ss", [FREE, FREE])
    for kind in ("memory_time", "run_time"):
        far, _ = chain_of("ss", [(kind, 1e9), (kind, 1e9)])
        a, b = (ebit.sample(chain, 3000, rng=2) for chain in (free, far))
        np.testing.assert_array_equal(a.waiting_time, b.waiting_time)
        np.testing.assert_array_equal(a.correlations, b.correlations)


def test_carried_and_summed_states_are_one():
    """A fidelity cut-off that never bites moves the chain to the path that carries states."""
    summed, _ = chain_of("sss", [FREE] * 3, rates=ONE_RATE)
    carried, _ = chain_of("sss", [("fidelity", 0.25), FREE, FREE], rates=ONE_RATE, p_replace=0.0)
    summed, _ = chain_of("sss", [FREE] * 3, rates=ONE_RATE, p_replace=0.0)
    a, b = (ebit.sample(chain, 50_000, rng=seed) for seed, chain in enumerate((summed, carried)))
    assert_same_mean(a.waiting_time, b.waiting_time)
    assert_same_mean(a.correlations, b.correlations)


def test_a_word_of_swaps_is_doubling():
    link = ebit.links.ideal(p_success=0.2, fidelity=0.9)
    nodes = [ebit.Node(ebit.Memory(t1=50.0, t2=30.0), ebit.BellMeasurement(0.5))] * 9
    runs = [
        ebit.sample(ebit.Chain([link] * 8, nodes, p), 3000, rng=1)
        for p in (ebit.Doubling(), ebit.Nested("sss"))
    ]
    np.testing.assert_array_equal(runs[0].waiting_time, runs[1].waiting_time)
    np.testing.assert_array_equal(runs[0].correlations, runs[1].correlations)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_threads_and_cuts_do_not_change_a_protocol(name):
    word, cutoffs, rates = PROTOCOLS[name]
    chain, _ = chain_of(word, cutoffs, rates)
    whole = ebit.sample(chain, 3000, rng=7, threads=2)
    tail = ebit.sample(chain, 1700, rng=7, first_shot=1300)
    np.testing.assert_array_equal(whole.waiting_time[1300:], tail.waiting_time)
    np.testing.assert_array_equal(whole.correlations[1300:], tail.correlations)


def test_protocols_are_values():
    chain, _ = chain_of("sbs", [("fidelity", 0.9), ("run_time", 14), FREE], ONE_RATE)
    assert ebit.Chain.from_parameters(chain.parameters) == chain


@pytest.mark.parametrize(
    ("kind", "value"),
    [("none", 0.0), ("memory_time", 0.0), ("run_time", 1e300), ("fidelity", 0.25), ("fidelity", 1)],
)
def test_cutoffs_at_the_ends_of_their_ranges(kind, value):
    assert ebit.CutOff(kind, value).value == value


def test_what_can_never_deliver_is_refused_or_stops():
    with pytest.raises(
        ValueError, match=r"^protocol\.cutoffs\.0\.value = 0\.125 .* least time a pair can take"
    ):
        chain_of("s", [("run_time", 0.5)])
    with pytest.raises(ValueError, match=r"^protocol\.cutoffs\.1\.value = 0\.125 is not allowed"):
        chain_of("ss", [FREE, ("run_time", 0.5)])
    with pytest.raises(ValueError, match=r"^protocol\.cutoffs\.0\.value = 0\.99 .* fidelity of a link"):
        chain_of("s", [("fidelity", 0.99)], ONE_RATE)
    # Two links of 0.925 make a pair of at most 0.86.
    chain, _ = chain_of("ss", [FREE, ("fidelity", 0.9)], ONE_RATE, p=1.0, p_swap=1.0)
    assert chain._sampler.block_shots > 0


HOSTILE = [
    (lambda: ebit.CutOff("memory", 1.0), ValueError, "kind"),
    (lambda: ebit.CutOff(3, 1.0), ValueError, "kind"),
    (lambda: ebit.CutOff("run_time", "long"), TypeError, "value"),
    (lambda: ebit.Nested("sx"), ValueError, "word"),
    (lambda: ebit.Nested(7), TypeError, "word"),
    (lambda: ebit.Nested("ss", [ebit.CutOff()]), ValueError, "cutoffs has 1"),
    (lambda: ebit.Nested("s", 3), TypeError, "cutoffs"),
    (lambda: ebit.Nested("s", [3.0]), TypeError, "cutoffs.0"),
    (
        lambda: ebit.Chain([ebit.links.ideal(0.5, fidelity=0.9)] * 3, protocol=ebit.Nested("ss")),
        ValueError,
        "links = 3",
    ),
    (
        lambda: ebit.Chain([ebit.links.ideal(0.5, fidelity=0.9)], protocol=ebit.Nested("s" * 90)),
        ValueError,
        "links = 1",
    ),
    (
        lambda: ebit.Chain([ebit.links.ideal(0.5, fidelity=0.9)], protocol=ebit.Nested("d")),
        ValueError,
        "end_nodes",
    ),
]


HOSTILE += [
    (
        lambda kind=kind, value=value: ebit.CutOff(kind, value),
        ValueError,
        rf"^value = {text} is not allowed: ",
    )
    for kind, values in {
        "none": {1.0: "1", -1.0: "-1", float("nan"): "nan", float("inf"): "inf"},
        "memory_time": {-1e-9: "-1e-09", float("nan"): "nan", float("inf"): "inf"},
        "run_time": {-1.0: "-1", float("nan"): "nan", float("inf"): "inf"},
        "fidelity": {0.24: "0.24", 1.5: "1.5", -0.5: "-0.5", float("nan"): "nan", float("inf"): "inf"},
    }.items()
    for value, text in values.items()
]
HOSTILE += [(lambda v=v: ebit.CutOff("run_time", v), TypeError, "value") for v in (None, True, ["1"], 1j)]


@pytest.mark.parametrize(("build", "error", "message"), HOSTILE)
def test_bad_protocols_are_refused(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_a_file_spells_a_protocol(tmp_path):
    path = tmp_path / "nested.toml"
    path.write_text("""
end_nodes = "store"
[[links]]
scheme = "ideal"
p_success = 0.5
fidelity = 0.95
repeat = 2
[protocol]
kind = "nested"
word = "sd"
cutoffs = [{ kind = "memory_time", value = 4.0 }, {}]
""")
    expected = ebit.Nested("sd", [ebit.CutOff("memory_time", 4.0), ebit.CutOff()])
    assert ebit.load(path).protocol == expected
    with pytest.raises(ValueError, match=r"protocol\.word"):
        ebit.load(path, ['protocol.word="sx"'])
    for change, message in [
        ('protocol.cutoffs.0.kind="age"', r"protocol\.cutoffs\.0"),
        ("protocol.cutoffs.0.value=-1.0", r"protocol\.cutoffs\.0\.value = -1 is not allowed"),
        ("protocol.cutoffs.0.value=nan", r"protocol\.cutoffs\.0\.value = nan is not allowed"),
        ("protocol.cutoffs.0={kind='run_time', value=0.5}", r": protocol\.cutoffs\.0\.value = 0\.5 is not"),
        ("protocol.cutoffs.1.value=3.0", r"protocol\.cutoffs\.1\.value = 3 is not allowed: it must be 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            ebit.load(path, [change])
