#include "ebit/link/bessel.hpp"

#include <cmath>
#include <numbers>

namespace ebit {

namespace {

// sum_k (x/2)^(2k + order) / (k! (k + order)!): positive terms, no cancellation.
double power_series(int order, double x) {
    const double quarter = x * x / 4.0;
    double term = order == 0 ? 1.0 : x / 2.0;
    double sum = term;
    for (int k = 1; term > 1e-17 * sum; ++k) {
        term *= quarter / (k * (k + order));
        sum += term;
    }
    return std::exp(-x) * sum;
}

// Hankel's expansion; the smallest term is of order exp(-2x).
double asymptotic_series(int order, double x) {
    const double mu = 4.0 * order * order;
    double term = 1.0;
    double sum = 1.0;
    for (int k = 1; std::abs(term) > 1e-17; ++k) {
        const double odd = 2.0 * k - 1.0;
        term *= -(mu - odd * odd) / (8.0 * k * x);
        sum += term;
    }
    return sum / std::sqrt(2.0 * std::numbers::pi * x);
}

}  // namespace

double scaled_bessel_i(int order, double x) {
    // At x = 30 both series hold to the last digits.
    return x <= 30.0 ? power_series(order, x) : asymptotic_series(order, x);
}

}  // namespace ebit
