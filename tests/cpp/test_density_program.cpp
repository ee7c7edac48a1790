// Maps that are the same for every element, and programs, against plain sums.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/density/linear_map.hpp"
#include "ebit/density/program.hpp"

using namespace ebit;

namespace {

std::mt19937_64& generator() {
    static std::mt19937_64 made(1);
    return made;
}

double uniform() { return std::uniform_real_distribution<>(-1.0, 1.0)(generator()); }

// Entries at random; density 0: a signed permutation. Every third row may be one of the identity.
std::vector<double> random_map(int k, double density) {
    const std::size_t n = power_of_four(k);
    std::vector<double> map(n * n);
    if (density == 0.0) {
        std::vector<std::size_t> images(n);
        std::iota(images.begin(), images.end(), 0);
        std::shuffle(images.begin(), images.end(), generator());
        for (std::size_t i = 0; i < n; ++i) map[i * n + images[i]] = uniform() < 0.0 ? -1.0 : 1.0;
    } else {
        for (double& entry : map) entry = std::abs(uniform()) < density ? uniform() : 0.0;
    }
    if (uniform() < 0.0)
        for (std::size_t i = 0; i < n; i += 3)
            for (std::size_t j = 0; j < n; ++j) map[i * n + j] = i == j ? 1.0 : 0.0;
    return map;
}

std::vector<int> random_qubits(int n, int k) {
    std::vector<int> qubits(static_cast<std::size_t>(n));
    std::iota(qubits.begin(), qubits.end(), 0);
    std::shuffle(qubits.begin(), qubits.end(), generator());
    qubits.resize(static_cast<std::size_t>(k));
    return qubits;
}

// Row by row, every column: the definition.
std::vector<double> mapped(const std::vector<double>& map, std::span<const int> qubits, int n,
                           std::size_t stride, const std::vector<double>& values) {
    const std::size_t k = qubits.size(), columns = power_of_four(static_cast<int>(k));
    std::vector<double> out(values.size());
    const auto shift = [&](std::size_t j) { return 2 * static_cast<std::size_t>(n - 1 - qubits[j]); };
    for (std::size_t r = 0; r < power_of_four(n); ++r) {
        std::size_t row = 0;
        for (std::size_t j = 0; j < k; ++j) row = 4 * row + (r >> shift(j) & 3);
        for (std::size_t c = 0; c < columns; ++c) {
            std::size_t source = r;
            for (std::size_t j = 0; j < k; ++j)
                source = (source & ~(std::size_t{3} << shift(j))) | (c >> 2 * (k - 1 - j) & 3) << shift(j);
            for (std::size_t i = 0; i < stride; ++i)
                out[r * stride + i] += map[row * columns + c] * values[source * stride + i];
        }
    }
    return out;
}

double distance(std::span<const double> a, std::span<const double> b) {
    double most = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
    return most;
}

}  // namespace

TEST_CASE("maps on any qubits, single and in rows") {
    for (int n = 1; n <= 6; ++n)
        for (int k = 1; k <= std::min(n, 3); ++k)
            for (const std::size_t stride : {1u, 8u, 24u})
                for (const double density : {0.0, 0.02, 0.1, 0.5, 1.0}) {
                    CAPTURE(n);
                    CAPTURE(k);
                    CAPTURE(stride);
                    CAPTURE(density);
                    const std::vector<double> map = random_map(k, density);
                    const std::vector<int> qubits = random_qubits(n, k);
                    std::vector<double> values(power_of_four(n) * stride);
                    for (double& value : values) value = uniform();
                    const std::vector<double> expected = mapped(map, qubits, n, stride, values);
                    std::vector<double> once = values, compiled = values, placed = values;
                    apply_transfer(map.data(), qubits, {once.data(), n, stride});
                    const StaticMap fixed(k, map.data());
                    apply(fixed, qubits, {compiled.data(), n, stride});
                    apply(fixed, Placement(qubits, n, stride), placed.data());
                    CHECK(distance(once, expected) < 1e-13);
                    CHECK(once == compiled);
                    CHECK(once == placed);
                }
}

TEST_CASE("rows are written in an order that needs few of them put aside") {
    const auto put_aside = [](const std::vector<double>& map) {
        const StaticMap compiled(2, map.data());
        return std::ranges::count_if(compiled.plan().steps(),
                                     [](const SparseStep& step) { return step.target >= max_rows; });
    };
    std::vector<double> circle(256), triangle(256), swaps(256);
    for (std::size_t i = 0; i < 16; ++i) {
        circle[i * 16 + (i + 1) % 16] = 1.0;
        swaps[i * 16 + (i ^ 1)] = 1.0;
        for (std::size_t j = 0; j <= i; ++j) triangle[i * 16 + j] = 1.0;
    }
    CHECK(put_aside(circle) == 1);
    CHECK(put_aside(swaps) == 8);
    CHECK(put_aside(triangle) == 0);
}

TEST_CASE("a program is its operations, on any number of threads") {
    for (const int n : {1, 2, 4, 6, 9}) {
        CAPTURE(n);
        DensityMatrix state(n, std::nullopt);
        for (std::size_t i = 0; i < power_of_four(n); ++i) state.data()[i] = uniform();
        DensityMatrix threaded(state);
        std::vector<double> expected(state.data(), state.data() + power_of_four(n));
        Program program(n);
        for (int i = 0; i < 12; ++i) {
            const int k = std::min(n, 1 + i % 3);
            const std::vector<double> map = random_map(k, i % 2 == 0 ? 0.0 : 0.1);
            const std::vector<int> qubits = random_qubits(n, k);
            program.add(qubits, map.data());
            expected = mapped(map, qubits, n, 1, expected);
        }
        CHECK(program.size() == 12);
        Cancellation cancel;
        program.run(state, 1, cancel);
        CHECK(distance({state.data(), expected.size()}, expected) < 1e-12);
        program.run(threaded, 3, cancel);
        CHECK(std::equal(state.data(), state.data() + expected.size(), threaded.data()));
    }
}

TEST_CASE("a program of a large state can be stopped") {
    DensityMatrix state(10, std::nullopt);
    Program program(10);
    std::vector<double> map = random_map(2, 0.5);
    for (int q = 0; q < 9; ++q) program.add(std::vector{q, q + 1}, map.data());
    Cancellation cancel;
    cancel.stop();
    CHECK_THROWS_AS(program.run(state, 2, cancel), Cancelled);
}

TEST_CASE("programs refuse what they cannot do") {
    CHECK_THROWS_AS(Program(0), InvalidParameter);
    CHECK_THROWS_AS(Program(14), InvalidParameter);
    Program program(3);
    std::vector<double> identity(4096);
    CHECK_THROWS_AS(program.add(std::vector<int>{}, identity.data()), InvalidParameter);
    CHECK_THROWS_AS(program.add(std::vector{0, 1, 2, 0}, identity.data()), InvalidParameter);
    CHECK_THROWS_AS(program.add(std::vector{3}, identity.data()), InvalidParameter);
    CHECK_THROWS_AS(program.add(std::vector{1, 1}, identity.data()), InvalidParameter);
    identity[5] = NAN;
    CHECK_THROWS_AS(program.add(std::vector{1}, identity.data()), InvalidParameter);
    DensityMatrix other(2, std::nullopt);
    Cancellation cancel;
    CHECK_THROWS_AS(program.run(other, 1, cancel), InvalidParameter);
}
