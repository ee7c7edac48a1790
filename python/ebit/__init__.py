"""The numerical core for quantum-network simulation."""

from ebit import channels, gates, instruments
from ebit._core import version as _version
from ebit.channels import Channel
from ebit.instruments import Instrument
from ebit.memory import Memory
from ebit.state import BellDiagonal, BellMeasurement, Pair, Werner, swap, swap_outcomes

__all__ = [
    "BellDiagonal",
    "BellMeasurement",
    "Channel",
    "Instrument",
    "Memory",
    "Pair",
    "Werner",
    "channels",
    "gates",
    "instruments",
    "swap",
    "swap_outcomes",
]

__version__ = _version()
