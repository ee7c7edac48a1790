"""Figures of a chain as functions of the means that a summary keeps, with their gradients.

All figures are functions of the means of a few quantities of a shot; the variance of a figure f is
g^T C g / shots, with g its gradient and C the covariances of the quantities (delta method). Leading
axes of the means are a batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ebit._arrays import FloatArray, IntArray
from ebit._points import Number
from ebit.state import Pair, binary_entropy
from ebit.state._spectral import hashing_bound_gradient

#: Figures of a chain, in the order in which they are reported.
FIGURES = (
    "rate",
    "waiting_time",
    "attempts",
    "fidelity",
    "qber_x",
    "qber_y",
    "qber_z",
    "secret_fraction",
    "secret_key_rate",
    "distillable_entanglement",
)
#: Those that telemetry adds.
TELEMETRY_FIGURES = (
    "tagged_secret_fraction",
    "tagged_secret_key_rate",
    "swap_success_rate",
    "distillation_success_rate",
    "storage_time",
)
#: Those of the state alone.
STATE_FIGURES = (
    "fidelity",
    "qber_x",
    "qber_y",
    "qber_z",
    "secret_fraction",
    "distillable_entanglement",
    "tagged_secret_fraction",
)

# Where a quantity stands among the means; features of the delivered state come after, and at the end
# those of telemetry.
_WAITING_TIME, _ATTEMPTS, _FIRST_FEATURE = range(3)
_TELEMETRY = (
    "fidelity",
    "tagged_secret_fraction",
    "swaps",
    "lost_swaps",
    "distillations",
    "lost_distillations",
    "storage_time",
)

# The error rate of a basis is (1 - sign * correlation) / 2.
_SIGNS = {"x": 1.0, "y": -1.0, "z": 1.0}
PAULIS = "ixyz"
#: Correlations of a pair that are not always 1.
CORRELATIONS = tuple(a + b for a in PAULIS for b in PAULIS)[1:]
#: Quantities of a shot whose covariances are known, and those that telemetry adds.
LINEAR = ("waiting_time", "attempts", "fidelity", *CORRELATIONS)
TELEMETRY_LINEAR = tuple(name for name in _TELEMETRY if name not in ("fidelity", "tagged_secret_fraction"))


class Figure(NamedTuple):
    """An estimated figure and its standard error.

    Attributes
    ----------
    value : float
        In the unit of the figure, see `Summary.figures`. Of a chain with a shape an array of it.
    standard_error : float
        Likewise; NaN for fewer than two shots.

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=1.0, attempt_time=0.5, fidelity=0.9)])
    >>> value, standard_error = ebit.estimate(chain, shots=100, rng=7).figures["rate"]
    >>> value, standard_error
    (2.0, 0.0)
    """

    value: Number
    standard_error: Number


class Term(NamedTuple):
    """A function of the means: value, shape (...), and gradient, shape (..., quantities)."""

    value: FloatArray
    gradient: FloatArray

    def __mul__(self, other: Term) -> Term:  # type: ignore[override]
        gradient = self.value[..., None] * other.gradient + other.value[..., None] * self.gradient
        return Term(self.value * other.value, gradient)

    def inverse(self) -> Term:
        return Term(1.0 / self.value, -self.gradient / self.value[..., None] ** 2)

    def complement(self) -> Term:
        return Term(1.0 - self.value, -self.gradient)

    def clipped(self) -> Term:
        """Zero where it is negative."""
        return Term(np.maximum(self.value, 0.0), np.where(self.value[..., None] > 0.0, self.gradient, 0.0))


@dataclass(frozen=True)
class Means:
    """Means of the quantities of a shot, and what they say of the delivered state.

    Entry e of the correlations is constant + amplitude * feature, feature -1 standing for none.
    """

    values: FloatArray  # (..., quantities)
    constant: FloatArray  # (..., 16)
    amplitude: FloatArray  # (..., 16)
    feature: IntArray  # (..., 16)

    def quantity(self, index: int) -> Term:
        gradient = np.zeros(self.values.shape)
        gradient[..., index] = 1.0
        return Term(self.values[..., index], gradient)

    def telemetry(self, name: str) -> Term:
        return self.quantity(_TELEMETRY.index(name) - len(_TELEMETRY))

    @cached_property
    def entries(self) -> Term:
        """All entries of the correlations: value (..., 16), gradient (..., 16, quantities)."""
        value = np.array(self.constant)
        gradient = np.zeros((*value.shape, self.values.shape[-1]))
        for e in np.flatnonzero((self.feature >= 0).reshape(-1, 16).any(axis=0)):
            # The amplitude of an entry without a feature is 0.
            quantity = _FIRST_FEATURE + np.maximum(self.feature[..., e, None], 0)
            amplitude = self.amplitude[..., e, None]
            value[..., e] += (amplitude * np.take_along_axis(self.values, quantity, axis=-1))[..., 0]
            np.put_along_axis(gradient[..., e, :], quantity, amplitude, axis=-1)
        return Term(value, gradient)

    @property
    def correlations(self) -> FloatArray:
        """Of the mean pair, shape (..., 4, 4)."""
        return self.entries.value.reshape(*self.entries.value.shape[:-1], 4, 4)

    def entry(self, name: str) -> Term:
        """The correlation of two Pauli operators, as "xx" or "iz"."""
        e = 4 * PAULIS.index(name[0]) + PAULIS.index(name[1])
        return Term(self.entries.value[..., e], self.entries.gradient[..., e, :])


def _rate(means: Means) -> Term:
    return means.quantity(_WAITING_TIME).inverse()


def _fidelity(means: Means) -> Term:
    weights = np.zeros(16)
    weights[[0, 5, 10, 15]] = [0.25, *(0.25 * sign for sign in _SIGNS.values())]
    return Term(means.entries.value @ weights, np.einsum("...eq,e->...q", means.entries.gradient, weights))


def _qber(basis: str) -> Callable[[Means], Term]:
    def qber(means: Means) -> Term:
        value, gradient = means.entry(basis + basis)
        rate = np.clip((1.0 - _SIGNS[basis] * value) / 2.0, 0.0, 1.0)
        return Term(rate, -0.5 * _SIGNS[basis] * gradient)

    return qber


def _secret_fraction(means: Means) -> Term:
    value, gradient = np.array(1.0), np.array(0.0)
    for basis in "xz":
        qber = _qber(basis)(means)
        value = value - binary_entropy(qber.value)
        # At an error rate of 0 nothing varies, and the slope of the entropy is infinite.
        varies = (qber.value > 0.0) & (qber.value < 1.0)
        q = np.where(varies, qber.value, 0.5)
        gradient = gradient - np.log2((1.0 - q) / q)[..., None] * qber.gradient
    return Term(value, gradient).clipped()


def _distillable_entanglement(means: Means) -> Term:
    value = np.asarray(Pair._of(means.correlations).hashing_bound())
    slope = hashing_bound_gradient(means.correlations).reshape(means.entries.value.shape)
    return Term(value, np.einsum("...eq,...e->...q", means.entries.gradient, slope)).clipped()


def _success_rate(tried: str, lost: str) -> Callable[[Means], Term]:
    def success_rate(means: Means) -> Term:
        count = means.telemetry(tried)
        with np.errstate(invalid="ignore", divide="ignore"):  # NaN where nothing was tried
            return (means.telemetry(lost) * count.inverse()).complement()

    return success_rate


_TERMS: dict[str, Callable[[Means], Term]] = {
    "rate": _rate,
    "waiting_time": lambda means: means.quantity(_WAITING_TIME),
    "attempts": lambda means: means.quantity(_ATTEMPTS),
    "fidelity": _fidelity,
    "qber_x": _qber("x"),
    "qber_y": _qber("y"),
    "qber_z": _qber("z"),
    "secret_fraction": _secret_fraction,
    "secret_key_rate": lambda means: _rate(means) * _secret_fraction(means),
    "distillable_entanglement": _distillable_entanglement,
    "tagged_secret_fraction": lambda means: means.telemetry("tagged_secret_fraction"),
    "tagged_secret_key_rate": lambda means: _rate(means) * means.telemetry("tagged_secret_fraction"),
    "swap_success_rate": _success_rate("swaps", "lost_swaps"),
    "distillation_success_rate": _success_rate("distillations", "lost_distillations"),
    "storage_time": lambda means: means.telemetry("storage_time"),
}


def figure_term(name: str, means: Means) -> Term:
    """Return a figure and its gradient, of one or many summaries."""
    return _TERMS[name](means)


def linear_term(name: str, means: Means, telemetry: bool) -> Term:
    """Return one of the quantities `LINEAR` or, with telemetry, `TELEMETRY_LINEAR`."""
    if telemetry and name in _TELEMETRY:  # the fidelity, too: alone its errors are known
        return means.telemetry(name)
    return means.entry(name) if name in CORRELATIONS else figure_term(name, means)


def standard_error(term: Term, covariances: FloatArray, shots: IntArray) -> FloatArray:
    """Return the standard errors, shape (...); covariances have the shape (..., quantities, quantities)."""
    variance = np.einsum("...i,...ij,...j->...", term.gradient, covariances, term.gradient)
    error: FloatArray = np.sqrt(np.maximum(variance / np.maximum(shots, 1), 0.0))
    return np.where(shots < 2, math.nan, error)
