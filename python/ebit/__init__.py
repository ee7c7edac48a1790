"""The numerical core for quantum-network simulation."""

from ebit._core import version as _version
from ebit.state import BellDiagonal, BellMeasurement, Pair, Werner, swap, swap_outcomes

__all__ = ["BellDiagonal", "BellMeasurement", "Pair", "Werner", "swap", "swap_outcomes"]

__version__ = _version()
