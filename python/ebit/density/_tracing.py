"""Turns the function of a pipeline into a `_core.Pipeline`, and runs it step by step for comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ebit import _core
from ebit._arrays import as_float, require
from ebit.density._operations import Operation, as_qubits, resolve
from ebit.density._register import (
    Accepted,
    Flag,
    Outcome,
    OutcomeBit,
    Parameter,
    Probability,
    Register,
    Symbol,
)
from ebit.density._results import Joined, Sampled
from ebit.density.bilinear_map import BilinearMap
from ebit.density.density_matrix import DensityMatrix
from ebit.memory import Memory

_Operand = tuple[float, int]  # a number, or the index of a parameter


@dataclass(frozen=True, slots=True)
class Output:
    """Something that the function returned: its kind, and its number among those."""

    kind: str  # "state", "number", "outcome" or "flag"
    number: int


def map_tree(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return tuples, lists and mappings as they are, with `function` of everything in them."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_tree(function, branch) for branch in tree))
    if isinstance(tree, tuple | list):
        return type(tree)(map_tree(function, branch) for branch in tree)
    if isinstance(tree, Mapping):
        return {key: map_tree(function, branch) for key, branch in tree.items()}
    return function(tree)


class Tracer:
    """A recorder that writes down; the content of a register is the number of its state."""

    def __init__(self) -> None:
        self.core = _core.Pipeline()
        self.names: list[str] = []  # of parameters
        # What the function brought along, in the order of its inputs, parameters and flags.
        self.captured_inputs: list[DensityMatrix] = []
        self.captured_parameters: list[npt.NDArray[np.float64]] = []
        self.captured_flags: list[npt.NDArray[np.uint8]] = []
        self.matrices: list[npt.NDArray[np.float64]] = []
        self.batches: list[tuple[str, int]] = []
        self.num_steps = 0
        self._num_outputs = dict.fromkeys(("state", "number", "outcome", "flag"), 0)

    # ---- what the function is called with ----

    def register(self, num_qubits: int) -> Register:
        return Register(self, self.core.input(num_qubits), num_qubits)

    def parameter(self, name: str) -> Parameter:
        return Parameter(self, self.core.parameter(name), f"parameter {name!r}")

    def flag(self, name: str) -> Flag:
        return Flag(self, self.core.flag(), f"parameter {name!r}")

    # ---- what it does ----

    def copy(self, register: Register) -> Register:
        return Register(self, register._content, register._num_qubits)

    def apply(self, register: Register, operation: Operation, arguments: tuple[Any, ...], where: Any) -> int:
        before = register._content
        after = self._applied(before, operation, arguments, register._num_qubits)
        return after if where is None else self._where(where, after, before)

    def _applied(self, state: int, operation: Operation, arguments: tuple[Any, ...], num_qubits: int) -> int:
        if isinstance(operation, str):
            k, count = _core.operation_shape(operation)
            if len(arguments) == count + k and any(map(_varies, arguments[:count])):
                operands = [
                    self._operand(f"parameter {i} of {operation}", x) for i, x in enumerate(arguments[:count])
                ]
                qubits = as_qubits(self._known(arguments[count:]), k, num_qubits)
                return self.core.named(state, operation, operands, list(qubits))
        elif isinstance(operation, Symbol):
            operation._refuse()
        transfer, qubits = resolve(operation, self._known(arguments), num_qubits)
        if transfer.ndim == 2:
            return self.core.transfer(state, np.ascontiguousarray(transfer), list(qubits))
        if transfer.ndim > 3 or len(transfer) == 0:
            raise ValueError(
                f"operation has the batch shape {transfer.shape[:-2]}: it must have one axis, not empty"
            )
        self.batches.append(("an operation", len(transfer)))
        columns = np.zeros((transfer[0].size, -(-len(transfer) // 8) * 8))  # room for whole vectors
        columns[:, : len(transfer)] = transfer.reshape(len(transfer), -1).T
        self.matrices.append(columns)
        return self.core.matrix(state, self.core.matrices(len(qubits)), list(qubits))

    def decay(self, register: Register, time: Any, memory: Memory, qubit: Any) -> int:
        require("memory", memory, Memory)
        qubits = as_qubits(self._known((qubit,)), 1, register._num_qubits)
        numbers = [self._operand("memory", x) for x in (*memory.rates, memory.equilibrium_z)]
        return self.core.decay(register._content, tuple(numbers), self._operand("time", time), qubits[0])

    def join(self, bilinear_map: BilinearMap, left: Any, right: Any) -> Joined:
        a, b = self._states(bilinear_map, left, right)
        state, number = self.core.average(bilinear_map._table, a, b, bilinear_map._accepted)
        register: Any = Register(self, state, bilinear_map.num_out)
        return Joined(register, Probability(self, number, "the probability of a map"))

    def sample(self, bilinear_map: BilinearMap, left: Any, right: Any, rng: Any) -> Sampled:
        if rng is not None:
            raise TypeError(
                "rng is not allowed in a pipeline: the call of the pipeline has one for all steps"
            )
        a, b = self._states(bilinear_map, left, right)
        state, number = self.core.sample(bilinear_map._table, a, b)
        self.num_steps += 1
        register: Any = Register(self, state, bilinear_map.num_out)
        return Sampled(
            register,
            Outcome(self, number, "the outcome of a map"),
            Accepted(self, number, "whether the outcome of a map is accepted", bilinear_map._accepted),
            Probability(self, number, "the probability of a map"),
        )

    def _states(self, bilinear_map: BilinearMap, left: Any, right: Any) -> tuple[int, int]:
        if bilinear_map.batch is not None:
            self.batches.append(("a map", bilinear_map.batch))
        return self._state("left", left), self._state("right", right)

    def _state(self, name: str, state: Any) -> int:
        if isinstance(state, Register):
            if state._recorder is not self:
                raise ValueError(f"{name} is a register of another call of a pipeline")
            content: int = state._content
            return content
        require(name, state, DensityMatrix)
        if state.batch is not None:
            self.batches.append((name, state.batch))
        self.captured_inputs.append(state.copy())
        return self.core.input(state.num_qubits)

    def _where(self, where: Any, yes: int, no: int) -> int:
        if isinstance(where, Flag):
            return self.core.where(True, where.index, 0, yes, no)
        if isinstance(where, OutcomeBit):
            return self.core.where(False, where.index, 1 << where.shift, yes, no)
        if isinstance(where, Symbol):
            where._refuse()
        mask = np.asarray(where)
        if mask.dtype.kind != "b" and not np.isin(mask, (0, 1)).all():
            raise TypeError(f"where = {where!r} is not allowed: it must be bools, or outcomes 0 and 1")
        if mask.ndim == 0:
            return yes if mask else no
        if mask.ndim != 1:
            raise ValueError(f"where has shape {mask.shape}: it must have one axis")
        self.batches.append(("where", len(mask)))
        self.captured_flags.append(np.array(mask, dtype=np.uint8))
        return self.core.where(True, self.core.flag(), 0, yes, no)

    def _operand(self, name: str, value: Any) -> _Operand:
        if isinstance(value, Parameter):
            self._own(value)
            return 0.0, value.index
        if isinstance(value, Symbol):
            value._refuse()
        if not _varies(value):
            return as_float(name, value), -1
        array = np.array(value, dtype=np.float64)
        if array.ndim != 1:
            raise ValueError(f"{name} has shape {array.shape}: it must be a number or have one axis")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} is not allowed: its numbers must be finite")
        self.batches.append((name, len(array)))
        self.captured_parameters.append(array)
        return 0.0, self.core.parameter(name)

    def _known(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        for argument in arguments:
            if isinstance(argument, Symbol):
                argument._refuse()
        return arguments

    def _own(self, symbol: Symbol) -> None:
        if symbol.tracer is not self:
            raise ValueError(f"{symbol.name} belongs to another call of a pipeline")

    # ---- what it returns ----

    @property
    def has_outputs(self) -> bool:
        return any(self._num_outputs.values())

    def output(self, value: Any) -> Output:
        """Declare something that the function returns."""
        if not isinstance(value, Register | Symbol):
            raise TypeError(
                f"the function of a pipeline returned {value!r}: it must return registers, probabilities, "
                "outcomes or whether they are accepted, in tuples, lists or dicts"
            )
        if isinstance(value, Register):
            kind = "state"
            self.core.return_state(self._state("a result", value))
        else:
            self._own(value)
            kind = self._symbol_output(value)
        self._num_outputs[kind] += 1
        return Output(kind, self._num_outputs[kind] - 1)

    def _symbol_output(self, value: Symbol) -> str:
        if isinstance(value, Probability):
            self.core.return_number(value.index)
            return "number"
        if isinstance(value, Accepted):
            self.core.return_flag(value.index, value.accepted)
            return "flag"
        if isinstance(value, Outcome) and value.shift == 0:
            self.core.return_outcome(value.index)
            return "outcome"
        raise TypeError(f"the function of a pipeline returned {value.name}, which is not a result of it")


def _varies(value: Any) -> bool:
    return isinstance(value, Symbol) or np.ndim(value) > 0


class Stepper:
    """A recorder that does everything at once; the content of a register is a density matrix."""

    def __init__(self, key: int) -> None:
        self._key = key
        self._step = 0

    def copy(self, register: Register) -> Register:
        return Register(self, register._content.copy(), register._num_qubits)

    def apply(self, register: Register, operation: Operation, arguments: tuple[Any, ...], where: Any) -> Any:
        options = {} if where is None else {"where": where}
        state = self._room(register._content, *arguments, *options.values())
        state.apply(operation, *arguments, **options)
        return state

    def decay(self, register: Register, time: Any, memory: Memory, qubit: Any) -> Any:
        state = self._room(register._content, time, *memory.rates)
        state.decay(time, memory, qubit)
        return state

    def join(self, bilinear_map: BilinearMap, left: Any, right: Any) -> Joined:
        joined = bilinear_map(_content(left), _content(right))
        register: Any = Register(self, joined.state, bilinear_map.num_out)
        return joined._replace(state=register)

    def sample(self, bilinear_map: BilinearMap, left: Any, right: Any, rng: Any) -> Sampled:
        key = int(_core.derived_keys(self._key, self._step + 1)[-1])
        self._step += 1
        drawn = bilinear_map.sample(_content(left), _content(right), rng=key)
        register: Any = Register(self, drawn.state, bilinear_map.num_out)
        return drawn._replace(state=register)

    @staticmethod
    def _room(state: DensityMatrix, *parameters: Any) -> DensityMatrix:
        """Return the state, as a batch if a parameter is for one."""
        sizes = [len(parameter) for parameter in parameters if np.ndim(parameter) == 1]
        if state.batch is not None or not sizes:
            return state
        batch = DensityMatrix._empty(state.num_qubits, sizes[0])
        batch.coefficients[...] = state.coefficients[:, None]
        return batch


def _content(state: Any) -> Any:
    return state._content if isinstance(state, Register) else state
