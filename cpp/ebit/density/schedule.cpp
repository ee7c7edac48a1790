#include "ebit/density/schedule.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "ebit/base/buffer.hpp"
#include "ebit/density/element_maps.hpp"
#include "ebit/density/linear_kernels.hpp"

namespace ebit {

namespace {

constexpr std::size_t second_cache = power_of_four(8);  // numbers; most CPUs have that, or twice as much
constexpr std::size_t first_cache = power_of_four(6);
constexpr std::size_t shortest_run = power_of_four(3);  // reads of memory are fast from here on

int count(const std::vector<int>& qubits) { return static_cast<int>(qubits.size()); }

std::uint32_t mask_of(std::span<const int> qubits) {
    std::uint32_t mask = 0;
    for (const int qubit : qubits) mask |= std::uint32_t{1} << qubit;
    return mask;
}

std::vector<int> qubits_in(std::uint32_t mask) {
    std::vector<int> qubits;
    for (; mask != 0; mask &= mask - 1) qubits.push_back(std::countr_zero(mask));
    return qubits;
}

std::vector<int> places(std::span<const int> part, std::span<const int> all) {
    std::vector<int> found;
    for (const int qubit : part)
        found.push_back(static_cast<int>(std::ranges::find(all, qubit) - all.begin()));
    return found;
}

// Where the `index`-th combination of Paulis on some qubits begins, `steps` being those of the qubits.
std::size_t place(std::size_t index, std::span<const int> qubits, const Shape& shape) {
    std::size_t offset = 0;
    for (std::size_t j = qubits.size(); j-- > 0; index /= 4)
        offset += index % 4 * power_of_four(shape.num_qubits - 1 - qubits[j]) * shape.stride;
    return offset;
}

std::uint32_t first_qubits(int n) { return (std::uint32_t{1} << n) - 1; }

// A block must stay small beside a state that is just too large for the cache.
std::size_t capacity_for(const Shape& shape) {
    return shape.numbers() <= second_cache ? second_cache : std::min(second_cache, shape.numbers() / 16);
}

}  // namespace

// ---- maps ----

PlacedMap::PlacedMap(const QubitMap& map, std::span<const int> all, std::size_t stride)
    : num_qubits_(static_cast<int>(all.size())),
      stride_(stride),
      qubits_(places(map.of_element ? map.own_qubits : map.qubits, all)),
      placement_(qubits_, num_qubits_, stride),
      of_element_(map.of_element) {
    if (of_element_) return;
    map_.assign(count(qubits_), map.transfer.data());
    in_lanes_ = map_.num_qubits() > 1 && placement_.inner < 8;
    if (in_lanes_) lanes_.assign(map_, placement_, linear_kernels().lane_width);
}

void PlacedMap::apply(double* block, std::size_t first, std::size_t elements, double* scratch) const {
    if (of_element_)
        ebit::apply(of_element_->tile(first, elements, scratch), qubits_, {block, num_qubits_, stride_},
                    elements);
    else if (in_lanes_)
        ebit::apply(lanes_, block);
    else
        ebit::apply(map_, placement_, block);
}

std::size_t PlacedMap::scratch(std::size_t elements) const {
    return of_element_ ? of_element_->scratch(elements) : 0;
}

// ---- passes ----

Schedule::Schedule(std::vector<QubitMap> maps, const Shape& shape) : shape_(shape), capacity_(capacity_for(shape)) {
    const bool single = shape.stride == 1;
    maps = fused(std::move(maps), shape.num_qubits, single);
    if (shape.numbers() <= capacity_) {
        low_ = shape.num_qubits;
        run_ = shape.numbers();
    } else if (single) {
        low_ = std::countr_zero(shortest_run) / 2;
        run_ = shortest_run;
    } else {
        const std::size_t wanted = first_cache / power_of_four(std::min(shape.num_qubits, 6));
        run_ = std::min(std::max(wanted, shortest_run), shape.stride);
    }
    plan_passes(std::move(maps));
}

// As many maps as fit into the first pass, then into the next: a map must wait if one before it on the
// same qubits does.
void Schedule::plan_passes(std::vector<QubitMap> maps) {
    const std::uint32_t low = ~first_qubits(shape_.num_qubits - low_);
    const int most_active = (static_cast<int>(std::bit_width(capacity_ / run_)) - 1) / 2;
    while (!maps.empty()) {
        std::vector<QubitMap> chosen, waiting;
        std::uint32_t used = low, blocked = 0;
        for (QubitMap& map : maps) {
            const std::uint32_t own = mask_of(map.qubits);
            const bool fits = std::popcount((used | own) & ~low) <= most_active;
            if ((own & blocked) == 0 && fits) {
                used |= own;
                chosen.push_back(std::move(map));
            } else {
                blocked |= own;
                waiting.push_back(std::move(map));
            }
        }
        add_pass(chosen);
        maps = std::move(waiting);
    }
}

void Schedule::add_pass(const std::vector<QubitMap>& maps) {
    const int n = shape_.num_qubits;
    std::uint32_t active = 0;
    for (const QubitMap& map : maps) active |= mask_of(map.qubits);
    const bool single = shape_.stride == 1;
    int low = low_;
    const auto block = [&](int m) { return power_of_four(std::popcount(active & first_qubits(n - m)) + m); };
    while (single && low < n && block(low + 1) <= capacity_) ++low;  // as much as a block has room for
    Pass pass;
    pass.active = qubits_in(active & first_qubits(n - low));
    pass.idle = qubits_in(~active & first_qubits(n - low));
    const bool whole = low == n;
    pass.run = whole ? shape_.numbers() : single ? power_of_four(low) : run_;
    pass.num_runs = whole || single ? 1 : (shape_.stride + run_ - 1) / run_;
    std::vector<int> all = pass.active;
    for (int qubit = n - low; qubit < n; ++qubit) all.push_back(qubit);
    const std::size_t stride = single ? 1 : whole ? shape_.stride : run_;
    for (const QubitMap& map : maps) pass.maps.emplace_back(map, all, stride);
    passes_.push_back(std::move(pass));
}

std::size_t Schedule::num_maps() const {
    std::size_t sum = 0;
    for (const Pass& pass : passes_) sum += pass.maps.size();
    return sum;
}

// ---- running ----

// Blocks that are not contiguous are copied to a scratch and back.

void Schedule::run_block(const Pass& pass, double* data, std::size_t block) const {
    thread_local Buffer<double> memory;
    const std::size_t rows = power_of_four(count(pass.active));
    const std::size_t first = block % pass.num_runs * pass.run;  // element
    double* const base = data + place(block / pass.num_runs, pass.idle, shape_) + first;
    const std::size_t taken = pass.num_runs == 1 ? pass.run : std::min(pass.run, shape_.stride - first);
    const std::size_t elements = pass.num_runs == 1 ? shape_.size : std::min(taken, shape_.size - first);
    const bool in_place = pass.active.empty();
    std::size_t extra = 0;
    for (const PlacedMap& map : pass.maps) extra = std::max(extra, map.scratch(elements));
    memory.reserve((in_place ? 0 : rows * pass.run) + extra);
    double* const scratch = memory.data();
    if (in_place) {
        for (const PlacedMap& map : pass.maps) map.apply(base, first, elements, scratch);
        return;
    }
    for (std::size_t r = 0; r < rows; ++r)
        std::memcpy(scratch + r * pass.run, base + place(r, pass.active, shape_), taken * sizeof(double));
    for (const PlacedMap& map : pass.maps) map.apply(scratch, first, elements, scratch + rows * pass.run);
    for (std::size_t r = 0; r < rows; ++r)
        std::memcpy(base + place(r, pass.active, shape_), scratch + r * pass.run, taken * sizeof(double));
}

void Schedule::run(double* data, int threads, Cancellation& cancel) const {
    for (const Pass& pass : passes_) {
        const std::size_t blocks = power_of_four(count(pass.idle)) * pass.num_runs;
        if (blocks == 1)
            run_block(pass, data, 0);
        else
            parallel_blocks(blocks, threads, cancel,
                            [&](int, std::uint64_t block) { run_block(pass, data, block); });
    }
}

}  // namespace ebit
