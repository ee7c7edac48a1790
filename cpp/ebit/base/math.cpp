#include "ebit/base/math.hpp"

#include "ebit/base/isa.hpp"

EBIT_KERNEL_TABLE(MathKernels, math_table, math_kernels)
