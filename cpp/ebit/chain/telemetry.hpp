// What an operator sees of a run beside times and states: how long each node stored the qubits of
// the delivered pair, and the key of pairs whose timing records are known.
//
// The storage time of a node is the time, in seconds, that its memories held the qubits of the
// delivered pair: both memories at a repeater, from their links' completion to the swap; at an end
// node until delivery, or for no time where it measures at once. Where pairs are distilled it is
// that of the pairs that were kept.
#pragma once

#include <cstddef>
#include <vector>

#include "ebit/base/buffer.hpp"
#include "ebit/chain/chain.hpp"
#include "ebit/chain/delivered_state.hpp"
#include "ebit/chain/record.hpp"

namespace ebit {

// The most links of a chain whose telemetry is kept: a shot has a storage time for every node.
inline constexpr std::size_t max_telemetry_links = 2048;

// Refuses longer chains.
void require_telemetry(const Chain& chain);

// Adds a column for the storage at every node, unless every memory has a column of its own already.
StorageColumns with_nodes(const Chain& chain, StorageColumns columns);

// The telemetry of one block of shots.
class Telemetry {
  public:
    // `columns` as of with_nodes.
    Telemetry(const Chain& chain, const StorageColumns& columns, std::size_t shots);

    void evaluate(const Record& record, const DeliveredState& state, const DeliveredState::Columns& features);

    // By shot.
    const double* node(std::size_t i) const { return nodes_[i].data(); }
    const double* storage_time() const { return total_.data(); }  // of all nodes
    // The secret bits of the shot's pair, max(0, 1 - h(q_x) - h(q_z)), with q the error rates.
    const double* secret_fraction() const { return fraction_.data(); }
    std::size_t node_count() const { return nodes_.size(); }

  private:
    void add_storage(const Record& record);
    // entropy[s] = h(q) for the error rate q = (1 - entry) / 2 of entry (i, i).
    void evaluate_entropy(std::size_t i, const DeliveredState& state, const DeliveredState::Columns& features,
                          Buffer<double>& entropy) const;

    StorageColumns columns_;
    std::size_t shots_;  // rounded up to a multiple of eight
    std::vector<Buffer<double>> nodes_;
    Buffer<double> total_;
    Buffer<double> fraction_;
    Buffer<double> entropy_;
};

}  // namespace ebit
