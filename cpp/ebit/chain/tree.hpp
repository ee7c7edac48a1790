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
    // Where states are carried: of a link its xx, yy and zz, of a join what becomes of them.
    double state[3] = {};
    StateJoin states;

    bool carries_state = false;

    bool is_link() const { return a == none; }
    std::size_t column_count() const { return carries_state ? 3 : columns.size(); }
    // Every attempt succeeds.
    bool is_sure() const { return !carries_state && p_swap == 1.0 && cutoff.kind == CutOff::Kind::none; }
    auto operator<=>(const TreeNode&) const = default;
};

struct Tree {
    std::vector<TreeNode> nodes;         // children before parents; the last is the root
    std::vector<std::uint32_t> storage;  // by column of the root: the storage column it is
    double time_unit = 1.0;              // seconds per unit of time: one slot where all links share it
    bool whole = false;                  // times are whole numbers of units
};

// The network nodes, less one, that the pairs of every node of the tree span.
std::vector<std::size_t> spans(const Tree& tree);

// The tree of a nested protocol, or of doubling: a balanced binary one over the links, of an odd
// number of which the left half takes one more. Of `columns` those of the state count.
Tree nested_tree(const Chain& chain, const StorageColumns& columns);

}  // namespace ebit
