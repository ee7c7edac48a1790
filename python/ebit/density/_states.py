"""The states that a bilinear map takes."""

from __future__ import annotations

from typing import TypeAlias

from ebit._arrays import require
from ebit.density.density_matrix import DensityMatrix
from ebit.state.pairs import PairState

#: What a map takes: density matrices, or pairs where it takes two qubits.
State: TypeAlias = DensityMatrix | PairState


def as_state(name: str, state: State, num_qubits: int) -> DensityMatrix:
    """Return a state of so many qubits, or raise."""
    require(name, state, DensityMatrix, PairState)
    if isinstance(state, PairState):
        state = DensityMatrix.from_pair(state)
    if state.num_qubits != num_qubits:
        raise ValueError(f"{name} has {state.num_qubits} qubits: it must have {num_qubits}")
    return state
