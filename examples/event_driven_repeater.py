"""A repeater chain as a simulator of its own, event by event on a pool of states, beside the exact answer.

Every segment tries until it has a pair; a node that holds two swaps them. The simulator knows when things
happen, the pool what the states are by then.
"""

import heapq

import numpy as np

import ebit

SEGMENTS, P_SUCCESS, ATTEMPT_TIME, SHOTS = 4, 0.05, 1e-3, 3000

random = np.random.default_rng(7)
pool = ebit.StatePool(rng=7)
memory = pool.add_memory(ebit.Memory(t2=1.0))
swap = ebit.protocols.swap(
    gate_noise=ebit.channels.two_qubit_depolarizing(p_replace=0.01), p_readout_error=0.002
)
link = ebit.links.ideal(p_success=P_SUCCESS, attempt_time=ATTEMPT_TIME, fidelity=0.985)
herald = ebit.DensityMatrix.from_pair(ebit.Pair(link.state))


def memory_at(node: int) -> int:
    """End nodes measure at once: nothing decays there."""
    return memory if 0 < node < SEGMENTS else 0


def deliver() -> tuple[float, int]:
    """Return when the end nodes share a pair, and its slot."""
    events = [(ATTEMPT_TIME * random.geometric(P_SUCCESS), k) for k in range(SEGMENTS)]
    heapq.heapify(events)
    from_left: dict[int, tuple[int, int]] = {}  # left end: right end and slot, of pairs that wait
    from_right: dict[int, tuple[int, int]] = {}
    while True:
        time, left = heapq.heappop(events)
        right = left + 1
        slot = pool.store(herald, time, memory_at(left), memory_at(right))
        if left in from_right:
            left, other = from_right.pop(left)
            slot = pool.join(other, slot, time, swap)
        if right in from_left:
            right, other = from_left.pop(right)
            slot = pool.join(slot, other, time, swap)
        if (left, right) == (0, SEGMENTS):
            return time, slot
        from_left[left], from_right[right] = (right, slot), (left, slot)


times, states = [], np.zeros(16)
for _ in range(SHOTS):
    time, slot = deliver()
    times.append(time)
    states += pool.state(slot, time).coefficients / SHOTS
    pool.free(slot)
mean = ebit.Pair(states.reshape(4, 4))

node = ebit.Node(ebit.Memory(t2=1.0), ebit.BellMeasurement(p_replace=0.01, p_readout_error=0.002))
exact = ebit.exact.figures(ebit.Chain([link] * SEGMENTS, [node] * (SEGMENTS + 1)))

rate = 1 / np.mean(times)
for name, value in (
    ("rate", rate),
    ("fidelity", mean.fidelity()),
    ("secret key rate", rate * mean.secret_fraction()),
):
    print(f"{name:16} {value:9.4f}, exactly {exact[name.replace(' ', '_')]:9.4f}")
