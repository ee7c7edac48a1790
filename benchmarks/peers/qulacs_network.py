"""A loop over pairs with qulacs: density matrices, gates, channels and projections of its own.

Qubit q of n is qubit n - 1 - q of qulacs, which counts from the least significant one. A readout error is
a bit flip before the measurement: the qubit is not used afterwards.
"""

from __future__ import annotations

import numpy as np
from qulacs import DensityMatrix
from qulacs.gate import (
    CNOT,
    P0,
    P1,
    X,
    Z,
    AmplitudeDampingNoise,
    BitFlipNoise,
    DephasingNoise,
    H,
    TwoQubitDepolarizingNoise,
    sqrtX,
    sqrtXdag,
)
from qulacs.state import partial_trace, tensor_product


def link(t, model):
    state = DensityMatrix(2)
    H(1).update_quantum_state(state)
    CNOT(1, 0).update_quantum_state(state)
    memories = ((1, model.t1_left, model.t2_left), (0, model.t1_right, model.t2_right))
    for qubit, t1, t2 in memories:
        AmplitudeDampingNoise(qubit, 1.0 - np.exp(-t / t1)).update_quantum_state(state)
        coherence = np.exp(-t / t2 + 0.5 * t / t1)
        DephasingNoise(qubit, 0.5 * (1.0 - coherence)).update_quantum_state(state)
    return state


def noisy_cnot(state, control, target, p_replace):
    CNOT(control, target).update_quantum_state(state)
    TwoQubitDepolarizingNoise(control, target, 15.0 / 16.0 * p_replace).update_quantum_state(state)


def projected(state, first, second, bits):
    branch = state.copy()
    for qubit, bit in ((first, bits[0]), (second, bits[1])):
        (P1(qubit) if bit else P0(qubit)).update_quantum_state(branch)
    return partial_trace(branch, [first, second])


def swapped(left, right, variate, model):
    state = tensor_product(left, right)
    noisy_cnot(state, 2, 1, model.p_replace)
    H(2).update_quantum_state(state)
    for qubit in (1, 2):
        BitFlipNoise(qubit, model.p_readout_error).update_quantum_state(state)
    # The marker 2 sums over a qubit.
    p = [state.get_marginal_probability([2, m >> 1, m & 1, 2]) for m in range(4)]
    outcome = int((np.cumsum(p)[:-1] <= variate * sum(p)).sum())
    pair = projected(state, 1, 2, (outcome >> 1, outcome & 1))
    pair.normalize(pair.get_squared_norm())
    if outcome >> 1:
        X(0).update_quantum_state(pair)
    if outcome & 1:
        Z(0).update_quantum_state(pair)
    return pair, outcome


def distilled(left, right, model):
    state = tensor_product(left, right)
    for qubit in (3, 1):
        sqrtX(qubit).update_quantum_state(state)
        sqrtXdag(qubit - 1).update_quantum_state(state)
    for place in (3, 2):
        noisy_cnot(state, place, place - 2, model.p_replace)
    for qubit in (0, 1):
        BitFlipNoise(qubit, model.p_readout_error).update_quantum_state(state)
    pair = projected(state, 0, 1, (0, 0))
    pair.add_state(projected(state, 0, 1, (1, 1)))
    probability = pair.get_squared_norm()
    pair.normalize(probability)
    return pair, probability


def network(times, variates, model):
    """Return coefficients, probabilities and outcomes."""
    one = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    paulis = np.array([np.kron(p, q) for p in one for q in one])
    size = times.shape[1]
    out, probability = np.empty((16, size)), np.empty(size)
    outcomes = np.empty((2, size), dtype=np.uint8)
    for k in range(size):
        links = [link(t, model) for t in times[:, k]]
        a, outcomes[0, k] = swapped(links[0], links[1], variates[0, k], model)
        b, outcomes[1, k] = swapped(links[2], links[3], variates[1, k], model)
        pair, probability[k] = distilled(a, b, model)
        out[:, k] = np.einsum("nij,ji->n", paulis, pair.get_matrix()).real
    return out, probability, outcomes
