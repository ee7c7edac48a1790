// Pairs of which every shot carries the whole state, because the state decides what happens to the
// pair: fidelity cut-offs and distillation, of states that are not Bell-diagonal or in memories that
// relax.
//
// Swap outcomes are kept as a Pauli frame of the right qubit, undone where the pair itself is needed:
// before a distillation, and at delivery. A pair that waits keeps its frame. The state is the average
// over the outcomes, the frame undone, given all that was timed and heralded; a fidelity cut-off judges
// this average. With C_m the unnormalised pair of frame m and s_j(m) the sign that the frame gives
// Pauli j of the right qubit, the components are
//
//   4 i + j   A[i][j] = sum_m s_j(m) C_m[i][j]     the correlations, A[0][0] = 1
//   16 + i    B[i]    = sum_m s_Z(m) C_m[i][0]     what relaxation of the right qubit adds to A[i][3]
//
// and with R the decay of a memory, e its factor on Z and q the equilibrium
//
//   left      A -> R A,  B -> R B
//   right     A[i][j] -> A[i][j] R[j][j],  A[i][3] -> A[i][3] e + B[i] q (1 - e)
//   swap      A[i][j] -> A[i][j] f[j] A'[j][j],  B[i] -> A[i][3] f[3] B'[3],  f = signs * noise
//   undone    B[i] = A[i][0], and so of a link and after a distillation.
#pragma once

#include <cstdint>
#include <vector>

#include "ebit/chain/chain.hpp"
#include "ebit/chain/kernels.hpp"

namespace ebit {

inline constexpr std::size_t framed = 16;  // the component B[0]
inline constexpr std::size_t state_components = 20;

using PairTable = std::vector<PairTerm>;

// Of a swap with these noise factors on (1, xx, yy, zz).
PairTable swap_table(const std::array<double, 4>& noise);

// Of a distillation at two nodes, from its circuit; the pair in the target frame Phi+:
//   DEJMPS  first rotates every left qubit by Rx(pi/2), every right one by Rx(-pi/2)
//   BBPSSW  twirls both pairs, and the one it keeps, to Werner states
//   EPL     as it is: Psi+ is Phi+ with an X on the right qubits, and this X of both pairs passes the
//           CNOT as an X on the kept pair alone
// Every CNOT is followed by replacement of its two qubits with probability p_replace, every readout
// wrong with probability p_readout_error. (C. H. Bennett et al., Phys. Rev. Lett. 76, 722 (1996);
// D. Deutsch et al., Phys. Rev. Lett. 77, 2818 (1996); E. T. Campbell, S. C. Benjamin, Phys. Rev.
// Lett. 101, 130502 (2008).)
PairTable distillation_table(Operation operation, const BellMeasurement& left, const BellMeasurement& right);

// The components of a link's state.
std::array<double, state_components> link_components(const Correlations& state);

// Those that can be other than zero anywhere in a chain that carries states, but for A[0][0], in order.
// All correlations come before all of B. xx, yy and zz where that is enough.
std::vector<std::uint8_t> carried_components(const Chain& chain);

// Whether these are xx, yy and zz.
bool is_diagonal(const std::vector<std::uint8_t>& components);

}  // namespace ebit
