"""Nested protocols of pairs in any state and any memories, one attempt after another in plain Python.

A pair is what it is before its Pauli frame is undone: by swap outcome m = 2z + x (combined over all its
swaps), the correlations of its unnormalised state, shape (4, 4, 4). Storage acts on those, qubit by qubit.
A distillation undoes the frame of either pair with a Pauli on its right qubit, so does delivery; a
fidelity cut-off judges the average over the outcomes. Operations are worked out on density matrices, once
for every pair of Paulis. Times are in units; where all links take one unit they are slots.
"""

import functools
from dataclasses import dataclass

import numpy as np

from . import delivered_pair
from .protocol import CNOT, PAULIS, _embed, _rotation_x

PHI_PLUS = np.diag([1.0, 1.0, -1.0, 1.0])
UNITS = np.eye(16).reshape(16, 4, 4)


def undone(pair):
    """Correlations of the average over the outcomes."""
    branches = [
        delivered_pair.correlations(delivered_pair.undo(delivered_pair.density_matrix(branch), m >> 1, m & 1))
        for m, branch in enumerate(pair)
    ]
    return np.sum(branches, axis=0)


@functools.cache
def _frame_signs():
    """By outcome: what undoing it multiplies a column of correlations with."""
    return np.array([undone(np.eye(4)[m][:, None, None] * np.ones((4, 4)))[0] for m in range(4)])


def average(pair):
    return np.einsum("mij,mj->ij", pair, _frame_signs())


def framed(correlations):
    """A pair without a frame."""
    return np.stack([correlations, *np.zeros((3, 4, 4))])


def fidelity(correlations):
    return float(np.diag(correlations) @ [1, 1, -1, 1]) / 4


def transfer(memory, time):
    """Pauli transfer of (rate_x, rate_y, rate_z, equilibrium_z), along axes of times."""
    r = np.exp(-np.multiply.outer(time, [0.0, *memory[:3]]))[..., None] * np.eye(4)
    r[..., 3, 0] = memory[3] * (1 - r[..., 3, 3])
    return r


def stored(pair, memories, time):
    return transfer(memories[0], time) @ pair @ transfer(memories[1], time).T


@functools.cache
def swap_table(p_replace, p_readout_error):
    """Correlations (m, i) of the branches of a Bell measurement on Paulis i of one, j of the other pair."""
    unit = delivered_pair.density_matrix(UNITS)
    joint = np.einsum("pabij,qcdkl->pqabcdijkl", unit, unit).reshape(16, 16, 2, 4, 2, 2, 4, 2)
    branches = delivered_pair.measured_branches(joint, p_replace)
    read = delivered_pair.readout_probability
    table = np.zeros((4, 16, 16, 16))
    for m in range(4):
        for (z, x), branch in branches.items():
            p = read(m >> 1, z, p_readout_error) * read(m & 1, x, p_readout_error)
            table[m] += p * delivered_pair.correlations(branch).reshape(16, 16, 16)
    return table


def swapped(left, right, noise):
    outcomes = np.einsum(
        "kabc,ma,nb->kmnc", swap_table(*noise), left.reshape(4, 16), right.reshape(4, 16), optimize=True
    )
    pair = np.zeros((4, 16))
    for k in range(4):
        for m in range(4):
            for n in range(4):
                pair[k ^ m ^ n] += outcomes[k, m, n]
    return pair.reshape(4, 4, 4)


def _turned(rho, gate, qubits):
    gate = _embed(gate, qubits)
    return gate @ rho @ gate.conj().T


def _replaced(rho, qubits, p):
    """Qubits (order a1, b1, a2, b2) replaced by the mixed state with probability p."""
    return (1 - p) * rho + p * sum(_turned(rho, np.kron(a, b), qubits) for a in PAULIS for b in PAULIS) / 16


@functools.cache
def distillation_table(kind, left, right):
    """Correlations, by Paulis of the kept and of the measured pair; `left`, `right` as `Node.noise`.

    EPL works in the frame of Psi+, where its links are made: X on the right qubits of both pairs before,
    and on the kept one after.
    """
    unit = delivered_pair.density_matrix(UNITS).reshape(16, 4, 4)
    rho = np.einsum("pij,qkl->pqikjl", unit, unit).reshape(16, 16, 16, 16)
    if kind == "dejmps":
        for qubit, sign in enumerate((1, -1, 1, -1)):
            rho = _turned(rho, _rotation_x(sign * np.pi / 2), [qubit])
    if kind == "epl":
        rho = _turned(rho, np.kron(PAULIS[1], PAULIS[1]), [1, 3])
    rho = _replaced(_turned(rho, CNOT, [0, 2]), [0, 2], left[0])
    rho = _replaced(_turned(rho, CNOT, [1, 3]), [1, 3], right[0])
    one = [np.diag([node[1], 1 - node[1]]) for node in (left, right)]  # effect of reading 1
    kept = np.kron(*one)
    if kind != "epl":
        kept = kept + np.kron(*(np.eye(2) - effect for effect in one))
    rho = np.einsum("pqikjl,lk->pqij", rho.reshape(16, 16, 4, 4, 4, 4), kept)
    if kind == "epl":
        x = np.kron(np.eye(2), PAULIS[1])
        rho = x @ rho @ x
    return delivered_pair.correlations(rho.reshape(16, 16, 2, 2, 2, 2)).reshape(16, 16, 16)


def werner(pair):
    """The average of U (x) U* over all U; not normalised either."""
    w = (4 * fidelity(pair) - pair[0, 0]) / 3
    return np.diag([pair[0, 0], w, -w, w])


def distilled(kind, kept, measured, left, right):
    """(success probability, correlations of the kept pair) of two pairs without frames."""
    if kind == "bbpssw":
        kept, measured = werner(kept), werner(measured)
    table = distillation_table(kind, left, right)
    out = np.einsum("a,b,abc->c", kept.ravel(), measured.ravel(), table).reshape(4, 4)
    if kind == "bbpssw":
        out = werner(out)
    return out[0, 0], out / out[0, 0]


@dataclass(frozen=True)
class Node:
    memory: tuple = (0.0, 0.0, 0.0, 0.0)  # rates of X, Y, Z per unit of time, equilibrium
    p_swap: float = 1.0
    noise: tuple = (0.0, 0.0)  # p_replace, p_readout_error


@dataclass(frozen=True)
class Rules:
    levels: tuple  # bottom-up, of (operation, cut-off kind, value)
    p: tuple  # by link
    states: tuple
    nodes: tuple
    attempt_time: tuple
    end_nodes: str = "store"

    @property
    def whole(self):
        return set(self.attempt_time) == {1.0}


def stores(rules, node):
    return rules.end_nodes == "store" or 0 < node < len(rules.p)


def memories(rules, left, right):
    """Of a pair between two nodes."""
    free = (0.0, 0.0, 0.0, 0.0)
    return [rules.nodes[i].memory if stores(rules, i) else free for i in (left, right)]


def good_for(rules, pair, holders, value, end):
    """The first time, up to `end`, at which the pair is worse than `value`; infinite if there is none."""

    def margin(time):
        left, right = (transfer(memory, time) for memory in holders)
        whole = np.einsum(
            "...ia,mab,...jb,mj,ij->...", left, pair, right, _frame_signs(), PHI_PLUS, optimize=True
        )
        return whole / 4 - value

    times = np.linspace(0.0, end, 65)
    below = np.flatnonzero(margin(times) < 0)
    if not len(below):
        return np.inf
    low, high = times[max(below[0] - 1, 0)], times[below[0]]
    while high - low > 1e-13 * high:
        between = np.linspace(low, high, 17)
        first = max(np.flatnonzero(margin(between) < 0)[0], 1)
        low, high = between[first - 1], between[first]
    return np.floor(low) if rules.whole else low


def outcome(rules, level, ta, a, tb, b, ends):
    """(duration, success probability, pair) of an attempt whose pairs come at these times.

    `ends` are the nodes that hold pair a and pair b.
    """
    operation, kind, value = rules.levels[level - 1]
    first, last = min(ta, tb), max(ta, tb)
    early, late, held = (a, b, ends[0]) if ta < tb else (b, a, ends[1])
    holders = memories(rules, *held)
    if kind == "memory_time" and last - first > value:
        return first + value, 0.0, None
    if kind == "run_time" and last > value:
        return value, 0.0, None
    if kind == "fidelity":
        good = [fidelity(average(pair)) >= value for pair in (early, late)]
        if not good[0] or (ta == tb and not good[1]):
            return first, 0.0, None
        lasts = good_for(rules, early, holders, value, last - first)
        if first + lasts < last:
            return first + lasts, 0.0, None
        if not good[1]:
            return last, 0.0, None
    early = stored(early, holders, last - first)
    a, b = (early, late) if ta < tb else (late, early)
    (left, middle), (_, right) = ends
    if operation == "swap":
        return last, rules.nodes[middle].p_swap, swapped(a, b, rules.nodes[middle].noise)
    noise = rules.nodes[left].noise, rules.nodes[right].noise
    p, kept = distilled(operation, average(a), average(b), *noise)
    return last, p, framed(kept)


def pair(rules, level, first, rng):
    """(time, link attempts, pair, storage by node, nodes) from link `first` on."""
    if level == 0:
        tries = int(rng.geometric(rules.p[first]))
        storage = np.zeros(len(rules.nodes))
        made = framed(rules.states[first])
        return tries * rules.attempt_time[first], tries, made, storage, (first, first + 1)
    time, tries = 0.0, 0
    while True:
        ta, na, a, sa, held_a = pair(rules, level - 1, first, rng)
        swaps = rules.levels[level - 1][0] == "swap"
        tb, nb, b, sb, held_b = pair(rules, level - 1, held_a[1] if swaps else first, rng)
        duration, p, made = outcome(rules, level, ta, a, tb, b, (held_a, held_b))
        time, tries = time + duration, tries + na + nb
        if p > 0.0 and rng.random() < p:
            sa[[i for i in held_a if stores(rules, i)]] += max(tb - ta, 0.0)
            sb[[i for i in held_b if stores(rules, i)]] += max(ta - tb, 0.0)
            return time, tries, made, sa + sb if swaps else sa, (held_a[0], held_b[1])


def sample(rules, shots, seed):
    """Waiting times, attempts, correlations (shots, 4, 4), storage times by node."""
    rng = np.random.default_rng(seed)
    rows = [pair(rules, len(rules.levels), 0, rng) for _ in range(shots)]
    pairs = np.array([average(r[2]) for r in rows])
    return (
        np.array([r[0] for r in rows]),
        np.array([r[1] for r in rows]),
        pairs,
        np.array([r[3] for r in rows]),
    )
