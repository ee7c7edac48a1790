"""Nested doubling in ReQuSim: its world, sources, stations and events, a protocol of ours.

ReQuSim's own swap always succeeds, so that the protocol decides whether it did, and destroys the pair if
not. Sources skip the attempts that fail, as ReQuSim's examples do. States are density matrices; every
qubit depolarizes in the memory that holds it, those of the end stations too.
"""

from __future__ import annotations

import numpy as np
from requsim.events import EntanglementSwappingEvent
from requsim.libs import matrix
from requsim.noise import NoiseChannel
from requsim.quantum_objects import SchedulingSource, Station
from requsim.tools.noise_channels import w_noise_channel
from requsim.tools.protocol import Protocol
from requsim.world import World


class Doubling(Protocol):
    """Two neighbouring pairs of a level are swapped when both are there; a failure restarts both."""

    def __init__(self, world, links, p_swap, rng):
        super().__init__(world)
        self.links, self.p_swap, self.rng = links, p_swap, rng
        self.time, self.fidelity = [], []
        self.pairs, self.started = {}, 0.0

    def setup(self):
        """Start with nothing."""
        self.stations = self.world.world_objects["Station"]
        self.sources = self.world.world_objects["Source"]
        self.generate(0, self.links)

    def generate(self, first, last):
        """Let the segments between two stations make links."""
        for source in self.sources[first:last]:
            source.schedule_event()

    def check(self, message=None):
        """Look at the pair that the last event made."""
        pair = message["output_pair"]
        if message["event_type"] == "SourceEvent":
            first = self.sources.index(message["source"])
            self.stands(pair, first, first + 1)
            return
        first, last = (self.stations.index(qubit._info["station"]) for qubit in pair.qubits)
        if self.rng.random() < self.p_swap:
            self.stands(pair, first, last)
        else:
            self.destroy(pair)
            self.generate(first, last)

    def stands(self, pair, first, last):
        """Deliver the pair, or swap it with its sibling if that is there."""
        if last - first == self.links:
            self.deliver(pair)
            return
        width = last - first
        sibling = (first - width, first) if first // width % 2 else (last, last + width)
        if sibling not in self.pairs:
            self.pairs[first, last] = pair
            return
        left, right = sorted([(first, pair), (sibling[0], self.pairs.pop(sibling))], key=lambda x: x[0])
        now = self.world.event_queue.current_time
        swap = EntanglementSwappingEvent(now, [left[1], right[1]], self.stations[right[0]])
        self.world.event_queue.add_event(swap)

    def deliver(self, pair):
        """Write down the pair, and begin again."""
        pair.update_time()
        now = self.world.event_queue.current_time
        self.time.append(now - self.started)
        phi_plus = matrix.phiplus
        self.fidelity.append(float(np.real(matrix.H(phi_plus) @ pair.state @ phi_plus)[0, 0]))
        self.started = now
        self.destroy(pair)
        self.generate(0, self.links)

    def destroy(self, pair):
        """Free both qubits of a pair."""
        for qubit in list(pair.qubits):
            qubit.destroy()


def nested(shots, levels, p, p_swap, werner, coherence, seed):
    """Return waiting times and fidelities, shape (shots,)."""
    rng = np.random.default_rng(seed)
    phi_plus = matrix.phiplus
    link = werner * phi_plus @ matrix.H(phi_plus) + (1 - werner) * np.eye(4) / 4
    storage = NoiseChannel(1, lambda rho, t: w_noise_channel(rho, alpha=np.exp(-t / coherence)))
    world, links = World(), 2**levels
    stations = [Station(world, position=float(i), memory_noise=storage) for i in range(links + 1)]
    for k in range(links):
        SchedulingSource(
            world,
            float(k),
            stations[k : k + 2],
            time_distribution=lambda source: int(rng.geometric(p)),
            state_generation=lambda source: link,
        )
    protocol = Doubling(world, links, p_swap, rng)
    protocol.setup()
    while len(protocol.time) < shots:
        protocol.check(world.event_queue.resolve_next_event())
    return np.array(protocol.time), np.array(protocol.fidelity)
