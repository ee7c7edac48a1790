// Nested chains: every node of the tree keeps a pool of finished pairs, refilled from the pools of
// its children a stretch of attempts at a time.
//
// The pairs of a pool are an endless sequence, each made by the attempts after the one before; a
// block takes the first ones of the root's. What is left over when it ends was not chosen by its
// length, so nothing favours short runs.
#include <algorithm>
#include <cmath>

#include "ebit/base/error.hpp"
#include "ebit/base/math.hpp"
#include "ebit/chain/block_sampler.hpp"
#include "ebit/chain/kernels.hpp"
#include "ebit/chain/tree.hpp"
#include "ebit/rng/kernels.hpp"

namespace ebit {

namespace {

constexpr std::size_t longest_stretch = 512;  // attempts at a time: what keeps the pools in cache

std::size_t round_up(std::size_t n) { return (n + 7) / 8 * 8; }

struct Pool {
    TreeNode node;
    double attempts_per_pair = 1.0;  // mean link attempts
    std::size_t stretch = longest_stretch;

    Buffer<double> time;
    Buffer<double> attempts;
    std::vector<Buffer<double>> columns;
    std::size_t begin = 0;  // pairs begin .. end - 1 are there to take
    std::size_t end = 0;
    double time_carry = 0.0;
    double attempts_carry = 0.0;

    void clear() {
        begin = end = 0;
        time_carry = attempts_carry = 0.0;
    }
    void reserve(std::size_t count) {
        time.reserve(count);
        attempts.reserve(count);
        for (auto& column : columns) column.reserve(count);
    }
    void move_to_front() {
        const auto move = [&](Buffer<double>& b) { std::copy(b.data() + begin, b.data() + end, b.data()); };
        move(time);
        move(attempts);
        for (auto& column : columns) move(column);
        end -= begin;
        begin = 0;
    }
};

class NestedSampler final : public BlockSampler {
  public:
    NestedSampler(const Chain& chain, const StorageColumns& columns) : tree_(doubling_tree(chain, columns)) {
        std::vector<double> links;  // drawn per pair, mean
        for (const TreeNode& node : tree_.nodes) {
            Pool pool;
            pool.node = node;
            if (node.is_link()) {
                pool.attempts_per_pair = 1.0 / node.p_success;
                links.push_back(1.0);
            } else {
                pool.attempts_per_pair =
                    (pools_[node.a].attempts_per_pair + pools_[node.b].attempts_per_pair) / node.p_swap;
                links.push_back((links[node.a] + links[node.b]) / node.p_swap);
                pool.columns.resize(node.columns.size());
                limit_stretch(pool);
            }
            pools_.push_back(std::move(pool));
        }
        shots_ = block_shots_within(0x1p20, links.back());
    }

    std::size_t block_shots() const override { return shots_; }

    void fill(Stream& stream, Cancellation& cancel, Record& record) override {
        for (Pool& pool : pools_) pool.clear();
        const auto root = static_cast<std::uint32_t>(pools_.size() - 1);
        ensure(root, shots_, stream, cancel);
        const Pool& pool = pools_[root];
        const bool single_link = pool.node.is_link();
        for (std::size_t s = 0; s < shots_; ++s) record.time[s] = time_of(pool)[s] * tree_.time_unit;
        std::copy_n(pool.attempts.data(), shots_, record.attempts.data());
        if (single_link)
            for (auto& sum : record.storage) std::fill_n(sum.data(), shots_, 0.0);
        for (std::size_t c = 0; c < pool.columns.size(); ++c)
            std::copy_n(pool.columns[c].data(), shots_, record.storage[tree_.storage[c]].data());
    }

  private:
    // Sums over a stretch must stay below 2^53 to be exact.
    static void limit_stretch(Pool& pool) {
        const double per_attempt = pool.attempts_per_pair * pool.node.p_swap;
        if (pool.node.p_swap < 1.0 && pool.attempts_per_pair > 0x1p46)
            throw InvalidParameter("the mean number of attempts per pair", pool.attempts_per_pair,
                                   "at most 2^46, so that attempts can be counted");
        while (pool.stretch > 8 && per_attempt * static_cast<double>(pool.stretch) > 0x1p49)
            pool.stretch /= 2;
    }

    // A link that takes one unit of time per attempt needs no column of times.
    static const double* time_of(const Pool& pool) {
        const bool same = pool.node.is_link() && pool.node.attempt_time == 1.0;
        return same ? pool.attempts.data() : pool.time.data();
    }

    void ensure(std::uint32_t index, std::size_t needed, Stream& stream, Cancellation& cancel) {
        Pool& pool = pools_[index];
        if (pool.end - pool.begin >= needed) return;
        pool.move_to_front();
        while (pool.end < needed) {
            if (cancel.requested()) throw Cancelled{};
            if (pool.node.is_link())
                draw_links(pool, round_up(needed - pool.end), stream);
            else
                attempt_swaps(pool, needed - pool.end, stream, cancel);
        }
    }

    void draw_links(Pool& pool, std::size_t count, Stream& stream) {
        pool.reserve(pool.end + count);
        double* attempts = pool.attempts.data() + pool.end;
        chain_kernels().geometric(stream, 1.0 / log_one_minus(pool.node.p_success), attempts, count);
        if (time_of(pool) != pool.attempts.data())
            for (std::size_t i = 0; i < count; ++i)
                pool.time[pool.end + i] = attempts[i] * pool.node.attempt_time;
        pool.end += count;
    }

    void attempt_swaps(Pool& pool, std::size_t missing, Stream& stream, Cancellation& cancel) {
        const TreeNode& node = pool.node;
        const double wanted = std::ceil(static_cast<double>(missing) / node.p_swap);
        const std::size_t count = wanted < static_cast<double>(pool.stretch)
                                      ? round_up(static_cast<std::size_t>(wanted))
                                      : pool.stretch;
        const bool drawn = pools_[node.a].node.is_link() && pools_[node.b].node.is_link();
        if (!drawn) {
            // A shared pool serves both sides.
            const std::size_t from_a = node.a == node.b ? 2 * count : count;
            ensure(node.a, from_a, stream, cancel);
            if (node.a != node.b) ensure(node.b, count, stream, cancel);
        }
        pool.reserve(pool.end + count + 8);
        Join join = prepared(pool, count);
        if (drawn)
            draw_children(node, join);
        else
            take_children(node, join);
        pool.end += chain_kernels().join(stream, join);
        pool.time_carry = join.time_carry;
        pool.attempts_carry = join.attempts_carry;
    }

    Join prepared(Pool& pool, std::size_t count) {
        columns_.clear();
        for (std::size_t c = 0; c < pool.columns.size(); ++c)
            columns_.push_back({nullptr, nullptr, pool.node.columns[c].weight_a,
                                pool.node.columns[c].weight_b, pool.columns[c].data() + pool.end});
        Join join{};
        join.count = count;
        join.threshold = bernoulli_threshold(pool.node.p_swap);
        join.sure = pool.node.p_swap == 1.0;
        join.whole = tree_.whole;
        join.columns = columns_.data();
        join.column_count = columns_.size();
        join.time = pool.time.data() + pool.end;
        join.attempts = pool.attempts.data() + pool.end;
        join.time_carry = pool.time_carry;
        join.attempts_carry = pool.attempts_carry;
        return join;
    }

    void draw_children(const TreeNode& node, Join& join) const {
        const TreeNode& a = pools_[node.a].node;
        const TreeNode& b = pools_[node.b].node;
        join.inverse_log_failure_a = 1.0 / log_one_minus(a.p_success);
        join.inverse_log_failure_b = 1.0 / log_one_minus(b.p_success);
        join.attempt_time_a = a.attempt_time;
        join.attempt_time_b = b.attempt_time;
    }

    void take_children(const TreeNode& node, Join& join) {
        const std::size_t at_a = take(node.a, join.count), at_b = take(node.b, join.count);
        join.time_a = time_of(pools_[node.a]) + at_a;
        join.time_b = time_of(pools_[node.b]) + at_b;
        join.attempts_a = pools_[node.a].attempts.data() + at_a;
        join.attempts_b = pools_[node.b].attempts.data() + at_b;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            columns_[c].a = column(node.a, node.columns[c].a, at_a);
            columns_[c].b = column(node.b, node.columns[c].b, at_b);
        }
    }

    std::size_t take(std::uint32_t index, std::size_t count) {
        const std::size_t at = pools_[index].begin;
        pools_[index].begin += count;
        return at;
    }

    const double* column(std::uint32_t index, std::uint32_t c, std::size_t at) const {
        return c == TreeNode::none ? nullptr : pools_[index].columns[c].data() + at;
    }

    Tree tree_;
    std::vector<Pool> pools_;  // by tree node
    std::vector<JoinColumn> columns_;
    std::size_t shots_ = 0;
};

}  // namespace

std::unique_ptr<BlockSampler> make_nested_sampler(const Chain& chain, const StorageColumns& columns) {
    return std::make_unique<NestedSampler>(chain, columns);
}

}  // namespace ebit
