"""A loop over pairs with qulacs, as its authors mean it: a density matrix, gates, channels, projections.

Qubits of qulacs count from the least significant one; here qubit q of ours is 3 - q of a joined state.
"""

from __future__ import annotations

from qulacs.gate import CNOT, CPTP, P0, P1, RX, DenseMatrix, H, Instrument, X, Z  # noqa: F401
