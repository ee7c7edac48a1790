"""Pair states with plain density matrices: slow, obvious, written from the physics.

Qubit 0 is the left tensor factor. Bell states are numbered k = 2x + z.
"""

import functools
import itertools

import numpy as np

I2 = np.eye(2)
X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1.0 + 0j, -1.0])
PAULIS = (I2, X, Y, Z)
HADAMARD = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
CNOT = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
# What turns Phi+ into Bell state k, applied to the right qubit.
CORRECTIONS = (I2, Z, X, Y)

PHI_PLUS = np.array([1, 0, 0, 1]) / np.sqrt(2)
PHI_MINUS = np.array([1, 0, 0, -1]) / np.sqrt(2)
PSI_PLUS = np.array([0, 1, 1, 0]) / np.sqrt(2)
PSI_MINUS = np.array([0, 1, -1, 0]) / np.sqrt(2)
BELL = (PHI_PLUS, PHI_MINUS, PSI_PLUS, PSI_MINUS)


def kron(*factors):
    return functools.reduce(np.kron, factors)


def bell_projector(k):
    return np.outer(BELL[k], BELL[k])


def bell_diagonal(weights):
    return sum(weight * bell_projector(k) for k, weight in enumerate(weights))


def werner(w):
    return w * bell_projector(0) + (1 - w) * np.eye(4) / 4


def correlations(rho):
    return np.array([[np.trace(kron(p, q) @ rho).real for q in PAULIS] for p in PAULIS])


def density_matrix(c):
    return sum(c[i, j] * kron(p, q) for i, p in enumerate(PAULIS) for j, q in enumerate(PAULIS)) / 4


def random_state(rng, rank=4):
    a = rng.normal(size=(4, rank)) + 1j * rng.normal(size=(4, rank))
    rho = a @ a.conj().T
    return rho / np.trace(rho).real


# ---- channels ----


def amplitude_damping(gamma):
    return [np.array([[1, 0], [0, np.sqrt(1 - gamma)]]), np.array([[0, np.sqrt(gamma)], [0, 0]])]


def dephasing(p):
    return [np.sqrt(1 - p) * I2, np.sqrt(p) * Z]


def pauli_channel(p_i, p_x, p_y, p_z):
    return [np.sqrt(p) * pauli for p, pauli in zip((p_i, p_x, p_y, p_z), PAULIS, strict=True)]


def random_channel(rng, count=3):
    """Kraus operators cut from a random isometry."""
    a = rng.normal(size=(2 * count, 2)) + 1j * rng.normal(size=(2 * count, 2))
    isometry, _ = np.linalg.qr(a)
    return [isometry[2 * i : 2 * i + 2] for i in range(count)]


def ptm(kraus):
    return np.array(
        [[sum(np.trace(p @ k @ q @ k.conj().T) for k in kraus).real / 2 for q in PAULIS] for p in PAULIS]
    )


def apply(kraus, qubit, rho):
    on_pair = [kron(k, I2) if qubit == 0 else kron(I2, k) for k in kraus]
    return sum(k @ rho @ k.conj().T for k in on_pair)


# ---- swapping ----


def swap_branches(rho_ab, rho_bc, p_replace=0.0, p_readout_error=0.0):
    """Unnormalised states of (a, c) for the reported outcomes 0 .. 3, Paulis not undone."""
    rho = kron(rho_ab, rho_bc)  # a, b, b', c
    gate = kron(I2, CNOT, I2)
    rho = gate @ rho @ gate.T
    tensor = rho.reshape((2,) * 8)
    reduced = np.einsum("abcdebch->adeh", tensor)  # the measured qubits traced out: a, c
    replaced = np.einsum("adeh,bf,cg->abcdefgh", reduced, I2 / 2, I2 / 2).reshape(16, 16)
    rho = (1 - p_replace) * rho + p_replace * replaced
    basis = kron(I2, HADAMARD, I2, I2)
    rho = basis @ rho @ basis.T
    branches = np.zeros((4, 4, 4), dtype=complex)
    for z_true, x_true, z_read, x_read in itertools.product((0, 1), repeat=4):
        likelihood = 1.0
        for true, read in ((z_true, z_read), (x_true, x_read)):
            likelihood *= p_readout_error if true != read else 1 - p_readout_error
        left = rho.reshape((2,) * 8)[:, z_true, x_true, :, :, z_true, x_true, :].reshape(4, 4)
        branches[2 * x_read + z_read] += likelihood * left
    return branches


def swap(rho_ab, rho_bc, p_replace=0.0, p_readout_error=0.0):
    """The mean state of (a, c), Paulis undone on c."""
    branches = swap_branches(rho_ab, rho_bc, p_replace, p_readout_error)
    undo = [kron(I2, pauli) for pauli in CORRECTIONS]
    return sum(u @ branch @ u.conj().T for u, branch in zip(undo, branches, strict=True))


def swap_weights(left, right, p_replace=0.0, p_readout_error=0.0):
    """Bell-diagonal pairs: the weights combine by xor of the flips."""
    m = 1 - p_readout_error
    flips = [m * m, m * (1 - m), m * (1 - m), (1 - m) ** 2]
    out = np.zeros(4)
    for i, j, k in itertools.product(range(4), repeat=3):
        out[i ^ j ^ k] += left[i] * right[j] * flips[k]
    return (1 - p_replace) * out + p_replace / 4


# ---- figures of merit ----


def entropy(probabilities):
    p = np.asarray(probabilities)
    p = p[p > 1e-15]
    return float(-(p * np.log2(p)).sum())


def h(p):
    return entropy([p, 1 - p])


def qber(rho, basis):
    """Measure both qubits; count the outcomes that Phi+ never gives."""
    _, vectors = np.linalg.eigh(PAULIS["ixyz".index(basis)])
    rate = 0.0
    for i, j in itertools.product((0, 1), repeat=2):
        both = kron(vectors[:, i], vectors[:, j])
        if abs(np.vdot(both, PHI_PLUS)) ** 2 < 1e-12:
            rate += np.vdot(both, rho @ both).real
    return rate


def concurrence(rho):
    flipped = kron(Y, Y) @ rho.conj() @ kron(Y, Y)
    values = np.sqrt(np.abs(np.linalg.eigvals(rho @ flipped)))
    return max(0.0, 2 * values.max() - values.sum())


def partial_transpose(rho):
    return rho.reshape(2, 2, 2, 2).transpose(0, 3, 2, 1).reshape(4, 4)


def trace_norm_of_transpose(rho):
    return np.linalg.svd(partial_transpose(rho), compute_uv=False).sum()


def chsh(rho, rng, starts=20, steps=200):
    """Maximise over the settings: each party in turn takes its best answer to the other's."""
    t = correlations(rho)[1:, 1:]

    def unit(v):
        return v / np.linalg.norm(v)

    best = 0.0
    for _ in range(starts):
        a1, a2 = unit(rng.normal(size=3)), unit(rng.normal(size=3))
        for _ in range(steps):
            b1, b2 = unit(t.T @ (a1 + a2)), unit(t.T @ (a1 - a2))
            a1, a2 = unit(t @ (b1 + b2)), unit(t @ (b1 - b2))
        best = max(best, a1 @ t @ (b1 + b2) + a2 @ t @ (b1 - b2))
    return best


def coherent_information(rho):
    right = np.einsum("abac->bc", rho.reshape(2, 2, 2, 2))
    return entropy(np.linalg.eigvalsh(right)) - entropy(np.linalg.eigvalsh(rho))
