"""A batch of a quantum network: 100,000 Bell pairs stored, swapped to 50,000 and distilled to 25,000.

Each pair has a storage time of its own, both qubits decay with t1 and t2 of their memories; swaps and the
round of DEJMPS have noisy gates and readouts, swap outcomes are drawn. Everything through the public API on
one thread. All peers get the same times and draw the same outcomes, and agree to 1e-12 before anything is
timed; what they need to draw them, a NumPy generator, is part of their time. The floor is what cannot be
left out in this form: the exponentials and the variates, by the same functions of the library.

Times are per stored pair. Counted per delivered pair: four links of four exponentials each (three where
equal factors are merged), 2 variates, about 60 multiplications and 40 additions in swaps and distillation;
32 bytes of times are read and 146 bytes of results written.
"""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from peers.network import Model

import ebit
from ebit import _core

MODEL = Model()
DELIVERED, LARGE = 25_000, 250_000
LEFT = ebit.Memory(t1=MODEL.t1_left, t2=MODEL.t2_left)
RIGHT = ebit.Memory(t1=MODEL.t1_right, t2=MODEL.t2_right)
NOISE = ebit.channels.two_qubit_depolarizing(p_replace=MODEL.p_replace)
SWAP = ebit.protocols.swap(gate_noise=NOISE, p_readout_error=MODEL.p_readout_error)
DEJMPS = ebit.protocols.dejmps(gate_noise=NOISE, p_readout_error=MODEL.p_readout_error)
KEY = 7


@ebit.pipeline
def network(pair, first, second, third, fourth):
    """Two swaps of stored pairs and a distillation."""

    def link(time):
        stored = pair.copy()
        stored.decay(time, LEFT, 0)
        stored.decay(time, RIGHT, 1)
        return stored

    a, b = SWAP.sample(link(first), link(second)), SWAP.sample(link(third), link(fourth))
    return DEJMPS(a.state, b.state), a.outcome, b.outcome


def times(size: int) -> np.ndarray:
    return np.random.default_rng(3).uniform(0.0, 0.1, size=(4, size))


def bell_pair() -> ebit.DensityMatrix:
    return ebit.DensityMatrix.from_pair(ebit.Werner(1.0))


def variates(size: int) -> np.ndarray:
    """Return what our sampling steps draw with."""
    blocks = range(-(-size // 1024))
    keys = _core.derived_keys(KEY, 2).tolist()
    steps = [np.concatenate([_core.Stream(k, block, 0).uniform(1024) for block in blocks]) for k in keys]
    return np.array(steps)[:, :size]


def numpy_network(stored, drawn, *, as_matrices: bool):
    peer = importlib.import_module("peers.numpy_network")
    return peer.network(stored, drawn, MODEL, peer.dense(SWAP), peer.dense(DEJMPS), as_matrices)


def numba_network(name: str):
    return lambda stored, drawn: getattr(importlib.import_module("peers.numba_network"), name)(
        stored, drawn, *MODEL
    )


def loop(module: str):
    return lambda stored, drawn: importlib.import_module(f"peers.{module}").network(stored, drawn, MODEL)


# Peer: the package it needs, what it computes, delivered pairs per timed call.
PEERS = {
    "NumPy, bilinear maps": ("numpy", lambda *given: numpy_network(*given, as_matrices=False), DELIVERED),
    "NumPy, 4 x 4 matrices": ("numpy", lambda *given: numpy_network(*given, as_matrices=True), DELIVERED),
    "numba, gate by gate": ("numba", loop("numba_gates_network"), 2500),
    "numba, expert": ("numba", numba_network("general"), DELIVERED),
    "numba, expert, X states": ("numba", numba_network("x_states"), DELIVERED),
    "numba, expert, X states, own exp": ("numba", numba_network("x_states_own_exp"), DELIVERED),
    "qulacs": ("qulacs", loop("qulacs_network"), 100),
}


@pytest.fixture(params=PEERS, name="peer")
def _peer(request, benchmark):
    benchmark.group = f"network batch, beside {request.param}"
    return PEERS[request.param]


def bench_ebit(benchmark, peer) -> None:
    pair, stored = bell_pair(), times(DELIVERED)
    benchmark.extra_info["pairs"] = 4 * DELIVERED
    benchmark.pedantic(lambda: network(pair, *stored, rng=KEY, threads=1), rounds=200, warmup_rounds=10)


def bench_peer(benchmark, peer) -> None:
    package, run, size = peer
    pytest.importorskip(package, reason=f"{package} is not installed (pip install {package})")
    stored = times(size)
    (kept, probability), *outcomes = network(bell_pair(), *stored, rng=KEY)
    coefficients, p, m = run(stored, variates(size))
    np.testing.assert_array_equal(m, outcomes)
    np.testing.assert_allclose(coefficients, kept.coefficients, rtol=0, atol=1e-12)
    np.testing.assert_allclose(p, probability, rtol=0, atol=1e-12)
    benchmark.extra_info["pairs"] = 4 * size
    draw = np.random.default_rng(1).random
    rounds = 50 if package == "numba" and size == DELIVERED else 3
    benchmark.pedantic(lambda: run(stored, draw((2, size))), rounds=rounds, warmup_rounds=1)


@pytest.mark.parametrize("peer", PEERS, indirect=True)
def bench_floor(benchmark, peer) -> None:
    """Four exponentials for each pair, a variate for each swap."""
    stored = times(DELIVERED)
    streams = [_core.Stream(key, 0, 0) for key in _core.derived_keys(KEY, 2).tolist()]

    def floor() -> None:
        for column in stored:
            for _ in range(4):
                _core.exp_negative(column)
        for stream in streams:
            stream.uniform(DELIVERED)

    benchmark.extra_info["pairs"] = 4 * DELIVERED
    benchmark.pedantic(floor, rounds=200, warmup_rounds=10)


@pytest.mark.parametrize("threads", [1, 2])
def bench_threads(benchmark, threads: int) -> None:
    benchmark.group = "network batch, a million pairs"
    pair, stored = bell_pair(), times(LARGE)
    benchmark.extra_info["pairs"] = 4 * LARGE
    benchmark.pedantic(lambda: network(pair, *stored, rng=KEY, threads=threads), rounds=20, warmup_rounds=2)
