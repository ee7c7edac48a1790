// Steps of sixteen slotted chains: each takes every lane to the next slot in which something happens to it,
// whatever happens in the others. Only for *.isa.cpp.
//
// Random numbers are drawn in a fixed order and only for what happens: they are the same whatever it is
// that decides which nodes swap.
#pragma once

#include "ebit/chain/lane_rules.isa.hpp"
#include "ebit/rng/xoshiro.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// `ruled`: some rule looks at lanes one by one: a policy, a cut-off, or swaps in turn.
template <bool ruled>
class LaneSteps {
  public:
    EBIT_INLINE LaneSteps(Stream& stream, SlottedLanes& state) : random_(stream), s_(state) {}

    // Goes on until the block is done, or for so much work.
    EBIT_INLINE void run(std::size_t work) {
        if (s_.next_shot == 0)
            for (std::size_t l = 0; l < wide; ++l) Lane{s_, l}.begin();
        for (; s_.active > 0 && work > 0; --work) {
            start_segments();
            Words pending = load_wide(s_.pending);
            Reals now = next_links(pending);
            if constexpr (ruled) {
                if (!next_slots(now, work)) return;
            }
            pass_time(pending, now);
            const Words fresh = place_links(pending, now);
            pending = pending & ~fresh;
            if constexpr (ruled) {
                remember_births(fresh);
                swap_by_rule();
            } else {
                swap_all();
            }
            store_wide(s_.pending, pending);
            deliver();
            if constexpr (ruled) discard();
            while (s_.depth > 1 && !any(load_wide(s_.open[s_.depth - 1]))) --s_.depth;
        }
    }

  private:
    EBIT_INLINE Words covered(std::size_t level) const {
        return load_wide(s_.close[level]) - load_wide(s_.open[level]);
    }

    // The slot of the next link of every lane.
    EBIT_INLINE Reals next_links(Words pending) const {
        Reals next = reals(never);
        for (std::size_t k = 0; k < s_.segments; ++k) {
            for (std::size_t j = 0; j < wide_parts; ++j) {
                const f64v time = load<f64v>(s_.time[k] + j * lanes);
                next.part[j] = smaller((pending.part[j] & 1) != 0 ? time : splat(never), next.part[j]);
                pending.part[j] >>= 1;
            }
        }
        return next;
    }

    // Links that are there now, as bits of their segments.
    EBIT_INLINE Words place_links(const Words& pending, const Reals& now) {
        Words fresh = words(0);
        u64v segment = u64v{} + 1;
        for (std::size_t k = 0; k < s_.segments; ++k, segment <<= 1)
            for (std::size_t j = 0; j < wide_parts; ++j)
                fresh.part[j] |= (u64v)(load<f64v>(s_.time[k] + j * lanes) == now.part[j]) & segment;
        fresh = fresh & pending;
        Words rest = fresh;  // under all levels so far
        for (std::size_t d = 0; d < s_.depth; ++d) {
            const Words open = load_wide(s_.open[d]), close = load_wide(s_.close[d]);
            const Words under = rest & (close - open), here = rest ^ under;
            store_wide(s_.open[d], open | here);
            store_wide(s_.close[d], close | here << 1);
            rest = under;
        }
        if (any(rest)) {
            store_wide(s_.open[s_.depth], rest);
            store_wide(s_.close[s_.depth], rest << 1);
            ++s_.depth;
        }
        return fresh;
    }

    // Attempts of hidden segments do not count.
    EBIT_INLINE void pass_time(const Words& pending, const Reals& now) {
        const Reals passed = now - load_wide(s_.now);
        store_wide(s_.now, now);
        store_wide(s_.steps, load_wide(s_.steps) + reals(1.0));
        store_wide(s_.attempts, load_wide(s_.attempts) + passed * count_bits(pending & ~covered(0)));
    }

    // The nodes, among these, whose swaps succeed.
    EBIT_INLINE Words successes(const Words& nodes) {
        Words good = nodes & words(s_.sure);
        Words open = nodes ^ good;  // as many bits of their random numbers are those of the threshold
        for (std::size_t b = 0; b < s_.threshold_bits && any(open); ++b) {
            const Words threshold = words(s_.threshold[b]);
            Words drawn;
            for (std::size_t j = 0; j < wide_parts; ++j) drawn.part[j] = random_.next(j % parts);
            good = good | (open & threshold & ~drawn);
            open = open & ~(threshold ^ drawn);
        }
        return good;
    }

    // Every node that holds two links swaps; clusters with a failed swap are lost.
    EBIT_INLINE void swap_all() {
        Words nodes[SlottedLanes::most_levels], all = words(0);
        for (std::size_t d = 0; d < s_.depth; ++d) {
            nodes[d] = load_wide(s_.open[d]) & load_wide(s_.close[d]);
            all = all | nodes[d];
        }
        if (!any(all)) return;
        const Words failures = all & ~successes(all);
        if (s_.out_swaps != nullptr) store_wide(s_.swaps, load_wide(s_.swaps) + count_bits(all));
        for (std::size_t d = 0; d < s_.depth; ++d) {
            record_waits(d, nodes[d]);
            store_wide(s_.open[d], load_wide(s_.open[d]) ^ nodes[d]);
            store_wide(s_.close[d], load_wide(s_.close[d]) ^ nodes[d]);
        }
        if (!any(failures)) return;
        // From the deepest level up: what rises is dealt with already.
        for (std::size_t d = s_.depth; d-- > 0;) lose_clusters(d, nodes[d], nodes[d] & failures);
    }

    EBIT_INLINE void record_waits(std::size_t level, const Words& nodes) {
        const Reals now = load_wide(s_.now);
        for (std::uint64_t rest = united(nodes); rest != 0; rest &= rest - 1) {
            const std::size_t node = first_of(rest);
            const Words here = nodes & words(bit(node));
            double* left = waits_of(s_, level, 2 * node - 1);
            double* right = waits_of(s_, level, 2 * node);
            store_wide(left, select(here, now - load_wide(s_.time[node - 1]), load_wide(left)));
            store_wide(right, select(here, now - load_wide(s_.time[node]), load_wide(right)));
        }
    }

    // Loses the links that pass over nodes whose swaps failed, of those that swapped on this level.
    EBIT_INLINE void lose_clusters(std::size_t level, const Words& nodes, Words failures) {
        while (any(failures)) {
            const Words node = lowest(failures), below = (node - words(1)) & nonzero(node);
            const Words open = load_wide(s_.open[level]), close = load_wide(s_.close[level]);
            const Words from = highest(open & below);
            const Words to = lowest(close & ~below & nonzero(node));
            store_wide(s_.open[level], open ^ from);
            store_wide(s_.close[level], close ^ to);
            const Words inside = (to - from) ^ from;
            failures = failures & ~inside;
            if (s_.out_swaps != nullptr)
                store_wide(s_.lost_swaps, load_wide(s_.lost_swaps) + count_bits(nodes & inside));
            if (level + 1 == s_.depth) continue;
            const Words rising = load_wide(s_.open[level + 1]) & inside;
            if (!any(rising)) continue;
            alignas(64) std::uint64_t range[wide];
            store_wide(range, inside);
            for (unsigned rest = lanes_of(rising); rest != 0; rest &= rest - 1) {
                const auto l = static_cast<std::size_t>(__builtin_ctz(rest));
                Lane{s_, l}.raise(level, range[l]);
            }
        }
    }

    EBIT_INLINE void deliver() {
        const Words all =
            equal(load_wide(s_.open[0]), words(1)) & equal(load_wide(s_.close[0]), words(bit(s_.segments)));
        for (unsigned rest = lanes_of(all); rest != 0; rest &= rest - 1) {
            const Lane lane{s_, static_cast<std::size_t>(__builtin_ctz(rest))};
            lane.deliver();
            --s_.active;
            lane.begin();
        }
    }

    // Segments that come free draw when their next link will be there.
    EBIT_INLINE void start_segments() {
        Words taken_right = load_wide(s_.open[0]), taken_left = load_wide(s_.close[0]);
        Words usable = load_wide(s_.usable), pending = load_wide(s_.pending);
        if (s_.idle) usable = usable & ~(taken_left - taken_right);
        if (s_.sequential) {
            const Words frontier = select(nonzero(taken_right & words(1)), lowest(taken_left), words(1));
            usable = usable & frontier;
            pending = pending & frontier;
        }
        for (std::size_t d = 1; d < s_.depth; ++d) {
            taken_right = taken_right | load_wide(s_.open[d]);
            taken_left = taken_left | load_wide(s_.close[d]);
        }
        const Words starting = usable & ~(pending | taken_right | taken_left >> 1);
        store_wide(s_.pending, pending | starting);
        if (!any(starting)) return;
        if (s_.log_end - s_.log_begin < wide * s_.segments) draw_logs();
        alignas(64) std::uint64_t bits[wide];
        store_wide(bits, starting);
        if (s_.segments <= 16)
            draw_times<16>(bits);
        else if (s_.segments <= 32)
            draw_times<32>(bits);
        else
            draw_times<64>(bits);
    }

    // Lane by lane, and in a lane from the left; words hold the bits of as many lanes as fit in.
    template <std::size_t lane_bits>
    EBIT_INLINE void draw_times(const std::uint64_t* starting) {
        constexpr std::size_t lanes_in_word = 64 / lane_bits;
        const double* log = s_.logs + s_.log_begin;
        for (std::size_t first = 0; first < wide; first += lanes_in_word) {
            std::uint64_t rest = starting[first];
            for (std::size_t i = 1; i < lanes_in_word; ++i) rest |= starting[first + i] << i * lane_bits % 64;
            for (; rest != 0; rest &= rest - 1) {
                const std::size_t place = first_of(rest);
                const std::size_t k = place % lane_bits, l = first + place / lane_bits;
                s_.time[k][l] = s_.now[l] + (__builtin_trunc(*log++ * s_.inverse_log_failure[k]) + 1.0);
            }
        }
        s_.log_begin = static_cast<std::size_t>(log - s_.logs);
    }

    EBIT_INLINE void draw_logs() {
        std::size_t end = 0;
        while (s_.log_begin < s_.log_end) s_.logs[end++] = s_.logs[s_.log_begin++];
        for (; end + 8 <= SlottedLanes::log_count; end += 8)
            for (std::size_t j = 0; j < parts; ++j) store(s_.logs + end + j * lanes, random_.next_log(j));
        s_.log_begin = 0;
        s_.log_end = end;
    }

    // ---- lane by lane ----

    // Where links grow too old or the policy has something to swap before the next link, that comes first.
    EBIT_INLINE bool next_slots(Reals& now, std::size_t& work) {
        alignas(64) double next[wide];
        store_wide(next, now);
        for (std::size_t l = 0; l < wide; ++l) {
            if (s_.expiry[l] < next[l]) next[l] = s_.expiry[l];
            if (s_.decide != nullptr && !ask_ahead({s_, l}, next[l], work)) return false;
        }
        now = load_wide(next);
        return true;
    }

    // The slots before `next` in which the policy may have another answer.
    static bool ask_ahead(const Lane& lane, double& next, std::size_t& work) {
        SlottedLanes& s = lane.s;
        const std::size_t l = lane.l;
        if ((s.last_age < 0.0 && s.changed[l] == 0) || lane.ready() == 0) return true;
        double slot = (s.asked[l] > s.now[l] ? s.asked[l] : s.now[l]) + 1.0;
        const double last = s.last_age < 0.0 ? s.now[l] + 1.0 : lane.oldest() + s.last_age;
        const double end = last + 1.0 < next ? last + 1.0 : next;
        while (slot < end) {
            s.steps[l] += 1.0;
            if (--work == 0) return false;
            if (lane.decided(slot) != 0) next = slot;
            if (next == slot) return true;
            s.asked[l] = slot;
            slot += 1.0;
        }
        return true;
    }

    EBIT_INLINE void remember_births(const Words& fresh) {
        const Reals now = load_wide(s_.now);
        for (std::uint64_t rest = united(fresh); rest != 0; rest &= rest - 1) {
            const std::size_t k = first_of(rest);
            store_wide(s_.oldest[k], select(fresh & words(bit(k)), now, load_wide(s_.oldest[k])));
        }
    }

    EBIT_INLINE void swap_by_rule() {
        alignas(64) std::uint64_t nodes[wide], good[wide];
        for (std::size_t l = 0; l < wide; ++l) {
            nodes[l] = Lane{s_, l}.decided(s_.now[l]);
            s_.changed[l] = nodes[l];
        }
        for (Words all = load_wide(nodes); any(all); all = load_wide(nodes)) {
            store_wide(good, successes(all));
            for (std::size_t l = 0; l < wide; ++l) {
                if (nodes[l] == 0) continue;
                const Lane lane{s_, l};
                if (s_.left_to_right)
                    lane.swap_in_turn(nodes[l], good[l]);
                else
                    lane.swap_together(nodes[l], good[l]);
                nodes[l] = s_.repeats ? lane.decided(s_.now[l]) : 0;
            }
        }
    }

    EBIT_INLINE void discard() {
        if (s_.cutoff == nullptr) return;
        for (std::size_t l = 0; l < wide; ++l) Lane{s_, l}.discard();
    }

    Xoshiro random_;
    SlottedLanes& s_;
};

template <bool ruled>
EBIT_INLINE void run_lanes(Stream& stream, SlottedLanes& state, std::size_t work) {
    LaneSteps<ruled>(stream, state).run(work);
}

void slotted(Stream& stream, SlottedLanes& state, std::size_t work) {
    if (state.cutoff != nullptr || state.decide != nullptr || state.left_to_right)
        run_lanes<true>(stream, state, work);
    else
        run_lanes<false>(stream, state, work);
}

}  // namespace
}  // namespace ebit::EBIT_ISA
