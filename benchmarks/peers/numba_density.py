"""A noisy layer on the complex density matrix, written with care in numba: one pass per operation.

Every channel on a qubit is one superoperator, applied in place to all two by two blocks of the matrix; a
CNOT swaps rows and columns in one pass. One compiled function does the whole layer.
"""

from __future__ import annotations

import numpy as np
from numba import njit

H = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2.0)


def superoperator(*kraus: np.ndarray) -> np.ndarray:
    """Return the real 4 x 4 map of a two by two block, row by row."""
    return sum(np.kron(k, k.conj()) for k in kraus).real.copy()


def depolarizing(p_error: float) -> np.ndarray:
    paulis = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    weights = np.sqrt([1 - p_error, p_error / 3, p_error / 3, p_error / 3])
    return superoperator(*(w * p for w, p in zip(weights, paulis, strict=True)))


def amplitude_damping(gamma: float) -> np.ndarray:
    return superoperator(np.diag([1.0, np.sqrt(1.0 - gamma)]), np.array([[0.0, np.sqrt(gamma)], [0.0, 0.0]]))


@njit(nogil=True, cache=True, fastmath=True)
def apply(rho: np.ndarray, n: int, qubit: int, s: np.ndarray) -> None:
    """Apply a real superoperator to one qubit; `rho` as real and imaginary parts, (2**n, 2 * 2**n)."""
    low = 1 << (n - 1 - qubit)
    s00, s01, s02, s03 = s[0]
    s10, s11, s12, s13 = s[1]
    s20, s21, s22, s23 = s[2]
    s30, s31, s32, s33 = s[3]
    for high in range(0, 1 << n, 2 * low):
        for row in range(high, high + low):
            upper, lower = rho[row], rho[row + low]
            for column in range(0, 2 << n, 4 * low):
                a, b = upper[column : column + 2 * low], upper[column + 2 * low : column + 4 * low]
                c, d = lower[column : column + 2 * low], lower[column + 2 * low : column + 4 * low]
                for i in range(2 * low):
                    w, x, y, z = a[i], b[i], c[i], d[i]
                    a[i] = s00 * w + s01 * x + s02 * y + s03 * z
                    b[i] = s10 * w + s11 * x + s12 * y + s13 * z
                    c[i] = s20 * w + s21 * x + s22 * y + s23 * z
                    d[i] = s30 * w + s31 * x + s32 * y + s33 * z


@njit(nogil=True, cache=True, fastmath=True)
def cnot(rho: np.ndarray, n: int, control: int) -> None:
    """Apply a CNOT from `control` to the next qubit: swap rows, and columns within each row."""
    target = 1 << (n - 2 - control)
    for row in range(1 << n):
        if row & target:
            continue
        swaps = row & (2 * target)
        upper, lower = rho[row], rho[row + target]
        if swaps:
            for column in range(0, 2 << n, 8 * target):
                a, b, c, d = column, column + 2 * target, column + 4 * target, column + 6 * target
                for i in range(2 * target):
                    upper[a + i], lower[a + i] = lower[a + i], upper[a + i]
                    upper[b + i], lower[b + i] = lower[b + i], upper[b + i]
                    upper[c + i], lower[d + i] = lower[d + i], upper[c + i]
                    upper[d + i], lower[c + i] = lower[c + i], upper[d + i]
        else:
            for column in range(0, 2 << n, 8 * target):
                c, d = column + 4 * target, column + 6 * target
                for i in range(2 * target):
                    upper[c + i], upper[d + i] = upper[d + i], upper[c + i]
                    lower[c + i], lower[d + i] = lower[d + i], lower[c + i]


@njit(nogil=True, cache=True)
def _layer(rho: np.ndarray, n: int, h: np.ndarray, depolarize: np.ndarray, damp: np.ndarray) -> None:
    for qubit in range(n):
        apply(rho, n, qubit, h)
    for qubit in range(n - 1):
        cnot(rho, n, qubit)
    for qubit in range(n):
        apply(rho, n, qubit, depolarize)
    for qubit in range(n):
        apply(rho, n, qubit, damp)


def layer(n: int, p_error: float, gamma: float):
    """Return a function that applies the layer in place to a complex matrix, shape (2**n, 2**n)."""
    maps = superoperator(H), depolarizing(p_error), amplitude_damping(gamma)

    def run(rho: np.ndarray) -> None:
        _layer(rho.view(np.float64), n, *maps)

    return run
