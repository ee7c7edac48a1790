#include "ebit/chain/kernels.hpp"

#include "ebit/base/isa.hpp"

EBIT_KERNEL_TABLE(ChainKernels, chain_table, chain_kernels)
