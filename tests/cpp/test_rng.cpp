// The rng room. Streams with a chosen state script the variates, so that edges are met on purpose.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/rng/kernels.hpp"
#include "ebit/rng/philox.hpp"
#include "ebit/rng/stream.hpp"
#include "ulp.hpp"

namespace {

using Words = std::array<std::uint64_t, 8>;

// A stream whose next eight words are given: word = rotl(s0 + s3, 23) + s0 with s0 = 0.
ebit::Stream scripted(const Words& words) {
    ebit::Stream stream(0, 0);
    for (std::size_t l = 0; l < 8; ++l) {
        for (auto& row : stream.state) row[l] = 0;
        stream.state[3][l] = std::rotr(words[l], 23);
    }
    return stream;
}

// The word whose uniform variate in [0, 1) is k 2^-53.
std::uint64_t word_of(std::uint64_t k) { return k << 11; }

// P(T <= t) as the kernel realises it, in units of 2^-53: how many of the equally likely
// U = k 2^-53, k = 1 .. 2^53, give T <= t. T falls as U grows, so that bisection finds the edge.
std::uint64_t count_at_most(double p, double t) {
    std::uint64_t below = 0, above = std::uint64_t{1} << 53;  // T(below) > t >= T(above)
    while (above - below > 1) {
        const std::uint64_t middle = below + (above - below) / 2;
        Words words{};
        words.fill(word_of(middle - 1));
        ebit::Stream stream = scripted(words);
        double drawn = 0.0;
        fill_geometric(stream, p, std::span(&drawn, 1));
        (drawn <= t ? above : below) = middle;
    }
    return (std::uint64_t{1} << 53) - below;
}

}  // namespace

TEST_CASE("Philox4x32-10 gives Random123's known answers") {
    using Counter = std::array<std::uint32_t, 4>;
    constexpr std::uint32_t ones = 0xffffffff;
    static_assert(ebit::philox4x32({0, 0, 0, 0}, {0, 0}) ==
                  Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(ebit::philox4x32({ones, ones, ones, ones}, {ones, ones}) ==
          Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(ebit::philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("log of a uniform variate is within 3 ulp") {
    if constexpr (std::numeric_limits<long double>::digits > 53) {
        std::vector<std::uint64_t> ks;
        const std::uint64_t top = std::uint64_t{1} << 53;
        for (int e = 0; e <= 53; ++e) {
            const std::uint64_t power = std::uint64_t{1} << e;
            const auto near_sqrt = static_cast<std::uint64_t>(static_cast<double>(power) * std::sqrt(0.5));
            for (std::uint64_t d = 0; d < 60; ++d)
                for (const std::uint64_t k :
                     {power - d, power + d, power - d * (power / 64), near_sqrt + d, near_sqrt - d})
                    if (k >= 1 && k <= top) ks.push_back(k);
        }
        ebit::Stream random(7, 0);
        std::vector<std::uint64_t> words(100000);
        fill_words(random, words);
        for (const std::uint64_t word : words) ks.push_back((word >> 11) + 1);
        double worst = 0.0;
        for (const std::uint64_t k : ks) {
            Words script{};
            script.fill(word_of(k - 1));
            ebit::Stream stream = scripted(script);
            std::array<double, 8> out{};
            ebit::rng_kernels().log_uniform(stream, out.data(), 8);
            worst =
                std::max(worst, ebit::tests::ulps(out[0], std::log(static_cast<long double>(k) * 0x1p-53L)));
        }
        MESSAGE("worst error of log(U): " << worst << " ulp");
        CHECK(worst < 3.0);
    }
}

TEST_CASE("the cumulative distribution of a geometric variate is exact to 2^-52") {
    if constexpr (std::numeric_limits<long double>::digits > 53) {
        double worst = 0.0;
        for (const double p : {1.0, 1.0 - 0x1p-53, 0.999, 0.75, 0.5, 0.1, 1e-2, 1e-4, 1e-7, 1e-9, 1e-12}) {
            for (const double scale : {0.0, 1e-3, 0.1, 0.5, 1.0, 1.5, 3.0, 10.0, 25.0}) {
                const double t = std::floor(scale / p) + 1.0;
                const long double exact =
                    -std::expm1(static_cast<long double>(t) * std::log1p(-static_cast<long double>(p)));
                const long double realised = std::ldexp(static_cast<long double>(count_at_most(p, t)), -53);
                worst = std::max(worst, static_cast<double>(std::abs(realised - exact)));
            }
        }
        MESSAGE("worst error of P(T <= t): " << worst * 0x1p53 << " times 2^-53");
        CHECK(worst <= 0x1p-52);
    }
}

TEST_CASE("geometric variates at the ends of the uniform's range") {
    for (const double p : {1.0, 0.5, 1e-12}) {
        Words words{0, ~std::uint64_t{0}};
        ebit::Stream stream = scripted(words);
        std::array<double, 2> out{};
        fill_geometric(stream, p, out);
        CHECK(out[1] == 1.0);  // U = 1
        CHECK(out[0] == (p == 1.0 ? 1.0 : std::floor(std::log(0x1p-53) / std::log1p(-p)) + 1.0));
    }
}

TEST_CASE("a trial succeeds below its threshold of 2^62 p") {
    CHECK(ebit::bernoulli_threshold(0.0) == 0);
    CHECK(ebit::bernoulli_threshold(1.0) == std::int64_t{1} << 62);
    CHECK(ebit::bernoulli_threshold(0x1p-62) == 1);
    const std::uint64_t half = std::uint64_t{1} << 63;
    const Words words{0, half - 1, half, half - 4, half + 3, ~std::uint64_t{0}, 1, 3};
    const auto drawn = [&](double p) {
        ebit::Stream stream = scripted(words);
        std::vector<std::uint8_t> out(8);
        fill_bernoulli(stream, p, out);
        return out;
    };
    CHECK(drawn(0.0) == std::vector<std::uint8_t>(8, 0));
    CHECK(drawn(1.0) == std::vector<std::uint8_t>(8, 1));
    CHECK(drawn(0.5) == std::vector<std::uint8_t>{1, 1, 0, 1, 0, 0, 1, 1});
    CHECK(drawn(0x1p-62) == std::vector<std::uint8_t>{1, 0, 0, 0, 0, 0, 1, 1});
}

TEST_CASE("a category is the first whose cumulative weight lies above, and never an empty one") {
    const std::uint64_t top = (std::uint64_t{1} << 53) - 1;
    const auto drawn = [&](const std::vector<double>& weights, const std::array<std::uint64_t, 8>& ks) {
        Words words{};
        std::transform(ks.begin(), ks.end(), words.begin(), word_of);
        ebit::Stream stream = scripted(words);
        std::vector<std::int64_t> out(8);
        fill_categorical(stream, weights, out);
        return out;
    };
    const std::uint64_t quarter = std::uint64_t{1} << 51;
    const std::array<std::uint64_t, 8> ks{0,           quarter - 1, quarter, 2 * quarter, 2 * quarter + 1,
                                          3 * quarter, top,         1};
    using Indices = std::vector<std::int64_t>;
    CHECK(drawn({1, 1, 1, 1}, ks) == Indices{0, 0, 1, 2, 2, 3, 3, 0});
    CHECK(drawn({0, 1, 0, 3, 0}, ks) == Indices{1, 1, 3, 3, 3, 3, 3, 1});
    CHECK(drawn({5}, ks) == Indices(8, 0));
    // Products with subnormal sums round up to the sum itself.
    const double tiny = std::numeric_limits<double>::denorm_min();
    CHECK(drawn({0, tiny, 0}, ks) == Indices(8, 1));
}

TEST_CASE("lengths are rounded up to whole steps, and a stream goes on where it stopped") {
    ebit::Stream whole(3, 5, 2), parts(3, 5, 2);
    std::vector<std::uint64_t> expected(1024), first(13), second(600);
    fill_words(whole, expected);
    fill_words(parts, first);
    fill_words(parts, second);
    CHECK(std::equal(first.begin(), first.end(), expected.begin()));
    CHECK(std::equal(second.begin(), second.end(), expected.begin() + 16));
    fill_words(parts, std::span<std::uint64_t>());
    fill_words(parts, std::span(first).first(8));
    CHECK(std::equal(first.begin(), first.begin() + 8, expected.begin() + 16 + 600));
}

TEST_CASE("hostile parameters are refused") {
    ebit::Stream stream(0, 0);
    std::vector<double> times(8);
    std::vector<std::uint8_t> bits(8);
    std::vector<std::int64_t> indices(8);
    const double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();
    for (const double p : {not_a_number, infinity, -1.0, 0.0, 9.9e-13, 1.0000001})
        CHECK_THROWS_AS(fill_geometric(stream, p, times), ebit::InvalidParameter);
    for (const double p : {not_a_number, infinity, -5e-324, 1.0000001})
        CHECK_THROWS_AS(fill_bernoulli(stream, p, bits), ebit::InvalidParameter);
    for (const auto& weights :
         std::vector<std::vector<double>>{{}, {0.0}, {not_a_number}, {1.0, -1.0}, {infinity}, {1e308, 1e308}})
        CHECK_THROWS_AS(fill_categorical(stream, weights, indices), ebit::InvalidParameter);
}
