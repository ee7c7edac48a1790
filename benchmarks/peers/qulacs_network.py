"""A loop over pairs with qulacs, as its authors mean it: a density matrix, gates, channels, projections.

Qubits of qulacs count from the least significant one; here qubit q of ours is 3 - q of a joined state.
"""

from __future__ import annotations

import numpy as np
from qulacs import DensityMatrix
from qulacs.gate import CNOT, CPTP, H, Instrument, RX, P0, P1, X, Z, DenseMatrix  # noqa: F401
from qulacs.state import partial_trace, tensor_product
