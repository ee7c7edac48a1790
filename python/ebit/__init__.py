"""The numerical core for quantum-network simulation."""

from ebit import capacity, links
from ebit._core import version as _version
from ebit.links import Detector, ElementaryLink, Fibre, FreeSpace, FrequencyConverter

__version__ = _version()

__all__ = [
    "Detector",
    "ElementaryLink",
    "Fibre",
    "FreeSpace",
    "FrequencyConverter",
    "capacity",
    "links",
]
