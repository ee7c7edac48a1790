// The tree of a nested chain, with equal subtrees shared: pairs of one kind come from one pool,
// whatever their place in the chain.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "ebit/chain/chain.hpp"
#include "ebit/chain/kernels.hpp"
#include "ebit/chain/record.hpp"
#include "ebit/chain/whole_state.hpp"

namespace ebit {

struct TreeNode {
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    // A storage sum of the pairs of this node, from those of its children (`none`: still zero).
    struct Column {
        std::uint32_t a;
        std::uint32_t b;
        double weight_a;  // of the two memories of pair a, per unit of time
        double weight_b;
        auto operator<=>(const Column&) const = default;
    };

    // A link (a == none) ...
    double p_success = 0.0;
    double attempt_time = 0.0;
    // ... or a pair of node `a` joined with a pair of node `b`; times of the cut-off in units.
    std::uint32_t a = none;
    std::uint32_t b = none;
    CutOff cutoff;
    double p_swap = 1.0;
    std::vector<Column> columns;
    // Where states are carried: how many columns hold them in place of storage sums, of a link what stands
    // in these, of a join what becomes of them: `states` of xx, yy and zz, the rest of whole states.
    std::size_t state_columns = 0;
    std::vector<double> state;
    StateJoin states;
    PairMemory memory_a;
    PairMemory memory_b;
    PairTable terms;

    bool is_link() const { return a == none; }
    std::size_t column_count() const { return state_columns > 0 ? state_columns : columns.size(); }
    // Every attempt succeeds.
    bool is_sure() const { return state_columns == 0 && p_swap == 1.0 && cutoff.kind == CutOff::Kind::none; }
    auto operator<=>(const TreeNode&) const = default;
};

struct Tree {
    std::vector<TreeNode> nodes;         // children before parents; the last is the root
    std::vector<std::uint32_t> storage;  // by column of the root: the storage column it is
    std::vector<std::uint8_t> carried;   // components by column, if any (whole_state.hpp)
    double time_unit = 1.0;              // seconds per unit of time: one slot where all links share it
    bool whole = false;                  // times are whole numbers of units

    bool carries_whole_states() const { return !carried.empty() && !is_diagonal(carried); }
};

// The network nodes, less one, that the pairs of every node of the tree span.
std::vector<std::size_t> spans(const Tree& tree);

// The tree of a nested protocol, or of doubling: a balanced binary one over the links, of an odd
// number of which the left half takes one more. Of `columns` those of the state count.
Tree nested_tree(const Chain& chain, const StorageColumns& columns);

}  // namespace ebit
