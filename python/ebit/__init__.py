"""The numerical core for quantum-network simulation."""

from ebit import capacity, links
from ebit._core import version as _version
from ebit.links import Detector, ElementaryLink, Fibre, FreeSpace, FrequencyConverter
from ebit.state import BellDiagonal, BellMeasurement, Pair, Werner, swap, swap_outcomes

__version__ = _version()

__all__ = [
    "BellDiagonal",
    "BellMeasurement",
    "Detector",
    "ElementaryLink",
    "Fibre",
    "FreeSpace",
    "FrequencyConverter",
    "Pair",
    "Werner",
    "capacity",
    "links",
    "swap",
    "swap_outcomes",
]
