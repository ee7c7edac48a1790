#include "ebit/rng/stream.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/base/isa.hpp"
#include "ebit/base/math.hpp"
#include "ebit/rng/kernels.hpp"
#include "ebit/rng/philox.hpp"

EBIT_KERNEL_TABLE(RngKernels, rng_table, rng_kernels)

namespace ebit {

namespace {

constexpr std::size_t chunk = 256;

// Runs a kernel that writes multiples of eight over any length.
template <class T, class Fill>
void in_chunks(std::span<T> out, Fill fill) {
    alignas(64) std::array<T, chunk> buffer;
    for (std::size_t done = 0; done < out.size(); done += chunk) {
        const std::size_t n = std::min(chunk, out.size() - done);
        fill(buffer.data(), (n + 7) / 8 * 8);
        std::copy_n(buffer.begin(), n, out.begin() + static_cast<std::ptrdiff_t>(done));
    }
}

}  // namespace

Stream::Stream(std::uint64_t key, std::uint64_t block, std::uint32_t purpose) {
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
    for (std::uint32_t i = 0; i < 16; ++i) {
        const auto r = philox4x32({low(block), high(block), purpose, i}, {low(key), high(key)});
        state[i / 4][2 * i % 8] = r[0] | std::uint64_t{r[1]} << 32;
        state[i / 4][2 * i % 8 + 1] = r[2] | std::uint64_t{r[3]} << 32;
    }
}

std::int64_t bernoulli_threshold(double p) {
    return static_cast<std::int64_t>(std::ldexp(require_probability("p", p), 62));
}

void fill_words(Stream& stream, std::span<std::uint64_t> out) {
    in_chunks(out, [&](std::uint64_t* b, std::size_t n) { rng_kernels().words(stream, b, n); });
}

void fill_uniform(Stream& stream, std::span<double> out) {
    in_chunks(out, [&](double* b, std::size_t n) { rng_kernels().uniform(stream, b, n); });
}

void fill_geometric(Stream& stream, double p, std::span<double> out) {
    const double inverse = 1.0 / log_one_minus(require_in_range("p", p, 1e-12, 1.0));
    in_chunks(out, [&](double* b, std::size_t n) { rng_kernels().geometric(stream, inverse, b, n); });
}

void fill_bernoulli(Stream& stream, double p, std::span<std::uint8_t> out) {
    const std::int64_t threshold = bernoulli_threshold(p);
    in_chunks(out, [&](std::uint8_t* b, std::size_t n) { rng_kernels().bernoulli(stream, threshold, b, n); });
}

void fill_categorical(Stream& stream, std::span<const double> weights, std::span<std::int64_t> out) {
    double sum = 0.0;
    std::vector<double> cumulative;
    for (const double w : weights) cumulative.push_back(sum += require_non_negative("weights", w));
    require_positive("sum(weights)", sum);
    // The last category that is not empty takes all that is left, whatever rounding does.
    std::replace(cumulative.begin(), cumulative.end(), sum, std::numeric_limits<double>::infinity());
    cumulative.resize(std::bit_ceil(cumulative.size()), std::numeric_limits<double>::infinity());
    in_chunks(out, [&](std::int64_t* b, std::size_t n) {
        rng_kernels().categorical(stream, sum, cumulative.data(), cumulative.size(), b, n);
    });
}

}  // namespace ebit
