// The base room: parameter checks, buffers, elementary functions, blocks over threads.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ebit/base/buffer.hpp"
#include "ebit/base/error.hpp"
#include "ebit/base/isa.hpp"
#include "ebit/base/math.hpp"
#include "ebit/base/parallel.hpp"
#include "ulp.hpp"

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a refused parameter is named with its value and what is allowed") {
    CHECK_THROWS_WITH_AS(ebit::require_probability("p", 1.5),
                         "p = 1.5 is not allowed: it must be a probability in [0, 1]",
                         ebit::InvalidParameter);
    CHECK_THROWS_WITH_AS(ebit::require_in_range("x", 0.0, 1e-12, 1.0),
                         "x = 0 is not allowed: it must be in [1e-12, 1]", std::invalid_argument);
}

TEST_CASE("checks let their range through and refuse the rest") {
    struct Check {
        double (*require)(std::string_view, double);
        std::vector<double> good, bad;
    };
    const double tiny = std::numeric_limits<double>::denorm_min();
    const std::vector<Check> checks{
        {ebit::require_probability,
         {0.0, -0.0, tiny, 1.0},
         {not_a_number, infinity, -tiny, std::nextafter(1.0, 2.0)}},
        {ebit::require_positive, {tiny, 1e308}, {not_a_number, infinity, 0.0, -0.0, -1.0}},
        {ebit::require_non_negative, {0.0, 1e308}, {not_a_number, infinity, -tiny}},
        {ebit::require_finite, {-1e308, 0.0}, {not_a_number, infinity, -infinity}},
    };
    for (const Check& check : checks) {
        for (const double value : check.good) CHECK(check.require("x", value) == value);
        for (const double value : check.bad)
            CHECK_THROWS_AS(check.require("x", value), ebit::InvalidParameter);
    }
}

TEST_CASE("numbers are written so that they read back") {
    for (const double value : {0.1, 1e-300, 1.0 / 3.0, -0.0, 5e-324, 1.7976931348623157e308})
        CHECK(std::strtod(ebit::to_text(value).c_str(), nullptr) == value);
    CHECK(ebit::to_text(0.1) == "0.1");
    CHECK(ebit::to_text(infinity) == "inf");
}

TEST_CASE("a buffer grows, keeps what it holds, starts at zero and is aligned") {
    ebit::Buffer<double> buffer(3);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
    for (std::size_t i = 0; i < 3; ++i) buffer[i] = static_cast<double>(i + 1);
    buffer.reserve(1000);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
    REQUIRE(buffer.capacity() >= 1000);
    CHECK(buffer[2] == 3.0);
    for (std::size_t i = 3; i < buffer.capacity() + 8; ++i) CHECK(buffer[i] == 0.0);
    const double* before = buffer.data();
    buffer.reserve(10);
    CHECK(buffer.data() == before);
}

TEST_CASE("exp(-x) is within 1 ulp, and zero beyond 708") {
    if constexpr (std::numeric_limits<long double>::digits > 53) {
        std::vector<double> x, out(64);
        double worst = 0.0;
        for (int start = 0; start < 8000; ++start) {
            x.clear();
            for (int i = 0; i < 64; ++i)
                x.push_back((start * 64 + i) * (708.0 / 512000.0) * (i % 2 == 0 ? 1.0 : 1e-3));
            ebit::math_kernels().exp_negative(x.data(), out.data(), x.size());
            for (std::size_t i = 0; i < 64; ++i)
                worst = std::max(worst, ebit::tests::ulps(out[i], std::exp(-static_cast<long double>(x[i]))));
        }
        MESSAGE("worst error of exp(-x): " << worst << " ulp");
        CHECK(worst < 1.0);
    }
    std::vector<double> edge{0.0, -0.0, 708.0, 709.0, 1e300, infinity, 1e-320, 745.0};
    ebit::math_kernels().exp_negative(edge.data(), edge.data(), edge.size());
    CHECK(edge == std::vector<double>{1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0});
}

TEST_CASE("sine and cosine are within 2 ulp, or 1e-19 where they are small") {
    if constexpr (std::numeric_limits<long double>::digits > 53) {
        std::vector<double> x(64), sine(64), cosine(64);
        double worst = 0.0;
        for (int start = 0; start < 4000; ++start) {
            const double scale = start % 3 == 0 ? 1e-3 : start % 3 == 1 ? 1.0 : 131072.0 / 64.0;
            for (std::size_t i = 0; i < 64; ++i) x[i] = scale * (std::sin(start * 64.0 + double(i)) * 64.0);
            ebit::math_kernels().sine_cosine(x.data(), sine.data(), cosine.data(), x.size());
            for (std::size_t i = 0; i < 64; ++i) {
                const long double s = std::sin(static_cast<long double>(x[i])),
                                  c = std::cos(static_cast<long double>(x[i]));
                if (std::abs(sine[i] - s) > 1e-19L) worst = std::max(worst, ebit::tests::ulps(sine[i], s));
                if (std::abs(cosine[i] - c) > 1e-19L)
                    worst = std::max(worst, ebit::tests::ulps(cosine[i], c));
            }
        }
        MESSAGE("worst error of sine and cosine: " << worst << " ulp");
        CHECK(worst < 2.0);
    }
    std::vector<double> x{
        0.0,       -0.0,  0x1.921fb54442d18p0, 0x1.921fb54442d18p1, -0x1.921fb54442d18p1, 131072.0,
        -131072.0, 1e-310};
    std::vector<double> sine(8), cosine(8);
    ebit::math_kernels().sine_cosine(x.data(), sine.data(), cosine.data(), 8);
    CHECK(sine[0] == 0.0);
    CHECK(cosine[0] == 1.0);
    CHECK(std::abs(cosine[2] - 6.123233995736766e-17) < 1e-31);
    CHECK(cosine[3] == -1.0);
    CHECK(cosine[4] == -1.0);
    CHECK(sine[7] == 1e-310);
}

TEST_CASE("log(1 - p) is within 4 ulp for every p, and follows the C library at the ends") {
    if constexpr (std::numeric_limits<long double>::digits > 53) {
        double worst = 0.0;
        for (int i = 0; i < 40000; ++i) {
            const double p = std::pow(10.0, -12.0 * (i + 1) / 40000.0);
            worst = std::max(
                worst, ebit::tests::ulps(ebit::log_one_minus(p), std::log1p(-static_cast<long double>(p))));
        }
        MESSAGE("worst error of log(1 - p): " << worst << " ulp");
        CHECK(worst < 4.0);
    }
    CHECK(ebit::log_one_minus(0.0) == 0.0);
    CHECK(ebit::log_one_minus(1e-30) == -1e-30);
    CHECK(ebit::log_one_minus(1.0) == -infinity);
}

TEST_CASE("every block runs exactly once, whatever the number of threads") {
    for (const int threads : {-3, 0, 1, 2, 3, 16}) {
        for (const std::uint64_t count : {0u, 1u, 2u, 1000u}) {
            ebit::Cancellation cancel;
            std::vector<std::atomic<int>> runs(count);
            std::atomic<bool> worker_in_range{true};
            ebit::parallel_blocks(count, threads, cancel, [&](int worker, std::uint64_t block) {
                if (worker < 0 || worker >= std::max(threads, 1)) worker_in_range = false;
                ++runs[block];
            });
            CHECK(worker_in_range);
            for (const auto& n : runs) CHECK(n == 1);
        }
    }
}

TEST_CASE("the exception of a worker reaches the caller and stops the others") {
    for (const int threads : {1, 3}) {
        ebit::Cancellation cancel;
        std::atomic<int> runs{0};
        const auto work = [&](int, std::uint64_t block) {
            ++runs;
            if (block == 5) throw std::runtime_error("block 5");
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        };
        CHECK_THROWS_WITH_AS(ebit::parallel_blocks(100000, threads, cancel, work), "block 5",
                             std::runtime_error);
        CHECK(runs < 1000);
    }
}

TEST_CASE("a poll that asks to stop stops the work soon") {
    for (const int threads : {1, 3}) {
        const auto start = std::chrono::steady_clock::now();
        std::uint64_t seen = 0;
        ebit::Cancellation cancel([&](std::uint64_t done) { return (seen = done) > 0; });
        const auto work = [&](int, std::uint64_t) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            cancel.add_done(1);
        };
        CHECK_THROWS_AS(ebit::parallel_blocks(1u << 30, threads, cancel, work), ebit::Cancelled);
        CHECK(seen > 0);
        CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
    }
}

TEST_CASE("the caller polls while the others work, and what its poll throws stops them") {
    ebit::Cancellation cancel([](std::uint64_t) -> bool { throw std::runtime_error("interrupted"); });
    std::atomic<bool> begun{false};
    const auto work = [&](int worker, std::uint64_t) {
        // The caller ends its one block at once; another worker goes on until it is told to stop.
        while (worker == 0 && !begun) std::this_thread::yield();
        begun = true;
        while (worker != 0 && !cancel.requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    CHECK_THROWS_WITH_AS(ebit::parallel_blocks(2, 2, cancel, work), "interrupted", std::runtime_error);
}

TEST_CASE("stop() alone cancels, and only the owner's thread polls") {
    std::atomic<int> polls{0};
    ebit::Cancellation cancel([&](std::uint64_t) { return ++polls > 0; });
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    std::thread([&] { CHECK_FALSE(cancel.requested()); }).join();
    CHECK(polls == 0);
    CHECK(cancel.requested());
    CHECK(polls == 1);

    ebit::Cancellation stopped;
    stopped.stop();
    CHECK_THROWS_AS(ebit::parallel_blocks(10, 2, stopped, [](int, std::uint64_t) { FAIL("ran"); }),
                    ebit::Cancelled);
}

TEST_CASE("the level in use has a name that EBIT_ISA accepts") {
    CHECK(std::string(ebit::isa_name(ebit::active_isa())).front() == 'v');
}

TEST_CASE("binary entropy") {
    ebit::Buffer<double> p(64), h(64);
    const double values[] = {0.0, 1e-300, 1e-20, 1e-6, 0.11, 0.5, 0.7, 1.0};
    for (std::size_t i = 0; i < 64; ++i) p[i] = i < 8 ? values[i] : static_cast<double>(i) / 64.0;
    ebit::math_kernels().binary_entropy(p.data(), h.data(), 64);
    for (std::size_t i = 0; i < 64; ++i) {
        const long double x = p[i], y = 1.0L - x;
        const long double exact = -(x > 0 ? x * std::log2(x) : 0.0L) - (y > 0 ? y * std::log2(y) : 0.0L);
        CHECK(std::abs(static_cast<double>(exact - h[i])) < 3e-16);
    }
}

TEST_CASE("large buffers: what was given back is used again, and cleared where zeros are promised") {
    constexpr std::size_t count = ebit::least_large_block / sizeof(double);
    double* first = nullptr;
    {
        ebit::Buffer<double> buffer = ebit::Buffer<double>::unset(count);
        first = buffer.data();
        CHECK(reinterpret_cast<std::uintptr_t>(first) % ebit::large_page == 0);
        std::fill_n(first, count + 8, 7.0);
    }
    ebit::Buffer<double> again(count), other(count);
    CHECK(again.data() == first);
    CHECK(other.data() != first);
    CHECK(std::all_of(again.data(), again.data() + count + 8, [](double x) { return x == 0.0; }));
}
