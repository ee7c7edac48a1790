#include "ebit/link/quadrature.hpp"

#include <cmath>
#include <numbers>

namespace ebit {

namespace {

struct Legendre {
    double value;
    double slope;
};

// P_n(x) and P_n'(x) by the three-term recurrence.
Legendre legendre(std::size_t n, double x) {
    double before = 1.0;
    double value = x;
    for (std::size_t k = 2; k <= n; ++k) {
        const double order = static_cast<double>(k);
        const double next = ((2.0 * order - 1.0) * x * value - (order - 1.0) * before) / order;
        before = value;
        value = next;
    }
    return {value, static_cast<double>(n) * (x * value - before) / (x * x - 1.0)};
}

}  // namespace

QuadratureRule gauss_legendre(std::size_t n) {
    QuadratureRule rule{std::vector<double>(n), std::vector<double>(n)};
    for (std::size_t i = 0; i < n; ++i) {
        // Newton's iteration from Tricomi's estimate of the root; it converges quadratically.
        double x =
            -std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (static_cast<double>(n) + 0.5));
        for (int step = 0; step < 8; ++step) {
            const Legendre p = legendre(n, x);
            x -= p.value / p.slope;
        }
        const double slope = legendre(n, x).slope;
        rule.node[i] = x;
        rule.weight[i] = 2.0 / ((1.0 - x * x) * slope * slope);
    }
    return rule;
}

}  // namespace ebit
