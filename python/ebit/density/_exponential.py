"""The exponential of one real matrix at many times.

Two ways, chosen by the matrix:

- eigenvectors, if they are well conditioned: ``exp(G t) = V exp(D t) V^-1``; a state costs two products
  with a matrix, whatever its time;
- else (generators at exceptional points, such as a critically damped qubit) a ladder of powers: with a unit
  of time u such that ``|G u| <= 1/2``, ``exp(G u 2^k)`` comes from repeated squaring; a time ``t = m u + r``
  takes the powers that are the bits of m, and a Taylor series for the rest. It needs no eigenvectors and is
  right to rounding for any matrix.

The first row of a generator that keeps the trace is zero, and the first row of its exponential (1, 0, ..):
that one is kept exact.
"""

from __future__ import annotations

import numpy as np

from ebit._arrays import ComplexArray, FloatArray

# Rounding grows by the condition number of the eigenvectors.
_WELL_CONDITIONED = 200.0
# |G r| <= 1/2: what is left out is below 2^-53 of the state.
_TAYLOR_TERMS = 14
# Numbers in flight at a time: what keeps temporary arrays in cache.
_CHUNK = 1 << 16


class Exponential:
    """``exp(G t)`` for a real matrix G whose first row is zero."""

    def __init__(self, generator: FloatArray) -> None:
        self._generator = generator
        values, vectors = np.linalg.eig(generator)
        # No eigenvalue of a channel's generator has a positive real part, beyond rounding.
        self._values = (values.real.clip(max=0.0) + 1j * values.imag).astype(np.complex128)
        self._vectors: ComplexArray | None = None
        if np.linalg.cond(vectors) <= _WELL_CONDITIONED:
            self._vectors = vectors.astype(np.complex128)
            self._inverse = np.linalg.inv(self._vectors).astype(np.complex128)
        norm = float(np.linalg.norm(generator, 2))
        self._unit = 0.5 / norm if norm > 0.0 else np.inf
        #: Largest angular frequency, in rad/s.
        self.frequency = float(np.abs(values.imag).max())
        self._powers: dict[int, FloatArray] = {}

    @property
    def is_diagonalised(self) -> bool:
        """Whether eigenvectors are used."""
        return self._vectors is not None

    def matrices(self, times: FloatArray) -> FloatArray:
        """Return ``exp(G t)``, shape (N, d, d), for times of shape (N,)."""
        side = len(self._generator)
        out = np.empty((len(times), side, side))
        for some in _chunks(len(times), side * side):
            columns = np.broadcast_to(np.eye(side)[:, None, :], (side, some.stop - some.start, side))
            flat = columns.reshape(side, -1)
            out[some] = np.moveaxis(
                self._acted(flat, np.repeat(times[some], side)).reshape(side, -1, side), 1, 0
            )
        out[:, 0, :] = np.eye(side)[0]
        return out

    def act(self, rows: FloatArray, times: FloatArray) -> FloatArray:
        """Return ``exp(G t_k) x_k`` for the columns x_k of `rows`, shape (d, N), and times of shape (N,)."""
        out = np.empty_like(rows)
        for some in _chunks(rows.shape[1], len(rows)):
            out[:, some] = self._acted(rows[:, some], times[some])
        out[0] = rows[0]
        return out

    def _acted(self, rows: FloatArray, times: FloatArray) -> FloatArray:
        if self._vectors is None:
            return self._climbed(rows, times)
        with np.errstate(over="ignore"):  # exp(-inf) = 0 is right
            grown = np.exp(np.multiply.outer(self._values, times))
        acted: FloatArray = (self._vectors @ (grown * (self._inverse @ rows))).real
        return acted

    def _climbed(self, rows: FloatArray, times: FloatArray) -> FloatArray:
        units = np.floor(times / self._unit)
        # Every column has its own time. Beyond 2^53 units the rest is rounding.
        rest = (times - units * self._unit).clip(0.0, self._unit)
        out = rows + self._taylor(rows, rest)
        step = 0
        while units.any():
            halves = np.floor(units / 2.0)
            odd = units > 2.0 * halves
            out[:, odd] += self._power(step) @ out[:, odd]
            units, step = halves, step + 1
        return out

    def _taylor(self, rows: FloatArray, times: FloatArray | float) -> FloatArray:
        """Return ``(exp(G t) - 1) x``."""
        term = rows
        out = np.zeros_like(rows)
        for order in range(1, _TAYLOR_TERMS + 1):
            term = (self._generator @ term) * (times / order)
            out += term
        return out

    def _power(self, step: int) -> FloatArray:
        """Return ``exp(G u 2^step) - 1``: without the 1, slow decays are not lost beside fast ones."""
        if step not in self._powers:
            if step == 0:
                self._powers[0] = self._taylor(np.eye(len(self._generator)), self._unit)
            else:
                half = self._power(step - 1)
                self._powers[step] = 2.0 * half + half @ half
        return self._powers[step]


def _chunks(count: int, numbers_each: int) -> list[slice]:
    width = max(1, _CHUNK // numbers_each)
    return [slice(start, min(start + width, count)) for start in range(0, count, width)]
