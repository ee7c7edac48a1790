"""Changes of representation, batched over leading axes. Nothing here checks for a channel.

With d = 2**k and column stacking, ``vec(|i><j|) = |j>|i>``:

- Choi matrix ``C = sum_ij |i><j| (x) E(|i><j|)``, the input on the left, ``tr C = d``;
- superoperator ``vec(E(rho)) = S vec(rho)``, ``S = sum_m conj(K_m) (x) K_m``;
- Kraus operators: axes ``(..., m, d, d)``.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ebit import _core
from ebit._arrays import ComplexArray, FloatArray

# Weights below this share of the trace are rounding, not Kraus operators.
_RANK_TOLERANCE = 1e-14


@cache
def paulis(num_qubits: int) -> ComplexArray:
    """Return the Pauli operators, shape (4**k, d, d), in the order of a transfer matrix."""
    one = np.array(
        [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=complex
    )
    basis = one
    for _ in range(num_qubits - 1):
        basis = np.array([np.kron(left, right) for left in basis for right in one])
    basis.setflags(write=False)
    return basis


def _dimension(entries: int) -> int:
    """Return d from d**2."""
    return 2 if entries == 4 else 4


def _num_qubits(d: int) -> int:
    return 1 if d == 2 else 2


def choi_from_ptm(ptm: FloatArray) -> ComplexArray:
    d = _dimension(ptm.shape[-1])
    basis = paulis(_num_qubits(d))
    choi: ComplexArray = np.einsum("...ab,bji,axy->...ixjy", ptm, basis, basis, optimize=True) / d
    return choi.reshape(*ptm.shape[:-2], d * d, d * d)


def ptm_from_choi(choi: ComplexArray) -> ComplexArray:
    """Return the transfer matrix; it is complex if the map does not preserve Hermiticity."""
    d = _dimension(choi.shape[-1])
    basis = paulis(_num_qubits(d))
    tensor = choi.reshape(*choi.shape[:-2], d, d, d, d)
    ptm: ComplexArray = np.einsum("...ixjy,bij,ayx->...ab", tensor, basis, basis, optimize=True) / d
    return ptm


def superoperator_from_choi(choi: ComplexArray) -> ComplexArray:
    """Return S[(y, x), (j, i)] = C[(i, x), (j, y)]."""
    d = _dimension(choi.shape[-1])
    batch = choi.shape[:-2]
    superoperator: ComplexArray = np.einsum("...ixjy->...yxji", choi.reshape(*batch, d, d, d, d))
    return superoperator.reshape(*batch, d * d, d * d)


def choi_from_superoperator(superoperator: ComplexArray) -> ComplexArray:
    d = _dimension(superoperator.shape[-1])
    batch = superoperator.shape[:-2]
    choi: ComplexArray = np.einsum("...yxji->...ixjy", superoperator.reshape(*batch, d, d, d, d))
    return choi.reshape(*batch, d * d, d * d)


def ptm_from_kraus(kraus: ComplexArray) -> FloatArray:
    """Sum the maps ``rho -> K rho K^dagger`` over axis -3."""
    d = kraus.shape[-1]
    conjugation = _core.channel_conjugation_1 if d == 2 else _core.channel_conjugation_2
    terms = conjugation(np.ascontiguousarray(kraus).reshape(-1, d * d).view(np.float64))
    ptm: FloatArray = terms.reshape(*kraus.shape[:-2], d * d, d * d).sum(axis=-3)
    return ptm


def kraus_from_choi(choi: ComplexArray) -> ComplexArray:
    """Return as many operators as the largest rank in the batch, heaviest first."""
    d = _dimension(choi.shape[-1])
    weights, vectors = np.linalg.eigh(choi)
    weights, vectors = weights[..., ::-1].clip(min=0.0), vectors[..., ::-1]
    needed = (weights > _RANK_TOLERANCE * d).reshape(-1, d * d).any(axis=0)
    rank = max(1, int(needed.sum()))
    columns = np.moveaxis(vectors * np.sqrt(weights)[..., None, :], -1, -2)[..., :rank, :]
    return np.ascontiguousarray(np.swapaxes(columns.reshape(*columns.shape[:-1], d, d), -1, -2))
