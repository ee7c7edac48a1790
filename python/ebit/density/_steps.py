"""What a protocol does, one step after the other, each with its way back for observables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ebit._arrays import FloatArray
from ebit.density._pull_back import Observables
from ebit.density._record import Bit, mask_of


@dataclass(frozen=True, slots=True)
class Map:
    """A transfer matrix, shape (elements, 4^k, 4^k), on some qubits; maybe only where a bit is 1."""

    transfer: FloatArray
    qubits: tuple[int, ...]
    where: Bit | None

    def pull_back(self, observables: Observables) -> Observables:
        alternatives = [(0, self.transfer)]
        if self.where is not None:
            identity = np.eye(self.transfer.shape[-1])
            change = self.transfer - identity
            spectrum = dict(self.where._characters(observables.num_bits))
            alternatives = [(0, identity + spectrum.pop(0, 0.0) * change)]
            alternatives += [(mask, share * change) for mask, share in spectrum.items()]
        return observables.pulled_back(alternatives, self.qubits)


@dataclass(frozen=True, slots=True)
class Measurement:
    """Of a Pauli string (a number as in `Observables`) into the bit at a place of the record."""

    pauli: int
    place: int
    reliability: FloatArray  # 1 - 2 p_readout_error, times the sign of the string; shape (elements,)

    def pull_back(self, observables: Observables) -> Observables:
        mask = mask_of(self.place, observables.num_bits)
        return observables.before_measurement(self.pauli, mask, self.reliability)


@dataclass(frozen=True, slots=True)
class HeraldedMap:
    """Two branches, transfer matrices (elements, 4^k, 4^k), into the bit at a place of the record."""

    zero: FloatArray
    one: FloatArray
    qubits: tuple[int, ...]
    place: int

    def pull_back(self, observables: Observables) -> Observables:
        mask = mask_of(self.place, observables.num_bits)
        return observables.before_instrument(self.zero, self.one, mask, self.qubits)


Step: TypeAlias = Map | Measurement | HeraldedMap
