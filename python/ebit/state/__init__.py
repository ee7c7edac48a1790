"""Pair states: correlation matrices, Bell-diagonal and Werner states, swapping, figures of merit."""

from ebit.state.bell_measurement import BellMeasurement
from ebit.state.figures import BELL_STATES, binary_entropy
from ebit.state.pairs import BellDiagonal, Pair, PairState, Werner
from ebit.state.swapping import swap, swap_outcomes

__all__ = [
    "BELL_STATES",
    "BellDiagonal",
    "BellMeasurement",
    "Pair",
    "PairState",
    "Werner",
    "binary_entropy",
    "swap",
    "swap_outcomes",
]
