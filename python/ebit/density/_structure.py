"""Which qubits density matrices have, and which states a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import as_int
from ebit.density._operations import as_qubits

if TYPE_CHECKING:
    from ebit.density.density_matrix import DensityMatrix

#: What picks states from a batch: a number, a slice, numbers or booleans.
Index: TypeAlias = int | slice | npt.ArrayLike


class Structure(_core.DensityMatrix):
    """The methods of a density matrix that change its qubits, or the states of a batch."""

    __slots__ = ()

    # ---- qubits ----

    def tensor(self, other: DensityMatrix) -> DensityMatrix:
        """Return the product state: the qubits of this one, then those of `other`.

        Parameters
        ----------
        other : DensityMatrix
            Of a batch as large, or one of the two is a single state and serves all of the other's batch.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        TypeError
            If `other` is no density matrix.
        ValueError
            If there are too many qubits, or the batches differ in size.

        Examples
        --------
        >>> import ebit
        >>> one, batch = ebit.DensityMatrix(1), ebit.DensityMatrix(2, batch=10)
        >>> batch.apply("X", 0)
        >>> one.tensor(batch)
        DensityMatrix(num_qubits=3, batch=10)
        """
        if not isinstance(other, _core.DensityMatrix):
            raise TypeError(f"other = {other!r} is not allowed: it must be a DensityMatrix")
        if None not in (self.batch, other.batch) and self.batch != other.batch:
            raise ValueError(f"the batches differ in size: {self.batch} and {other.batch}")
        batch = other.batch if self.batch is None else self.batch
        out = self._made(self.num_qubits + other.num_qubits, batch)
        _core.density_tensor(self, other, out)
        return out

    def add_qubits(self, count: int) -> DensityMatrix:
        """Return the state with new qubits in ``|0>`` behind its own.

        Parameters
        ----------
        count : int
            How many, at least 0.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        ValueError
            If `count` is negative, or there are too many qubits.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix(1).add_qubits(2)
        DensityMatrix(num_qubits=3, batch=None)
        """
        if as_int("count", count) < 0:
            raise ValueError(f"count = {count} is not allowed: it must be at least 0")
        out = self._made(self.num_qubits + count, self.batch)
        _core.density_add_qubits(self, out)
        return out

    def discard(self, *qubits: int) -> DensityMatrix:
        """Return the state of the other qubits: the partial trace. They keep their order.

        Parameters
        ----------
        *qubits : int
            Those that go.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        ValueError
            If a qubit is not in the state or repeated.

        Examples
        --------
        >>> import ebit
        >>> pair = ebit.DensityMatrix(2)
        >>> pair.apply("H", 0)
        >>> pair.apply("CX", 0, 1)
        >>> pair.discard(0).coefficients
        array([1., 0., 0., 0.])
        """
        gone = as_qubits(qubits, len(qubits), self.num_qubits)
        return self._taken([qubit for qubit in range(self.num_qubits) if qubit not in gone])

    def permute(self, *order: int) -> DensityMatrix:
        """Return the state with its qubits in another order.

        Parameters
        ----------
        *order : int
            Qubit j of the result is qubit ``order[j]`` of this state.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        TypeError
            If there are not as many as the state has qubits.
        ValueError
            If a qubit is not in the state or repeated.

        Examples
        --------
        >>> import ebit
        >>> state = ebit.DensityMatrix(3)
        >>> state.apply("X", 0)
        >>> moved = state.permute(1, 2, 0)  # the qubit in |1> is the last one now
        >>> [float(moved.coefficients[3 * 4**k]) for k in (2, 1, 0)]
        [1.0, 1.0, -1.0]
        """
        if len(order) != self.num_qubits:
            raise TypeError(f"permute takes {self.num_qubits} qubits, one for each, not {len(order)}")
        return self._taken(list(as_qubits(order, self.num_qubits, self.num_qubits)))

    # ---- the batch ----

    def __getitem__(self, index: Index) -> DensityMatrix:
        """Return a copy of one state of the batch (an int), or of some as a batch."""
        chosen = self.coefficients[:, self._index(index)]
        if chosen.ndim == 2 and chosen.shape[1] == 0:
            raise ValueError("index is not allowed: it must choose at least one state")
        out = self._made(self.num_qubits, None if chosen.ndim == 1 else chosen.shape[1])
        out.coefficients[...] = chosen
        return out

    def __setitem__(self, index: Index, states: DensityMatrix) -> None:
        """Replace states of the batch by as many others, or all of them by a single one."""
        if not isinstance(states, _core.DensityMatrix):
            raise TypeError(f"states = {states!r} is not allowed: it must be a DensityMatrix")
        if states.num_qubits != self.num_qubits:
            raise ValueError(f"states have {states.num_qubits} qubits, not {self.num_qubits}")
        place = self._index(index)
        room = self.coefficients[:, place].shape[1:]
        if states.batch is not None and (states.batch,) != room:
            raise ValueError(f"states are a batch of {states.batch}: the index chooses {room}")
        values = states.coefficients
        self.coefficients[:, place] = values[:, None] if values.ndim == 1 and room else values

    def __iter__(self) -> Iterator[DensityMatrix]:
        """Copies of the states of the batch, one by one."""
        return (self[k] for k in range(self._size()))

    def repeat(self, batch: int) -> DensityMatrix:
        """Return a batch of copies of a single state.

        Parameters
        ----------
        batch : int
            How many.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        TypeError
            If the state is a batch already.
        ValueError
            If `batch` is not positive, or more than memory can hold.

        Examples
        --------
        >>> import ebit
        >>> ebit.DensityMatrix(2).repeat(100)
        DensityMatrix(num_qubits=2, batch=100)
        """
        if self.batch is not None:
            raise TypeError("repeat takes a single state, not a batch")
        if as_int("batch", batch) < 1:
            raise ValueError(f"batch = {batch} is not allowed: it must be at least 1")
        out = self._made(self.num_qubits, batch)
        out.coefficients[...] = self.coefficients[:, None]
        return out

    @classmethod
    def concatenate(cls, states: Iterable[DensityMatrix]) -> DensityMatrix:
        """Return one batch of the states of several; a single state counts as a batch of one.

        Parameters
        ----------
        states : iterable of DensityMatrix
            On equally many qubits.

        Returns
        -------
        DensityMatrix

        Raises
        ------
        TypeError
            If something is no density matrix.
        ValueError
            If there is none, or their numbers of qubits differ.

        Examples
        --------
        >>> import ebit
        >>> batch = ebit.DensityMatrix(1, batch=3)
        >>> ebit.DensityMatrix.concatenate([batch, ebit.DensityMatrix(1), batch])
        DensityMatrix(num_qubits=1, batch=7)
        """
        parts = list(states)
        for part in parts:
            if not isinstance(part, _core.DensityMatrix):
                raise TypeError(f"states hold {part!r}: they must be DensityMatrix objects")
        sizes = {part.num_qubits for part in parts}
        if len(sizes) != 1:
            raise ValueError(f"states have {sorted(sizes)} qubits: they must have equally many, and be some")
        ends = np.cumsum([1 if part.batch is None else part.batch for part in parts])
        out = cast("type[DensityMatrix]", cls)._empty(sizes.pop(), int(ends[-1]))
        for part, end in zip(parts, ends, strict=True):
            values = part.coefficients.reshape(len(part.coefficients), -1)
            out.coefficients[:, end - values.shape[1] : end] = values
        return out

    # ---- how ----

    def _made(self, num_qubits: int, batch: int | None) -> DensityMatrix:
        return cast("type[DensityMatrix]", type(self))._empty(num_qubits, batch)

    def _taken(self, kept: list[int]) -> DensityMatrix:
        out = self._made(len(kept), self.batch)
        _core.density_take_qubits(self, kept, out)
        return out

    def _size(self) -> int:
        if self.batch is None:
            raise TypeError("a single state has no elements: only a batch can be indexed")
        return self.batch

    def _index(self, index: Index) -> Any:
        size = self._size()
        if isinstance(index, slice):
            return index
        array = np.asarray(index)
        if array.dtype.kind not in "biu" or array.ndim > 1 or (array.dtype.kind == "b" and array.ndim == 0):
            raise TypeError(f"index = {index!r} is not allowed: it must be an int, a slice, ints or booleans")
        if array.dtype.kind == "b" and array.shape != (size,):
            raise IndexError(f"index has shape {array.shape}: a mask of this batch has shape ({size},)")
        if array.dtype.kind != "b" and not ((array >= -size) & (array < size)).all():
            raise IndexError(f"index = {index!r} is not allowed: the batch has {size} states")
        return int(array) if array.ndim == 0 else array
