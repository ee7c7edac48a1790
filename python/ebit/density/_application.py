"""Operations on density matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import ByteArray, as_floats
from ebit.channels import Channel
from ebit.density._bound import bound
from ebit.density._operations import Operation, as_mask, as_operator, as_qubits, per_element, split
from ebit.memory import Memory


class Application(_core.DensityMatrix):
    """The methods of a density matrix that act on some of its qubits."""

    __slots__ = ()

    @bound(_core.DensityMatrix)
    def apply(self, operation: Operation, /, *arguments: Any, where: npt.ArrayLike | None = None) -> None:
        """Do something to some of the qubits, in place.

        Parameters
        ----------
        operation : str, Channel or complex array
            A name: of a gate (`ebit.gates.names`, upper case) or of a channel (lower case, as the
            functions of `ebit.channels`, with ``_error`` or ``_replace`` at the end where they take
            ``p_error`` or ``p_replace``). Or a channel. Or a unitary on one to three qubits, shape
            (..., 2**k, 2**k). A batch of channels or unitaries has one for each state.
        *arguments : float, array_like or int
            The parameters of a named operation, in their order, each a number or an array of shape (N,),
            one value per state of the batch; then the qubits.
        where : array_like, shape () or (N,), optional
            Booleans, or outcomes 0 and 1: it is done only to these states of the batch.

        Raises
        ------
        TypeError
            If the operation is none, or has not that many parameters and qubits.
        ValueError
            If a parameter is out of range, a qubit is not in the state or repeated, a matrix is not
            unitary, or an array has not one value per state. Nothing has been done then.

        Examples
        --------
        >>> import numpy as np, ebit
        >>> pairs = ebit.DensityMatrix(2, batch=3)
        >>> pairs.apply("H", 0)
        >>> pairs.apply("CX", 0, 1)
        >>> pairs.apply("dephasing", [0.0, 0.1, 0.5], 1)
        >>> pairs.coefficients[5]  # XX
        array([1. , 0.8, 0. ])
        >>> pairs.apply("Z", 0, where=[0, 0, 1])
        >>> pairs.apply(ebit.channels.depolarizing(p_replace=0.5), 0)
        >>> pairs.apply(ebit.gates.unitary("RX", [0.0, np.pi, 0.0]), 1)
        >>> pairs.coefficients[15].round(12)  # ZZ
        array([ 0.5, -0.5,  0.5])
        """

    @bound(_core.DensityMatrix)
    def decay(
        self, time: npt.ArrayLike, memory: Memory, qubit: int, /, *, where: npt.ArrayLike | None = None
    ) -> None:
        """Store a qubit in a memory for some time, in place.

        Parameters
        ----------
        time : array_like, shape () or (N,)
            Seconds, non-negative and finite; an array has one time per state of the batch.
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
            If a time is negative or not finite, the qubit is not in the state, or an array has not one
            value per state. Nothing has been done then.

        Examples
        --------
        >>> import ebit
        >>> stored = ebit.DensityMatrix(1, batch=3)
        >>> stored.apply("X", 0)
        >>> stored.decay([0.0, 1.0, 2.0], ebit.Memory(t1=1.0), 0)
        >>> stored.coefficients[3].round(4)
        array([-1.    ,  0.2642,  0.7293])
        """

    # Where the compiled methods meet anything but plain numbers they call these two.

    def _apply_general(self, arguments: tuple[Any, ...], where: object) -> None:
        if not arguments:
            raise TypeError("apply takes an operation: a name, a Channel or a unitary matrix")
        operation, *rest = arguments
        if isinstance(operation, str):
            self._apply_named(operation, tuple(rest), as_mask(where, self.batch))
            return
        mask = as_mask(where, self.batch)
        if isinstance(operation, Channel):
            per_element("the batch of channels", operation.batch_shape, self.batch)
            qubits = as_qubits(tuple(rest), operation.num_qubits, self.num_qubits)
            if mask is not False:
                _core.apply_transfers(self, operation.ptm, qubits, _bytes(mask))
            return
        matrices = as_operator(operation)
        per_element("the batch of unitaries", matrices.shape[:-2], self.batch)
        qubits = as_qubits(tuple(rest), matrices.shape[-1].bit_length() - 1, self.num_qubits)
        if mask is not False:
            _core.apply_unitaries(self, matrices, qubits, _bytes(mask))

    def _apply_named(self, name: str, arguments: tuple[Any, ...], mask: bool | ByteArray) -> None:
        parameters, qubits = split(name, arguments, self.num_qubits)
        for i, parameter in enumerate(parameters):
            per_element(f"parameter {i} of {name}", parameter.shape, self.batch)
        if mask is False:
            # Nobody is concerned, but what is not allowed is refused all the same.
            table = np.stack(np.broadcast_arrays(np.empty(1), *parameters), axis=-1)[..., 1:]
            _core.operation_transfer(name, np.ascontiguousarray(table))
        else:
            _core.apply_named(self, name, parameters, qubits, _bytes(mask))

    def _decay_general(self, arguments: tuple[Any, ...], where: object) -> None:
        if len(arguments) != 3:
            raise TypeError(f"decay takes a time, a memory and a qubit, not {len(arguments)} arguments")
        time, memory, qubit = arguments
        if not isinstance(memory, Memory):
            raise TypeError(f"memory = {memory!r} is not allowed: it must be a Memory")
        times = as_floats("time", time)
        per_element("time", times.shape, self.batch)
        per_element("memory", memory.shape, self.batch)
        (place,) = as_qubits((qubit,), 1, self.num_qubits)
        mask = as_mask(where, self.batch)
        if mask is False:
            memory.decay(times)
        else:
            rows = memory._canonical.reshape(*memory.shape, 4)
            _core.apply_memories(self, times, rows, place, _bytes(mask))


def _bytes(mask: bool | ByteArray) -> ByteArray | None:
    return None if isinstance(mask, bool) else mask
