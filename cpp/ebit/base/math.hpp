// Elementary functions on arrays, the same bits on every instruction set.
#pragma once

#include <cstddef>

namespace ebit {

struct MathKernels {
    // out[i] = exp(-x[i]) for x[i] >= 0, `count` a multiple of eight. x and out may be the same.
    void (*exp_negative)(const double* x, double* out, std::size_t count);
    // out[i] = log(x[i]) for normal x[i] > 0, likewise.
    void (*log_positive)(const double* x, double* out, std::size_t count);
    // out[i] = -p log2(p) - (1 - p) log2(1 - p), p = x[i] in [0, 1], likewise.
    void (*binary_entropy)(const double* x, double* out, std::size_t count);
    // Sine and cosine of x[i], |x[i]| <= 2^17, likewise.
    void (*sine_cosine)(const double* x, double* sine, double* cosine, std::size_t count);
};

const MathKernels& math_kernels();

// The C library's own logarithm may round differently from one CPU to the next; these do not.
// log(x) for normal x > 0.
double log_positive(double x);
// Sine and cosine of finite x; beyond 2^17 they are the C library's.
struct SineCosineOf {
    double sine, cosine;
};
SineCosineOf sine_cosine(double x);
// log(1 - p) for p in [0, 1], to a few ulp also where p is small.
double log_one_minus(double p);

}  // namespace ebit
