// Nested chains: every node of the tree keeps a pool of finished pairs, refilled from the pools of
// its children a stretch of attempts at a time.
//
// The pairs of a pool are an endless sequence, each made by the attempts after the one before; a
// block takes the first ones of the root's. What is left over when it ends was not chosen by its
// length, so nothing favours short runs.
#include <algorithm>
#include <stdexcept>

#include "ebit/base/error.hpp"
#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/kernels.hpp"
#include "ebit/chain/pool.hpp"
#include "ebit/rng/kernels.hpp"

namespace ebit {

namespace {

class NestedSampler final : public BlockSampler {
  public:
    NestedSampler(const Chain& chain, const StorageColumns& columns) : tree_(nested_tree(chain, columns)) {
        const auto yields = mean_yields(tree_);
        for (std::size_t i = 0; i < yields.size(); ++i) pools_.emplace_back(tree_.nodes[i], yields[i]);
        require_countable(yields.back().attempts, 0x1p46);
        shots_ = block_shots_within(0x1p20, yields.back().links);
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record) override {
        for (Pool& pool : pools_) pool.clear();
        ensure(pools_.back(), shots_, stream, cancel);
        const Pool& pool = pools_.back();
        for (std::size_t s = 0; s < shots_; ++s) record.time[s] = pool.times()[s] * tree_.time_unit;
        std::copy_n(pool.attempts.data(), shots_, record.attempts.data());
        if (pool.node.is_link())
            for (auto& sum : record.storage) std::fill_n(sum.data(), shots_, 0.0);
        const std::size_t states = pool.node.state_columns;
        for (std::size_t c = 0; c < pool.columns.size(); ++c)
            std::copy_n(pool.columns[c].data(), shots_,
                        record.storage[c < states ? c : tree_.storage[c - states]].data());
    }

  private:
    void ensure(Pool& pool, std::size_t needed, Stream& stream, Cancellation& cancel) {
        if (pool.end - pool.begin >= needed) return;
        pool.move_to_front();
        while (pool.end < needed) {
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
        rng_kernels().geometric(stream, 1.0 / log_one_minus(pool.node.p_success), attempts, count);
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
            draw_children(a.node, b.node, join);
        else
            take_children(pool.node, a, b, join);
        const std::size_t made = chain_kernels().join(stream, join);
        pool.end += made;
        pool.tried += static_cast<double>(count);
        pool.succeeded += static_cast<double>(made);
        pool.time_carry = join.time_carry;
        pool.attempts_carry = join.attempts_carry;
    }

    Join prepared(Pool& pool, std::size_t count) {
        pool.make_room(count);
        columns_.assign(pool.columns.size(), JoinColumn{});
        for (std::size_t c = 0; c < columns_.size(); ++c) columns_[c].out = pool.columns[c].data() + pool.end;
        for (std::size_t c = 0; c < pool.node.columns.size(); ++c) {
            JoinColumn& column = columns_[pool.node.state_columns + c];
            column.weight_a = pool.node.columns[c].weight_a;
            column.weight_b = pool.node.columns[c].weight_b;
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

    static void draw_children(const TreeNode& a, const TreeNode& b, Join& join) {
        join.inverse_log_failure_a = 1.0 / log_one_minus(a.p_success);
        join.inverse_log_failure_b = 1.0 / log_one_minus(b.p_success);
        join.attempt_time_a = a.attempt_time;
        join.attempt_time_b = b.attempt_time;
    }

    void take_children(const TreeNode& node, Pool& a, Pool& b, Join& join) {
        const std::size_t at_a = a.take(join.count), at_b = b.take(join.count);
        join.time_a = a.times() + at_a;
        join.time_b = b.times() + at_b;
        join.attempts_a = a.attempts.data() + at_a;
        join.attempts_b = b.attempts.data() + at_b;
        const auto column = [](const Pool& pool, std::size_t c, std::size_t at) {
            return pool.columns[c].data() + at;
        };
        const std::size_t states = node.state_columns;
        for (std::size_t c = 0; c < states; ++c) {
            columns_[c].a = column(a, c, at_a);
            columns_[c].b = column(b, c, at_b);
        }
        for (std::size_t c = 0; c < node.columns.size(); ++c) {
            const TreeNode::Column& sum = node.columns[c];
            if (sum.a != TreeNode::none) columns_[states + c].a = column(a, states + sum.a, at_a);
            if (sum.b != TreeNode::none) columns_[states + c].b = column(b, states + sum.b, at_b);
        }
    }

    Tree tree_;
    std::vector<Pool> pools_;  // by tree node, the root last
    std::vector<JoinColumn> columns_;
    PairJoin pairs_;
    std::size_t shots_ = 0;
};

}  // namespace

std::unique_ptr<BlockSampler> make_nested_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<NestedSampler>(chain, columns);
}

}  // namespace ebit
