// Which qubits a state has and in which order. In the Pauli basis the tensor product is the outer product
// of rows, a partial trace takes the rows with I on the qubits that go, and another order of the qubits is
// another order of the rows.
#pragma once

#include <span>

#include "ebit/density/rows.hpp"

namespace ebit {

// Throws InvalidParameter unless the qubits are different ones of 0 .. num_qubits - 1.
void require_qubits(std::span<const int> qubits, int num_qubits);

// The qubits of `left`, then those of `right`. Rows of one number (single states) serve all elements.
void tensor(Rows left, Rows right, Rows out);

// Qubit j of `out` is qubit `kept[j]` of `in`; the others are traced out. Equal strides.
void take_qubits(Rows in, std::span<const int> kept, Rows out);

// The qubits of `in`, then new ones in |0>. Equal strides.
void add_qubits(Rows in, Rows out);

}  // namespace ebit
