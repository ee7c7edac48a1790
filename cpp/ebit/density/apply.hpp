// A named operation with the same parameters for every element, at once. (For parameters of each element's
// own there is element_maps.hpp, for maps that are used again linear_map.hpp.)
#pragma once

#include <span>

#include "ebit/channel/memory.hpp"
#include "ebit/density/operation.hpp"
#include "ebit/density/rows.hpp"

namespace ebit {

// As many parameters and qubits as the operation has; the qubits differ and lie in the state. Throws
// InvalidParameter before anything has changed.
void apply(const Operation& operation, const double* parameters, std::span<const int> qubits, Rows rows);

// What a memory does to a qubit in `time` seconds.
void apply_decay(const Memory& memory, double time, int qubit, Rows rows);

}  // namespace ebit
