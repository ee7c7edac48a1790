"""The numerical core for quantum-network simulation."""

from ebit import channels, gates, instruments
from ebit._core import version as _version
from ebit.channels import Channel
from ebit.instruments import Instrument
from ebit.memory import Memory

__all__ = ["Channel", "Instrument", "Memory", "channels", "gates", "instruments"]

__version__ = _version()
