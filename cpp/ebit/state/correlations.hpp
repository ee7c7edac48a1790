// The state of a stored pair of qubits (a, b) in the Pauli basis: C[i][j] = tr(P_i (x) P_j rho),
// i on qubit a, j on qubit b, order I, X, Y, Z. C[0][0] is the trace (1 for a normalised pair).
// Bell states are counted by k = 2x + z (x bit flip, z phase flip): Phi+, Phi-, Psi+, Psi-.
#pragma once

#include <array>
#include <cstddef>

namespace ebit {

// Row-major 4x4: entry (i, j) is at 4 i + j.
using Correlations = std::array<double, 16>;

// Weights of the four Bell states.
using BellWeights = std::array<double, 4>;

// tr(P_i (x) P_i Phi+): the signs of the target state, and of the ideal Bell measurement.
inline constexpr std::array<double, 4> phi_plus_signs{1.0, 1.0, -1.0, 1.0};

// Signs that Pauli k = I, Z, X, Y gives to (I, X, Y, Z). This Pauli on either qubit turns Phi+ into
// Bell state k, whose signs are therefore phi_plus_signs[i] pauli_signs[k][i].
inline constexpr std::array<std::array<double, 4>, 4> pauli_signs{
    {{1.0, 1.0, 1.0, 1.0}, {1.0, -1.0, -1.0, 1.0}, {1.0, 1.0, -1.0, -1.0}, {1.0, -1.0, 1.0, -1.0}}};

constexpr std::size_t entry(std::size_t i, std::size_t j) { return 4 * i + j; }

}  // namespace ebit
