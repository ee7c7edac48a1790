// The catalogue of gates: one table (gate.cpp) from name to unitary; the transfer matrix and the
// images of Paulis follow from it. Names and phases are those of Stim's gate set (Gidney, Quantum 5,
// 497 (2021)), the field's common language for circuits, plus T and T_DAG. On two qubits the first
// one (qubit 0, the control of CX) is the left tensor factor.
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ebit/channel/pauli_transfer.hpp"

namespace ebit {

// A Pauli string with a sign: index in base 4, one digit (I, X, Y, Z) per qubit, qubit 0 first.
struct SignedPauli {
    std::uint8_t index = 0;
    bool negative = false;
    bool operator==(const SignedPauli&) const = default;
};

struct Gate {
    std::string_view name;
    int num_qubits = 1;
    std::vector<std::complex<double>> unitary;  // 2^k x 2^k, row-major
    std::vector<double> transfer;               // 4^k x 4^k, row-major; exact entries for a Clifford
    std::vector<SignedPauli> images;            // U P_j U^dagger for all 4^k Paulis; empty if no Clifford

    bool is_clifford() const { return !images.empty(); }
};

// All gates, one-qubit gates first.
std::span<const Gate> gates();

// Throws InvalidParameter for an unknown name. Upper case, as in the table.
const Gate& gate(std::string_view name);

// exp(-i angle P / 2), P = X, Y, Z; angle in radians.
Operator rx(double angle);
Operator ry(double angle);
Operator rz(double angle);

}  // namespace ebit
