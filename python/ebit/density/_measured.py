"""What is measured, on which qubits, with which errors and outcomes: checks of arguments."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, IntArray, as_floats, as_int
from ebit.density._operations import as_qubits
from ebit.instruments import Instrument, Povm

#: A Pauli string with an optional sign, an instrument, or the effects of a measurement.
Measured: TypeAlias = str | Instrument | Povm

_NO_ERROR = np.zeros(1)


def places_of(state: _core.DensityMatrix, count: int, qubits: tuple[int, ...]) -> list[int]:
    """Return the `count` qubits that are measured; they may be left out if that is all there are."""
    if not qubits and count == state.num_qubits:
        return list(range(count))
    return list(as_qubits(qubits, count, state.num_qubits))


def maps_of(
    state: _core.DensityMatrix, what: Measured, qubits: tuple[int, ...]
) -> tuple[FloatArray, list[int]]:
    """Return matrices, shape (1 or N, outcomes, outputs, inputs), and the qubits."""
    if isinstance(what, str):
        places = places_of(state, letters_in(what), qubits)
        return _effects_of_string(what)[None, :, None], places
    if isinstance(what, Povm):
        batch, matrices = what.batch_shape, what.vectors[..., None, :]
    elif isinstance(what, Instrument):
        batch, matrices = what.batch_shape, what._branches
    else:
        raise TypeError(f"what = {what!r} is not allowed: it must be a Pauli string, an Instrument or a Povm")
    if batch not in ((), (1,), (state.batch,)):
        allowed = "()" if state.batch is None else f"() or ({state.batch},)"
        raise ValueError(f"{what!r} has batch shape {batch}: it must be {allowed}")
    return matrices.reshape(-1, *matrices.shape[-3:]), places_of(state, what.num_qubits, qubits)


def errors_of(state: _core.DensityMatrix, p_readout_error: npt.ArrayLike) -> FloatArray:
    """Return one readout error, or one per state."""
    if isinstance(p_readout_error, float) and p_readout_error == 0.0:
        return _NO_ERROR  # the common case needs no checks
    errors = as_floats("p_readout_error", p_readout_error)
    if errors.shape not in ((), (1,), (state.batch,)):
        allowed = "a number" if state.batch is None else f"a number or of shape ({state.batch},)"
        raise ValueError(f"p_readout_error has shape {errors.shape}: it must be {allowed}")
    if not ((errors >= 0.0) & (errors <= 1.0)).all():
        raise ValueError(
            f"p_readout_error = {p_readout_error!r} is not allowed: it must be a probability in [0, 1]"
        )
    return errors.reshape(-1)


def require_no_error(state: _core.DensityMatrix, p_readout_error: npt.ArrayLike) -> None:
    """Raise unless there is no readout error."""
    if errors_of(state, p_readout_error).any():
        raise ValueError(
            f"p_readout_error = {p_readout_error!r} is not allowed: it must be 0 unless a Pauli string is "
            "measured; instruments and effects hold their own errors"
        )


def outcomes_of(state: _core.DensityMatrix, heralds: tuple[Hashable, ...], outcome: Any) -> IntArray:
    """Return one outcome, or one per state, as numbers."""
    is_number = isinstance(outcome, int | float | np.generic)
    if not is_number and isinstance(outcome, Hashable) and outcome in heralds:
        outcome = heralds.index(outcome)
    elif isinstance(outcome, str):
        raise ValueError(f"outcome = {outcome!r} is not allowed: it must be one of {heralds}")
    numbers = np.asarray(outcome)
    if numbers.dtype.kind not in "biu":
        raise TypeError(f"outcome = {outcome!r} is not allowed: it must be an integer or an array of them")
    if numbers.shape not in ((), (state.batch,)):
        allowed = "()" if state.batch is None else f"() or ({state.batch},)"
        raise ValueError(f"outcome has shape {numbers.shape}: it must be {allowed}")
    return np.ascontiguousarray(numbers, dtype=np.int64).reshape(-1)


def require_shots(state: _core.DensityMatrix, shots: int) -> int:
    """Return the number of outcomes of a single state."""
    if state.batch is not None:
        raise ValueError(f"shots = {shots} is not allowed: a batch gives one outcome per state")
    if (count := as_int("shots", shots)) < 0:
        raise ValueError(f"shots = {count} is not allowed: it must be at least 0")
    return count


def outcome_last(state: _core.DensityMatrix, table: FloatArray) -> FloatArray:
    """Return rows of outcomes with the outcome last."""
    return table[:, 0] if state.batch is None else table.T


def letters_in(pauli: str) -> int:
    """Return the number of letters of a Pauli string, its sign aside."""
    return len(pauli) - pauli.startswith(("+", "-"))


def _effects_of_string(pauli: str) -> FloatArray:
    """Return (1 +- P) / 2 in the Pauli basis, shape (2, 4**k)."""
    count = letters_in(pauli)
    if count > 4:
        raise ValueError(f"pauli = {pauli!r} is not allowed: it must be on at most 4 qubits")
    row, negative = _core.density_pauli_row(pauli, list(range(count)), count)
    effects = np.zeros((2, 4**count))
    effects[:, 0] = 0.5
    effects[:, row] = (-0.5, 0.5) if negative else (0.5, -0.5)
    return effects


def require_instrument(what: object) -> Instrument:
    """Return `what` if it is an instrument, which alone says what state is left."""
    if isinstance(what, Povm):
        raise TypeError(
            f"what = {what!r} is not allowed: effects leave no state; take Instrument.from_povm, or "
            "measure_and_discard"
        )
    if not isinstance(what, Instrument):
        raise TypeError(f"what = {what!r} is not allowed: it must be a Pauli string or an Instrument")
    return what


def broadcast_to(name: str, values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Return `values` in a given shape."""
    try:
        return np.ascontiguousarray(np.broadcast_to(values, shape))
    except ValueError:
        raise ValueError(f"{name} has shape {values.shape}: it must broadcast to {shape}") from None
