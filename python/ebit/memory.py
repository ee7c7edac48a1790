"""Memories: how a stored qubit decoheres."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray, broadcast
from ebit._points import Number, Shape, Value, at, columns, number, over, plain
from ebit.channels import Channel

__all__ = ["Memory"]

_MODELS: dict[str, Callable[..., FloatArray]] = {
    "relaxation": _core.memory_relaxation,
    "depolarizing": _core.memory_depolarizing,
    "pauli_rates": _core.memory_pauli_rates,
}


class Memory(Value):
    """A quantum memory for one qubit. Immutable.

    A memory relaxes toward equilibrium with time constant `t1` while coherences decay with `t2`:
    amplitude damping ``1 - exp(-time / t1)``, then dephasing so that coherences are multiplied by
    ``exp(-time / t2)``. `Memory.depolarizing` and `Memory.pauli_rates` make the simpler memories of
    the literature. All of them are kept as the rates at which X, Y and Z decay. Every number may be an
    array: a memory for every point of a sweep, over the shape to which they broadcast.

    Parameters
    ----------
    t1 : float or array_like, default inf
        Relaxation time in seconds, positive.
    t2 : float or array_like, default ``2 t1``
        Coherence time in seconds, positive, at most ``2 t1``; without it coherences are lost by
        relaxation alone.
    excited_population : float or array_like, default 0
        Probability of ``|1>`` in equilibrium, in [0, 1].

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> import ebit
    >>> memory = ebit.Memory(t1=1.0, t2=0.1)
    >>> memory.rates
    (10.0, 10.0, 1.0)
    >>> memory.decay([0.0, 0.1]).ptm[:, 1, 1].round(4)
    array([1.    , 0.3679])
    >>> ebit.Memory(t1=1.0)
    Memory(t1=1.0, t2=2.0, excited_population=0.0)
    >>> ebit.Memory(t2=[0.1, 0.2]).shape
    (2,)
    """

    __slots__ = ("_canonical", "_parameters", "_shape")
    _canonical: FloatArray  # one row of rates and equilibrium for each point
    _parameters: dict[str, Any]
    _shape: Shape

    def __init__(
        self,
        t1: npt.ArrayLike = float("inf"),
        t2: npt.ArrayLike | None = None,
        excited_population: npt.ArrayLike = 0.0,
    ) -> None:
        if t2 is None:
            t2 = 2.0 * number("t1", t1)
        self._set("relaxation", t1=t1, t2=t2, excited_population=excited_population)

    @classmethod
    def depolarizing(cls, time: npt.ArrayLike) -> Memory:
        """Return a memory that keeps its state with probability ``exp(-t / time)``, else mixes it fully.

        Parameters
        ----------
        time : float or array_like
            Seconds, positive, infinity allowed.

        Returns
        -------
        Memory

        Raises
        ------
        ValueError
            If `time` is not positive.

        Examples
        --------
        >>> import ebit
        >>> ebit.Memory.depolarizing(2.0).rates
        (0.5, 0.5, 0.5)
        """
        return cls.__new__(cls)._set("depolarizing", time=time)

    @classmethod
    def pauli_rates(cls, x: npt.ArrayLike, y: npt.ArrayLike, z: npt.ArrayLike) -> Memory:
        """Return a memory in which X, Y and Z errors happen at these rates.

        Parameters
        ----------
        x, y, z : float or array_like
            Errors per second, non-negative.

        Returns
        -------
        Memory

        Raises
        ------
        ValueError
            If a rate is negative or not finite.

        Examples
        --------
        >>> import ebit
        >>> ebit.Memory.pauli_rates(x=0.0, y=0.0, z=5.0).rates  # dephasing with t2 = 0.1 s
        (10.0, 10.0, 0.0)
        """
        return cls.__new__(cls)._set("pauli_rates", x=x, y=y, z=z)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Memory:
        """Return the memory that has these `parameters`.

        Parameters
        ----------
        parameters : mapping
            As of `Memory.parameters`.

        Returns
        -------
        Memory

        Raises
        ------
        ValueError
            If the model is unknown or a number out of range.

        Examples
        --------
        >>> import ebit
        >>> memory = ebit.Memory.depolarizing(2.0)
        >>> ebit.Memory.from_parameters(memory.parameters) == memory
        True
        """
        if not isinstance(parameters, Mapping):
            raise TypeError(f"parameters = {parameters!r} is not allowed: it must be a mapping")
        rest = dict(parameters)
        model = str(rest.pop("model", None))
        constructors: dict[str, Callable[..., Memory]] = {
            "relaxation": cls,
            "depolarizing": cls.depolarizing,
            "pauli_rates": cls.pauli_rates,
        }
        if model not in constructors:
            raise ValueError(f"model = {model!r} is not allowed: it must be one of {', '.join(constructors)}")
        return constructors[model](**rest)

    def _set(self, model: str, **parameters: npt.ArrayLike) -> Memory:
        values = {name: number(name, value) for name, value in parameters.items()}
        self._shape, numbers = columns("a memory", *values.values())
        self._canonical = _MODELS[model](*numbers)
        self._parameters = {"model": model, **values}
        return self

    def _at(self, place: tuple[int, ...], shape: Shape) -> Memory:
        """Return the memory of one point of `shape`, to which this one broadcasts."""
        return self if self._shape == () else self.from_parameters(at(self._parameters, place, shape))

    @property
    def shape(self) -> Shape:
        """Of the points that the memory is for; () for one."""
        return self._shape

    @property
    def rates(self) -> tuple[Number, Number, Number]:
        """Rates in 1/s at which the expectation values of X, Y and Z decay."""
        x, y, z = (over(self._shape, self._canonical[:, i].copy()) for i in range(3))
        return x, y, z

    @property
    def equilibrium_z(self) -> Number:
        """Expectation value of Z that is left after a long time, if Z decays at all."""
        return over(self._shape, self._canonical[:, 3].copy())

    @property
    def _tree(self) -> dict[str, Any]:
        return self._parameters

    @property
    def parameters(self) -> dict[str, Any]:
        """What rebuilds the memory: its model ("relaxation", "depolarizing", "pauli_rates") and numbers."""
        return dict(plain(self._parameters))

    def decay(self, time: npt.ArrayLike) -> Channel:
        """Return the channel of some time in the memory.

        Parameters
        ----------
        time : array_like
            Seconds, non-negative and finite, any shape; broadcast with `shape`: that of the batch.

        Returns
        -------
        Channel

        Raises
        ------
        ValueError
            If a time is negative or not finite.

        Examples
        --------
        >>> import ebit
        >>> ebit.Memory(t2=1.0).decay([0.0, 0.5, 1.0]).batch_shape
        (3,)
        """
        batch, columns = broadcast(
            ("memory", self._canonical.reshape(*self._shape, 4), (4,)), ("time", time, ())
        )
        return Channel._of(_core.memory_decay(*columns).reshape(*batch, 4, 4))

    def __reduce__(self) -> tuple[object, ...]:
        return Memory.from_parameters, (self._parameters,)

    def __repr__(self) -> str:
        model, *values = self._parameters.items()
        name = "Memory" if model[1] == "relaxation" else f"Memory.{model[1]}"
        return f"{name}({', '.join(f'{key}={value!r}' for key, value in values)})"
