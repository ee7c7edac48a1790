// The rules of a slotted chain. In every slot, in this order:
//
//   segments whose memories are free attempt, a new link has age 0;
//   nodes that hold two links and that the policy names swap;
//   a link between the ends is delivered;
//   links that have reached their cut-off age are discarded, all others age by one slot.
//
// A swapped link is as old as the older of its parts.
// A. G. Inesta, G. Vardoyan, L. Scavuzzo, S. Wehner, npj Quantum Information 9, 46 (2023).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ebit {

// Which of the nodes that hold two links swap.
enum class Policy { swap_asap };

// Which links a failed swap costs when several nodes swap in one slot: every link of the contiguous
// cluster, or, nodes acting one after another, only the two links of the failed swap.
enum class FailedSwap { simultaneous, left_to_right };

// Whether segments whose memories are free keep generating under a longer link.
enum class HiddenSegments { regenerate, idle };

// parallel: every free segment attempts. sequential: segment k only while a link from the left end
// reaches its left node. N. Kamin, E. Shchukin, F. Schmidt, P. van Loock, Phys. Rev. Research 5,
// 023086 (2023).
enum class Generation { parallel, sequential };

// Which of its links a node with several memories joins.
enum class Matching { best_first, first_come, random };

struct SlottedRules {
    Policy policy = Policy::swap_asap;
    FailedSwap failed_swap = FailedSwap::simultaneous;
    HiddenSegments hidden_segments = HiddenSegments::regenerate;
    Generation generation = Generation::parallel;
    // By node, in seconds: a link is of use up to the smaller one of its end nodes, inclusive. Empty
    // where nothing is discarded.
    std::vector<double> cutoffs;
    std::size_t memories = 1;  // per side of a repeater, and of an end node
    Matching matching = Matching::best_first;

    // Throws InvalidParameter for a chain of so many segments.
    void check(std::size_t segments) const;
};

}  // namespace ebit
