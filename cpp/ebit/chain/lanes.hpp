// Slotted chains of up to 63 segments, sixteen shots at a time, each in a lane of its own.
//
// A link between nodes a < c opens at node a (it takes the right memory there) and closes at node c
// (the left memory). Links nest: those of level 0 lie under no other, those of level 1 under one of
// level 0, and so on. On one level links only meet at their ends, so that a level is two words per
// lane: a bit per node where a link opens, and where one closes. Their difference close - open, as
// numbers, has a bit for every segment that is covered; nodes with both bits hold two links; and a swap
// that succeeds just clears both bits of its node.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ebit {

struct SlottedLanes {
    static constexpr std::size_t width = 16;
    static constexpr std::size_t most_segments = 63;
    static constexpr std::size_t most_levels = (most_segments + 1) / 2;
    static constexpr std::size_t log_count = 4096;

    // What a memory's storage adds to a storage column.
    struct Charge {
        std::size_t memory;
        std::size_t column;
        double weight;  // per slot
    };
    // Sets `swap` for the nodes that a policy lets swap; see PolicyFunction.
    using Decide = void (*)(const void* policy, std::int64_t segments, const std::int64_t* right_of,
                            const std::int64_t* age, std::uint8_t* swap);

    // The chain.
    std::size_t segments = 0;
    double inverse_log_failure[most_segments];  // 1 / log(1 - p)
    std::uint64_t sure = 0;                     // nodes whose swaps always succeed
    // Of the other nodes: the 62 bits of their thresholds, a bit per node, highest first, up to the last
    // that is set anywhere.
    std::uint64_t threshold[62];
    std::size_t threshold_bits = 0;
    bool idle = false;               // hidden segments are idle
    bool sequential = false;         // generation
    bool left_to_right = false;      // failed swaps
    const double* cutoff = nullptr;  // by node, in slots; null: none
    Decide decide = nullptr;         // null: every node that holds two links swaps
    const void* policy = nullptr;
    bool repeats = false;    // the policy is asked again in a slot in which something swapped
    double last_age = -1.0;  // of a link up to which the policy's answers may change with time alone
    const Charge* charges = nullptr;
    std::size_t charge_count = 0;
    std::size_t column_count = 0;
    double slot = 1.0;  // seconds

    // The block.
    std::size_t shots = 0;
    std::size_t next_shot = 0;
    std::size_t active = 0;  // lanes at work
    double* out_time = nullptr;
    double* out_attempts = nullptr;
    double* const* out_storage = nullptr;  // by column
    double* out_swaps = nullptr;           // null: not asked for
    double* out_lost_swaps = nullptr;

    // The shots at hand, by lane.
    std::size_t shot[width];
    std::size_t depth = 1;                                // levels in use, in any lane
    alignas(64) std::uint64_t open[most_levels][width];   // by level
    alignas(64) std::uint64_t close[most_levels][width];  // by level
    alignas(64) std::uint64_t usable[width];              // segments; none once the lane is done
    alignas(64) std::uint64_t pending[width];             // segments that attempt
    alignas(64) double now[width];                        // slots
    alignas(64) double attempts[width];
    alignas(64) double steps[width];
    alignas(64) double swaps[width];
    alignas(64) double lost_swaps[width];
    alignas(64) double time[most_segments][width];  // of a segment's next link, or its last one
    double* waits = nullptr;  // [level][memory][lane]: slots that the memories of a node that swapped waited
    // Where links are discarded or a policy asks for ages.
    alignas(64) double oldest[most_segments][width];  // part of the link that opens at a node
    alignas(64) double expiry[width];                 // when the next link will be too old
    alignas(64) double asked[width];                  // slot up to which the policy had nothing to swap
    // Not 0 where swaps, or links that grew too old, left the last slot with other links than the policy saw.
    alignas(64) std::uint64_t changed[width];

    // Logarithms of uniform variates.
    std::size_t log_begin = 0;
    std::size_t log_end = 0;
    alignas(64) double logs[log_count + width];
};

}  // namespace ebit
