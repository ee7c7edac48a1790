#include "ebit/chain/worker.hpp"

#include <algorithm>

namespace ebit {

namespace {

void copy_slice(const double* values, const Slice& slice, double* out) {
    std::copy(values + slice.begin, values + slice.end, out + slice.at);
}

void copy_counts(const Buffer<double>& counts, const Slice& slice, std::int64_t* out) {
    for (std::size_t s = slice.begin; s < slice.end; ++s)
        out[slice.at + s - slice.begin] = static_cast<std::int64_t>(counts[s]);
}

}  // namespace

Slice Slice::of(std::uint64_t first, std::uint64_t count, std::uint64_t block, std::size_t block_shots) {
    const std::uint64_t start = block * block_shots;
    const std::uint64_t begin = std::max(first, start);
    const std::uint64_t end = std::min(first + count, start + block_shots);
    return {begin - start, end - start, begin - first};
}

SummaryMoments::SummaryMoments(std::size_t features, std::size_t telemetry_nodes)
    : all(first_feature + features + (telemetry_nodes > 0 ? telemetry_quantities : 0)),
      nodes(telemetry_nodes, Moments(1)) {}

void SummaryMoments::merge(const SummaryMoments& block) {
    all.merge(block.all);
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].merge(block.nodes[i]);
}

Worker::Worker(const Chain& chain, bool telemetry) : with_telemetry_(telemetry) { turn_to(chain); }

void Worker::turn_to(const Chain& chain) {
    if (!state_ || !state_->turn_to(chain)) state_ = make_delivered_state(chain);
    const StorageColumns* columns = &state_->columns();
    StorageColumns with;
    if (with_telemetry_) {
        with = with_nodes(chain, *columns);
        columns = &with;
    }
    if (!block_ || !block_->turn_to(chain, *columns)) block_ = make_block_sampler(chain, *columns);
    const std::size_t shots = block_->block_shots();
    record_.fit(shots, columns->count, with_telemetry_);
    features_.resize(state_->feature_count());
    for (auto& feature : features_) feature.reserve(shots);
    fidelity_.reserve(shots);
    if (with_telemetry_) telemetry_.emplace(chain, *columns, shots);
    // F = (1 + xx - yy + zz) / 4.
    fidelity_constant_ = 0.0;
    fidelity_amplitudes_.assign(state_->feature_count(), 0.0);
    for (std::size_t i = 0; i < 4; ++i) {
        const DeliveredState::Entry& e = state_->entries()[entry(i, i)];
        fidelity_constant_ += 0.25 * phi_plus_signs[i] * e.constant;
        if (e.feature != DeliveredState::Entry::none)
            fidelity_amplitudes_[e.feature] += 0.25 * phi_plus_signs[i] * e.amplitude;
    }
}

void Worker::fill(std::uint64_t key, std::uint64_t block, std::size_t shots, Cancellation& cancel) {
    shots_ = shots;
    Stream stream(key, block);
    block_->fill(stream, cancel, record_, shots);
    state_->evaluate(record_.storage, shots, features_, scratch_);
    if (telemetry_) telemetry_->evaluate(record_, *state_, features_);
}

void Worker::copy(const Slice& slice, const SampleColumns& out) {
    copy_slice(times(), slice, out.waiting_time);
    copy_counts(record_.attempts, slice, out.attempts);
    for (std::size_t f = 0; f < features_.size(); ++f)
        copy_slice(features_[f].data(), slice, out.features[f]);
    if (!telemetry_) return;
    for (std::size_t k = 0; k < operation_counts; ++k)
        copy_counts(*record_.operations()[k], slice, out.operations[k]);
    for (std::size_t i = 0; i < telemetry_->node_count(); ++i)
        copy_slice(telemetry_->node(i), slice, out.storage_times[i]);
}

const double* Worker::fidelities() {
    double* out = fidelity_.data();
    std::fill_n(out, shots_, fidelity_constant_);
    for (std::size_t f = 0; f < features_.size(); ++f) {
        const double* feature = features_[f].data();
        for (std::size_t s = 0; s < shots_; ++s) out[s] += fidelity_amplitudes_[f] * feature[s];
    }
    return out;
}

SummaryMoments Worker::moments(const Slice& slice) {
    SummaryMoments moments;
    moments.all = Moments::of_block(quantities(slice.begin), slice.count());
    for (std::size_t i = 0; telemetry_ && i < telemetry_->node_count(); ++i) {
        const double* storage = telemetry_->node(i) + slice.begin;
        moments.nodes.push_back(Moments::of_block({&storage, 1}, slice.count()));
    }
    return moments;
}

// In the order of SummaryMoments.
std::vector<const double*>& Worker::quantities(std::size_t from) {
    quantities_.clear();
    quantities_.push_back(record_.time.data() + from);
    quantities_.push_back(record_.attempts.data() + from);
    for (const auto& feature : features_) quantities_.push_back(feature.data() + from);
    if (telemetry_) {
        const Telemetry& telemetry = *telemetry_;
        quantities_.push_back(fidelities() + from);
        quantities_.push_back(telemetry.secret_fraction() + from);
        for (const auto* count : record_.operations()) quantities_.push_back(count->data() + from);
        quantities_.push_back(telemetry.storage_time() + from);
    }
    return quantities_;
}

}  // namespace ebit
