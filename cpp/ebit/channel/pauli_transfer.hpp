// The canonical form of a channel: its Pauli transfer matrix R[i][j] = tr(P_i E(P_j)) / 2^k, real,
// row-major, order I, X, Y, Z (two qubits: II, IX, .., ZZ; qubit 0 is the left factor).
#pragma once

#include <array>

namespace ebit {

using PauliTransfer = std::array<double, 16>;      // one qubit, 4 x 4
using PauliTransfer2 = std::array<double, 256>;    // two qubits, 16 x 16

}  // namespace ebit
