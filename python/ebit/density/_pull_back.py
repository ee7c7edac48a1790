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
        )

    def before_measurement(self, pauli: int, mask: int, reliability: FloatArray) -> Observables:
        """Through the measurement of a string M into a bit: sum over m of Pi_m P Pi_m (-1)^(m s).

        That is zero unless P and M commute, and then P, or P M if the character has the bit (s = 1): times
        its reliability (elements,), 1 - 2 p_readout_error.
        """
        quarter_turns = np.zeros_like(self.pauli)
        for shift in range(0, 2 * self.num_qubits, 2):
            quarter_turns += _PHASES[(self.pauli >> shift) & 3, (pauli >> shift) & 3]
        commuting = np.flatnonzero(quarter_turns % 2 == 0)
        kept = self._selected(commuting)
        sign = np.where(quarter_turns[commuting] % 4 == 2, -1.0, 1.0)
        told = kept.character & mask != 0
        factor = np.where(told[:, None], sign[:, None] * reliability, 1.0)
        return replace(
            kept,
            character=kept.character & ~mask,
            pauli=kept.pauli ^ np.where(told, pauli, 0),
            value=kept.value * factor,
        )._merged()

    def before_instrument(
        self, zero: FloatArray, one: FloatArray, mask: int, qubits: tuple[int, ...]
    ) -> Observables:
        """Through two branches, transfer matrices (elements, 4^k, 4^k), that write 0 or 1 into a bit."""
        told = self.character & mask != 0
        parts = [
            self._selected(np.flatnonzero(chosen)).pulled_back([(toggle, transfer)], qubits)
            for chosen, toggle, transfer in ((~told, 0, zero + one), (told, mask, zero - one))
            if transfer.any()
        ]
        return _concatenated(parts)._merged()

    def _selected(self, terms: IntArray) -> Observables:
        if terms.size == self.label.size and (np.diff(terms, prepend=-1) == 1).all():
            return self
        return replace(
            self,
            label=self.label[terms],
            character=self.character[terms],
            pauli=self.pauli[terms],
            value=self.value[terms],
        )

    def _merged(self) -> Observables:
        """Sort terms, add up equal ones in the order in which they stand, and drop what is zero.

        In this way an element of a batch is added up in the order of a single one.
        """
        key = ((self.label << self.num_bits | self.character) << 2 * self.num_qubits) | self.pauli
        order = np.argsort(key, kind="stable")
        first = np.flatnonzero(np.diff(key[order], prepend=-1))
        if first.size == key.size:
            return self._selected(order[(self.value != 0.0).any(axis=1)[order]])
        count = np.diff(first, append=key.size)
        value = self.value[order[first]]
        mass = np.abs(value)
        for k in range(1, int(count.max())):
            more = count > k
            addend = self.value[order[first[more] + k]]
            value[more] += addend
            mass[more] += np.abs(addend)
        used = np.flatnonzero((np.abs(value) > _ROUNDING * mass).any(axis=1))
        return replace(self._selected(order[first[used]]), value=value[used])


def _concatenated(parts: list[Observables]) -> Observables:
    if len(parts) == 1:
        return parts[0]
    elements = max(part.value.shape[1] for part in parts)
    values = [np.broadcast_to(part.value, (len(part.value), elements)) for part in parts]
    return replace(
        parts[0],
        label=np.concatenate([part.label for part in parts]),
        character=np.concatenate([part.character for part in parts]),
        pauli=np.concatenate([part.pauli for part in parts]),
        value=np.concatenate(values),
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
    return Observables(num_qubits, num_bits, label, label & ((1 << num_bits) - 1), pauli, np.ones((count, 1)))
