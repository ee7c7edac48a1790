// Complex density matrices to Pauli coefficients and back, without a copy of the whole state.
//
// With P = i^|x & z| X^x Z^z for two bit strings x, z of n bits,
//   tr(P rho) = i^|x & z| sum_r (-1)^(z . r) rho[r, r ^ x].
// Re rho[r, r ^ x] is even under r -> r ^ x and Im odd, so that in the sum the one meets only strings with
// an even number |x & z| of letters Y and the other only those with an odd one: the real numbers
// u_x[r] = Re + Im of rho[r, r ^ x] carry everything, and
//   tr(P rho) = (-1)^ceil(|x & z| / 2) sum_r (-1)^(z . r) u_x[r],
// a Walsh-Hadamard transform for every x: n 4^n additions.
#pragma once

#include <complex>
#include <cstddef>

#include "ebit/density/density_matrix.hpp"

namespace ebit {

// Which qubit is the most significant bit of a computational index: qubit 0 (big), or the last (little).
enum class QubitOrder { big, little };

// `matrices`: one 2^n x 2^n matrix per element of the state, row-major. Throws InvalidParameter where one
// is not Hermitian to `tolerance` (entries), or not finite; small asymmetries are averaged out.
void set_matrices(DensityMatrix& state, const std::complex<double>* matrices, QubitOrder order,
                  double tolerance);
// |v><v| of one vector of 2^n amplitudes per element, which must be finite.
void set_vectors(DensityMatrix& state, const std::complex<double>* vectors, QubitOrder order);
void get_matrices(const DensityMatrix& state, std::complex<double>* matrices, QubitOrder order);

}  // namespace ebit
