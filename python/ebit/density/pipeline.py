"""Steps on batches of states, run as a whole."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ebit._arrays import as_floats
from ebit.density._register import Register
from ebit.density._tracing import Output, Stepper, Tracer, map_tree
from ebit.density.density_matrix import DensityMatrix
from ebit.rng import Rng, run_key
from ebit.state.pairs import PairState
from ebit.threads import thread_count

_MOST_TRACES = 64


class _Argument(NamedTuple):
    """An argument of the function: its name, what it is and, for a state, its number of qubits."""

    name: str
    kind: str  # "state", "number", "flag" or "static"
    value: Any

    @property
    def key(self) -> tuple[Any, ...]:
        if self.kind == "state":
            return self.name, self.kind, self.value.num_qubits
        return self.name, self.kind, self.value if self.kind == "static" else None


class _Trace(NamedTuple):
    tracer: Tracer
    outputs: Any  # the tree that the function returns, of `Output`
    states: list[int]  # numbers of qubits of the states among them


class Pipeline:
    """A function of states that is compiled and run tile by tile; made by `ebit.pipeline`.

    Calling it with states and numbers gives what the function gives, for whole batches at a time, without
    writing anything in between to memory.

    Parameters
    ----------
    function : callable
        See `ebit.pipeline`.

    Examples
    --------
    >>> import ebit
    >>> swap = ebit.protocols.swap()
    >>> @ebit.pipeline
    ... def chain(a, b, c):
    ...     return swap(swap(a, b).state, c).state
    >>> chain(ebit.Werner(0.9), ebit.Werner(0.9), ebit.Werner(0.9)).coefficients[-1].round(3)
    np.float64(0.729)
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        if not callable(function):
            raise TypeError(f"function = {function!r} is not allowed: it must be callable")
        functools.update_wrapper(self, function)
        self.function = function
        self._signature = inspect.signature(function)
        for taken in ("rng", "threads"):
            if taken in self._signature.parameters:
                raise TypeError(f"the function of a pipeline must not have a parameter {taken!r} of its own")
        parameters = self._signature.parameters.values()
        positional = all(p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for p in parameters)
        self._plain = [p.name for p in parameters] if positional else []
        self._traces: dict[tuple[Any, ...], _Trace] = {}

    def __repr__(self) -> str:
        return f"<ebit.pipeline of {getattr(self.function, '__qualname__', self.function)}>"

    def __call__(
        self, *arguments: Any, rng: Rng = None, threads: int | None = None, _tile: int = 0, **named: Any
    ) -> Any:
        """Run the steps for every element.

        Parameters
        ----------
        *arguments, **named
            What the function takes. A `DensityMatrix` or a pair state is a state; a single one stands for
            all elements. A number, or an array with one per element, is a parameter; an array of bools is
            a condition for ``where=``. Anything else, a memory or a map say, is given to the function as
            it is and must be hashable.
        rng : int, SeedSequence, Generator or None
            Decides the outcomes that are sampled: step s draws with ``derived_keys(key, s + 1)[s]`` as
            its key, so that an element's outcomes depend on its number in the batch alone.
        threads : int, optional
            One by default.

        Returns
        -------
        As the function
            A `DensityMatrix` for a register, a float or an array (N,) for a probability, an int or
            a uint8 array for an outcome, a bool or an array for whether it is accepted.

        Raises
        ------
        TypeError
            If the function computes with a parameter, or returns something that is no result.
        ValueError
            If a parameter is out of range, or batches differ in size.

        Examples
        --------
        >>> import ebit
        >>> memory = ebit.Memory(t1=1.0, t2=0.5)
        >>> @ebit.pipeline
        ... def stored(pair, time):
        ...     pair.decay(time, memory, 0)
        ...     return pair
        >>> stored(ebit.Werner(1.0), [0.0, 0.5]).coefficients[5].round(4)
        array([1.    , 0.3679])
        """
        given = self._given(arguments, named)
        key = tuple(argument.key for argument in given)
        try:
            trace = self._traces.get(key)
        except TypeError:
            names = ", ".join(a.name for a in given if a.kind == "static")
            raise TypeError(f"arguments that are no states or numbers must be hashable: {names}") from None
        if trace is None:
            if len(self._traces) >= _MOST_TRACES:
                self._traces.clear()
            trace = self._traces[key] = self._traced(given)
        return _run(trace, given, run_key(rng) if trace.tracer.num_steps else 0, thread_count(threads), _tile)

    def step_by_step(self, *arguments: Any, rng: Rng = None, **named: Any) -> Any:
        """Call the function with states that change at once: the same results, for checking and debugging.

        Parameters
        ----------
        *arguments, **named, rng
            As in a call.

        Returns
        -------
        As the function
            Equal to what a call returns, within rounding.

        Examples
        --------
        >>> import ebit
        >>> swap = ebit.protocols.swap()
        >>> joined = ebit.pipeline(lambda a, b: swap.sample(a, b))
        >>> pair = ebit.Werner([0.9] * 4)
        >>> joined(pair, pair, rng=1).outcome == joined.step_by_step(pair, pair, rng=1).outcome
        array([ True,  True,  True,  True])
        """
        stepper, given = Stepper(run_key(rng)), self._given(arguments, named)
        values = [
            Register(stepper, a.value.copy(), a.value.num_qubits) if a.kind == "state" else a.value
            for a in given
        ]
        result = self._called([a.name for a in given], values)
        return map_tree(lambda x: x._content if isinstance(x, Register) else x, result)

    # ---- arguments ----

    def _given(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> list[_Argument]:
        if not named and len(arguments) == len(self._plain):
            return list(map(_argument, self._plain, arguments))
        bound = self._signature.bind(*arguments, **named)
        bound.apply_defaults()
        flat: list[_Argument] = []
        for name, value in bound.arguments.items():
            if self._signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
                flat += [_argument(f"{name}[{i}]", x) for i, x in enumerate(value)]
            elif self._signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                raise TypeError("the function of a pipeline must name its parameters: ** is not allowed")
            else:
                flat.append(_argument(name, value))
        return flat

    def _called(self, names: list[str], values: list[Any]) -> Any:
        """Call the function with other values in place of the arguments of these names."""
        parameters = self._signature.parameters
        only_named = {
            name: value
            for name, value in zip(names, values, strict=True)
            if name in parameters and parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        }
        return self.function(*values[: len(values) - len(only_named)], **only_named)

    def _traced(self, given: list[_Argument]) -> _Trace:
        tracer = Tracer()
        make: dict[str, Callable[[_Argument], Any]] = {
            "state": lambda a: tracer.register(a.value.num_qubits),
            "number": lambda a: tracer.parameter(a.name),
            "flag": lambda a: tracer.flag(a.name),
            "static": lambda a: a.value,
        }
        values = [make[argument.kind](argument) for argument in given]
        result = self._called([argument.name for argument in given], values)
        states: list[int] = []

        def output(value: Any) -> Output:
            if isinstance(value, Register):
                states.append(value.num_qubits)
            return tracer.output(value)

        outputs = map_tree(output, result)
        if not tracer.has_outputs:
            raise TypeError("the function of a pipeline returned nothing")
        return _Trace(tracer, outputs, states)


def pipeline(function: Callable[..., Any]) -> Pipeline:
    """Compile a function of states into a pipeline.

    The function is called once for every kind of arguments, with registers in place of states and symbols
    in place of numbers. It uses ``register.apply``, ``register.decay`` and ``register.copy`` as of a
    `DensityMatrix`, and calls `BilinearMap` objects on registers or samples them; what it does is written
    down and then run for whole batches at memory speed. Its Python code runs at tracing only: loops and
    branches on ordinary values are unrolled.

    Parameters
    ----------
    function : callable
        Takes states, numbers and anything else; returns registers, probabilities and outcomes, in tuples,
        lists or dicts.

    Returns
    -------
    Pipeline

    Examples
    --------
    A noisy swap of pairs that were stored for different times, each outcome drawn:

    >>> import ebit, numpy as np
    >>> memory = ebit.Memory(t1=1.0, t2=0.1)
    >>> swap = ebit.protocols.swap(p_readout_error=0.01)
    >>> @ebit.pipeline
    ... def swapped(pair, time_a, time_b):
    ...     a, b = pair.copy(), pair.copy()
    ...     a.decay(time_a, memory, 1)
    ...     b.decay(time_b, memory, 0)
    ...     return swap.sample(a, b)
    >>> times = np.linspace(0.0, 0.05, 1000)
    >>> result = swapped(ebit.Werner(0.99), times, times[::-1], rng=7)
    >>> result.state.batch, result.outcome.shape
    (1000, (1000,))
    """
    return Pipeline(function)


def _argument(name: str, value: Any) -> _Argument:
    if isinstance(value, DensityMatrix):
        return _Argument(name, "state", value)
    if isinstance(value, PairState):
        return _Argument(name, "state", DensityMatrix.from_pair(value))
    if isinstance(value, bool | np.bool | str | bytes) or value is None:
        return _Argument(name, "static", value)
    if isinstance(value, float | int | np.number):
        return _Argument(name, "number", np.float64(value))
    if isinstance(value, list | tuple | np.ndarray):
        array = np.asarray(value)
        if array.dtype.kind == "b":
            return _Argument(name, "flag", np.ascontiguousarray(array).reshape(array.shape))
        if array.dtype.kind in "fiu":
            return _Argument(name, "number", as_floats(name, array))
    return _Argument(name, "static", value)


def _batch_of(trace: _Trace, given: list[_Argument]) -> int | None:
    """Return the number of elements, None for a single one; arrays of different sizes are refused."""
    sizes: list[tuple[str, int]] = []
    for name, kind, value in given:
        if kind == "state" and value.batch is not None:
            sizes.append((name, value.batch))
        elif kind in ("number", "flag") and value.ndim > 0:
            if value.ndim > 1:
                raise ValueError(f"{name} has shape {value.shape}: it must be a number or have one axis")
            sizes.append((name, len(value)))
    sizes += trace.tracer.batches
    if len({size for _, size in sizes}) > 1:
        text = ", ".join(f"{name} {size}" for name, size in dict.fromkeys(sizes))
        raise ValueError(f"batches differ in size: {text}")
    if sizes and sizes[0][1] == 0:
        raise ValueError(f"{sizes[0][0]} is empty: a batch has at least one element")
    return sizes[0][1] if sizes else None


def _run(trace: _Trace, given: list[_Argument], key: int, threads: int, tile: int) -> Any:
    tracer, batch = trace.tracer, _batch_of(trace, given)
    states = [DensityMatrix._empty(num_qubits, batch) for num_qubits in trace.states]
    numbers, outcomes, accepted = tracer.core.run(
        [a.value for a in given if a.kind == "state"] + tracer.captured_inputs,
        [a.value for a in given if a.kind == "number"] + tracer.captured_parameters,
        [a.value.view(np.uint8) for a in given if a.kind == "flag"] + tracer.captured_flags,
        tracer.matrices,
        states,
        1 if batch is None else batch,
        key,
        threads,
        tile,
    )
    results: dict[str, list[Any]] = {
        "number": numbers,
        "outcome": outcomes,
        "flag": [flags.view(np.bool) for flags in accepted],
    }
    if batch is None:
        results = {kind: [column[0].item() for column in columns] for kind, columns in results.items()}
    results["state"] = states
    return map_tree(lambda leaf: results[leaf.kind][leaf.number], trace.outputs)
