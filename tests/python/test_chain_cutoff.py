"""Swap-asap with an age cut-off against the exact Markov chain, closed forms and published digits."""

import numpy as np
import pytest

import ebit
from reference import slotted
from reference.agreement import assert_mean

SHOTS = 200_000


def chain_of(n, p, p_swap, cutoff, **rules):
    link = ebit.links.ideal(p_success=p, attempt_time=0.5, fidelity=0.9)
    node = ebit.Node(ebit.Memory(t2=8.0), ebit.BellMeasurement(p_swap))
    return ebit.Chain([link] * n, [node] * (n + 1), ebit.Slotted(cutoff=0.5 * cutoff, **rules))


@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
@pytest.mark.parametrize(
    ("n", "p", "p_swap", "cutoff"), [(2, 0.3, 1.0, 0), (3, 0.5, 0.7, 2), (4, 0.6, 0.8, 1)]
)
def test_waiting_times_are_those_of_the_markov_chain(n, p, p_swap, cutoff, failed_swap, hidden_segments):
    rules = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    run = ebit.sample(chain_of(n, p, p_swap, cutoff, **rules), SHOTS, rng=41)
    exact = slotted.uniform(n, p, p_swap, cutoff=cutoff, **rules)
    mean, variance = slotted.moments(exact)
    slots = run.waiting_time / 0.5
    assert_mean(slots, mean)
    assert_mean((slots - mean) ** 2, variance)
    assert_mean(run.attempts, slotted.mean_attempts(exact))


@pytest.mark.parametrize(("p_swap", "published"), [(1.0, 1.38877031), (0.5, 9.34690422)])
def test_published_digits(p_swap, published):
    """Four segments, p = 0.9, cut-off 2 (A. G. Inesta et al., npj Quantum Information 9, 46 (2023))."""
    run = ebit.sample(chain_of(4, 0.9, p_swap, 2), 1_000_000, rng=5)
    assert_mean(run.waiting_time / 0.5, published)


def test_two_segments_in_closed_form():
    p = 0.3
    mean = (2 * p**3 - 6 * p**2 + 4 * p + 1) / (2 * p**4 - 6 * p**3 + 5 * p**2)
    run = ebit.sample(chain_of(2, p, 1.0, 2), SHOTS, rng=3)
    assert_mean(run.waiting_time / 0.5, mean)


@pytest.mark.parametrize("cutoff", [0, 1, 5])
def test_two_segments_are_one_level_with_a_memory_cutoff(cutoff):
    """Links are memoryless: a discarded link and an attempt that begins again are one."""
    chain = chain_of(2, 0.3, 0.6, cutoff)
    levels = ebit.Nested("s", [ebit.CutOff("memory_time", 0.5 * cutoff)])
    nested = ebit.estimate(ebit.Chain(chain.links, chain.nodes, levels), shots=SHOTS, rng=1).figures
    slots = ebit.estimate(chain, shots=SHOTS, rng=2).figures
    for name in ("waiting_time", "fidelity", "qber_x"):
        error = np.hypot(nested[name].standard_error, slots[name].standard_error)
        assert abs(nested[name].value - slots[name].value) <= 5 * error


@pytest.mark.parametrize("p_swap", [0.7, 1.0])
def test_a_far_cutoff_is_none(p_swap):
    far, none = (ebit.sample(chain_of(5, 0.3, p_swap, c), 3000, rng=9) for c in (1e7, np.inf))
    if p_swap < 1.0:
        np.testing.assert_array_equal(far.waiting_time, none.waiting_time)
        np.testing.assert_array_equal(far.correlations, none.correlations)
    else:  # another sampler draws
        assert (
            abs(far.waiting_time.mean() - none.waiting_time.mean())
            < 5 * 2 * none.waiting_time.std() / 3000**0.5
        )


def test_no_qubit_is_stored_longer_than_the_cutoff():
    """With t2 alone and one swap, the fidelity says how long the earlier link waited."""
    run = ebit.sample(chain_of(2, 0.1, 0.5, 3), 20_000, rng=1)
    x = run.correlations[:, 1, 1] / run.correlations[:, 1, 1].max()
    waited = np.round(-np.log(x) * 8.0 / 0.5)
    assert set(waited) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("bad", "error"), [(-1.0, ValueError), (float("nan"), ValueError), ("soon", TypeError)]
)
def test_bad_cutoffs_are_refused(bad, error):
    with pytest.raises(error, match="cutoff"):
        ebit.Chain([ebit.links.ideal(p_success=0.5, fidelity=0.9)], protocol=ebit.Slotted(cutoff=bad))
    links = [ebit.links.ideal(p_success=0.5, attempt_time=t, fidelity=0.9) for t in (1.0, 2.0)]
    with pytest.raises(ValueError, match="attempt_time must be equal"):
        ebit.Chain(links, protocol=ebit.Slotted(cutoff=3.0))
