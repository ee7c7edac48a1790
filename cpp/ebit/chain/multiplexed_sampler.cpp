// Slotted chains with any number of memories toward each side of every node, one shot at a time; those
// with one memory on few segments run faster in lanes. In every slot
//
// (i)   segment k makes min(free right memories of node k, free left memories of node k + 1)
//       attempts; a new link has age 0;
// (ii)  nodes match links that end there with links that begin there and swap the pairs: of a links
//       and b links min(a, b) pairs. Swap-asap: any links; every node once, all at once or one after
//       another from the left. Doubling: the two halves of the node's interval of the balanced
//       binary tree; all nodes at once, again and again until no node holds both halves;
// (iii) the youngest link between the ends is delivered;
// (iv)  links that have reached the smaller cut-off of their two end nodes are discarded, others age.
//
// A swapped link is as old as the oldest of its parts. Matching takes the youngest links first
// (best_first) or the oldest (first_come), of equal ones the longer, then those whose qubits came to
// the node earlier, and pairs them in this order; or it is random: every injection of the fewer links
// into the more is as likely as any other.
//
// Slots in which nothing happens are skipped. A segment's attempts, however many a slot holds, are one
// row of trials: it counts them down to its next success, so that a link costs one variate.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/calendar.hpp"
#include "ebit/chain/link_table.hpp"
#include "ebit/chain/patience.hpp"
#include "ebit/chain/variates.hpp"

namespace ebit {

namespace {

using Index = LinkTable::Index;
constexpr Index none = LinkTable::none;

// The intervals of the balanced binary tree over a chain: of an odd number of segments the left half
// takes one more.
struct Interval {
    std::size_t left = 0;
    std::size_t right = 0;
    std::size_t above = 0;  // the node whose interval this one is a half of, or 0
};

class MultiplexedSampler final : public BlockSampler {
  public:
    MultiplexedSampler(const Chain& chain, const StorageColumns& columns)
        : rules_(chain.slotted),
          columns_(columns),
          slot_(chain.common_attempt_time()),
          size_(chain.size()),
          links_(size_ + 1, rules_.memories),
          births_(size_),
          expiries_(size_ * rules_.memories),
          segments_(size_),
          sums_(columns.count) {
        double tries = 1.0;
        for (std::size_t i = 1; i < size_; ++i) tries /= chain.nodes[i].bsm.p_success;
        const std::size_t places = size_ * rules_.memories;
        shots_ = block_shots_within(0x1p18, static_cast<double>(places + columns.of_state()) * tries);
        for (const ElementaryLink& link : chain.links)
            inverse_log_failure_.push_back(1.0 / log_one_minus(link.p_success));
        for (const Node& node : chain.nodes) threshold_.push_back(bernoulli_threshold(node.bsm.p_success));
        for (const double slots : rules_.cutoffs_in_slots(slot_))
            cutoffs_.push_back(slots < static_cast<double>(most_slots) ? static_cast<std::int64_t>(slots)
                                                                       : Calendar::never);
        intervals_.resize(size_ + 1);
        above_segment_.resize(size_);
        add_intervals(0, size_, 0);
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record, std::size_t shots) override {
        Variates random(stream);
        patience_.begin_block(cancel);
        for (std::size_t s = 0; s < shots; ++s) {
            const Index delivered = run_shot(random);
            add_storage(delivered);
            record.time[s] = static_cast<double>(now_) * slot_;
            record.attempts[s] = static_cast<double>(attempts_);
            for (std::size_t c = 0; c < columns_.count; ++c) record.storage[c][s] = sums_[c];
            if (record.counts) record.swaps[s] = static_cast<double>(swaps_);
            if (record.counts) record.lost_swaps[s] = static_cast<double>(lost_swaps_);
        }
    }

  private:
    struct Segment {
        std::int64_t trials = 0;  // up to and with its next success, from the slot after `since` on
        std::int64_t rate = 0;    // trials a slot
        std::int64_t since = 0;
        std::size_t covers = 0;  // longer links above it
        bool touched = false;
    };
    // Two links that a node swaps.
    struct Match {
        Index a;
        Index b;
        bool done;
    };
    // A link that a node may swap: the least by rank, shortness and place comes first.
    struct Candidate {
        std::int64_t rank;
        std::size_t shortness;
        std::size_t place;
        Index link;
        auto order() const { return std::tie(rank, shortness, place); }
        bool operator<(const Candidate& other) const { return order() < other.order(); }
    };

    void add_intervals(std::size_t left, std::size_t right, std::size_t above) {
        if (right - left == 1) {
            above_segment_[left] = above;
            return;
        }
        const std::size_t node = left + (right - left + 1) / 2;
        intervals_[node] = {left, right, above};
        add_intervals(left, node, node);
        add_intervals(node, right, node);
    }

    Index run_shot(Variates& random) {
        patience_.begin_shot();
        links_.clear();
        touched_.clear();
        if (!cutoffs_.empty()) expiries_.clear();
        now_ = attempts_ = swaps_ = lost_swaps_ = 0;
        for (std::size_t k = 0; k < size_; ++k) {
            segments_[k] = {trials_to_success(k, random), 0, 0, 0, false};
            resume(k);
        }
        while (true) {
            now_ = std::min(births_.next(), expiries_.next());
            if (now_ == Calendar::never)
                throw std::runtime_error(
                    "a shot has come to a stop: links that no node can join hold the memories of every "
                    "segment; a cut-off would discard them");
            make_links(random);
            swap_links(random);
            const Index delivered = best_between_ends();
            if (delivered != none) {
                for (Segment& segment : segments_) settle(segment);
                links_.deliver(delivered, now_);
                return delivered;
            }
            while (expiries_.next() == now_) lose(static_cast<Index>(expiries_.first()));
            for (const std::size_t k : touched_) resume(k);
            touched_.clear();
        }
    }

    // --- attempts

    std::int64_t trials_to_success(std::size_t k, Variates& random) const {
        return static_cast<std::int64_t>(random.log_uniform() * inverse_log_failure_[k]) + 1;
    }

    // Counts the trials up to and with the slot at hand.
    void settle(Segment& segment) {
        const std::int64_t tried = (now_ - segment.since) * segment.rate;
        segment.trials -= tried;
        if (segment.covers == 0) attempts_ += tried;
        segment.since = now_;
    }

    // What makes a segment's attempts or counts them is about to change.
    void touch(std::size_t k) {
        if (segments_[k].touched) return;
        settle(segments_[k]);
        segments_[k].touched = true;
        touched_.push_back(k);
    }

    // How the segment goes on after this slot.
    void resume(std::size_t k) {
        Segment& segment = segments_[k];
        segment.touched = false;
        const bool idle = segment.covers > 0 && rules_.hidden_segments == HiddenSegments::idle;
        segment.rate = idle ? 0 : static_cast<std::int64_t>(links_.room(k));
        births_.set(k, segment.rate == 0 ? Calendar::never : now_ + (segment.trials - 1) / segment.rate + 1);
    }

    // Leaves the nodes that may swap, from left to right.
    void make_links(Variates& random) {
        ready_.clear();
        while (births_.next() == now_) {
            const std::size_t k = births_.first();
            Segment& segment = segments_[k];
            touch(k);
            births_.set(k, Calendar::never);
            for (; segment.trials <= 0; segment.trials += trials_to_success(k, random)) {
                set_expiry(links_.add(k, now_));
                step(1);
            }
            if (rules_.policy == Policy::doubling) {
                add_ready(above_segment_[k]);
            } else {
                add_ready(k);
                add_ready(k + 1);
            }
        }
    }

    void add_ready(std::size_t node) {
        if (ready_.empty() || ready_.back() != node) ready_.push_back(node);
    }

    // --- swaps

    void swap_links(Variates& random) {
        if (rules_.policy == Policy::doubling) {
            swap_halves(random);
        } else if (rules_.failed_swap == FailedSwap::left_to_right) {
            for (const std::size_t node : ready_) {
                matches_.clear();
                match_at(node, random);
                swap_pairs(random);
            }
        } else {
            matches_.clear();
            for (const std::size_t node : ready_) match_at(node, random);
            swap_paths(random);
        }
    }

    void swap_halves(Variates& random) {
        while (!ready_.empty()) {
            std::sort(ready_.begin(), ready_.end());
            ready_.erase(std::unique(ready_.begin(), ready_.end()), ready_.end());
            matches_.clear();
            for (const std::size_t node : ready_) match_at(node, random);
            ready_.clear();
            for (const Match& match : matches_) ready_.push_back(intervals_[links_[match.a].right].above);
            swap_pairs(random);
        }
    }

    // Links joined by matches are a path: its first match is met first.
    void swap_paths(Variates& random) {
        for (std::size_t m = 0; m < matches_.size(); ++m) links_[matches_[m].a].match = static_cast<Index>(m);
        for (std::size_t m = 0; m < matches_.size(); ++m)
            if (!matches_[m].done) swap_path(m, random);
    }

    // All swaps of a path succeed, or all its links are lost.
    void swap_path(std::size_t first, Variates& random) {
        bool success = true;
        path_.clear();
        for (std::size_t m = first; m != none; m = links_[matches_[m].b].match) {
            matches_[m].done = true;
            path_.push_back(matches_[m].b);
            success = success && random.success(threshold_[links_[matches_[m].a].right]);
        }
        count_swaps(path_.size(), success);
        const Index start = matches_[first].a;
        links_[start].match = none;
        for (const Index link : path_) links_[link].match = none;
        if (!success) lose(start);
        for (const Index link : path_) {
            if (success)
                join(start, link);
            else
                lose(link);
        }
    }

    void swap_pairs(Variates& random) {
        for (const Match& match : matches_) {
            const bool success = random.success(threshold_[links_[match.a].right]);
            count_swaps(1, success);
            if (success) {
                join(match.a, match.b);
            } else {
                lose(match.a);
                lose(match.b);
            }
        }
    }

    void count_swaps(std::size_t tried, bool success) {
        swaps_ += static_cast<std::int64_t>(tried);
        if (!success) lost_swaps_ += static_cast<std::int64_t>(tried);
    }

    void match_at(std::size_t node, Variates& random) {
        if (!links_.holds_both(node)) return;
        find_candidates(node, LinkTable::left, ending_);
        find_candidates(node, LinkTable::right, beginning_);
        const std::size_t pairs = std::min(ending_.size(), beginning_.size());
        if (pairs == 0) return;
        if (rules_.matching == Matching::random) {
            shuffle(ending_.size() > pairs ? ending_ : beginning_, pairs, random);
        } else {
            choose(ending_, pairs);
            choose(beginning_, pairs);
        }
        for (std::size_t i = 0; i < pairs; ++i)
            matches_.push_back({ending_[i].link, beginning_[i].link, false});
    }

    static void choose(std::vector<Candidate>& candidates, std::size_t count) {
        const auto begin = candidates.begin();
        std::partial_sort(begin, begin + static_cast<std::ptrdiff_t>(count), candidates.end());
    }

    // Every row of `count` candidates is as likely as any other to stand in front.
    static void shuffle(std::vector<Candidate>& candidates, std::size_t count, Variates& random) {
        for (std::size_t i = 0; i < count && i + 1 < candidates.size(); ++i)
            std::swap(candidates[i], candidates[i + random.below(candidates.size() - i)]);
    }

    void find_candidates(std::size_t node, LinkTable::Side side, std::vector<Candidate>& candidates) const {
        candidates.clear();
        const bool doubling = rules_.policy == Policy::doubling;
        const bool youngest_first = rules_.matching == Matching::best_first;
        const Interval& whole = intervals_[node];
        for (const Index index : links_.held(node, side)) {
            const LinkTable::Link& link = links_[index];
            if (doubling && (side == LinkTable::left ? link.left != whole.left : link.right != whole.right))
                continue;
            candidates.push_back({youngest_first ? -link.born : link.born, size_ - (link.right - link.left),
                                  candidates.size(), index});
        }
    }

    void join(Index a, Index b) {
        const std::size_t left = links_[a].left, node = links_[a].right, right = links_[b].right;
        touch(node - 1);
        touch(node);
        if (node - left == 1) ++segments_[left].covers;
        if (right - node == 1) ++segments_[node].covers;
        links_.join(a, b, now_);
        if (!cutoffs_.empty()) expiries_.set(b, Calendar::never);
        set_expiry(a);
        step(1);
    }

    void lose(Index index) {
        const LinkTable::Link& link = links_[index];
        touch(link.left);
        touch(link.right - 1);
        if (link.right - link.left > 1)
            for (std::size_t k = link.left; k < link.right; ++k) {
                if (segments_[k].covers == 1) touch(k);
                --segments_[k].covers;
            }
        step(link.right - link.left);
        links_.remove(index);
        if (!cutoffs_.empty()) expiries_.set(index, Calendar::never);
    }

    // --- ages

    // A cut-off that is shorter than a new link's age strikes at the end of this slot.
    void set_expiry(Index index) {
        if (cutoffs_.empty()) return;
        const LinkTable::Link& link = links_[index];
        const std::int64_t cutoff = std::min(cutoffs_[link.left], cutoffs_[link.right]);
        expiries_.set(index, cutoff == Calendar::never ? cutoff : std::max(now_, link.born + cutoff));
    }

    Index best_between_ends() const {
        Index best = none;
        for (const Index index : links_.held(0, LinkTable::right))
            if (links_[index].right == size_ && (best == none || links_[index].born > links_[best].born))
                best = index;
        return best;
    }

    void add_storage(Index delivered) {
        std::fill(sums_.begin(), sums_.end(), 0.0);
        std::size_t memory = 0;
        for (Index p = links_[delivered].first_piece; memory < 2 * size_; p = links_.piece(p).next) {
            const LinkTable::Piece& piece = links_.piece(p);
            for (const std::int64_t until : {piece.left_until, piece.right_until}) {
                for (const Charge& charge : columns_.memories[memory])
                    sums_[charge.column] += static_cast<double>(until - piece.born) * (charge.weight * slot_);
                ++memory;
            }
        }
    }

    void step(std::size_t steps) { patience_.step(steps, now_, attempts_); }

    SlottedRules rules_;
    StorageColumns columns_;
    double slot_;
    std::size_t size_;
    std::size_t shots_;
    std::vector<double> inverse_log_failure_;  // by segment
    std::vector<std::int64_t> threshold_;      // of a swap's success, by node
    std::vector<std::int64_t> cutoffs_;        // slots, by node; empty: none
    std::vector<Interval> intervals_;          // by the node that joins its halves
    std::vector<std::size_t> above_segment_;
    Patience patience_;

    // The shot at hand.
    std::int64_t now_ = 0;
    std::int64_t attempts_ = 0;
    std::int64_t swaps_ = 0;  // tried
    std::int64_t lost_swaps_ = 0;
    LinkTable links_;
    Calendar births_;    // by segment
    Calendar expiries_;  // by link
    std::vector<Segment> segments_;
    std::vector<std::size_t> touched_;  // segments that go on anew after this slot
    std::vector<std::size_t> ready_;    // nodes that may swap
    std::vector<Match> matches_;
    std::vector<Index> path_;
    std::vector<Candidate> ending_;  // candidates at a node
    std::vector<Candidate> beginning_;
    std::vector<double> sums_;  // by column
};

}  // namespace

std::unique_ptr<BlockSampler> make_multiplexed_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<MultiplexedSampler>(chain, columns);
}

}  // namespace ebit
