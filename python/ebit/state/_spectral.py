"""Density matrices of pairs and the hashing bound, on correlation matrices of shape (..., 4, 4)."""

from __future__ import annotations

import numpy as np

from ebit import _core, _spectrum
from ebit._arrays import ComplexArray, FloatArray

_PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
_PAULI_PRODUCTS = np.einsum("iac,jbd->ijabcd", _PAULIS, _PAULIS).reshape(4, 4, 4, 4)


def rows(correlations: FloatArray) -> FloatArray:
    """Return the Pauli coefficients, shape (16, N), one column per pair; no copy."""
    return correlations.reshape(-1, 16).T


def density_matrix(correlations: FloatArray) -> ComplexArray:
    """Return the density matrices, shape (..., 4, 4)."""
    entries = _core.density_matrix(correlations.reshape(-1, 16))
    return entries.view(np.complex128).reshape(correlations.shape)


def hashing_bound(correlations: FloatArray) -> FloatArray:
    """Coherent information S(B) - S(AB) in bits."""
    return _spectrum.coherent_information(rows(correlations), [1]).reshape(correlations.shape[:-2])


def hashing_bound_gradient(correlations: FloatArray) -> FloatArray:
    """Its derivatives by the entries of the correlations, shape (..., 4, 4).

    -tr(P_i (x) P_j log2 rho) / 4 for S(AB). Where an eigenvalue is zero the state is taken to keep it
    zero: elsewhere the slope is infinite.
    """
    values, vectors = np.linalg.eigh(density_matrix(correlations))
    logs = np.where(values > _spectrum.ZERO, np.log2(np.where(values > _spectrum.ZERO, values, 1.0)), 0.0)
    log_state = (vectors * logs[..., None, :]) @ np.conj(np.swapaxes(vectors, -1, -2))
    slope: FloatArray = 0.25 * np.einsum("ijab,...ba->...ij", _PAULI_PRODUCTS, log_state).real
    right = correlations[..., 0, 1:]
    bloch = np.sqrt((right**2).sum(axis=-1))
    inside = np.where((bloch > 0.0) & (bloch < 1.0), bloch, 0.5)
    by_bloch = 0.5 * np.log2((1.0 - inside) / (1.0 + inside)) / inside
    slope[..., 0, 1:] += np.where((bloch < 1.0), by_bloch, 0.0)[..., None] * right
    return slope
