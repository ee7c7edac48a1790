"""Complex density matrices in plain NumPy, the obvious twin of `ebit.DensityMatrix`.

A state is a matrix (2**n, 2**n), qubit 0 on the left of all tensor products. Whatever is done to it has
Kraus operators, written out from textbook definitions; nothing here asks ebit.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.linalg import expm

from reference import channels as textbook
from reference.channels import I, X, Y, Z, apply_kraus

PAULIS = {"I": I, "X": X, "Y": Y, "Z": Z}


def string(letters):
    """Return the operator of a Pauli string."""
    out = np.eye(1)
    for letter in letters:
        out = np.kron(out, PAULIS[letter])
    return out


# ---- gates ----


def controlled(unitary):
    """Apply a unitary to the other qubits where the first one is |1>."""
    d = len(unitary)
    out = np.eye(2 * d, dtype=complex)
    out[d:, d:] = unitary
    return out


def controlled_pauli(control, target):
    """Apply the target Pauli where the first qubit has eigenvalue -1 of the control Pauli."""
    p, q = PAULIS[control], PAULIS[target]
    return np.kron((I + p) / 2, I) + np.kron((I - p) / 2, q)


def root(pauli):
    """Return the square root that has the eigenvalues 1 and i."""
    return (1 + 1j) / 2 * np.eye(len(pauli)) + (1 - 1j) / 2 * pauli


def rotation(letters, angle):
    """Return exp(-i angle P / 2); P squared is 1."""
    p = string(letters)
    return np.cos(angle / 2) * np.eye(len(p)) - 1j * np.sin(angle / 2) * p


def u3(theta, phi, lam):
    c, s = np.cos(theta / 2), np.sin(theta / 2)
    return np.array([[c, -np.exp(1j * lam) * s], [np.exp(1j * phi) * s, np.exp(1j * (phi + lam)) * c]])


SWAP = np.eye(4, dtype=complex)[[0, 2, 1, 3]]
ISWAP = SWAP @ np.diag([1, 1j, 1j, 1])
# X -> Y -> Z -> X: a turn by 2 pi / 3 about the axis (1, 1, 1).
CYCLE = expm(-1j * np.pi / 3 * (X + Y + Z) / np.sqrt(3))

UNITARIES = {
    "I": I,
    "X": X,
    "Y": Y,
    "Z": Z,
    "H": (X + Z) / np.sqrt(2),
    "H_XY": (X + Y) / np.sqrt(2),
    "H_YZ": (Y + Z) / np.sqrt(2),
    "S": np.diag([1, 1j]),
    "SQRT_X": root(X),
    "SQRT_Y": root(Y),
    "C_XYZ": CYCLE,
    "C_ZYX": CYCLE.conj().T,
    "T": np.diag([1, np.exp(0.25j * np.pi)]),
    "SWAP": SWAP,
    "ISWAP": ISWAP,
    "CCX": controlled(controlled(X)),
    "CCZ": controlled(controlled(Z)),
    "CSWAP": controlled(SWAP),
}
UNITARIES |= {f"SQRT_{p}{p}": root(string(p + p)) for p in "XYZ"}
UNITARIES |= {f"{a}C{b}": controlled_pauli(a, b) for a in "XY" for b in "XYZ"}
UNITARIES |= {f"C{b}": controlled_pauli("Z", b) for b in "XYZ"}

WITH_ANGLES = {
    "PHASE": lambda angle: np.diag([1, np.exp(1j * angle)]),
    "CPHASE": lambda angle: np.diag([1, 1, 1, np.exp(1j * angle)]),
    "U3": u3,
}
WITH_ANGLES |= {f"R{p}": lambda angle, p=p: rotation(p, angle) for p in ("X", "Y", "Z", "XX", "YY", "ZZ")}
WITH_ANGLES |= {f"CR{p}": lambda angle, p=p: controlled(rotation(p, angle)) for p in "XYZ"}


def kraus(name, parameters=()):
    """Return the Kraus operators of anything that has a name in `ebit`."""
    if name in WITH_ANGLES:
        return [WITH_ANGLES[name](*parameters)]
    if name in UNITARIES:
        return [UNITARIES[name]]
    if name.endswith("_DAG"):
        return [UNITARIES[name.removesuffix("_DAG")].conj().T]
    if name == "two_qubit_pauli":
        return textbook.two_qubit_pauli(parameters)
    for kind in ("error", "replace"):
        if name.endswith(f"depolarizing_{kind}"):
            return getattr(textbook, name.removesuffix(f"_{kind}"))(**{f"p_{kind}": parameters[0]})
    return getattr(textbook, name)(*parameters)


# ---- states ----


def ground(n):
    rho = np.zeros((2**n, 2**n), dtype=complex)
    rho[0, 0] = 1
    return rho


def reorder(rho, order):
    """Return the state whose qubit j is qubit order[j]."""
    n = len(order)
    axes = [*order, *(n + q for q in order)]
    return rho.reshape((2,) * (2 * n)).transpose(axes).reshape(rho.shape)


def on_qubits(operator, qubits, n):
    """Return an operator on some qubits as one on all n of them."""
    rest = [q for q in range(n) if q not in qubits]
    return reorder(np.kron(operator, np.eye(2 ** len(rest))), np.argsort([*qubits, *rest]))


def apply(rho, operators, qubits):
    n = len(rho).bit_length() - 1
    return apply_kraus([on_qubits(k, qubits, n) for k in operators], rho)


def partial_trace(rho, gone):
    n = len(rho).bit_length() - 1
    kept = [q for q in range(n) if q not in gone]
    a, b = 2 ** len(kept), 2 ** len(gone)
    return np.einsum("iaja->ij", reorder(rho, [*kept, *gone]).reshape(a, b, a, b))


BASIS = np.array([I, X, Y, Z])


def coefficients(rho):
    """Return tr(P rho) for all Pauli strings P, in base-4 order."""
    n = len(rho).bit_length() - 1
    tensor = rho.reshape((2,) * (2 * n))
    for q in range(n):  # the axes left are the Paulis of the first q qubits, rows and columns of the others
        tensor = np.moveaxis(np.tensordot(BASIS, tensor, ((2, 1), (q, n))), 0, q)
    return tensor.reshape(-1).real


def matrix(values):
    """Return the density matrix with these expectation values, the inverse of `coefficients`."""
    n = (len(values).bit_length() - 1) // 2
    terms = zip(values, product("IXYZ", repeat=n), strict=True)
    return sum(value * string(letters) for value, letters in terms) / 2**n


# ---- what to do ----


def random_parameters(rng, name, count, shape=()):
    """Return values that are allowed, small for noise, so that a state is left to compare."""
    if name.isupper():
        return [rng.uniform(-7.0, 7.0, shape) for _ in range(count)]
    if name == "memory_decay":
        t1 = rng.uniform(1.0, 3.0, shape)
        return [rng.uniform(0.0, 1.0, shape), t1, t1 * rng.uniform(0.2, 2.0, shape), rng.uniform(0, 1, shape)]
    return [rng.uniform(0.0, 0.06, shape) for _ in range(count)]


def random_circuit(rng, operations, num_qubits, length):
    """Return (name, parameters, qubits) for `length` of the operations {name: (qubits, parameters)}."""
    fitting = [name for name, (k, _) in operations.items() if k <= num_qubits]
    circuit = []
    for name in rng.choice(fitting, length):
        k, count = operations[str(name)]
        parameters = [float(value) for value in random_parameters(rng, str(name), count)]
        circuit.append((str(name), parameters, [int(q) for q in rng.permutation(num_qubits)[:k]]))
    return circuit
