// A density matrix of n qubits, or a batch of them: 4^n real numbers tr(P rho) per element, laid out as in
// rows.hpp. Half the bytes of the complex matrix; the trace is the first number.
#pragma once

#include <cstddef>
#include <optional>

#include "ebit/base/buffer.hpp"
#include "ebit/density/rows.hpp"

namespace ebit {

class DensityMatrix {
  public:
    static constexpr int max_qubits = 13;

    // |0..0>, of one state or of `batch` states.
    DensityMatrix(int num_qubits, std::optional<std::size_t> batch);
    // As many numbers, still to be written: they may be anything.
    static DensityMatrix unset(int num_qubits, std::optional<std::size_t> batch);
    DensityMatrix(const DensityMatrix& other);
    DensityMatrix(DensityMatrix&&) = default;
    DensityMatrix& operator=(const DensityMatrix&) = delete;

    int num_qubits() const { return num_qubits_; }
    bool is_batch() const { return is_batch_; }
    std::size_t size() const { return size_; }  // number of elements, 1 for a single state
    std::size_t stride() const { return stride_; }
    double* data() { return values_.data(); }
    const double* data() const { return values_.data(); }
    Rows rows() { return {values_.data(), num_qubits_, stride_}; }

  private:
    DensityMatrix(int num_qubits, std::optional<std::size_t> batch, Buffer<double> (*allocate)(std::size_t));

    int num_qubits_;
    bool is_batch_;
    std::size_t size_;
    std::size_t stride_;
    Buffer<double> values_;
};

}  // namespace ebit
