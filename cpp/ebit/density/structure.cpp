#include "ebit/density/structure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ebit {

namespace {

// With more than so many sizes a state has little structure, and to look for it would take as long as to use
// it.
constexpr std::size_t most_distinct = 64;

bool is_zero(const double* row, std::size_t size) {
    return std::all_of(row, row + size, [](double x) { return x == 0.0; });
}

}  // namespace

Structure::Structure(const RowArrays::State& state, std::size_t num_rows, std::size_t size)
    : single_(state.single), rows_(num_rows) {
    std::vector<std::size_t> distinct;  // the first row of each size that was met
    for (std::size_t r = 0; r < num_rows; ++r) {
        const auto own = static_cast<std::int32_t>(r) + 2;
        if (!single_) {
            rows_[r] = is_zero(state.data + r * state.stride, size) ? 0 : own;
            continue;
        }
        const double x = state.data[r];
        if (x == 0.0 || x == 1.0 || x == -1.0) {
            rows_[r] = static_cast<std::int32_t>(x);
            continue;
        }
        const auto like = std::ranges::find_if(
            distinct, [&](std::size_t row) { return std::abs(state.data[row]) == std::abs(x); });
        if (like != distinct.end()) {
            const auto first = static_cast<std::int32_t>(*like) + 2;
            rows_[r] = state.data[*like] == x ? first : -first;
            continue;
        }
        rows_[r] = own;
        if (distinct.size() < most_distinct) distinct.push_back(r);
    }
}

std::vector<RowValue> Structure::values(RowGraph& graph, std::uint32_t state) const {
    std::vector<RowValue> out;
    for (const std::int32_t row : rows_) {
        if (std::abs(row) < 2) {
            out.push_back(constant(row));
            continue;
        }
        const RowValue value = graph.input(state, static_cast<std::uint32_t>(std::abs(row)) - 2, single_);
        out.push_back(row < 0 ? -value : value);
    }
    return out;
}

void Structure::append_to(std::string& key) const {
    key.push_back(single_ ? 's' : 'b');
    key.append(reinterpret_cast<const char*>(rows_.data()), rows_.size() * sizeof rows_[0]);
}

}  // namespace ebit
