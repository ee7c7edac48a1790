#include "ebit/chain/slotted.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

std::string text_of(const PolicyLink& link) {
    return "(" + std::to_string(link.left) + ", " + std::to_string(link.right) + ", " +
           std::to_string(link.age) + ")";
}

void check_table(const PolicyTable& table, std::int64_t segments) {
    std::vector<bool> swaps(static_cast<std::size_t>(segments));
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
        for (const std::int64_t node : nodes) swaps[static_cast<std::size_t>(node)] = true;
    }
    for (std::size_t node = 1; node < swaps.size(); ++node)
        if (!swaps[node])
            throw InvalidParameter("slotted.policy",
                                   "a table in which node " + std::to_string(node) + " never swaps",
                                   "one by which the chain can deliver");
}

// Of four segments. Without a link over two or three of them that lasts into the next slot the last swaps
// would be those of four elementary links, of which only two are made.
bool keeps_a_swapped_link(const std::vector<double>& limits) {
    for (const auto& [from, to] : {std::pair{0, 2}, {0, 3}, {1, 3}, {1, 4}, {2, 4}})
        if (std::min(limits[from], limits[to]) >= 1.0) return true;
    return false;
}

// Links at a time: 2^20 of them take some 100 MiB.
constexpr std::size_t most_memories = std::size_t{1} << 20;

bool is_finite_at_repeaters(const std::vector<double>& cutoffs) {
    return !cutoffs.empty() && std::all_of(cutoffs.begin() + 1, cutoffs.end() - 1,
                                           [](double cutoff) { return std::isfinite(cutoff); });
}

// Joined best first or at random, links come to cross: a-c and b-d over nodes a < b < c < d. On more
// than three segments (two, where hidden segments idle) such links can hold the memories that each of
// them waits for, for ever. Joined first come, first served, or by doubling, links never cross, and some
// segment can always go on.
void check_multiplexed(const SlottedRules& rules, std::size_t segments) {
    if (rules.policy != Policy::swap_asap && rules.policy != Policy::doubling)
        throw InvalidParameter(
            "slotted.policy must be swap_asap or doubling where nodes have several memories per side");
    if (rules.generation != Generation::parallel)
        throw InvalidParameter(
            "slotted.generation must be parallel where nodes have several memories per side");
    if (rules.memories > most_memories / segments)
        throw InvalidParameter("slotted.memories", std::to_string(rules.memories),
                               "at most " + std::to_string(most_memories / segments) + " on " +
                                   std::to_string(segments) + " links");
    const std::size_t safe = rules.hidden_segments == HiddenSegments::idle ? 2 : 3;
    if (segments > safe && rules.policy == Policy::swap_asap && rules.matching != Matching::first_come &&
        !is_finite_at_repeaters(rules.cutoffs))
        throw InvalidParameter(
            "slotted.cutoff must be finite at every repeater where nodes with several memories per side "
            "match links best_first or at random: links that cross can block each other for ever; or match "
            "them first_come, or join them by the policy doubling");
}

}  // namespace

double whole_slots(double time, double slot) { return std::floor(time / slot * (1.0 + 1e-12)); }

bool SlottedRules::discards_links() const {
    return std::any_of(cutoffs.begin(), cutoffs.end(), [](double cutoff) { return std::isfinite(cutoff); });
}

std::vector<double> SlottedRules::cutoffs_in_slots(double slot) const {
    std::vector<double> slots;
    if (!discards_links()) return slots;
    for (const double cutoff : cutoffs) slots.push_back(whole_slots(cutoff, slot));
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
    if (((policy != Policy::swap_asap && policy != Policy::doubling) || generation != Generation::parallel) &&
        segments > max_ruled_segments)
        throw InvalidParameter("links", std::to_string(segments) + " links",
                               "at most " + std::to_string(max_ruled_segments) +
                                   " where the policy is neither swap_asap nor doubling, or generation is "
                                   "sequential");
    if (policy == Policy::outer_nodes_first && segments != 4)
        throw InvalidParameter("slotted.policy = outer_nodes_first is for chains of 4 links, not " +
                               std::to_string(segments));
    if (policy == Policy::doubling && generation == Generation::sequential && segments > 3)
        throw InvalidParameter(
            "slotted.policy = doubling is not allowed with generation = sequential: it would never deliver");
    if (policy == Policy::compiled && function == nullptr)
        throw InvalidParameter("slotted.policy is a function without an address");
    if (policy == Policy::table) check_table(table, static_cast<std::int64_t>(segments));
    if (memories < 1) throw InvalidParameter("slotted.memories", std::to_string(memories), "at least 1");
    if (memories > 1) check_multiplexed(*this, segments);
}

void SlottedRules::check_delivery(std::size_t segments, double slot) const {
    const std::vector<double> limits = cutoffs_in_slots(slot);
    if (limits.empty()) return;
    if (policy == Policy::outer_nodes_first && !keeps_a_swapped_link(limits))
        throw InvalidParameter(
            "slotted.cutoff is less than one slot for every link that is swapped: with policy = "
            "outer_nodes_first, which swaps in two slots, the chain could never deliver");
    if (generation != Generation::sequential) return;
    for (std::size_t k = 1; k < segments; ++k)
        if (std::min(limits[0], limits[k]) < static_cast<double>(k))
            throw InvalidParameter(
                "slotted.cutoff is too short: with generation = sequential a link between nodes 0 and " +
                std::to_string(k) + " is kept for " + std::to_string(k) +
                " slots at least; the chain could never deliver");
}

}  // namespace ebit
