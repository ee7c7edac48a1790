// States in the Pauli basis as kernels see them: 4^n rows, one for every Pauli string P, of the expectation
// values tr(P rho) of many elements. Strings are counted in base 4 (I, X, Y, Z), qubit 0 first.
//
// A batch, and a tile of one, has rows of whole cache lines: element k stands at place k of every row, and
// the places beyond the last element hold finite numbers that nobody reads. A single state has rows of one.
#pragma once

#include <cstddef>

namespace ebit {

struct Rows {
    double* data;
    int num_qubits;
    std::size_t stride;  // from one row to the next, in numbers: 1, or a multiple of eight
};

constexpr std::size_t power_of_four(int k) { return std::size_t{1} << 2 * k; }

// From a row to the one with the next Pauli of this qubit, in numbers.
constexpr std::size_t step(const Rows& rows, int qubit) {
    return power_of_four(rows.num_qubits - 1 - qubit) * rows.stride;
}

}  // namespace ebit
