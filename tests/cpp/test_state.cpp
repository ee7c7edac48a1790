#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ebit/base/error.hpp"
#include "ebit/state/bell_measurement.hpp"
#include "ebit/state/figures.hpp"
#include "ebit/state/pair.hpp"
#include "ebit/state/swap.hpp"

using namespace ebit;

namespace {

// cos t |00> + sin t |11>, whose only other correlations are xx = -yy = sin 2t and ZI = IZ = cos 2t.
Correlations tilted(double t) {
    Correlations c{};
    c[entry(0, 0)] = c[entry(3, 3)] = 1.0;
    c[entry(1, 1)] = std::sin(2.0 * t);
    c[entry(2, 2)] = -std::sin(2.0 * t);
    c[entry(3, 0)] = c[entry(0, 3)] = std::cos(2.0 * t);
    return c;
}

template <std::size_t N>
double distance(const std::array<double, N>& a, const std::array<double, N>& b) {
    double largest = 0.0;
    for (std::size_t n = 0; n < N; ++n) largest = std::max(largest, std::abs(a[n] - b[n]));
    return largest;
}

}  // namespace

TEST_CASE("a density matrix makes the round trip") {
    const double t = 0.3;
    const PairMatrix matrix = density_matrix(tilted(t));
    CHECK(matrix[0].real() == doctest::Approx(std::cos(t) * std::cos(t)));
    CHECK(matrix[entry(0, 3)].real() == doctest::Approx(std::cos(t) * std::sin(t)));
    CHECK(distance(correlations_of_density_matrix(matrix), tilted(t)) < 1e-15);
}

TEST_CASE("special forms embed exactly and come back") {
    const BellWeights weights{0.6, 0.25, 0.1, 0.05};
    CHECK(distance(exact_bell_weights(correlations_of_bell_diagonal(weights)), weights) < 1e-15);
    CHECK(exact_werner_parameter(correlations_of_werner(0.7)) == doctest::Approx(0.7));
    CHECK_THROWS_AS(exact_werner_parameter(correlations_of_bell_diagonal(weights)), InvalidParameter);
    CHECK_THROWS_AS(exact_bell_weights(tilted(0.3)), InvalidParameter);
}

TEST_CASE("only states pass the check") {
    CHECK_NOTHROW(check_correlations(tilted(0.3)));  // pure: three eigenvalues are zero
    Correlations transposed = tilted(0.3);
    transposed[entry(2, 2)] *= -1.0;
    CHECK_THROWS_AS(check_correlations(transposed), InvalidParameter);
    Correlations broken = tilted(0.3);
    broken[entry(1, 2)] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(check_correlations(broken), InvalidParameter);
    CHECK_THROWS_AS(check_bell_weights({0.5, 0.5, 0.5, -0.5}), InvalidParameter);
    CHECK_THROWS_AS(check_werner_parameter(-0.34), InvalidParameter);
}

TEST_CASE("the branches of a swap add up to the average") {
    const auto noise = BellMeasurement{1.0, 0.1, 0.05}.noise();
    const Correlations ab = tilted(0.3);
    const Correlations bc = tilted(0.9);
    const auto branches = swap_outcomes(ab, bc, noise);
    Correlations sum{};
    for (std::size_t m = 0; m < 4; ++m) {
        const Correlations undone = undo_pauli(branches[m], m);
        for (std::size_t n = 0; n < 16; ++n) sum[n] += undone[n];
        CHECK_NOTHROW(check_correlations(normalised(branches[m])));
    }
    CHECK(sum[0] == doctest::Approx(1.0));
    CHECK(distance(sum, swap(ab, bc, noise)) < 1e-15);
}

TEST_CASE("a channel acts on its own qubit") {
    PauliTransfer reset{};  // to |0>
    reset[0] = reset[12] = 1.0;
    const Correlations left = apply_left(reset, tilted(0.3));
    const Correlations right = apply_right(reset, tilted(0.3));
    CHECK(left[entry(3, 0)] == 1.0);
    CHECK(left[entry(0, 3)] == doctest::Approx(std::cos(0.6)));
    CHECK(right[entry(0, 3)] == 1.0);
    CHECK(right[entry(3, 0)] == doctest::Approx(std::cos(0.6)));
}

TEST_CASE("figures of merit") {
    const Correlations perfect = correlations_of_werner(1.0);
    CHECK(qber(perfect) == std::array<double, 3>{0.0, 0.0, 0.0});
    CHECK(secret_fraction_bb84(perfect, 1.2) == 1.0);
    // Dephased: only X and Y are wrong, and what Z tells is known.
    const Correlations dephased = correlations_of_bell_diagonal({0.9, 0.1, 0.0, 0.0});
    CHECK(distance(qber(dephased), {0.1, 0.1, 0.0}) < 1e-15);
    CHECK(secret_fraction_bb84(dephased, 1.5) == doctest::Approx(1.0 - binary_entropy(0.1)));
    CHECK(secret_fraction_six_state(dephased, 1.5) == doctest::Approx(1.0 - binary_entropy(0.1)));
    CHECK(secret_fraction_six_state(correlations_of_werner(0.0), 1.0) == 0.0);
    CHECK_THROWS_AS(secret_fraction_bb84(perfect, 0.9), InvalidParameter);
}
