"""The density matrix, single or in batches."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ebit._arrays import FloatArray, as_floats, as_int
from ebit.density._application import Application
from ebit.density._bits import BitMeasurement
from ebit.density._conversions import Conversions
from ebit.density._evolution import Evolution
from ebit.density._figures import Figures
from ebit.density._measurement import Measurement
from ebit.density._structure import Structure

_PICKLE_VERSION = 1


class DensityMatrix(Application, Structure, Conversions, Evolution, Figures, Measurement, BitMeasurement):
    """A density matrix of n qubits in the Pauli basis, or a batch of them; it starts as ``|0..0>``.

    A state is kept as the ``4**n`` expectation values ``tr(P rho)`` of the Pauli strings, in base-4 order
    (I, X, Y, Z; qubit 0 first). Operations act in place; what changes the number of qubits returns a new
    state.

    Parameters
    ----------
    num_qubits : int
        In [0, 13].
    batch : int, optional
        Number of states; without it there is a single one.

    Raises
    ------
    ValueError
        If there are too many qubits, or the batch is empty or larger than memory.

    Examples
    --------
    >>> import ebit
    >>> pair = ebit.DensityMatrix(2)
    >>> pair.apply("H", 0)
    >>> pair.apply("CX", 0, 1)
    >>> pair.coefficients.reshape(4, 4).round(12).diagonal()
    array([ 1.,  1., -1.,  1.])
    """

    __slots__ = ()

    def __init__(self, num_qubits: int, batch: int | None = None) -> None:
        size = None if batch is None else as_int("batch", batch)
        if size is not None and size < 1:
            raise ValueError(f"batch = {size} is not allowed: it must be at least 1")
        super().__init__(as_int("num_qubits", num_qubits), size)

    @classmethod
    def _empty(cls, num_qubits: int, batch: int | None) -> Self:
        """Return a state whose numbers are still to be written; until then they may be anything."""
        state = cls.__new__(cls)
        super(DensityMatrix, state).__init__(num_qubits, batch, False)
        return state

    def copy(self) -> DensityMatrix:
        """Return a copy.

        Examples
        --------
        >>> import ebit
        >>> state = ebit.DensityMatrix(1)
        >>> other = state.copy()
        >>> other.apply("X", 0)
        >>> state.coefficients, other.coefficients
        (array([1., 0., 0., 1.]), array([ 1.,  0.,  0., -1.]))
        """
        other = type(self)._empty(self.num_qubits, self.batch)
        other.coefficients[...] = self.coefficients
        return other

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> DensityMatrix:
        return self.copy()

    def __len__(self) -> int:
        """Return the number of states in the batch."""
        if self.batch is None:
            raise TypeError("a single state has no length")
        return self.batch

    def __repr__(self) -> str:
        return f"DensityMatrix(num_qubits={self.num_qubits}, batch={self.batch})"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (_PICKLE_VERSION, self.num_qubits, self.batch, self.coefficients)

    def __dlpack__(self, **options: Any) -> Any:
        return self.coefficients.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.coefficients.__dlpack_device__()


def _restore(version: int, num_qubits: int, batch: int | None, coefficients: FloatArray) -> DensityMatrix:
    if version != _PICKLE_VERSION:
        raise ValueError(
            f"cannot read a DensityMatrix pickled in format {version}: this is format {_PICKLE_VERSION}"
        )
    state = DensityMatrix._empty(num_qubits, batch)
    values = as_floats("coefficients", coefficients)
    if values.shape != state.coefficients.shape or not np.isfinite(values).all():
        raise ValueError(
            f"coefficients of shape {values.shape} are not allowed: they must be finite and of shape "
            f"{state.coefficients.shape}"
        )
    state.coefficients[...] = values
    return state
