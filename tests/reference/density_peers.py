"""Random noisy circuits of everything that has a name, each operation with its textbook matrices."""

from __future__ import annotations

import numpy as np

import ebit
from ebit import _core
from reference import channels as textbook
from reference.channels import X, Y, Z


def rotation(pauli, angle):
    return np.cos(angle / 2) * np.eye(len(pauli)) - 1j * np.sin(angle / 2) * pauli


def controlled(gate):
    side = len(gate)
    result = np.eye(2 * side, dtype=complex)
    result[side:, side:] = gate
    return result


def u3(theta, phi, lam):
    c, s = np.cos(theta / 2), np.sin(theta / 2)
    return np.array([[c, -np.exp(1j * lam) * s], [np.exp(1j * phi) * s, np.exp(1j * (phi + lam)) * c]])


SWAP = np.eye(4)[[0, 2, 1, 3]]
WITH_ANGLES = {
    "CCX": lambda: controlled(controlled(X)),
    "CCZ": lambda: controlled(controlled(Z)),
    "CSWAP": lambda: controlled(SWAP),
    "RX": lambda a: rotation(X, a),
    "RY": lambda a: rotation(Y, a),
    "RZ": lambda a: rotation(Z, a),
    "PHASE": lambda a: np.diag([1, np.exp(1j * a)]),
    "U3": u3,
    "RXX": lambda a: rotation(np.kron(X, X), a),
    "RYY": lambda a: rotation(np.kron(Y, Y), a),
    "RZZ": lambda a: rotation(np.kron(Z, Z), a),
    "CRX": lambda a: controlled(rotation(X, a)),
    "CRY": lambda a: controlled(rotation(Y, a)),
    "CRZ": lambda a: controlled(rotation(Z, a)),
    "CPHASE": lambda a: np.diag([1, 1, 1, np.exp(1j * a)]),
}


def kraus(name, parameters):
    """Return the Kraus operators of a named operation."""
    if name in WITH_ANGLES:
        return [WITH_ANGLES[name](*parameters)]
    if name.isupper():
        return [ebit.gates.unitary(name)]
    if name == "two_qubit_pauli":
        return textbook.two_qubit_pauli(parameters)
    for kind in ("error", "replace"):
        if name.endswith(f"depolarizing_{kind}"):
            return getattr(textbook, name.removesuffix(f"_{kind}"))(**{f"p_{kind}": parameters[0]})
    return getattr(textbook, name)(*parameters)


def random_parameters(rng, name, count):
    if name.isupper():
        return tuple(rng.uniform(-np.pi, np.pi, count))
    if name == "memory_decay":
        t1 = rng.uniform(1.0, 3.0)
        return (rng.uniform(0.0, 0.1), t1, t1 * rng.uniform(0.2, 2.0), rng.uniform(0.0, 1.0))
    # Little noise, so that there is a state left to compare.
    return tuple(rng.uniform(0.0, 0.05, count))


def random_circuit(seed, num_qubits):
    """Return (name, parameters, qubits) for everything that fits, once and in random order."""
    rng = np.random.default_rng(seed)
    circuit = []
    for name in rng.permutation(_core.operation_names()):
        k, count = _core.operation_shape(str(name))
        if k <= num_qubits:
            qubits = tuple(int(qubit) for qubit in rng.permutation(num_qubits)[:k])
            circuit.append((str(name), random_parameters(rng, name, count), qubits))
    return circuit
