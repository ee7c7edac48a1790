// The inner loops of the samplers. Arrays are Buffers: kernels work in steps of eight and may read
// and write up to eight elements past a length.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "ebit/chain/lanes.hpp"
#include "ebit/chain/level.hpp"
#include "ebit/rng/stream.hpp"

namespace ebit {

// Links that are all drawn once and stay. The earlier of two neighbours waits at the repeater
// between them; end nodes that store wait for the last link of all.
struct LinkLaw {
    double inverse_log_failure;  // 1 / log(1 - p)
    double attempt_time;
    double most_attempts;  // that a round leaves time for
};
// What waiting at the repeater between a link and the one before it adds to a storage column.
struct LinkWait {
    std::size_t column;
    double weight_before;  // of the memory toward the link before
    double weight_here;    // of the memory toward this link
};
struct EndWait {
    std::size_t column;
    double weight;
};
struct ParallelLinks {
    std::size_t count;
    const LinkLaw* laws;
    const std::size_t* wait_begin;  // waits of link k are wait_begin[k] .. wait_begin[k + 1] - 1
    const LinkWait* waits;          // with a single column: one for every link but the first
    const EndWait* first_waits;
    std::size_t first_wait_count;
    const EndWait* last_waits;
    std::size_t last_wait_count;
    // Outputs, by shot.
    double* latest;
    double* attempts;
    double* const* sums;  // by column
    std::size_t column_count;
    // In rounds, attempts are limited, and swaps are counted, at nodes that hold two links by
    // the end of the round.
    bool in_rounds;
    double limit;
    double* swaps;
};

// Rounds one after another, in each of which all links are drawn anew. The ones that end by `limit`
// deliver; the others last just as long.
struct Rounds {
    std::size_t count;  // a multiple of eight
    double limit;
    // By round.
    const double* latest;
    const double* attempts;
    const double* swaps;
    const double* const* sums;
    std::size_t column_count;
    // Out: by delivery.
    double* made_latest;
    double* made_rounds;
    double* made_attempts;
    double* made_swaps;
    double* const* made_sums;
    // In/out: of the rounds since the last delivery.
    double rounds_carry;
    double attempts_carry;
    double swaps_carry;
};

// A storage column of an attempt to join pair a with pair b: out = a + b + the wait of the earlier
// pair times the weight of its two memories. A null input counts as zero.
struct JoinColumn {
    const double* a;
    const double* b;
    double weight_a;
    double weight_b;
    double* out;
};

// A count of operations: of an attempt, those of both pairs and its own. A null input counts as zero.
struct JoinCount {
    const double* a;
    const double* b;
    bool tried;    // adds one for an attempt that its cut-off lets pass
    bool in_vain;  // adds one for such an attempt that fails
    double* out;   // of all attempts since the last success
    double carry;  // in/out: of the attempts since the last success
};
inline constexpr std::size_t max_counts = 4;

// What becomes of the xx, yy and zz of two pairs where every shot carries them: decay while the
// earlier pair waits, then a swap, x = factor x_a x_b, or a distillation.
struct StateJoin {
    bool distils = false;
    bool twirls = false;       // a distillation makes Werner states of what goes in and comes out
    bool exchanges = false;    // a distillation first exchanges Phi- and Psi- of both pairs
    bool single_rate = false;  // what decays of a waiting pair decays at one rate, be it a or b
    double share = 1.0;        // of the equal readouts of a distillation: those that keep the pair
    double rates_a[3] = {};    // of decay, per unit of time
    double rates_b[3] = {};
    double swap_factors[3] = {};
    double gate = 1.0;     // probability that both CNOTs of a distillation work
    double readout = 1.0;  // factor that its readout errors leave of the parity
    auto operator<=>(const StateJoin&) const = default;
};

// The memories that hold a pair, in units of time: X, Y and Z of its left and right qubit decay at
// these rates, Z toward the equilibrium.
struct PairMemory {
    double rates[2][3] = {};
    double equilibrium[2] = {};
    auto operator<=>(const PairMemory&) const = default;
};

// out += factor * a * b: of the components (whole_state.hpp) of the pairs a, b and what they become.
struct PairTerm {
    std::uint8_t out;
    std::uint8_t a;
    std::uint8_t b;
    double factor;
    auto operator<=>(const PairTerm&) const = default;
};

// What becomes of two pairs where every shot carries their whole states: decay while the earlier one
// waits, then terms. Of a distillation component 0 comes out as the probability that the pair is kept.
struct PairJoin {
    bool distils = false;
    PairMemory memory_a;
    PairMemory memory_b;
    const PairTerm* terms = nullptr;
    std::size_t term_count = 0;
    const std::uint8_t* components = nullptr;  // by column
    std::size_t component_count = 0;
};

// Attempts to join pairs a and b, each starting when the one before ended and lasting until the
// later of its pairs is there. The successful ones go to the outputs, in order.
struct Join {
    // Where the pairs come from: arrays; links drawn on the way; or brief ones, which take one unit of
    // time an attempt and whose times and attempts, added up over all attempts, stay below 2^26.
    enum class Source { arrays, links, brief_links };

    std::size_t count;  // a multiple of eight
    Source source;
    const double* time_a;
    const double* time_b;
    const double* attempts_a;
    const double* attempts_b;
    double inverse_log_failure_a;
    double inverse_log_failure_b;
    double attempt_time_a;
    double attempt_time_b;

    CutOff cutoff;           // in units of time
    std::int64_t threshold;  // of a successful swap (bernoulli_threshold)
    bool sure;               // every attempt succeeds
    bool whole;              // times are whole numbers, so that their sums are exact in any order

    // Columns are storage sums. They come after xx, yy and zz where `states` is given, after the
    // components of whole states where `pairs` is.
    const StateJoin* states;
    const PairJoin* pairs;
    const JoinColumn* columns;
    std::size_t column_count;
    double* time;           // out: of all attempts since the last success
    double* attempts;       // out: likewise, link attempts
    double time_carry;      // in/out: of the attempts since the last success
    double attempts_carry;  // in/out
    JoinCount* counts;
    std::size_t count_kinds;  // at most max_counts; 0: nothing is counted
};

struct ChainKernels {
    // Shots first .. first + count - 1.
    void (*parallel_links)(Stream& stream, const ParallelLinks& links, std::size_t first, std::size_t count);
    // Returns the number of deliveries.
    std::size_t (*keep_rounds)(Rounds& rounds);
    double (*sum)(const double* x, std::size_t count);
    // Sum of (x - mean_x) (y - mean_y).
    double (*comoment)(const double* x, double mean_x, const double* y, double mean_y, std::size_t count);
    // Goes on with a block of a slotted chain, a new one if no shot has begun, for so many steps.
    void (*slotted)(Stream& stream, SlottedLanes& lanes, std::size_t steps);
    // Returns the number of successes.
    std::size_t (*join)(Stream& stream, Join& join);
};

const ChainKernels& chain_kernels();

}  // namespace ebit
