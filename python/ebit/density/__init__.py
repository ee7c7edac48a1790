"""Density matrices in the Pauli basis: single states of up to 13 qubits and batches of small ones."""

from ebit.density._record import Bit
from ebit.density.bilinear_map import BilinearMap, Branch, Joined, Sampled
from ebit.density.density_matrix import DensityMatrix
from ebit.density.program import Program
from ebit.density.protocol import Protocol

__all__ = ["BilinearMap", "Bit", "Branch", "DensityMatrix", "Joined", "Program", "Protocol", "Sampled"]
