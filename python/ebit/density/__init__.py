"""Density matrices in the Pauli basis: single states of up to 13 qubits and batches of small ones."""

from ebit.density._conversions import reorder
from ebit.density.density_matrix import DensityMatrix

__all__ = ["DensityMatrix", "reorder"]
