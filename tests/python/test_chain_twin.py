"""Samples of the chain room against the plain-Python twins: what has no exact answer.

Both are Monte Carlo: means agree within five sigma of their difference. Products of waiting time,
attempts and state are compared too, so that the joint law is, not the margins alone.
"""

from functools import partial

import numpy as np
import pytest

import ebit
from reference import delivered_pair, event_chain, nested
from reference.agreement import assert_same_mean
from reference.examples import PHI_PLUS, random_state
from reference.hardware import NODE_BSM, NODE_MEMORIES, UNITAL_MEMORIES, Hardware

SHOTS, TWIN_SHOTS = 50_000, 1500
P = (0.4, 0.6, 0.5, 0.7)
TIMES = (1.0, 0.37, 2.3, 0.81)  # no common unit


def twin_rules(hardware, **options):
    return event_chain.Rules(hardware.p, hardware.p_swap, hardware.attempt_time[: hardware.n], **options)


def moments(time, attempts, correlations):
    """Per shot: T, T^2, attempts, attempts^2, T attempts, the state, the state times T."""
    time, attempts = np.asarray(time, float), np.asarray(attempts, float)
    state = np.asarray(correlations).reshape(-1, 16)
    numbers = np.stack([time, time**2, attempts, attempts**2, time * attempts], axis=1)
    return np.hstack([numbers, state, state**2, state * time[:, None]])


def assert_agree(hardware, run, shot, seed):
    time, attempts, storage = event_chain.sample(shot, TWIN_SHOTS, seed)
    pairs = delivered_pair.delivered(hardware.link_states, hardware.twin_memories, storage, hardware.twin_bsm)
    assert_same_mean(
        moments(run.waiting_time, run.attempts, run.correlations), moments(time, attempts, pairs)
    )
    fidelity = np.sum(PHI_PLUS * pairs, axis=(1, 2)) / 4
    assert_same_mean(run.fidelity, fidelity)


STORAGE = [
    ({"end_nodes": "measure"}, NODE_MEMORIES),
    ({"end_nodes": "store"}, NODE_MEMORIES),
    ({"end_nodes": "store", "pair_decay": "once"}, UNITAL_MEMORIES),
]


@pytest.mark.parametrize(("options", "memories"), STORAGE)
@pytest.mark.parametrize("failed_swap", ["simultaneous", "left_to_right"])
@pytest.mark.parametrize("hidden_segments", ["regenerate", "idle"])
def test_swap_asap_with_failures(options, memories, failed_swap, hidden_segments):
    hardware = Hardware(P, attempt_time=(2.5,) * 4, memories=tuple(memories))
    rules = {"failed_swap": failed_swap, "hidden_segments": hidden_segments}
    run = ebit.sample(hardware.chain(ebit.Slotted(**rules), **options), SHOTS, rng=31)
    shot = partial(event_chain.swap_asap_shot, twin_rules(hardware, **rules, **options))
    assert_agree(hardware, run, shot, 1)


@pytest.mark.parametrize(("options", "memories"), STORAGE)
@pytest.mark.parametrize("n", [2, 3, 4])
def test_doubling_with_failures_and_unequal_attempt_times(options, memories, n):
    hardware = Hardware(P[:n], attempt_time=TIMES, memories=tuple(memories))
    run = ebit.sample(hardware.chain(ebit.Doubling(), **options), SHOTS, rng=32)
    tree = nested.balanced_tree(range(n))
    shot = partial(event_chain.nested_shot, twin_rules(hardware, **options), tree)
    assert_agree(hardware, run, shot, 2)


@pytest.mark.parametrize(("options", "memories"), STORAGE)
@pytest.mark.parametrize("n", [1, 2, 4])
def test_deterministic_swap_asap_with_unequal_attempt_times(options, memories, n):
    hardware = Hardware(P[:n], attempt_time=TIMES, memories=tuple(memories), certain=True)
    run = ebit.sample(hardware.chain(**options), SHOTS, rng=33)
    shot = partial(event_chain.deterministic_shot, twin_rules(hardware, **options))
    assert_agree(hardware, run, shot, 3)


@pytest.mark.parametrize("protocol", ["swap_asap", "doubling"])
def test_seven_links(protocol):
    """More links than the exact Markov chains reach, an odd tree, every node different."""
    n = 7
    hardware = Hardware(
        (0.6, 0.9, 0.5, 0.8, 0.7, 0.6, 0.9),
        attempt_time=(1.0,) * n,
        states=tuple(random_state(k) for k in range(n)),
        memories=tuple(NODE_MEMORIES + NODE_MEMORIES[:3]),
        bsm=tuple((0.9 if b[0] == 1.0 else b[0], *b[1:]) for b in NODE_BSM[:4] + NODE_BSM[:4]),
    )
    if protocol == "doubling":
        run = ebit.sample(hardware.chain(ebit.Doubling(), end_nodes="store"), SHOTS, rng=34)
        tree = nested.balanced_tree(range(n))
        shot = partial(event_chain.nested_shot, twin_rules(hardware, end_nodes="store"), tree)
    else:
        run = ebit.sample(hardware.chain(end_nodes="store"), SHOTS, rng=35)
        shot = partial(event_chain.swap_asap_shot, twin_rules(hardware, end_nodes="store"))
    assert_agree(hardware, run, shot, 4)
