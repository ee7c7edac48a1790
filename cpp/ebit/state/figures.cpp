#include "ebit/state/figures.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ebit/base/error.hpp"
#include "ebit/state/pair.hpp"

namespace ebit {

namespace {

// -p log2 p; what rounding leaves below zero counts as zero.
double surprise(double p) { return p > 0.0 ? -p * std::log2(p) : 0.0; }

double entropy_of_bit(double p) {
    const double rest = p < 1.0 ? -(1.0 - p) * std::log1p(-p) / std::numbers::ln2 : 0.0;
    return surprise(p) + rest;
}

double require_inefficiency(double f) {
    if (!(f >= 1.0 && std::isfinite(f))) throw InvalidParameter("f", f, "at least 1 and finite");
    return f;
}

}  // namespace

double binary_entropy(double p) { return entropy_of_bit(require_probability("p", p)); }

std::array<double, 3> qber(const Correlations& c) {
    return {0.5 * (1.0 - c[entry(1, 1)]), 0.5 * (1.0 + c[entry(2, 2)]), 0.5 * (1.0 - c[entry(3, 3)])};
}

double purity(const Correlations& c) {
    double sum = 0.0;
    for (const double value : c) sum += value * value;
    return 0.25 * sum;
}

double secret_fraction_bb84(const Correlations& c, double f) {
    const auto [x, y, z] = qber(c);
    const double leak = require_inefficiency(f) * entropy_of_bit(z);
    return std::max(0.0, 1.0 - entropy_of_bit(x) - leak);
}

double secret_fraction_six_state(const Correlations& c, double f) {
    const auto [x, y, z] = qber(c);
    const double bit_entropy = entropy_of_bit(z);
    const double leak = require_inefficiency(f) * bit_entropy;
    double joint_entropy = 0.0;
    for (const double weight : bell_weights(c)) joint_entropy += surprise(weight);
    // Known the bit errors, the phase errors cost what is left of the joint entropy.
    return std::max(0.0, 1.0 - (joint_entropy - bit_entropy) - leak);
}

}  // namespace ebit
