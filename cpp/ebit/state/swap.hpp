// Entanglement swapping: a Bell measurement on the inner qubits of two pairs (a, b) and (b', c)
// leaves a pair (a, c). With S = diag(1, 1, -1, 1) the signs of the ideal measurement, N = diag(noise)
// the factors of a noisy one (`BellMeasurement::noise`) and D_m = diag(pauli_signs[m]):
//
//   outcome m                C_m  = C_ab S N D_m C_bc / 4, with probability C_m[0][0]
//   averaged over outcomes,  C_ac = sum_m C_m D_m = C_ab S N diag(C_bc)
//   Pauli m undone on c
//
// Outcomes are counted like the Bell states.
#pragma once

#include <array>
#include <cstddef>

#include "ebit/state/correlations.hpp"

namespace ebit {

// The average over outcomes, with the reported Pauli undone on the right qubit.
Correlations swap(const Correlations& ab, const Correlations& bc, const std::array<double, 4>& noise);

// The four branches C_m: their traces are the probabilities; the Pauli is not undone.
std::array<Correlations, 4> swap_outcomes(const Correlations& ab, const Correlations& bc,
                                          const std::array<double, 4>& noise);

// Undoes Pauli m on the right qubit.
Correlations undo_pauli(const Correlations& correlations, std::size_t m);

// A branch divided by its trace. A branch less likely than form_tolerance has lost its state to
// rounding and gives the maximally mixed pair, so that averages over branches still stand.
Correlations normalised(const Correlations& branch);

}  // namespace ebit
