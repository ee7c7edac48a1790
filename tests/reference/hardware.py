"""The same chain twice: as the library's objects and as the numbers that the twins take."""

from dataclasses import dataclass

import numpy as np

import ebit

from .delivered_pair import relaxation
from .examples import STATES
from .pauli_terms import bell_measurement_factors

# One memory per node, as (model, parameters): both memories of a node are alike.
NODE_MEMORIES = [
    ("relaxation", (8.0, 6.0, 0.2)),
    ("relaxation", (10.0, 20.0, 0.7)),
    ("relaxation", (5.0, 8.0, 1.0)),
    ("pauli_rates", (0.01, 0.02, 0.005)),
    ("depolarizing", (25.0,)),
]
UNITAL_MEMORIES = [
    ("pauli_rates", (0.01, 0.02, 0.005)),
    ("depolarizing", (25.0,)),
    ("relaxation", (np.inf, 15.0)),
    ("pauli_rates", (0.0, 0.01, 0.03)),
    ("depolarizing", (40.0,)),
]
NODE_BSM = [(1.0, 0.0, 0.0), (0.7, 0.05, 0.02), (0.5, 0.1, 0.0), (0.8, 0.0, 0.03), (1.0, 0.0, 0.0)]
P = (0.4, 0.6, 0.5, 0.7)


def library_memory(model, parameters):
    if model == "relaxation":
        return ebit.Memory(*parameters)
    return getattr(ebit.Memory, model)(*parameters)


def twin_memory(model, parameters):
    """(rate_x, rate_y, rate_z, equilibrium_z)."""
    if model == "relaxation":
        return relaxation(*parameters)
    if model == "depolarizing":
        return (1 / parameters[0],) * 3 + (0.0,)
    x, y, z = parameters
    return 2 * (y + z), 2 * (x + z), 2 * (x + y), 0.0


@dataclass(frozen=True)
class Hardware:
    """n links and n + 1 nodes; swaps always succeed if `certain`."""

    p: tuple
    attempt_time: tuple = (1.0,) * 4
    certain: bool = False
    states: tuple = tuple(STATES)
    memories: tuple = tuple(NODE_MEMORIES)
    bsm: tuple = tuple(NODE_BSM)

    @property
    def n(self):
        return len(self.p)

    @property
    def p_swap(self):
        """Per node; the ends never swap."""
        if self.certain:
            return (1.0,) * (self.n + 1)
        return tuple(b[0] for b in (*self.bsm[: self.n], (1.0,)))

    @property
    def link_states(self):
        return self.states[: self.n]

    @property
    def twin_memories(self):
        """2n memories: those of node k and of node k + 1 for link k."""
        nodes = [twin_memory(*memory) for memory in self.memories[: self.n + 1]]
        return [nodes[k + side] for k in range(self.n) for side in (0, 1)]

    @property
    def twin_bsm(self):
        return [b[1:] for b in self.bsm[1 : self.n]]

    @property
    def noise(self):
        return [bell_measurement_factors(*b) for b in self.twin_bsm]

    def chain(self, protocol=None, **options):
        """The library's chain."""
        links = [
            ebit.links.ideal(p, attempt_time=time, state=ebit.Pair(state))
            for p, time, state in zip(self.p, self.attempt_time, self.states, strict=False)
        ]
        nodes = [
            ebit.Node(
                memory=library_memory(*memory),
                bsm=ebit.BellMeasurement(p_success=ps, p_replace=b[1], p_readout_error=b[2]),
            )
            for memory, b, ps in zip(self.memories, self.bsm, self.p_swap, strict=False)
        ]
        return ebit.Chain(links=links, nodes=nodes, protocol=protocol or ebit.SwapAsap(), **options)


def bare_chain(p, p_swap=1.0, attempt_time=1.0, protocol=None):
    """Chain of perfect links and memories: for waiting times."""
    links = [ebit.links.ideal(x, attempt_time=attempt_time) for x in p]
    node = ebit.Node(bsm=ebit.BellMeasurement(p_success=p_swap))
    return ebit.Chain(links=links, nodes=[node] * (len(p) + 1), protocol=protocol or ebit.SwapAsap())
