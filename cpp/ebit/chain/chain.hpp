// A repeater chain: n links between n + 1 nodes, and the rules by which they are joined. Link k
// spans nodes k and k + 1; each repeater holds one memory toward each side.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "ebit/chain/level.hpp"
#include "ebit/chain/slotted.hpp"
#include "ebit/channel/memory.hpp"
#include "ebit/link/elementary_link.hpp"
#include "ebit/state/bell_measurement.hpp"

namespace ebit {

struct Node {
    Memory memory;
    BellMeasurement bsm;  // of a repeater; end nodes do not swap
    bool operator==(const Node&) const = default;
};

// swap_asap: every repeater that holds two links swaps at once; where swaps can fail, by the default
// rules of a slotted chain.
// slotted: slot by slot, by the rules of `slotted`.
// doubling: a balanced binary tree; a pair waits for its sibling, and a failed swap restarts both.
// nested: the same, level by level as `levels` says, over 2^(number of swap levels) links.
enum class Protocol { swap_asap, slotted, doubling, nested };

// What an end node does with its qubit until the pair is delivered.
enum class EndNode { measure, store };

// Each memory of a pair decays for itself, or (some papers) the pair decays once, at the mean of
// the rates of its two memories.
enum class PairDecay { each, once };

// By name, as a description spells them.
Protocol protocol_named(std::string_view name);
EndNode end_node_named(std::string_view name);
PairDecay pair_decay_named(std::string_view name);
FailedSwap failed_swap_named(std::string_view name);
HiddenSegments hidden_segments_named(std::string_view name);
Generation generation_named(std::string_view name);
Matching matching_named(std::string_view name);
Policy policy_named(std::string_view name);
CutOff::Kind cutoff_named(std::string_view name);
Operation operation_named(std::string_view name);

struct Chain {
    std::vector<ElementaryLink> links;
    std::vector<Node> nodes;
    Protocol protocol = Protocol::swap_asap;
    std::array<EndNode, 2> end_nodes{EndNode::measure, EndNode::measure};  // left, right
    PairDecay pair_decay = PairDecay::each;
    // Of swap-asap with swaps that always succeed: unless all links are there by this time (seconds),
    // they are given up and the chain starts again (K. Goodenough, T. Coopmans, D. Towsley,
    // arXiv:2404.07146 (2024)).
    double global_cutoff = std::numeric_limits<double>::infinity();
    SlottedRules slotted;       // of Protocol::slotted
    std::vector<Level> levels;  // of Protocol::nested

    // Throws InvalidParameter for values out of range and for combinations no sampler covers.
    void check() const;
    // All of that but the numbers of each link and node for themselves.
    void check_rules() const;

    std::size_t size() const { return links.size(); }
    bool swaps_always_succeed() const;
    // Time runs in slots: links can be lost on the way, or are joined by rules of their own.
    bool is_slotted() const;
    // By which rules; swap-asap with swaps that can fail takes the defaults.
    const SlottedRules& slotted_rules() const;
    bool restarts() const { return std::isfinite(global_cutoff); }
    bool both_ends_store() const;
    // Attempts that link k can make before the global cut-off.
    double most_attempts(std::size_t link) const;
    // The probability that all links are there by the global cut-off.
    double p_round() const;
    // The state of a pair decides what happens to it, so that every shot carries it along.
    bool carries_states() const;
    // The attempt time that all links share, or 0.
    double common_attempt_time() const;
    // The memory that decays, as the pair-decay rule counts it, at the left (side 0) or right
    // (side 1) end of a link.
    Memory stored_memory(std::size_t link, std::size_t side) const;

  private:
    void check_sizes() const;
    void check_global_cutoff() const;
    void check_levels() const;
};

// The most links one chain may have.
inline constexpr std::size_t max_links = 65536;
// And levels: a distillation level doubles the cost at least.
inline constexpr std::size_t max_levels = 32;

}  // namespace ebit
