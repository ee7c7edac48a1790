"""Operations that are done together: merged, and in few passes over memory."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import ByteArray, as_floats, as_int, require
from ebit.density._bound import bound
from ebit.density._operations import Operation, as_mask, as_qubits, per_element, resolve, split
from ebit.density.density_matrix import DensityMatrix
from ebit.memory import Memory
from ebit.threads import thread_count

_PICKLE_VERSION = 1


class Program(_core.Program):
    """A list of operations, to be done to density matrices again and again.

    Operations on neighbouring qubits are multiplied into fewer maps, and a state larger than the caches is
    worked on block by block, so that a whole layer of noisy gates costs two or three passes over memory.
    What is measured is no operation of a program.

    Parameters
    ----------
    num_qubits : int
        Of the states, in [1, 13].

    Raises
    ------
    ValueError
        If there are no or too many qubits.

    Notes
    -----
    The result agrees with that of the operations one after the other to about 1e-15 and does not depend on
    the number of threads.

    Examples
    --------
    >>> import ebit
    >>> layer = ebit.Program(2)
    >>> layer.apply("H", 0)
    >>> layer.apply("CX", 0, 1)
    >>> layer.apply("depolarizing_error", 0.01, 1)
    >>> state = ebit.DensityMatrix(2)
    >>> layer(state)
    >>> state.coefficients[[5, 10, 15]].round(4)
    array([ 0.9867, -0.9867,  0.9867])
    """

    def __init__(self, num_qubits: int) -> None:
        super().__init__(as_int("num_qubits", num_qubits))
        self._calls: list[tuple[str, tuple[Any, ...], object]] = []
        self._batch: int | None = None

    def apply(self, operation: Operation, /, *arguments: Any, where: npt.ArrayLike | None = None) -> None:
        """Append an operation, in place.

        Parameters
        ----------
        operation : str, Channel or complex array
            As in `DensityMatrix.apply`.
        *arguments : float, array_like or int
            The parameters of a named operation, each a number or one value per state of a batch, then the
            qubits. With values per state the program runs on batches of that size only.
        where : array_like, shape () or (N,), optional
            Booleans, or outcomes 0 and 1: it is done only to these states of the batch.

        Raises
        ------
        TypeError
            If the operation is none, or has not that many parameters and qubits.
        ValueError
            If a parameter is out of range, a qubit is not in the state or repeated, a matrix is not
            unitary, or numbers of values differ.

        Examples
        --------
        >>> import ebit
        >>> program = ebit.Program(1)
        >>> program.apply("H", 0)
        >>> program.apply("dephasing", [0.0, 0.1, 0.5], 0)
        >>> states = ebit.DensityMatrix(1, batch=3)
        >>> program(states)
        >>> states.coefficients[1]
        array([1. , 0.8, 0. ])
        """
        mask = self._mask(where)
        if isinstance(operation, str):
            values, qubits = split(operation, arguments, self.num_qubits)
            batch = self._common(*(value.shape for value in values), *_shape(mask))
            if batch is not None:
                self._add_named(operation, values, qubits, _bytes(mask, batch), batch)
                self._keep("apply", (operation, *arguments), where, batch)
                return
        transfer, qubits = resolve(operation, arguments, self.num_qubits)
        batch = self._common(transfer.shape[:-2], *_shape(mask))
        if batch is not None:
            self._add_transfers(transfer, qubits, _bytes(mask, batch), batch)
        elif mask is not False:
            self._add(transfer, qubits)
        self._keep("apply", (operation, *arguments), where, batch)

    def decay(
        self, time: npt.ArrayLike, memory: Memory, qubit: int, /, *, where: npt.ArrayLike | None = None
    ) -> None:
        """Append storage of a qubit in a memory for some time, in place.

        Parameters
        ----------
        time : array_like, shape () or (N,)
            Seconds, non-negative and finite.
        memory : Memory
            Of one point, or of N points: one per state.
        qubit : int
            Which one.
        where : array_like, shape () or (N,), optional
            Booleans, or outcomes 0 and 1: only these states of the batch are stored.

        Raises
        ------
        TypeError
            If `memory` is no memory.
        ValueError
            If a time is negative or not finite, the qubit is not in the state, or numbers of values differ.

        Examples
        --------
        >>> import ebit
        >>> program = ebit.Program(1)
        >>> program.apply("X", 0)
        >>> program.decay([0.0, 1.0, 2.0], ebit.Memory(t1=1.0), 0)
        >>> states = ebit.DensityMatrix(1, batch=3)
        >>> program(states)
        >>> states.coefficients[3].round(4)
        array([-1.    ,  0.2642,  0.7293])
        """
        require("memory", memory, Memory)
        mask = self._mask(where)
        times = as_floats("time", time)
        (place,) = as_qubits((qubit,), 1, self.num_qubits)
        batch = self._common(times.shape, memory.shape, *_shape(mask))
        if batch is None:
            transfer = memory.decay(times).ptm
            if mask is not False:
                self._add(transfer, (place,))
        else:
            rows = memory._canonical.reshape(*memory.shape, 4)
            self._add_decay(times, rows, place, _bytes(mask, batch), batch)
        self._keep("decay", (time, memory, qubit), where, batch)

    @bound(_core.Program)
    def __call__(self, state: DensityMatrix, /, threads: int | None = None) -> None:
        """Do all operations to a state, or to all states of a batch, in place.

        Parameters
        ----------
        state : DensityMatrix
            With as many qubits as the program.
        threads : int, optional
            For states larger than the caches; default 1, or what the environment variable
            EBIT_NUM_THREADS says.

        Raises
        ------
        ValueError
            If the state has another number of qubits, or is not a batch of as many states as there are
            values in the program.
        """

    def _call_general(self, state: DensityMatrix, threads: int | None = None) -> None:
        require("state", state, DensityMatrix)
        self._run(state, thread_count(threads))

    def _mask(self, where: object) -> bool | ByteArray:
        batch = self._batch
        if batch is None and where is not None:
            batch = np.asarray(where).size
        return as_mask(where, batch)

    def _common(self, *shapes: tuple[int, ...]) -> int | None:
        """Return the size of the batch that these values are for; None if they are numbers."""
        batch = self._batch
        for shape in filter(None, shapes):
            if 0 in shape:
                raise ValueError(f"an array of values has shape {shape}: it must not be empty")
            batch = shape[0] if batch is None else batch
            per_element("an array of values", shape, batch)
        return batch if any(shapes) else None

    def _keep(self, method: str, arguments: tuple[Any, ...], where: object, batch: int | None) -> None:
        self._batch = batch if self._batch is None else self._batch
        self._calls.append(deepcopy((method, arguments, where)))

    def __repr__(self) -> str:
        return f"Program(num_qubits={self.num_qubits}): {len(self)} operations"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (_PICKLE_VERSION, self.num_qubits, self._calls)


def _bytes(mask: bool | ByteArray, batch: int) -> ByteArray | None:
    if mask is False:
        return np.zeros(batch, dtype=np.uint8)
    return None if isinstance(mask, bool) else mask


def _shape(mask: bool | ByteArray) -> list[tuple[int, ...]]:
    return [] if isinstance(mask, bool) else [mask.shape]


def _restore(version: int, num_qubits: int, calls: list[tuple[str, tuple[Any, ...], Any]]) -> Program:
    if version != _PICKLE_VERSION:
        raise ValueError(
            f"cannot read a Program pickled in format {version}: this is format {_PICKLE_VERSION}"
        )
    program = Program(num_qubits)
    for method, arguments, where in calls:
        getattr(program, method)(*arguments, where=where)
    return program
