// A sparse linear map of up to 64 rows, in place: the order in which rows are written, and which old ones
// are put aside before. A row is a row of a map on qubits (linear_map.hpp), or a whole vector of numbers
// at the end of a single state, whose last qubits lie inside a vector (lane_plan.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ebit {

inline constexpr std::size_t max_rows = 64;

struct SparseTerm {
    double coefficient;
    std::uint32_t row;      // from max_rows on: a slot, which holds an old row
    std::uint32_t pattern;  // of the lanes, where rows are vectors
};

// Row `target` becomes the sum of terms, in their order.
struct SparseStep {
    std::uint16_t target;
    std::uint16_t num_terms;
    std::uint32_t first_term;
};

// What each row becomes, before an order is chosen.
struct SparseRows {
    std::size_t count = 0;
    std::uint64_t changed = 0;                        // a bit for each row that does not stay as it is
    std::array<std::uint32_t, max_rows + 1> first{};  // row r has terms first[r] .. first[r + 1] - 1
    std::vector<SparseTerm> terms;

    std::span<const SparseTerm> row(std::size_t r) const {
        return std::span(terms).subspan(first[r], first[r + 1] - first[r]);
    }
};

class SparsePlan {
  public:
    void assign(const SparseRows& rows);  // keeps the memory it has

    bool empty() const { return steps_.empty(); }
    std::span<const SparseStep> steps() const { return steps_; }
    std::span<const SparseTerm> terms() const { return terms_; }

  private:
    std::vector<SparseStep> steps_;
    std::vector<SparseTerm> terms_;
};

}  // namespace ebit
