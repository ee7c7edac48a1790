"""Gate by gate in numba: complex density matrices of four qubits, as a simulator would do it."""

from __future__ import annotations

import numpy as np
from numba import njit

_SQRT_X = np.array([[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]])
_SQRT_X_DAG = _SQRT_X.conj().T.copy()


@njit(cache=True)
def _bit(index, qubit, num_qubits):
    return index >> (num_qubits - 1 - qubit) & 1


@njit(cache=True)
def _gate(rho, u, qubit, num_qubits):
    size, step = 1 << num_qubits, 1 << (num_qubits - 1 - qubit)
    for row in range(size):
        for c in range(size):
            if c & step == 0:
                a, b = rho[row, c], rho[row, c | step]
                rho[row, c] = a * np.conj(u[0, 0]) + b * np.conj(u[0, 1])
                rho[row, c | step] = a * np.conj(u[1, 0]) + b * np.conj(u[1, 1])
    for r in range(size):
        if r & step == 0:
            for c in range(size):
                a, b = rho[r, c], rho[r | step, c]
                rho[r, c] = u[0, 0] * a + u[0, 1] * b
                rho[r | step, c] = u[1, 0] * a + u[1, 1] * b


@njit(cache=True)
def _store(rho, t, t1, t2, qubit, num_qubits):
    size, step = 1 << num_qubits, 1 << (num_qubits - 1 - qubit)
    kept, coherence = np.exp(-t / t1), np.exp(-t / t2)
    for r in range(size):
        for c in range(size):
            if r & step == 0 and c & step == 0:
                rho[r, c] += (1.0 - kept) * rho[r | step, c | step]
                rho[r | step, c | step] *= kept
                rho[r, c | step] *= coherence
                rho[r | step, c] *= coherence


@njit(cache=True)
def _cnot(rho, control, target, num_qubits):
    size, c, t = 1 << num_qubits, 1 << (num_qubits - 1 - control), 1 << (num_qubits - 1 - target)
    for i in range(size):
        if i & c and i & t == 0:
            for j in range(size):
                rho[i, j], rho[i | t, j] = rho[i | t, j], rho[i, j]
    for j in range(size):
        if j & c and j & t == 0:
            for i in range(size):
                rho[i, j], rho[i, j | t] = rho[i, j | t], rho[i, j]


@njit(cache=True)
def _replace(rho, p, first, second, num_qubits):
    """Replaces two qubits by the maximally mixed state with probability p."""
    size, a, b = 1 << num_qubits, 1 << (num_qubits - 1 - first), 1 << (num_qubits - 1 - second)
    both = a | b
    for r in range(size):
        for c in range(size):
            if r & both == 0 and c & both == 0:
                trace = rho[r, c] + rho[r | a, c | a] + rho[r | b, c | b] + rho[r | both, c | both]
                for x in (0, a, b, both):
                    for y in (0, a, b, both):
                        rho[r | x, c | y] *= 1.0 - p
                    rho[r | x, c | x] += 0.25 * p * trace


@njit(cache=True)
def _joined(a, b, out):
    for i in range(4):
        for j in range(4):
            for k in range(4):
                for m in range(4):
                    out[4 * i + k, 4 * j + m] = a[i, j] * b[k, m]


@njit(cache=True)
def _read(rho, first, second, x, z, error, kept_first, kept_second, out):
    """Reports x and z for two qubits of four in the Z basis; the state of the others, not normalised."""
    out[:] = 0.0
    for r in range(16):
        for c in range(16):
            if _bit(r, first, 4) == _bit(c, first, 4) and _bit(r, second, 4) == _bit(c, second, 4):
                weight = error if _bit(r, first, 4) != z else 1.0 - error
                weight *= error if _bit(r, second, 4) != x else 1.0 - error
                i = 2 * _bit(r, kept_first, 4) + _bit(r, kept_second, 4)
                j = 2 * _bit(c, kept_first, 4) + _bit(c, kept_second, 4)
                out[i, j] += weight * rho[r, c]


@njit(cache=True)
def _trace(rho):
    return (rho[0, 0] + rho[1, 1] + rho[2, 2] + rho[3, 3]).real


@njit(cache=True)
def _swap(a, b, p_replace, error, u, four, branches, out):
    _joined(a, b, four)
    _cnot(four, 1, 2, 4)
    _replace(four, p_replace, 1, 2, 4)
    _gate(four, _H, 1, 4)
    p = np.empty(4)
    for m in range(4):
        _read(four, 1, 2, m >> 1, m & 1, error, 0, 3, branches[m])
        p[m] = _trace(branches[m])
    total, cumulative, m = p.sum(), 0.0, 3
    for k in range(3):
        cumulative += p[k]
        if u * total < cumulative:
            m = k
            break
    out[:] = branches[m] / p[m]
    if m >> 1:
        _gate(out, _X, 1, 2)
    if m & 1:
        _gate(out, _Z, 1, 2)
    return m


_H = np.array([[1.0, 1.0], [1.0, -1.0]]).astype(np.complex128) / np.sqrt(2.0)
_X = np.array([[0.0, 1.0], [1.0, 0.0]]).astype(np.complex128)
_Z = np.array([[1.0, 0.0], [0.0, -1.0]]).astype(np.complex128)


@njit(cache=True)
def _distil(a, b, p_replace, error, four, branch, out):
    _joined(a, b, four)
    for pair in (0, 2):
        _gate(four, _SQRT_X, pair, 4)
        _gate(four, _SQRT_X_DAG, pair + 1, 4)
    for place in range(2):
        _cnot(four, place, place + 2, 4)
        _replace(four, p_replace, place, place + 2, 4)
    out[:] = 0.0
    for bit in range(2):
        _read(four, 2, 3, bit, bit, error, 0, 1, branch)
        out += branch
    p = _trace(out)
    out /= p
    return p


@njit(cache=True)
def _coefficients(rho, paulis, out, k):
    for n in range(16):
        value = 0.0
        for i in range(4):
            for j in range(4):
                value += (paulis[n, i, j] * rho[j, i]).real
        out[n, k] = value


@njit(cache=True, nogil=True)
def _run(times, variates, t1a, t2a, t1b, t2b, p_replace, p_readout_error, paulis):
    size = times.shape[1]
    out, probability = np.empty((16, size)), np.empty(size)
    outcomes = np.empty((2, size), dtype=np.uint8)
    links = np.empty((2, 4, 4), dtype=np.complex128)
    pairs, final = np.empty_like(links), np.empty((4, 4), dtype=np.complex128)
    four, branches = np.empty((16, 16), dtype=np.complex128), np.empty((4, 4, 4), dtype=np.complex128)
    for k in range(size):
        for s in range(2):
            for side in range(2):
                rho, t = links[side], times[2 * s + side, k]
                rho[:] = 0.0
                rho[0, 0] = rho[0, 3] = rho[3, 0] = rho[3, 3] = 0.5
                _store(rho, t, t1a, t2a, 0, 2)
                _store(rho, t, t1b, t2b, 1, 2)
            outcomes[s, k] = _swap(
                links[0], links[1], p_replace, p_readout_error, variates[s, k], four, branches, pairs[s]
            )
        probability[k] = _distil(pairs[0], pairs[1], p_replace, p_readout_error, four, branches[0], final)
        _coefficients(final, paulis, out, k)
    return out, probability, outcomes


def network(times, variates, model):
    """Return coefficients, probabilities and outcomes."""
    one = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    return _run(times, variates, *model, np.array([np.kron(p, q) for p in one for q in one]))
