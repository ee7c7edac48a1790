"""Delivered pairs per second beside other simulators, on nested doubling of 4 links.

Each peer is used as its authors mean it, and our chain is set to its closest model: ReQuSim lets each
memory depolarize a density matrix, SimQN decays a waiting Werner pair once. The peers' swaps always
succeed, so that a protocol of ours on top of them decides whether one did. Waiting time and fidelity
agree within five standard errors before anything is timed.
"""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import ebit

P_SUCCESS, P_SWAP, WERNER, COHERENCE, LEVELS = 0.01, 0.5, 0.98, 400.0, 2

# Peer: distribution on PyPI, module of ours, decay of a pair, its options, pairs per timed call.
PEERS = {
    "requsim": ("requsim", "requsim_chain", "each", {}, 100),
    "simqn": ("qns", "simqn_chain", "once", {}, 50),
    "simqn, skipping failed attempts": ("qns", "simqn_chain", "once", {"skips": True}, 2000),
}
OURS = 1 << 18


def chain(pair_decay: str) -> ebit.Chain:
    node = ebit.Node(ebit.Memory.depolarizing(COHERENCE), ebit.BellMeasurement(P_SWAP))
    link = ebit.links.ideal(p_success=P_SUCCESS, state=ebit.Werner(WERNER))
    links = 2**LEVELS
    return ebit.Chain(
        [link] * links, [node] * (links + 1), ebit.Doubling(), end_nodes="store", pair_decay=pair_decay
    )


def check(ours: ebit.Summary, time: np.ndarray, fidelity: np.ndarray) -> None:
    for name, column in (("waiting_time", time), ("fidelity", fidelity)):
        figure = ours.figures[name]
        error = np.hypot(figure.standard_error, np.std(column) / np.sqrt(len(column)))
        assert abs(np.mean(column) - figure.value) < 5 * error, name


@pytest.fixture(params=PEERS, name="peer")
def _peer(request, benchmark):
    benchmark.group = f"nested doubling, 4 links, beside {request.param}"
    return PEERS[request.param]


def bench_ebit(benchmark, peer) -> None:
    one = chain(peer[2])
    benchmark.extra_info["pairs"] = OURS
    benchmark.pedantic(
        lambda: ebit.estimate(one, shots=OURS, rng=7, threads=1), rounds=15, iterations=1, warmup_rounds=1
    )


def bench_peer(benchmark, peer) -> None:
    package, module, pair_decay, options, pairs = peer
    pytest.importorskip(package, reason=f"{package} is not installed (pip install {package})")
    nested = importlib.import_module(f"peers.{module}").nested
    model = (LEVELS, P_SUCCESS, P_SWAP, WERNER, COHERENCE)
    check(ebit.estimate(chain(pair_decay), shots=OURS, rng=7), *nested(10 * pairs, *model, 1, **options))
    benchmark.extra_info["pairs"] = pairs
    benchmark.pedantic(lambda: nested(pairs, *model, 2, **options), rounds=3, iterations=1)
