"""Nested doubling in SimQN: its simulator, nodes, channels, memories and Werner pairs, a protocol of ours.

SimQN's own swap always succeeds, so that the protocol decides whether it did. A pair waits in the memory of
its left node, which decays it once, when it is read. Links are made as SimQN does, one photon after another
through a quantum channel that loses most of them; or, to be kind, as one event at the attempt that succeeds.
"""

from __future__ import annotations

import numpy as np
from qns.entity.memory.memory import QuantumMemory
from qns.entity.node.app import Application
from qns.entity.node.node import QNode
from qns.entity.qchannel.qchannel import QuantumChannel, RecvQubitPacket
from qns.models.epr import WernerStateEntanglement
from qns.simulator.event import Event
from qns.simulator.simulator import Simulator


class Segment(Application):
    """What the right node of a segment runs: it hears of the pairs that arrive."""

    def __init__(self, protocol, number, channel):
        super().__init__()
        self.protocol, self.number, self.channel = protocol, number, channel
        self.attempt = None
        self.add_handler(self.arrives, [RecvQubitPacket])

    def start(self):
        """Begin to make a link."""
        self.attempt_after(int(self.protocol.rng.geometric(self.protocol.p)) if self.protocol.skips else 1)

    def attempt_after(self, slots):
        """Schedule the next attempt."""
        simulator = self.protocol.simulator
        self.attempt = Attempt(simulator.tc + simulator.time(time_slot=slots), self)
        simulator.add_event(self.attempt)

    def send(self):
        """Send half a pair, which is lost most of the time, and try again in the next slot."""
        pair = WernerStateEntanglement(fidelity=self.protocol.fidelity_of_links)
        if self.protocol.skips:
            self.protocol.stands(pair, self.number, self.number + 1)
        else:
            self.attempt_after(1)
            self.channel.send(pair, self._node)

    def arrives(self, node, packet):
        """Hand a pair of this segment to the protocol."""
        if packet.qchannel is self.channel:
            self.attempt.cancel()
            self.protocol.stands(packet.qubit, self.number, self.number + 1)


class Attempt(Event):
    """An attempt of a segment."""

    def __init__(self, t, segment):
        super().__init__(t=t, by=segment)
        self.segment = segment

    def invoke(self):
        """Send."""
        self.segment.send()


class Doubling:
    """Two neighbouring pairs of a level are swapped when both are there; a failure restarts both."""

    def __init__(self, links, shots, p, p_swap, werner, coherence, skips, rng):
        self.links, self.shots, self.p, self.p_swap, self.skips, self.rng = (
            links,
            shots,
            p,
            p_swap,
            skips,
            rng,
        )
        self.fidelity_of_links = (1 + 3 * werner) / 4
        self.simulator = Simulator(0, 1e12, accuracy=1)
        self.nodes = [QNode(name=f"n{i}") for i in range(links + 1)]
        self.segments = []
        for k in range(links):
            channel = QuantumChannel(name=f"c{k}", bandwidth=0, drop_rate=1.0 - p)
            self.segments.append(Segment(self, k, channel))
            self.nodes[k + 1].add_apps(self.segments[k])
            for node in self.nodes[k : k + 2]:
                node.add_qchannel(channel)
        for node in self.nodes:
            node.add_memory(QuantumMemory(name=f"m-{node.name}", decoherence_rate=1.0 / coherence))
            node.install(self.simulator)
        self.pairs, self.started = {}, 0.0
        self.time, self.fidelity = [], []

    def generate(self, first, last):
        """Let the segments between two nodes make links."""
        for segment in self.segments[first:last]:
            segment.start()

    def stands(self, pair, first, last):
        """Deliver the pair, or swap it with its sibling if that is there."""
        if last - first == self.links:
            self.deliver(pair)
            return
        width = last - first
        sibling = (first - width, first) if first // width % 2 else (last, last + width)
        if sibling not in self.pairs:
            self.nodes[first].memories[0].write(pair)
            self.pairs[first, last] = pair
            return
        other = self.nodes[sibling[0]].memories[0].read(self.pairs.pop(sibling))
        first, last = min(first, sibling[0]), max(last, sibling[1])
        if self.rng.random() < self.p_swap:
            self.stands(pair.swapping(other), first, last)
        else:
            self.generate(first, last)

    def deliver(self, pair):
        """Write down the pair, and begin again."""
        now = self.simulator.tc.sec
        self.time.append(now - self.started)
        self.fidelity.append(pair.fidelity)
        self.started = now
        if len(self.time) < self.shots:
            self.generate(0, self.links)


def nested(shots, levels, p, p_swap, werner, coherence, seed, skips=False):
    """Return waiting times and fidelities, shape (shots,)."""
    rng = np.random.default_rng(seed)
    np.random.seed(seed)  # SimQN's channels use the global generator
    protocol = Doubling(2**levels, shots, p, p_swap, werner, coherence, skips, rng)
    protocol.generate(0, protocol.links)
    protocol.simulator.run()
    return np.array(protocol.time), np.array(protocol.fidelity)
