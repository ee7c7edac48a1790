// The kernels of maps that are the same for every element (linear_map.hpp, lane_plan.hpp).
#pragma once

#include <cstddef>

#include "ebit/density/lane_plan.hpp"
#include "ebit/density/linear_map.hpp"

namespace ebit {

// The positions at which a map acts: `outer` times, `inner` of them.
struct Walk {
    std::size_t outer, outer_stride;
    std::size_t inner, inner_stride;
};

struct LinearKernels {
    std::size_t lane_width;  // of lane plans: 4 or 16
    // Rows of eight numbers side by side per position, row r at base + offsets[r]. walk.inner_stride = 8.
    // `slots` has room for as many rows as the plan puts aside, over the positions of the walk.
    void (*sweep)(const SparsePlan& plan, double* base, const std::size_t* offsets, double* slots,
                  const Walk& walk);
    // Runs of `lane_width` numbers per position; room for slots in whole strides between positions.
    void (*sweep_lanes)(const LanePlan& plan, double* base, double* slots, const Walk& walk);
    // One qubit, `outer` times; its rows are `step` apart (4^j or a multiple of eight), of which `run`
    // numbers change.
    void (*one_qubit)(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step,
                      std::size_t run);
};

const LinearKernels& linear_kernels();

}  // namespace ebit
