#include "ebit/chain/slotted.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

std::string text_of(const PolicyLink& link) {
    return "(" + std::to_string(link.left) + ", " + std::to_string(link.right) + ", " +
           std::to_string(link.age) + ")";
}

void check_table(const PolicyTable& table, std::int64_t segments) {
    for (const auto& [state, nodes] : table) {
        for (const PolicyLink& link : state)
            if (link.left < 0 || link.left >= link.right || link.right > segments || link.age < 0)
                throw InvalidParameter("slotted.policy", "a table with the link " + text_of(link),
                                       "of links between two nodes, left to right, with an age");
        for (const std::int64_t node : nodes)
            if (node < 1 || node >= segments)
                throw InvalidParameter("slotted.policy",
                                       "a table in which node " + std::to_string(node) + " swaps",
                                       "of repeaters: 1 to " + std::to_string(segments - 1));
    }
}

}  // namespace

bool SlottedRules::discards_links() const {
    return std::any_of(cutoffs.begin(), cutoffs.end(), [](double cutoff) { return std::isfinite(cutoff); });
}

std::vector<double> SlottedRules::cutoffs_in_slots(double slot) const {
    std::vector<double> slots;
    // So that 16 * 1e-3 / 1e-3 is 16.
    for (const double cutoff : cutoffs)
        if (discards_links()) slots.push_back(std::floor(cutoff / slot * (1.0 + 1e-12)));
    return slots;
}

void SlottedRules::check(std::size_t segments) const {
    if (!cutoffs.empty() && cutoffs.size() != segments + 1)
        throw InvalidParameter("slotted.cutoff", std::to_string(cutoffs.size()) + " numbers",
                               "one number, or one per node: " + std::to_string(segments + 1));
    for (std::size_t i = 0; i < cutoffs.size(); ++i)
        if (!(cutoffs[i] >= 0.0))
            throw InvalidParameter("slotted.cutoff." + std::to_string(i), cutoffs[i],
                                   "non-negative (infinity allowed)");
    if ((policy != Policy::swap_asap || generation != Generation::parallel) && segments > max_ruled_segments)
        throw InvalidParameter("links", std::to_string(segments) + " links",
                               "at most " + std::to_string(max_ruled_segments) +
                                   " where the policy is not swap_asap or generation is sequential");
    if (policy == Policy::outer_nodes_first && segments != 4)
        throw InvalidParameter("slotted.policy = outer_nodes_first is for chains of 4 links, not " +
                               std::to_string(segments));
    if (policy == Policy::doubling && generation == Generation::sequential && segments > 2)
        throw InvalidParameter(
            "slotted.policy = doubling is not allowed with generation = sequential: it would never deliver");
    if (policy == Policy::compiled && function == nullptr)
        throw InvalidParameter("slotted.policy is a function without an address");
    check_table(table, static_cast<std::int64_t>(segments));
    if (memories != 1)
        throw InvalidParameter("slotted.memories", std::to_string(memories),
                               "1: multiplexing is not covered yet");
    if (matching != Matching::best_first)
        throw InvalidParameter("slotted.matching must be best_first: other rules are not covered yet");
}

}  // namespace ebit
