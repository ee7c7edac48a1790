// A real linear map on one to three qubits that is the same for every element, in the Pauli basis, compiled
// to its structure: gates, channels, branches of instruments and products of them. Nothing here knows names.
//
// A map on one qubit works on four vectors in registers. A map on several qubits is kept as sparse rows: for
// each output row the (input row, coefficient) pairs of its non-zero entries; rows of the identity do
// nothing, diagonal maps and signed permutations are the case of one pair per row.
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
#include "ebit/density/sparse_plan.hpp"

namespace ebit {

// The rows of a map on one qubit: those that change, with up to `num_terms` entries each.
struct OneQubitRows {
    int num_rows = 0;   // 0 .. 4
    int num_terms = 1;  // 1, 2 or 4 (then of all four rows)
    std::array<std::uint8_t, 4> target{};
    std::array<std::array<std::uint8_t, 4>, 4> source{};
    std::array<std::array<double, 4>, 4> coefficient{};
};

class StaticMap {
  public:
    static constexpr int max_qubits = 3;

    StaticMap() = default;  // the identity on one qubit
    StaticMap(int num_qubits, const double* transfer) { assign(num_qubits, transfer); }

    // 4^k x 4^k finite entries, row-major, first qubit most significant. Keeps the memory it has.
    void assign(int num_qubits, const double* transfer);

    int num_qubits() const { return num_qubits_; }
    const OneQubitRows& one_qubit() const { return one_; }  // k = 1
    const SparsePlan& plan() const { return plan_; }        // k > 1
    const SparseRows& rows() const { return rows_; }        // k > 1: the non-zero entries

  private:
    int num_qubits_ = 1;
    OneQubitRows one_;
    SparseRows rows_;
    SparsePlan plan_;
};

// Where the rows of a map on some qubits stand in a state: relative places, and the positions at which all of
// them repeat. Valid for every state with as many qubits and the same stride.
struct Placement {
    Placement(std::span<const int> qubits, int num_qubits, std::size_t stride);

    struct Level {
        std::size_t count, stride;
    };
    std::array<std::size_t, max_rows> offsets;  // of row r
    std::size_t num_rows;
    std::size_t inner;                               // this many numbers side by side, then
    std::array<Level, StaticMap::max_qubits> level;  // nested repetitions, innermost first
    std::size_t num_levels = 0;

    std::span<const Level> levels() const { return {level.data(), num_levels}; }
};

// In place. The qubits differ and lie in the state: not checked here.
void apply(const StaticMap& map, const Placement& placement, double* data);
void apply(const StaticMap& map, std::span<const int> qubits, Rows rows);

// For a map that is used once: without allocation after the first calls of a thread.
void apply_transfer(const double* transfer, std::span<const int> qubits, Rows rows);

}  // namespace ebit
