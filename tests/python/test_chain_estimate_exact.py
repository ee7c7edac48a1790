"""Streaming estimates against exact figures, and their standard errors against the spread of runs."""

import math

import numpy as np
import pytest

import ebit
from reference import nested, pairs, slotted
from reference import waiting_times as wt
from reference.agreement import assert_mean
from reference.examples import PHI_PLUS
from reference.hardware import Hardware, P, bare_chain


def entropy(q):
    return -q * math.log2(q) - (1 - q) * math.log2(1 - q)


def exact_figures(mean_time, mean_attempts, pair):
    """All figures of a chain from E[T], E[attempts] and the mean correlations."""
    xx, yy, zz = pair[1, 1], pair[2, 2], pair[3, 3]
    qber_x, qber_y, qber_z = (1 - xx) / 2, (1 + yy) / 2, (1 - zz) / 2
    fraction = max(0.0, 1 - entropy(qber_x) - entropy(qber_z))
    return {
        "rate": 1 / mean_time,
        "waiting_time": mean_time,
        "attempts": mean_attempts,
        "fidelity": (1 + xx - yy + zz) / 4,
        "qber_x": qber_x,
        "qber_y": qber_y,
        "qber_z": qber_z,
        "secret_fraction": fraction,
        "secret_key_rate": fraction / mean_time,
        "distillable_entanglement": max(0.0, pairs.coherent_information(pairs.density_matrix(pair))),
    }


def good_hardware():
    """Two links good enough for key, with failing swaps and relaxing memories."""
    weights = np.array([0.97, 0.01, 0.015, 0.005])
    signs = np.array([[1, 1, -1, 1], [1, -1, 1, 1], [1, 1, 1, -1], [1, -1, -1, -1]])
    memories = (
        ("relaxation", (300.0, 200.0, 0.1)),
        ("relaxation", (150.0, 250.0, 0.0)),
        ("depolarizing", (400.0,)),
    )
    bsm = ((1.0, 0.0, 0.0), (0.6, 0.01, 0.003), (1.0, 0.0, 0.0))
    return Hardware((0.3, 0.2), states=(np.diag(weights @ signs),) * 2, memories=memories, bsm=bsm)


def good_figures(hardware):
    tree = (0, 1)
    pair = nested.mean_correlations(
        tree, hardware.p, hardware.p_swap, hardware.link_states, hardware.twin_memories, hardware.noise
    )
    time, _ = nested.moments(tree, hardware.p, hardware.p_swap)
    return exact_figures(time, nested.mean_attempts(tree, hardware.p, hardware.p_swap), pair), pair


@pytest.mark.parametrize("protocol", ["SwapAsap", "Doubling"])
def test_every_figure(protocol):
    hardware = good_hardware()
    exact, pair = good_figures(hardware)
    assert exact["secret_fraction"] > 0.3
    summary = ebit.estimate(hardware.chain(getattr(ebit, protocol)()), shots=200_000, rng=41)
    assert set(summary.figures) == set(exact)
    for name, figure in summary.figures.items():
        assert abs(figure.value - exact[name]) <= 5 * figure.standard_error, name
        assert 0 < figure.standard_error < 0.01 * abs(exact[name]) + 1e-4, name
    assert abs(summary.pair.correlations - pair).max() < 2e-3


def forgetful_hardware():
    """Perfect links, memories that lose coherence while they wait: long times are bad pairs."""
    return Hardware(
        (0.02, 0.02), certain=True, states=(PHI_PLUS,) * 2, memories=(("relaxation", (np.inf, 120.0)),) * 3
    )


@pytest.mark.parametrize("hardware", [good_hardware(), forgetful_hardware()], ids=["good", "forgetful"])
def test_standard_errors_are_the_spread_of_independent_runs(hardware):
    chain = hardware.chain(ebit.Doubling())
    exact, _ = good_figures(hardware)
    runs = [ebit.estimate(chain, shots=4000, rng=seed).figures for seed in range(400)]
    for name, value in exact.items():
        if runs[0][name].standard_error == 0.0:  # nothing varies: dephasing leaves zz alone
            assert all(figures[name].value == pytest.approx(value, abs=1e-12) for figures in runs)
            continue
        scores = [(figures[name].value - value) / figures[name].standard_error for figures in runs]
        assert_mean(np.square(scores), 1.0)


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
def test_slotted_chain(failed_swap):
    hardware = Hardware(P[:3])
    summary = ebit.estimate(hardware.chain(ebit.Slotted(failed_swap=failed_swap)), shots=100_000, rng=42)
    exact = slotted.SlottedChain(P[:3], hardware.p_swap, failed_swap=failed_swap)
    pair = slotted.mean_correlations(exact, hardware.link_states, hardware.twin_memories, hardware.noise)
    figures = exact_figures(slotted.moments(exact)[0], slotted.mean_attempts(exact), pair)
    for name in ("rate", "waiting_time", "attempts", "fidelity", "qber_x", "qber_y", "qber_z"):
        figure = summary.figures[name]
        assert abs(figure.value - figures[name]) <= 5 * figure.standard_error, name


def test_a_target_error_is_met_at_once_and_without_bias():
    """Stopping at a relative error: no sooner, no later than the next test, and the mean score is zero."""
    p, ps = 0.2, 0.5
    chain, exact = bare_chain([p, p], ps, protocol=ebit.Doubling()), (3 - 2 * p) / (p * (2 - p) * ps)
    targets = np.geomspace(0.001, 0.004, 60)  # 0.007 is met by the first test already
    ends = []
    for seed, target in enumerate(targets):
        run = list(ebit.chain.estimates(chain, rel_error=target, of="waiting_time", rng=seed))
        reached = [summary.standard_error <= target * summary.value for summary in run]
        assert reached == [summary.complete for summary in run] == [False] * (len(run) - 1) + [True]
        shots = np.array([summary.shots for summary in run])
        assert (shots[1:] <= 1.3 * shots[:-1]).all()  # a quarter more, rounded up to whole blocks
        ends.append(run[-1])
    assert len({summary.shots for summary in ends}) > 3
    scores = np.array([(summary.value - exact) / summary.standard_error for summary in ends])
    assert abs(scores.mean()) < 5 / math.sqrt(len(ends))
    assert_mean(scores**2, 1.0)


def test_quantiles_of_the_waiting_time():
    summary = ebit.estimate(bare_chain([1e-4]), shots=100_000, rng=43)
    for q in (0.05, 0.5, 0.95):
        figure = summary.waiting_time_quantile(q)
        assert (
            abs(figure.value - wt.link_quantile(1e-4, q)) <= 5 * figure.standard_error + 0.004 * figure.value
        )


def test_standard_errors_of_quantiles_are_the_spread_of_independent_runs():
    chain, runs = bare_chain([1e-4]), 400
    summaries = [ebit.estimate(chain, shots=4000, rng=seed) for seed in range(runs)]
    for q in (0.05, 0.5, 0.95):
        values, errors = np.array([summary.waiting_time_quantile(q) for summary in summaries]).T
        ratio = values.std(ddof=1) / math.sqrt(np.mean(errors**2))
        assert abs(ratio - 1) < 5 / math.sqrt(2 * (runs - 1)), q
