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

double* memory_of_thread(std::size_t count) {
    thread_local Buffer<double> memory;
    memory.reserve(count);
    return memory.data();
}

// Where the `index`-th combination of Paulis on some qubits begins, `steps` being those of the qubits.
std::size_t place(std::size_t index, std::span<const int> qubits, const Shape& shape) {
    std::size_t offset = 0;
    for (std::size_t j = qubits.size(); j-- > 0; index /= 4)
        offset += index % 4 * power_of_four(shape.num_qubits - 1 - qubits[j]) * shape.stride;
    return offset;
}

std::uint32_t first_qubits(int n) { return (std::uint32_t{1} << n) - 1; }

}  // namespace

// ---- maps ----

PlacedMap::PlacedMap(const QubitMap& map, std::span<const int> all, std::size_t stride)
    : num_qubits_(static_cast<int>(all.size())),
      stride_(stride),
      qubits_(places(map.of_element ? map.of_element->qubits : map.qubits, all)),
      placement_(qubits_, num_qubits_, stride),
      of_element_(map.of_element) {
    if (of_element_) return;
    map_.assign(count(qubits_), map.transfer.data());
    in_lanes_ = map_.num_qubits() > 1 && placement_.inner < 8;
    if (in_lanes_) lanes_.assign(map_, placement_, linear_kernels().lane_width);
}

void PlacedMap::apply(double* block, std::size_t first, std::size_t elements, double* scratch) const {
    if (of_element_) {
        const auto& [operation, qubits, mask] = *of_element_;
        ebit::apply(operation->tile(first, elements, scratch, mask.empty() ? nullptr : mask.data() + first),
                    qubits_, {block, num_qubits_, stride_}, elements);
    } else if (in_lanes_)
        ebit::apply(lanes_, block);
    else
        ebit::apply(map_, placement_, block);
}

std::size_t PlacedMap::scratch(std::size_t elements) const {
    return of_element_ ? of_element_->operation->scratch(elements) : 0;
}

std::size_t PlacedMap::num_parts(std::size_t part) const {
    const std::size_t runs = power_of_four(num_qubits_) * stride_ / placement_.num_rows / placement_.inner;
    return runs * ((placement_.inner + part - 1) / part);
}

void PlacedMap::apply_part(double* data, std::size_t index, std::size_t part) const {
    const std::size_t in_run = (placement_.inner + part - 1) / part;
    const std::size_t first = index % in_run * part;
    std::size_t offset = first;
    index /= in_run;
    for (const Placement::Level& level : placement_.levels()) {
        offset += index % level.count * level.stride;
        index /= level.count;
    }
    Placement here = placement_;
    here.inner = std::min(part, placement_.inner - first);
    here.num_levels = 0;
    ebit::apply(map_, here, data + offset);
}

// ---- passes ----

Schedule::Schedule(std::vector<QubitMap> maps, const Shape& shape) : shape_(shape) {
    const int n = shape.num_qubits;
    const std::size_t numbers = shape.numbers();
    // A scratch must stay small beside a state that is just too large for the cache.
    scratch_ = std::min(second_cache, numbers / 16);
    if (numbers <= second_cache) {
        contiguous_ = n;
    } else if (shape.is_single()) {
        contiguous_ = std::countr_zero(second_cache) / 2;
        low_ = std::countr_zero(shortest_run) / 2;
        run_ = shortest_run;
    } else {
        const std::size_t wanted = first_cache / power_of_four(std::min(n, 6));
        run_ = std::min(std::max(wanted, shortest_run), shape.stride);
    }
    maps = fused_pairs(std::move(maps), n, shape.is_single());
    // Before a batch is split into passes: its size must not change what is multiplied with what.
    if (!shape.is_single()) maps = widened(std::move(maps), n, false);
    const Groups forward = grouped(maps, false), backward = grouped(maps, true);
    for (const std::vector<QubitMap>& group : cost_of(backward) <= cost_of(forward) ? backward : forward)
        add_pass(group);
}

bool Schedule::is_contiguous(std::uint32_t qubits) const {
    return (qubits & first_qubits(shape_.num_qubits - contiguous_)) == 0;
}

// Its rows hold whole vectors of numbers.
bool Schedule::runs_in_parts(const QubitMap& map) const {
    const int after = shape_.num_qubits - 1 - map.qubits.back();
    return !map.of_element && power_of_four(after) * shape_.stride >= 8;
}

bool Schedule::fits_one_pass(std::uint32_t qubits) const {
    if (is_contiguous(qubits)) return true;
    const int active = std::popcount(qubits & first_qubits(shape_.num_qubits - low_));
    return power_of_four(active) * run_ <= scratch_;
}

// As many maps as fit into the first pass (or the last one), then into the next: a map must wait if one
// before it on the same qubits does.
Schedule::Groups Schedule::grouped(const std::vector<QubitMap>& maps, bool from_end) const {
    Groups groups;
    std::vector<QubitMap> left = maps;
    if (from_end) std::ranges::reverse(left);
    while (!left.empty()) {
        std::vector<QubitMap> chosen, waiting;
        std::uint32_t used = 0, blocked = 0;
        for (QubitMap& map : left) {
            const std::uint32_t own = mask_of(map.qubits);
            const bool fits = (own & blocked) == 0 && (chosen.empty() || fits_one_pass(used | own));
            if (fits)
                used |= own;
            else
                blocked |= own;
            (fits ? chosen : waiting).push_back(std::move(map));
        }
        if (from_end) std::ranges::reverse(chosen);
        if (shape_.is_single()) chosen = widened(std::move(chosen), shape_.num_qubits, true);
        groups.push_back(std::move(chosen));
        left = std::move(waiting);
    }
    if (from_end) std::ranges::reverse(groups);
    return groups;
}

// In passes over memory; to gather and to scatter costs extra.
double Schedule::cost_of(const Groups& groups) const {
    double sum = 0.0;
    for (const std::vector<QubitMap>& group : groups) {
        std::uint32_t used = 0;
        for (const QubitMap& map : group) used |= mask_of(map.qubits);
        sum += is_contiguous(used) || (group.size() == 1 && runs_in_parts(group[0])) ? 1.0 : 1.6;
    }
    return sum;
}

void Schedule::add_pass(const std::vector<QubitMap>& maps) {
    const int n = shape_.num_qubits;
    std::uint32_t used = 0;
    for (const QubitMap& map : maps) used |= mask_of(map.qubits);
    Pass pass{PassKind::gathered, {}, {}, 0, 1, 1, {}};
    int low = low_;
    std::size_t stride = 1;
    if (is_contiguous(used)) {
        pass.kind = PassKind::contiguous;
        low = contiguous_;
        pass.run = power_of_four(low) * shape_.stride;
        stride = shape_.stride;
    } else if (maps.size() == 1 && runs_in_parts(maps[0])) {
        pass.kind = PassKind::direct;
        low = n;
        stride = shape_.stride;
    } else if (shape_.is_single()) {  // runs as long as the scratch has room for
        const auto block = [&](int m) {
            return power_of_four(std::popcount(used & first_qubits(n - m)) + m);
        };
        while (low < n && block(low + 1) <= scratch_) ++low;
        pass.run = power_of_four(low);
    } else {
        pass.run = stride = run_;
        pass.num_runs = (shape_.stride + run_ - 1) / run_;
    }
    std::vector<int> all;
    if (pass.kind == PassKind::gathered) {
        all = qubits_in(used & first_qubits(n - low));
        for (std::size_t r = 0; r < power_of_four(count(all)); ++r)
            pass.rows.push_back(place(r, all, shape_));
    }
    for (int qubit = n - low; qubit < n; ++qubit) all.push_back(qubit);
    pass.idle = qubits_in(first_qubits(n) & ~mask_of(all));
    pass.num_blocks = power_of_four(count(pass.idle)) * pass.num_runs;
    for (const QubitMap& map : maps) pass.maps.emplace_back(map, all, stride);
    passes_.push_back(std::move(pass));
}

std::size_t Schedule::num_maps() const {
    std::size_t sum = 0;
    for (const Pass& pass : passes_) sum += pass.maps.size();
    return sum;
}

// ---- running ----

void Schedule::run_block(const Pass& pass, double* data, std::size_t block) const {
    const std::size_t first = block % pass.num_runs * pass.run;  // element
    double* const base = data + place(block / pass.num_runs, pass.idle, shape_) + first;
    const bool parts = pass.num_runs > 1;
    const std::size_t taken = parts ? std::min(pass.run, shape_.stride - first) : pass.run;
    const std::size_t elements = parts ? std::min(taken, shape_.size - first) : shape_.size;
    const bool in_place = pass.kind == PassKind::contiguous;
    const std::size_t gathered = pass.rows.size() * pass.run;
    std::size_t extra = 0;
    for (const PlacedMap& map : pass.maps) extra = std::max(extra, map.scratch(elements));
    double* const scratch = memory_of_thread(std::max<std::size_t>(gathered + extra, 1));
    for (std::size_t r = 0; r < pass.rows.size(); ++r)
        std::memcpy(scratch + r * pass.run, base + pass.rows[r], taken * sizeof(double));
    for (const PlacedMap& map : pass.maps)
        map.apply(in_place ? base : scratch, first, elements, scratch + gathered);
    for (std::size_t r = 0; r < pass.rows.size(); ++r)
        std::memcpy(base + pass.rows[r], scratch + r * pass.run, taken * sizeof(double));
}

bool Schedule::run_small(double* data) const {
    if (contiguous_ != shape_.num_qubits) return false;
    for (const Pass& pass : passes_) run_block(pass, data, 0);
    return true;
}

void Schedule::run(double* data, int threads, Cancellation& cancel) const {
    constexpr std::size_t part = 1024, parts_together = 16;
    for (const Pass& pass : passes_) {
        if (pass.kind == PassKind::direct) {
            const PlacedMap& map = pass.maps[0];
            const std::size_t parts = map.num_parts(part);
            parallel_blocks((parts + parts_together - 1) / parts_together, threads, cancel,
                            [&](int, std::uint64_t block) {
                                const std::size_t end = std::min(parts, (block + 1) * parts_together);
                                for (std::size_t i = block * parts_together; i < end; ++i)
                                    map.apply_part(data, i, part);
                            });
            continue;
        }
        if (pass.num_blocks == 1)
            run_block(pass, data, 0);
        else
            parallel_blocks(pass.num_blocks, threads, cancel,
                            [&](int, std::uint64_t block) { run_block(pass, data, block); });
    }
}

}  // namespace ebit
