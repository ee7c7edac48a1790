"""What can be done to qubits, in the one grammar ``operation, *parameters, *qubits``."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, as_floats, as_int
from ebit.channels import Channel
from ebit.channels import unitary as unitary_channel

#: A name of `ebit.gates` or of the catalogue of channels, a channel, or a unitary.
Operation: TypeAlias = str | Channel | npt.NDArray[np.complexfloating[Any, Any]]


def resolve(
    operation: Operation, arguments: tuple[Any, ...], num_qubits: int
) -> tuple[FloatArray, tuple[int, ...]]:
    """Return the transfer matrix, shape (..., 4**k, 4**k), and the k qubits, or raise.

    Leading axes are those of the batch; there are none where all parameters are numbers.
    """
    if isinstance(operation, str):
        transfer, qubits = _named(operation, arguments)
    elif isinstance(operation, Channel):
        transfer, qubits = operation.ptm, arguments
    else:
        transfer, qubits = unitary_channel(operation).ptm, arguments
    return transfer, as_qubits(qubits, transfer.shape[-1].bit_length() // 2, num_qubits)


def _named(name: str, arguments: tuple[Any, ...]) -> tuple[FloatArray, tuple[Any, ...]]:
    k, count = _core.operation_shape(name)
    if len(arguments) != count + k:
        raise TypeError(
            f"{name} takes {count} parameters and {k} qubits: {count + k} arguments, not {len(arguments)}"
        )
    parameters = [as_floats(f"parameter {i} of {name}", value) for i, value in enumerate(arguments[:count])]
    shape = np.broadcast_shapes(*(parameter.shape for parameter in parameters))
    columns = [np.broadcast_to(parameter, shape).reshape(-1) for parameter in parameters]
    table = np.stack(columns, axis=1) if columns else np.empty((1, 0))
    return _core.operation_transfer(name, table).reshape(*shape, 4**k, 4**k), arguments[count:]


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
