// The state of a delivered pair, given how long each memory stored its qubit.
//
// Every link k arrives as correlations C_k and decays to C_k' = R(t_left) C_k R(t_right)^T. Swap
// outcomes are kept as a Pauli frame and undone at delivery on the right end qubit; averaged over
// them the pair is
//
//   C = C_1' prod_{k >= 2} S diag(noise) diag(C_k'),   S = diag(1, 1, -1, 1),
//
// whatever the order of the swaps. From shot to shot it varies through a few numbers, the features:
// every entry is constant + amplitude * feature.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include "ebit/base/buffer.hpp"
#include "ebit/chain/chain.hpp"
#include "ebit/chain/record.hpp"
#include "ebit/state/correlations.hpp"

namespace ebit {

class DeliveredState {
  public:
    struct Entry {
        static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
        double constant = 0.0;
        double amplitude = 0.0;
        std::size_t feature = none;
    };
    using Columns = std::vector<Buffer<double>>;

    virtual ~DeliveredState() = default;
    // Turns to another chain and keeps its memory, or returns false: that chain needs a new object.
    virtual bool turn_to(const Chain&) { return false; }

    // The storage sums this chain's state needs.
    const StorageColumns& columns() const { return columns_; }
    // Entry 4 i + j of the correlations.
    const std::array<Entry, 16>& entries() const { return entries_; }
    std::size_t feature_count() const { return feature_count_; }
    // Fills features[f][shot], `shots` rounded up to a multiple of eight. `work` is scratch memory.
    virtual void evaluate(const Columns& storage, std::size_t shots, Columns& features,
                          Columns& work) const = 0;

  protected:
    std::array<Entry, 16> entries_{};
    std::size_t feature_count_ = 0;
    StorageColumns columns_;
};

// Whether the qubit in a memory (numbered as in StorageColumns) waits at all.
bool is_stored(const Chain& chain, std::size_t memory);
Memory memory_at(const Chain& chain, std::size_t memory);
// What the links after the first and the Bell measurements contribute to (1, x, y, z) of the right
// end qubit when nothing decays.
std::array<double, 4> undecayed_factor(const Chain& chain);

// No shot carries its state, and all memories scale Pauli expectation values.
bool has_diagonal_state(const Chain& chain);

std::unique_ptr<DeliveredState> make_delivered_state(const Chain& chain);
// All memories scale Pauli expectation values: a feature is exp(-storage column).
std::unique_ptr<DeliveredState> make_diagonal_state(const Chain& chain);
// Shots carry their states: the features are their correlations.
std::unique_ptr<DeliveredState> make_carried_state(const Chain& chain);
// Some memory relaxes toward one of its states: every memory is a column, every entry a feature.
std::unique_ptr<DeliveredState> make_relaxing_state(const Chain& chain);

}  // namespace ebit
