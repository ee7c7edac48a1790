#include "ebit/density/linear_map.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "ebit/base/isa.hpp"
#include "ebit/density/linear_kernels.hpp"

EBIT_KERNEL_TABLE(LinearKernels, linear_table, linear_kernels)

namespace ebit {

namespace {

using Mask = std::uint64_t;

constexpr Mask bit(std::size_t row) { return Mask{1} << row; }
std::size_t lowest(Mask mask) { return static_cast<std::size_t>(std::countr_zero(mask)); }

// Numbers per row that are worked on at a time: long enough to pay for the start of a step, short enough for
// the rows of one step to stay in the first cache.
constexpr std::size_t chunk = 128;
constexpr std::size_t gathered_chunk = 64;

OneQubitRows structure_of(const double* transfer) {
    OneQubitRows map{};
    int longest = 1;
    for (std::uint8_t r = 0; r < 4; ++r) {
        const double* const row = transfer + 4 * r;
        bool identity = true;
        for (std::size_t t = 0; t < 4; ++t) identity &= row[t] == (t == r ? 1.0 : 0.0);
        if (identity) continue;
        const auto n = static_cast<std::size_t>(map.num_rows++);
        map.target[n] = r;
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

// Orders the rows so that each is written after all that read its old value; where they read each other in
// a circle, one of them is put aside in a slot first.
class Planner {
  public:
    Planner(std::size_t size, const double* transfer, std::vector<SparseStep>& steps,
            std::vector<SparseTerm>& terms)
        : size_(size), transfer_(transfer), steps_(steps), terms_(terms) {
        for (std::size_t r = 0; r < size; ++r) {
            reads_[r] = readers_[r] = 0;
            where_[r] = static_cast<std::uint32_t>(r);
        }
        for (std::size_t r = 0; r < size; ++r) {
            const double* const row = transfer + r * size;
            Mask mask = 0;
            for (std::size_t c = 0; c < size; ++c) mask |= Mask{row[c] != 0.0} << c;
            if (mask == bit(r) && row[r] == 1.0) continue;
            reads_[r] = mask;
            pending_ |= bit(r);
            for (Mask rest = mask; rest != 0; rest &= rest - 1) readers_[lowest(rest)] |= bit(r);
        }
    }

    std::size_t run() {
        while (pending_ != 0) {
            Mask ready = 0;
            for (Mask rest = pending_; rest != 0; rest &= rest - 1)
                if (const std::size_t r = lowest(rest); others(r) == 0) ready |= bit(r);
            if (ready == 0) {
                const std::size_t r = lowest(pending_);
                put_aside(r);
                ready = bit(r);
            }
            // A row that was just read is written next, while it is in the cache.
            while (ready != 0) {
                const std::size_t r = lowest(ready);
                ready &= ~bit(r);
                write(r);
                for (Mask rest = reads_[r] & pending_; rest != 0; rest &= rest - 1)
                    if (const std::size_t c = lowest(rest); others(c) == 0) ready |= bit(c);
            }
        }
        return num_slots_;
    }

  private:
    // Rows that still need the old value of r where it stands.
    Mask others(std::size_t r) const { return where_[r] == r ? readers_[r] & pending_ & ~bit(r) : 0; }

    void put_aside(std::size_t r) {
        const std::size_t slot = free_ != 0 ? lowest(free_) : num_slots_++;
        free_ &= ~bit(slot);
        steps_.push_back(
            {static_cast<std::uint16_t>(first_slot + slot), 1, static_cast<std::uint32_t>(terms_.size())});
        terms_.push_back({1.0, static_cast<std::uint32_t>(r)});
        where_[r] = static_cast<std::uint32_t>(first_slot + slot);
    }

    void write(std::size_t r) {
        pending_ &= ~bit(r);
        steps_.push_back({static_cast<std::uint16_t>(r), 0, static_cast<std::uint32_t>(terms_.size())});
        for (Mask rest = reads_[r]; rest != 0; rest &= rest - 1) {
            const std::size_t c = lowest(rest);
            terms_.push_back({transfer_[r * size_ + c], where_[c]});
            if (where_[c] >= first_slot && (readers_[c] & pending_) == 0)
                free_ |= bit(where_[c] - first_slot);
        }
        if (reads_[r] == 0) terms_.push_back({0.0, static_cast<std::uint32_t>(r)});
        steps_.back().num_terms = static_cast<std::uint16_t>(terms_.size() - steps_.back().first_term);
    }

    std::size_t size_;
    const double* transfer_;
    std::vector<SparseStep>& steps_;
    std::vector<SparseTerm>& terms_;
    std::array<Mask, 64> reads_;
    std::array<Mask, 64> readers_;
    std::array<std::uint32_t, 64> where_;
    Mask pending_ = 0;
    Mask free_ = 0;
    std::size_t num_slots_ = 0;
};

// Calls work(offset) at every place of the levels from `first` on.
template <class Work>
void for_each_place(std::span<const Placement::Level> levels, std::size_t offset, const Work& work) {
    if (levels.empty()) return work(offset);
    const auto [count, stride] = levels.back();
    for (std::size_t i = 0; i < count; ++i)
        for_each_place(levels.first(levels.size() - 1), offset + i * stride, work);
}

struct alignas(64) Scratch {
    double rows[64 * gathered_chunk];
    double slots[64 * chunk];
};

void sweep_in_place(const StaticMap& map, const Placement& at, double* data, double* slots) {
    const auto& kernels = linear_kernels();
    auto levels = at.levels();
    const std::size_t inner = std::min(at.inner(), chunk);
    Walk walk{1, inner, 0};
    std::size_t count = 1;
    if (inner < chunk && !levels.empty()) {
        walk.stride = levels[0].stride;
        count = levels[0].count;
        walk.outer = std::min(count, chunk / inner);
        levels = levels.subspan(1);
    }
    for_each_place(levels, 0, [&](std::size_t offset) {
        for (std::size_t i = 0; i < at.inner(); i += inner)
            for (std::size_t o = 0; o < count; o += walk.outer) {
                Walk part = walk;
                part.inner = std::min(inner, at.inner() - i);
                part.outer = std::min(walk.outer, count - o);
                kernels.sweep(map, data + offset + i + o * walk.stride, at.offsets().data(), slots, part);
            }
    });
}

// The state's last rows are shorter than a vector: positions are brought side by side in the scratch.
void sweep_gathered(const StaticMap& map, const Placement& at, double* data, Scratch& scratch) {
    const auto& kernels = linear_kernels();
    const std::size_t rows = power_of_four(map.num_qubits());
    const std::size_t inner = at.inner();
    const auto levels = at.levels();
    const bool single = levels.empty();
    const std::size_t count = single ? 1 : levels[0].count;
    const std::size_t each = std::min(count, gathered_chunk / inner);
    const std::size_t pitch = std::max<std::size_t>(8, each * inner);
    std::array<std::size_t, 64> offsets;
    for (std::size_t r = 0; r < rows; ++r) offsets[r] = r * pitch;
    Gather gather{at.offsets().data(), rows, at.last_weight(), each, single ? 0 : levels[0].stride,
                  scratch.rows,        pitch};
    if (each * inner < 8) std::fill_n(scratch.rows, rows * pitch, 0.0);
    for_each_place(single ? levels : levels.subspan(1), 0, [&](std::size_t offset) {
        for (std::size_t o = 0; o < count; o += each) {
            double* const base = data + offset + o * gather.stride;
            if (inner == 4) {
                kernels.gather_fours(gather, base);
            } else if (single) {
                for (std::size_t r = 0; r < rows; ++r) scratch.rows[r * pitch] = base[at.offsets()[r]];
            } else {
                kernels.gather_ones(gather, base);
            }
            kernels.sweep(map, scratch.rows, offsets.data(), scratch.slots, {1, pitch, 0});
            if (inner == 4) {
                kernels.scatter_fours(gather, base);
            } else if (single) {
                for (std::size_t r = 0; r < rows; ++r) base[at.offsets()[r]] = scratch.rows[r * pitch];
            } else {
                kernels.scatter_ones(gather, base);
            }
        }
    });
}

}  // namespace

void StaticMap::assign(int num_qubits, const double* transfer) {
    num_qubits_ = num_qubits;
    steps_.clear();
    terms_.clear();
    num_slots_ = 0;
    if (num_qubits == 1)
        one_ = structure_of(transfer);
    else
        num_slots_ = Planner(power_of_four(num_qubits), transfer, steps_, terms_).run();
}

Placement::Placement(std::span<const int> qubits, int num_qubits, std::size_t stride) {
    const std::size_t k = qubits.size();
    std::array<int, StaticMap::max_qubits> sorted;
    for (std::size_t j = 0; j < k; ++j) {  // by insertion
        std::size_t place = j;
        for (; place > 0 && sorted[place - 1] > qubits[j]; --place) sorted[place] = sorted[place - 1];
        sorted[place] = qubits[j];
    }
    const auto step_of = [=](int qubit) { return power_of_four(num_qubits - 1 - qubit) * stride; };

    std::size_t filled = 1;
    offsets_[0] = 0;
    for (std::size_t j = k; j-- > 0; filled *= 4)
        for (std::size_t r = filled; r < 4 * filled; ++r)
            offsets_[r] = offsets_[r % filled] + r / filled * step_of(qubits[j]);

    inner_ = step_of(sorted[k - 1]);
    if (inner_ == 1)
        for (std::size_t j = 0; j < k; ++j)
            if (qubits[j] == num_qubits - 1) last_weight_ = power_of_four(static_cast<int>(k - 1 - j));
    for (std::size_t j = k; j-- > 0;) {
        const std::size_t repeated = 4 * step_of(sorted[j]);
        const std::size_t end = j > 0 ? step_of(sorted[j - 1]) : power_of_four(num_qubits) * stride;
        if (end > repeated) levels_[num_levels_++] = {end / repeated, repeated};
    }
}

void apply(const StaticMap& map, const Placement& placement, double* data) {
    if (map.is_identity()) return;
    if (map.num_qubits() == 1) {
        const auto levels = placement.levels();
        const std::size_t outer = levels.empty() ? 1 : levels[0].count;
        return linear_kernels().one_qubit(map.one_qubit(), data, outer, placement.inner());
    }
    Scratch scratch;
    if (placement.inner() < 8)
        sweep_gathered(map, placement, data, scratch);
    else
        sweep_in_place(map, placement, data, scratch.slots);
}

void apply(const StaticMap& map, std::span<const int> qubits, Rows rows) {
    if (map.num_qubits() == 1) {
        const std::size_t outer = power_of_four(qubits[0]);
        return linear_kernels().one_qubit(map.one_qubit(), rows.data, outer, step(rows, qubits[0]));
    }
    apply(map, Placement(qubits, rows.num_qubits, rows.stride), rows.data);
}

void apply_transfer(const double* transfer, std::span<const int> qubits, Rows rows) {
    if (qubits.size() == 1) {
        const std::size_t outer = power_of_four(qubits[0]);
        return linear_kernels().one_qubit(structure_of(transfer), rows.data, outer, step(rows, qubits[0]));
    }
    thread_local StaticMap map;
    map.assign(static_cast<int>(qubits.size()), transfer);
    apply(map, qubits, rows);
}

}  // namespace ebit
