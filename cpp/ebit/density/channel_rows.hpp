// Transfer matrices whose entries are rows: channels of the catalogue with parameters that differ from
// element to element, in closed form.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ebit/density/row_graph.hpp"
#include "ebit/density/row_program.hpp"

namespace ebit {

using RowMatrix = std::vector<RowValue>;  // 4^k x 4^k, row-major

// The parameters are probabilities; a sum of them out of range is found when the program runs. Nothing for a
// name without a closed form.
std::optional<RowMatrix> channel_rows(RowGraph& graph, std::string_view name,
                                      std::span<const RowValue> parameters, RowOutputs& outputs);

// Of a memory with these decay rates of X, Y and Z, and this equilibrium (channel/memory.hpp).
RowMatrix decay_rows(RowGraph& graph, std::span<const RowValue, 4> memory, const RowValue& time);

// The rows of a state after a map on some of its qubits.
std::vector<RowValue> mapped(RowGraph& graph, std::span<const RowValue> state, std::span<const int> qubits,
                             const RowMatrix& matrix);

}  // namespace ebit
