"""Distillable entanglement, time-tagged key, and the errors of all figures of telemetry."""

import numpy as np
import pytest

import ebit
from ebit.chain import figures
from ebit.state._spectral import hashing_bound, hashing_bound_gradient
from reference import pairs
from reference import waiting_times as wt
from reference.agreement import assert_mean
from reference.hardware import bare_chain

# ---- distillable entanglement ----


def figure_of(pair):
    """The distillable entanglement of a chain of one link that delivers `pair`."""
    chain = ebit.Chain([ebit.links.ideal(0.5, state=pair)])
    value, error = ebit.estimate(chain, 100, rng=1).figures["distillable_entanglement"]
    assert error == 0.0
    return value


@pytest.mark.parametrize("fidelity", [1.0, 0.95, 0.82, 0.81, 0.5])
def test_werner_pairs(fidelity):
    rest = (1 - fidelity) / 3
    expected = 1 - pairs.entropy([fidelity, rest, rest, rest])
    assert figure_of(ebit.Werner.from_fidelity(fidelity)) == pytest.approx(max(0.0, expected), abs=1e-12)
    assert (expected > 0) == (fidelity > 0.8107)


def test_bell_diagonal_pairs():
    weights = [0.9, 0.07, 0.02, 0.01]
    assert figure_of(ebit.BellDiagonal(weights)) == pytest.approx(1 - pairs.entropy(weights), abs=1e-12)


def nearly_phi_plus(seed, rank=4):
    return 0.9 * pairs.bell_projector(0) + 0.1 * pairs.random_state(np.random.default_rng(seed), rank)


@pytest.mark.parametrize("seed", range(5))
def test_full_pairs(seed):
    rho = nearly_phi_plus(seed)
    expected = pairs.coherent_information(rho)
    assert expected > 0.1
    assert figure_of(ebit.Pair(pairs.correlations(rho))) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_that_of_finite_differences(seed):
    c = np.stack([pairs.correlations(nearly_phi_plus(seed + 10 * k)) for k in range(3)])
    slope, step = hashing_bound_gradient(c), 1e-6
    for i in range(4):
        for j in range(4):
            if i + j > 0:  # the norm stays
                change = np.zeros((4, 4))
                change[i, j] = step
                difference = (hashing_bound(c + change) - hashing_bound(c - change)) / (2 * step)
                np.testing.assert_allclose(slope[:, i, j], difference, atol=1e-6)


def test_the_gradient_within_the_support_of_a_dephased_pair():
    """Two eigenvalues are zero and stay zero: 1 - h((1 - x) / 2) has the slope atanh(x) / ln 2."""
    for x in (0.2, 0.9):
        slope = hashing_bound_gradient(np.diag([1.0, x, -x, 1.0]))
        assert slope[1, 1] - slope[2, 2] == pytest.approx(np.arctanh(x) / np.log(2), rel=1e-12)
    assert np.isfinite(hashing_bound_gradient(np.diag([1.0, 1.0, -1.0, 1.0]))).all()
    product = np.outer([1.0, 0, 0, 1.0], [1.0, 0, 0, 1.0])
    assert np.isfinite(hashing_bound_gradient(product)).all()


# ---- time-tagged key ----


@pytest.mark.parametrize(("p", "t2"), [(0.1, 40.0), (0.3, 3.0)])
def test_the_tagged_key_of_two_links(p, t2):
    """E[max(0, r(lambda^D))] over the law of the storage time D, P(D = d) = 2 p q^d / (2 - p)."""
    w = 0.97
    node = ebit.Node(ebit.Memory(t2=t2))
    link = ebit.links.ideal(p, fidelity=(1 + 3 * w) / 4)
    summary = ebit.estimate(ebit.Chain([link] * 2, [node] * 3), 200_000, rng=20, telemetry=True)
    d = np.arange(2000)
    law = 2 * p / (2 - p) * (1 - p) ** d
    law[0] /= 2
    assert law.sum() == pytest.approx(1.0, abs=1e-12)
    fractions = [
        max(0.0, 1 - pairs.h((1 - w * w * np.exp(-x / t2)) / 2) - pairs.h((1 - w * w) / 2)) for x in d
    ]
    expected = float(law @ fractions)
    assert 0 < np.count_nonzero(fractions) < 200
    figure = summary.figures["tagged_secret_fraction"]
    assert abs(figure.value - expected) <= 5 * figure.standard_error
    assert 0 < figure.standard_error < 0.01 * expected
    rate = summary.figures["tagged_secret_key_rate"]
    assert abs(rate.value - expected / wt.parallel_mean([p, p])) <= 5 * rate.standard_error
    assert figure.value > summary.figures["secret_fraction"].value + 5 * figure.standard_error


def test_the_tagged_key_is_that_of_the_pairs():
    """Relaxing memories, a Bell measurement with errors: every shot's fraction, from its own state."""
    node = ebit.Node(ebit.Memory(t1=300.0, t2=200.0), ebit.BellMeasurement(0.7, p_replace=0.01))
    chain = ebit.Chain([ebit.links.ideal(0.3, fidelity=0.98)] * 3, [node] * 4, end_nodes="store")
    summary = ebit.estimate(chain, 3000, rng=21, telemetry=True)
    fractions = ebit.sample(chain, 3000, rng=21).pair.secret_fraction()
    value, error = summary.figures["tagged_secret_fraction"]
    assert value == pytest.approx(fractions.mean(), rel=1e-12)
    assert error == pytest.approx(fractions.std(ddof=1) / np.sqrt(3000), rel=1e-9)


def test_perfect_pairs_are_all_key():
    summary = ebit.estimate(bare_chain([0.1, 0.1]), 1000, rng=22, telemetry=True)
    assert summary.figures["tagged_secret_fraction"] == (1.0, 0.0)
    assert summary.figures["distillable_entanglement"].value == pytest.approx(1.0, abs=1e-12)


# ---- standard errors ----

GOOD = ebit.links.ideal(0.2, fidelity=0.97)
NODE = ebit.Node(ebit.Memory(t1=800.0, t2=300.0), ebit.BellMeasurement(0.6))
DISTILLING = ebit.Node(ebit.Memory.depolarizing(300.0), ebit.BellMeasurement(0.6))
CHAINS = {
    "slotted": ebit.Chain([GOOD] * 3, [NODE] * 4, end_nodes="store"),
    "distilling": ebit.Chain([GOOD] * 2, [DISTILLING] * 3, ebit.Nested("ds"), end_nodes="store"),
}
COVARIANCES = [
    ("waiting_time", "waiting_time"),
    ("waiting_time", "xx"),
    ("attempts", "fidelity"),
    ("swaps", "waiting_time"),
    ("storage_time", "fidelity"),
    ("zz", "zz"),
]


def assert_errors_are_the_spread(results):
    """The variance over independent runs is the mean square of their errors: within five sigma."""
    values, errors = np.array(results).T
    runs = len(values)
    assert (errors > 0).all()
    assert_mean((values - values.mean()) ** 2 * runs / (runs - 1) - errors**2, 0.0, slack=0.0)
    assert np.mean(errors**2) == pytest.approx(values.var(), rel=0.6)  # the test above has a grip


@pytest.mark.parametrize("name", CHAINS)
def test_standard_errors_are_the_spread_of_independent_runs(name):
    chain = CHAINS[name]
    summaries = [ebit.estimate(chain, 8192, rng=seed, telemetry=True) for seed in range(300)]
    for figure in ("distillable_entanglement", *figures.TELEMETRY_FIGURES):
        if figure != "distillation_success_rate" or name == "distilling":
            assert_errors_are_the_spread([summary.figures[figure] for summary in summaries])
    for node in range(len(chain) + 1):
        assert_errors_are_the_spread([summary.storage_time(node) for summary in summaries])
    for pair in COVARIANCES:
        assert_errors_are_the_spread([summary.covariance(*pair) for summary in summaries])


def test_the_covariance_of_a_storage_time_and_the_time():
    """Two equal links: D = |N - N'|, T = max: Cov by enumeration."""
    p, n = 0.3, np.arange(1, 200)
    law = p * (1 - p) ** (n - 1.0)
    joint = np.outer(law, law)
    distance, latest = abs(n[:, None] - n), np.maximum(n[:, None], n)
    mean_d, mean_t = (joint * distance).sum(), (joint * latest).sum()
    expected = (joint * distance * latest).sum() - mean_d * mean_t
    value, error = ebit.estimate(bare_chain([p, p]), 200_000, rng=23, telemetry=True).covariance(
        "storage_time", "waiting_time"
    )
    assert abs(value - expected) <= 5 * error
    assert error < 0.05 * expected


def test_covariances_without_telemetry():
    chain = CHAINS["slotted"]
    plain, full = (ebit.estimate(chain, 20_000, rng=24, telemetry=t) for t in (False, True))
    assert plain.covariance("waiting_time", "xx") == full.covariance("waiting_time", "xx")
    value, error = plain.covariance("waiting_time", "fidelity")
    assert value == pytest.approx(full.covariance("waiting_time", "fidelity").value, rel=1e-9)
    assert np.isnan(error)
    assert np.isnan(ebit.estimate(chain, 100, rng=24).covariance("attempts", "attempts").standard_error)


# ---- stopping, quantiles, batches ----


@pytest.mark.parametrize("of", ["distillable_entanglement", *figures.TELEMETRY_FIGURES])
def test_a_run_stops_at_a_target_error(of):
    summary = ebit.estimate(CHAINS["distilling"], rel_error=0.003, of=of, rng=25, telemetry=True)
    assert summary.complete
    assert summary.standard_error <= 0.003 * summary.value
    assert summary.shots < 10**6
    assert (summary.value, summary.standard_error) == summary.figures[of]


def test_swaps_that_never_fail_are_known_at_once():
    summary = ebit.estimate(
        bare_chain([0.1] * 3), rel_error=0.01, of="swap_success_rate", rng=26, telemetry=True, max_shots=10**5
    )
    assert summary.complete
    assert (summary.value, summary.standard_error) == (1.0, 0.0)


def test_what_was_never_tried_has_no_rate():
    summary = ebit.estimate(
        CHAINS["slotted"],
        rel_error=0.1,
        of="distillation_success_rate",
        telemetry=True,
        max_shots=5000,
        rng=1,
    )
    assert not summary.complete
    assert np.isnan(summary.value)


def test_quantiles_of_the_fidelity():
    """Two links in dephasing memories: F = (1 + lambda^D) / 2, the law of D as above."""
    p, t2 = 0.1, 40.0
    chain = ebit.Chain([ebit.links.ideal(p)] * 2, [ebit.Node(ebit.Memory(t2=t2))] * 3)
    summary = ebit.estimate(chain, 100_000, rng=27)
    fidelity = ebit.sample(chain, 100_000, rng=27).fidelity
    for q in (0.1, 0.5, 0.8):
        figure = summary.fidelity_quantile(q)
        assert abs(figure.value - np.quantile(fidelity, q)) <= 1.1e-3
    for q in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="q = "):
            summary.fidelity_quantile(q)


def test_figures_of_a_batch_are_those_of_its_members():
    """Means with leading axes: every figure and its error, as of every summary alone."""
    chains = [ebit.Chain([ebit.links.ideal(p, fidelity=0.97)] * 3, [NODE] * 4) for p in (0.2, 0.3, 0.5)]
    summaries = [ebit.estimate(chain, 2000, rng=28, telemetry=True) for chain in chains]
    members = [summary._means for summary in summaries]
    fields = ("values", "constant", "amplitude", "feature")
    batch = figures.Means(*(np.stack([getattr(m, name) for m in members]) for name in fields))
    covariances = np.stack([summary._covariances for summary in summaries])
    for name in (*figures.FIGURES, *figures.TELEMETRY_FIGURES):
        term = figures.figure_term(name, batch)
        errors = figures.standard_error(term, covariances, 2000)
        assert term.value.shape == errors.shape == (3,)
        expected = np.array([summary.figures[name] for summary in summaries])
        np.testing.assert_allclose(
            np.stack([term.value, errors], axis=-1), expected, rtol=1e-12, err_msg=name
        )
