// Swap-asap with swaps that always succeed: all links start at once and stay, so a shot is a closed
// form of the link times. The pair is there when the last link is; the earlier of two neighbouring
// links waits at the repeater between them.
#include <algorithm>
#include <vector>

#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/kernels.hpp"

namespace ebit {

namespace {

class ParallelSampler final : public BlockSampler {
  public:
    ParallelSampler(const Chain& chain, const StorageColumns& columns) { compile(chain, columns); }

    bool turn_to(const Chain& chain, const StorageColumns& columns) override {
        if (chain.protocol != Protocol::swap_asap || chain.is_slotted()) return false;
        compile(chain, columns);
        return true;
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record, std::size_t shots) override {
        for (std::size_t c = 0; c < sums_.size(); ++c) sums_[c] = record.storage[c].data();
        const ParallelLinks links{laws_.size(),           laws_.data(),        wait_begin_.data(),
                                  waits_.data(),          first_waits_.data(), first_waits_.size(),
                                  last_waits_.data(),     last_waits_.size(),  record.time.data(),
                                  record.attempts.data(), sums_.data(),        sums_.size()};
        const std::size_t stretch = std::max<std::size_t>(8, 0x10000 / laws_.size() / 8 * 8);
        for (std::size_t done = 0; done < shots; done += stretch) {
            if (cancel.requested()) throw Cancelled{};
            chain_kernels().parallel_links(stream, links, done, std::min(stretch, shots - done));
        }
        // One successful swap at every repeater.
        if (record.counts) std::fill_n(record.swaps.data(), shots, static_cast<double>(laws_.size() - 1));
    }

  private:
    void compile(const Chain& chain, const StorageColumns& columns) {
        shots_ = block_shots_within(0x1p22, static_cast<double>(chain.size() + columns.of_state()));
        sums_.resize(columns.count);
        laws_.clear();
        waits_.clear();
        wait_begin_.assign(1, 0);
        double attempts = 0.0;
        for (std::size_t k = 0; k < chain.size(); ++k) {
            const ElementaryLink& link = chain.links[k];
            attempts += 1.0 / link.p_success;
            laws_.push_back({1.0 / log_one_minus(link.p_success), link.attempt_time});
            if (k > 0) add_waits(columns, k);
            wait_begin_.push_back(waits_.size());
        }
        require_countable(attempts, 0x1p50);
        first_waits_.clear();
        for (const Charge& charge : columns.memories.front())
            first_waits_.push_back({charge.column, charge.weight});
        last_waits_.clear();
        for (const Charge& charge : columns.memories.back())
            last_waits_.push_back({charge.column, charge.weight});
    }

    // Of the two memories at the repeater left of link k, column by column.
    void add_waits(const StorageColumns& columns, std::size_t k) {
        const std::vector<Charge>& before = columns.memories[2 * k - 1];
        const std::vector<Charge>& here = columns.memories[2 * k];
        if (columns.count == 1 && before.empty() && here.empty()) waits_.push_back({0, 0.0, 0.0});
        for (std::size_t b = 0, h = 0; b < before.size() || h < here.size();) {
            const bool from_before =
                h == here.size() || (b < before.size() && before[b].column <= here[h].column);
            const bool from_here =
                b == before.size() || (h < here.size() && here[h].column <= before[b].column);
            const std::size_t column = from_before ? before[b].column : here[h].column;
            waits_.push_back(
                {column, from_before ? before[b].weight : 0.0, from_here ? here[h].weight : 0.0});
            b += from_before;
            h += from_here;
        }
    }

    std::size_t shots_ = 0;
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
