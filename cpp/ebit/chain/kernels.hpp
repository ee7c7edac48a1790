// The inner loops of the samplers. Arrays are Buffers: kernels work in steps of eight and may read
// and write up to eight elements past a length.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ebit/rng/stream.hpp"

namespace ebit {

// A storage column of a chain whose links all stay: the earlier of two neighbouring links waits at
// the repeater between them.
struct WaitColumn {
    double weight_before;  // of the memory toward the link before
    double weight_here;    // of the memory toward this link
    double* sum;           // in/out
};

// The completion times of one link in a row of shots.
struct LinkRow {
    double inverse_log_failure;  // 1 / log1p(-p)
    double attempt_time;
    const double* before;  // times of the link before, or null at the first link
    double* time;          // out
    double* latest;        // in/out: larger of it and time (out at the first link)
    double* attempts;      // in/out: plus this link's attempts (out at the first link)
    const WaitColumn* columns;
    std::size_t column_count;
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

// Attempts to join pairs a and b, each starting when the one before ended and lasting until the
// later of its pairs is there. The successful ones go to the outputs, in order.
struct Join {
    std::size_t count;  // a multiple of eight
    // Pairs that stand in arrays, or, where time_a is null, links drawn on the way.
    const double* time_a;
    const double* time_b;
    const double* attempts_a;
    const double* attempts_b;
    double inverse_log_failure_a;
    double inverse_log_failure_b;
    double attempt_time_a;
    double attempt_time_b;

    std::int64_t threshold;  // of a success (bernoulli_threshold)
    bool sure;               // every attempt succeeds
    bool whole;              // times are whole numbers, so that their sums are exact in any order

    const JoinColumn* columns;
    std::size_t column_count;
    double* time;      // out: of all attempts since the last success
    double* attempts;  // out: likewise, link attempts
    double time_carry;      // in/out: of the attempts since the last success
    double attempts_carry;  // in/out
};

struct ChainKernels {
    void (*geometric)(Stream& stream, double inverse_log_failure, double* out, std::size_t count);
    void (*link_row)(Stream& stream, const LinkRow& row, std::size_t count);
    // sum += weight (b - a), elementwise
    void (*add_wait)(const double* a, const double* b, double weight, double* sum, std::size_t count);
    double (*sum)(const double* x, std::size_t count);
    // Sum of (x - mean_x) (y - mean_y).
    double (*comoment)(const double* x, double mean_x, const double* y, double mean_y, std::size_t count);
    // Returns the number of successes.
    std::size_t (*join)(Stream& stream, Join& join);
};

const ChainKernels& chain_kernels();

}  // namespace ebit
