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
enum class Policy { swap_asap, doubling };

// Which links a failed swap costs when several nodes swap in one slot: every link of the contiguous
// cluster, or, nodes acting one after another, only the two links of the failed swap.
enum class FailedSwap { simultaneous, left_to_right };

// Whether segments whose memories are free keep generating under a longer link.
enum class HiddenSegments { regenerate, idle };

// parallel: every free segment attempts. sequential: segment k only while a link from the left end
// reaches its left node. N. Kamin, E. Shchukin, F. Schmidt, P. van Loock, Phys. Rev. Research 5,
// 023086 (2023).
enum class Generation { parallel, sequential };

// Which of its links a node with several memories per side joins: of a that end and b that begin there
// min(a, b) pairs. Every rule but random puts both lists in order and joins the first with the first,
// the second with the second ...: best_first the youngest first, first_come the oldest; of links of one
// age the longer first, then the one whose qubit came to the node earlier. random: every injection of
// the fewer links into the more is as likely as any other.
enum class Matching { best_first, first_come, random };

struct SlottedRules {
    Policy policy = Policy::swap_asap;
    FailedSwap failed_swap = FailedSwap::simultaneous;
    HiddenSegments hidden_segments = HiddenSegments::regenerate;
    Generation generation = Generation::parallel;
    // By node, in seconds: a link is of use up to the smaller one of its end nodes, inclusive. Empty
    // where nothing is discarded.
    std::vector<double> cutoffs;
    // Per side of a repeater, and of an end node. A segment makes as many attempts in a slot as there are
    // free memories at both of its ends; of several links between the ends the youngest is delivered.
    std::size_t memories = 1;
    Matching matching = Matching::best_first;

    // Throws InvalidParameter for a chain of so many segments.
    void check(std::size_t segments) const;
};

}  // namespace ebit
