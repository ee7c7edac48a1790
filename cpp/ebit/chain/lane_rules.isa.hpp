// What happens to one lane of a slotted chain: links that are joined or lost one by one, policies, and
// delivery. Only for *.isa.cpp.
#pragma once

#include "ebit/base/wide.isa.hpp"
#include "ebit/chain/lanes.hpp"

namespace ebit::EBIT_ISA {
namespace {

static_assert(SlottedLanes::width == wide);

constexpr double never = __builtin_inf();

EBIT_INLINE std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << i; }
EBIT_INLINE std::size_t first_of(std::uint64_t bits) {
    return static_cast<std::size_t>(__builtin_ctzll(bits));
}
EBIT_INLINE std::size_t last_of(std::uint64_t bits) {
    return 63 - static_cast<std::size_t>(__builtin_clzll(bits));
}
EBIT_INLINE std::size_t count_of(std::uint64_t bits) {
    return static_cast<std::size_t>(__builtin_popcountll(bits));
}

// By lane: how long a memory waited that its node joined with its other one on this level.
EBIT_INLINE double* waits_of(const SlottedLanes& s, std::size_t level, std::size_t memory) {
    return s.waits + (level * 2 * s.segments + memory) * wide;
}

// One lane: a view that is made where it is needed.
struct Lane {
    SlottedLanes& s;
    std::size_t l;

    std::uint64_t& open(std::size_t level) const { return s.open[level][l]; }
    std::uint64_t& close(std::size_t level) const { return s.close[level][l]; }
    // Where the link that holds the left memory of a node opens, and the one of the right memory closes.
    std::size_t left_end(std::size_t level, std::size_t node) const {
        return last_of(open(level) & (bit(node) - 1));
    }
    std::size_t right_end(std::size_t level, std::size_t node) const {
        return first_of(close(level) & (~std::uint64_t{1} << node));
    }

    std::uint64_t ready() const {
        std::uint64_t nodes = 0;
        for (std::size_t d = 0; d < s.depth; ++d) nodes |= open(d) & close(d);
        return nodes;
    }

    // The level on which a node holds two links, or `depth`.
    std::size_t level_of(std::size_t node) const {
        std::size_t d = 0;
        while (d < s.depth && (open(d) & close(d) & bit(node)) == 0) ++d;
        return d;
    }

    // Links of deeper levels inside a link that is gone rise by one level.
    void raise(std::size_t level, std::uint64_t inside) const {
        for (std::size_t d = level + 1; d < s.depth; ++d) {
            const std::uint64_t rising = open(d) & inside;
            if (rising == 0) return;
            std::uint64_t joined = (close(d) - open(d)) & ~open(d) & inside;
            for (; joined != 0; joined &= joined - 1) copy_waits(d, first_of(joined));
            open(d - 1) |= rising;
            open(d) ^= rising;
            const std::uint64_t closing = close(d) & inside;
            close(d - 1) |= closing;
            close(d) ^= closing;
        }
    }

    void copy_waits(std::size_t level, std::size_t node) const {
        for (const std::size_t memory : {2 * node - 1, 2 * node})
            waits_of(s, level - 1, memory)[l] = waits_of(s, level, memory)[l];
    }

    void record_waits(std::size_t level, std::size_t node) const {
        waits_of(s, level, 2 * node - 1)[l] = s.now[l] - s.time[node - 1][l];
        waits_of(s, level, 2 * node)[l] = s.now[l] - s.time[node][l];
    }

    void join(std::size_t level, std::size_t node) const {
        record_waits(level, node);
        double& oldest = s.oldest[left_end(level, node)][l];
        oldest = s.oldest[node][l] < oldest ? s.oldest[node][l] : oldest;
        open(level) &= ~bit(node);
        close(level) &= ~bit(node);
    }

    void lose(std::size_t level, std::size_t from, std::size_t to) const {
        open(level) &= ~bit(from);
        close(level) &= ~bit(to);
        raise(level, bit(to) - 2 * bit(from));
    }

    // Nodes that swap at once; clusters with a failed one are lost.
    void swap_together(std::uint64_t nodes, std::uint64_t successes) const {
        std::uint64_t tried[SlottedLanes::most_levels];
        for (std::size_t d = 0; d < s.depth; ++d) {
            tried[d] = nodes & open(d) & close(d);
            for (std::uint64_t rest = tried[d]; rest != 0; rest &= rest - 1) join(d, first_of(rest));
        }
        // From the deepest level up: what rises is dealt with already.
        for (std::size_t d = s.depth; d-- > 0;) {
            std::uint64_t failures = tried[d] & ~successes;
            while (failures != 0) {
                const std::size_t node = first_of(failures);
                const std::size_t from = left_end(d, node), to = right_end(d, node);
                const std::uint64_t cluster = bit(to) - bit(from);
                failures &= ~cluster;
                s.lost_swaps[l] += static_cast<double>(count_of(tried[d] & cluster));
                lose(d, from, to);
            }
        }
        s.swaps[l] += static_cast<double>(count_of(nodes));
    }

    // Nodes that swap one after another; a failure costs the two links of its node.
    void swap_in_turn(std::uint64_t nodes, std::uint64_t successes) const {
        for (; nodes != 0; nodes &= nodes - 1) {
            const std::size_t node = first_of(nodes), level = level_of(node);
            if (level == s.depth) continue;
            s.swaps[l] += 1.0;
            if ((successes & bit(node)) != 0) {
                join(level, node);
            } else {
                const std::size_t from = left_end(level, node), to = right_end(level, node);
                open(level) &= ~(bit(from) | bit(node));
                close(level) &= ~(bit(node) | bit(to));
                raise(level, (bit(to) - 2 * bit(from)) & ~bit(node));
                s.lost_swaps[l] += 1.0;
            }
        }
    }

    // When the oldest part of any link was made.
    double oldest() const {
        double first = never;
        for (std::size_t d = 0; d < s.depth; ++d)
            for (std::uint64_t rest = open(d); rest != 0; rest &= rest - 1)
                first = s.oldest[first_of(rest)][l] < first ? s.oldest[first_of(rest)][l] : first;
        return first;
    }

    // The nodes that the policy lets swap in a slot.
    std::uint64_t decided(double slot) const {
        const std::uint64_t able = ready();
        if (s.decide == nullptr || able == 0) return able;
        if (slot == never) return 0;  // at rest
        std::int64_t right_of[SlottedLanes::most_segments + 1], age[SlottedLanes::most_segments + 1];
        std::uint8_t swap[SlottedLanes::most_segments + 1] = {};
        for (std::size_t i = 0; i <= s.segments; ++i) {
            right_of[i] = -1;
            age[i] = 0;
        }
        for (std::size_t d = 0; d < s.depth; ++d) {
            for (std::uint64_t rest = open(d); rest != 0; rest &= rest - 1) {
                const std::size_t i = first_of(rest);
                right_of[i] = static_cast<std::int64_t>(right_end(d, i));
                age[i] = static_cast<std::int64_t>(slot - s.oldest[i][l]);
            }
        }
        s.decide(s.policy, static_cast<std::int64_t>(s.segments), right_of, age, swap);
        std::uint64_t nodes = 0;
        for (std::size_t i = 1; i < s.segments; ++i) nodes |= swap[i] != 0 ? bit(i) : 0;
        return nodes & able;
    }

    double limit(std::size_t from, std::size_t to) const {
        return s.cutoff[from] < s.cutoff[to] ? s.cutoff[from] : s.cutoff[to];
    }

    // At the end of a slot: loses links that are too old, and looks when the next one will be.
    void discard() const {
        double next = never;
        for (std::size_t d = s.depth; d-- > 0;) {
            for (std::uint64_t rest = open(d); rest != 0; rest &= rest - 1) {
                const std::size_t from = first_of(rest), to = right_end(d, from);
                const double end = s.oldest[from][l] + limit(from, to);
                if (end <= s.now[l]) {
                    lose(d, from, to);
                    s.changed[l] = true;
                } else {
                    next = end < next ? end : next;
                }
            }
        }
        s.expiry[l] = next;
    }

    void deliver() const {
        const std::size_t at = s.shot[l];
        s.out_time[at] = s.now[l] * s.slot;
        s.out_attempts[at] = s.attempts[l];
        if (s.out_swaps != nullptr) {
            s.out_swaps[at] = s.swaps[l];
            s.out_lost_swaps[at] = s.lost_swaps[l];
        }
        waits_of(s, 0, 0)[l] = s.now[l] - s.time[0][l];
        waits_of(s, 0, 2 * s.segments - 1)[l] = s.now[l] - s.time[s.segments - 1][l];
        for (std::size_t c = 0; c < s.column_count; ++c) s.out_storage[c][at] = 0.0;
        for (std::size_t i = 0; i < s.charge_count; ++i) {
            const SlottedLanes::Charge& charge = s.charges[i];
            s.out_storage[charge.column][at] += waits_of(s, 0, charge.memory)[l] * charge.weight;
        }
    }

    // Takes the next shot of the block, if there is one.
    void begin() const {
        for (std::size_t d = 0; d < s.depth; ++d) open(d) = close(d) = 0;
        const bool more = s.next_shot < s.shots;
        s.shot[l] = s.next_shot;
        s.next_shot += more;
        s.active += more;
        s.usable[l] = more ? bit(s.segments) - 1 : 0;
        s.pending[l] = s.changed[l] = 0;
        s.now[l] = s.attempts[l] = s.steps[l] = s.swaps[l] = s.lost_swaps[l] = s.asked[l] = 0.0;
        s.expiry[l] = never;
    }
};

}  // namespace
}  // namespace ebit::EBIT_ISA
