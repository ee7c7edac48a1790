// Swap-asap with swaps that can fail, all links sharing one slot length. In every slot the segments
// whose two memories are free attempt; then every node that holds two links swaps; a pair between
// the ends is delivered; links that have reached the cut-off age are discarded. Slots in which nothing
// happens are skipped: one shot is a queue of link completions.
#include <algorithm>
#include <cmath>
#include <compare>
#include <functional>
#include <string>
#include <utility>

#include "ebit/base/error.hpp"
#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/patience.hpp"
#include "ebit/chain/variates.hpp"

namespace ebit {

namespace {

// Storage sums of one shot: 2^24 of them take 128 MiB.
constexpr std::size_t max_sums = std::size_t{1} << 24;

class SlottedSampler final : public BlockSampler {
  public:
    SlottedSampler(const Chain& chain, const StorageColumns& columns)
        : rules_(chain.slotted_rules()),
          columns_(columns),
          slot_(chain.common_attempt_time()),
          size_(chain.size()) {
        double tries = 1.0;
        for (std::size_t i = 1; i < size_; ++i) tries /= chain.nodes[i].bsm.p_success;
        shots_ = block_shots_within(0x1p18, static_cast<double>(size_ + columns.of_state()) * tries);
        for (std::size_t k = 0; k < size_; ++k)
            inverse_log_failure_.push_back(1.0 / log_one_minus(chain.links[k].p_success));
        for (const Node& node : chain.nodes) threshold_.push_back(bernoulli_threshold(node.bsm.p_success));
        if (2 * size_ * columns.count > max_sums)
            throw InvalidParameter(
                "links", std::to_string(size_) + " links",
                "at most 2048 where swap-asap swaps can fail and memories relax (finite t1)");
        offset_.push_back(0);
        for (const auto& charges : columns.memories) offset_.push_back(offset_.back() + charges.size());
        partner_.resize(2 * size_);
        born_.resize(2 * size_);
        expires_.resize(2 * size_);
        for (const double cutoff : rules_.cutoffs_in_slots(slot_))
            cutoff_.push_back(static_cast<std::int64_t>(std::min(cutoff, static_cast<double>(most_slots))));
        oldest_.resize(2 * size_);
        sums_.resize(2 * size_ * columns.count);
        segments_.resize(size_);
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record, std::size_t shots) override {
        Variates random(stream);
        patience_.begin_block(cancel);
        for (std::size_t s = 0; s < shots; ++s) {
            run_shot(random);
            record.time[s] = static_cast<double>(now_) * slot_;
            record.attempts[s] = static_cast<double>(attempts_);
            wait(0, 0);
            wait(0, 2 * size_ - 1);
            for (std::size_t c = 0; c < columns_.count; ++c) record.storage[c][s] = sums_[c];
            if (record.counts) record.swaps[s] = static_cast<double>(swaps_);
            if (record.counts) record.lost_swaps[s] = static_cast<double>(lost_swaps_);
        }
    }

  private:
    // Memory 2 k is the left end of segment k, 2 k + 1 its right end. A link, elementary or swapped,
    // is named by its left memory; its storage sums stand there.
    static constexpr std::size_t free = static_cast<std::size_t>(-1);

    struct Segment {
        bool attempting = false;
        std::size_t covers = 0;         // longer links above it
        std::int64_t counted_from = 0;  // attempts before this slot do not count
    };
    // Something that happens to a segment or a link in a slot to come.
    struct Event {
        std::int64_t slot;
        std::size_t place;
        auto operator<=>(const Event&) const = default;
    };
    static constexpr std::int64_t never = -1;

    void run_shot(Variates& random) {
        std::fill(partner_.begin(), partner_.end(), free);
        std::fill(segments_.begin(), segments_.end(), Segment{});
        queue_.clear();
        expiries_.clear();
        patience_.begin_shot();
        now_ = attempts_ = swaps_ = lost_swaps_ = 0;
        for (std::size_t k = 0; k < size_; ++k) start(k, random);
        while (partner_[0] != 2 * size_ - 1) {
            touched_.clear();
            now_ = next_slot();
            complete_links();
            swap_nodes(random);
            if (partner_[0] != 2 * size_ - 1) discard_old_links();
            for (const std::size_t k : touched_)
                if (may_start(k)) start(k, random);
        }
    }

    void step(std::size_t steps) { patience_.step(steps, now_, attempts_); }

    bool may_start(std::size_t k) const {
        const bool hidden_idle = segments_[k].covers > 0 && rules_.hidden_segments == HiddenSegments::idle;
        return !segments_[k].attempting && partner_[2 * k] == free && partner_[2 * k + 1] == free &&
               !hidden_idle;
    }

    void start(std::size_t k, Variates& random) {
        const auto attempts = static_cast<std::int64_t>(random.log_uniform() * inverse_log_failure_[k]) + 1;
        step(1);
        segments_[k].attempting = true;
        segments_[k].counted_from = now_;
        queue_.push_back({now_ + attempts, k});
        std::push_heap(queue_.begin(), queue_.end(), std::greater<>{});
    }

    // The next slot in which a link appears or grows too old.
    std::int64_t next_slot() const {
        if (queue_.empty()) return expiries_.front().slot;
        return expiries_.empty() ? queue_.front().slot
                                 : std::min(queue_.front().slot, expiries_.front().slot);
    }

    // Leaves the nodes that then hold two links.
    void complete_links() {
        ready_.clear();
        while (!queue_.empty() && queue_.front().slot == now_) {
            const std::size_t k = queue_.front().place;
            std::pop_heap(queue_.begin(), queue_.end(), std::greater<>{});
            queue_.pop_back();
            place_link(k);
        }
        std::sort(ready_.begin(), ready_.end());
        ready_.erase(std::unique(ready_.begin(), ready_.end()), ready_.end());
    }

    void place_link(std::size_t k) {
        Segment& segment = segments_[k];
        segment.attempting = false;
        if (segment.covers == 0) attempts_ += now_ - segment.counted_from;
        partner_[2 * k] = 2 * k + 1;
        partner_[2 * k + 1] = 2 * k;
        born_[2 * k] = born_[2 * k + 1] = now_;
        for (std::size_t c = column_begin(2 * k); c < column_end(2 * k + 1); ++c) sums(2 * k)[c] = 0.0;
        oldest_[2 * k] = now_;
        keep_while_young(2 * k);
        for (const std::size_t node : {k, k + 1})
            if (holds_two(node)) ready_.push_back(node);
    }

    // Remembers when the link named `left` will be too old.
    void keep_while_young(std::size_t left) {
        if (cutoff_.empty()) return;
        const std::int64_t limit = std::min(cutoff_[left / 2], cutoff_[(partner_[left] + 1) / 2]);
        expires_[left] = limit == most_slots ? never : std::max(now_, oldest_[left] + limit);
        if (expires_[left] == never) return;
        expiries_.push_back({expires_[left], left});
        std::push_heap(expiries_.begin(), expiries_.end(), std::greater<>{});
    }

    void discard_old_links() {
        while (!expiries_.empty() && expiries_.front().slot == now_) {
            const std::size_t left = expiries_.front().place;
            std::pop_heap(expiries_.begin(), expiries_.end(), std::greater<>{});
            expiries_.pop_back();
            // The entry may be that of a link that is gone.
            if (partner_[left] != free && expires_[left] == now_) lose(left);
        }
    }

    bool holds_two(std::size_t node) const {
        return node > 0 && node < size_ && partner_[2 * node - 1] != free && partner_[2 * node] != free;
    }

    void swap_nodes(Variates& random) {
        if (rules_.failed_swap == FailedSwap::left_to_right) {
            for (const std::size_t node : ready_)
                if (holds_two(node)) swap_or_lose(node, node, random);
        } else {
            // A cluster is met first at its leftmost node.
            for (const std::size_t node : ready_)
                if (holds_two(node)) swap_or_lose(node, last_of_cluster(node), random);
        }
    }

    // The rightmost node that swaps in this slot and is joined to `node` through links.
    std::size_t last_of_cluster(std::size_t node) const {
        while (true) {
            const std::size_t next = (partner_[2 * node] + 1) / 2;
            if (!std::binary_search(ready_.begin(), ready_.end(), next)) return node;
            node = next;
        }
    }

    // All swaps of the cluster from node `first` to node `last` succeed, or all its links are lost.
    void swap_or_lose(std::size_t first, std::size_t last, Variates& random) {
        bool success = true;
        std::int64_t tried = 0;
        for (std::size_t node = first;; node = (partner_[2 * node] + 1) / 2) {
            ++tried;
            success = success && random.success(threshold_[node]);
            if (node == last) break;
        }
        swaps_ += tried;
        if (!success) lost_swaps_ += tried;
        const std::size_t left = partner_[2 * first - 1];
        if (!success) lose(left);
        for (std::size_t node = first;;) {
            const std::size_t next = (partner_[2 * node] + 1) / 2;
            if (success)
                merge(left, node);
            else
                lose(2 * node);
            if (node == last) break;
            node = next;
        }
    }

    // The link that starts at memory `left` swaps at `node`.
    void merge(std::size_t left, std::size_t node) {
        const std::size_t here = 2 * node;
        const std::size_t right = partner_[here];
        wait(left, here - 1);
        wait(here, here);
        const std::size_t begin = column_begin(here), end = column_end(right);
        for (std::size_t c = begin; c < end; ++c)
            sums(left)[c] = (columns_.by_memory ? 0.0 : sums(left)[c]) + sums(here)[c];
        step(1 + end - begin);
        partner_[here - 1] = partner_[here] = free;
        partner_[left] = right;
        partner_[right] = left;
        oldest_[left] = std::min(oldest_[left], oldest_[here]);
        keep_while_young(left);
        for (const std::size_t k : {node - 1, node}) {
            if (2 * k > left && 2 * k + 1 < right) ++segments_[k].covers;
            touched_.push_back(k);
        }
    }

    void lose(std::size_t left) {
        const std::size_t right = partner_[left];
        partner_[left] = partner_[right] = free;
        step(1 + right - left);
        for (std::size_t k = left / 2; k <= right / 2; ++k) {
            if (2 * k > left && 2 * k + 1 < right && --segments_[k].covers == 0)
                segments_[k].counted_from = now_;
            touched_.push_back(k);
        }
    }

    // The columns that the memories from the left end of a link to its right end charge.
    std::size_t column_begin(std::size_t left) const { return columns_.by_memory ? offset_[left] : 0; }
    std::size_t column_end(std::size_t right) const {
        return columns_.by_memory ? offset_[right + 1] : columns_.count;
    }

    double* sums(std::size_t left) { return sums_.data() + left * columns_.count; }

    // Adds the storage of a memory, up to now, to the sums of the link named `left`.
    void wait(std::size_t left, std::size_t memory) {
        for (const Charge& charge : columns_.memories[memory])
            sums(left)[charge.column] += static_cast<double>(now_ - born_[memory]) * (charge.weight * slot_);
    }

    SlottedRules rules_;
    StorageColumns columns_;
    double slot_;
    std::size_t size_;
    std::size_t shots_;
    std::vector<std::size_t> offset_;          // by memory: charges of the memories before it
    std::vector<double> inverse_log_failure_;  // by segment
    std::vector<std::int64_t> threshold_;      // of a swap's success, by node

    Patience patience_;
    std::vector<std::int64_t> cutoff_;  // by node, in slots; most_slots: none

    // The shot at hand.
    std::int64_t now_ = 0;
    std::int64_t attempts_ = 0;
    std::int64_t swaps_ = 0;  // tried
    std::int64_t lost_swaps_ = 0;
    std::vector<std::size_t> partner_;  // by memory: the other end of its link, or free
    std::vector<std::int64_t> born_;    // by memory
    std::vector<double> sums_;          // by left memory and column
    std::vector<Segment> segments_;
    std::vector<Event> queue_;  // links to appear, a heap, next first
    // By left memory, of its link: when the oldest part of it was made, and its last slot.
    std::vector<std::int64_t> oldest_;
    std::vector<std::int64_t> expires_;
    std::vector<Event> expiries_;       // a heap likewise, some of links that are gone
    std::vector<std::size_t> ready_;    // nodes that hold two links
    std::vector<std::size_t> touched_;  // segments whose memories may have come free
};

}  // namespace

std::unique_ptr<BlockSampler> make_slotted_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<SlottedSampler>(chain, columns);
}

}  // namespace ebit
