// Swap-asap with swaps that always succeed: all links start at once and stay, so a shot is a closed
// form of the link times. The pair is there when the last link is; the earlier of two neighbouring
// links waits at the repeater between them. With a global cut-off a shot is a number of such rounds,
// of which the last one ends in time.
#include <algorithm>
#include <cmath>
#include <vector>

#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/kernels.hpp"

namespace ebit {

namespace {

// With room for the rounding of slots.
double round_limit(const Chain& chain) { return chain.global_cutoff * (1.0 + 1e-12); }

// The links of a chain, drawn once for every shot.
class LinkDraws {
  public:
    void compile(const Chain& chain, const StorageColumns& columns) {
        in_rounds_ = chain.restarts();
        limit_ = round_limit(chain);
        sums_.resize(columns.count);
        laws_.clear();
        waits_.clear();
        wait_begin_.assign(1, 0);
        double inverse_log_failure = 0.0;
        for (std::size_t k = 0; k < chain.size(); ++k) {
            // Neighbours are often alike.
            if (k == 0 || chain.links[k].p_success != chain.links[k - 1].p_success)
                inverse_log_failure = 1.0 / log_one_minus(chain.links[k].p_success);
            laws_.push_back({inverse_log_failure, chain.links[k].attempt_time,
                             in_rounds_ ? chain.most_attempts(k) : 0.0});
            if (k > 0) add_waits(columns, k);
            wait_begin_.push_back(waits_.size());
        }
        first_waits_.clear();
        for (const Charge& charge : columns.memories.front())
            first_waits_.push_back({charge.column, charge.weight});
        last_waits_.clear();
        for (const Charge& charge : columns.memories.back())
            last_waits_.push_back({charge.column, charge.weight});
    }

    // Fills the first `count` places of a record.
    void draw(Stream& stream, Cancellation& cancel, Record& record, std::size_t count) {
        for (std::size_t c = 0; c < sums_.size(); ++c) sums_[c] = record.storage[c].data();
        const ParallelLinks links{laws_.size(),        laws_.data(),
                                  wait_begin_.data(),  waits_.data(),
                                  first_waits_.data(), first_waits_.size(),
                                  last_waits_.data(),  last_waits_.size(),
                                  record.time.data(),  record.attempts.data(),
                                  sums_.data(),        sums_.size(),
                                  in_rounds_,          limit_,
                                  record.swaps.data()};
        const std::size_t stretch = std::max<std::size_t>(8, 0x10000 / laws_.size() / 8 * 8);
        for (std::size_t done = 0; done < count; done += stretch) {
            if (cancel.requested()) throw Cancelled{};
            chain_kernels().parallel_links(stream, links, done, std::min(stretch, count - done));
        }
    }

  private:
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

    bool in_rounds_ = false;
    double limit_ = 0.0;
    std::vector<LinkLaw> laws_;
    std::vector<std::size_t> wait_begin_;
    std::vector<LinkWait> waits_;
    std::vector<EndWait> first_waits_;
    std::vector<EndWait> last_waits_;
    std::vector<double*> sums_;
};

double mean_attempts(const Chain& chain) {
    double attempts = 0.0;
    for (const ElementaryLink& link : chain.links) attempts += 1.0 / link.p_success;
    return attempts;
}

double cost(const Chain& chain, const StorageColumns& columns) {
    return static_cast<double>(chain.size() + columns.of_state());
}

class ParallelSampler final : public BlockSampler {
  public:
    ParallelSampler(const Chain& chain, const StorageColumns& columns) { compile(chain, columns); }

    bool turn_to(const Chain& chain, const StorageColumns& columns) override {
        if (sampler_kind(chain) != SamplerKind::parallel) return false;
        compile(chain, columns);
        return true;
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record, std::size_t shots) override {
        links_.draw(stream, cancel, record, shots);
        // One successful swap at every repeater.
        if (record.counts) std::fill_n(record.swaps.data(), shots, swaps_);
    }

  private:
    void compile(const Chain& chain, const StorageColumns& columns) {
        shots_ = block_shots_within(0x1p22, cost(chain, columns));
        swaps_ = static_cast<double>(chain.size() - 1);
        links_.compile(chain, columns);
        require_countable(mean_attempts(chain), 0x1p50);
    }

    std::size_t shots_ = 0;
    double swaps_ = 0.0;
    LinkDraws links_;
};

class RestartingSampler final : public BlockSampler {
  public:
    RestartingSampler(const Chain& chain, const StorageColumns& columns) { compile(chain, columns); }

    bool turn_to(const Chain& chain, const StorageColumns& columns) override {
        if (sampler_kind(chain) != SamplerKind::restarting) return false;
        compile(chain, columns);
        return true;
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record, std::size_t shots) override {
        Rounds rounds = prepared();
        for (std::size_t made = 0; made < shots;) {
            rounds.count = rounds_for(shots_ - made);
            links_.draw(stream, cancel, rounds_, rounds.count);
            place(rounds, made);
            made += chain_kernels().keep_rounds(rounds);
        }
        for (std::size_t s = 0; s < shots; ++s)
            record.time[s] = (made_rounds_[s] - 1.0) * restart_ + made_.time[s];
        std::copy_n(made_.attempts.data(), shots, record.attempts.data());
        if (record.counts) std::copy_n(made_.swaps.data(), shots, record.swaps.data());
        for (std::size_t c = 0; c < sums_.size(); ++c)
            std::copy_n(made_.storage[c].data(), shots, record.storage[c].data());
    }

  private:
    static constexpr std::size_t stretch = 512;

    void compile(const Chain& chain, const StorageColumns& columns) {
        restart_ = chain.global_cutoff;
        p_round_ = chain.p_round();
        shots_ = block_shots_within(0x1p22, cost(chain, columns) / p_round_);
        double attempts = 0.0;
        for (std::size_t k = 0; k < chain.size(); ++k) attempts += chain.most_attempts(k) / p_round_;
        require_countable(std::min(attempts, mean_attempts(chain) / p_round_), 0x1p44);
        links_.compile(chain, columns);
        rounds_.fit(stretch, columns.count, true);
        made_.fit(shots_ + stretch + 8, columns.count, true);
        made_rounds_.reserve(shots_ + stretch + 8);
        sums_.resize(columns.count);
        made_sums_.resize(columns.count);
    }

    // A multiple of eight.
    std::size_t rounds_for(std::size_t missing) const {
        const double wanted = std::ceil(static_cast<double>(missing) / p_round_ / 8.0) * 8.0;
        return wanted < static_cast<double>(stretch) ? static_cast<std::size_t>(wanted) : stretch;
    }

    Rounds prepared() {
        Rounds rounds{};
        rounds.limit = restart_ * (1.0 + 1e-12);
        rounds.latest = rounds_.time.data();
        rounds.attempts = rounds_.attempts.data();
        for (std::size_t c = 0; c < sums_.size(); ++c) sums_[c] = rounds_.storage[c].data();
        rounds.swaps = rounds_.swaps.data();
        rounds.sums = sums_.data();
        rounds.made_sums = made_sums_.data();
        rounds.column_count = sums_.size();
        return rounds;
    }

    void place(Rounds& rounds, std::size_t made) {
        rounds.made_latest = made_.time.data() + made;
        rounds.made_rounds = made_rounds_.data() + made;
        rounds.made_attempts = made_.attempts.data() + made;
        rounds.made_swaps = made_.swaps.data() + made;
        for (std::size_t c = 0; c < sums_.size(); ++c) made_sums_[c] = made_.storage[c].data() + made;
    }

    double restart_ = 0.0;
    double p_round_ = 1.0;
    std::size_t shots_ = 0;
    LinkDraws links_;
    Record rounds_;
    Record made_;
    Buffer<double> made_rounds_;
    std::vector<const double*> sums_;
    std::vector<double*> made_sums_;
};

}  // namespace

std::unique_ptr<BlockSampler> make_parallel_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<ParallelSampler>(chain, columns);
}

std::unique_ptr<BlockSampler> make_restarting_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<RestartingSampler>(chain, columns);
}

}  // namespace ebit
