"""Lindblad evolution with complex matrices: the Liouvillian by Kronecker products, on vec(rho) by columns."""

from __future__ import annotations

import functools
import itertools

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from reference.channels import I, X, Y, Z

LOWERING = np.array([[0, 1], [0, 0]], dtype=complex)  # |0><1|
NAMED = {"lowering": LOWERING, "raising": LOWERING.T, "number": np.diag([0.0, 1.0])}
PAULI = {"I": I, "X": X, "Y": Y, "Z": Z}


def string(letters):
    """The operator of a Pauli string, or of a name."""
    if letters in NAMED:
        return NAMED[letters].astype(complex)
    out = np.eye(1)
    for letter in letters:
        out = np.kron(out, PAULI[letter])
    return out


def on(operator, qubits, num_qubits):
    """An operator on some of the qubits, matrix element by matrix element."""
    k = len(qubits)
    out = np.zeros((2**num_qubits, 2**num_qubits), dtype=complex)
    bits = [[i >> (num_qubits - 1 - q) & 1 for q in range(num_qubits)] for i in range(2**num_qubits)]
    for i, row in enumerate(bits):
        for j, column in enumerate(bits):
            if all(row[q] == column[q] for q in range(num_qubits) if q not in qubits):
                a = sum(row[q] << (k - 1 - place) for place, q in enumerate(qubits))
                b = sum(column[q] << (k - 1 - place) for place, q in enumerate(qubits))
                out[i, j] = operator[a, b]
    return out


def liouvillian(hamiltonian, jumps):
    """S with d vec(rho)/dt = S vec(rho), where vec stacks columns: vec(A rho B) = (B^T (x) A) vec(rho)."""
    one = np.eye(len(hamiltonian))
    out = -1j * (np.kron(one, hamiltonian) - np.kron(hamiltonian.T, one))
    for rate, jump in jumps:
        lost = jump.conj().T @ jump
        out = out + rate * (
            np.kron(jump.conj(), jump) - 0.5 * np.kron(one, lost) - 0.5 * np.kron(lost.T, one)
        )
    return out


def evolved(rho, hamiltonian, jumps, time):
    vector = expm(liouvillian(hamiltonian, jumps) * time) @ rho.reshape(-1, order="F")
    return vector.reshape(rho.shape, order="F")


def integrated(rho, hamiltonian, jumps, time):
    """The same by an integrator of ordinary differential equations, from the equation itself."""

    def slope(_, y):
        r = y.reshape(rho.shape)
        out = -1j * (hamiltonian @ r - r @ hamiltonian)
        for rate, jump in jumps:
            lost = jump.conj().T @ jump
            out = out + rate * (jump @ r @ jump.conj().T - 0.5 * (lost @ r + r @ lost))
        return out.reshape(-1)

    found = solve_ivp(
        slope, (0.0, time), rho.astype(complex).reshape(-1), method="DOP853", rtol=1e-11, atol=1e-13
    )
    return found.y[:, -1].reshape(rho.shape)


def random_parts(rng, num_qubits, num_jumps=3):
    """A random Hamiltonian and random jump operators with rates."""
    d = 2**num_qubits

    def matrix():
        return rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d))

    h = matrix()
    return h + h.conj().T, [(float(rng.uniform(0.1, 1.0)), matrix() / d) for _ in range(num_jumps)]


@functools.cache
def all_strings(num_qubits):
    """The operators of all Pauli strings, first qubit most significant."""
    letters = ["".join(s) for s in itertools.product("IXYZ", repeat=num_qubits)]
    return np.array([string(s) for s in letters])


def expectations(rho):
    """tr(P rho) of all Pauli strings."""
    return np.einsum("pij,ji->p", all_strings(len(rho).bit_length() - 1), rho).real
