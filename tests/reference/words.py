"""Nested protocols twice: for the library, and for the twin `reference.protocol`."""

import numpy as np

import ebit

from . import protocol as twin

SLOT = 0.25
STATE = (0.9, -0.86, 0.94)
OPERATIONS = {"s": "swap", "d": "dejmps", "b": "bbpssw", "e": "epl"}
ONE_RATE = (0.004, 0.004, 0.004)
DEPHASING = (0.0, 0.0, 0.01)
MIXED = (0.002, 0.001, 0.004)


def chain_of(word, cutoffs, rates=MIXED, p=0.3, p_swap=0.6, p_replace=0.02, p_readout_error=0.01):
    """The same protocol for the library and for the twin; cut-off times in slots."""
    in_seconds = [ebit.CutOff(kind, v if kind == "fidelity" else v * SLOT) for kind, v in cutoffs]
    links = 2 ** word.count("s")
    link = ebit.links.ideal(p_success=p, attempt_time=SLOT, state=np.diag([1, *STATE]))
    memory = ebit.Memory.pauli_rates(*(rate / SLOT for rate in rates))
    node = ebit.Node(memory, ebit.BellMeasurement(p_swap, p_replace, p_readout_error))
    protocol = ebit.Nested(word, in_seconds)
    chain = ebit.Chain([link] * links, [node] * (links + 1), protocol, end_nodes="store")
    levels = [(OPERATIONS[letter], *cutoff) for letter, cutoff in zip(word, cutoffs, strict=True)]
    state = twin.bell_diagonal(*STATE)
    return chain, twin.Rules(levels, p, p_swap, state, rates, p_replace, p_readout_error)


FREE = ("none", 0.0)
PROTOCOLS = {
    "memory": ("s", [("memory_time", 3)], MIXED),
    "run": ("s", [("run_time", 4)], MIXED),
    "fidelity, one rate": ("s", [("fidelity", 0.9)], ONE_RATE),
    "fidelity, dephasing": ("s", [("fidelity", 0.9)], DEPHASING),
    "fidelity, loose": ("ss", [("fidelity", 0.5), ("fidelity", 0.4)], DEPHASING),
    "dejmps": ("d", [FREE], MIXED),
    "bbpssw": ("b", [FREE], MIXED),
    "epl": ("e", [FREE], MIXED),
    "epl, swap": ("es", [("memory_time", 4), FREE], MIXED),
    "same slot": ("ss", [("memory_time", 0), ("memory_time", 5)], MIXED),
    "two fidelities": ("ss", [("fidelity", 0.9), ("fidelity", 0.75)], ONE_RATE),
    "a later pair too poor": ("ss", [FREE, ("fidelity", 0.8)], ONE_RATE),
    "distil, swap": ("ds", [("fidelity", 0.91), ("memory_time", 9)], ONE_RATE),
    "swap, distil, swap": ("sbs", [("fidelity", 0.9), ("run_time", 14), FREE], ONE_RATE),
    "swap, distil": ("sd", [FREE, ("memory_time", 6)], MIXED),
}
