"""A noisy layer in qulacs: a circuit on its density matrix. Qubits are counted from the other end there."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import qulacs
from qulacs.gate import AmplitudeDampingNoise, DepolarizingNoise


def layer(n: int, p_error: float, gamma: float):
    """Return the start state, a function that applies the layer, and one that returns the matrix."""
    circuit = qulacs.QuantumCircuit(n)
    places = [n - 1 - qubit for qubit in range(n)]
    for qubit in places:
        circuit.add_H_gate(qubit)
    for control, target in pairwise(places):
        circuit.add_CNOT_gate(control, target)
    for qubit in places:
        circuit.add_gate(DepolarizingNoise(qubit, p_error))
    for qubit in places:
        circuit.add_gate(AmplitudeDampingNoise(qubit, gamma))
    state = qulacs.DensityMatrix(n)
    return state, lambda: circuit.update_quantum_state(state), lambda: np.asarray(state.get_matrix())
