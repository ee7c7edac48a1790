"""Noise channels on one or two qubits: the canonical form, the catalogue, conversions.

Every channel is kept as its Pauli transfer matrix ``R[i, j] = tr(P_i E(P_j)) / 2**k``, real, in the
order I, X, Y, Z (two qubits: II, IX, .., ZZ, qubit 0 on the left). Any parameter may be an array:
the result is then a batch of channels, with NumPy's broadcasting rules.

Noise that is correlated over more than two qubits, has a memory or leaves the qubit has no such form
and is refused.
"""

from ebit.channels._catalogue import (
    amplitude_damping,
    bit_flip,
    dephasing,
    depolarizing,
    generalized_amplitude_damping,
    memory_decay,
    pauli,
    two_qubit_depolarizing,
    two_qubit_pauli,
    unitary,
    y_flip,
)
from ebit.channels._channel import Channel, from_choi, from_kraus, from_ptm, from_superoperator

__all__ = [
    "Channel",
    "amplitude_damping",
    "bit_flip",
    "dephasing",
    "depolarizing",
    "from_choi",
    "from_kraus",
    "from_ptm",
    "from_superoperator",
    "generalized_amplitude_damping",
    "memory_decay",
    "pauli",
    "two_qubit_depolarizing",
    "two_qubit_pauli",
    "unitary",
    "y_flip",
]
