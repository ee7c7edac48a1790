// Random streams keyed by (run key, block, purpose): nothing else can change what a block draws.
//
// Philox4x32-10 with the run key as key and (block, purpose, index) as counter gives the stream its
// initial state; xoshiro256++ (D. Blackman, S. Vigna, ACM TOMS 47:36, 2021) runs from there in
// eight lanes. Word 8 i + l of the stream is step i of lane l. State word w of lane l is 64-bit
// word 8 w + l of Philox's output (each 128-bit output holds two, low half first).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ebit {

struct alignas(64) Stream {
    std::uint64_t state[4][8];

    Stream(std::uint64_t key, std::uint64_t block, std::uint32_t purpose = 0);
};

// What a stream can be turned into. Every call consumes whole steps of eight words: a length is
// rounded up to a multiple of eight and the rest of the last step is thrown away.
void fill_words(Stream& stream, std::span<std::uint64_t> out);
// k 2^-53, k in 0 .. 2^53 - 1.
void fill_uniform(Stream& stream, std::span<double> out);
// T >= 1 with P(T > t) = (1-p)^t, p in [1e-12, 1], as floor(log(U) / log(1-p)) + 1,
// U = k 2^-53 with k in 1 .. 2^53: P(T <= t) is within 2^-52 of exact.
void fill_geometric(Stream& stream, double p, std::span<double> out);
// 1 with probability p (to 2^-62), else 0.
void fill_bernoulli(Stream& stream, double p, std::span<std::uint8_t> out);
// Index i with probability weights[i] / sum(weights).
void fill_categorical(Stream& stream, std::span<const double> weights, std::span<std::int64_t> out);

}  // namespace ebit
