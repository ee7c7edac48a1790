"""What the function of a pipeline sees: registers instead of states, parameters instead of numbers."""

from __future__ import annotations

from typing import Any, NoReturn, Protocol

from ebit._arrays import ByteArray
from ebit.density._operations import Operation
from ebit.memory import Memory

# Everything by which a value would be computed with.
_ARITHMETIC = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "lshift",
    "rshift",
    "and",
    "or",
    "xor",
    "radd",
    "rsub",
    "rmul",
    "rtruediv",
    "rfloordiv",
    "rmod",
    "rpow",
    "rmatmul",
    "rand",
    "ror",
    "rxor",
    "neg",
    "pos",
    "abs",
    "invert",
    "lt",
    "le",
    "gt",
    "ge",
    "float",
    "int",
    "bool",
    "index",
    "complex",
    "round",
    "len",
    "iter",
    "getitem",
    "array",
]


class Recorder(Protocol):
    """What is done to registers goes here: it is written down, or done at once."""

    def copy(self, register: Register) -> Register:
        """Return a register of its own with the same state."""

    def apply(self, register: Register, operation: Operation, arguments: tuple[Any, ...], where: Any) -> Any:
        """Return the content of the register afterwards."""

    def decay(self, register: Register, time: Any, memory: Memory, qubit: Any) -> Any:
        """Return the content of the register afterwards."""

    def join(self, bilinear_map: Any, left: Any, right: Any) -> Any:
        """Do what a call of the map does."""

    def sample(self, bilinear_map: Any, left: Any, right: Any, rng: Any) -> Any:
        """Do what `BilinearMap.sample` does."""


class Register:
    """A state, or a batch of them, inside the function of a pipeline.

    It is used like a `DensityMatrix`, with the methods listed here; maps of two states take it too.
    """

    __slots__ = ("_content", "_num_qubits", "_recorder")

    def __init__(self, recorder: Recorder, content: Any, num_qubits: int) -> None:
        self._recorder = recorder
        self._content = content
        self._num_qubits = num_qubits

    @property
    def num_qubits(self) -> int:
        """How many qubits the state has."""
        return self._num_qubits

    def copy(self) -> Register:
        """Return a register of its own with the same state."""
        return self._recorder.copy(self)

    def apply(self, operation: Operation, *arguments: Any, where: Any = None) -> None:
        """Do something to some of the qubits; see `DensityMatrix.apply`."""
        self._content = self._recorder.apply(self, operation, arguments, where)

    def decay(self, time: Any, memory: Memory, qubit: Any) -> None:
        """Store a qubit for a time; see `DensityMatrix.decay`."""
        self._content = self._recorder.decay(self, time, memory, qubit)

    def __repr__(self) -> str:
        return f"Register(num_qubits={self._num_qubits})"


def recorder_of(*states: Any) -> Recorder | None:
    """Return the recorder of the first register among some states."""
    return next((state._recorder for state in states if isinstance(state, Register)), None)


class Symbol:
    """A number that is known when the pipeline runs. It can be passed on and returned, nothing else."""

    __slots__ = ("index", "name", "tracer")

    def __init__(self, tracer: Any, index: int, name: str) -> None:
        self.tracer = tracer
        self.index = index
        self.name = name

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            f"{self.name} is known only when the pipeline runs: its function can pass it to apply, decay and "
            "maps, and return it, but not compute with it or branch on it"
        )

    __array_ufunc__ = _refuse
    __hash__ = object.__hash__
    __eq__ = _refuse

    def __repr__(self) -> str:
        return f"<{self.name}>"


for _name in _ARITHMETIC:
    setattr(Symbol, f"__{_name}__", Symbol._refuse)


class Parameter(Symbol):
    """A number, or one per element, that the call gives."""

    __slots__ = ()

    def _no_state(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"{self.name} is a number, or one per element: it must be a state to be acted on")

    apply = decay = copy = _no_state


class Flag(Symbol):
    """A bool per element that the call gives; for ``where=``."""

    __slots__ = ()


class Probability(Symbol):
    """The probability of what a map did."""

    __slots__ = ()


class Accepted(Symbol):
    """Whether the outcome of a map is an accepted one."""

    __slots__ = ("accepted",)

    def __init__(self, tracer: Any, index: int, name: str, accepted: ByteArray) -> None:
        super().__init__(tracer, index, name)
        self.accepted = accepted


class Outcome(Symbol):
    """The outcome of a map. ``(outcome >> k) & 1`` is its bit k, for ``where=``."""

    __slots__ = ("shift",)

    def __init__(self, tracer: Any, index: int, name: str, shift: int = 0) -> None:
        super().__init__(tracer, index, name)
        self.shift = shift

    def __rshift__(self, by: int) -> Outcome:
        return Outcome(self.tracer, self.index, self.name, self.shift + by)

    def __and__(self, mask: int) -> OutcomeBit:
        if mask != 1:
            raise TypeError(f"only & 1 is known of {self.name}: (outcome >> k) & 1 is its bit k")
        return OutcomeBit(self.tracer, self.index, f"a bit of {self.name}", self.shift)


class OutcomeBit(Symbol):
    """A bit of an outcome, for ``where=``."""

    __slots__ = ("shift",)

    def __init__(self, tracer: Any, index: int, name: str, shift: int) -> None:
        super().__init__(tracer, index, name)
        self.shift = shift
