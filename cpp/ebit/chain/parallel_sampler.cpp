// Swap-asap with swaps that always succeed: all links start at once and stay, so a shot is a closed
// form of the link times. The pair is there when the last link is; the earlier of two neighbouring
// links waits at the repeater between them.
#include <algorithm>
#include <array>
#include <vector>

#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/kernels.hpp"

namespace ebit {

namespace {

class ParallelSampler final : public BlockSampler {
  public:
    ParallelSampler(const Chain& chain, const StorageColumns& columns)
        : shots_(block_shots_within(0x1p22, static_cast<double>(chain.size() + columns.count))),
          before_(shots_),
          here_(shots_),
          first_(shots_) {
        for (std::size_t k = 0; k < chain.size(); ++k) {
            Link link{1.0 / log_one_minus(chain.links[k].p_success), chain.links[k].attempt_time, {}};
            for (std::size_t c = 0; k > 0 && c < columns.count; ++c) {
                const double before = columns.weight(2 * k - 1, c), here = columns.weight(2 * k, c);
                if (before != 0.0 || here != 0.0) link.waits.push_back({c, before, here});
            }
            links_.push_back(std::move(link));
        }
        ends_ = {columns.memories.front(), columns.memories.back()};
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record) override {
        for (auto& sum : record.storage) std::fill_n(sum.data(), shots_, 0.0);
        for (std::size_t k = 0; k < links_.size(); ++k) {
            if (cancel.requested()) throw Cancelled{};
            fill_link(k, stream, record);
        }
        wait_at_ends(record);
    }

  private:
    struct Wait {
        std::size_t column;
        double weight_before;
        double weight_here;
    };
    struct Link {
        double inverse_log_failure;
        double attempt_time;
        std::vector<Wait> waits;
    };

    void fill_link(std::size_t k, Stream& stream, Record& record) {
        waits_.clear();
        for (const Wait& wait : links_[k].waits)
            waits_.push_back({wait.weight_before, wait.weight_here, record.storage[wait.column].data()});
        const double* before = k == 0 ? nullptr : k == 1 ? first_.data() : before_.data();
        double* here = k == 0 ? first_.data() : here_.data();
        chain_kernels().link_row(stream,
                                 {links_[k].inverse_log_failure, links_[k].attempt_time, before, here,
                                  record.time.data(), record.attempts.data(), waits_.data(), waits_.size()},
                                 shots_);
        if (k > 0) std::swap(before_, here_);
    }

    // End nodes that store wait from their link's completion until the last one's.
    void wait_at_ends(Record& record) {
        const double* last = links_.size() == 1 ? first_.data() : before_.data();
        for (const Charge& charge : ends_[0])
            chain_kernels().add_wait(first_.data(), record.time.data(), charge.weight,
                                     record.storage[charge.column].data(), shots_);
        for (const Charge& charge : ends_[1])
            chain_kernels().add_wait(last, record.time.data(), charge.weight, record.storage[charge.column].data(),
                                     shots_);
    }

    std::size_t shots_;
    std::vector<Link> links_;
    std::array<std::vector<Charge>, 2> ends_;
    std::vector<WaitColumn> waits_;
    Buffer<double> before_, here_, first_;  // completion times
};

}  // namespace

std::unique_ptr<BlockSampler> make_parallel_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<ParallelSampler>(chain, columns);
}

}  // namespace ebit
