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

// The phase of a product of strings, odd where they anticommute: Q P = i^phase (Q xor P).
constexpr unsigned product_phase(std::size_t q, std::size_t p) {
    constexpr unsigned of_digits[4][4] = {{0, 0, 0, 0}, {0, 0, 1, 3}, {0, 3, 0, 1}, {0, 1, 3, 0}};  // XY = iZ
    unsigned phase = 0;
    for (; q != 0; q >>= 2, p >>= 2) phase += of_digits[q & 3][p & 3];
    return phase & 3u;
}

// The phases of all products with one string: Q P = i^(high[Q >> low_bits] + low[Q mod 2^low_bits]) (Q xor
// P). Two tables, since one of all strings would be as long as a state.
struct ProductPhases {
    ProductPhases(std::size_t pauli, int num_qubits);
    int low_bits;
    std::vector<std::uint8_t> high, low;
};

}  // namespace ebit
