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
};

const RngKernels& rng_kernels();

// A probability as a threshold for the top 62 bits of a word: success iff (word >> 2) < threshold.
std::int64_t bernoulli_threshold(double p);

}  // namespace ebit
