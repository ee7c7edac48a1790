"""Nested protocols of whole pair states twice: for the library, and for the twin `whole_pairs`."""

import numpy as np

import ebit

from . import whole_pairs as twin
from .delivered_pair import relaxation
from .examples import random_state

FREE = ("none", 0.0)
NOISE = ((0.02, 0.01), (0.05, 0.03), (0.01, 0.0), (0.03, 0.02), (0.04, 0.05))
MEMORIES = (
    relaxation(40.0, 30.0, 0.2),
    relaxation(50.0, 90.0, 0.7),
    relaxation(25.0, 40.0),
    (0.02, 0.03, 0.01, 0.0),
    relaxation(60.0, 20.0, 1.0),
)
UNITAL = tuple((*memory[:3], 0.0) for memory in MEMORIES)
STATES = tuple(random_state(k) for k in range(4))
DIAGONAL = tuple(np.diag([1.0, x, -y, z]) for x, y, z in ((0.9, 0.85, 0.94), (0.88, 0.9, 0.86)) * 2)
OPERATIONS = {"s": "swap", "d": "dejmps", "b": "bbpssw", "e": "epl"}


def memory_of(rates, slot):
    """The library's memory with these rates per slot."""
    x, y, z, equilibrium = np.array(rates) / (slot, slot, slot, 1.0)
    if equilibrium == 0.0:
        return ebit.Memory.pauli_rates(*(0.25 * np.array([y + z - x, x + z - y, x + y - z])))
    return ebit.Memory(t1=1 / z, t2=1 / x, excited_population=(1 - equilibrium) / 2)


def both(word, cutoffs, states=STATES, memories=MEMORIES, noise=NOISE, p=0.4, p_swap=0.7, **options):
    """The same chain for the library and for the twin; times in units of `slot`, and cut-offs too."""
    slot, times = options.pop("slot", 0.25), options.pop("attempt_time", (1.0,) * 4)
    n = 2 ** word.count("s")
    end_nodes = options.pop("end_nodes", "store")
    links = [
        ebit.links.ideal(p_success=p, attempt_time=slot * time, state=ebit.Pair(state))
        for time, state in zip(times[:n], states, strict=False)
    ]
    nodes = [
        ebit.Node(memory_of(memory, slot), ebit.BellMeasurement(p_swap, *bsm))
        for memory, bsm in zip(memories[: n + 1], noise, strict=False)
    ]
    in_seconds = [ebit.CutOff(k, v if k == "fidelity" else v * slot) for k, v in cutoffs]
    chain = ebit.Chain(links, nodes, ebit.Nested(word, in_seconds), end_nodes=end_nodes)
    rules = twin.Rules(
        levels=tuple((OPERATIONS[letter], *cutoff) for letter, cutoff in zip(word, cutoffs, strict=True)),
        p=(p,) * n,
        states=tuple(states[:n]),
        nodes=tuple(twin.Node(m, p_swap, b) for m, b in zip(memories[: n + 1], noise, strict=False)),
        attempt_time=tuple(times[:n]),
        end_nodes=end_nodes,
    )
    return chain, rules


PROTOCOLS = {
    "dejmps": ("d", [FREE], {}),
    "bbpssw": ("b", [("memory_time", 4)], {}),
    "epl": ("e", [FREE], {}),
    "epl, Bell-diagonal": ("e", [("run_time", 5)], {"states": DIAGONAL, "memories": UNITAL}),
    "swap, epl": ("se", [FREE, FREE], {}),
    "epl, swap": ("es", [("memory_time", 3), FREE], {"p": 0.6}),
    "distil twice": ("ed", [FREE, ("memory_time", 9)], {"p": 0.7}),
    "swap, distil, swap": ("sbs", [FREE, FREE, ("run_time", 60)], {"p": 0.7}),
    "fidelity": ("s", [("fidelity", 0.7)], {}),
    "fidelity, ends measure": ("s", [("fidelity", 0.72)], {"end_nodes": "measure"}),
    "two fidelities": ("ss", [("fidelity", 0.68), ("fidelity", 0.42)], {"p": 0.6}),
    "frames wait": ("ss", [FREE, ("fidelity", 0.3)], {"p": 0.3}),
    "frames distilled": ("ssd", [FREE, FREE, FREE], {"p": 0.8, "p_swap": 0.9}),
    "several rates": (
        "ss",
        [("fidelity", 0.84), ("fidelity", 0.5)],
        {"states": DIAGONAL, "memories": UNITAL, "p": 0.6},
    ),
    "several rates, distil": ("ds", [("fidelity", 0.8), FREE], {"states": DIAGONAL, "memories": UNITAL}),
    "unequal times": ("s", [("fidelity", 0.7)], {"attempt_time": (1.0, 0.37, 2.3, 0.81)}),
    "unequal times, epl": ("se", [("fidelity", 0.6), FREE], {"attempt_time": (1.0, 0.37, 2.3, 0.81)}),
}
