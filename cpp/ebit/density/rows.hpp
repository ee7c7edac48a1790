// States in the Pauli basis as kernels see them: 4^n rows, one for every Pauli string P, of the expectation
// values tr(P rho) of many elements. Strings are counted in base 4 (I, X, Y, Z), qubit 0 first.
//
// A batch, and a tile of one, has rows of whole cache lines: element k stands at place k of every row, and
// the places beyond the last element hold finite numbers that nobody reads. A single state has rows of one.
#pragma once

#include <cstddef>
#include <span>

namespace ebit {

struct Rows {
    double* data;
    int num_qubits;
    std::size_t stride;  // from one row to the next, in numbers: 1, or a multiple of eight
};

constexpr std::size_t power_of_four(int k) { return std::size_t{1} << 2 * k; }

// The length of a row of so many elements of a batch.
constexpr std::size_t padded(std::size_t elements) { return (elements + 7) / 8 * 8; }

// The row of a Pauli string on some of the qubits, with I on all others.
constexpr std::size_t row_on(std::span<const int> qubits, std::size_t string, int num_qubits) {
    std::size_t row = 0;
    for (std::size_t j = qubits.size(); j-- > 0; string >>= 2)
        row |= (string & 3) << 2 * (num_qubits - 1 - qubits[j]);
    return row;
}

// From a row to the one with the next Pauli of this qubit, in numbers.
constexpr std::size_t step(const Rows& rows, int qubit) {
    return power_of_four(rows.num_qubits - 1 - qubit) * rows.stride;
}

}  // namespace ebit
