"""The delivered pair by explicit density matrices: storage, Bell measurements, Pauli corrections.

Pairs are density matrices of shape (..., 2, 2, 2, 2), indices (a, b, a', b') for |a b><a' b'|; all
functions work along leading batch axes. A memory is (rate_x, rate_y, rate_z, equilibrium_z).
"""

import itertools

import numpy as np

PAULI = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
HADAMARD = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
CNOT = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
BELL_READOUT = np.kron(HADAMARD, np.eye(2)) @ CNOT  # Bell state k = 2x + z goes to |z x>


def density_matrix(correlations):
    """rho = 1/4 sum_ij C[i][j] P_i (x) P_j."""
    return np.einsum("...ij,iac,jbd->...abcd", np.asarray(correlations), PAULI, PAULI) / 4


def correlations(pair):
    """C[i][j] = tr(P_i (x) P_j rho)."""
    return np.einsum("...abcd,ica,jdb->...ij", pair, PAULI, PAULI).real


def relaxation_kraus(time, t1, t2, excited_population):
    """Kraus operators of t1, t2 decay: generalised amplitude damping, then dephasing."""
    damping = -np.expm1(-time / t1)
    flip = -np.expm1(-time / t2 + time / (2 * t1)) / 2
    down = [np.diag([1, np.sqrt(1 - damping)]), np.array([[0, np.sqrt(damping)], [0, 0]])]
    up = [np.diag([np.sqrt(1 - damping), 1]), np.array([[0, 0], [np.sqrt(damping), 0]])]
    damped = [np.sqrt(1 - excited_population) * k for k in down]
    damped += [np.sqrt(excited_population) * k for k in up]
    dephased = [np.sqrt(1 - flip) * np.eye(2), np.sqrt(flip) * PAULI[3]]
    return [d @ k for d in dephased for k in damped]


def relaxation(t1, t2, excited_population=0.0):
    """The memory with these times as (rate_x, rate_y, rate_z, equilibrium_z)."""
    return (1 / t2, 1 / t2, 1 / t1, 1 - 2 * excited_population)


def storage_channel(memory, time):
    """E(|k><l|)[i, j] as an array (..., i, j, k, l), for a memory that stores for `time`."""
    time = np.asarray(time, float)
    transfer = np.zeros((*time.shape, 4, 4))
    transfer[..., 0, 0] = 1.0
    for i in range(3):
        transfer[..., i + 1, i + 1] = np.exp(-memory[i] * time)
    transfer[..., 3, 0] = memory[3] * (1.0 - transfer[..., 3, 3])
    return np.einsum("...pq,pij,qlk->...ijkl", transfer, PAULI, PAULI) / 2


def stored(pair, left_memory, right_memory, left_time, right_time):
    """The pair after its qubits were stored for these times."""
    left, right = storage_channel(left_memory, left_time), storage_channel(right_memory, right_time)
    return np.einsum("...acij,...bdkl,...ikjl->...abcd", left, right, pair, optimize=True)


def readout_probability(reported, true, p_error):
    return 1.0 - p_error if reported == true else p_error


def measured_branches(joint, p_replace):
    """Unnormalised pairs (a, d) for each true outcome (z, x), of joint (..., a, bc, d, a', bc', d')."""
    kept = {}
    for m, bell in enumerate(BELL_READOUT):  # row m: the Bell state that is read out as |z x>
        kept[m >> 1, m & 1] = np.einsum("j,...ajdbkc,k->...adbc", bell, joint, bell, optimize=True)
    white = sum(kept.values()) / 4  # the two qubits replaced by I/4
    return {m: (1 - p_replace) * branch + p_replace * white for m, branch in kept.items()}


def undo(pair, z, x):
    """Undo the Pauli that the outcome (z, x) left on the right qubit."""
    pauli = np.linalg.matrix_power(PAULI[3], z) @ np.linalg.matrix_power(PAULI[1], x)
    return np.einsum("bi,...aicj,dj->...abcd", pauli, pair, pauli.conj(), optimize=True)


def swap(left, right, p_replace=0.0, p_readout_error=0.0):
    """Bell measurement on the inner qubits, averaged over outcomes, the reported Pauli undone."""
    joint = np.einsum("...abij,...cdkl->...abcdijkl", left, right)
    joint = joint.reshape(*joint.shape[:-8], 2, 4, 2, 2, 4, 2)
    branches = measured_branches(joint, p_replace)
    total = 0.0
    for rz, rx in branches:  # the outcome as it is reported
        mixture = sum(
            readout_probability(rz, z, p_readout_error) * readout_probability(rx, x, p_readout_error) * branch
            for (z, x), branch in branches.items()
        )
        total = total + undo(mixture, rz, rx)
    return total


def delivered(states, memories, storage, bsm):
    """Correlations of the delivered pair, shape (..., 4, 4).

    states: n correlation matrices; memories: 2n; storage: (..., 2n) times from the link's completion
    to the swap (or to delivery); bsm: (p_replace, p_readout_error) of each of the n-1 swaps. Storage
    acts on each qubit alone, so all of it may act before the swaps: the correction of the right end
    qubit then comes after its storage, as a Pauli frame undone at delivery does.
    """
    storage = np.asarray(storage, float)
    links = [
        stored(density_matrix(c), *memories[2 * k : 2 * k + 2], storage[..., 2 * k], storage[..., 2 * k + 1])
        for k, c in enumerate(states)
    ]
    pair = links[0]
    for link, noise in zip(links[1:], bsm, strict=True):
        pair = swap(pair, link, *noise)
    return correlations(pair)


def delivered_with_frame(states, memories, storage):
    """As `delivered` with perfect measurements, one 4^n density matrix, one frame undone at the end."""
    n = len(states)
    rho = np.ones((1, 1))
    for k, c in enumerate(states):
        link = stored(density_matrix(c), *memories[2 * k : 2 * k + 2], storage[2 * k], storage[2 * k + 1])
        rho = np.kron(rho, link.reshape(4, 4))
    turn = np.eye(2)
    for _ in range(n - 1):
        turn = np.kron(turn, BELL_READOUT)
    turn = np.kron(turn, np.eye(2))
    rho = (turn @ rho @ turn.conj().T).reshape(2, 4 ** (n - 1), 2, 2, 4 ** (n - 1), 2)
    pair = 0.0
    for m, outcomes in enumerate(itertools.product(range(4), repeat=n - 1)):
        z = sum(k >> 1 for k in outcomes) % 2
        x = sum(k & 1 for k in outcomes) % 2
        pair = pair + undo(rho[:, m, :, :, m, :], z, x)
    return correlations(pair)
