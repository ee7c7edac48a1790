"""What can be done to qubits, in the one grammar ``operation, *parameters, *qubits``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import ByteArray, ComplexArray, FloatArray, as_floats, as_int
from ebit.channels import Channel
from ebit.channels._channel import as_unitary

#: A name of `ebit.gates` or of the catalogue of channels, a channel, or a unitary.
Operation: TypeAlias = str | Channel | npt.NDArray[np.complexfloating[Any, Any]]


def resolve(
    operation: Operation, arguments: tuple[Any, ...], num_qubits: int
) -> tuple[FloatArray, tuple[int, ...]]:
    """Return the transfer matrix, shape (..., 4**k, 4**k), and the k qubits, or raise.

    Leading axes are those of the batch; there are none where all parameters are numbers.
    """
    if isinstance(operation, str):
        parameters, qubits = split(operation, arguments, num_qubits)
        shape = np.broadcast_shapes(*(parameter.shape for parameter in parameters))
        columns = [np.broadcast_to(parameter, shape).reshape(-1) for parameter in parameters]
        table = np.stack(columns, axis=1) if columns else np.empty((1, 0))
        side = 4 ** len(qubits)
        return _core.operation_transfer(operation, table).reshape(*shape, side, side), qubits
    if isinstance(operation, Channel):
        return operation.ptm, as_qubits(arguments, operation.num_qubits, num_qubits)
    matrices = as_operator(operation)
    k = matrices.shape[-1].bit_length() - 1
    return _core.unitary_transfers(matrices), as_qubits(arguments, k, num_qubits)


def split(name: str, arguments: tuple[Any, ...], num_qubits: int) -> tuple[list[FloatArray], tuple[int, ...]]:
    """Return the parameters and the qubits of a named operation, or raise."""
    k, count = _core.operation_shape(name)
    if len(arguments) != count + k:
        raise TypeError(
            f"{name} takes {count} parameters and {k} qubits: {count + k} arguments, not {len(arguments)}"
        )
    parameters = [as_floats(f"parameter {i} of {name}", value) for i, value in enumerate(arguments[:count])]
    return parameters, as_qubits(arguments[count:], k, num_qubits)


def as_operator(operation: object) -> ComplexArray:
    """Return unitary matrices on one to three qubits, shape (..., 2**k, 2**k), or raise."""
    is_array = isinstance(operation, Sequence) or hasattr(operation, "__array__")
    if isinstance(operation, bytes) or not is_array:
        raise TypeError(
            f"operation = {operation!r} is not allowed: it must be a name, a Channel or a unitary matrix"
        )
    return as_unitary("operation", operation, (2, 4, 8), 1e-9)  # type: ignore[arg-type]


def as_qubits(qubits: tuple[Any, ...], count: int, num_qubits: int) -> tuple[int, ...]:
    """Return `count` different qubits of a state on `num_qubits`, or raise."""
    if len(qubits) != count:
        raise TypeError(f"the operation acts on {count} qubits, not {len(qubits)}")
    places = tuple(as_int("qubit", qubit) for qubit in qubits)
    for place in places:
        if not 0 <= place < num_qubits:
            raise ValueError(f"qubit = {place} is not allowed: it must be in [0, {num_qubits - 1}]")
    if len(set(places)) != len(places):
        raise ValueError(f"qubits = {places} are not allowed: they must differ")
    return places


def per_element(name: str, shape: tuple[int, ...], batch: int | None) -> None:
    """Raise unless something given for a state has no axis, or one as long as the batch."""
    if shape == () or shape == (batch,):
        return
    allowed = "a single state takes numbers" if batch is None else f"it must be () or ({batch},)"
    raise ValueError(f"{name} has shape {shape}: {allowed}")


def as_mask(where: object, batch: int | None) -> bool | ByteArray:
    """Return where something is done: everywhere, nowhere, or a byte for each element; or raise."""
    if where is None:
        return True
    mask = np.asarray(where)
    if mask.dtype.kind not in "biu":
        raise TypeError(f"where = {where!r} is not allowed: it must be booleans or outcomes 0 and 1")
    if mask.dtype.kind != "b" and not ((mask == 0) | (mask == 1)).all():
        raise ValueError(f"where = {where!r} is not allowed: outcomes are 0 or 1")
    per_element("where", mask.shape, batch)
    return bool(mask) if mask.ndim == 0 else np.ascontiguousarray(mask, dtype=np.uint8)
