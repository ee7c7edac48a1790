"""Figures of merit that need eigenvalues, on correlation matrices of shape (..., 4, 4)."""

from __future__ import annotations

import numpy as np

from ebit import _core
from ebit._arrays import ComplexArray, FloatArray

# sigma_y (x) sigma_y
_SPIN_FLIP = np.diag([-1.0, 1.0, 1.0, -1.0])[::-1]

_PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
_PAULI_PRODUCTS = np.einsum("iac,jbd->ijabcd", _PAULIS, _PAULIS).reshape(4, 4, 4, 4)

# Eigenvalues below this are rounding errors of zeros.
_ZERO = 4.0 * np.finfo(np.float64).eps


def density_matrix(correlations: FloatArray) -> ComplexArray:
    """Return the density matrices, shape (..., 4, 4)."""
    entries = _core.density_matrix(correlations.reshape(-1, 16))
    return entries.view(np.complex128).reshape(correlations.shape)


def concurrence(correlations: FloatArray) -> FloatArray:
    """Wootters: max(0, 2 l_max - sum l) over the singular values l of A^T (sy x sy) A, rho = A A^+."""
    values, vectors = np.linalg.eigh(density_matrix(correlations))
    # The root of a rounding error would be 1e-8.
    root = vectors * np.sqrt(np.where(values > _ZERO, values, 0.0))[..., None, :]
    overlaps = np.swapaxes(root, -1, -2) @ _SPIN_FLIP @ root
    singular = np.linalg.svd(overlaps, compute_uv=False)
    excess: FloatArray = 2.0 * singular[..., 0] - singular.sum(axis=-1)
    return np.maximum(0.0, excess)


def negativity(correlations: FloatArray) -> FloatArray:
    """Minus the sum of the negative eigenvalues of the partial transpose."""
    transposed = correlations * np.array([1.0, 1.0, -1.0, 1.0])
    values = np.linalg.eigvalsh(density_matrix(transposed))
    negative: FloatArray = np.minimum(values, 0.0).sum(axis=-1)
    return 0.0 - negative


def log_negativity(correlations: FloatArray) -> FloatArray:
    """log2 of the trace norm of the partial transpose."""
    norm: FloatArray = 1.0 + 2.0 * negativity(correlations)
    return np.log2(norm)


def chsh(correlations: FloatArray) -> FloatArray:
    """Horodecki: 2 sqrt(s1^2 + s2^2), the two largest singular values of the spin correlations."""
    singular = np.linalg.svd(correlations[..., 1:, 1:], compute_uv=False)
    value: FloatArray = 2.0 * np.hypot(singular[..., 0], singular[..., 1])
    return value


def hashing_bound(correlations: FloatArray) -> FloatArray:
    """Coherent information S(B) - S(AB) in bits."""
    bloch: FloatArray = np.sqrt((correlations[..., 0, 1:] ** 2).sum(axis=-1))
    right = np.stack([0.5 + 0.5 * bloch, 0.5 - 0.5 * bloch], axis=-1)
    both = np.asarray(np.linalg.eigvalsh(density_matrix(correlations)), dtype=np.float64)
    difference: FloatArray = _entropy(right) - _entropy(both)
    return difference


def hashing_bound_gradient(correlations: FloatArray) -> FloatArray:
    """Its derivatives by the entries of the correlations, shape (..., 4, 4).

    -tr(P_i (x) P_j log2 rho) / 4 for S(AB). Where an eigenvalue is zero the state is taken to keep it
    zero: elsewhere the slope is infinite.
    """
    values, vectors = np.linalg.eigh(density_matrix(correlations))
    logs = np.where(values > _ZERO, np.log2(np.where(values > _ZERO, values, 1.0)), 0.0)
    log_state = (vectors * logs[..., None, :]) @ np.conj(np.swapaxes(vectors, -1, -2))
    slope: FloatArray = 0.25 * np.einsum("ijab,...ba->...ij", _PAULI_PRODUCTS, log_state).real
    right = correlations[..., 0, 1:]
    bloch = np.sqrt((right**2).sum(axis=-1))
    inside = np.where((bloch > 0.0) & (bloch < 1.0), bloch, 0.5)
    by_bloch = 0.5 * np.log2((1.0 - inside) / (1.0 + inside)) / inside
    slope[..., 0, 1:] += np.where((bloch < 1.0), by_bloch, 0.0)[..., None] * right
    return slope


def _entropy(probabilities: FloatArray) -> FloatArray:
    """Shannon entropy in bits over the last axis; what rounding leaves below zero counts as zero."""
    p = np.where(probabilities > 0.0, probabilities, 1.0)
    entropy: FloatArray = -(p * np.log2(p)).sum(axis=-1)
    return entropy
