// A map on the last qubits of a single state. Its rows are shorter than a vector: runs of 4 or 16
// neighbouring numbers, the lanes of one or two vectors, become the rows of a sparse plan, and a term is a
// run of coefficients times the permuted numbers of another run. Sums are in the order of addresses: the same
// bits for every width.
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
    alignas(64) std::array<double, 16> coefficient;
    alignas(64) std::array<std::int64_t, 16> source;  // lane of the run that a term comes from
};

class LanePlan {
  public:
    static constexpr std::size_t most_terms = 256;  // of a run: all columns, four lanes at a time

    // A map on two or three qubits at a placement with inner = 1 or 4. `width` numbers are a run, 4 or 16.
    // Keeps the memory it has.
    void assign(const StaticMap& map, const Placement& placement, std::size_t width);

    const SparsePlan& plan() const { return plan_; }
    const LanePattern* patterns() const { return patterns_.data(); }
    // Where run v stands, and the positions beyond the inside of a run.
    const std::array<std::size_t, max_rows>& offsets() const { return offsets_; }
    std::span<const Placement::Level> levels() const { return {level_.data(), num_levels_}; }
    std::size_t num_runs() const { return rows_.count; }

  private:
    SparseRows rows_;  // of runs
    SparsePlan plan_;
    std::vector<LanePattern> patterns_;
    std::array<std::size_t, max_rows> offsets_{};
    std::array<Placement::Level, StaticMap::max_qubits> level_{};
    std::size_t num_levels_ = 0;
};

void apply(const LanePlan& plan, double* data);

}  // namespace ebit
