"""What an attempt to join two pairs makes of them: a swap or a distillation, under a cut-off.

Weights have shape (components, slots): E[correlation; the pair comes at t], the first component 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ebit._arrays import FloatArray
from ebit.exact._refusal import NotCovered
from ebit.exact._series import waited
from ebit.state import BellMeasurement

_SIGNS = (1.0, 1.0, -1.0, 1.0)
_FOREVER = 1 << 62
# On the diagonal correlations (1, x, y, z): to Werner states, and the exchange of Phi- and Psi-.
_TWIRL = np.eye(4)
_TWIRL[1:, 1:] = np.outer((1.0, -1.0, 1.0), (1.0, -1.0, 1.0)) / 3.0
_EXCHANGE = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 0, -1.0], [0, 0, -1.0, 0]])
_FIRST = {"bbpssw": _TWIRL, "dejmps": _EXCHANGE, "epl": np.eye(4)}
# Of equal readouts, those that keep the pair: both, or 1 alone.
_SHARE = {"bbpssw": 1.0, "dejmps": 1.0, "epl": 0.5}


class Component(NamedTuple):
    """A correlation (i, j) as Paulis, and the modes in which the memories at either end hold it."""

    i: int
    j: int
    left: int = 0
    right: int = 0


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs that a level makes; `lost` is what the table leaves out, times are slots."""

    weights: FloatArray
    lost: float
    mean: float
    attempts: float


@dataclass(frozen=True)
class Limits:
    """A cut-off in whole slots: for how long either pair may wait, and when the attempt ends at last.

    `rates` are those at which the components of either pair decay while it waits.
    """

    rates: tuple[tuple[float, ...], tuple[float, ...]]
    wait_a: int = _FOREVER
    wait_b: int = _FOREVER
    run: int = _FOREVER

    @classmethod
    def of(
        cls,
        kind: str,
        value: float,
        slot: float,
        rates: Sequence[tuple[float, ...]],
        pairs: tuple[Pairs, Pairs],
    ) -> Limits:
        """Return those of a `CutOff`."""
        both = (rates[0], rates[1])
        if kind == "none":
            return cls(both)
        if kind == "fidelity":
            waits = [_time_above(p.weights, r, value) for p, r in zip(pairs, rates, strict=True)]
            return cls(both, *waits)
        # A limit that is a whole number of slots but for rounding is that number.
        slots = math.floor(min(value / slot * (1.0 + 1e-12), 2.0**60))
        return cls(both, wait_a=slots, wait_b=slots) if kind == "memory_time" else cls(both, run=slots)


def _time_above(weights: FloatArray, rates: tuple[float, ...], fidelity: float) -> int:
    """Slots for which a link stays at this fidelity; it is diagonal and relaxes at a single rate."""
    law = weights.sum(axis=-1)
    terms = law[1:] / law[0] * (1.0, -1.0, 1.0)
    decays = np.array(rates[1:]) > 0.0
    if any(0.0 < rate < max(rates) * (1.0 - 1e-12) for rate in rates):
        raise NotCovered(
            "no exact answer for a fidelity cut-off where X, Y and Z of a waiting pair decay at several rates"
        )
    needed = 4.0 * fidelity - 1.0 - float(terms[~decays].sum())
    if not decays.any() or needed <= 0.0:
        return _FOREVER
    ratio = max(1.0, float(terms[decays].sum()) / needed)
    return math.floor(math.log(ratio) / max(rates))


@dataclass(frozen=True, eq=False)
class Meetings:
    """Two pairs: by the time at which each comes, and having waited for one that comes then."""

    a: FloatArray
    b: FloatArray
    waited_a: FloatArray
    waited_b: FloatArray

    @classmethod
    def of(cls, a: FloatArray, b: FloatArray, limits: Limits) -> Meetings:
        """Return those that pass the cut-off."""
        a, b = a[:, : limits.run + 1], b[:, : limits.run + 1]
        waits = ((a, limits.rates[0], limits.wait_a), (b, limits.rates[1], limits.wait_b))
        done = [
            np.stack([waited(x, r, wait) for x, r in zip(w, rates, strict=True)]) for w, rates, wait in waits
        ]
        return cls(a, b, *done)

    def product(self, i: int | list[int], j: int | list[int]) -> FloatArray:
        """Return E[component i of one pair, j of the other; both are there at t]; of several, their sums."""
        a, waited_a = _total(self.a, i), _total(self.waited_a, i)
        b, waited_b = _total(self.b, j), _total(self.waited_b, j)
        together: FloatArray = a * (b + waited_b) + waited_a * b
        return together

    def turned(self, matrix: FloatArray) -> Meetings:
        """Return them after an operation on either pair, a matrix on its components."""
        return Meetings(matrix @ self.a, matrix @ self.b, matrix @ self.waited_a, matrix @ self.waited_b)


def _total(weights: FloatArray, rows: int | list[int]) -> FloatArray:
    total: FloatArray = weights[rows] if isinstance(rows, int) else weights[rows].sum(axis=0)
    return total


def cut_off_failures(a: FloatArray, b: FloatArray, limits: Limits) -> FloatArray:
    """Return P(the cut-off ends the attempt at t) from the laws of the two pairs."""
    size = len(a)
    failure = np.zeros(size)
    if limits.run < size:
        later_a, later_b = (float(x[limits.run + 1 :].sum()) for x in (a, b))
        failure[limits.run] = later_a * float(b.sum()) + float(a[: limits.run + 1].sum()) * later_b
    for first, second, wait in ((a, b, limits.wait_a), (b, a, limits.wait_b)):
        if wait < size:
            later = np.append(np.cumsum(second[:0:-1])[::-1], 0.0)
            failure[wait:] += first[: size - wait] * later[wait:]
    return failure


@dataclass(frozen=True)
class Swap:
    """A swap that succeeds with probability `p`; noise by Pauli."""

    components: tuple[Component, ...]
    p: float
    noise: tuple[float, ...]

    def outcomes(self, meet: Meetings) -> tuple[FloatArray, FloatArray]:
        """Return the weights of success, and the probability of failure, by time."""
        success = np.stack(
            [self.p * _SIGNS[c.j] * self.noise[c.j] * meet.product(*self._parts(c)) for c in self.components]
        )
        return success, (1.0 - self.p) * meet.product(0, 0)

    def _parts(self, made: Component) -> tuple[int | list[int], int | list[int]]:
        """Of which components of either pair it is made: the memories that are read out have any mode."""
        places = enumerate(self.components)
        left, right = [], []
        for place, c in places:
            if (c.i, c.j, c.left) == (made.i, made.j, made.left):
                left.append(place)
            if (c.i, c.j, c.right) == (made.j, made.j, made.right):
                right.append(place)
        return left if len(left) > 1 else left[0], right if len(right) > 1 else right[0]


@dataclass(frozen=True)
class Distillation:
    """A bilateral CNOT from the kept pair k to the measured pair t, and equal readouts.

    Both gates work with probability g, readouts leave the factor m of the parity; of the probability p
    that they agree, and of the diagonal correlations of the kept pair,

        p = (1 + g m z_k z_t) / 2,     p z = g (z_k + m z_t) / 2,
        p x = g (x_k x_t + m y_k y_t) / 2,     p y = g (m x_k y_t + y_k x_t) / 2.

    DEJMPS first exchanges Phi- and Psi- of both pairs, (x, y, z) -> (x, -z, -y); BBPSSW twirls them, and
    what comes out, to Werner states; EPL keeps the pair only if both readouts are 1, half of the equal
    ones. (C. H. Bennett et al., Phys. Rev. Lett. 76, 722 (1996); D. Deutsch et al., Phys. Rev. Lett. 77,
    2818 (1996); E. T. Campbell, S. C. Benjamin, Phys. Rev. Lett. 101, 130502 (2008).)
    """

    operation: str
    g: float
    m: float

    @classmethod
    def between(cls, operation: str, ends: Sequence[BellMeasurement]) -> Distillation:
        """Return that of two nodes, which use the CNOT and the readout of their Bell measurement."""
        g = math.prod(1.0 - bsm.p_replace for bsm in ends)
        m = math.prod(1.0 - 2.0 * bsm.p_readout_error for bsm in ends)
        return cls(operation, g, m)

    def outcomes(self, meet: Meetings) -> tuple[FloatArray, FloatArray]:
        """Return the weights of success, and the probability of failure, by time."""
        both = meet.turned(_FIRST[self.operation]).product
        ends, parity = both(0, 0), self.g * self.m * both(3, 3)
        x = self.g * (both(1, 1) + self.m * both(2, 2))
        y = self.g * (self.m * both(1, 2) + both(2, 1))
        z = self.g * (both(3, 0) + self.m * both(0, 3))
        half = 0.5 * _SHARE[self.operation]
        success = half * np.stack([ends + parity, x, y, z])
        if self.operation == "bbpssw":
            success = _TWIRL @ success
        # Rounding may leave less than nothing where no attempt fails.
        return success, np.maximum((1.0 - half) * ends - half * parity, 0.0)
