// The catalogue of gates: one table (gate.cpp) from name to unitary; the transfer matrix and the
// images of Paulis follow from it. Names and phases are those of Stim's gate set (Gidney, Quantum 5,
// 497 (2021)), the field's common language for circuits, beside them T, the three-qubit gates and those
// with parameters, which are products of Pauli rotations. Qubit 0, the control, is the left tensor factor.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ebit/channel/pauli_transfer.hpp"
#include "ebit/gate/pauli_rotation.hpp"

namespace ebit {

// A Pauli string with a sign: index in base 4, one digit (I, X, Y, Z) per qubit, qubit 0 first.
struct SignedPauli {
    std::uint8_t index = 0;
    bool negative = false;
    bool operator==(const SignedPauli&) const = default;
};

// One factor of a gate with parameters: exp(-i scale parameter P / 2).
struct GateFactor {
    PauliRotation rotation;
    std::size_t parameter;
    double scale;
};

struct Gate {
    std::string_view name;
    int num_qubits = 1;
    // Row-major; where there are parameters, with all of them zero: the identity.
    std::vector<std::complex<double>> unitary;  // 2^k x 2^k
    std::vector<double> transfer;               // 4^k x 4^k; exact entries for a Clifford
    std::vector<SignedPauli> images;            // U P_j U^dagger for all 4^k Paulis; empty if no Clifford

    std::vector<std::string_view> parameters;  // names of angles in radians
    std::vector<GateFactor> factors;           // the first one acts first
    double phase = 0.0;                        // global: exp(i phase (sum of the last parameters))
    std::size_t phased = 0;                    // how many of them

    bool is_clifford() const { return !images.empty(); }

    // The matrices for values of all parameters. Throws InvalidParameter if one is not finite.
    void transfer_at(const double* values, double* out) const;
    void unitary_at(const double* values, std::complex<double>* out) const;
};

// All gates: those without parameters, then those with; by number of qubits.
std::span<const Gate> gates();

// Throws InvalidParameter for an unknown name. Upper case, as in the table.
const Gate& gate(std::string_view name);

}  // namespace ebit
