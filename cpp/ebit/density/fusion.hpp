// Products of neighbouring maps: [H, CX, depolarizing, amplitude damping] on a pair of qubits is one sparse
// map of about 1.5 terms per row, and passes over the state are what time goes into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ebit {

class ElementOperation;

// An operation that differs from element to element of a batch.
struct ElementStep {
    std::shared_ptr<const ElementOperation> operation;
    std::vector<int> qubits;         // in the order of its matrices
    std::vector<std::uint8_t> mask;  // a byte for each element: 0, nothing happens; empty: everywhere
};

// An operation of a program on ascending qubits: a transfer matrix that is the same for every element, or
// one for each.
struct QubitMap {
    std::vector<int> qubits;
    std::vector<double> transfer;  // 4^k x 4^k, row-major; empty if by element
    std::shared_ptr<const ElementStep> of_element;
};

// The qubits in ascending order.
QubitMap sorted_map(std::span<const int> qubits, const double* transfer);

// `after` following `before`, on the union of their qubits.
QubitMap compose(const QubitMap& after, const QubitMap& before);

// Time of a map per number of the state (in units of no meaning), on a single state or a batch of
// `num_qubits`.
double cost(const QubitMap& map, int num_qubits, bool single);

// The same operations, fewer of them: neighbours are multiplied where that is cheaper than one after the
// other, first into maps on two qubits, then into wider ones. Maps by element stay as they are.
std::vector<QubitMap> fused_pairs(std::vector<QubitMap> maps, int num_qubits, bool single);
std::vector<QubitMap> widened(std::vector<QubitMap> maps, int num_qubits, bool single);

}  // namespace ebit
