// What one thread needs to fill blocks of shots and to take from them what a sample or a summary
// keeps. It can turn from chain to chain, and keeps its memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/chain.hpp"
#include "ebit/chain/delivered_state.hpp"
#include "ebit/chain/moments.hpp"
#include "ebit/chain/telemetry.hpp"

namespace ebit {

// Where the columns of a sample go, one entry for each shot.
struct SampleColumns {
    double* waiting_time = nullptr;  // seconds
    std::int64_t* attempts = nullptr;
    std::vector<double*> features{};  // of DeliveredState
    // Telemetry; null and empty where it is not asked for.
    std::array<std::int64_t*, operation_counts> operations{};  // in the order of Record
    std::vector<double*> storage_times{};                      // by node, seconds

    bool has_telemetry() const { return !storage_times.empty(); }
};

// The shots of a range that lie in one block, as places in the block.
struct Slice {
    std::size_t begin;
    std::size_t end;
    std::uint64_t at;  // of the first one in the range

    static Slice of(std::uint64_t first, std::uint64_t count, std::uint64_t block, std::size_t block_shots);
    std::size_t count() const { return end - begin; }
};

// The moments of a summary, of a block or of all so far. Quantities: waiting time, attempts, then the
// features of the delivered state; with telemetry also fidelity, secret fraction of the shot's pair,
// the counts of operations in the order of Record, and the storage time of all nodes.
struct SummaryMoments {
    enum Quantity : std::size_t { waiting_time, attempts, first_feature };
    static constexpr std::size_t telemetry_quantities = operation_counts + 3;

    SummaryMoments() = default;
    SummaryMoments(std::size_t features, std::size_t telemetry_nodes);
    void merge(const SummaryMoments& block);

    Moments all;
    std::vector<Moments> nodes;  // with telemetry: the storage time of every node
};

class Worker {
  public:
    Worker(const Chain& chain, bool telemetry);
    void turn_to(const Chain& chain);

    std::size_t block_shots() const { return block_->block_shots(); }
    const DeliveredState& state() const { return *state_; }

    // Fills the first `shots` of a block; what stands in them depends on key and block alone.
    void fill(std::uint64_t key, std::uint64_t block, std::size_t shots, Cancellation& cancel);
    void copy(const Slice& slice, const SampleColumns& out);
    SummaryMoments moments(const Slice& slice);

    // By shot of the block.
    const double* times() const { return record_.time.data(); }
    const double* fidelities();
    const Telemetry* telemetry() const { return telemetry_ ? &*telemetry_ : nullptr; }

  private:
    std::vector<const double*>& quantities(std::size_t from);

    std::unique_ptr<DeliveredState> state_;
    std::unique_ptr<BlockSampler> block_;
    Record record_;
    DeliveredState::Columns features_;
    DeliveredState::Columns scratch_;
    Buffer<double> fidelity_;
    std::optional<Telemetry> telemetry_;
    bool with_telemetry_;
    std::size_t shots_ = 0;  // of the block at hand
    std::vector<const double*> quantities_;
    // Of a shot: constant + sum of amplitude * feature.
    double fidelity_constant_ = 0.0;
    std::vector<double> fidelity_amplitudes_;
};

}  // namespace ebit
