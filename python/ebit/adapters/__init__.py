"""States, channels and noise parameters to and from other packages.

Every module that has objects to convert has the same names:

- ``state_to(state)``, ``state_from(object)``: density matrices,
- ``channel_to(channel)``, ``channel_from(object)``: channels on one or two qubits.

Beside them stand the noise functions of the other package under their own names (in lower case, with
underscores) and with their own parameters: ``cirq.depolarize(p)`` here is the `ebit.Channel` of what
Cirq means by ``depolarize(p)``. These, `conventions`, `sequence` and `netsquid` are plain arithmetic.

No module imports the package it is named after before an object of it is needed; without the package
that raises ImportError, naming what to install. Qubit 0 of `ebit` is qubit 0 of the other package: where
it is the least significant one (Qiskit, qulacs), matrices are reordered.
"""

from ebit.adapters import (
    aer,
    arrays,
    cirq,
    conventions,
    netsquid,
    pennylane,
    qiskit,
    qulacs,
    qutip,
    sequence,
    stim,
)

__all__ = [
    "aer",
    "arrays",
    "cirq",
    "conventions",
    "netsquid",
    "pennylane",
    "qiskit",
    "qulacs",
    "qutip",
    "sequence",
    "stim",
]
