"""What maps from two states return. Numbers are of one state, or arrays with one for each element."""

from __future__ import annotations

from typing import Any, NamedTuple

from ebit.density.density_matrix import DensityMatrix


class Joined(NamedTuple):
    """What a map makes of two states, averaged over the accepted outcomes."""

    state: DensityMatrix
    probability: Any  # that the outcome is accepted: a float, or an array with one for each element


class Sampled(NamedTuple):
    """What a map makes of two states, one outcome drawn for each element."""

    state: DensityMatrix  # after this outcome
    outcome: Any  # an int or an array of them
    accepted: Any  # a bool or an array
    probability: Any  # of this outcome: a float or an array


class Branch(NamedTuple):
    """What a map makes of two states if it ends with one outcome."""

    outcome: int
    state: DensityMatrix
    probability: Any  # a float or an array
    accepted: bool
