// The finished pairs of one tree node, in the order they were made.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "ebit/base/buffer.hpp"
#include "ebit/base/math.hpp"
#include "ebit/chain/yield.hpp"

namespace ebit {

struct Pool {
    static constexpr std::size_t longest_stretch = 512;  // attempts at a time: what keeps pools in cache

    // Holds pairs of this node from now on; memory is kept.
    void turn_to(const TreeNode& of, const Yield& mean, std::size_t segments) {
        node = of;
        yield = mean;
        span = segments;
        columns.resize(node.column_count());
        if (node.is_link()) {
            counts.clear();
            inverse_log_failure = 1.0 / log_one_minus(node.p_success);
        }
        // Sums over a stretch must stay below 2^53 to be exact.
        const double links = yield.attempts * yield.p_success;
        stretch = longest_stretch;
        while (stretch > 8 && links * static_cast<double>(stretch) > 0x1p49) stretch /= 2;
    }

    TreeNode node;
    Yield yield{};
    std::size_t span = 0;  // segments from end to end
    std::size_t stretch = longest_stretch;
    double inverse_log_failure = 0.0;  // of a link

    Buffer<double> time;
    Buffer<double> attempts;
    std::vector<Buffer<double>> columns;  // storage sums or states, then storage by network node
    std::vector<Buffer<double>> counts;   // of operations, by kind; none in a link's
    std::size_t begin = 0;                // pairs begin .. end - 1 are there to take
    std::size_t end = 0;
    // What the attempts since the last pair have cost.
    double time_carry = 0.0;
    double attempts_carry = 0.0;
    double count_carry[max_counts] = {};
    // Attempts to join, in this block.
    double tried = 0.0;
    double succeeded = 0.0;

    // A link that takes one unit of time per attempt needs no column of times.
    const double* times() const {
        return node.is_link() && node.attempt_time == 1.0 ? attempts.data() : time.data();
    }

    // A link can take: it is drawn from a uniform variate of 53 bits.
    double most_attempts() const { return 1.0 - 36.8 * inverse_log_failure; }

    // Links have not been stored yet.
    void keep_node_storage() {
        if (!node.is_link()) columns.resize(node.column_count() + span + 1);
    }
    bool keeps_node_storage() const { return columns.size() > node.column_count(); }
    // Units of time that the i-th network node from the left end has stored the pair's qubits.
    const double* node_storage(std::size_t i) const { return columns[node.column_count() + i].data(); }

    void clear() {
        begin = end = 0;
        time_carry = attempts_carry = tried = succeeded = 0.0;
        std::fill_n(count_carry, max_counts, 0.0);
    }

    // Places `count` pairs can be written to from `end` on, and a vector's overhang.
    void make_room(std::size_t count) {
        time.reserve(end + count + 8);
        attempts.reserve(end + count + 8);
        for (auto& column : columns) column.reserve(end + count + 8);
        for (auto& column : counts) column.reserve(end + count + 8);
    }

    void move_to_front() {
        const auto move = [&](Buffer<double>& b) { std::copy(b.data() + begin, b.data() + end, b.data()); };
        move(time);
        move(attempts);
        for (auto& column : columns) move(column);
        for (auto& column : counts) move(column);
        end -= begin;
        begin = 0;
    }

    std::size_t take(std::size_t count) {
        begin += count;
        return begin - count;
    }

    // How many attempts to make for `missing` pairs, going by the share that succeeded so far: a
    // multiple of eight.
    std::size_t attempts_for(std::size_t missing) const {
        const double share = (succeeded + 1.0) / (tried + 1.0 / yield.p_success);
        const double wanted = std::ceil(static_cast<double>(missing) / share);
        return wanted < static_cast<double>(stretch) ? (static_cast<std::size_t>(wanted) + 7) / 8 * 8
                                                     : stretch;
    }

    bool is_hopeless() const { return succeeded == 0.0 && tried > 0x1p30 + 1000.0 / yield.p_success; }
};

}  // namespace ebit
