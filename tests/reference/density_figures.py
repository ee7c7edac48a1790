"""Density matrices of n qubits and their figures of merit: plain complex matrices, slow and obvious.

Qubit 0 is the left tensor factor.
"""

import functools
import itertools

import numpy as np
import scipy.linalg

PAULIS = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1.0 + 0j, -1.0]),
}


def kron(*factors):
    return functools.reduce(np.kron, factors, np.eye(1, dtype=complex))


def operator(text):
    """The matrix of a signed Pauli string."""
    sign = -1.0 if text.startswith("-") else 1.0
    return sign * kron(*(PAULIS[letter] for letter in text.lstrip("+-")))


def strings(n):
    return ["".join(letters) for letters in itertools.product("IXYZ", repeat=n)]


def coefficients(rho, n):
    return np.array([np.trace(operator(text) @ rho).real for text in strings(n)])


def random_state(rng, n, rank=None):
    d = 2**n
    a = rng.normal(size=(d, rank or d)) + 1j * rng.normal(size=(d, rank or d))
    rho = a @ a.conj().T
    return rho / np.trace(rho).real


def random_unitary(rng, d):
    q, r = np.linalg.qr(rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d)))
    return q * (np.diag(r) / np.abs(np.diag(r)))


def bits(index, n):
    return [index >> (n - 1 - qubit) & 1 for qubit in range(n)]


def index_of(values):
    return sum(bit << (len(values) - 1 - qubit) for qubit, bit in enumerate(values))


def little_endian(rho, n):
    """The same state with qubit 0 as the least significant bit."""
    d = 2**n
    turned = np.zeros_like(rho)
    for r, c in itertools.product(range(d), repeat=2):
        turned[index_of(bits(r, n)[::-1]), index_of(bits(c, n)[::-1])] = rho[r, c]
    return turned


def partial_transpose(rho, n, qubits):
    d = 2**n
    turned = np.zeros_like(rho)
    for r, c in itertools.product(range(d), repeat=2):
        row, column = bits(r, n), bits(c, n)
        for qubit in qubits:
            row[qubit], column[qubit] = column[qubit], row[qubit]
        turned[index_of(row), index_of(column)] = rho[r, c]
    return turned


def reduced(rho, n, qubits):
    d = 2 ** len(qubits)
    left = np.zeros((d, d), dtype=complex)
    others = [qubit for qubit in range(n) if qubit not in qubits]
    for r, c in itertools.product(range(2**n), repeat=2):
        row, column = bits(r, n), bits(c, n)
        if all(row[qubit] == column[qubit] for qubit in others):
            left[index_of([row[q] for q in qubits]), index_of([column[q] for q in qubits])] += rho[r, c]
    return left


def entropy(rho):
    p = np.linalg.eigvalsh(rho)
    p = p[p > 1e-14]
    return float(-(p * np.log2(p)).sum())


def negativity(rho, n, qubits):
    values = np.linalg.eigvalsh(partial_transpose(rho, n, qubits))
    return float(-values[values < 0].sum())


def trace_distance(rho, sigma):
    return float(0.5 * np.linalg.svd(rho - sigma, compute_uv=False).sum())


def fidelity(rho, sigma):
    root = scipy.linalg.sqrtm(rho)
    return float(np.trace(scipy.linalg.sqrtm(root @ sigma @ root)).real ** 2)


def relative_entropy(rho, sigma):
    log = scipy.linalg.logm(rho) - scipy.linalg.logm(sigma)
    return float(np.trace(rho @ log).real / np.log(2))


def observable(terms):
    return sum(value * operator(text) for text, value in terms.items())


def born(rho, setting):
    """Probabilities of the outcomes of measuring every qubit in its basis; bit 0 is the eigenvalue +1."""
    n = len(setting)
    probabilities = []
    for outcome in range(2**n):
        projectors = [
            0.5 * (PAULIS["I"] + (-1) ** bit * PAULIS[letter])
            for letter, bit in zip(setting, bits(outcome, n), strict=True)
        ]
        probabilities.append(np.trace(kron(*projectors) @ rho).real)
    return np.array(probabilities)
