"""Asymmetric states and channels, from matrices that are written out qubit by qubit."""

from __future__ import annotations

from itertools import product

import numpy as np

import ebit
from reference.channels import I, X, Y, Z, random_kraus, random_rho

PAULIS = {"I": I, "X": X, "Y": Y, "Z": Z}


def kron(*factors):
    result = np.eye(1)
    for factor in factors:
        result = np.kron(result, factor)
    return result


def random_state(seed, num_qubits):
    """Return a full-rank state that no permutation of its qubits leaves alone, and its matrix."""
    rho = random_rho(np.random.default_rng(seed), 2**num_qubits)
    state = ebit.DensityMatrix(num_qubits)
    for row, letters in enumerate(product("IXYZ", repeat=num_qubits)):
        state.coefficients[row] = np.trace(kron(*(PAULIS[letter] for letter in letters)) @ rho).real
    return state, rho


def random_channel(seed, num_qubits):
    """Return a channel that does different things to its qubits."""
    kraus = random_kraus(np.random.default_rng(seed), 3, 2**num_qubits)
    return ebit.channels.from_kraus(kraus), kraus


def expectation(state, text):
    """Read the coefficient of a Pauli string, qubit 0 on the left."""
    return state.coefficients[int("".join(str("IXYZ".index(letter)) for letter in text), 4)]


def assert_same_state(left, right, tolerance=1e-12):
    assert left.num_qubits == right.num_qubits
    np.testing.assert_allclose(left.coefficients, right.coefficients, rtol=0, atol=tolerance)


def assert_same_channel(left, right, tolerance=1e-12):
    assert left.num_qubits == right.num_qubits
    np.testing.assert_allclose(left.ptm, right.ptm, rtol=0, atol=tolerance)
