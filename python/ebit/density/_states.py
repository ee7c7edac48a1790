"""The states that a bilinear map takes."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from ebit._arrays import require
from ebit.density.density_matrix import DensityMatrix
from ebit.state.pairs import PairState

#: What a map takes: density matrices, or pairs where it takes two qubits.
State: TypeAlias = DensityMatrix | PairState


def as_state(name: str, state: State, num_qubits: int) -> DensityMatrix:
    require(name, state, DensityMatrix, PairState)
    if isinstance(state, PairState):
        state = of_pair(name, state)
    if state.num_qubits != num_qubits:
        raise ValueError(f"{name} has {state.num_qubits} qubits: it must have {num_qubits}")
    return state


def of_pair(name: str, pair: PairState) -> DensityMatrix:
    shape = pair.batch_shape
    if len(shape) > 1 or 0 in shape:
        raise ValueError(f"{name} has the batch shape {shape}: it must be () or (N,)")
    state = DensityMatrix._empty(2, *(shape or (None,)))
    state.coefficients[...] = np.moveaxis(pair.correlations.reshape(*shape, 16), -1, 0)
    return state
