// A map on the last qubits of a single state. Its rows are shorter than a vector, so that several of them lie
// in the lanes of one: whole vectors become the rows of a sparse plan, and a term is a vector of coefficients
// times a permuted vector. With eight lanes a term has two of the plan's terms: its lanes come from two
// vectors, neighbours in memory where that is possible. Sums are in the order of addresses: the same bits for
// every width of vectors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ebit/density/linear_map.hpp"
#include "ebit/density/sparse_plan.hpp"

namespace ebit {

struct LanePattern {
    alignas(64) std::array<double, 8> coefficient;
    alignas(64) std::array<std::int64_t, 8> source;  // lane of the input: 8 .. 15 are those of the second
};

class LanePlan {
  public:
    static constexpr std::size_t most_terms = 64;  // of a vector

    // A map on two or three qubits at a placement with inner = 1 or 4. `width` lanes, 4 or 8; the state has at
    // least that many numbers. Keeps the memory it has.
    void assign(const StaticMap& map, const Placement& placement, std::size_t width);

    const SparsePlan& plan() const { return plan_; }
    const LanePattern* patterns() const { return patterns_.data(); }
    // Where vector v stands, and the positions beyond the inside of a vector.
    const std::array<std::size_t, max_rows>& offsets() const { return offsets_; }
    std::span<const Placement::Level> levels() const { return {level_.data(), num_levels_}; }
    std::size_t num_vectors() const { return rows_.count; }

  private:
    SparseRows rows_;  // of vectors
    SparsePlan plan_;
    std::vector<LanePattern> patterns_;
    std::array<std::size_t, max_rows> offsets_{};
    std::array<Placement::Level, StaticMap::max_qubits> level_{};
    std::size_t num_levels_ = 0;
};

void apply(const LanePlan& plan, double* data);

}  // namespace ebit
