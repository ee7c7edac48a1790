"""Observables pulled back through a protocol, in the Heisenberg picture.

An observable is a sum of terms: a coefficient, a Pauli string on the qubits and a character of the record,
the product of the signs (-1)^bit over a set of bits. A step with transfer matrix R takes the Pauli i on its
qubits back to sum_j R[i, j] P_j, so that Pauli noise and Clifford gates keep one term for each term.
Strings are counted in base 4 (I, X, Y, Z; qubit 0 first): the product of two is the exclusive or of their
numbers, up to a phase. All arithmetic runs over the columns of the terms; coefficients have one more axis,
for the elements of a batch of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ebit._arrays import FloatArray, IntArray

# Terms of all observables together: more is a mistake, or hopeless.
_MOST_TERMS = 1 << 22
# A sum this much smaller than its terms together is what rounding left of zero.
_ROUNDING = 2.0**-50
# Powers of i in the product of two Paulis.
_PHASES = np.array([[0, 0, 0, 0], [0, 0, 1, 3], [0, 3, 0, 1], [0, 1, 3, 0]])


@dataclass(frozen=True, slots=True)
class Observables:
    """Terms of several observables, told apart by their label."""

    num_qubits: int
    num_bits: int
    label: IntArray
    character: IntArray
    pauli: IntArray
    value: FloatArray  # (terms, elements)
    mass: FloatArray  # sum of the absolute values that were added up to `value`

    def pulled_back(self, alternatives: list[tuple[int, FloatArray]], qubits: tuple[int, ...]) -> Observables:
        """Through the sum of maps, each (mask that toggles the character, transfer (elements, 4^k, 4^k))."""
        shifts = [2 * (self.num_qubits - 1 - qubit) for qubit in qubits]
        local, rest = np.zeros_like(self.pauli), self.pauli.copy()
        for shift in shifts:
            digit = (self.pauli >> shift) & 3
            local = 4 * local + digit
            rest ^= digit << shift
        strings = np.zeros(4 ** len(qubits), dtype=np.int64)
        for place, shift in enumerate(reversed(shifts)):
            strings |= ((np.arange(strings.size) >> 2 * place) & 3) << shift
        parts = [
            self._expanded(local, rest, strings, toggle, transfer)
            for toggle, transfer in alternatives
            if transfer.any()
        ]
        return _concatenated(parts)._merged()

    def _expanded(
        self, local: IntArray, rest: IntArray, strings: IntArray, toggle: int, transfer: FloatArray
    ) -> Observables:
        """Every term becomes one for each entry in its row of the transfer matrix."""
        support = (transfer != 0.0).any(axis=0)
        columns = np.nonzero(support)[1]
        in_row = support.sum(axis=1)
        first = np.cumsum(in_row) - in_row
        count = in_row[local]
        if (total := int(count.sum())) > _MOST_TERMS:
            raise ValueError(f"the protocol has {total} terms: at most {_MOST_TERMS} are allowed")
        source = np.repeat(np.arange(local.size), count)
        within = np.arange(total) - np.repeat(np.cumsum(count) - count, count)
        row = local[source]
        column = columns[first[row] + within]
        factor = transfer[:, row, column].T
        return replace(
            self,
            label=self.label[source],
            character=self.character[source] ^ toggle,
            pauli=rest[source] | strings[column],
            value=self.value[source] * factor,
            mass=self.mass[source] * np.abs(factor),
        )

    def before_measurement(self, pauli: int, mask: int, reliability: FloatArray) -> Observables:
        """Through the measurement of a string M into a bit: sum over m of Pi_m P Pi_m (-1)^(m s).

        That is zero unless P and M commute, and then P, or P M if the character has the bit (s = 1): times
        its reliability (elements,), 1 - 2 p_readout_error.
        """
        quarter_turns = np.zeros_like(self.pauli)
        for shift in range(0, 2 * self.num_qubits, 2):
            quarter_turns += _PHASES[(self.pauli >> shift) & 3, (pauli >> shift) & 3]
        kept = self._selected(quarter_turns % 2 == 0)
        sign = np.where(quarter_turns[quarter_turns % 2 == 0] % 4 == 2, -1.0, 1.0)
        told = kept.character & mask != 0
        factor = np.where(told[:, None], sign[:, None] * reliability, 1.0)
        return replace(
            kept,
            character=kept.character & ~mask,
            pauli=kept.pauli ^ np.where(told, pauli, 0),
            value=kept.value * factor,
            mass=kept.mass * np.abs(factor),
        )._merged()

    def before_instrument(
        self, zero: FloatArray, one: FloatArray, mask: int, qubits: tuple[int, ...]
    ) -> Observables:
        """Through two branches, transfer matrices (elements, 4^k, 4^k), that write 0 or 1 into a bit."""
        told = self.character & mask != 0
        parts = [
            self._selected(chosen).pulled_back([(toggle, transfer)], qubits)
            for chosen, toggle, transfer in ((~told, 0, zero + one), (told, mask, zero - one))
            if transfer.any()
        ]
        return _concatenated(parts)._merged()

    def _selected(self, terms: npt.NDArray[np.bool_]) -> Observables:
        return replace(
            self,
            label=self.label[terms],
            character=self.character[terms],
            pauli=self.pauli[terms],
            value=self.value[terms],
            mass=self.mass[terms],
        )

    def _merged(self) -> Observables:
        """Add up equal terms, in the order in which they stand, and drop what is zero."""
        key = ((self.label << self.num_bits | self.character) << 2 * self.num_qubits) | self.pauli
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.flatnonzero(np.diff(key, prepend=-1))
        count = np.diff(first, append=key.size)
        value, mass = self.value[order[first]], self.mass[order[first]]
        for k in range(1, int(count.max(initial=0))):
            more = count > k
            value[more] += self.value[order[first[more] + k]]
            mass[more] += self.mass[order[first[more] + k]]
        kept = (np.abs(value) > _ROUNDING * mass).any(axis=1)
        terms = order[first[kept]]
        return replace(
            self,
            label=self.label[terms],
            character=self.character[terms],
            pauli=self.pauli[terms],
            value=value[kept],
            mass=mass[kept],
        )


def _concatenated(parts: list[Observables]) -> Observables:
    if len(parts) == 1:
        return parts[0]
    elements = max(part.value.shape[1] for part in parts)
    wide = [
        [np.broadcast_to(column, (column.shape[0], elements)) for column in (part.value, part.mass)]
        for part in parts
    ]
    return replace(
        parts[0],
        label=np.concatenate([part.label for part in parts]),
        character=np.concatenate([part.character for part in parts]),
        pauli=np.concatenate([part.pauli for part in parts]),
        value=np.concatenate([value for value, _ in wide]),
        mass=np.concatenate([mass for _, mass in wide]),
    )


def at_the_end(num_qubits: int, num_bits: int, kept: tuple[int, ...]) -> Observables:
    """Return every Pauli on the kept qubits times every character, labelled pauli * 2**num_bits + mask."""
    count = 4 ** len(kept) << num_bits
    if count > _MOST_TERMS:
        raise ValueError(
            f"{len(kept)} kept qubits and {num_bits} bits make {count} observables: "
            f"at most {_MOST_TERMS} are allowed"
        )
    label = np.arange(count, dtype=np.int64)
    pauli = np.zeros_like(label)
    for place, qubit in enumerate(reversed(kept)):
        pauli |= ((label >> (num_bits + 2 * place)) & 3) << 2 * (num_qubits - 1 - qubit)
    one = np.ones((count, 1))
    return Observables(num_qubits, num_bits, label, label & ((1 << num_bits) - 1), pauli, one, one)
