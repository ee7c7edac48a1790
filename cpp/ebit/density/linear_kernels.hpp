// The kernels of maps that are the same for every element (linear_map.hpp).
#pragma once

#include <cstddef>

#include "ebit/density/linear_map.hpp"

namespace ebit {

// Positions at which a map acts: `outer` runs of `inner` numbers (a multiple of eight), `stride` apart.
struct Walk {
    std::size_t outer, inner, stride;
};

// Rows copied from a state to a scratch where positions stand side by side, and back: row r of `rows` rows
// to scratch + r * pitch.
struct Gather {
    const std::size_t* offsets;
    std::size_t rows;
    std::size_t last_weight;  // see Placement
    std::size_t count, stride;
    double* scratch;
    std::size_t pitch;
};

struct LinearKernels {
    // Rows at base + offsets[row]; slot s at slots + s * walk.outer * walk.inner.
    void (*sweep)(const StaticMap& map, double* base, const std::size_t* offsets, double* slots, Walk walk);
    // One qubit, rows `step` apart: any step of 4^j, j >= 0, or a multiple of eight; `outer` times.
    void (*one_qubit)(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step);
    // Positions of four numbers.
    void (*gather_fours)(const Gather& gather, const double* base);
    void (*scatter_fours)(const Gather& gather, double* base);
    // Positions of one number, a multiple of four of them; the last qubit's rows stand side by side.
    void (*gather_ones)(const Gather& gather, const double* base);
    void (*scatter_ones)(const Gather& gather, double* base);
};

const LinearKernels& linear_kernels();

}  // namespace ebit
