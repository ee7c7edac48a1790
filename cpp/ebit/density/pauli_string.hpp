// A Pauli string with a sign on the qubits of one state. Its number is that of its row: base 4, one
// digit (I, X, Y, Z) per qubit, qubit 0 first, so that the product of two strings has the exclusive or
// of their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ebit {

struct PauliString {
    std::size_t row = 0;
    bool negative = false;
};

// Letter k of `text` (I, X, Y or Z, after an optional sign) acts on qubits[k], I on all others.
// Throws InvalidParameter for another letter, another number of letters, or no letter but I.
PauliString pauli_string(std::string_view text, std::span<const int> qubits, int num_qubits);

// The place of a qubit's digit in the number of a row: row >> shift & 3.
constexpr int digit_shift(int qubit, int num_qubits) { return 2 * (num_qubits - 1 - qubit); }

// Phases of products with one string: Q P = i^(high[Q >> low_bits] + low[Q mod 2^low_bits]) (Q xor P), odd
// where the two anticommute. Two tables, since one of all strings would be as long as a state.
struct ProductPhases {
    ProductPhases(std::size_t pauli, int num_qubits);
    int low_bits;
    std::vector<std::uint8_t> high, low;
};

}  // namespace ebit
