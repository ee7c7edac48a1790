// Samples a chain: every shot as a column entry, or a summary that keeps no shots.
//
// Shot s belongs to block s / block_shots, and a block depends on the run key and its number alone:
// results do not depend on threads, nor on how a range of shots is cut.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "ebit/chain/chain.hpp"
#include "ebit/chain/delivered_state.hpp"
#include "ebit/chain/histogram.hpp"
#include "ebit/chain/worker.hpp"

namespace ebit {

// A range of shots of one run.
struct Shots {
    std::uint64_t key = 0;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    int threads = 1;

    void check() const;
};

// What a summary keeps of the shots it has seen.
struct Summary {
    SummaryMoments moments;
    TimeHistogram waiting_time_histogram;
    UnitHistogram fidelity_histogram;
    std::vector<StorageHistogram> storage_histograms;  // with telemetry, by node

    bool has_telemetry() const { return !storage_histograms.empty(); }
};

class Sampler {
  public:
    explicit Sampler(const Chain& chain);
    ~Sampler();

    std::size_t block_shots() const { return block_shots_; }
    const DeliveredState& state() const { return *state_; }
    std::size_t node_count() const { return chain_.size() + 1; }

    void sample(const Shots& shots, const SampleColumns& out, Cancellation& cancel) const;
    Summary empty_summary(bool telemetry = false) const;
    // Adds the shots to a summary, in order.
    void summarize(const Shots& shots, Summary& summary, Cancellation& cancel) const;

  private:
    struct Gatherer;
    class Lease;

    Chain chain_;
    std::unique_ptr<DeliveredState> state_;
    std::size_t block_shots_;
    // Workers at rest, without and with telemetry: a short call pays for no allocation.
    mutable std::mutex mutex_;
    mutable std::array<std::vector<std::unique_ptr<Gatherer>>, 2> idle_;
};

}  // namespace ebit
