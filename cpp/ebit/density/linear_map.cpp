#include "ebit/density/linear_map.hpp"

#include <algorithm>
#include <bit>

#include "ebit/base/isa.hpp"
#include "ebit/density/linear_kernels.hpp"

EBIT_KERNEL_TABLE(LinearKernels, linear_table, linear_kernels)

namespace ebit {

namespace {

// Numbers per row that are worked on at a time: long enough to pay for the start of a step, short enough for
// the rows of one step to stay in the first cache.
constexpr std::size_t chunk = 256;
constexpr std::size_t near = 8192;      // numbers in all rows, where runs are shorter
constexpr std::size_t lane_chunk = 32;  // runs of a single state's last qubits

OneQubitRows structure_of(const double* transfer) {
    OneQubitRows map{};
    int longest = 1;
    for (std::size_t r = 0; r < 4; ++r) {
        const double* const row = transfer + 4 * r;
        bool identity = true;
        for (std::size_t t = 0; t < 4; ++t) identity &= row[t] == (t == r ? 1.0 : 0.0);
        if (identity) continue;
        const auto n = static_cast<std::size_t>(map.num_rows++);
        map.target[n] = static_cast<std::uint8_t>(r);
        int terms = 0;
        for (std::uint8_t t = 0; t < 4; ++t)
            if (row[t] != 0.0) {
                map.source[n][static_cast<std::size_t>(terms)] = t;
                map.coefficient[n][static_cast<std::size_t>(terms++)] = row[t];
            }
        longest = std::max(longest, terms);
    }
    map.num_terms = longest == 3 ? 4 : longest;
    if (map.num_terms < 4) return map;
    map = {4, 4, {0, 1, 2, 3}, {}, {}};
    for (std::uint8_t r = 0; r < 4; ++r)
        for (std::uint8_t t = 0; t < 4; ++t) {
            map.source[r][t] = t;
            map.coefficient[r][t] = transfer[4 * r + t];
        }
    return map;
}

void apply_rows(const OneQubitRows& map, int qubit, const Rows& rows) {
    const std::size_t apart = step(rows, qubit);
    linear_kernels().one_qubit(map, rows.data, power_of_four(qubit), apart, apart);
}

void read_rows(std::size_t size, const double* transfer, SparseRows& rows) {
    rows.count = size;
    rows.changed = 0;
    rows.terms.clear();
    for (std::size_t r = 0; r < size; ++r) {
        const double* const row = transfer + r * size;
        rows.first[r] = static_cast<std::uint32_t>(rows.terms.size());
        std::uint64_t mask = 0;
        for (std::size_t c = 0; c < size; ++c) mask |= std::uint64_t{row[c] != 0.0} << c;
        if (mask != std::uint64_t{1} << r || row[r] != 1.0) rows.changed |= std::uint64_t{1} << r;
        if (mask == 0) mask = 1;  // a row of zeros has one term
        for (; mask != 0; mask &= mask - 1) {
            const auto c = static_cast<std::uint32_t>(std::countr_zero(mask));
            rows.terms.push_back({row[c], c, 0});
        }
    }
    rows.first[size] = static_cast<std::uint32_t>(rows.terms.size());
}

// Calls work(offset) at every place of the levels.
template <class Work>
void for_each_place(std::span<const Placement::Level> levels, std::size_t offset, const Work& work) {
    if (levels.empty()) return work(offset);
    const auto [count, stride] = levels.back();
    for (std::size_t i = 0; i < count; ++i)
        for_each_place(levels.first(levels.size() - 1), offset + i * stride, work);
}

// Calls work(offset, walk) until all positions were walked over, at most `most` at a time: `inner` of them in
// a row, then the levels.
template <class Work>
void walk_all(Placement::Level inner, std::span<const Placement::Level> levels, std::size_t most,
              const Work& work) {
    const std::size_t in_row = std::min(inner.count, most);
    Placement::Level outer{1, 0};
    if (in_row < most && !levels.empty()) {
        outer = levels[0];
        levels = levels.subspan(1);
    }
    const std::size_t rows = std::min(outer.count, most / in_row);
    for_each_place(levels, 0, [&](std::size_t offset) {
        for (std::size_t o = 0; o < outer.count; o += rows)
            for (std::size_t i = 0; i < inner.count; i += in_row)
                work(offset + o * outer.stride + i * inner.stride,
                     Walk{std::min(rows, outer.count - o), outer.stride, std::min(in_row, inner.count - i),
                          inner.stride});
    });
}

}  // namespace

void StaticMap::assign(int num_qubits, const double* transfer) {
    num_qubits_ = num_qubits;
    if (num_qubits == 1) {
        one_ = structure_of(transfer);
        return;
    }
    read_rows(power_of_four(num_qubits), transfer, rows_);
    plan_.assign(rows_);
}

Placement::Placement(std::span<const int> qubits, int num_qubits, std::size_t stride)
    : num_rows(power_of_four(static_cast<int>(qubits.size()))) {
    const std::size_t k = qubits.size();
    const auto step_of = [=](int qubit) { return power_of_four(num_qubits - 1 - qubit) * stride; };
    offsets[0] = 0;
    for (std::size_t filled = 1, j = k; j-- > 0; filled *= 4)
        for (std::size_t r = filled; r < 4 * filled; ++r)
            offsets[r] = offsets[r % filled] + r / filled * step_of(qubits[j]);

    std::array<int, StaticMap::max_qubits> sorted;
    for (std::size_t j = 0; j < k; ++j) {  // by insertion
        std::size_t place = j;
        for (; place > 0 && sorted[place - 1] > qubits[j]; --place) sorted[place] = sorted[place - 1];
        sorted[place] = qubits[j];
    }
    inner = step_of(sorted[k - 1]);
    for (std::size_t j = k; j-- > 0;) {
        const std::size_t repeated = 4 * step_of(sorted[j]);
        const std::size_t end = j > 0 ? step_of(sorted[j - 1]) : power_of_four(num_qubits) * stride;
        if (end > repeated) level[num_levels++] = {end / repeated, repeated};
    }
}

void apply(const StaticMap& map, const Placement& placement, double* data) {
    const auto& kernels = linear_kernels();
    if (map.num_qubits() == 1) {
        const std::size_t outer = placement.num_levels == 0 ? 1 : placement.level[0].count;
        kernels.one_qubit(map.one_qubit(), data, outer, placement.offsets[1], placement.inner);
    } else if (placement.inner < 8) {
        thread_local LanePlan plan;
        plan.assign(map, placement, kernels.lane_width);
        apply(plan, data);
    } else {
        alignas(64) double slots[max_rows * chunk];
        // Short runs are far apart: what is walked over at a time must fit the cache.
        const std::size_t most =
            placement.inner >= chunk ? chunk : std::min(chunk, near / placement.num_rows);
        walk_all({placement.inner / 8, 8}, placement.levels(), std::max<std::size_t>(1, most / 8),
                 [&](std::size_t offset, const Walk& walk) {
                     kernels.sweep(map.plan(), data + offset, placement.offsets.data(), slots, walk);
                 });
    }
}

void apply(const LanePlan& plan, double* data) {
    const auto& kernels = linear_kernels();
    alignas(64) double slots[max_rows * 4 * lane_chunk];
    // At least one position; beyond it could stand as many runs as the map has.
    const bool one = plan.levels().empty();
    const Placement::Level inner = one ? Placement::Level{1, 16 * plan.num_runs()} : plan.levels()[0];
    walk_all(
        inner, one ? plan.levels() : plan.levels().subspan(1), lane_chunk,
        [&](std::size_t offset, const Walk& walk) { kernels.sweep_lanes(plan, data + offset, slots, walk); });
}

void apply(const StaticMap& map, std::span<const int> qubits, Rows rows) {
    if (map.num_qubits() == 1) return apply_rows(map.one_qubit(), qubits[0], rows);
    apply(map, Placement(qubits, rows.num_qubits, rows.stride), rows.data);
}

void apply_transfer(const double* transfer, std::span<const int> qubits, Rows rows) {
    if (qubits.size() == 1) return apply_rows(structure_of(transfer), qubits[0], rows);
    thread_local StaticMap map;
    map.assign(static_cast<int>(qubits.size()), transfer);
    apply(map, qubits, rows);
}

}  // namespace ebit
