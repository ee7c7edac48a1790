// Elementary functions on arrays, the same bits on every instruction set.
#pragma once

#include <cstddef>

namespace ebit {

struct MathKernels {
    // out[i] = exp(-x[i]) for x[i] >= 0, `count` a multiple of eight. x and out may be the same.
    void (*exp_negative)(const double* x, double* out, std::size_t count);
};

const MathKernels& math_kernels();

}  // namespace ebit
