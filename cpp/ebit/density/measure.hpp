// Measurement: probabilities, projection by outcomes that are drawn or given, and what is left.
//
// In the Pauli basis a measurement is linear: the weight of an outcome, its probability times the trace, is
// a sum over the rows with Paulis on the measured qubits alone. Projection on the eigenvalue s of a string
// P takes R[Q] to (R[Q] + s R[Q P]) / 2 for strings Q that commute with P, up to the phase of the product,
// and to 0 for others.
//
// Outcomes: element k draws with uniform number k mod 1024 of stream (key, k / 1024); its outcome is the
// number of running sums of the weights, in the order of outcomes, that are at most u times their sum.
// Readout errors take the next 1024 numbers of the stream: the report is wrong where u < p_readout_error.
// So a readout error never changes the true outcome, and no element depends on another.
//
// A state that is left has trace 1. An outcome less likely than form_tolerance leaves no state but that of
// rounding, and gives the maximally mixed one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ebit/density/density_matrix.hpp"
#include "ebit/density/pauli_string.hpp"

namespace ebit {

// Probabilities, and all that is per outcome and element: outcome-major, [outcomes][size].
using Probabilities = std::vector<double>;
using Outcomes = std::vector<std::int64_t>;
using Bits = std::vector<std::uint8_t>;

// What a measurement of some qubits does for each outcome: matrices in the Pauli basis, row-major
// [num_outputs][4^k], a list of them for all elements or one each. As many outputs as inputs: the branches
// of an instrument. One output: the effects of a measurement that destroys its qubits.
struct OutcomeMaps {
    std::span<const double> matrices;
    std::size_t num_outcomes;
    std::size_t num_outputs;
    bool per_element;
};

// Several qubits at once, each in its own basis: bit j is 0 for the eigenvalue +1 of digit j (1, 2, 3: X, Y,
// Z) on qubit j. The outcome is the number with these bits, the first one most significant.
struct BitBasis {
    std::span<const int> qubits;
    std::span<const int> digits;
};

Probabilities probabilities(const DensityMatrix& state, PauliString pauli);
Probabilities probabilities(const DensityMatrix& state, std::span<const int> qubits, const OutcomeMaps& maps);
// Of the reported bits: p_readout_error holds a number for each of them.
Probabilities probabilities(const DensityMatrix& state, const BitBasis& basis,
                            std::span<const double> p_readout_error);

// Draw, project, and return what is reported. Readout errors: one, or one per bit of the result.
Bits measure(DensityMatrix& state, PauliString pauli, std::span<const double> p_readout_error,
             std::uint64_t key);
Bits measure(DensityMatrix& state, const BitBasis& basis, std::span<const double> p_readout_error,
             std::uint64_t key);  // [size][bits]
// The target is the source, or a state without the qubits if the maps have one output.
Outcomes measure(const DensityMatrix& source, DensityMatrix& target, std::span<const int> qubits,
                 const OutcomeMaps& maps, std::uint64_t key);

// The same with outcomes that are given, one or one per element; returns their probabilities.
Probabilities project(DensityMatrix& state, PauliString pauli, std::span<const std::int64_t> outcomes);
Probabilities project(const DensityMatrix& source, DensityMatrix& target, std::span<const int> qubits,
                      const OutcomeMaps& maps, std::span<const std::int64_t> outcomes);

// Outcomes of probabilities that are known: of every element, or of many shots of a single state.
Outcomes draw(std::span<const double> probabilities, std::size_t size, std::uint64_t key);
Outcomes draw_shots(std::span<const double> probabilities, std::size_t shots, std::uint64_t key);

}  // namespace ebit
