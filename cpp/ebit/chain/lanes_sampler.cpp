// Slotted chains of up to 63 segments, sixteen shots at a time.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/kernels.hpp"
#include "ebit/chain/lanes.hpp"
#include "ebit/chain/patience.hpp"
#include "ebit/chain/policy.hpp"
#include "ebit/rng/kernels.hpp"

namespace ebit {

namespace {

// Steps between two looks at the cancellation: up to a millisecond or so.
constexpr std::size_t patience = 2048;
// Of one shot: some ten seconds.
constexpr double most_steps = 0x1p27;

// The links that a pair costs, rough as it is, grow like this from 2 to 63 segments.
std::size_t block_shots_of(const Chain& chain) {
    double links = static_cast<double>(chain.size());
    for (std::size_t i = 1; i < chain.size(); ++i) links /= std::sqrt(chain.nodes[i].bsm.p_success);
    return std::max(SlottedLanes::width, block_shots_within(0x1p22, links));
}

class LanesSampler final : public BlockSampler {
  public:
    LanesSampler(const Chain& chain, const StorageColumns& columns)
        : lanes_(std::make_unique_for_overwrite<SlottedLanes>()) {
        compile(chain, columns);
    }

    bool turn_to(const Chain& chain, const StorageColumns& columns) override {
        if (sampler_kind(chain) != SamplerKind::lanes) return false;
        compile(chain, columns);
        return true;
    }

    std::size_t block_shots() const override { return lanes_->shots; }

    void fill(Stream& stream, Cancellation& cancel, Record& record, std::size_t shots) override {
        SlottedLanes& s = *lanes_;
        for (std::size_t c = 0; c < sums_.size(); ++c) sums_[c] = record.storage[c].data();
        s.out_time = record.time.data();
        s.out_attempts = record.attempts.data();
        s.out_storage = sums_.data();
        s.out_swaps = record.counts ? record.swaps.data() : nullptr;
        s.out_lost_swaps = record.counts ? record.lost_swaps.data() : nullptr;
        s.next_shot = s.active = s.log_begin = s.log_end = 0;
        s.depth = 1;
        std::memset(s.open, 0, sizeof s.open);
        std::memset(s.close, 0, sizeof s.close);
        // Of a part of a block it is seen early that it is done.
        const std::size_t steps = shots < s.shots ? patience / 128 : patience;
        do {
            if (cancel.requested()) throw Cancelled{};
            chain_kernels().slotted(stream, s, steps);
            check_progress();
        } while (!is_done(shots));
        for (std::size_t i = 0; i < shots; ++i) check_countable(record.time[i] / s.slot, record.attempts[i]);
    }

  private:
    void compile(const Chain& chain, const StorageColumns& columns) {
        const SlottedRules& rules = chain.slotted_rules();
        SlottedLanes& s = *lanes_;
        s.segments = chain.size();
        s.slot = chain.common_attempt_time();
        for (std::size_t k = 0; k < s.segments; ++k)
            s.inverse_log_failure[k] = 1.0 / log_one_minus(chain.links[k].p_success);
        set_thresholds(chain);
        s.idle = rules.hidden_segments == HiddenSegments::idle;
        s.sequential = rules.generation == Generation::sequential;
        s.left_to_right = rules.failed_swap == FailedSwap::left_to_right;
        cutoffs_ = rules.cutoffs_in_slots(s.slot);
        s.cutoff = cutoffs_.empty() ? nullptr : cutoffs_.data();
        policy_.emplace(rules, chain.size());
        s.decide = rules.policy == Policy::swap_asap ? nullptr : &PolicyAnswers::decide;
        s.policy = &*policy_;
        s.repeats = policy_->repeats();
        s.last_age = policy_->last_age();
        charges_.clear();
        for (std::size_t m = 0; m < columns.memories.size(); ++m)
            for (const Charge& charge : columns.memories[m])
                charges_.push_back({m, charge.column, charge.weight * s.slot});
        s.charges = charges_.data();
        s.charge_count = charges_.size();
        s.column_count = columns.count;
        waits_.reserve((s.segments + 1) / 2 * 2 * s.segments * SlottedLanes::width);
        s.waits = waits_.data();
        s.shots = block_shots_of(chain);
        sums_.resize(columns.count);
    }

    // Whether these shots are: then all lanes are at later ones.
    bool is_done(std::size_t shots) const {
        const SlottedLanes& s = *lanes_;
        if (s.next_shot < shots) return false;
        for (std::size_t l = 0; l < SlottedLanes::width; ++l)
            if (s.usable[l] != 0 && s.shot[l] < shots) return false;
        return true;
    }

    void set_thresholds(const Chain& chain) {
        SlottedLanes& s = *lanes_;
        std::fill(std::begin(s.threshold), std::end(s.threshold), 0);
        s.sure = 0;
        s.threshold_bits = 0;
        for (std::size_t i = 1; i < s.segments; ++i) {
            const auto threshold =
                static_cast<std::uint64_t>(bernoulli_threshold(chain.nodes[i].bsm.p_success));
            s.sure |= (threshold >> 62) << i;
            for (std::size_t b = 0; b < 62; ++b) s.threshold[b] |= (threshold >> (61 - b) & 1) << i;
        }
        for (std::size_t b = 0; b < 62; ++b)
            if (s.threshold[b] != 0) s.threshold_bits = b + 1;
    }

    void check_progress() const {
        const SlottedLanes& s = *lanes_;
        for (std::size_t l = 0; l < SlottedLanes::width; ++l) {
            if (s.usable[l] == 0) continue;
            if (std::isinf(s.now[l]))
                throw std::runtime_error(
                    "a shot has come to rest without a pair: its rules never deliver one");
            if (s.steps[l] > most_steps)
                throw std::runtime_error(
                    "a shot takes more than 2^27 steps: the chain has next to no chance to deliver");
            check_countable(s.now[l], s.attempts[l]);
        }
    }

    static void check_countable(double slots, double attempts) {
        constexpr auto most = static_cast<double>(most_slots);
        if (slots > most || attempts > most)
            throw std::runtime_error("a shot takes more than 2^53 slots or attempts: they cannot be counted");
    }

    std::optional<PolicyAnswers> policy_;
    std::vector<double> cutoffs_;
    std::vector<SlottedLanes::Charge> charges_;
    std::vector<double*> sums_;
    Buffer<double> waits_;
    std::unique_ptr<SlottedLanes> lanes_;
};

}  // namespace

std::unique_ptr<BlockSampler> make_lanes_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<LanesSampler>(chain, columns);
}

}  // namespace ebit
