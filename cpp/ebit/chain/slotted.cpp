#include "ebit/chain/slotted.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

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
            "match links "
            "best_first or at random: links that cross can block each other for ever; or match them "
            "first_come, or join them by the policy doubling");
}

}  // namespace

void SlottedRules::check(std::size_t segments) const {
    if (!cutoffs.empty() && cutoffs.size() != segments + 1)
        throw InvalidParameter("slotted.cutoff", std::to_string(cutoffs.size()) + " numbers",
                               "one number, or one per node: " + std::to_string(segments + 1));
    for (std::size_t i = 0; i < cutoffs.size(); ++i)
        if (!(cutoffs[i] >= 0.0))
            throw InvalidParameter("slotted.cutoff." + std::to_string(i), cutoffs[i],
                                   "non-negative (infinity allowed)");
    if (memories < 1) throw InvalidParameter("slotted.memories", std::to_string(memories), "at least 1");
    if (memories > 1) check_multiplexed(*this, segments);
    if (generation != Generation::parallel)
        throw InvalidParameter("slotted.generation = sequential is not covered yet");
}

}  // namespace ebit
