"""Textbook Kraus operators of every catalogue channel, and maps applied to density matrices."""

from __future__ import annotations

from itertools import product

import numpy as np

I = np.eye(2, dtype=complex)  # noqa: E741
X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]], dtype=complex)
Z = np.array([[1, 0], [0, -1]], dtype=complex)
ONE_QUBIT = [I, X, Y, Z]
TWO_QUBIT = [np.kron(a, b) for a, b in product(ONE_QUBIT, repeat=2)]


THREE_QUBIT = [np.kron(a, b) for a, b in product(ONE_QUBIT, TWO_QUBIT)]


def paulis(dimension):
    return {2: ONE_QUBIT, 4: TWO_QUBIT, 8: THREE_QUBIT}[dimension]


def apply_kraus(kraus, rho):
    return sum(k @ rho @ k.conj().T for k in kraus)


def random_rho(rng, dimension):
    a = rng.normal(size=(dimension, dimension)) + 1j * rng.normal(size=(dimension, dimension))
    rho = a @ a.conj().T
    return rho / np.trace(rho)


def random_kraus(rng, count, dimension):
    """Slices of a random isometry."""
    a = rng.normal(size=(count * dimension, dimension)) + 1j * rng.normal(size=(count * dimension, dimension))
    q, _ = np.linalg.qr(a)
    return q.reshape(count, dimension, dimension)


def expectations(rho):
    return np.array([np.trace(p @ rho).real for p in paulis(len(rho))])


def density_matrix(vector):
    dimension = int(np.sqrt(len(vector)))
    return sum(x * p for x, p in zip(vector, paulis(dimension), strict=True)) / dimension


def ptm(kraus):
    dimension = len(kraus[0])
    basis = paulis(dimension)
    return np.array([[np.trace(p @ apply_kraus(kraus, q)).real / dimension for q in basis] for p in basis])


def after(second, first):
    return [b @ a for a in first for b in second]


# ---- one qubit ----
def pauli(p_x, p_y, p_z):
    return [np.sqrt(1 - p_x - p_y - p_z) * I, np.sqrt(p_x) * X, np.sqrt(p_y) * Y, np.sqrt(p_z) * Z]


def bit_flip(p_error):
    return [np.sqrt(1 - p_error) * I, np.sqrt(p_error) * X]


def y_flip(p_error):
    return [np.sqrt(1 - p_error) * I, np.sqrt(p_error) * Y]


def dephasing(p_error):
    return [np.sqrt(1 - p_error) * I, np.sqrt(p_error) * Z]


def _replaced(p_replace, dimension):
    """Keep the state, or throw it away and prepare a random basis state."""
    units = np.eye(dimension)
    prepare = [np.sqrt(p_replace / dimension) * np.outer(a, b) for a in units for b in units]
    return [np.sqrt(1 - p_replace) * np.eye(dimension), *prepare]


def _erred(p_error, basis):
    share = np.sqrt(p_error / (len(basis) - 1))
    return [np.sqrt(1 - p_error) * basis[0], *(share * p for p in basis[1:])]


def depolarizing(p_error=None, p_replace=None):
    return _replaced(p_replace, 2) if p_error is None else _erred(p_error, ONE_QUBIT)


def amplitude_damping(gamma):
    return [
        np.array([[1, 0], [0, np.sqrt(1 - gamma)]]),
        np.array([[0, np.sqrt(gamma)], [0, 0]]),
    ]


def generalized_amplitude_damping(gamma, excited_population):
    down = [np.sqrt(1 - excited_population) * k for k in amplitude_damping(gamma)]
    up = [np.sqrt(excited_population) * X @ k @ X for k in amplitude_damping(gamma)]
    return [*down, *up]


def reset(p_reset, excited_population=0.0):
    """Keep the qubit, or find it in a basis state and prepare another in its place."""
    ground, excited = np.eye(2)
    prepare = [
        np.sqrt(p_reset * weight) * np.outer(state, found)
        for state, weight in ((ground, 1 - excited_population), (excited, excited_population))
        for found in (ground, excited)
    ]
    return [np.sqrt(1 - p_reset) * I, *prepare]


def memory_decay(time, t1, t2, excited_population=0.0):
    damping = generalized_amplitude_damping(1 - np.exp(-time / t1), excited_population)
    return after(dephasing((1 - np.exp(-time / t2 + time / (2 * t1))) / 2), damping)


# ---- two qubits ----
def two_qubit_depolarizing(p_error=None, p_replace=None):
    return _replaced(p_replace, 4) if p_error is None else _erred(p_error, TWO_QUBIT)


def two_qubit_pauli(probabilities):
    weights = [1 - sum(probabilities), *probabilities]
    return [np.sqrt(w) * p for w, p in zip(weights, TWO_QUBIT, strict=True)]


# Every catalogue channel with parameters in the middle and at the ends of their ranges.
_TABLE = np.arange(15) / 150.0
MEMBERS = [
    ("pauli", {"p_x": 0.1, "p_y": 0.25, "p_z": 0.05}),
    ("pauli", {"p_x": 0.0, "p_y": 0.0, "p_z": 1.0}),
    ("bit_flip", {"p_error": 0.3}),
    ("y_flip", {"p_error": 0.3}),
    ("dephasing", {"p_error": 0.3}),
    ("dephasing", {"p_error": 0.0}),
    ("depolarizing", {"p_error": 0.2}),
    ("depolarizing", {"p_error": 1.0}),
    ("depolarizing", {"p_replace": 0.2}),
    ("depolarizing", {"p_replace": 1.0}),
    ("amplitude_damping", {"gamma": 0.4}),
    ("amplitude_damping", {"gamma": 1.0}),
    ("generalized_amplitude_damping", {"gamma": 0.4, "excited_population": 0.3}),
    ("generalized_amplitude_damping", {"gamma": 1.0, "excited_population": 1.0}),
    ("reset", {"p_reset": 0.4}),
    ("reset", {"p_reset": 0.7, "excited_population": 0.3}),
    ("reset", {"p_reset": 1.0, "excited_population": 1.0}),
    ("memory_decay", {"time": 0.7, "t1": 1.5, "t2": 0.9}),
    ("memory_decay", {"time": 0.7, "t1": 1.5, "t2": 3.0, "excited_population": 0.2}),
    ("memory_decay", {"time": 0.7, "t1": np.inf, "t2": 0.9}),
    ("memory_decay", {"time": 0.0, "t1": 1.0, "t2": 1.0}),
    ("two_qubit_depolarizing", {"p_error": 0.2}),
    ("two_qubit_depolarizing", {"p_replace": 0.2}),
    ("two_qubit_pauli", {"probabilities": _TABLE}),
]
