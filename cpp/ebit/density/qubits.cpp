#include "ebit/density/qubits.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

// Whether a Pauli string has only I and Z: then both bits of every digit are equal.
bool is_diagonal(std::size_t row, std::size_t rows) { return ((row ^ row >> 1) & (rows - 1) / 3) == 0; }

void multiply(const double* a, std::size_t a_stride, const double* b, std::size_t b_stride, double* out,
              std::size_t count) {
    if (a_stride == 1)
        for (std::size_t i = 0; i < count; ++i) out[i] = a[0] * b[b_stride == 1 ? 0 : i];
    else if (b_stride == 1)
        for (std::size_t i = 0; i < count; ++i) out[i] = a[i] * b[0];
    else
        for (std::size_t i = 0; i < count; ++i) out[i] = a[i] * b[i];
}

}  // namespace

void require_qubits(std::span<const int> qubits, int num_qubits) {
    for (std::size_t k = 0; k < qubits.size(); ++k) {
        if (qubits[k] < 0 || qubits[k] >= num_qubits)
            throw InvalidParameter("qubit", qubits[k], "in [0, " + std::to_string(num_qubits - 1) + "]");
        if (std::ranges::find(qubits.first(k), qubits[k]) != qubits.first(k).end())
            throw InvalidParameter("qubit", qubits[k], "given once");
    }
}

void tensor(Rows left, Rows right, Rows out) {
    const std::size_t right_rows = power_of_four(right.num_qubits);
    for (std::size_t l = 0; l < power_of_four(left.num_qubits); ++l)
        for (std::size_t r = 0; r < right_rows; ++r)
            multiply(left.data + l * left.stride, left.stride, right.data + r * right.stride, right.stride,
                     out.data + (l * right_rows + r) * out.stride, out.stride);
}

void take_qubits(Rows in, std::span<const int> kept, Rows out) {
    for (std::size_t row = 0; row < power_of_four(out.num_qubits); ++row) {
        const std::size_t from = row_on(kept, row, in.num_qubits);
        std::copy_n(in.data + from * in.stride, in.stride, out.data + row * out.stride);
    }
}

void add_qubits(Rows in, Rows out) {
    const std::size_t added = power_of_four(out.num_qubits - in.num_qubits);
    for (std::size_t row = 0; row < power_of_four(out.num_qubits); ++row) {
        double* to = out.data + row * out.stride;
        if (is_diagonal(row % added, added))
            std::copy_n(in.data + row / added * in.stride, in.stride, to);
        else
            std::fill_n(to, out.stride, 0.0);
    }
}

}  // namespace ebit
