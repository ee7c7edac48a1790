// Nested chains: every node of the tree keeps a pool of finished pairs, refilled from the pools of
// its children a stretch of attempts at a time.
//
// The pairs of a pool are an endless sequence, each made by the attempts after the one before; a
// block takes the first ones of the root's. What is left over when it ends was not chosen by its
// length, so nothing favours short runs.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "ebit/base/error.hpp"
#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/delivered_state.hpp"
#include "ebit/chain/kernels.hpp"
#include "ebit/chain/pool.hpp"
#include "ebit/rng/kernels.hpp"

namespace ebit {

namespace {

class NestedSampler final : public BlockSampler {
  public:
    NestedSampler(const Chain& chain, const StorageColumns& columns) { compile(chain, columns); }

    bool turn_to(const Chain& chain, const StorageColumns& columns) override {
        if (sampler_kind(chain) != SamplerKind::nested) return false;
        compile(chain, columns);
        return true;
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record, std::size_t shots) override {
        for (Pool& pool : pools_) {
            pool.clear();
            if (record.counts && !pool.node.is_link()) pool.counts.resize(distils_ ? operation_counts : 2);
        }
        ensure(pools_.back(), shots_, shots, stream, cancel);
        const Pool& pool = pools_.back();
        for (std::size_t s = 0; s < shots; ++s) record.time[s] = pool.times()[s] * tree_.time_unit;
        std::copy_n(pool.attempts.data(), shots, record.attempts.data());
        for (auto& sum : record.storage) std::fill_n(sum.data(), shots, 0.0);
        for (std::size_t c = 0; c < pool.node.column_count(); ++c)
            std::copy_n(pool.columns[c].data(), shots,
                        record.storage[tree_.carried.empty() ? tree_.storage[c] : c].data());
        if (pool.keeps_node_storage()) record_node_storage(pool, record, shots);
        for (std::size_t k = 0; k < pool.counts.size(); ++k)
            std::copy_n(pool.counts[k].data(), shots, record.operations()[k]->data());
    }

  private:
    void compile(const Chain& chain, const StorageColumns& columns) {
        tree_ = nested_tree(chain, columns);
        const auto yields = mean_yields(tree_);
        const auto span = spans(tree_);
        pools_.resize(yields.size());
        for (std::size_t i = 0; i < yields.size(); ++i) {
            pools_[i].turn_to(tree_.nodes[i], yields[i], span[i]);
            if (columns.nodes > 0) pools_[i].keep_node_storage();
        }
        nodes_from_ = columns.nodes > 0 ? columns.of_state() : 0;
        ends_store_ = {is_stored(chain, 0), is_stored(chain, 2 * chain.size() - 1)};
        distils_ = std::any_of(chain.levels.begin(), chain.levels.end(),
                               [](const Level& level) { return level.operation != Operation::swap; });
        require_countable(yields.back().attempts, 0x1p46);
        shots_ = block_shots_within(0x1p20, yields.back().links);
    }

    // Pools are shared by parts of the chain that differ in their end nodes alone: pairs are followed as
    // if all nodes stored, and the qubits that were measured at once are left out here.
    void record_node_storage(const Pool& pool, Record& record, std::size_t shots) const {
        for (std::size_t i = 0; i <= pool.span; ++i) {
            const bool stored = (i > 0 || ends_store_[0]) && (i < pool.span || ends_store_[1]);
            for (std::size_t s = 0; stored && s < shots; ++s)
                record.storage[nodes_from_ + i][s] = pool.node_storage(i)[s] * tree_.time_unit;
        }
    }

    void ensure(Pool& pool, std::size_t needed, Stream& stream, Cancellation& cancel) {
        ensure(pool, needed, needed, stream, cancel);
    }

    // Sets out to make as many pairs as are needed, and stops when there are enough.
    void ensure(Pool& pool, std::size_t needed, std::size_t enough, Stream& stream, Cancellation& cancel) {
        if (pool.end - pool.begin >= needed) return;
        pool.move_to_front();
        while (pool.end < enough) {
            if (cancel.requested()) throw Cancelled{};
            if (pool.node.is_link())
                draw_links(pool, (needed - pool.end + 7) / 8 * 8, stream);
            else
                attempt_joins(pool, needed - pool.end, stream, cancel);
        }
    }

    static void draw_links(Pool& pool, std::size_t count, Stream& stream) {
        pool.make_room(count);
        double* attempts = pool.attempts.data() + pool.end;
        rng_kernels().geometric(stream, pool.inverse_log_failure, attempts, count);
        if (pool.times() != pool.attempts.data())
            for (std::size_t i = 0; i < count; ++i)
                pool.time[pool.end + i] = attempts[i] * pool.node.attempt_time;
        for (std::size_t c = 0; c < pool.node.state.size(); ++c)
            std::fill_n(pool.columns[c].data() + pool.end, count, pool.node.state[c]);
        pool.end += count;
    }

    void attempt_joins(Pool& pool, std::size_t missing, Stream& stream, Cancellation& cancel) {
        if (pool.is_hopeless())
            throw std::runtime_error("no pair in " + to_text(pool.tried) +
                                     " attempts to join two pairs: the cut-offs and distillations of the "
                                     "protocol leave no chance");
        const std::size_t count = pool.attempts_for(missing);
        Pool& a = pools_[pool.node.a];
        Pool& b = pools_[pool.node.b];
        const bool drawn = pool.node.state_columns == 0 && a.node.is_link() && b.node.is_link();
        if (!drawn) {
            // A shared pool serves both sides. The left pair's subtree is never part of the right one's, so
            // that filling the right pool takes nothing from the left one.
            ensure(a, &a == &b ? 2 * count : count, stream, cancel);
            if (&a != &b) ensure(b, count, stream, cancel);
        }
        Join join = prepared(pool, count);
        if (drawn)
            draw_children(a, b, join);
        else
            take_children(pool, a, b, join);
        const std::size_t made = chain_kernels().join(stream, join);
        pool.end += made;
        pool.tried += static_cast<double>(count);
        pool.succeeded += static_cast<double>(made);
        pool.time_carry = join.time_carry;
        pool.attempts_carry = join.attempts_carry;
        for (std::size_t k = 0; k < join.count_kinds; ++k) pool.count_carry[k] = counts_[k].carry;
    }

    Join prepared(Pool& pool, std::size_t count) {
        pool.make_room(count);
        columns_.assign(pool.columns.size(), JoinColumn{});
        for (std::size_t c = 0; c < columns_.size(); ++c) columns_[c].out = pool.columns[c].data() + pool.end;
        for (std::size_t c = 0; c < pool.node.columns.size(); ++c) {
            columns_[c].weight_a = pool.node.columns[c].weight_a;
            columns_[c].weight_b = pool.node.columns[c].weight_b;
        }
        for (std::size_t i = 0; pool.keeps_node_storage() && i <= pool.span; ++i)
            set_node_weights(pool, i, columns_[pool.node.column_count() + i]);
        for (std::size_t k = 0; k < pool.counts.size(); ++k) {
            const bool own = pool.node.states.distils == (k >= 2);
            counts_[k] = {nullptr,
                          nullptr,
                          own && k % 2 == 0,
                          own && k % 2 == 1,
                          pool.counts[k].data() + pool.end,
                          pool.count_carry[k]};
        }
        Join join{};
        join.count = count;
        join.cutoff = pool.node.cutoff;
        join.threshold = bernoulli_threshold(pool.node.p_swap);
        join.sure = pool.node.is_sure();
        join.whole = tree_.whole;
        set_states(pool.node, join);
        join.columns = columns_.data();
        join.column_count = columns_.size();
        join.time = pool.time.data() + pool.end;
        join.attempts = pool.attempts.data() + pool.end;
        join.time_carry = pool.time_carry;
        join.attempts_carry = pool.attempts_carry;
        join.counts = counts_;
        join.count_kinds = pool.counts.size();
        return join;
    }

    void set_states(const TreeNode& node, Join& join) {
        if (!tree_.carries_whole_states()) {
            join.states = tree_.carried.empty() ? nullptr : &node.states;
            return;
        }
        pairs_ = {node.states.distils, node.memory_a,        node.memory_b,       node.terms.data(),
                  node.terms.size(),   tree_.carried.data(), tree_.carried.size()};
        join.pairs = &pairs_;
    }

    // Of what a waiting pair adds at node i of those that the joined pair spans.
    void set_node_weights(const Pool& pool, std::size_t i, JoinColumn& column) const {
        const std::size_t middle = pools_[pool.node.a].span;
        const bool swaps = !pool.node.states.distils;
        column.weight_a = i == 0 || i == middle ? 1.0 : 0.0;
        column.weight_b = swaps && (i == middle || i == pool.span) ? 1.0 : 0.0;
    }

    static void draw_children(const Pool& a, const Pool& b, Join& join) {
        join.inverse_log_failure_a = a.inverse_log_failure;
        join.inverse_log_failure_b = b.inverse_log_failure;
        join.attempt_time_a = a.node.attempt_time;
        join.attempt_time_b = b.node.attempt_time;
        const double most = static_cast<double>(join.count) * (a.most_attempts() + b.most_attempts());
        const bool brief = join.whole && a.node.attempt_time == 1.0 && b.node.attempt_time == 1.0 &&
                           std::max(join.time_carry, join.attempts_carry) + most < 0x1p26;
        join.source = brief ? Join::Source::brief_links : Join::Source::links;
    }

    void take_children(const Pool& pool, Pool& a, Pool& b, Join& join) {
        const TreeNode& node = pool.node;
        const std::size_t at_a = a.take(join.count), at_b = b.take(join.count);
        join.time_a = a.times() + at_a;
        join.time_b = b.times() + at_b;
        join.attempts_a = a.attempts.data() + at_a;
        join.attempts_b = b.attempts.data() + at_b;
        const auto column = [](const Pool& of, std::uint32_t c, std::size_t at) {
            return c == TreeNode::none ? nullptr : of.columns[c].data() + at;
        };
        const bool carried = !tree_.carried.empty();
        for (std::uint32_t c = 0; c < node.column_count(); ++c) {
            columns_[c].a = column(a, carried ? c : node.columns[c].a, at_a);
            columns_[c].b = column(b, carried ? c : node.columns[c].b, at_b);
        }
        // In a distillation the storage of pair a, which is kept, goes on.
        for (std::size_t i = 0; pool.keeps_node_storage() && i <= pool.span; ++i) {
            JoinColumn& storage = columns_[node.column_count() + i];
            if (a.keeps_node_storage() && i <= a.span) storage.a = a.node_storage(i) + at_a;
            if (b.keeps_node_storage() && !node.states.distils && i >= a.span)
                storage.b = b.node_storage(i - a.span) + at_b;
        }
        for (std::size_t k = 0; k < join.count_kinds; ++k) {
            if (!a.counts.empty()) counts_[k].a = a.counts[k].data() + at_a;
            if (!b.counts.empty()) counts_[k].b = b.counts[k].data() + at_b;
        }
    }

    Tree tree_;
    std::vector<Pool> pools_;  // by tree node, the root last
    std::vector<JoinColumn> columns_;
    PairJoin pairs_;
    JoinCount counts_[max_counts];  // swaps, lost swaps, distillations, lost distillations
    std::size_t nodes_from_ = 0;    // the first storage column of a node
    std::array<bool, 2> ends_store_{};
    bool distils_ = false;
    std::size_t shots_ = 0;
};

}  // namespace

std::unique_ptr<BlockSampler> make_nested_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<NestedSampler>(chain, columns);
}

}  // namespace ebit
