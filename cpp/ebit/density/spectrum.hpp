// Singular values of the small matrices that figures of merit need, of many states at once.
//
// With a root A of a state, rho = A A^+ (eigenvalues that are rounding errors count as zero):
//   trace norm, negativity, entropy     singular values of rho, of its partial transpose, of a difference
//   fidelity of two states              those of A^+ B: its square root is their sum (Uhlmann)
//   concurrence                         those of A^+ S A*, S = sigma_y (x) sigma_y (Wootters)
//   CHSH                                those of the 3 x 3 correlations of the spins (Horodecki)
//
// One-sided Jacobi (Hestenes, J. SIAM 6, 51 (1958)): rotations of pairs of columns until all are orthogonal;
// their lengths are the singular values, to a few units of rounding of the largest one. Up to three qubits.
#pragma once

#include <cstddef>

namespace ebit {

inline constexpr int max_spectrum_qubits = 3;

// 4^n Pauli coefficients of `size` states: row r of element k stands at data[r row_step + k element_step].
struct StateView {
    const double* data;
    int num_qubits;
    std::ptrdiff_t row_step;
    std::ptrdiff_t element_step;
    std::size_t size;
};

// Each writes 2^n values per state, in no order: value j of element k to out[j size + k].
void singular_values(const StateView& states, double* out);
// One of the two may be a single state (size 1).
void overlap_values(const StateView& left, const StateView& right, double* out);
// Of two qubits. The fourth spin value is zero.
void spin_flip_values(const StateView& states, double* out);
void spin_values(const StateView& states, double* out);

// The same on eight elements side by side: 4^n rows of eight numbers in, 2^n rows of eight out. Tables by
// number of qubits, from one.
struct SpectrumKernels {
    void (*singular[max_spectrum_qubits])(const double* rows, double* out);
    void (*overlap[max_spectrum_qubits])(const double* left, const double* right, double* out);
    void (*spin_flip)(const double* rows, double* out);
    void (*spin)(const double* rows, double* out);
};

const SpectrumKernels& spectrum_kernels();

}  // namespace ebit
