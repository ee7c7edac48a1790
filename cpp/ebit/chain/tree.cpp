#include "ebit/chain/tree.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace ebit {

namespace {

// A subtree at its place in the chain.
struct Place {
    std::uint32_t node;
    std::size_t first;  // its links are first .. last
    std::size_t last;
    std::vector<std::uint32_t> storage;  // by column of the node: the storage column it is
};

class Builder {
  public:
    Builder(const Chain& chain, const StorageColumns& columns, Tree& tree)
        : chain_(chain), columns_(columns), tree_(tree) {}

    Place build(std::size_t first, std::size_t last) {
        if (first == last) return link(first);
        const std::size_t left = (last - first + 2) / 2;
        return join(build(first, first + left - 1), build(first + left, last));
    }

  private:
    std::uint32_t shared(TreeNode node) {
        const auto [it, is_new] = known_.try_emplace(node, static_cast<std::uint32_t>(tree_.nodes.size()));
        if (is_new) tree_.nodes.push_back(std::move(node));
        return it->second;
    }

    Place link(std::size_t k) {
        TreeNode node;
        node.p_success = chain_.links[k].p_success;
        node.attempt_time = tree_.whole ? 1.0 : chain_.links[k].attempt_time;
        return {shared(std::move(node)), k, k, {}};
    }

    // Per unit of time: of both memories that hold a pair of this place.
    double weight(const Place& place, std::uint32_t column) const {
        return (columns_.weight(2 * place.first, column) + columns_.weight(2 * place.last + 1, column)) *
               tree_.time_unit;
    }

    std::vector<std::uint32_t> storage_of(const Place& a, const Place& b) const {
        std::vector<std::uint32_t> all;
        std::set_union(a.storage.begin(), a.storage.end(), b.storage.begin(), b.storage.end(),
                       std::back_inserter(all));
        for (const std::size_t memory : {2 * a.first, 2 * a.last + 1, 2 * b.first, 2 * b.last + 1})
            for (const Charge& charge : columns_.memories[memory]) all.push_back(charge.column);
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    }

    Place join(const Place& a, const Place& b) {
        const auto index_in = [](const Place& place, std::uint32_t column) {
            const auto it = std::lower_bound(place.storage.begin(), place.storage.end(), column);
            const bool found = it != place.storage.end() && *it == column;
            return found ? static_cast<std::uint32_t>(it - place.storage.begin()) : TreeNode::none;
        };
        TreeNode node;
        node.a = a.node;
        node.b = b.node;
        node.p_swap = chain_.nodes[b.first].bsm.p_success;
        auto storage = storage_of(a, b);
        for (const std::uint32_t column : storage)
            node.columns.push_back(
                {index_in(a, column), index_in(b, column), weight(a, column), weight(b, column)});
        return {shared(std::move(node)), a.first, b.last, std::move(storage)};
    }

    const Chain& chain_;
    const StorageColumns& columns_;
    Tree& tree_;
    std::map<TreeNode, std::uint32_t> known_;
};

}  // namespace

Tree doubling_tree(const Chain& chain, const StorageColumns& columns) {
    Tree tree;
    const double slot = chain.common_attempt_time();
    tree.whole = slot > 0.0;
    tree.time_unit = tree.whole ? slot : 1.0;
    tree.storage = Builder(chain, columns, tree).build(0, chain.size() - 1).storage;
    return tree;
}

}  // namespace ebit
