// A real linear map on one to three qubits that is the same for every element, in the Pauli basis, compiled
// to its structure: gates, channels, branches of instruments and products of them. Nothing here knows names.
//
// A map on several qubits is kept as sparse rows: for each output row the (input row, coefficient) pairs of
// its non-zero entries, in the order of their columns; rows of the identity do nothing. Diagonal maps and
// signed permutations are the case of one pair per row. Rows are written in place, in such an order that few
// of the old ones must be put aside first. A map on one qubit works on four vectors in registers.
//
// Sums are taken in the order of the columns, without fused operations: an element's result is the same bits
// on every instruction set and in every batch.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ebit/density/rows.hpp"

namespace ebit {

// One step of a compiled map: row `target` becomes a sum of terms. From `first_slot` on, rows are slots,
// where old rows are put aside.
struct SparseStep {
    std::uint16_t target;
    std::uint16_t num_terms;
    std::uint32_t first_term;
};
struct SparseTerm {
    double coefficient;
    std::uint32_t row;
};
inline constexpr std::uint32_t first_slot = 64;

// The four rows of a map on one qubit: those that change, and up to `num_terms` entries in each of them.
struct OneQubitRows {
    int num_rows;   // 0 .. 4
    int num_terms;  // 1, 2 or 4
    std::array<std::uint8_t, 4> target;
    std::array<std::array<std::uint8_t, 4>, 4> source;
    std::array<std::array<double, 4>, 4> coefficient;
};

class StaticMap {
  public:
    static constexpr int max_qubits = 3;

    StaticMap() = default;  // the identity on one qubit
    StaticMap(int num_qubits, const double* transfer) { assign(num_qubits, transfer); }

    // 4^k x 4^k finite entries, row-major, first qubit most significant. Keeps the memory it has.
    void assign(int num_qubits, const double* transfer);

    int num_qubits() const { return num_qubits_; }
    bool is_identity() const { return num_qubits_ == 1 ? one_.num_rows == 0 : steps_.empty(); }
    const OneQubitRows& one_qubit() const { return one_; }
    std::span<const SparseStep> steps() const { return steps_; }
    std::span<const SparseTerm> terms() const { return terms_; }
    std::size_t num_slots() const { return num_slots_; }

  private:
    int num_qubits_ = 1;
    OneQubitRows one_{};
    std::vector<SparseStep> steps_;
    std::vector<SparseTerm> terms_;
    std::size_t num_slots_ = 0;
};

// Where a map meets the rows of a state: the places of its rows, and of all positions at which they stand.
// Valid for every state with as many qubits and the same stride.
class Placement {
  public:
    Placement(std::span<const int> qubits, int num_qubits, std::size_t stride);

    const std::array<std::size_t, 64>& offsets() const { return offsets_; }
    // Runs of positions: `inner` numbers side by side, then up to four nested levels of repetition.
    struct Level {
        std::size_t count, stride;
    };
    std::size_t inner() const { return inner_; }
    std::span<const Level> levels() const { return {levels_.data(), num_levels_}; }
    std::size_t last_weight() const { return last_weight_; }  // rows that differ in the last qubit

  private:
    std::array<std::size_t, 64> offsets_;
    std::array<Level, 4> levels_;
    std::size_t num_levels_ = 0;
    std::size_t inner_ = 1;
    std::size_t last_weight_ = 1;
};

// In place. The qubits differ and lie in the state: not checked here.
void apply(const StaticMap& map, const Placement& placement, double* data);
void apply(const StaticMap& map, std::span<const int> qubits, Rows rows);

// For a map that is used once: without allocation after the first call of a thread.
void apply_transfer(const double* transfer, std::span<const int> qubits, Rows rows);

}  // namespace ebit
