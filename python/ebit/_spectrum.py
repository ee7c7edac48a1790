"""Figures of merit that need eigenvalues, on Pauli coefficients of shape (4**n, N): N states side by side.

States of up to three qubits go through the compiled kernel, larger ones through LAPACK.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ebit import _core
from ebit._arrays import ComplexArray, FloatArray

#: Eigenvalues up to this are rounding errors of zeros, as in the compiled kernel.
ZERO = 2.0**-50

_KERNEL_QUBITS = (1, 2, 3)
# LAPACK takes so many matrix entries at once, so that a large batch needs no second copy of itself.
_ENTRIES = 1 << 24


def num_qubits(rows: FloatArray) -> int:
    return (len(rows).bit_length() - 1) // 2


def matrices(rows: FloatArray) -> ComplexArray:
    """Return the density matrices, shape (N, d, d)."""
    state = _core.DensityMatrix(num_qubits(rows), rows.shape[1])
    state.coefficients[...] = rows
    return _core.get_matrices(state, False)


def eigenvalues(rows: FloatArray) -> FloatArray:
    """Return the eigenvalues in ascending order, shape (d, N)."""
    if num_qubits(rows) not in _KERNEL_QUBITS:
        return _lapack_eigenvalues(rows)
    d = 1 << num_qubits(rows)
    # What is positive has its eigenvalues as singular values.
    shift = np.sqrt(np.einsum("rk,rk->k", rows, rows) / d)
    shifted = rows.copy()
    shifted[0] += d * shift
    values: FloatArray = np.sort(_core.singular_values(shifted), axis=0) - shift
    return values


def absolute_eigenvalues(rows: FloatArray) -> FloatArray:
    """Return the absolute values of the eigenvalues in any order, shape (d, N)."""
    if num_qubits(rows) in _KERNEL_QUBITS:
        return _core.singular_values(rows)
    values: FloatArray = np.abs(_lapack_eigenvalues(rows))
    return values


def _lapack_eigenvalues(rows: FloatArray) -> FloatArray:
    step = max(1, _ENTRIES // len(rows))
    parts = [np.linalg.eigvalsh(matrices(rows[:, k : k + step])) for k in range(0, rows.shape[1], step)]
    values: FloatArray = np.concatenate(parts).T
    return values


def trace_norm(rows: FloatArray) -> FloatArray:
    norm: FloatArray = total(absolute_eigenvalues(rows))
    return norm


def total(terms: FloatArray) -> FloatArray:
    """Return the sum over the first axis, one after the other: the same bits for every size of batch."""
    sums: FloatArray = np.cumsum(terms, axis=0)[-1]
    return sums


def entropy(rows: FloatArray) -> FloatArray:
    """Von Neumann entropy in bits."""
    return shannon(absolute_eigenvalues(rows))


def shannon(probabilities: FloatArray) -> FloatArray:
    """Shannon entropy in bits over the first axis; never below zero."""
    p = np.where(probabilities > 0.0, probabilities, 1.0)
    return np.maximum(-total(p * np.log2(p)), 0.0)


def reduced(rows: FloatArray, qubits: Sequence[int]) -> FloatArray:
    """Return the coefficients of some of the qubits, the others traced out."""
    n = num_qubits(rows)
    places = tuple(slice(None) if qubit in qubits else 0 for qubit in range(n))
    return rows.reshape((4,) * n + rows.shape[1:])[places].reshape(4 ** len(qubits), -1)


def partial_transpose(rows: FloatArray, qubits: Sequence[int]) -> FloatArray:
    """Turn the sign of every string with an odd number of letters Y on these qubits."""
    signs = np.ones(1)
    for qubit in range(num_qubits(rows)):
        signs = np.outer(signs, [1.0, 1.0, -1.0 if qubit in qubits else 1.0, 1.0]).reshape(-1)
    return rows * signs[:, None]


def negativity(rows: FloatArray, qubits: Sequence[int]) -> FloatArray:
    """Minus the sum of the negative eigenvalues of the partial transpose."""
    norm = trace_norm(partial_transpose(rows, qubits))
    negative: FloatArray = 0.5 * (norm - rows[0])
    return np.maximum(0.0, negative)


def log_negativity(rows: FloatArray, qubits: Sequence[int]) -> FloatArray:
    """log2 of the trace norm of the partial transpose."""
    norm: FloatArray = 1.0 + 2.0 * negativity(rows, qubits)
    return np.log2(norm)


def concurrence(rows: FloatArray) -> FloatArray:
    """Wootters: max(0, 2 l_max - sum l) over the singular values l of A^T (sy x sy) A, rho = A A^+."""
    values = _core.spin_flip_values(rows)
    excess: FloatArray = 2.0 * values.max(axis=0) - total(values)
    return np.maximum(0.0, excess)


def entanglement_of_formation(rows: FloatArray) -> FloatArray:
    """Wootters: h((1 - sqrt(1 - C^2)) / 2) ebits."""
    squared = np.minimum(concurrence(rows), 1.0) ** 2
    return _core.binary_entropy(0.5 * squared / (1.0 + np.sqrt(1.0 - squared)))


def chsh(rows: FloatArray) -> FloatArray:
    """Horodecki: 2 sqrt(s1^2 + s2^2), the two largest singular values of the spin correlations."""
    values = np.sort(_core.spin_values(rows), axis=0)
    value: FloatArray = 2.0 * np.hypot(values[-1], values[-2])
    return value


def coherent_information(rows: FloatArray, receiver: Sequence[int]) -> FloatArray:
    """S(receiver) - S(all) in bits."""
    return entropy(reduced(rows, receiver)) - entropy(rows)


def root_fidelity(left: FloatArray, right: FloatArray) -> FloatArray:
    """Uhlmann: the sum of the singular values of A^+ B, rho = A A^+, sigma = B B^+."""
    if num_qubits(left) in _KERNEL_QUBITS:
        values = _core.overlap_values(left, right)
    else:
        overlaps = np.conj(np.swapaxes(_roots(left), -1, -2)) @ _roots(right)
        values = np.asarray(np.linalg.svd(overlaps, compute_uv=False).T, dtype=np.float64)
    return total(values)


def _roots(rows: FloatArray) -> ComplexArray:
    values, vectors = np.linalg.eigh(matrices(rows))
    root: ComplexArray = vectors * np.sqrt(np.where(values > ZERO, values, 0.0))[..., None, :]
    return root


def relative_entropy(left: FloatArray, right: FloatArray) -> FloatArray:
    """tr rho (log2 rho - log2 sigma); infinite where rho is not inside the support of sigma."""
    values, vectors = np.linalg.eigh(matrices(right))
    weights = (np.conj(vectors) * (matrices(left) @ vectors)).sum(axis=1).real
    inside = values > ZERO
    cross = -(np.where(inside, weights, 0.0) * np.log2(np.where(inside, values, 1.0))).sum(axis=-1)
    outside = (np.where(inside, 0.0, weights) > np.sqrt(ZERO)).any(axis=-1)
    value: FloatArray = np.where(outside, np.inf, np.maximum(0.0, cross - entropy(left)))
    return value
