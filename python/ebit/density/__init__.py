"""Density matrices in the Pauli basis: single states of up to 13 qubits and batches of small ones."""

from ebit.density._record import Bit
from ebit.density._results import Branch, Joined, Sampled
from ebit.density.bilinear_map import BilinearMap
from ebit.density.density_matrix import DensityMatrix
from ebit.density.lindblad import Lindbladian
from ebit.density.pipeline import Pipeline, pipeline
from ebit.density.pool import StatePool
from ebit.density.program import Program
from ebit.density.protocol import Protocol

__all__ = [
    "BilinearMap",
    "Bit",
    "Branch",
    "DensityMatrix",
    "Joined",
    "Lindbladian",
    "Pipeline",
    "Program",
    "Protocol",
    "Sampled",
    "StatePool",
    "pipeline",
]
