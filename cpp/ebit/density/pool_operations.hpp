// What can be done to the states of a pool: like the functions of the class, each is for many slots or one,
// says when, brings the states to that time first, and checks all before anything is changed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ebit/density/operation.hpp"
#include "ebit/density/pool.hpp"
#include "ebit/density/rows.hpp"

namespace ebit {

// Matrix i = transfer + i * step, 4^k x 4^k, row-major, on k qubits that differ.
void apply(StatePool& pool, SlotSpan slots, Times time, const double* transfer, std::size_t step,
           std::span<const int> qubits);

// A named operation with the same parameters for one slot.
void apply(StatePool& pool, Slot slot, double time, const Operation& operation, const double* parameters,
           std::span<const int> qubits);

// A projective measurement of a Pauli string: outcome 0 says +1. The state is left in the true eigenspace,
// the outcome is wrong with p_readout_error (then drawn with a second variate). An outcome of probability
// below 1e-12 leaves the mixed state.
void measure(StatePool& pool, SlotSpan slots, Times time, std::string_view pauli, std::span<const int> qubits,
             double p_readout_error, std::uint8_t* outcomes);

// <psi|rho|psi> with a pure state, or with Phi+ (of pairs) if there is no target. Nothing changes.
void fidelity(StatePool& pool, SlotSpan slots, Times time, const Rows* target, double* out);

// Two states as one, the qubits of the left one first, each in its memory. The old slots are free.
void tensor(StatePool& pool, SlotSpan left, SlotSpan right, Times time, Slot* slots);

// The states without some of their qubits. The old slots are free.
void discard(StatePool& pool, SlotSpan old, Times time, std::span<const int> qubits, Slot* slots);

}  // namespace ebit
