#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/density/convert.hpp"
#include "ebit/density/spectrum.hpp"

using namespace ebit;

namespace {

using Complex = std::complex<double>;
using Matrices = std::vector<Complex>;

// A A^+ with unit trace, for every element.
Matrices random_states(int num_qubits, std::size_t size) {
    const std::size_t d = std::size_t{1} << num_qubits;
    std::mt19937 engine(7);
    std::normal_distribution<double> normal;
    Matrices out;
    for (std::size_t k = 0; k < size; ++k) {
        Matrices a(d * d), rho(d * d);
        for (Complex& z : a) z = {normal(engine), normal(engine)};
        double trace = 0.0;
        for (std::size_t r = 0; r < d; ++r)
            for (std::size_t c = 0; c < d; ++c) {
                for (std::size_t i = 0; i < d; ++i) rho[r * d + c] += a[r * d + i] * std::conj(a[c * d + i]);
                if (r == c) trace += rho[r * d + c].real();
            }
        for (const Complex z : rho) out.push_back(z / trace);
    }
    return out;
}

double largest_difference(const Matrices& a, const Matrices& b) {
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

}  // namespace

TEST_CASE("matrices come back as they were, in both orders") {
    for (int n = 0; n <= 5; ++n)
        for (const std::size_t size : {std::size_t{1}, std::size_t{11}}) {
            const Matrices matrices = random_states(n, size);
            for (const QubitOrder order : {QubitOrder::big, QubitOrder::little}) {
                DensityMatrix batch(n, size);
                Matrices back(matrices.size());
                set_matrices(batch, matrices.data(), order, 1e-9);
                get_matrices(batch, back.data(), order);
                CHECK(largest_difference(back, matrices) < 1e-15);
                DensityMatrix single(n, std::nullopt);
                set_matrices(single, matrices.data(), order, 1e-9);
                for (std::size_t row = 0; row < power_of_four(n); ++row)
                    CHECK(single.data()[row] == batch.data()[row * batch.stride()]);
            }
        }
}

TEST_CASE("every Pauli has its place and sign") {
    // rho = (1 + 0.1 X + 0.2 Y + 0.3 Z) / 2 on qubit 0, |0> on qubit 1
    const Matrices rho{{0.65, 0.0}, {0.0, 0.0}, {0.05, -0.1}, {0.0, 0.0}, {0.0, 0.0},  {0.0, 0.0},
                       {0.0, 0.0},  {0.0, 0.0}, {0.05, 0.1},  {0.0, 0.0}, {0.35, 0.0}, {0.0, 0.0},
                       {0.0, 0.0},  {0.0, 0.0}, {0.0, 0.0},   {0.0, 0.0}};
    DensityMatrix state(2, std::nullopt);
    set_matrices(state, rho.data(), QubitOrder::big, 1e-9);
    const double expected[] = {1.0, 0.1, 0.2, 0.3};
    for (std::size_t row = 0; row < 16; ++row) {
        const bool on_second = row % 4 == 0 || row % 4 == 3;
        CHECK(state.data()[row] == doctest::Approx(on_second ? expected[row / 4] : 0.0));
    }
}

TEST_CASE("what is not Hermitian is refused") {
    DensityMatrix state(1, std::size_t{3});
    Matrices matrices = random_states(1, 3);
    matrices[4 * 2 + 1] += 0.01;
    CHECK_THROWS_AS(set_matrices(state, matrices.data(), QubitOrder::big, 1e-9), InvalidParameter);
    CHECK_NOTHROW(set_matrices(state, matrices.data(), QubitOrder::big, 0.02));
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
        for (std::size_t entry = 0; entry < 4; ++entry) {
            matrices = random_states(1, 3);
            matrices[4 + entry] = {bad, 0.0};
            CHECK_THROWS_AS(set_matrices(state, matrices.data(), QubitOrder::big, 1e300), InvalidParameter);
        }
}

TEST_CASE("singular values have the right norm and product, and known ones") {
    const std::size_t size = 13;
    const Matrices matrices = random_states(1, size);
    DensityMatrix states(1, size);
    set_matrices(states, matrices.data(), QubitOrder::big, 1e-9);
    const StateView view{states.data(), 1, static_cast<std::ptrdiff_t>(states.stride()), 1, size};
    std::vector<double> values(2 * size);
    singular_values(view, values.data());
    for (std::size_t k = 0; k < size; ++k) {
        const Complex determinant =
            matrices[4 * k] * matrices[4 * k + 3] - matrices[4 * k + 1] * matrices[4 * k + 2];
        CHECK(values[k] + values[size + k] == doctest::Approx(1.0).epsilon(1e-14));
        CHECK(values[k] * values[size + k] == doctest::Approx(determinant.real()).epsilon(1e-13));
    }
}

TEST_CASE("a Bell state has concurrence one and the largest CHSH value") {
    std::vector<double> bell(16), values(4);
    bell[0] = bell[5] = bell[15] = 1.0;
    bell[10] = -1.0;
    const StateView view{bell.data(), 2, 1, 16, 1};
    spin_flip_values(view, values.data());
    CHECK(2.0 * *std::max_element(values.begin(), values.end()) - values[0] - values[1] - values[2] -
              values[3] ==
          doctest::Approx(1.0).epsilon(1e-15));
    spin_values(view, values.data());
    std::sort(values.begin(), values.end());
    CHECK(values[0] == 0.0);
    CHECK(values[1] == doctest::Approx(1.0).epsilon(1e-15));
    overlap_values(view, view, values.data());
    CHECK(values[0] + values[1] + values[2] + values[3] == doctest::Approx(1.0).epsilon(1e-15));
}
