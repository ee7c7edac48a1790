#include "ebit/chain/slotted.hpp"

#include <string>

#include "ebit/base/error.hpp"

namespace ebit {

void SlottedRules::check(std::size_t segments) const {
    if (!cutoffs.empty() && cutoffs.size() != segments + 1)
        throw InvalidParameter("slotted.cutoff", std::to_string(cutoffs.size()) + " numbers",
                               "one number, or one per node: " + std::to_string(segments + 1));
    for (std::size_t i = 0; i < cutoffs.size(); ++i)
        if (!(cutoffs[i] >= 0.0))
            throw InvalidParameter("slotted.cutoff." + std::to_string(i), cutoffs[i],
                                   "non-negative (infinity allowed)");
    if (generation != Generation::parallel)
        throw InvalidParameter("slotted.generation = sequential is not covered yet");
    if (memories != 1)
        throw InvalidParameter("slotted.memories", std::to_string(memories),
                               "1: multiplexing is not covered yet");
    if (matching != Matching::best_first)
        throw InvalidParameter("slotted.matching must be best_first: other rules are not covered yet");
}

}  // namespace ebit
