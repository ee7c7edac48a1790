"""The numerical core for quantum-network simulation."""

from ebit import capacity, channels, gates, instruments, links
from ebit._core import version as _version
from ebit.chain import Chain, Doubling, Figure, Node, Run, Summary, SwapAsap, estimate, estimates, sample
from ebit.channels import Channel
from ebit.instruments import Instrument
from ebit.links import Detector, ElementaryLink, Fibre, FreeSpace, FrequencyConverter
from ebit.memory import Memory
from ebit.state import BellDiagonal, BellMeasurement, Pair, Werner, swap, swap_outcomes

__version__ = _version()

__all__ = [
    "BellDiagonal",
    "BellMeasurement",
    "Chain",
    "Channel",
    "Detector",
    "Doubling",
    "ElementaryLink",
    "Fibre",
    "Figure",
    "FreeSpace",
    "FrequencyConverter",
    "Instrument",
    "Memory",
    "Node",
    "Pair",
    "Run",
    "Summary",
    "SwapAsap",
    "Werner",
    "capacity",
    "channels",
    "estimate",
    "estimates",
    "gates",
    "instruments",
    "links",
    "sample",
    "swap",
    "swap_outcomes",
]
