// Random variates, one at a time, from a stream that is read in stretches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ebit/rng/kernels.hpp"

namespace ebit {

class Variates {
  public:
    explicit Variates(Stream& stream) : stream_(stream) {}
    double log_uniform() {
        if (logs_used_ == size) {
            rng_kernels().log_uniform(stream_, logs_.data(), size);
            logs_used_ = 0;
        }
        return logs_[logs_used_++];
    }
    bool success(std::int64_t threshold) { return static_cast<std::int64_t>(word() >> 2) < threshold; }
    // One of 0 .. count - 1, count < 2^32; each to 2^-53.
    std::size_t below(std::size_t count) {
        return static_cast<std::size_t>(static_cast<double>(word() >> 11) * 0x1p-53 *
                                        static_cast<double>(count));
    }

  private:
    std::uint64_t word() {
        if (words_used_ == size) {
            rng_kernels().words(stream_, words_.data(), size);
            words_used_ = 0;
        }
        return words_[words_used_++];
    }

    static constexpr std::size_t size = 256;
    Stream& stream_;
    std::array<double, size> logs_;
    std::array<std::uint64_t, size> words_;
    std::size_t logs_used_ = size;
    std::size_t words_used_ = size;
};

}  // namespace ebit
