// The tree of a nested chain, with equal subtrees shared: pairs of one kind come from one pool,
// whatever their place in the chain.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "ebit/chain/chain.hpp"
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
    // ... or a swap of a pair of node `a` with a pair of node `b`.
    std::uint32_t a = none;
    std::uint32_t b = none;
    double p_swap = 1.0;
    std::vector<Column> columns;

    bool is_link() const { return a == none; }
    auto operator<=>(const TreeNode&) const = default;
};

struct Tree {
    std::vector<TreeNode> nodes;         // children before parents; the last is the root
    std::vector<std::uint32_t> storage;  // by column of the root: the storage column it is
    double time_unit = 1.0;              // seconds per unit of time: one slot where all links share it
    bool whole = false;                  // times are whole numbers of units
};

// A balanced binary tree over the links; of an odd number the left half takes one more.
Tree doubling_tree(const Chain& chain, const StorageColumns& columns);

}  // namespace ebit
