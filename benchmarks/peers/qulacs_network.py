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
    AmplitudeDampingNoise,
    BitFlipNoise,
    DephasingNoise,
    H,
    TwoQubitDepolarizingNoise,
    X,
    Z,
    sqrtX,
    sqrtXdag,
)
from qulacs.state import partial_trace, tensor_product


class Gates:
    """What does not depend on the pair is made once."""

    def __init__(self, model):
        self.model = model
        self.bell = H(1), CNOT(1, 0)
        self.swap = *self.noisy_cnot(2, 1), H(2), *self.flips(1, 2)
        turns = sqrtX(3), sqrtXdag(2), sqrtX(1), sqrtXdag(0)
        self.distil = *turns, *self.noisy_cnot(3, 1), *self.noisy_cnot(2, 0), *self.flips(0, 1)
        self.projectors = {q: (P0(q), P1(q)) for q in range(3)}
        self.corrections = X(0), Z(0)

    def noisy_cnot(self, control, target):
        noise = TwoQubitDepolarizingNoise(control, target, 15.0 / 16.0 * self.model.p_replace)
        return CNOT(control, target), noise

    def flips(self, *qubits):
        return [BitFlipNoise(qubit, self.model.p_readout_error) for qubit in qubits]

    def decay(self, t):
        model = self.model
        for qubit, t1, t2 in ((1, model.t1_left, model.t2_left), (0, model.t1_right, model.t2_right)):
            yield AmplitudeDampingNoise(qubit, 1.0 - np.exp(-t / t1))
            yield DephasingNoise(qubit, 0.5 * (1.0 - np.exp(-t / t2 + 0.5 * t / t1)))

    def projected(self, state, first, second, bits):
        branch = state.copy()
        run(branch, (self.projectors[first][bits[0]], self.projectors[second][bits[1]]))
        return partial_trace(branch, [first, second])


def run(state, gates):
    for gate in gates:
        gate.update_quantum_state(state)


def link(t, gates):
    state = DensityMatrix(2)
    run(state, gates.bell)
    run(state, gates.decay(t))
    return state


def swapped(left, right, variate, gates):
    state = tensor_product(left, right)
    run(state, gates.swap)
    # The marker 2 sums over a qubit.
    p = [state.get_marginal_probability([2, m >> 1, m & 1, 2]) for m in range(4)]
    outcome = int((np.cumsum(p)[:-1] <= variate * sum(p)).sum())
    pair = gates.projected(state, 1, 2, (outcome >> 1, outcome & 1))
    pair.normalize(pair.get_squared_norm())
    run(pair, [gates.corrections[i] for i, bit in enumerate((outcome >> 1, outcome & 1)) if bit])
    return pair, outcome


def distilled(left, right, gates):
    state = tensor_product(left, right)
    run(state, gates.distil)
    pair = gates.projected(state, 0, 1, (0, 0))
    pair.add_state(gates.projected(state, 0, 1, (1, 1)))
    probability = pair.get_squared_norm()
    pair.normalize(probability)
    return pair, probability


def network(times, variates, model):
    """Return coefficients, probabilities and outcomes."""
    one = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    paulis = np.array([np.kron(p, q) for p in one for q in one])
    size, gates = times.shape[1], Gates(model)
    out, probability = np.empty((16, size)), np.empty(size)
    outcomes = np.empty((2, size), dtype=np.uint8)
    for k in range(size):
        links = [link(t, gates) for t in times[:, k]]
        a, outcomes[0, k] = swapped(links[0], links[1], variates[0, k], gates)
        b, outcomes[1, k] = swapped(links[2], links[3], variates[1, k], gates)
        pair, probability[k] = distilled(a, b, gates)
        out[:, k] = np.einsum("nij,ji->n", paulis, pair.get_matrix()).real
    return out, probability, outcomes
