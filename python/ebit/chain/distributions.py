"""Histograms that a summary keeps, and quantiles read from them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ebit._arrays import FloatArray, IntArray, as_float
from ebit.chain.figures import Figure


class StorageHistogram(NamedTuple):
    """How long a node stored the qubits of the delivered pairs.

    Attributes
    ----------
    zeros : int
        Pairs whose qubits it did not store at all.
    counts : int64 array, shape (bins,)
        Of the others.
    edges : float64 array, shape (bins + 1,)
        Bin edges in seconds, 16 bins per factor of two.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5)] * 2)
    >>> summary = ebit.estimate(chain, shots=1000, rng=7, telemetry=True)
    >>> zeros, counts, edges = summary.storage_time_histogram(1)
    >>> zeros + int(counts.sum()), float(edges[0])
    (1000, 1.0)
    """

    zeros: int
    counts: IntArray
    edges: FloatArray


def nonzero(counts: IntArray, edges: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the bins from the first to the last count, shape (..., bins), and their edges."""
    seen = np.flatnonzero(counts.reshape(-1, counts.shape[-1]).any(axis=0))
    if len(seen) == 0:
        return counts[..., :0], np.zeros(1)
    first, last = int(seen[0]), int(seen[-1])
    return counts[..., first : last + 1], edges[first : last + 2]


def quantile(q: float, shots: int, counts: IntArray, edges: FloatArray) -> Figure:
    """Return the lower edge of the bin below whose end a share `q` of the shots lies."""
    q = as_float("q", q)
    if not 0.0 < q < 1.0:
        raise ValueError(f"q = {q} is not allowed: it must be in (0, 1)")
    if shots == 0:
        raise ValueError("a quantile needs at least one shot")
    cumulative = np.cumsum(counts)

    def place(share: float) -> float:
        bin_ = int(np.searchsorted(cumulative, min(max(share, 0.0), 1.0) * shots))
        return float(edges[min(bin_, len(counts) - 1)])

    spread = math.sqrt(q * (1.0 - q) / shots)
    low, value, high = (place(share) for share in (q - spread, q, q + spread))
    return Figure(value, (high - low) / 2.0)
