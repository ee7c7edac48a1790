"""Nested protocols with cut-offs and distillation, one attempt after another in plain Python.

Pairs are their diagonal correlations (1, xx, yy, zz). A distillation is its circuit, worked out on
four-qubit density matrices: a bilateral CNOT whose two gates are each followed by replacement of their
qubits with probability p_replace, readouts that may be wrong, and post-selection on equal results (EPL:
two ones); it is linear in either pair, so the circuit is run once for every pair of Paulis. Times are
slots. Cut-offs are those of Li, Coopmans and Elkouss, IEEE Trans. Quantum Eng. 2, 4103015 (2021).
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
    one = np.diag([p_readout_error, 1 - p_readout_error])  # effect of reading 1
    zero = np.eye(2) - one
    kept = np.kron(one, one) if kind == "epl" else np.kron(one, one) + np.kron(zero, zero)
    kraus = np.kron(np.eye(4), np.sqrt(kept))
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


def outcome(rules, level, ta, a, tb, b):
    """(duration, success probability, pair) of an attempt whose pairs come at these times."""
    operation, kind, value = rules.levels[level - 1]
    first, last = min(ta, tb), max(ta, tb)
    early, late = (a, b) if ta < tb else (b, a)
    if kind == "memory_time" and last - first > value:
        return first + value, 0.0, None
    if kind == "run_time" and last > value:
        return value, 0.0, None
    if kind == "fidelity":
        good = [fidelity(state) >= value for state in (early, late)]
        if not good[0] or (ta == tb and not good[1]):
            return first, 0.0, None
        for slot in range(first + 1, last + 1):
            if fidelity(stored(early, rules.rates, slot - first)) < value:
                return slot - 1, 0.0, None
        if not good[1]:
            return last, 0.0, None
    early = stored(early, rules.rates, last - first)
    a, b = (early, late) if ta < tb else (late, early)
    if operation == "swap":
        return last, rules.p_swap, swapped(a, b, rules.noise)
    return last, *distilled(operation, a, b, rules.p_replace, rules.p_readout_error)


def attempt(rules, level, rng):
    """(duration, link attempts, pair or None)."""
    (ta, na, a), (tb, nb, b) = pair(rules, level - 1, rng), pair(rules, level - 1, rng)
    duration, p, state = outcome(rules, level, ta, a, tb, b)
    return duration, na + nb, state if p > 0.0 and rng.random() < p else None


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


def law(rules, level, size):
    """E[pair; T = t] for t < size, shape (size, 4), by enumeration: T_t = S_t + sum_s B_s T_(t-s).

    Exact, but for times from `size` on, while pairs that come at one time need no more than their mean:
    without fidelity cut-offs above the first level.
    """
    if level == 0:
        times = np.arange(size)
        weights = np.where(times > 0, rules.p * (1 - rules.p) ** (times - 1.0), 0.0)
        return weights[:, None] * rules.link
    success, failure, _ = attempt_law(rules, level, size)
    whole = success.copy()
    for t in range(size):
        whole[t] += failure[1 : t + 1] @ whole[:t][::-1]
    return whole


def attempt_law(rules, level, size):
    """E[pair; success at t], P(failure at t), and the mean number of link attempts of one attempt."""
    below = law(rules, level - 1, size)
    tries = 2 * mean_attempts(rules, level - 1, size)
    success, failure = np.zeros((size, 4)), np.zeros(size)
    for ta in range(1, size):
        for tb in range(1, size):
            weight = below[ta, 0] * below[tb, 0]
            if weight < 1e-18:
                continue
            a, b = below[ta] / below[ta, 0], below[tb] / below[tb, 0]
            duration, p, state = outcome(rules, level, ta, a, tb, b)
            if p > 0.0:
                success[duration] += weight * p * state
            failure[duration] += weight * (1 - p)
    return success, failure, tries


def mean_attempts(rules, level, size):
    """Mean number of link attempts of a pair."""
    if level == 0:
        return 1 / rules.p
    success, _, tries = attempt_law(rules, level, size)
    return tries / success[:, 0].sum()
