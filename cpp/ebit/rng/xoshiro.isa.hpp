// xoshiro256++ in eight lanes, and the variates that kernels draw from it. Only for *.isa.cpp.
#pragma once

#include "ebit/base/math.isa.hpp"
#include "ebit/rng/stream.hpp"

namespace ebit::EBIT_ISA {
namespace {

// A stream's state held in registers for the length of a kernel; written back when it ends.
class Xoshiro {
  public:
    explicit Xoshiro(Stream& stream) : stream_(stream) {
        for (std::size_t w = 0; w < 4; ++w)
            for (std::size_t j = 0; j < parts; ++j) s_[w][j] = load<u64v>(&stream.state[w][j * lanes]);
    }
    ~Xoshiro() {
        for (std::size_t w = 0; w < 4; ++w)
            for (std::size_t j = 0; j < parts; ++j) store(&stream_.state[w][j * lanes], s_[w][j]);
    }
    Xoshiro(const Xoshiro&) = delete;
    Xoshiro& operator=(const Xoshiro&) = delete;

    // The words of lanes j * lanes onward; a step is j = 0 .. parts - 1.
    EBIT_INLINE u64v next(std::size_t j) {
        const u64v sum = s_[0][j] + s_[3][j];
        const u64v word = ((sum << 23) | (sum >> 41)) + s_[0][j];
        const u64v t = s_[1][j] << 17;
        s_[2][j] ^= s_[0][j];
        s_[3][j] ^= s_[1][j];
        s_[1][j] ^= s_[2][j];
        s_[0][j] ^= s_[3][j];
        s_[2][j] ^= t;
        s_[3][j] = (s_[3][j] << 45) | (s_[3][j] >> 19);
        return word;
    }

    // k 2^-53, k in 0 .. 2^53 - 1.
    EBIT_INLINE f64v next_uniform(std::size_t j) { return to_double(next(j) >> 11) * 0x1p-53; }

    // All ones where a trial succeeds, zero where it fails; see bernoulli_threshold().
    EBIT_INLINE i64v next_success(std::size_t j, std::int64_t threshold) {
        return (i64v)(next(j) >> 2) < threshold;
    }

    // Logarithm of a uniform variate k 2^-53, k in 1 .. 2^53.
    EBIT_INLINE f64v next_log(std::size_t j) { return log_scaled(to_double(next(j) >> 11) + 1.0, 53); }

  private:
    Stream& stream_;
    u64v s_[4][parts];
};

// `inverse_log_failure` = 1 / log1p(-p).
EBIT_INLINE f64v geometric(f64v log_uniform, double inverse_log_failure) {
    return floor_positive(log_uniform * inverse_log_failure) + 1.0;
}

}  // namespace
}  // namespace ebit::EBIT_ISA
