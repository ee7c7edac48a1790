"""The numerical core for quantum-network simulation."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ebit import capacity, channels, gates, instruments, links, protocols
from ebit._core import version as _version
from ebit.chain import (
    Chain,
    CompiledPolicy,
    CutOff,
    Doubling,
    Figure,
    Nested,
    Node,
    PolicyTable,
    Run,
    Slotted,
    Summary,
    SwapAsap,
    estimate,
    estimates,
    sample,
)
from ebit.channels import Channel
from ebit.density import (
    BilinearMap,
    DensityMatrix,
    Lindbladian,
    Pipeline,
    Program,
    Protocol,
    StatePool,
    pipeline,
)
from ebit.instruments import Instrument, Povm
from ebit.links import Detector, ElementaryLink, Fibre, FreeSpace, FrequencyConverter
from ebit.memory import Memory
from ebit.state import BellDiagonal, BellMeasurement, Pair, Werner, swap, swap_outcomes

if TYPE_CHECKING:
    from ebit import adapters, benchmarks, config, exact, plot, report, results, tomography
    from ebit.chain.tracing import trace
    from ebit.config import load

__version__ = _version()

__all__ = [
    "BellDiagonal",
    "BellMeasurement",
    "BilinearMap",
    "Chain",
    "Channel",
    "CompiledPolicy",
    "CutOff",
    "DensityMatrix",
    "Detector",
    "Doubling",
    "ElementaryLink",
    "Fibre",
    "Figure",
    "FreeSpace",
    "FrequencyConverter",
    "Instrument",
    "Lindbladian",
    "Memory",
    "Nested",
    "Node",
    "Pair",
    "Pipeline",
    "PolicyTable",
    "Povm",
    "Program",
    "Protocol",
    "Run",
    "Slotted",
    "StatePool",
    "Summary",
    "SwapAsap",
    "Werner",
    "adapters",
    "benchmarks",
    "capacity",
    "channels",
    "config",
    "estimate",
    "estimates",
    "exact",
    "gates",
    "instruments",
    "links",
    "load",
    "pipeline",
    "plot",
    "protocols",
    "report",
    "results",
    "sample",
    "swap",
    "swap_outcomes",
    "tomography",
    "trace",
]

# Imported when first asked for: they bring further packages, or are seldom needed.
_LATE = {
    "adapters": None,
    "benchmarks": None,
    "config": None,
    "exact": None,
    "load": "config",
    "plot": None,
    "report": None,
    "results": None,
    "tomography": None,
    "trace": "chain.tracing",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _LATE[name]
    return import_module(f"ebit.{name}") if home is None else getattr(import_module(f"ebit.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
