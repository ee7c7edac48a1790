"""Measurements of density matrices with complex projectors, one state at a time."""

from __future__ import annotations

from functools import cache, reduce
from itertools import product

import numpy as np

from .channels import I, X, Y, Z

PAULIS = {"I": I, "X": X, "Y": Y, "Z": Z}


def operator(pauli):
    """The matrix of a Pauli string with an optional sign."""
    sign = -1.0 if pauli.startswith("-") else 1.0
    return sign * reduce(np.kron, [PAULIS[letter] for letter in pauli.lstrip("+-")], np.eye(1))


def strings(num_qubits):
    """All Pauli strings but the identity."""
    return ["".join(letters) for letters in product("IXYZ", repeat=num_qubits)][1:]


def embed(matrix, qubits, num_qubits):
    """A matrix on some qubits, in their order, as one on all: the rest stays as it is."""
    k = len(qubits)
    rest = [q for q in range(num_qubits) if q not in qubits]
    full = np.kron(matrix, np.eye(2 ** len(rest))).reshape((2,) * (2 * num_qubits))
    order = [*qubits, *rest]
    place = [order.index(q) for q in range(num_qubits)]
    assert k + len(rest) == num_qubits
    return full.transpose([*place, *(num_qubits + p for p in place)]).reshape((2**num_qubits,) * 2)


def random_rho(rng, num_qubits, rank=None):
    d = 2**num_qubits
    a = rng.normal(size=(d, rank or d)) + 1j * rng.normal(size=(d, rank or d))
    rho = a @ a.conj().T
    return rho / np.trace(rho)


@cache
def basis(num_qubits):
    """The matrices of all strings, in base-4 order."""
    return np.array([operator(pauli) for pauli in ["I" * num_qubits, *strings(num_qubits)]])


def coefficients(rho):
    """tr(P rho) of all strings."""
    return np.einsum("pij,ji->p", basis(len(rho).bit_length() - 1), rho).real


def projectors(pauli, qubits, num_qubits):
    """On the eigenvalues +1 and -1."""
    full = embed(operator(pauli), qubits, num_qubits)
    one = np.eye(len(full))
    return [(one + full) / 2, (one - full) / 2]


def bit_projector(bits, basis, qubits, num_qubits):
    """On one outcome of qubits that are measured one by one."""
    found = [projectors(b, [q], num_qubits)[bit] for bit, b, q in zip(bits, basis, qubits, strict=True)]
    return reduce(np.matmul, found)


def branch(kraus, rho):
    """Probability and state of an outcome with these Kraus operators on all qubits."""
    unnormalised = sum(k @ rho @ k.conj().T for k in kraus)
    probability = np.trace(unnormalised).real / np.trace(rho).real
    return probability, unnormalised / np.trace(unnormalised).real


def without(rho, qubits):
    """The partial trace over some qubits."""
    n = len(rho).bit_length() - 1
    tensor = rho.reshape((2,) * (2 * n))
    for q in sorted(qubits, reverse=True):
        tensor = np.trace(tensor, axis1=q, axis2=q + tensor.ndim // 2)
    d = 2 ** (n - len(qubits))
    return tensor.reshape(d, d)


def outcome_of(probabilities, u):
    """The number of running sums that are at most u."""
    return int((np.cumsum(probabilities)[:-1] <= u).sum())
