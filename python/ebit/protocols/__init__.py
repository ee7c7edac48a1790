"""Steps on two states, ready-made: swapping, fusion, distillation, teleportation, remote gates.

Every function describes its circuit as an `ebit.Protocol` and returns the `ebit.BilinearMap` into which it
is compiled, exact for any noise. What all of them take:

- `gate_noise`, a two-qubit channel that follows every two-qubit gate, on its qubits in the gate's order;
- `p_readout_error`, the probability that a measured bit is wrong.

Each may be one value per element of a batch. Where two nodes act, a tuple gives the noise of the left and
of the right one. One-qubit gates, classical messages and Pauli corrections are free of noise; storage is
up to the caller.
"""

from ebit.protocols._communication import remote_cnot, superdense_coding, teleportation
from ebit.protocols._distillation import bbpssw, dejmps, epl
from ebit.protocols._joining import fusion, swap

__all__ = [
    "bbpssw",
    "dejmps",
    "epl",
    "fusion",
    "remote_cnot",
    "superdense_coding",
    "swap",
    "teleportation",
]
