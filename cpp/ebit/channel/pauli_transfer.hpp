// The canonical form of a channel: its Pauli transfer matrix R[i][j] = tr(P_i E(P_j)) / 2^k, real,
// row-major, order I, X, Y, Z (two qubits: II, IX, .., ZZ; qubit 0 is the left factor).
//
// Channels act on k = 1 or 2 qubits, gates on up to 3. The functions below check nothing: a map that is not a
// channel (one branch of an instrument, say) is as welcome as one that is.
#pragma once

#include <array>
#include <complex>
#include <cstddef>

namespace ebit {

using PauliTransfer = std::array<double, 16>;     // one qubit, 4 x 4
using PauliTransfer2 = std::array<double, 256>;   // two qubits, 16 x 16
using PauliTransfer3 = std::array<double, 4096>;  // three qubits, 64 x 64

using Operator = std::array<std::complex<double>, 4>;    // on one qubit, 2 x 2, row-major
using Operator2 = std::array<std::complex<double>, 16>;  // on two qubits, 4 x 4
using Operator3 = std::array<std::complex<double>, 64>;  // on three qubits, 8 x 8

// a after b.
template <std::size_t N>
std::array<double, N> compose(const std::array<double, N>& a, const std::array<double, N>& b);

// a on qubit 0, b on qubit 1: of two transfer matrices, or of two operators.
template <typename T, std::size_t N>
std::array<T, N * N> tensor(const std::array<T, N>& a, const std::array<T, N>& b);

// rho -> K rho K^dagger, for one Kraus operator or unitary K.
template <std::size_t N>
std::array<double, N * N> conjugation(const std::array<std::complex<double>, N>& k);

// The same where the number of qubits, 1 to 3, is known at run time: 4^k entries in, 16^k out.
void conjugation(int num_qubits, const std::complex<double>* k, double* transfer);

// Averaged over conjugation with every Pauli: the diagonal of R.
template <std::size_t N>
std::array<double, N> twirl(const std::array<double, N>& r);

// The channel that applies Pauli j with probability p[j]. p[0] is taken to be the rest to 1.
template <std::size_t N>
std::array<double, N * N> pauli_mixture(const std::array<double, N>& p);

// The probabilities of the Paulis in the twirled channel, the inverse of pauli_mixture.
template <std::size_t N>
std::array<double, N> pauli_probabilities(const std::array<double, N * N>& r);

// <Phi|(E (x) 1)(Phi)|Phi> with a maximally entangled Phi: tr R / 4^k.
template <std::size_t N>
double entanglement_fidelity(const std::array<double, N>& r);

// <psi|E(psi)|psi> averaged over all pure states: (2^k F_e + 1) / (2^k + 1)
// (Horodecki, Horodecki, Horodecki, Phys. Rev. A 60, 1888 (1999)).
template <std::size_t N>
double average_fidelity(const std::array<double, N>& r);

// The expectation values of X, Y, Z times a factor each; Z shifted.
constexpr PauliTransfer scaling(double x, double y, double z, double shift_z = 0.0) {
    PauliTransfer r{};
    r[0] = 1.0;
    r[5] = x;
    r[10] = y;
    r[12] = shift_z;
    r[15] = z;
    return r;
}

}  // namespace ebit
