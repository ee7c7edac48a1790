"""The numerical core for quantum-network simulation."""

from ebit._core import version as _version

__version__ = _version()
