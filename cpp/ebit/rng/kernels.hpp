// The kernels of the rng room. Lengths are multiples of eight.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ebit/rng/stream.hpp"

namespace ebit {

struct RngKernels {
    void (*words)(Stream& stream, std::uint64_t* out, std::size_t count);
    void (*uniform)(Stream& stream, double* out, std::size_t count);
    // Logarithms of uniform variates in (0, 1].
    void (*log_uniform)(Stream& stream, double* out, std::size_t count);
    void (*geometric)(Stream& stream, double inverse_log_failure, double* out, std::size_t count);
    void (*bernoulli)(Stream& stream, std::int64_t threshold, std::uint8_t* out, std::size_t count);
    // out[i] = the number of entries of `cumulative` that are at most sum * (uniform variate).
    // `cumulative` ascends and holds `size` numbers, a power of two, the last one infinite.
    void (*categorical)(Stream& stream, double sum, const double* cumulative, std::size_t size,
                        std::int64_t* out, std::size_t count);
};

const RngKernels& rng_kernels();

// A probability as a threshold for the top 62 bits of a word: success iff (word >> 2) < threshold.
std::int64_t bernoulli_threshold(double p);

}  // namespace ebit
