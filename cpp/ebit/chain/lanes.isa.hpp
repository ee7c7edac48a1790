// Steps of eight slotted chains: each takes every lane to the next slot in which something happens to it,
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
        if (s_.next_shot == 0) begin_block();
        for (; s_.active > 0 && work > 0; --work) {
            Words pending = load8(s_.pending);
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
            store8(s_.pending, pending);
            deliver();
            if constexpr (ruled) discard();
            while (s_.depth > 1 && !any(load8(s_.open[s_.depth - 1]))) --s_.depth;
            start_segments();
        }
    }

  private:
    EBIT_INLINE void begin_block() {
        for (std::size_t l = 0; l < SlottedLanes::width; ++l) Lane{s_, l}.begin();
        start_segments();
    }

    EBIT_INLINE Words covered(std::size_t level) const {
        return load8(s_.close[level]) - load8(s_.open[level]);
    }

    // The slot of the next link of every lane.
    EBIT_INLINE Reals next_links(const Words& pending) const {
        Reals next = reals(never);
        for (std::size_t k = 0; k < s_.segments; ++k) {
            const Reals time = load8(s_.time[k]);
            for (std::size_t j = 0; j < parts; ++j) {
                const f64v sooner = smaller(time.part[j], next.part[j]);
                next.part[j] = (pending.part[j] & bit(k)) != 0 ? sooner : next.part[j];
            }
        }
        return next;
    }

    // Links that are there now, as bits of their segments.
    EBIT_INLINE Words place_links(const Words& pending, const Reals& now) {
        Words fresh = words(0);
        for (std::size_t k = 0; k < s_.segments; ++k) {
            const Reals time = load8(s_.time[k]);
            for (std::size_t j = 0; j < parts; ++j)
                fresh.part[j] |= (u64v)(time.part[j] == now.part[j]) & bit(k);
        }
        fresh = fresh & pending;
        Words rest = fresh;  // under all levels so far
        for (std::size_t d = 0; d < s_.depth; ++d) {
            const Words open = load8(s_.open[d]), close = load8(s_.close[d]);
            const Words under = rest & (close - open), here = rest ^ under;
            store8(s_.open[d], open | here);
            store8(s_.close[d], close | here << 1);
            rest = under;
        }
        if (any(rest)) {
            store8(s_.open[s_.depth], rest);
            store8(s_.close[s_.depth], rest << 1);
            ++s_.depth;
        }
        return fresh;
    }

    // Attempts of hidden segments do not count.
    EBIT_INLINE void pass_time(const Words& pending, const Reals& now) {
        const Reals passed = now - load8(s_.now);
        store8(s_.now, now);
        store8(s_.steps, load8(s_.steps) + reals(1.0));
        store8(s_.attempts, load8(s_.attempts) + passed * count_bits(pending & ~covered(0)));
    }

    // The nodes, among these, whose swaps succeed.
    EBIT_INLINE Words successes(const Words& nodes) {
        Words good = nodes & words(s_.sure);
        Words open = nodes ^ good;  // as many bits of their random numbers are those of the threshold
        for (std::size_t b = 0; b < s_.threshold_bits && any(open); ++b) {
            const Words threshold = words(s_.threshold[b]);
            Words drawn;
            for (std::size_t j = 0; j < parts; ++j) drawn.part[j] = random_.next(j);
            good = good | (open & threshold & ~drawn);
            open = open & ~(threshold ^ drawn);
        }
        return good;
    }

    // Every node that holds two links swaps; clusters with a failed swap are lost.
    EBIT_INLINE void swap_all() {
        Words nodes[SlottedLanes::most_levels], all = words(0);
        for (std::size_t d = 0; d < s_.depth; ++d) {
            nodes[d] = load8(s_.open[d]) & load8(s_.close[d]);
            all = all | nodes[d];
        }
        if (!any(all)) return;
        const Words failures = all & ~successes(all);
        if (s_.out_swaps != nullptr) store8(s_.swaps, load8(s_.swaps) + count_bits(all));
        for (std::size_t d = 0; d < s_.depth; ++d) {
            record_waits(d, nodes[d]);
            store8(s_.open[d], load8(s_.open[d]) ^ nodes[d]);
            store8(s_.close[d], load8(s_.close[d]) ^ nodes[d]);
        }
        if (!any(failures)) return;
        // From the deepest level up: what rises is dealt with already.
        for (std::size_t d = s_.depth; d-- > 0;) lose_clusters(d, nodes[d], nodes[d] & failures);
    }

    EBIT_INLINE void record_waits(std::size_t level, const Words& nodes) {
        const Reals now = load8(s_.now);
        for (std::uint64_t rest = united(nodes); rest != 0; rest &= rest - 1) {
            const std::size_t node = first_of(rest);
            const Words here = nodes & words(bit(node));
            double* left = waits_of(s_, level, 2 * node - 1);
            double* right = waits_of(s_, level, 2 * node);
            store8(left, select(here, now - load8(s_.time[node - 1]), load8(left)));
            store8(right, select(here, now - load8(s_.time[node]), load8(right)));
        }
    }

    // Loses the links that pass over nodes whose swaps failed, of those that swapped on this level.
    EBIT_INLINE void lose_clusters(std::size_t level, const Words& nodes, Words failures) {
        while (any(failures)) {
            const Words node = lowest(failures), below = (node - words(1)) & nonzero(node);
            const Words open = load8(s_.open[level]), close = load8(s_.close[level]);
            const Words from = highest(open & below);
            const Words to = lowest(close & ~below & nonzero(node));
            store8(s_.open[level], open ^ from);
            store8(s_.close[level], close ^ to);
            const Words inside = (to - from) ^ from;
            failures = failures & ~inside;
            if (s_.out_swaps != nullptr)
                store8(s_.lost_swaps, load8(s_.lost_swaps) + count_bits(nodes & inside));
            if (level + 1 == s_.depth) continue;
            const Words rising = load8(s_.open[level + 1]) & inside;
            if (!any(rising)) continue;
            alignas(64) std::uint64_t range[SlottedLanes::width];
            store8(range, inside);
            for (unsigned rest = lanes_of(rising); rest != 0; rest &= rest - 1) {
                const auto l = static_cast<std::size_t>(__builtin_ctz(rest));
                Lane{s_, l}.raise(level, range[l]);
            }
        }
    }

    EBIT_INLINE void deliver() {
        const Words all =
            equal(load8(s_.open[0]), words(1)) & equal(load8(s_.close[0]), words(bit(s_.segments)));
        for (unsigned rest = lanes_of(all); rest != 0; rest &= rest - 1) {
            const Lane lane{s_, static_cast<std::size_t>(__builtin_ctz(rest))};
            lane.deliver();
            --s_.active;
            lane.begin();
        }
    }

    // Segments that come free draw when their next link will be there.
    EBIT_INLINE void start_segments() {
        Words taken_right = load8(s_.open[0]), taken_left = load8(s_.close[0]);
        Words usable = load8(s_.usable), pending = load8(s_.pending);
        if (s_.idle) usable = usable & ~(taken_left - taken_right);
        if (s_.sequential) {
            const Words frontier = select(nonzero(taken_right & words(1)), lowest(taken_left), words(1));
            usable = usable & frontier;
            pending = pending & frontier;
        }
        for (std::size_t d = 1; d < s_.depth; ++d) {
            taken_right = taken_right | load8(s_.open[d]);
            taken_left = taken_left | load8(s_.close[d]);
        }
        const Words starting = usable & ~(pending | taken_right | taken_left >> 1);
        store8(s_.pending, pending | starting);
        std::uint64_t rest = united(starting);
        if (rest == 0) return;
        if (s_.log_end - s_.log_begin < SlottedLanes::width * s_.segments) draw_logs();
        const Reals now = load8(s_.now);
        const double* log = s_.logs + s_.log_begin;
        for (; rest != 0; rest &= rest - 1) {
            const std::size_t k = first_of(rest);
            const Words here = starting & words(bit(k));
            const unsigned mask = lanes_of(here);
            const Reals logs = expanded(log, mask, reals(0.0));
            log += __builtin_popcount(mask);
            Reals time = load8(s_.time[k]);
            for (std::size_t j = 0; j < parts; ++j) {
                const f64v next = now.part[j] + geometric(logs.part[j], s_.inverse_log_failure[k]);
                time.part[j] = here.part[j] != 0 ? next : time.part[j];
            }
            store8(s_.time[k], time);
        }
        s_.log_begin = static_cast<std::size_t>(log - s_.logs);
    }

    EBIT_INLINE void draw_logs() {
        std::size_t end = 0;
        while (s_.log_begin < s_.log_end) s_.logs[end++] = s_.logs[s_.log_begin++];
        for (; end + SlottedLanes::width <= SlottedLanes::log_count; end += SlottedLanes::width)
            for (std::size_t j = 0; j < parts; ++j) store(s_.logs + end + j * lanes, random_.next_log(j));
        s_.log_begin = 0;
        s_.log_end = end;
    }

    // ---- lane by lane ----

    // Where links grow too old or the policy has something to swap before the next link, that comes first.
    EBIT_INLINE bool next_slots(Reals& now, std::size_t& work) {
        alignas(64) double next[SlottedLanes::width];
        store8(next, now);
        for (std::size_t l = 0; l < SlottedLanes::width; ++l) {
            if (s_.expiry[l] < next[l]) next[l] = s_.expiry[l];
            if (s_.decide != nullptr && !ask_ahead({s_, l}, next[l], work)) return false;
        }
        now = load8(next);
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
        for (; slot < end; s.asked[l] = slot++) {
            s.steps[l] += 1.0;
            if (--work == 0) return false;
            if (lane.decided(slot) != 0) next = slot;
            if (next == slot) return true;
        }
        return true;
    }

    EBIT_INLINE void remember_births(const Words& fresh) {
        const Reals now = load8(s_.now);
        for (std::uint64_t rest = united(fresh); rest != 0; rest &= rest - 1) {
            const std::size_t k = first_of(rest);
            store8(s_.oldest[k], select(fresh & words(bit(k)), now, load8(s_.oldest[k])));
        }
    }

    EBIT_INLINE void swap_by_rule() {
        alignas(64) std::uint64_t nodes[SlottedLanes::width], good[SlottedLanes::width];
        for (std::size_t l = 0; l < SlottedLanes::width; ++l) {
            nodes[l] = Lane{s_, l}.decided(s_.now[l]);
            s_.changed[l] = nodes[l];
        }
        for (Words all = load8(nodes); any(all); all = load8(nodes)) {
            store8(good, successes(all));
            for (std::size_t l = 0; l < SlottedLanes::width; ++l) {
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
        for (std::size_t l = 0; l < SlottedLanes::width; ++l) Lane{s_, l}.discard();
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
