// Samples many chains in one call, threads over points and blocks. A point gives the same shots as a
// Sampler of its chain with its key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ebit/chain/points.hpp"
#include "ebit/chain/worker.hpp"

namespace ebit {

// The same range of shots at every point.
struct PointShots {
    std::span<const std::uint64_t> keys;  // by point
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    int threads = 1;
};

// Arrays (points, ..., shots).
struct PointColumns {
    double* waiting_time;
    std::int64_t* attempts;
    double* features;  // (points, feature_count, shots); those that a point has not are left alone
    // Telemetry; null where it is not asked for.
    std::int64_t* operations = nullptr;  // (points, operation_counts, shots)
    double* storage_times = nullptr;     // (points, nodes, shots)
};

class PointsSampler {
  public:
    // Throws InvalidParameter if a point is refused; the message names its number.
    explicit PointsSampler(ChainPoints points);

    std::size_t count() const { return points_.count; }
    std::size_t node_count() const { return points_.chain.nodes.size(); }
    // The most features that a point has.
    std::size_t feature_count() const { return most_features_; }
    std::size_t feature_count(std::size_t point) const { return features_[point]; }
    std::size_t block_shots(std::size_t point) const { return block_shots_[point]; }
    // By point.
    std::vector<std::array<DeliveredState::Entry, 16>> entries() const;

    void sample(const PointShots& shots, const PointColumns& out, Cancellation& cancel) const;

    // By point, without a shot.
    std::vector<SummaryMoments> empty_summaries(bool telemetry) const;
    // Adds the shots of point i from where its summary ends up to number ends[i]. A call that is
    // cancelled leaves summaries of fewer shots.
    void summarize(std::span<const std::uint64_t> keys, std::span<const std::uint64_t> ends, int threads,
                   std::vector<SummaryMoments>& summaries, Cancellation& cancel) const;

  private:
    class PointWorker;
    class Units;
    void set_columns(std::size_t point, std::uint64_t shots, const PointColumns& out,
                     SampleColumns& columns) const;

    ChainPoints points_;
    std::vector<std::uint32_t> block_shots_;  // by point
    std::vector<std::uint32_t> features_;
    std::size_t most_features_ = 0;
};

}  // namespace ebit
