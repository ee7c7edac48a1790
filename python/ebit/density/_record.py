"""Bits of a measurement record, and Boolean functions of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, as_int

Truth: TypeAlias = npt.NDArray[np.bool_]


class Bit:
    """A bit that a `Protocol` measures, or a Boolean function of such bits.

    `Protocol.measure` returns it. Bits are combined as in Python: ``a == b``, ``a != b``, ``a ^ b``,
    ``a & b``, ``a | b``, ``~a``, also with the numbers 0 and 1; the result is again a bit. Use it in
    `Protocol.accept` and for feed-forward, ``where=``. It has no value before a protocol runs: ``if a:``
    and ``a and b`` are refused.

    Examples
    --------
    >>> import ebit
    >>> protocol = ebit.Protocol(1, 2)
    >>> a, b = protocol.measure("Z", 0), protocol.measure("Z", 1)
    >>> a == b
    Bit(places=(0, 1), true_for=['00', '11'])
    >>> a & (b == 0)
    Bit(places=(0, 1), true_for=['10'])
    """

    __slots__ = ("_places", "_protocol", "_truth")

    _protocol: object
    _places: tuple[int, ...]  # of the bits in the record, ascending
    _truth: Truth  # one axis of two for each place

    @classmethod
    def _of(cls, protocol: object, places: tuple[int, ...], truth: Truth) -> Bit:
        self = cls()
        self._protocol, self._places, self._truth = protocol, places, truth
        return self

    def _joined(self, other: object, function: Callable[[Truth, Truth], Truth]) -> Bit:
        if isinstance(other, bool | np.bool) or (isinstance(other, int | np.integer) and other in (0, 1)):
            other = self._of(self._protocol, (), np.array(bool(other)))
        if not isinstance(other, Bit):
            raise TypeError(f"a bit cannot be combined with {other!r}: it must be a bit, 0 or 1")
        if other._protocol is not self._protocol:
            raise ValueError("the bits belong to different protocols")
        places = tuple(sorted({*self._places, *other._places}))
        return self._of(self._protocol, places, function(self._over(places), other._over(places)))

    def _over(self, places: tuple[int, ...]) -> Truth:
        """Return the truth table with an axis for each of these places, which include the bit's own."""
        shape = tuple(2 if place in self._places else 1 for place in places)
        return np.broadcast_to(self._truth.reshape(shape), (2,) * len(places))

    def __eq__(self, other: object) -> Bit:  # type: ignore[override]
        return self._joined(other, np.equal)

    def __ne__(self, other: object) -> Bit:  # type: ignore[override]
        return self._joined(other, np.not_equal)

    __hash__ = None  # type: ignore[assignment]

    def __and__(self, other: object) -> Bit:
        return self._joined(other, np.logical_and)

    def __or__(self, other: object) -> Bit:
        return self._joined(other, np.logical_or)

    def __xor__(self, other: object) -> Bit:
        return self._joined(other, np.logical_xor)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self) -> Bit:
        return self._of(self._protocol, self._places, ~self._truth)

    def __bool__(self) -> bool:
        raise TypeError(
            "a bit has no value before its protocol runs: use &, | and ~ for and, or and not, "
            "and where= for a conditional operation"
        )

    def __repr__(self) -> str:
        true = ["".join(map(str, values)) for values in np.argwhere(self._truth).tolist()]
        return f"Bit(places={self._places}, true_for={true})"

    def _characters(self, num_bits: int) -> list[tuple[int, float]]:
        """Return the function as sum over masks s of coefficient * (-1)^popcount(s & outcome)."""
        spectrum: FloatArray = self._truth.astype(np.float64)
        for axis in range(spectrum.ndim):
            zero, one = np.moveaxis(spectrum, axis, 0)
            spectrum = np.stack([zero + one, zero - one], axis=axis) / 2.0
        weights = [mask_of(place, num_bits) for place in self._places]
        return [
            (sum(w for w, used in zip(weights, index, strict=True) if used), float(coefficient))
            for index, coefficient in np.ndenumerate(spectrum)
            if coefficient != 0.0
        ]


def mask_of(place: int, num_bits: int) -> int:
    """Return the mask of a bit: the one measured first is the most significant of an outcome."""
    return 1 << (num_bits - 1 - place)


#: What can be accepted: a bit, a function of all bits, or outcomes.
Condition: TypeAlias = Bit | Callable[..., Any] | Iterable[int | str]


def as_bit(condition: Condition, protocol: object, num_bits: int) -> Bit:
    """Return a condition on the bits of a record as a bit, or raise."""
    if isinstance(condition, Bit):
        return condition._joined(True, np.logical_and)
    everything = Bit._of(protocol, tuple(range(num_bits)), np.zeros((2,) * num_bits, dtype=bool))
    if callable(condition):
        for values in np.ndindex(*everything._truth.shape):
            answer = condition(*values)
            if not isinstance(answer, bool | np.bool | int | np.integer):
                raise TypeError(
                    f"condition{values} = {answer!r} is not allowed: the function must answer True or False"
                )
            everything._truth[values] = bool(answer)
    else:
        for outcome in as_outcomes("condition", condition, num_bits):
            everything._truth.reshape(-1)[outcome] = True
    return everything


def as_outcomes(name: str, outcomes: Iterable[int | str], num_bits: int) -> list[int]:
    """Return outcomes, each a number or a string of bits, as numbers; or raise."""
    if isinstance(outcomes, str) or not isinstance(outcomes, Iterable):
        raise TypeError(f"{name} = {outcomes!r} is not allowed: it must be a bit, a function or outcomes")
    numbers = []
    for outcome in outcomes:
        if isinstance(outcome, str):
            if len(outcome) != num_bits or set(outcome) - {"0", "1"}:
                raise ValueError(f"{name} = {outcome!r} is not allowed: it must be {num_bits} digits 0 or 1")
            numbers.append(int(outcome or "0", 2))
        else:
            number = as_int(name, outcome)
            if not 0 <= number < 1 << num_bits:
                raise ValueError(
                    f"{name} = {number} is not allowed: it must be in [0, {(1 << num_bits) - 1}]"
                )
            numbers.append(number)
    return numbers
