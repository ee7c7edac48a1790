#include <doctest/doctest.h>

#include <cmath>

#include "ebit/base/error.hpp"
#include "ebit/link/bessel.hpp"
#include "ebit/link/capacity.hpp"
#include "ebit/link/quadrature.hpp"
#include "ebit/link/schemes.hpp"

using namespace ebit;

TEST_CASE("scaled Bessel functions: tables, both series, no overflow") {
    CHECK(scaled_bessel_i(0, 0.0) == 1.0);
    CHECK(scaled_bessel_i(1, 0.0) == 0.0);
    // Abramowitz and Stegun, table 9.8: exp(-x) I0 and exp(-x) I1 at x = 1 and 10.
    CHECK(scaled_bessel_i(0, 1.0) == doctest::Approx(0.4657596077).epsilon(1e-9));
    CHECK(scaled_bessel_i(1, 1.0) == doctest::Approx(0.2079104154).epsilon(1e-9));
    CHECK(scaled_bessel_i(0, 10.0) == doctest::Approx(0.1278333372).epsilon(1e-9));
    CHECK(scaled_bessel_i(1, 10.0) == doctest::Approx(0.1212626814).epsilon(1e-9));
    // The average of exp(-x (1 - cos t)) cos(order t) over a circle, on both sides of the switch.
    for (const double x : {0.3, 12.0, 29.999, 30.001, 80.0})
        for (const int order : {0, 1}) {
            double mean = 0.0;
            for (int k = 0; k < 256; ++k) {
                const double t = 2.0 * std::acos(-1.0) * k / 256;
                mean += std::exp(-x * (1.0 - std::cos(t))) * std::cos(order * t) / 256;
            }
            CHECK(scaled_bessel_i(order, x) == doctest::Approx(mean).epsilon(1e-13));
        }
    CHECK(scaled_bessel_i(0, 1e300) == doctest::Approx(1.0 / std::sqrt(2.0 * std::acos(-1.0) * 1e300)));
}

TEST_CASE("Gauss-Legendre quadrature is exact for polynomials of degree 2n - 1") {
    for (const std::size_t n : {1u, 2u, 7u, 48u}) {
        const QuadratureRule rule = gauss_legendre(n);
        const auto degree = static_cast<double>(2 * n - 2);
        double sum = 0.0, even = 0.0, odd = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            sum += rule.weight[i];
            even += rule.weight[i] * std::pow(rule.node[i], degree);
            odd += rule.weight[i] * std::pow(rule.node[i], degree + 1.0);
        }
        CHECK(sum == doctest::Approx(2.0).epsilon(1e-14));
        CHECK(even == doctest::Approx(2.0 / (degree + 1.0)).epsilon(1e-12));
        CHECK(std::abs(odd) < 1e-14);
    }
}

TEST_CASE("a double-click link from hardware to the canonical form") {
    const Arm a{Fibre{82.8e3, 21.8}}, b{Fibre{19.1e3, 6.2}};
    const DoubleClick scheme{Detector{0.8, 0.0}, 0.9};
    const ElementaryLink link = double_click(a, b, scheme, Herald{});
    CHECK(link.p_success == doctest::Approx(0.32 * std::pow(10.0, -2.8)).epsilon(1e-13));
    CHECK(link.attempt_time == doctest::Approx(2.0 * 82.8e3 / 2e8).epsilon(1e-14));
    CHECK(link.transmissivity == doctest::Approx(std::pow(10.0, -2.8)).epsilon(1e-13));
    CHECK(link.state[entry(1, 1)] == doctest::Approx(0.9).epsilon(1e-14));
    CHECK(link.state[entry(2, 2)] == doctest::Approx(-0.9).epsilon(1e-14));
    CHECK(link.state[entry(3, 3)] == doctest::Approx(1.0).epsilon(1e-14));
}

TEST_CASE("structs of C++ users are checked too") {
    const Arm arm{Fibre{1e3, 1.0}};
    CHECK_THROWS_AS(double_click(Arm{Fibre{-1.0}}, arm, DoubleClick{}, Herald{}), InvalidParameter);
    CHECK_THROWS_AS(double_click(arm, arm, DoubleClick{Detector{1.1}}, Herald{}), InvalidParameter);
    CHECK_THROWS_AS(single_click(arm, arm, SingleClick{.bright_population = {0.1, 2.0}}, Herald{}),
                    InvalidParameter);
    CHECK_THROWS_AS(spdc_midpoint(arm, Arm{FreeSpace{.distance = 0.0}}, SpdcMidpoint{}, Herald{}),
                    InvalidParameter);
    CHECK_THROWS_AS(double_click(arm, arm, DoubleClick{}, Herald{.modes = 0}), InvalidParameter);
    CHECK_THROWS_AS(plob_bound(std::nan("")), InvalidParameter);
    CHECK_THROWS_AS(chain_bound({}), InvalidParameter);
}

TEST_CASE("many modes with tiny probability") {
    CHECK(any_of_modes(1e-18, 1000) == doctest::Approx(1e-15).epsilon(1e-12));
    CHECK(any_of_modes(1.0, 3) == 1.0);
    CHECK(any_of_modes(0.5, 2) == doctest::Approx(0.75).epsilon(1e-15));
}
