"""A pool of states as a dictionary of complex density matrices: what `ebit.StatePool` must do, slowly."""

from __future__ import annotations

import numpy as np

from ebit import _core
from reference.channels import after, apply_kraus, dephasing, generalized_amplitude_damping
from reference.density_protocol import embedded
from reference.lindblad import all_strings, expectations, string


class Twin:
    """Names are chosen by the caller: those that the real pool gave."""

    def __init__(self, key):
        self.key, self.draws = key, 0
        self.states, self.clock, self.birth, self.memory = {}, {}, {}, {}

    def uniform(self):
        block, k = divmod(self.draws, 1024)
        self.draws += 1
        return _core.Stream(self.key, block, 0).uniform(1024)[k]

    # ---- time ----
    def at(self, slot, time):
        """The state at a time. A memory is (t1, t2, excited population), or None for a perfect one."""
        rho, elapsed = self.states[slot], time - self.clock[slot]
        n = len(self.memory[slot])
        for qubit, memory in enumerate(self.memory[slot]):
            if memory is not None:
                t1, t2, excited = memory
                damping = generalized_amplitude_damping(1 - np.exp(-elapsed / t1), excited)
                kraus = after(dephasing((1 - np.exp(-elapsed / t2 + elapsed / (2 * t1))) / 2), damping)
                rho = apply_kraus([embedded(k, [qubit], n) for k in kraus], rho)
        return rho

    def advance(self, slot, time):
        self.states[slot], self.clock[slot] = self.at(slot, time), time

    # ---- in and out ----
    def store(self, slot, rho, time, memories):
        assert slot not in self.states
        self.states[slot], self.clock[slot], self.birth[slot] = rho, time, time
        self.memory[slot] = list(memories)

    def free(self, slot):
        for column in (self.states, self.clock, self.birth, self.memory):
            del column[slot]

    # ---- operations ----
    def apply(self, slot, time, kraus, qubits):
        self.advance(slot, time)
        n = len(self.memory[slot])
        self.states[slot] = apply_kraus([embedded(k, qubits, n) for k in kraus], self.states[slot])

    def measure(self, slot, time, pauli, qubits, p_readout_error):
        self.advance(slot, time)
        operator = embedded(string(pauli), qubits, len(self.memory[slot]))
        one = np.eye(len(operator))
        projectors = [(one + operator) / 2, (one - operator) / 2]
        after_each = [p @ self.states[slot] @ p for p in projectors]
        outcome = int(np.trace(after_each[0]).real <= self.uniform())
        self.states[slot] = after_each[outcome] / np.trace(after_each[outcome])
        wrong = p_readout_error > 0 and self.uniform() < p_readout_error
        return outcome ^ wrong

    def tensor(self, new, left, right, time):
        self.advance(left, time)
        self.advance(right, time)
        joint = np.kron(self.states[left], self.states[right])
        memories = self.memory[left] + self.memory[right]
        self._replace(new, (left, right), joint, time, memories)

    def discard(self, new, slot, time, qubits):
        self.advance(slot, time)
        n = len(self.memory[slot])
        kept = [q for q in range(n) if q not in qubits]
        tensor = self.states[slot].reshape((2,) * (2 * n))
        for q in sorted(qubits, reverse=True):
            tensor = np.trace(tensor, axis1=q, axis2=q + tensor.ndim // 2)
        memories = [self.memory[slot][q] for q in kept]
        self._replace(new, (slot,), tensor.reshape(2 ** len(kept), -1), time, memories)

    def join(self, new, left, right, time, step, outcome=None):
        """The mean over accepted outcomes, or the state after one; None for `new`: not accepted."""
        self.advance(left, time)
        self.advance(right, time)
        a, b = expectations(self.states[left]), expectations(self.states[right])
        accepted = step.accepted if outcome is None else [outcome]
        total = np.zeros(4**step.num_out)
        for k, i, j, s, c in zip(*step.terms, strict=True):
            for m in accepted:
                total[k] += (-1) ** int(s & m).bit_count() * c * a[i] * b[j]
        memories = [(self.memory[left] + self.memory[right])[q] for q in step.kept]
        if new is None:
            self.free(left)
            self.free(right)
        else:
            self._replace(new, (left, right), density_matrix(total / total[0]), time, memories)
        return total[0]

    def _replace(self, new, old, rho, time, memories):
        birth = min(self.birth[slot] for slot in old)
        for slot in old:
            self.free(slot)
        self.store(new, rho, time, memories)
        self.birth[new] = birth


def density_matrix(values):
    """The complex matrix with these expectation values of Pauli strings."""
    n = (len(values).bit_length() - 1) // 2
    return np.einsum("p,pij->ij", values, all_strings(n)) / 2**n
