#include "ebit/chain/policy.hpp"

#include <algorithm>
#include <limits>

namespace ebit {

namespace {

// The nodes that the node in the middle of a balanced binary tree joins, and those below it.
void add_spans(std::size_t from, std::size_t to, std::vector<std::pair<std::int64_t, std::int64_t>>& spans) {
    if (to - from < 2) return;
    const std::size_t middle = from + (to - from + 1) / 2;
    spans[middle] = {static_cast<std::int64_t>(from), static_cast<std::int64_t>(to)};
    add_spans(from, middle, spans);
    add_spans(middle, to, spans);
}

double last_age_of(const SlottedRules& rules) {
    if (rules.policy == Policy::compiled && rules.by_age) return std::numeric_limits<double>::infinity();
    std::int64_t last = -1;
    if (rules.policy == Policy::table)
        for (const auto& [state, nodes] : rules.table)
            for (const PolicyLink& link : state) last = std::max(last, link.age);
    return static_cast<double>(last);
}

}  // namespace

PolicyAnswers::PolicyAnswers(const SlottedRules& rules, std::size_t segments)
    : policy_(rules.policy),
      function_(rules.function),
      table_(rules.table),
      repeats_(rules.repeats || policy_ == Policy::doubling || policy_ == Policy::sequential),
      last_age_(last_age_of(rules)) {
    if (policy_ == Policy::doubling) {
        span_.resize(segments + 1);
        add_spans(0, segments, span_);
    }
    state_.reserve(segments);
}

void PolicyAnswers::decide(const void* self, std::int64_t segments, const std::int64_t* right_of,
                           const std::int64_t* age, std::uint8_t* swap) {
    const auto& policy = *static_cast<const PolicyAnswers*>(self);
    if (policy.policy_ == Policy::compiled) return policy.function_(segments, right_of, age, swap);
    if (policy.policy_ == Policy::table) return policy.decide_from_table(segments, right_of, age, swap);
    const bool all_elementary = policy.policy_ == Policy::outer_nodes_first && right_of[0] == 1 &&
                                right_of[1] == 2 && right_of[2] == 3 && right_of[3] == 4;
    for (std::int64_t node = 1; node < segments; ++node) {
        switch (policy.policy_) {
            case Policy::doubling: {
                const auto& [from, to] = policy.span_[static_cast<std::size_t>(node)];
                swap[node] = right_of[from] == node && right_of[node] == to;
                break;
            }
            case Policy::sequential:
                swap[node] = right_of[0] == node;
                break;
            case Policy::outer_nodes_first:
                swap[node] = !all_elementary || node != 2;
                break;
            default:
                swap[node] = 1;
        }
    }
}

void PolicyAnswers::decide_from_table(std::int64_t segments, const std::int64_t* right_of,
                                      const std::int64_t* age, std::uint8_t* swap) const {
    state_.clear();
    for (std::int64_t left = 0; left < segments; ++left)
        if (right_of[left] >= 0) state_.push_back({left, right_of[left], age[left]});
    const auto found = table_.find(state_);
    if (found == table_.end()) return;
    for (const std::int64_t node : found->second) swap[node] = 1;
}

}  // namespace ebit
