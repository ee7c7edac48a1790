// Samples a chain: every shot as a column entry, or a summary that keeps no shots.
//
// Shot s belongs to block s / block_shots, and a block depends on the run key and its number alone:
// results do not depend on threads, nor on how a range of shots is cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/chain.hpp"
#include "ebit/chain/delivered_state.hpp"
#include "ebit/chain/histogram.hpp"
#include "ebit/chain/moments.hpp"

namespace ebit {

// A range of shots of one run.
struct Shots {
    std::uint64_t key = 0;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    int threads = 1;

    void check() const;
};

// Where the columns of a sample go, each `count` long.
struct SampleColumns {
    double* waiting_time;  // seconds
    std::int64_t* attempts;
    std::vector<double*> features;  // of DeliveredState
};

// What a summary keeps of the shots it has seen. Quantities: waiting time, attempts, then the
// features of the delivered state.
struct Summary {
    enum Quantity : std::size_t { waiting_time, attempts, first_feature };
    Moments moments;
    LogHistogram waiting_time_histogram;
    UnitHistogram fidelity_histogram;
};

class Sampler {
  public:
    explicit Sampler(const Chain& chain);
    ~Sampler();

    std::size_t block_shots() const { return block_shots_; }
    const DeliveredState& state() const { return *state_; }

    void sample(const Shots& shots, const SampleColumns& out, Cancellation& cancel) const;
    Summary empty_summary() const;
    // Adds the shots to a summary, in order.
    void summarize(const Shots& shots, Summary& summary, Cancellation& cancel) const;

  private:
    struct Worker;
    class Lease;
    void fill(Worker& worker, const Shots& shots, std::uint64_t block, Cancellation& cancel) const;
    void fidelity(Worker& worker) const;

    Chain chain_;
    std::unique_ptr<DeliveredState> state_;
    std::size_t block_shots_;
    // Of a shot: constant + sum of amplitude * feature.
    double fidelity_constant_ = 0.0;
    std::vector<double> fidelity_amplitudes_;
    // Workers at rest: a short call pays for no allocation.
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<Worker>> idle_;
};

}  // namespace ebit
