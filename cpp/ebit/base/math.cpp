#include "ebit/base/math.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "ebit/base/isa.hpp"

EBIT_KERNEL_TABLE(MathKernels, math_table, math_kernels)

namespace ebit {

double log_positive(double x) {
    std::array<double, 8> values{};
    values.fill(x);
    math_kernels().log_positive(values.data(), values.data(), values.size());
    return values[0];
}

SineCosineOf sine_cosine(double x) {
    if (!(std::abs(x) <= 0x1p17)) return {std::sin(x), std::cos(x)};
    std::array<double, 8> values{x}, sine, cosine;
    math_kernels().sine_cosine(values.data(), sine.data(), cosine.data(), values.size());
    return {sine[0], cosine[0]};
}

double log_one_minus(double p) {
    const double u = 1.0 - p;
    if (u == 1.0) return -p;
    if (u == 0.0) return -std::numeric_limits<double>::infinity();
    // The factor makes up for the rounding of 1 - p (W. Kahan).
    return log_positive(u) * (p / (1.0 - u));
}

}  // namespace ebit
