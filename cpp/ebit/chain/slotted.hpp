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

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace ebit {

// Which of the nodes that hold two links swap. A policy is asked in every slot after new links
// appeared; doubling and sequential again in the same slot as long as something swapped.
//   swap_asap          all
//   doubling           only along a balanced binary tree (of an odd number of segments the left half
//                      takes one more)
//   outer_nodes_first  of four segments: nodes 1 and 3 if all four elementary links are there, else all
//   sequential         a node whose left link reaches node 0
//   table, compiled    what a user says
enum class Policy { swap_asap, doubling, outer_nodes_first, sequential, table, compiled };

// right_of[i]: the node at which the link ends that leaves node i to the right, or -1; age[i]: its age in
// slots. The function sets swap[i] (segments + 1 zeros) to 1 for nodes that swap; nodes that do not hold
// two links stay out of it.
using PolicyFunction = void (*)(std::int64_t segments, const std::int64_t* right_of, const std::int64_t* age,
                                std::uint8_t* swap);

// The links of a chain, sorted, with their ages in slots, and the nodes that swap then: none in a state
// that a table does not name.
struct PolicyLink {
    std::int64_t left;
    std::int64_t right;
    std::int64_t age;
    auto operator<=>(const PolicyLink&) const = default;
};
using PolicyState = std::vector<PolicyLink>;
using PolicyTable = std::map<PolicyState, std::vector<std::int64_t>>;

// Which links a failed swap costs when several nodes swap in one slot: every link of the contiguous
// cluster, or, nodes acting one after another, only the two links of the failed swap.
enum class FailedSwap { simultaneous, left_to_right };

// Whether segments whose memories are free keep generating under a longer link.
enum class HiddenSegments { regenerate, idle };

// parallel: every free segment attempts. sequential: segment k only while a link from the left end
// reaches its left node. L. Kamin, E. Shchukin, F. Schmidt, P. van Loock, Phys. Rev. Research 5,
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
    PolicyTable table;                  // of Policy::table
    PolicyFunction function = nullptr;  // of Policy::compiled
    bool repeats = false;               // a table or function is asked again like doubling
    bool by_age = true;                 // a function looks at ages, and is asked in every slot
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

    bool discards_links() const;
    // The cut-offs in slots of so many seconds; empty where nothing is discarded.
    std::vector<double> cutoffs_in_slots(double slot) const;
    // Throws InvalidParameter for a chain of so many segments.
    void check(std::size_t segments) const;
    // And where cut-offs, in slots of so many seconds, exclude that a pair is ever delivered.
    void check_delivery(std::size_t segments, double slot) const;
};

// The slots that fit into a time, however their product was rounded: 16 of 1e-3 s into 16e-3 s.
double whole_slots(double time, double slot);

// The most segments where the policy is not swap-asap or generation is sequential.
inline constexpr std::size_t max_ruled_segments = 63;

}  // namespace ebit
