"""What a node does in all protocols: noisy gates, noisy readouts. Compiled maps are remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeAlias

import numpy.typing as npt

from ebit._arrays import require
from ebit.channels import Channel
from ebit.density import BilinearMap, Bit, Protocol

#: Noise of the two-qubit gates of one node.
GateNoise: TypeAlias = Channel | None

_Parameters = ParamSpec("_Parameters")


@dataclass(frozen=True, slots=True)
class Node:
    """The hardware of a node."""

    gate_noise: GateNoise
    p_readout_error: npt.ArrayLike

    def __post_init__(self) -> None:
        if self.gate_noise is None:
            return
        require("gate_noise", self.gate_noise, Channel)
        if self.gate_noise.num_qubits != 2:
            raise ValueError("gate_noise acts on one qubit: it must act on two")

    def gate(self, protocol: Protocol, name: str, first: int, second: int) -> None:
        """Apply a two-qubit gate and its noise."""
        protocol.apply(name, first, second)
        self.noise(protocol, first, second)

    def noise(self, protocol: Protocol, first: int, second: int) -> None:
        if self.gate_noise is not None:
            protocol.apply(self.gate_noise, first, second)

    def read(self, protocol: Protocol, pauli: str, *qubits: int) -> Bit:
        """Measure a Pauli."""
        return protocol.measure(pauli, *qubits, p_readout_error=self.p_readout_error)


def both_nodes(gate_noise: Any, p_readout_error: Any) -> tuple[Node, Node]:
    """Return the left and the right node; a tuple has the noise of either."""
    noises, errors = _of_both("gate_noise", gate_noise), _of_both("p_readout_error", p_readout_error)
    return Node(noises[0], errors[0]), Node(noises[1], errors[1])


def _of_both(name: str, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple):
        return value, value
    if len(value) != 2:
        raise ValueError(f"{name} has {len(value)} entries: a tuple has that of the left and the right node")
    return value


def bell_measurement(node: Node, protocol: Protocol, first: int, second: int) -> tuple[Bit, Bit]:
    """Measure two qubits in the Bell basis; bits (x, z), outcome 2 x + z as Bell states are counted."""
    node.gate(protocol, "CX", first, second)
    x = node.read(protocol, "Z", second)
    return x, node.read(protocol, "X", first)


def remembered(function: Callable[_Parameters, BilinearMap]) -> Callable[_Parameters, BilinearMap]:
    """Compile once for the same parameters, unless they hold batches."""
    remembering: Callable[..., BilinearMap] = lru_cache(maxsize=128, typed=True)(function)

    @wraps(function)
    def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> BilinearMap:
        known = all(map(_is_plain, (*args, *kwargs.values())))
        return remembering(*args, **kwargs) if known else function(*args, **kwargs)

    return call


def _is_plain(value: Any) -> bool:
    """Whether a parameter can be looked up quickly."""
    if isinstance(value, Channel):
        return value.batch_shape == ()
    if isinstance(value, tuple):
        return all(type(part) is float or (isinstance(part, Channel) and _is_plain(part)) for part in value)
    return value is None or type(value) in (bool, int, float, str)
