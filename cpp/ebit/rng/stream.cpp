#include "ebit/rng/stream.hpp"

#include <algorithm>
#include <array>
#include <cmath>
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
template <class T, class Fill, class Take>
void in_chunks(std::size_t count, Fill fill, Take take) {
    alignas(64) std::array<T, chunk> buffer;
    for (std::size_t done = 0; done < count; done += chunk) {
        const std::size_t n = std::min(chunk, count - done);
        fill(buffer.data(), (n + 7) / 8 * 8);
        take(buffer.data(), done, n);
    }
}

template <class T, class Fill>
void copy_in_chunks(std::span<T> out, Fill fill) {
    in_chunks<T>(out.size(), fill, [&](const T* buffer, std::size_t at, std::size_t n) {
        std::copy_n(buffer, n, out.begin() + static_cast<std::ptrdiff_t>(at));
    });
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
    copy_in_chunks(out, [&](std::uint64_t* b, std::size_t n) { rng_kernels().words(stream, b, n); });
}

void fill_uniform(Stream& stream, std::span<double> out) {
    copy_in_chunks(out, [&](double* b, std::size_t n) { rng_kernels().uniform(stream, b, n); });
}

void fill_geometric(Stream& stream, double p, std::span<double> out) {
    const double inverse = 1.0 / log_one_minus(require_in_range("p", p, 1e-12, 1.0));
    copy_in_chunks(out, [&](double* b, std::size_t n) { rng_kernels().geometric(stream, inverse, b, n); });
}

void fill_bernoulli(Stream& stream, double p, std::span<std::uint8_t> out) {
    const std::int64_t threshold = bernoulli_threshold(p);
    in_chunks<std::uint64_t>(
        out.size(), [&](std::uint64_t* b, std::size_t n) { rng_kernels().words(stream, b, n); },
        [&](const std::uint64_t* b, std::size_t at, std::size_t n) {
            for (std::size_t i = 0; i < n; ++i) out[at + i] = static_cast<std::int64_t>(b[i] >> 2) < threshold;
        });
}

void fill_categorical(Stream& stream, std::span<const double> weights, std::span<std::int64_t> out) {
    if (weights.empty()) throw InvalidParameter("weights must not be empty");
    double sum = 0.0;
    std::vector<double> cumulative;
    for (const double w : weights) cumulative.push_back(sum += require_non_negative("weights", w));
    require_positive("sum(weights)", sum);
    in_chunks<double>(
        out.size(), [&](double* b, std::size_t n) { rng_kernels().uniform(stream, b, n); },
        [&](const double* b, std::size_t at, std::size_t n) {
            for (std::size_t i = 0; i < n; ++i) {
                // The first category whose cumulative weight lies above; never an empty one.
                const auto it = std::upper_bound(cumulative.begin(), cumulative.end(), b[i] * sum);
                out[at + i] = it - cumulative.begin();
            }
        });
}

}  // namespace ebit
