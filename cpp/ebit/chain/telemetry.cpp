#include "ebit/chain/telemetry.hpp"

#include <algorithm>
#include <string>

#include "ebit/base/error.hpp"
#include "ebit/base/math.hpp"

namespace ebit {

namespace {

std::size_t node_of(std::size_t memory) { return (memory + 1) / 2; }

}  // namespace

void require_telemetry(const Chain& chain) {
    if (chain.size() > max_telemetry_links)
        throw InvalidParameter("telemetry of " + std::to_string(chain.size()) +
                               " links is not kept: of at most " + std::to_string(max_telemetry_links));
}

StorageColumns with_nodes(const Chain& chain, StorageColumns columns) {
    require_telemetry(chain);
    if (columns.by_memory) return columns;
    for (std::size_t m = 0; m < columns.memories.size(); ++m)
        if (is_stored(chain, m))
            columns.memories[m].push_back({static_cast<std::uint32_t>(columns.count + node_of(m)), 1.0});
    columns.nodes = chain.size() + 1;
    columns.count += columns.nodes;
    return columns;
}

Telemetry::Telemetry(const Chain& chain, const StorageColumns& columns, std::size_t shots)
    : columns_(columns),
      shots_((shots + 7) / 8 * 8),
      nodes_(chain.size() + 1),
      total_(shots_),
      fraction_(shots_),
      entropy_(shots_) {
    for (auto& node : nodes_) node.reserve(shots_);
}

void Telemetry::evaluate(const Record& record, const DeliveredState& state,
                         const DeliveredState::Columns& features) {
    add_storage(record);
    evaluate_entropy(1, state, features, fraction_);
    evaluate_entropy(3, state, features, entropy_);
    for (std::size_t s = 0; s < shots_; ++s) fraction_[s] = std::max(0.0, 1.0 - fraction_[s] - entropy_[s]);
}

void Telemetry::add_storage(const Record& record) {
    const auto add = [&](const double* times, Buffer<double>& sum) {
        for (std::size_t s = 0; s < shots_; ++s) sum[s] += times[s];
    };
    std::fill_n(total_.data(), shots_, 0.0);
    for (auto& node : nodes_) std::fill_n(node.data(), shots_, 0.0);
    if (columns_.by_memory) {
        for (std::size_t m = 0; m < columns_.memories.size(); ++m)
            for (const Charge& charge : columns_.memories[m])
                add(record.storage[charge.column].data(), nodes_[node_of(m)]);
    } else {
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            add(record.storage[columns_.of_state() + i].data(), nodes_[i]);
    }
    for (const auto& node : nodes_) add(node.data(), total_);
}

void Telemetry::evaluate_entropy(std::size_t i, const DeliveredState& state,
                                 const DeliveredState::Columns& features, Buffer<double>& entropy) const {
    const DeliveredState::Entry& e = state.entries()[entry(i, i)];
    const bool varies = e.feature != DeliveredState::Entry::none;
    for (std::size_t s = 0; s < shots_; ++s) {
        const double correlation = e.constant + (varies ? e.amplitude * features[e.feature][s] : 0.0);
        entropy[s] = std::clamp(0.5 * (1.0 - correlation), 0.0, 1.0);
    }
    math_kernels().binary_entropy(entropy.data(), entropy.data(), shots_);
}

}  // namespace ebit
