"""Protocols on two states, gate by gate on complex density matrices with explicit projectors.

A `Run` holds the joint state split by what has been read: one unnormalised density matrix for every record
of bits, in the order of their measurement. Nothing is averaged before the end. Qubit 0 is the left tensor
factor. The circuits of the ready-made protocols are written down here once more, from their papers.
"""

import functools
import itertools

import numpy as np

I2 = np.eye(2)
X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1.0 + 0j, -1.0])
PAULI = {"I": I2, "X": X, "Y": Y, "Z": Z}
HADAMARD = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
CNOT = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
CZ = np.diag([1, 1, 1, -1])
ZERO, ONE = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])


def kron(*factors):
    return functools.reduce(np.kron, factors, np.eye(1))


def embedded(matrix, qubits, num_qubits):
    """A matrix on some qubits, in this order, as one on all of them."""
    k = len(qubits)
    order = [*qubits, *(q for q in range(num_qubits) if q not in qubits)]
    full = np.kron(matrix, np.eye(2 ** (num_qubits - k))).reshape((2,) * (2 * num_qubits))
    back = list(np.argsort(order))
    axes = [*back, *(num_qubits + b for b in back)]
    return full.transpose(axes).reshape(2**num_qubits, 2**num_qubits)


def partial_trace(rho, kept, num_qubits):
    """The qubits `kept`, in this order."""
    dropped = [q for q in range(num_qubits) if q not in kept]
    axes = [*kept, *dropped]
    tensor = rho.reshape((2,) * (2 * num_qubits)).transpose([*axes, *(num_qubits + a for a in axes)])
    side, rest = 2 ** len(kept), 2 ** len(dropped)
    return np.einsum("arbr->ab", tensor.reshape(side, rest, side, rest))


def coefficients(rho):
    """tr(P rho) for all Pauli strings P, in base-4 order, one qubit after the other."""
    n = len(rho).bit_length() - 1
    tensor = rho.reshape((2,) * (2 * n)).astype(complex)
    paulis = np.array([*PAULI.values()])
    for q in range(n):
        # The first of the remaining row indices, and of the column indices.
        tensor = np.tensordot(tensor, paulis, axes=([0, n - q], [2, 1]))
    return tensor.real.ravel()


def density_matrix(values):
    n = (len(values).bit_length() - 1) // 2
    strings = itertools.product(*["IXYZ"] * n)
    return sum(v * kron(*(PAULI[p] for p in s)) for v, s in zip(values, strings, strict=True)) / 2**n


def random_state(rng, num_qubits, rank=None):
    d = 2**num_qubits
    a = rng.normal(size=(d, rank or d)) + 1j * rng.normal(size=(d, rank or d))
    rho = a @ a.conj().T
    return rho / np.trace(rho).real


def random_unitary(rng, num_qubits):
    d = 2**num_qubits
    return np.linalg.qr(rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d)))[0]


def random_kraus(rng, num_qubits, count=3):
    d = 2**num_qubits
    a = rng.normal(size=(count * d, d)) + 1j * rng.normal(size=(count * d, d))
    return list(np.linalg.qr(a)[0].reshape(count, d, d))


def amplitude_damping(gamma):
    return [np.diag([1, np.sqrt(1 - gamma)]), np.array([[0, np.sqrt(gamma)], [0, 0]])]


def replacement(p_replace):
    """Two qubits replaced by the mixed state with a probability."""
    paulis = [np.kron(a, b) for a in PAULI.values() for b in PAULI.values()]
    rest = [np.sqrt(p_replace) / 4 * p for p in paulis]
    return [np.sqrt(1 - p_replace) * np.eye(4), *rest]


def products(a, b):
    """Kraus operators of two channels side by side."""
    return [np.kron(k, m) for k in a for m in b]


class Run:
    def __init__(self, left, right):
        self.num_qubits = len(np.kron(left, right)).bit_length() - 1
        self.states = {(): np.kron(left, right).astype(complex)}

    def kraus(self, operators, *qubits, where=None):
        """`where` says for which records: a function of the bits so far."""
        full = [embedded(k, qubits, self.num_qubits) for k in operators]
        for bits, rho in self.states.items():
            if where is None or where(*bits):
                self.states[bits] = sum(k @ rho @ k.conj().T for k in full)

    def unitary(self, matrix, *qubits, where=None):
        self.kraus([matrix], *qubits, where=where)

    def measure(self, pauli, *qubits, p_readout_error=0.0):
        string = embedded(kron(*(PAULI[p] for p in pauli)), qubits, self.num_qubits)
        one = np.eye(len(string))
        self.instrument([[(one + string) / 2], [(one - string) / 2]], p_readout_error)

    def instrument(self, branches, p_readout_error=0.0):
        """Two lists of Kraus operators on all qubits: what 0 and what 1 does."""
        read = {}
        for bits, rho in self.states.items():
            true = [sum(k @ rho @ k.conj().T for k in operators) for operators in branches]
            for bit in (0, 1):
                read[(*bits, bit)] = (1 - p_readout_error) * true[bit] + p_readout_error * true[1 - bit]
        self.states = read

    def branches(self, *kept):
        """Coefficients of the unnormalised states of the kept qubits, one row for each outcome."""
        return np.array(
            [
                coefficients(partial_trace(self.states[bits], kept, self.num_qubits))
                for bits in sorted(self.states)
            ]
        )


def outcomes_of(bmap, left, right):
    """Unnormalised states after all outcomes, (outcomes, rows): the definition of a table of terms."""
    k, i, j, s, c = bmap.terms
    products = c * left[i] * right[j]
    result = np.zeros((2**bmap.num_bits, 4**bmap.num_out))
    for m in range(len(result)):
        signs = np.array([(-1.0) ** bin(x & m).count("1") for x in range(2**bmap.num_bits)])
        np.add.at(result[m], k, signs[s] * products)
    return result


# ---- the circuits; `noise` are Kraus operators of two qubits, `p` a readout error, one of each per node ----


def bell_measurement(run, first, second, noise, p):
    """CNOT, Hadamard, two readouts in the computational basis: of `second`, then of `first`."""
    run.unitary(CNOT, first, second)
    run.kraus(noise, first, second)
    run.unitary(HADAMARD, first)
    run.measure("Z", second, p_readout_error=p)
    run.measure("Z", first, p_readout_error=p)


def swap(left, right, noise, p, correction="right"):
    run = Run(left, right)
    bell_measurement(run, 1, 2, noise, p)
    if correction != "none":
        qubit = {"right": 3, "left": 0}[correction]
        run.unitary(X, qubit, where=lambda x, z: x)
        run.unitary(Z, qubit, where=lambda x, z: z)
    return run.branches(0, 3)


def fusion(left, right, noise, p, kind="parity"):
    run = Run(left, right)
    m = len(left).bit_length() - 1
    a, b, rest = m - 1, m, list(range(m + 1, run.num_qubits))
    if kind == "parity":
        run.unitary(CNOT, a, b)
        run.kraus(noise, a, b)
        run.measure("Z", b, p_readout_error=p)
        for qubit in rest:
            run.unitary(X, qubit, where=lambda x: x)
        return run.branches(*range(m), *rest)
    if kind == "type_1":
        run.kraus(noise, a, b)
        even = embedded(np.kron(ZERO, ZERO) + np.kron(ONE, ONE), (a, b), run.num_qubits)
        run.instrument([[even], [np.eye(len(even)) - even]], p)
        run.unitary(HADAMARD, b)
        run.measure("Z", b, p_readout_error=p)
        run.unitary(Z, a, where=lambda parity, x: x)
        return run.branches(*range(m), *rest)
    bell_measurement(run, a, b, noise, p)
    for qubit in rest:
        run.unitary(X, qubit, where=lambda x, z: x)
    run.unitary(Z, rest[0], where=lambda x, z: z)
    return run.branches(*range(a), *rest)


def distillation(left, right, noise, p, kind):
    """`noise` and `p` of the left and the right node. Pairs (0, 1) and (2, 3)."""
    run = Run(left, right)
    if kind == "dejmps":
        turn = (I2 - 1j * X) / np.sqrt(2)
        for qubit in (0, 2):
            run.unitary(turn, qubit)
        for qubit in (1, 3):
            run.unitary(turn.conj().T, qubit)
    for node in (0, 1):
        run.unitary(CNOT, node, node + 2)
        run.kraus(noise[node], node, node + 2)
    for node in (0, 1):
        run.measure("Z", node + 2, p_readout_error=p[node])
    return run.branches(0, 1)


def teleportation(left, right, noise, p, corrected=True):
    run = Run(left, right)
    bell_measurement(run, 0, 1, noise, p)
    if corrected:
        run.unitary(X, 2, where=lambda x, z: x)
        run.unitary(Z, 2, where=lambda x, z: z)
    return run.branches(2)


def superdense_coding(pair, bits, noise, p, transmission=(I2,)):
    """Probabilities of the decoded bits; the message is classical."""
    run = Run(pair, np.eye(1))
    run.unitary(np.linalg.matrix_power(Z, bits[1]) @ np.linalg.matrix_power(X, bits[0]), 0)
    run.kraus(transmission, 0)
    bell_measurement(run, 0, 1, noise, p)
    return run.branches()[:, 0]


def remote_cnot(left, right, noise, p):
    run = Run(left, right)
    run.unitary(CNOT, 0, 2)
    run.kraus(noise[0], 0, 2)
    run.measure("Z", 2, p_readout_error=p[0])
    run.unitary(X, 3, where=lambda a: a)
    run.unitary(CNOT, 3, 1)
    run.kraus(noise[1], 3, 1)
    run.unitary(HADAMARD, 3)
    run.measure("Z", 3, p_readout_error=p[1])
    run.unitary(Z, 0, where=lambda a, b: b)
    return run.branches(0, 1)
