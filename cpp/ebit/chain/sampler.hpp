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

#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/chain.hpp"
#include "ebit/chain/delivered_state.hpp"
#include "ebit/chain/histogram.hpp"
#include "ebit/chain/moments.hpp"
#include "ebit/chain/telemetry.hpp"

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
    // Telemetry; null and empty where it is not asked for.
    std::array<std::int64_t*, operation_counts> operations{};  // in the order of Record
    std::vector<double*> storage_times{};                      // by node, seconds

    bool has_telemetry() const { return !storage_times.empty(); }
};

// What a summary keeps of the shots it has seen. Quantities: waiting time, attempts, then the
// features of the delivered state; with telemetry also fidelity, secret fraction of the shot's pair,
// the counts of operations in the order of Record, and the storage time of all nodes.
struct Summary {
    enum Quantity : std::size_t { waiting_time, attempts, first_feature };
    static constexpr std::size_t telemetry_quantities = operation_counts + 3;
    // The storage time of one node.
    struct Node {
        Moments moments{1};
        StorageHistogram histogram;
    };

    Moments moments;
    TimeHistogram waiting_time_histogram;
    UnitHistogram fidelity_histogram;
    std::vector<Node> nodes;  // with telemetry

    bool has_telemetry() const { return !nodes.empty(); }
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
    struct Worker;
    class Lease;
    std::unique_ptr<Worker> make_worker(bool telemetry) const;
    void fill(Worker& worker, const Shots& shots, std::uint64_t block, Cancellation& cancel) const;
    void fidelity(Worker& worker) const;

    Chain chain_;
    std::unique_ptr<DeliveredState> state_;
    std::size_t block_shots_;
    // Of a shot: constant + sum of amplitude * feature.
    double fidelity_constant_ = 0.0;
    std::vector<double> fidelity_amplitudes_;
    // Workers at rest, without and with telemetry: a short call pays for no allocation.
    mutable std::mutex mutex_;
    mutable std::array<std::vector<std::unique_ptr<Worker>>, 2> idle_;
};

}  // namespace ebit
