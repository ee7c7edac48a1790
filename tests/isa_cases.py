"""Writes the arrays of every case to the file named as argument: python tests/isa_cases.py OUT.npz

tests/python/test_isa.py runs this once per instruction set and compares. An array of times, counts,
outcomes or random variates must be the same bits everywhere; a name that ends in `~` may differ by
1e-12. A new sampler adds its case here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import ebit
from ebit import _core
from reference.examples import random_state

Arrays = dict[str, npt.NDArray[np.generic]]


def streams() -> Arrays:
    """Every variate of the rng room."""
    stream = _core.Stream(2**63 + 5, 2**40 + 1, 3)
    weights = np.array([0.1, 0.0, 2.0, 0.7, 3.3])
    return {
        "words": stream.words(1001),
        "uniform": stream.uniform(1001),
        "bernoulli": stream.bernoulli(0.3, 1001),
        "categorical": stream.categorical(weights, 1001),
        **{f"geometric {p:g}": stream.geometric(p, 5000) for p in (1.0, 0.9, 0.1, 1e-4, 1e-9, 1e-12)},
    }


LINKS = [
    ebit.links.ideal(p_success=p, attempt_time=2e-4, fidelity=f)
    for p, f in ((0.3, 0.97), (0.01, 0.92), (0.6, 0.99), (0.07, 0.95))
]
RELAXING = ebit.Memory(t1=0.5, t2=0.1)
DEPHASING = ebit.Memory.pauli_rates(1.0, 2.0, 5.0)
CUTOFFS = [
    ebit.CutOff("memory_time", 0.01),
    ebit.CutOff("fidelity", 0.7),
    ebit.CutOff(),
    ebit.CutOff("run_time", 0.5),
]
# States of no symmetry, rounded because NumPy's products depend on the CPU; attempt times without a
# common unit.
UNLIKE = [
    ebit.links.ideal(p_success=p, attempt_time=t, state=ebit.Pair(random_state(k).round(6)))
    for k, (p, t) in enumerate(((0.3, 2e-4), (0.2, 3.1e-4), (0.6, 1.7e-4), (0.4, 2.3e-4)))
]
ROUGH = [ebit.CutOff("fidelity", 0.65), ebit.CutOff("fidelity", 0.4), ebit.CutOff(), ebit.CutOff()]


def sampler(
    protocol: ebit.SwapAsap | ebit.Slotted | ebit.Doubling | ebit.Nested,
    p_swap: float,
    memory: ebit.Memory,
    links: Sequence[ebit.ElementaryLink] = LINKS,
) -> Callable[[], Arrays]:
    """Return a case: samples and the streaming summary of a chain."""
    node = ebit.Node(memory, ebit.BellMeasurement(p_success=p_swap, p_replace=0.01, p_readout_error=0.002))
    chain = ebit.Chain(links, [node] * (len(links) + 1), protocol, end_nodes="store")

    def arrays() -> Arrays:
        run = ebit.sample(chain, shots=3000, rng=99, telemetry=True)
        summary = ebit.estimate(chain, shots=3000, rng=99, telemetry=True)
        counts, _ = summary.waiting_time_histogram()
        return {
            "waiting_time": run.waiting_time,
            "attempts": run.attempts,
            "histogram": counts,
            "operations": np.array([run.swaps, run.lost_swaps, run.distillations, run.lost_distillations]),
            "storage_time": run.storage_time,
            "correlations~": run.correlations,
            "figures~": np.array(list(summary.figures.values())),
        }

    return arrays


def measurements() -> Arrays:
    """Outcomes of every kind of measurement, and the states they leave."""
    bloch = np.array([[0.3, -0.2, 0.4], [0.1, 0.6, -0.3], [-0.5, 0.2, 0.2]])
    rows = np.ones(1)
    for vector in bloch:
        rows = np.kron(rows, [1.0, *vector])
    shrunk = np.linspace(0.1, 1.0, 1100)
    batch, single = ebit.DensityMatrix(3, batch=len(shrunk)), ebit.DensityMatrix(3)
    batch.coefficients[...] = rows[:, None] * shrunk
    batch.coefficients[0] = 1.0
    single.coefficients[...] = rows
    loss = ebit.instruments.heralded_erasure(np.linspace(0.0, 1.0, len(shrunk)))
    z = np.diag([1.0, -1.0])
    projectors = [[(np.eye(4) + sign * np.kron(z, z)) / 2] for sign in (1, -1)]
    parity = ebit.Instrument.from_kraus(dict(zip(("even", "odd"), projectors, strict=True)))
    povm = ebit.Povm([np.diag([0.5, 0.25, 0, 0.75]), np.diag([0.5, 0.75, 1, 0.25])])
    discarded, left = batch.measure_and_discard(povm, 1, 2, rng=6)
    return {
        "string": batch.measure("-XY", 0, 2, p_readout_error=shrunk, rng=1),
        "instrument": batch.measure(loss, 1, rng=2),
        "two-qubit instrument": batch.measure(parity, 2, 0, rng=3),
        "state": batch.coefficients.copy(),
        "bits": batch.measure_bits(0, 1, basis="YZ", p_readout_error=0.1, rng=4),
        "state after bits": batch.coefficients,
        "effects": discarded,
        "state after effects": left.coefficients,
        "distribution": single.bit_probabilities(basis="XZY", p_readout_error=0.02),
        "shots": single.sample_bits(3000, rng=5),
        "single": np.array([single.project("Z", 0, outcome=1), single.project("IYX", outcome=0)]),
        "single state": single.coefficients,
    }


def spectra() -> Arrays:
    """Singular values behind the figures of merit, also of pure states and of noise."""
    x = np.arange(1.0, 36.0)
    states = {}
    for n in (1, 2, 3):
        rows = np.sin(np.outer(np.arange(4**n) + 1.0, x)).round(6) / 8**n
        rows[0] = 1.0
        rows[1:, 0] = 0.0
        states[n] = rows
    pure = ebit.DensityMatrix.ghz(3, batch=35).coefficients
    return {
        **{f"eigenvalues {n}": _core.singular_values(rows) for n, rows in states.items()},
        **{f"overlaps {n}": _core.overlap_values(rows, rows[:, ::-1]) for n, rows in states.items()},
        "spin flip": _core.spin_flip_values(states[2]),
        "spins": _core.spin_values(states[2]),
        "pure": _core.overlap_values(pure, states[3]),
    }


def pool() -> Arrays:
    """Stored pairs: decay, gates, joins and measurements by slot."""
    states = ebit.StatePool(rng=9)
    memory = states.add_memory(RELAXING)
    pairs = ebit.DensityMatrix(2, batch=400)
    pairs.coefficients[...] = np.array([random_state(k).round(6).reshape(16) for k in range(400)]).T
    slots = states.store(pairs, np.linspace(0.0, 0.05, 400), memory, memory)
    states.apply(slots, 0.06, "CRX", np.linspace(0.0, 3.0, 400).round(3), 0, 1)
    joined, outcomes = states.sample_join(slots[:200], slots[200:], 0.07, ebit.protocols.dejmps())
    kept = joined[joined != -1]
    half = len(kept) // 2
    swapped = states.join(kept[:half], kept[half : 2 * half], 0.08, ebit.protocols.swap())
    bits = states.measure(swapped, 0.09, "XZ", 0, 1, p_readout_error=0.1)
    return {
        "outcomes": outcomes,
        "bits": bits,
        "fidelity": states.fidelity(swapped, 0.1),
        "states": states.state(swapped, 0.1).coefficients,
    }


def pipelines() -> Arrays:
    """Stored pairs swapped and distilled, outcomes drawn: of a Bell pair, and of states of no symmetry."""
    memory, damped = ebit.Memory(t1=0.5, t2=0.3, excited_population=0.1), ebit.Memory(t1=1.5, t2=0.6)
    noise = ebit.channels.two_qubit_depolarizing(p_replace=0.02)
    swap = ebit.protocols.swap(gate_noise=noise, p_readout_error=0.01)
    dejmps = ebit.protocols.dejmps(gate_noise=noise, p_readout_error=0.01)

    @ebit.pipeline
    def network(pair: Any, s: Any, t: Any, flag: Any) -> Any:
        a, b = pair.copy(), pair.copy()
        a.decay(s, memory, 0)
        a.decay(t, damped, 1)
        b.decay(t, memory, 0)
        b.apply("amplitude_damping", s, 1)
        b.apply("RX", t, 1)
        b.apply("H", 0, where=flag)
        drawn = swap.sample(a, b)
        drawn.state.apply("X", 1, where=drawn.outcome & 1)
        return drawn, dejmps(drawn.state, a)

    random, size = np.random.default_rng(4), 3001
    batch = ebit.DensityMatrix(2, size)
    batch.coefficients[1:] = random.uniform(-0.2, 0.2, size=(15, size)).round(6)
    s, t = random.uniform(0.0, 0.4, size=(2, size)).round(6)
    arrays: Arrays = {}
    for name, pair in (("Bell", ebit.Werner(1.0)), ("dense", batch)):
        drawn, kept = network(pair, s, t, np.arange(size) % 3 == 0, rng=6)
        arrays[f"{name}: outcome"] = drawn.outcome
        arrays[f"{name}: probability"] = drawn.probability
        arrays[f"{name}: swapped"] = drawn.state.coefficients
        arrays[f"{name}: distilled"] = kept.state.coefficients
        arrays[f"{name}: accepted"] = kept.probability
    return arrays


def density_matrices() -> Arrays:
    """Everything with a name on a batch, a parameter for each state, and on a single state; decays, masks."""
    rng = np.random.default_rng(5)
    batch, single = ebit.DensityMatrix(3, batch=300), ebit.DensityMatrix(4)
    for name in _core.operation_names():
        qubits, count = _core.operation_shape(name)
        own = [rng.random(300) * (3.0 if name.isupper() else 1.0 / 16.0) for _ in range(count)]
        if name == "memory_decay":
            own[2] = own[1] + own[1] ** 2
        places = rng.permutation(3)[:qubits].tolist()
        batch.apply(name, *own, *places)
        single.apply(name, *(float(values[0]) for values in own), *places)
        batch.decay(rng.random(300) * 0.01, RELAXING, 0, where=rng.random(300) < 0.5)
    return {"batch": batch.coefficients, "single": single.coefficients}


def programs() -> Arrays:
    """Merged operations on single states, in cache and beyond, and on batches."""
    rng = np.random.default_rng(6)
    results: Arrays = {}
    for n, batch in ((2, None), (3, None), (6, None), (9, None), (3, 9), (4, 700)):
        program = ebit.Program(n)
        for k in range(40):
            name = ("H", "T", "CX", "CRX", "CCX", "amplitude_damping", "two_qubit_depolarizing_error")[k % 7]
            qubits, count = _core.operation_shape(name)
            if qubits <= n:
                program.apply(name, *[0.3 / (k + 1)] * count, *rng.permutation(n)[:qubits].tolist())
        state = ebit.DensityMatrix(n, batch)
        state.coefficients[...] = rng.uniform(-1.0, 1.0, state.coefficients.shape)
        program(state)
        results[f"{n}, {batch}"] = state.coefficients
    return results


CASES: dict[str, Callable[[], Arrays]] = {
    "programs": programs,
    "rng": streams,
    "density matrices": density_matrices,
    "measurements": measurements,
    "spectra": spectra,
    "pool": pool,
    "pipelines": pipelines,
    "swap_asap": sampler(ebit.SwapAsap(), 1.0, RELAXING),
    "swap_asap, diagonal": sampler(ebit.SwapAsap(), 1.0, DEPHASING),
    "swap_asap, global cut-off": sampler(ebit.SwapAsap(global_cutoff=0.1), 1.0, RELAXING),
    "slotted": sampler(ebit.SwapAsap(), 0.6, RELAXING),
    "slotted, left to right": sampler(ebit.Slotted(failed_swap="left_to_right"), 0.6, DEPHASING),
    "slotted, by a policy and age": sampler(
        ebit.Slotted("outer_nodes_first", hidden_segments="idle", cutoff=[np.inf, *[25 * 2e-4] * 4]),
        0.6,
        RELAXING,
    ),
    "slotted, sequential": sampler(ebit.Slotted("sequential", generation="sequential"), 0.6, DEPHASING),
    "multiplexed": sampler(ebit.Slotted(memories=3, matching="random", cutoff=20 * 2e-4), 0.6, RELAXING),
    "multiplexed, doubling": sampler(ebit.Slotted(policy="doubling", memories=2), 0.6, DEPHASING),
    "doubling": sampler(ebit.Doubling(), 0.6, RELAXING),
    "doubling, diagonal": sampler(ebit.Doubling(), 0.6, DEPHASING),
    "nested": sampler(ebit.Nested("sdbs", CUTOFFS), 0.6, ebit.Memory.depolarizing(0.5)),
    "nested, several rates": sampler(ebit.Nested("sebs", CUTOFFS), 0.6, DEPHASING),
    "nested, relaxing": sampler(ebit.Nested("sdbs", CUTOFFS), 0.6, RELAXING),
    "nested, whole states": sampler(ebit.Nested("ssed", ROUGH), 0.6, ebit.Memory(0.02, 0.01, 0.1), UNLIKE),
}


def main(path: str) -> None:
    arrays = {f"{case}: {name}": array for case, make in CASES.items() for name, array in make().items()}
    np.savez(path, isa=np.array(_core.isa()), version=np.array(ebit.__version__), **arrays)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1])
