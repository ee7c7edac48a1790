"""What the adapters share: importing on demand, checks, the way to and from plain arrays."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import channels
from ebit._arrays import ComplexArray, FloatArray, as_floats
from ebit.adapters import arrays
from ebit.channels import Channel


def foreign(module: str, package: str = "") -> Any:
    """Import a module of another package, or say how to get it."""
    try:
        return import_module(module)
    except ImportError as error:
        name = package or module.split(".")[0]
        raise ImportError(
            f"this conversion needs the package {name}: pip install {name}, or all that ebit converts to "
            f"with pip install 'ebit[interop]' ({error})"
        ) from error


def single_channel(channel: object) -> Channel:
    """Return `channel` if it is one channel, or raise."""
    if not isinstance(channel, Channel):
        raise TypeError(f"channel = {channel!r} is not allowed: it must be a Channel")
    if channel.batch_shape:
        raise ValueError(
            f"channel is a batch of shape {channel.batch_shape}: convert its elements one by one"
        )
    return channel


def is_pauli(channel: Channel) -> bool:
    """Say whether a channel is a mixture of Paulis: what other packages computed is so up to rounding."""
    return bool(np.abs(channel.ptm - np.diag(channel.ptm.diagonal())).max() < 1e-12)


def single_state(state: arrays.State) -> ComplexArray:
    """Return the density matrix of a single state, qubit 0 the most significant, or raise."""
    matrix = arrays.state_to(state)
    if matrix.ndim != 2:
        raise ValueError(f"state is a batch of shape {matrix.shape[:-2]}: convert its elements one by one")
    return matrix


def within(
    name: str, value: npt.ArrayLike, highest: float = 1.0, *, lowest: float = 0.0, infinite: bool = False
) -> FloatArray:
    """Return `value` as floats in ``[lowest, highest]``, or raise in the words of the other package."""
    array = as_floats(name, value)
    allowed = (lowest <= array) & (array <= highest)
    if not infinite:
        allowed &= np.isfinite(array)
    if not allowed.all():
        worst = array.reshape(-1)[int(np.argmin(allowed))]
        shown = f"{name} = {worst} is not allowed"
        raise ValueError(f"{shown}: it must lie in [{lowest:g}, {highest:.6g}]")
    return array


def require_qubits(num_qubits: int, allowed: tuple[int, ...], what: str) -> None:
    """Raise unless a foreign operation acts on as many qubits as a channel has here."""
    if num_qubits not in allowed:
        words = " or ".join(map(str, allowed))
        raise ValueError(f"{what} acts on {num_qubits} qubits: an ebit.Channel has {words}")


def reset_channel(zero: tuple[str, npt.ArrayLike], one: tuple[str, npt.ArrayLike]) -> Channel:
    """Return the channel that resets to ``|0>`` or ``|1>`` with these (name, probability)."""
    (first, to_zero), (second, to_one) = zero, one
    p, q = np.broadcast_arrays(within(first, to_zero), within(second, to_one))
    total = within(f"{first} + {second}", p + q)
    excited = np.divide(q, total, out=np.zeros(total.shape), where=total > 0.0)
    return channels.reset(total, excited)
