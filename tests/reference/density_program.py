"""Linear maps on qubits of states in the Pauli basis, one after the other: tensor contractions in NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def mapped(values: FloatArray, transfer: FloatArray, qubits: Sequence[int]) -> FloatArray:
    """Return the states after a map: `values` (4**n, ...), `transfer` (4**k, 4**k) or one per element."""
    n, k = (values.shape[0].bit_length() - 1) // 2, len(qubits)
    if transfer.ndim == 3:
        each = [mapped(values[:, i : i + 1], one, qubits) for i, one in enumerate(transfer)]
        return np.concatenate(each, axis=1)
    state = values.reshape((4,) * n + values.shape[1:])
    tensor = transfer.reshape((4,) * (2 * k))
    contracted = np.tensordot(tensor, state, axes=(range(k, 2 * k), qubits))
    return np.moveaxis(contracted, range(k), qubits).reshape(values.shape)
