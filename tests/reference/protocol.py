"""Nested protocols with cut-offs and distillation, one attempt after another in plain Python.

Pairs are their diagonal correlations (1, xx, yy, zz). A distillation is its circuit, worked out on
four-qubit density matrices: a bilateral CNOT whose two gates are each followed by replacement of their
qubits with probability p_replace, readouts that may be wrong, and post-selection on equal results; it
is linear in either pair, so the circuit is run once for every pair of Paulis. Times are slots. Cut-offs
are those of Li, Coopmans and Elkouss, IEEE Trans. Quantum Eng. 2, 4103015 (2021).
"""

import functools

import numpy as np

PAULIS = [np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1.0, -1.0])]


def bell_diagonal(x, y, z):
    return np.array([1.0, x, y, z])


def density_matrix(pair):
    return sum(c * np.kron(p, p) for c, p in zip(pair, PAULIS, strict=True)) / 4


def correlations(rho):
    return np.array([np.real(np.trace(np.kron(p, p) @ rho)) for p in PAULIS])


def fidelity(pair):
    return float(pair @ [1, 1, -1, 1]) / 4


def stored(pair, rates, time):
    """Both qubits in memories where X, Y, Z errors happen at these rates, per slot."""
    rx, ry, rz = rates
    return pair * np.exp(-4 * time * np.array([0.0, ry + rz, rx + rz, rx + ry]))


def swapped(left, right, noise):
    """Averaged over outcomes, frame undone: diagonal correlations multiply (tested elsewhere)."""
    return np.array([1, 1, -1, 1]) * noise * left * right


def _embed(gate, qubits):
    """A gate on some of four qubits, order (a1, b1, a2, b2), most significant first."""
    k = len(qubits)
    order = list(qubits) + [q for q in range(4) if q not in qubits]
    full = np.kron(gate, np.eye(2 ** (4 - k))).reshape((2,) * 8)
    back = np.argsort(order)
    return full.transpose([*back, *(4 + back)]).reshape(16, 16)


CNOT = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])


def _noisy_cnot(rho, qubits, p_replace):
    gate = _embed(CNOT, qubits)
    rho = gate @ rho @ gate.conj().T
    replaced = sum(
        _embed(np.kron(p, q), qubits) @ rho @ _embed(np.kron(p, q), qubits).conj().T
        for p in PAULIS
        for q in PAULIS
    )
    return (1 - p_replace) * rho + p_replace * replaced / 16


def _rotation_x(angle):
    return np.cos(angle / 2) * np.eye(2) - 1j * np.sin(angle / 2) * PAULIS[1]


def werner(pair):
    w = (4 * fidelity(pair) / pair[0] - 1) / 3
    return pair[0] * bell_diagonal(w, -w, w)


def circuit(kind, kept, measured, p_replace, p_readout_error):
    """The kept pair's density matrix, not normalised, of two pairs' density matrices."""
    rho = np.kron(kept, measured)
    if kind == "dejmps":
        half = np.pi / 2
        for qubit, angle in ((0, half), (1, -half), (2, half), (3, -half)):
            turn = _embed(_rotation_x(angle), [qubit])
            rho = turn @ rho @ turn.conj().T
    rho = _noisy_cnot(rho, [0, 2], p_replace)
    rho = _noisy_cnot(rho, [1, 3], p_replace)
    m = 1 - p_readout_error
    agree = np.diag([m * m + (1 - m) ** 2, 2 * m * (1 - m), 2 * m * (1 - m), m * m + (1 - m) ** 2])
    kraus = np.kron(np.eye(4), np.sqrt(agree))
    return np.einsum("ikjk->ij", (kraus @ rho @ kraus).reshape(4, 4, 4, 4))


@functools.cache
def circuit_table(*arguments):
    """Correlations of what the circuit makes of the Paulis i of the kept and j of the measured pair."""
    unit = [density_matrix(row) for row in np.eye(4)]
    kind, *noise = arguments
    return np.array([[correlations(circuit(kind, a, b, *noise)) for b in unit] for a in unit])


def distilled(kind, kept, measured, p_replace, p_readout_error):
    """(success probability, kept pair)."""
    if kind == "bbpssw":
        kept, measured = werner(kept), werner(measured)
    out = np.einsum("i,j,ijk->k", kept, measured, circuit_table(kind, p_replace, p_readout_error))
    kept = out / out[0]
    return out[0], werner(kept) if kind == "bbpssw" else kept


def epl(kept, measured):
    """(success probability, kept density matrix) of the EPL protocol on two density matrices.

    A bilateral CNOT; the pair is kept if both readouts are 1 (E. T. Campbell, S. C. Benjamin, Phys. Rev.
    Lett. 101, 130502 (2008)).
    """
    rho = np.kron(kept, measured)
    for qubits in ([0, 2], [1, 3]):
        gate = _embed(CNOT, qubits)
        rho = gate @ rho @ gate.conj().T
    kept = rho.reshape(4, 4, 4, 4)[:, 3, :, 3]
    p = float(np.real(np.trace(kept)))
    return p, kept / p


class Rules:
    """word bottom-up of (operation, cut-off kind, value); hardware the same everywhere."""

    def __init__(self, levels, p, p_swap, link, rates, p_replace=0.0, p_readout_error=0.0):
        self.levels, self.p, self.p_swap, self.link, self.rates = levels, p, p_swap, link, rates
        self.p_replace, self.p_readout_error = p_replace, p_readout_error
        g, r = 1 - p_replace, 1 - 2 * p_readout_error
        self.noise = np.array([1.0, g * r, g * r * r, g * r])


def attempt(rules, level, rng):
    """(duration, link attempts, pair or None)."""
    operation, kind, value = rules.levels[level - 1]
    (ta, na, a), (tb, nb, b) = pair(rules, level - 1, rng), pair(rules, level - 1, rng)
    first, last, tries = min(ta, tb), max(ta, tb), na + nb
    early, late = (a, b) if ta < tb else (b, a)
    if kind == "memory_time" and last - first > value:
        return first + value, tries, None
    if kind == "run_time" and last > value:
        return value, tries, None
    if kind == "fidelity":
        good = [fidelity(state) >= value for state in (early, late)]
        if not good[0] or (ta == tb and not good[1]):
            return first, tries, None
        for slot in range(first + 1, last + 1):
            if fidelity(stored(early, rules.rates, slot - first)) < value:
                return slot - 1, tries, None
        if not good[1]:
            return last, tries, None
    early = stored(early, rules.rates, last - first)
    a, b = (early, late) if ta < tb else (late, early)
    if operation == "swap":
        return last, tries, swapped(a, b, rules.noise) if rng.random() < rules.p_swap else None
    p, kept = distilled(operation, a, b, rules.p_replace, rules.p_readout_error)
    return last, tries, kept if rng.random() < p else None


def pair(rules, level, rng):
    if level == 0:
        tries = int(rng.geometric(rules.p))
        return tries, tries, rules.link
    time = tries = 0
    while True:
        duration, made, state = attempt(rules, level, rng)
        time, tries = time + duration, tries + made
        if state is not None:
            return time, tries, state


def sample(rules, shots, seed):
    """Waiting times (slots), attempts, correlation diagonals (shots, 3)."""
    rng = np.random.default_rng(seed)
    rows = [pair(rules, len(rules.levels), rng) for _ in range(shots)]
    return np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), np.array([r[2][1:] for r in rows])
