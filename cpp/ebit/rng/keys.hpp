// Keys of runs that belong together: word 0 of Philox's output, with the run key as key, the number
// of the run as block, and a purpose of its own (stream.hpp).
#pragma once

#include <cstdint>

#include "ebit/rng/philox.hpp"

namespace ebit {

inline constexpr std::uint32_t key_purpose = 0xFFFFFFFF;

constexpr std::uint64_t derived_key(std::uint64_t key, std::uint64_t number) {
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
    const auto r = philox4x32({low(number), high(number), key_purpose, 0}, {low(key), high(key)});
    return r[0] | std::uint64_t{r[1]} << 32;
}

}  // namespace ebit
