// Swap-asap with swaps that always succeed: all links start at once and stay, so a shot is a closed
// form of the link times. The pair is there when the last link is; the earlier of two neighbouring
// links waits at the repeater between them.
#include <algorithm>
#include <set>
#include <vector>

#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/kernels.hpp"

namespace ebit {

namespace {

class ParallelSampler final : public BlockSampler {
  public:
    ParallelSampler(const Chain& chain, const StorageColumns& columns)
        : shots_(block_shots_within(0x1p22, static_cast<double>(chain.size() + columns.of_state()))),
          sums_(columns.count) {
        double attempts = 0.0;
        for (const ElementaryLink& link : chain.links) attempts += 1.0 / link.p_success;
        require_countable(attempts, 0x1p50);
        wait_begin_.push_back(0);
        for (std::size_t k = 0; k < chain.size(); ++k) {
            laws_.push_back({1.0 / log_one_minus(chain.links[k].p_success), chain.links[k].attempt_time});
            if (k > 0) add_waits(columns, k);
            wait_begin_.push_back(waits_.size());
        }
        for (const Charge& charge : columns.memories.front())
            first_waits_.push_back({charge.column, charge.weight});
        for (const Charge& charge : columns.memories.back())
            last_waits_.push_back({charge.column, charge.weight});
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record) override {
        for (std::size_t c = 0; c < sums_.size(); ++c) sums_[c] = record.storage[c].data();
        const ParallelLinks links{laws_.size(),           laws_.data(),        wait_begin_.data(),
                                  waits_.data(),          first_waits_.data(), first_waits_.size(),
                                  last_waits_.data(),     last_waits_.size(),  record.time.data(),
                                  record.attempts.data(), sums_.data(),        sums_.size()};
        const std::size_t stretch = std::max<std::size_t>(8, 0x10000 / laws_.size() / 8 * 8);
        for (std::size_t done = 0; done < shots_; done += stretch) {
            if (cancel.requested()) throw Cancelled{};
            chain_kernels().parallel_links(stream, links, done, std::min(stretch, shots_ - done));
        }
        // One successful swap at every repeater.
        if (record.counts) std::fill_n(record.swaps.data(), shots_, static_cast<double>(laws_.size() - 1));
    }

  private:
    void add_waits(const StorageColumns& columns, std::size_t k) {
        std::set<std::size_t> charged;
        if (columns.count == 1) charged.insert(0);
        for (const std::size_t memory : {2 * k - 1, 2 * k})
            for (const Charge& charge : columns.memories[memory]) charged.insert(charge.column);
        for (const std::size_t c : charged)
            waits_.push_back({c, columns.weight(2 * k - 1, c), columns.weight(2 * k, c)});
    }

    std::size_t shots_;
    std::vector<LinkLaw> laws_;
    std::vector<std::size_t> wait_begin_;
    std::vector<LinkWait> waits_;
    std::vector<EndWait> first_waits_;
    std::vector<EndWait> last_waits_;
    std::vector<double*> sums_;
};

}  // namespace

std::unique_ptr<BlockSampler> make_parallel_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<ParallelSampler>(chain, columns);
}

}  // namespace ebit
