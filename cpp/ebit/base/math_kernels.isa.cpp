#include "ebit/base/math.hpp"
#include "ebit/base/math.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

void exp_negative_array(const double* x, double* out, std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) store(out + i, exp_negative(load<f64v>(x + i)));
}

void log_positive_array(const double* x, double* out, std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) store(out + i, log_scaled(load<f64v>(x + i), 0));
}

}  // namespace

extern const MathKernels math_table;
const MathKernels math_table{exp_negative_array, log_positive_array};

}  // namespace ebit::EBIT_ISA
