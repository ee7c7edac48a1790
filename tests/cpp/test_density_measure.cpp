#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/density/measure.hpp"

using namespace ebit;

namespace {

// (|00> + |11>) / sqrt 2.
DensityMatrix bell_pair(std::optional<std::size_t> batch) {
    DensityMatrix state(2, batch);
    std::fill_n(state.data(), 16 * state.stride(), 0.0);
    for (const std::size_t row : {0, 5, 10, 15})
        std::fill_n(state.data() + row * state.stride(), state.stride(), row == 10 ? -1.0 : 1.0);
    return state;
}

PauliString string(std::string_view text, std::vector<int> qubits) { return pauli_string(text, qubits, 2); }

constexpr std::array<double, 1> no_error{0.0};

}  // namespace

TEST_CASE("strings are numbered in base four, qubit 0 first") {
    const std::vector<int> qubits{2, 0};
    const PauliString found = pauli_string("-XZ", qubits, 3);
    CHECK(found.row == 3 * 16 + 1);
    CHECK(found.negative);
    CHECK_THROWS_AS(pauli_string("XW", qubits, 3), InvalidParameter);
    CHECK_THROWS_AS(pauli_string("X", qubits, 3), InvalidParameter);
    CHECK_THROWS_AS(pauli_string("II", qubits, 3), InvalidParameter);
    CHECK_THROWS_AS(pauli_string("XX", std::vector<int>{1, 1}, 3), InvalidParameter);
    CHECK_THROWS_AS(pauli_string("XX", std::vector<int>{1, 3}, 3), InvalidParameter);
}

TEST_CASE("phases of products: XY = iZ, and a string with itself has none") {
    const ProductPhases by_y(2, 1);
    CHECK(by_y.high[0] + by_y.low[1] == 1);
    CHECK(by_y.high[0] + by_y.low[2] == 0);
    CHECK(by_y.high[0] + by_y.low[3] == 3);
    const ProductPhases long_string(0x1555555, 13);  // X on every qubit: Z on every qubit gives i^13
    CHECK(((long_string.high[0x3fff] + long_string.low[0xfff]) & 3) == 1);
}

TEST_CASE("halves of a Bell pair agree, whatever is drawn") {
    DensityMatrix state = bell_pair(3000);
    const Bits here = measure(state, string("Z", {0}), no_error, 1);
    const Bits there = measure(state, string("Z", {1}), no_error, 2);
    CHECK(here == there);
    CHECK(std::count(here.begin(), here.end(), 1) > 1200);
    CHECK(std::count(here.begin(), here.end(), 1) < 1800);
    for (std::size_t e = 0; e < state.size(); ++e) CHECK(state.data()[15 * state.stride() + e] == 1.0);
}

TEST_CASE("rows of a single state are those of a batch") {
    DensityMatrix one = bell_pair(std::nullopt), many = bell_pair(5);
    const std::array<std::int64_t, 1> odd{1};
    CHECK(project(one, string("XX", {0, 1}), odd)[0] == 0.0);
    CHECK(project(many, string("-XX", {0, 1}), odd) == Probabilities(5, 1.0));
    CHECK(one.data()[0] == 1.0);  // nothing is left: the mixed state
    CHECK(one.data()[5] == 0.0);
    CHECK(many.data()[5 * many.stride() + 4] == 1.0);
}

TEST_CASE("a branch on three qubits is more than the kernels hold") {
    DensityMatrix state(4, std::nullopt);
    std::vector<double> entries(std::size_t{64} * 64);
    for (std::size_t i = 0; i < 64; ++i) entries[65 * i] = 1.0;
    const std::vector<int> three{0, 1, 2}, two{1, 3};
    CHECK_THROWS_AS(measure(state, state, three, {entries, 1, 64, false}, 1), InvalidParameter);
    std::vector<double> identity(std::size_t{16} * 16);
    for (std::size_t i = 0; i < 16; ++i) identity[17 * i] = 1.0;
    CHECK(measure(state, state, two, {identity, 1, 16, false}, 1) == Outcomes{0});
    const DensityMatrix zero(4, std::nullopt);
    CHECK(std::equal(state.data(), state.data() + 256, zero.data()));
}

TEST_CASE("what is no state is refused before anything is changed") {
    DensityMatrix state = bell_pair(20);
    state.data()[17] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(measure(state, string("Z", {0}), no_error, 1), InvalidParameter);
    CHECK(state.data()[5 * state.stride()] == 1.0);
    DensityMatrix fine = bell_pair(2);
    CHECK_THROWS_AS(project(fine, string("Z", {0}), std::array<std::int64_t, 1>{2}), InvalidParameter);
    CHECK_THROWS_AS(measure(fine, string("Z", {0}), std::array{1.5}, 1), InvalidParameter);
}
