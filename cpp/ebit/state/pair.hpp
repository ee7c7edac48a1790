// Pair states, their special forms, and what a channel does to them.
//
//   general        C[i][j] = tr(P_i (x) P_j rho)
//   Bell-diagonal  weights v[k]: C = diag(1, xx, yy, zz), the signs of the Bell states averaged over v
//   Werner         w: C = diag(1, w, -w, w), weights (1 + 3w)/4 of Phi+ and (1 - w)/4 of the others
//
// The special forms embed exactly in the general one. The way back is a twirl (`bell_weights`,
// `werner_parameter`), or is refused where it would lose something (`exact_...`).
#pragma once

#include <array>
#include <complex>
#include <string_view>

#include "ebit/channel/pauli_transfer.hpp"
#include "ebit/state/correlations.hpp"

namespace ebit {

// Density matrix of a pair, row-major, basis |00>, |01>, |10>, |11>, left qubit first.
using PairMatrix = std::array<std::complex<double>, 16>;

// A trace may differ from 1, an eigenvalue or weight lie below 0, by this much.
inline constexpr double state_tolerance = 1e-9;
// Entries up to this size count as rounding errors where a special form is recognised.
inline constexpr double form_tolerance = 1e-12;

// Each returns its argument if it describes a state: trace 1, no negative eigenvalue.
Correlations require_state(std::string_view name, const Correlations& correlations);
Correlations check_correlations(const Correlations& correlations);
BellWeights check_bell_weights(const BellWeights& weights);
double check_werner_parameter(double w);

Correlations correlations_of_bell_diagonal(const BellWeights& weights);
Correlations correlations_of_werner(double w);
PairMatrix density_matrix(const Correlations& correlations);
// Refuses a matrix that is not a state.
Correlations correlations_of_density_matrix(const PairMatrix& density_matrix);
// Fidelity <Phi+|rho|Phi+> in [0, 1] to w = (4F - 1)/3.
double werner_parameter_of_fidelity(double fidelity);

// <B_k|rho|B_k> for the four Bell states: the state after a twirl over the Paulis P (x) P*.
BellWeights bell_weights(const Correlations& correlations);
// (xx - yy + zz)/3: the state after a twirl over all U (x) U*, which keeps the fidelity.
double werner_parameter(const Correlations& correlations);
// The same for states that have the form already; others are refused.
BellWeights exact_bell_weights(const Correlations& correlations);
double exact_werner_parameter(const Correlations& correlations);

// A one-qubit channel on the left or right qubit: R C and C R^T.
Correlations apply_left(const PauliTransfer& channel, const Correlations& correlations);
Correlations apply_right(const PauliTransfer& channel, const Correlations& correlations);

}  // namespace ebit
