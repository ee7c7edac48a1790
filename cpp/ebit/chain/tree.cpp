#include "ebit/chain/tree.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "ebit/base/error.hpp"
#include "ebit/chain/delivered_state.hpp"

namespace ebit {

namespace {

constexpr double fidelity_slack = 0x1p-50;

// A subtree at its place in the chain.
struct Place {
    std::uint32_t node;
    std::size_t first;  // its links are first .. last
    std::size_t last;
    std::vector<std::uint32_t> storage;  // by column of the node: the storage column it is
    double soonest;                      // the least time it can take
};

class Builder {
  public:
    Builder(const Chain& chain, const StorageColumns& columns, Tree& tree)
        : chain_(chain), columns_(columns), tree_(tree) {
        if (chain.carries_states()) tree.carried = carried_components(chain);
    }

    Place balanced(std::size_t first, std::size_t last) {
        if (first == last) return link(first);
        const std::size_t left = (last - first + 2) / 2;
        return join(balanced(first, first + left - 1), balanced(first + left, last), {});
    }

    // The pair that the first `height` levels make of the links from `first` on.
    Place levels(std::size_t first, std::size_t height) {
        if (height == 0) return link(first);
        const Level& level = chain_.levels[height - 1];
        const Place a = levels(first, height - 1);
        const bool swaps = level.operation == Operation::swap;
        return join(a, swaps ? levels(a.last + 1, height - 1) : a, level);
    }

  private:
    struct Before {
        const Tree* tree;
        bool operator()(std::uint32_t a, std::uint32_t b) const { return tree->nodes[a] < tree->nodes[b]; }
    };

    std::uint32_t shared(TreeNode node) {
        node.state_columns = tree_.carried.size();
        tree_.nodes.push_back(std::move(node));
        const auto [it, is_new] = known_.insert(static_cast<std::uint32_t>(tree_.nodes.size() - 1));
        if (!is_new) tree_.nodes.pop_back();
        return *it;
    }

    Place link(std::size_t k) {
        TreeNode node;
        node.p_success = chain_.links[k].p_success;
        node.attempt_time = tree_.whole ? 1.0 : chain_.links[k].attempt_time;
        if (!tree_.carried.empty()) {
            const auto components = link_components(chain_.links[k].state);
            for (const std::uint8_t c : tree_.carried) node.state.push_back(components[c]);
        }
        const double soonest = node.attempt_time;
        return {shared(std::move(node)), k, k, {}, soonest};
    }

    // Per unit of time: of both memories that hold a pair of this place.
    double weight(const Place& place, std::uint32_t column) const {
        return (columns_.weight(2 * place.first, column) + columns_.weight(2 * place.last + 1, column)) *
               tree_.time_unit;
    }

    std::vector<std::uint32_t> storage_of(const Place& a, const Place& b) const {
        std::vector<std::uint32_t> all;
        all.reserve(16);
        all.insert(all.end(), a.storage.begin(), a.storage.end());
        all.insert(all.end(), b.storage.begin(), b.storage.end());
        for (const std::size_t memory : {2 * a.first, 2 * a.last + 1, 2 * b.first, 2 * b.last + 1})
            for (const Charge& charge : columns_.memories[memory])
                if (charge.column < columns_.of_state()) all.push_back(charge.column);
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        return all;
    }

    // Decay rates of a waiting pair's xx, yy and zz, per unit of time.
    void add_rates(const Place& place, double (&sum)[3]) const {
        for (const std::size_t m : {2 * place.first, 2 * place.last + 1}) {
            if (!is_stored(chain_, m)) continue;
            const Memory memory = memory_at(chain_, m);
            const std::array<double, 3> by_pauli{memory.rate_x, memory.rate_y, memory.rate_z};
            for (std::size_t i = 0; i < 3; ++i) sum[i] += by_pauli[i] * tree_.time_unit;
        }
    }

    PairMemory memory_of(const Place& place) const {
        PairMemory both;
        for (const std::size_t side : {0, 1}) {
            const std::size_t m = side == 0 ? 2 * place.first : 2 * place.last + 1;
            if (!is_stored(chain_, m)) continue;
            const Memory memory = memory_at(chain_, m);
            const std::array<double, 3> by_pauli{memory.rate_x, memory.rate_y, memory.rate_z};
            for (std::size_t i = 0; i < 3; ++i) both.rates[side][i] = by_pauli[i] * tree_.time_unit;
            both.equilibrium[side] = memory.equilibrium_z;
        }
        return both;
    }

    // Of the xx, yy and zz that are carried.
    StateJoin state_join(const Place& a, const Place& b, Operation operation) const {
        StateJoin join;
        join.distils = operation != Operation::swap;
        join.twirls = operation == Operation::bbpssw;
        join.exchanges = operation == Operation::dejmps;
        join.share = operation == Operation::epl ? 0.5 : 1.0;
        add_rates(a, join.rates_a);
        add_rates(b, join.rates_b);
        join.single_rate = has_single_rate(join.rates_a) && has_single_rate(join.rates_b);
        if (!join.distils) {
            const auto noise = chain_.nodes[b.first].bsm.noise();
            for (std::size_t i = 0; i < 3; ++i) join.swap_factors[i] = phi_plus_signs[i + 1] * noise[i + 1];
            return join;
        }
        // Both nodes apply a CNOT and read one qubit.
        for (const std::size_t i : {a.first, a.last + 1}) {
            join.gate *= 1.0 - chain_.nodes[i].bsm.p_replace;
            join.readout *= 1.0 - 2.0 * chain_.nodes[i].bsm.p_readout_error;
        }
        return join;
    }

    // Then the time at which a waiting pair falls below a fidelity is a logarithm.
    static bool has_single_rate(const double (&rates)[3]) {
        double rate = 0.0;
        for (const double r : rates) {
            if (r != 0.0 && rate != 0.0 && std::abs(r - rate) > 1e-12 * rate) return false;
            if (r != 0.0) rate = r;
        }
        return true;
    }

    // The terms among the components that are carried.
    PairTable terms(const Place& a, const Place& b, Operation operation) {
        if (operation != Operation::swap)
            return distillation(operation, chain_.nodes[a.first].bsm, chain_.nodes[a.last + 1].bsm);
        return carried(swap_table(chain_.nodes[b.first].bsm.noise()));
    }

    const PairTable& distillation(Operation operation, const BellMeasurement& left,
                                  const BellMeasurement& right) {
        const auto [it, is_new] = distillations_.try_emplace(
            {operation, left.p_replace, left.p_readout_error, right.p_replace, right.p_readout_error});
        if (is_new) it->second = carried(distillation_table(operation, left, right));
        return it->second;
    }

    PairTable carried(PairTable table) const {
        const auto& known = tree_.carried;
        const auto is_carried = [&](std::uint8_t c) {
            return c == 0 || std::binary_search(known.begin(), known.end(), c);
        };
        std::erase_if(table, [&](const PairTerm& term) {
            return !(is_carried(term.out) && is_carried(term.a) && is_carried(term.b));
        });
        return table;
    }

    // In units of time; where these are slots, a limit is a whole number of them. A pair of just the
    // fidelity asked for is good enough, however that was rounded.
    CutOff in_units(CutOff cutoff) const {
        if (cutoff.kind == CutOff::Kind::none) return cutoff;
        if (cutoff.kind == CutOff::Kind::fidelity) return {cutoff.kind, cutoff.value - fidelity_slack};
        const double units = cutoff.value / tree_.time_unit;
        // So that 16 * 1e-3 / 1e-3 is 16.
        return {cutoff.kind, tree_.whole ? std::floor(units * (1.0 + 1e-12)) : units};
    }

    Place join(const Place& a, const Place& b, const Level& level) {
        auto storage = storage_of(a, b);
        TreeNode node = joined(a, b, storage);
        node.cutoff = in_units(level.cutoff);
        const bool swaps = level.operation == Operation::swap;
        node.p_swap = swaps ? chain_.nodes[b.first].bsm.p_success : 1.0;
        if (!tree_.carried.empty()) node.states = state_join(a, b, level.operation);
        if (tree_.carries_whole_states()) {
            node.memory_a = memory_of(a);
            node.memory_b = memory_of(b);
            node.terms = terms(a, b, level.operation);
        }
        const double soonest = std::max(a.soonest, b.soonest);
        if (node.cutoff.kind == CutOff::Kind::run_time && node.cutoff.value < soonest)
            throw InvalidParameter(
                address(level), level.cutoff.value,
                "at least the least time a pair can take, " + to_text(soonest * tree_.time_unit));
        if (node.cutoff.kind == CutOff::Kind::fidelity) check_fidelity_cutoff(a, b, level);
        return {shared(std::move(node)), a.first, b.last, std::move(storage), soonest};
    }

    // Of the cut-off of one of the chain's levels.
    std::string address(const Level& level) const {
        return "levels." + std::to_string(&level - chain_.levels.data()) + ".cutoff";
    }

    void check_fidelity_cutoff(const Place& a, const Place& b, const Level& level) const {
        for (const Place* pair : {&a, &b}) {
            if (!tree_.nodes[pair->node].is_link()) continue;
            const Correlations& state = chain_.links[pair->first].state;
            const double best = 0.25 * (1.0 + state[entry(1, 1)] - state[entry(2, 2)] + state[entry(3, 3)]);
            if (best < level.cutoff.value - fidelity_slack)
                throw InvalidParameter(address(level), level.cutoff.value,
                                       "at most the fidelity of a link, " + to_text(best));
        }
    }

    TreeNode joined(const Place& a, const Place& b, const std::vector<std::uint32_t>& storage) const {
        const auto index_in = [](const Place& place, std::uint32_t column) {
            const auto it = std::lower_bound(place.storage.begin(), place.storage.end(), column);
            const bool found = it != place.storage.end() && *it == column;
            return found ? static_cast<std::uint32_t>(it - place.storage.begin()) : TreeNode::none;
        };
        TreeNode node;
        node.a = a.node;
        node.b = b.node;
        node.columns.reserve(storage.size());
        for (const std::uint32_t column : storage)
            node.columns.push_back(
                {index_in(a, column), index_in(b, column), weight(a, column), weight(b, column)});
        return node;
    }

    const Chain& chain_;
    const StorageColumns& columns_;
    Tree& tree_;
    // The nodes there are, as places in the tree.
    std::set<std::uint32_t, Before> known_{Before{&tree_}};
    std::map<std::tuple<Operation, double, double, double, double>, PairTable> distillations_;
};

}  // namespace

std::vector<std::size_t> spans(const Tree& tree) {
    std::vector<std::size_t> all;
    all.reserve(tree.nodes.size());
    for (const TreeNode& node : tree.nodes) {
        if (node.is_link())
            all.push_back(1);
        else
            all.push_back(node.states.distils ? all[node.a] : all[node.a] + all[node.b]);
    }
    return all;
}

Tree nested_tree(const Chain& chain, const StorageColumns& columns) {
    Tree tree;
    const double slot = chain.common_attempt_time();
    tree.whole = slot > 0.0;
    tree.time_unit = tree.whole ? slot : 1.0;
    Builder builder(chain, columns, tree);
    const Place root = chain.protocol == Protocol::nested ? builder.levels(0, chain.levels.size())
                                                          : builder.balanced(0, chain.size() - 1);
    tree.storage = root.storage;
    return tree;
}

}  // namespace ebit
