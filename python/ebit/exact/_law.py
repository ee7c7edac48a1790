"""The law of a waiting time."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, IntArray, as_floats
from ebit.exact._refusal import NotCovered


class WaitingTimeLaw(ABC):
    """The exact law of the time until a pair is delivered, a whole number of attempts.

    Attributes
    ----------
    attempt_time : float
        Seconds of one slot.
    mean, variance : float
        In s and s^2. They are exact, whatever the table leaves out.
    tail : float
        Bound on the probability that lies beyond the table. No entry of the table is above its true
        value, and all of them together are below it by at most `tail` (but for rounding, 1e-15).

    Examples
    --------
    >>> import ebit
    >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5, attempt_time=2.0)])
    >>> law = ebit.exact.waiting_time(chain)
    >>> law.mean, law.variance, law.pmf([2.0, 4.0, 5.0]).tolist()
    (4.0, 8.0, [0.5, 0.25, 0.0])
    """

    def __init__(
        self, attempt_time: float, mean: float, second_moment: float, tail: float, size: int
    ) -> None:
        self.attempt_time = attempt_time
        self.mean = mean * attempt_time
        self.variance = max(0.0, second_moment - mean**2) * attempt_time**2
        self.tail = tail
        self._size = size

    def __repr__(self) -> str:
        return f"WaitingTimeLaw(mean={self.mean:.6g} s, {len(self)} slots of {self.attempt_time:.6g} s)"

    def __len__(self) -> int:
        """Return the number of slots in the table."""
        return self._size

    @property
    def times(self) -> FloatArray:
        """The times of the table in seconds, shape (slots,): 0, 1, 2, ... attempts."""
        return self.attempt_time * np.arange(len(self), dtype=np.float64)

    @property
    @abstractmethod
    def probabilities(self) -> FloatArray:
        """The probabilities of `times`, shape (slots,)."""

    def pmf(self, time: npt.ArrayLike) -> FloatArray:
        """Return the probability that the pair is delivered at `time`.

        Parameters
        ----------
        time : array_like
            Seconds, any shape. Times that are not a whole number of attempts have probability 0.

        Returns
        -------
        ndarray or float

        Raises
        ------
        ValueError
            If a time is NaN.

        Examples
        --------
        >>> import ebit
        >>> law = ebit.exact.waiting_time(ebit.Chain([ebit.links.ideal(p_success=0.5)]))
        >>> law.pmf([1.0, 2.0, 2.5]).tolist()
        [0.5, 0.25, 0.0]
        """
        slots = self._slots(time)
        whole = np.rint(slots)
        hit = np.abs(slots - whole) <= 1e-9 * np.maximum(1.0, np.abs(whole))
        inside = hit & (whole >= 1.0) & (whole < 2.0**53)
        found = np.where(inside, self._pmf(np.where(inside, whole, 1.0).astype(np.int64)), 0.0)
        result: FloatArray = found[()]
        return result

    def cdf(self, time: npt.ArrayLike) -> FloatArray:
        """Return the probability that the pair is delivered by `time`.

        Parameters
        ----------
        time : array_like
            Seconds, any shape.

        Returns
        -------
        ndarray or float

        Raises
        ------
        ValueError
            If a time is NaN.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=0.5)] * 2)
        >>> float(ebit.exact.waiting_time(chain).cdf(1.0))
        0.25
        """
        slots = self._slots(time)
        whole = np.floor(slots * (1.0 + 1e-12) + 1e-9)
        inside = np.clip(whole, 0.0, 2.0**53).astype(np.int64)
        result: FloatArray = np.where(whole < 1.0, 0.0, 1.0 - self._survival(inside))[()]
        return result

    def quantile(self, q: npt.ArrayLike) -> FloatArray:
        """Return the time in seconds by which a share `q` of the pairs is delivered.

        Parameters
        ----------
        q : array_like
            In (0, 1), any shape.

        Returns
        -------
        ndarray or float
            The first whole number of attempts at which the cdf is at least `q`.

        Raises
        ------
        ValueError
            If `q` is not in (0, 1), or lies beyond the table.

        Examples
        --------
        >>> import ebit
        >>> chain = ebit.Chain([ebit.links.ideal(p_success=1e-9)])
        >>> float(ebit.exact.waiting_time(chain).quantile(0.5))
        693147181.0
        """
        shares = as_floats("q", q)
        if not np.all((shares > 0.0) & (shares < 1.0)):
            raise ValueError(f"q = {q!r} is not allowed: it must be in (0, 1)")
        slots = np.array([self._first_slot(float(x)) for x in shares.reshape(-1)])
        result: FloatArray = (self.attempt_time * slots.reshape(shares.shape))[()]
        return result

    def _slots(self, time: npt.ArrayLike) -> FloatArray:
        times = as_floats("time", time)
        if np.any(np.isnan(times)):
            raise ValueError(f"time = {time!r} is not allowed: it must not be NaN")
        with np.errstate(over="ignore"):
            slots: FloatArray = np.clip(times / self.attempt_time, -1.0, 2.0**54)
        return slots

    @abstractmethod
    def _pmf(self, slots: IntArray) -> FloatArray: ...

    @abstractmethod
    def _survival(self, slots: IntArray) -> FloatArray: ...

    @abstractmethod
    def _first_slot(self, q: float) -> int: ...


class TabulatedLaw(WaitingTimeLaw):
    """A law that is known as a table, place t for slot t."""

    def __init__(
        self, attempt_time: float, pmf: FloatArray, mean: float, second_moment: float, tail: float
    ) -> None:
        super().__init__(attempt_time, mean, second_moment, tail, len(pmf))
        self._table = pmf
        self._table.flags.writeable = False
        self._cdf = np.cumsum(pmf)

    @property
    def probabilities(self) -> FloatArray:
        return self._table

    def _pmf(self, slots: IntArray) -> FloatArray:
        inside = slots < len(self)
        found: FloatArray = np.where(inside, self._table[np.where(inside, slots, 0)], 0.0)
        return found

    def _survival(self, slots: IntArray) -> FloatArray:
        survival: FloatArray = 1.0 - self._cdf[np.minimum(slots, len(self) - 1)]
        return survival

    def _first_slot(self, q: float) -> int:
        slot = int(np.searchsorted(self._cdf, q * (1.0 - 1e-15)))
        if slot >= len(self):
            raise ValueError(f"q = {q} is not allowed: it lies beyond the table; ask for a smaller tail")
        return slot


class ParallelLaw(WaitingTimeLaw):
    """The latest of several links, each geometric: P(T <= t) = prod (1 - (1 - p_k)^t), in closed form."""

    def __init__(
        self,
        attempt_time: float,
        log_failure: FloatArray,
        moments: tuple[float, float],
        size: int,
        limit: int,
    ) -> None:
        super().__init__(attempt_time, *moments, 0.0, size)
        # Equal links once, with their number.
        self._log_failure, self._number = np.unique(log_failure, return_counts=True)
        self._limit = limit
        self.tail = float(self._survival(np.array(size - 1)))

    @property
    def probabilities(self) -> FloatArray:
        if len(self) > self._limit:
            raise NotCovered(f"the table needs {len(self):.3g} entries, more than size_limit = {self._limit}")
        table = self._pmf(np.arange(len(self)))
        table[0] = 0.0
        return table

    def _pmf(self, slots: IntArray) -> FloatArray:
        # F(t) - F(t - 1) = F(t) (1 - prod of the ratios of the links' cdfs)
        with np.errstate(divide="ignore", invalid="ignore"):
            now, before = self._log_cdf(slots), self._log_cdf(slots - 1)
            pmf: FloatArray = np.where(slots == 1, np.exp(now), -np.exp(now) * np.expm1(before - now))
        return pmf

    def _survival(self, slots: IntArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return -np.expm1(self._log_cdf(slots))

    def _log_cdf(self, slots: IntArray) -> FloatArray:
        total = np.zeros(slots.shape)
        for log_failure, number in zip(self._log_failure.tolist(), self._number.tolist(), strict=True):
            # Nothing is there at slot 0, not even what never fails.
            log_missing = np.where(slots > 0, slots * log_failure, 0.0)
            total += number * _log_one_minus_exp(log_missing)
        return total

    def _first_slot(self, q: float) -> int:
        low, high = 0, 1
        while 1.0 - float(self._survival(np.array(high))) < q * (1.0 - 1e-15):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            reached = 1.0 - float(self._survival(np.array(middle))) >= q * (1.0 - 1e-15)
            low, high = (low, middle) if reached else (middle, high)
        return high


class RestartedLaw(ParallelLaw):
    """As `ParallelLaw`, but that all links start again where one is missing after `period` slots.

    `log_missing` is the logarithm of the probability that one is.
    """

    def __init__(
        self,
        attempt_time: float,
        log_failure: FloatArray,
        moments: tuple[float, float],
        size: int,
        limit: int,
        period: int,
        log_missing: float,
    ) -> None:
        self._period, self._log_missing = period, log_missing
        super().__init__(attempt_time, log_failure, moments, size, limit)

    def _pmf(self, slots: IntArray) -> FloatArray:
        rounds = (slots - 1) // self._period
        pmf: FloatArray = np.exp(rounds * self._log_missing) * super()._pmf(slots - rounds * self._period)
        return pmf

    def _survival(self, slots: IntArray) -> FloatArray:
        rounds = slots // self._period
        own = super()._survival(slots - rounds * self._period)
        survival: FloatArray = np.exp(rounds * self._log_missing) * own
        return survival


def _log_one_minus_exp(x: FloatArray) -> FloatArray:
    """log(1 - exp(x)), x <= 0, each half by the form that keeps its digits."""
    near = x > -math.log(2.0)
    return np.where(near, np.log(-np.expm1(x)), np.log1p(-np.exp(x)))
