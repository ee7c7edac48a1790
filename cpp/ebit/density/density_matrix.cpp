#include "ebit/density/density_matrix.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

double physical_memory() {
    return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Before anything is allocated: a system may hand out memory that it does not have.
void require_memory(int num_qubits, double elements) {
    const double bytes = 8.0 * static_cast<double>(power_of_four(num_qubits)) * elements;
    if (bytes > physical_memory())
        throw InvalidParameter("batch", to_text(elements),
                               "less: with " + std::to_string(num_qubits) + " qubits it would need " +
                                   to_text(bytes) + " bytes, more than this machine has");
}

int require_num_qubits(int num_qubits) {
    if (num_qubits >= 0 && num_qubits <= DensityMatrix::max_qubits) return num_qubits;
    std::string allowed = "in [0, 13]";
    if (num_qubits > 0 && num_qubits < 500)
        allowed += ": it would need " + to_text(8.0 * std::ldexp(1.0, 2 * num_qubits)) + " bytes per state";
    throw InvalidParameter("num_qubits", std::to_string(num_qubits), allowed);
}

std::size_t require_batch(std::optional<std::size_t> batch) {
    if (batch && *batch == 0) throw InvalidParameter("batch", "0", "at least 1");
    return batch.value_or(1);
}

}  // namespace

DensityMatrix::DensityMatrix(int num_qubits, std::optional<std::size_t> batch,
                             Buffer<double> (*allocate)(std::size_t))
    : num_qubits_(require_num_qubits(num_qubits)),
      is_batch_(batch.has_value()),
      size_(require_batch(batch)),
      stride_(is_batch_ ? padded(size_) : 1) {
    require_memory(num_qubits, static_cast<double>(size_));
    values_ = allocate(power_of_four(num_qubits) * stride_);
}

DensityMatrix::DensityMatrix(int num_qubits, std::optional<std::size_t> batch)
    : DensityMatrix(num_qubits, batch, [](std::size_t count) { return Buffer<double>(count); }) {
    const std::size_t rows = power_of_four(num_qubits);
    // Strings of I and Z have expectation value 1: those with two equal bits in every digit.
    for (std::size_t row = 0; row < rows; ++row)
        if (((row ^ row >> 1) & (rows - 1) / 3) == 0)
            std::fill_n(values_.data() + row * stride_, stride_, 1.0);
}

DensityMatrix DensityMatrix::unset(int num_qubits, std::optional<std::size_t> batch) {
    DensityMatrix made(num_qubits, batch, &Buffer<double>::unset);
    // Places beyond the last element hold finite numbers.
    for (std::size_t row = 0; row < power_of_four(num_qubits); ++row)
        std::fill_n(made.data() + row * made.stride_ + made.size_, made.stride_ - made.size_, 0.0);
    return made;
}

DensityMatrix::DensityMatrix(const DensityMatrix& other)
    : num_qubits_(other.num_qubits_),
      is_batch_(other.is_batch_),
      size_(other.size_),
      stride_(other.stride_),
      values_(Buffer<double>::unset(power_of_four(other.num_qubits_) * other.stride_)) {
    std::memcpy(values_.data(), other.values_.data(), power_of_four(num_qubits_) * stride_ * sizeof(double));
}

}  // namespace ebit
