"""What lies between the nodes: what all media share, and fibre."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from ebit import _core
from ebit._arrays import FloatArray
from ebit._points import Number, Value, columns, number, over, plain, rows

_FIBRE_INDEX = 299792458.0 / 2e8  # signals travel at 2e8 m/s


class Medium(Value):
    """What fibre and free space share: numbers, and functions of `_core` of them."""

    __slots__ = ()

    @property
    @abstractmethod
    def _numbers(self) -> tuple[Number | None, ...]:
        """As the library takes them."""

    def _of(self, function: Callable[[FloatArray], FloatArray]) -> Number:
        shape, numbers = rows(type(self).__name__, *self._numbers)
        return over(shape, function(numbers))


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Fibre(Medium):
    """An optical fibre.

    Every number may be an array: a medium for every point of a sweep.

    Parameters
    ----------
    length : float or array_like
        Metres.
    attenuation_db_per_km : float or array_like, optional
        Attenuation per kilometre; 0.2 if no loss is given at all.
    loss_db : float or array_like, optional
        Loss of the whole fibre, instead of `attenuation_db_per_km`.
    coupling : float or array_like, default 1
        Efficiency of coupling into and out of the fibre.
    index : float or array_like, default c / (2e8 m/s)
        Refractive index, in [1, 10]: signals travel at c / index.

    Raises
    ------
    ValueError
        If a number is out of range, or both `attenuation_db_per_km` and `loss_db` are given.

    Examples
    --------
    >>> fibre = Fibre(length=50e3)
    >>> fibre.loss_db
    10.0
    >>> round(fibre.transmissivity, 12), round(fibre.delay, 12)
    (0.1, 0.00025)
    >>> Fibre(length=82.8e3, loss_db=21.8).coupling
    1.0
    >>> Fibre(length=[25e3, 50e3]).loss_db
    array([ 5., 10.])
    """

    length: Number
    loss_db: Number
    coupling: Number
    index: Number

    def __init__(
        self,
        length: npt.ArrayLike,
        attenuation_db_per_km: npt.ArrayLike | None = None,
        *,
        loss_db: npt.ArrayLike | None = None,
        coupling: npt.ArrayLike = 1.0,
        index: npt.ArrayLike = _FIBRE_INDEX,
    ) -> None:
        if attenuation_db_per_km is not None and loss_db is not None:
            raise ValueError("give either attenuation_db_per_km or loss_db, not both")
        length = number("length", length)
        optics = {"coupling": number("coupling", coupling), "index": number("index", index)}
        if loss_db is None:
            attenuation = 0.2 if attenuation_db_per_km is None else attenuation_db_per_km
            loss = _loss(length, number("attenuation_db_per_km", attenuation))
        else:
            loss = number("loss_db", loss_db)
        for name, value in {"length": length, "loss_db": loss, **optics}.items():
            object.__setattr__(self, name, value)
        _core.check_fibre(rows("Fibre", *self._numbers)[1])

    @property
    def _numbers(self) -> tuple[Number, ...]:
        return self.length, self.loss_db, self.coupling, self.index

    @property
    def transmissivity(self) -> Number:
        """Of the fibre alone, without coupling: 10^(-loss_db / 10)."""
        return self._of(_core.fibre_transmissivity)

    @property
    def delay(self) -> Number:
        """Seconds that light takes one way."""
        return self._of(_core.fibre_delay)

    @property
    def _tree(self) -> dict[str, Any]:
        names = ("length", "loss_db", "coupling", "index")
        return {"model": "fibre", **{name: getattr(self, name) for name in names}}

    @property
    def parameters(self) -> dict[str, object]:
        """The model and the arguments that make this medium again."""
        return dict(plain(self._tree))


def _loss(length: Number, attenuation_db_per_km: Number) -> Number:
    shape, numbers = columns("Fibre", length, attenuation_db_per_km)
    return over(shape, _core.fibre_loss_db(*numbers))
