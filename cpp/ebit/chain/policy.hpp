// Which nodes swap in a slot: the built-in policies of slotted chains, tables, and functions of a user.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "ebit/chain/slotted.hpp"

namespace ebit {

// A policy, compiled for one chain. It answers for all nodes; only those that hold two links swap.
class PolicyAnswers {
  public:
    PolicyAnswers(const SlottedRules& rules, std::size_t segments);

    // Whether it is asked again in the same slot as long as something swapped.
    bool repeats() const { return repeats_; }
    // Up to which age of the oldest link its answers may change while no link comes or goes: infinite, or
    // negative where they do not depend on ages.
    double last_age() const { return last_age_; }

    // See PolicyFunction; `self` is a PolicyAnswers.
    static void decide(const void* self, std::int64_t segments, const std::int64_t* right_of,
                       const std::int64_t* age, std::uint8_t* swap);

  private:
    void decide_from_table(std::int64_t segments, const std::int64_t* right_of, const std::int64_t* age,
                           std::uint8_t* swap) const;

    Policy policy_;
    PolicyFunction function_;
    PolicyTable table_;
    bool repeats_;
    double last_age_;
    std::vector<std::pair<std::int64_t, std::int64_t>> span_;  // of doubling, by node
    mutable PolicyState state_;                                // scratch
};

}  // namespace ebit
