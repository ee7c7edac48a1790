// The interpreter of row programs over one tile.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ebit/density/row_program.hpp"
#include "ebit/rng/stream.hpp"

namespace ebit {

struct RowTile {
    double* const* rows;  // by place
    std::size_t width;    // a multiple of eight
    const RowTerm* terms;
    Stream* streams;  // by sampling step
    const OutcomeSet* accepted;
    const RowProgram::Range* ranges;
};

struct RowKernels {
    // Returns the number of instructions done: all, or those before a check that failed.
    std::size_t (*run)(const RowInstruction* instructions, std::size_t count, const RowTile& tile);
};

const RowKernels& row_kernels();

}  // namespace ebit
