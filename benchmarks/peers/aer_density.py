"""A noisy layer in Qiskit Aer: a circuit for its density-matrix method, one thread, without gate fusion (it
makes noisy layers slower). Its own overhead of a run is shared by several layers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.noise import amplitude_damping_error, depolarizing_error


def layer(n: int, p_error: float, gamma: float, layers: int):
    """Return a function that runs the layers from |0..0> and returns the matrix."""
    depolarize = depolarizing_error(4.0 * p_error / 3.0, 1).to_instruction()
    damp = amplitude_damping_error(gamma).to_instruction()
    circuit = QuantumCircuit(n)
    places = [n - 1 - qubit for qubit in range(n)]
    for _ in range(layers):
        for qubit in places:
            circuit.h(qubit)
        for control, target in pairwise(places):
            circuit.cx(control, target)
        for noise in (depolarize, damp):
            for qubit in places:
                circuit.append(noise, [qubit])
    circuit.save_density_matrix()
    simulator = AerSimulator(
        method="density_matrix", max_parallel_threads=1, fusion_enable=False, basis_gates=["h", "cx"]
    )

    def run() -> np.ndarray:
        result = simulator.run(circuit, shots=1).result()
        return np.asarray(result.data(0)["density_matrix"])

    return run
