// Figures of merit that are algebraic in the correlations; the target is Phi+. Entropies in bits.
// (Fidelities to the Bell states are `bell_weights`. Figures that need eigenvalues of a general
// pair are computed at the Python surface.)
#pragma once

#include <array>

#include "ebit/state/correlations.hpp"

namespace ebit {

// -p log2 p - (1 - p) log2(1 - p), p in [0, 1].
double binary_entropy(double p);

// Error rates of the X, Y and Z bases: the probability that two outcomes are not related as in
// Phi+, equal in X and Z and opposite in Y. Zero in all bases for Phi+.
std::array<double, 3> qber(const Correlations& correlations);

// tr(rho^2), in [1/4, 1].
double purity(const Correlations& correlations);

// Asymptotic secret bits per pair of the entanglement-based protocols, one-way, key from the Z basis,
// every pair in that basis (sifting 1), clipped at zero. f >= 1 is the inefficiency of reconciliation:
// it costs f h(q_z) bits. Without it (f = 1):
//   BB84       1 - h(q_x) - h(q_z)              Shor and Preskill, Phys. Rev. Lett. 85, 441 (2000)
//   six-state  1 - H(bell_weights)              Lo, Quantum Inf. Comput. 1, 81 (2001)
double secret_fraction_bb84(const Correlations& correlations, double f);
double secret_fraction_six_state(const Correlations& correlations, double f);

}  // namespace ebit
