#include "ebit/base/math.hpp"
#include "ebit/base/math.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

void exp_negative_array(const double* x, double* out, std::size_t count) {
    over<4>(count, [=]<std::size_t G>(std::size_t i) {
        f64v values[G];
        for (std::size_t g = 0; g < G; ++g) values[g] = load<f64v>(x + i + g * lanes);
        exp_negative(values);
        for (std::size_t g = 0; g < G; ++g) store(out + i + g * lanes, values[g]);
    });
}

void log_positive_array(const double* x, double* out, std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) store(out + i, log_scaled(load<f64v>(x + i), 0));
}

// To 3e-16, not relative to a small result.
void binary_entropy_array(const double* x, double* out, std::size_t count) {
    const f64v least = splat(0x1p-1000);  // 0 log 0 = 0
    for (std::size_t i = 0; i < count; i += lanes) {
        const f64v p = load<f64v>(x + i), q = splat(1.0) - p;
        const f64v sum = p * log_scaled(larger(p, least), 0) + q * log_scaled(larger(q, least), 0);
        store(out + i, sum * -0x1.71547652b82fep0);
    }
}

void sine_cosine_array(const double* x, double* sine, double* cosine, std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) {
        const SineCosine of = sine_cosine(load<f64v>(x + i));
        store(sine + i, of.sine);
        store(cosine + i, of.cosine);
    }
}

}  // namespace

extern const MathKernels math_table;
const MathKernels math_table{exp_negative_array, log_positive_array, binary_entropy_array, sine_cosine_array};

}  // namespace ebit::EBIT_ISA
