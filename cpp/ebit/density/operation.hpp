// Everything that can be done to qubits by name: the gates (upper case) and the catalogue of channels
// (lower case), each as a function from its parameters to a transfer matrix. Nothing beyond this table
// knows names.
#pragma once

#include <complex>
#include <span>
#include <string_view>
#include <vector>

#include "ebit/gate/gate.hpp"

namespace ebit {

struct Operation {
    std::string_view name;
    int num_qubits = 1;
    int num_parameters = 0;
    const Gate* gate = nullptr;  // none: a channel
    void (*channel)(const double* parameters, double* transfer) = nullptr;

    // Writes the 4^k x 4^k entries, row-major. Throws InvalidParameter.
    void transfer(const double* parameters, double* out) const;
};

std::span<const Operation> operations();

// Throws InvalidParameter for an unknown name.
const Operation& operation(std::string_view name);

// The transfer matrix of a unitary on 1 to 3 qubits that is one up to rounding; trace and maximally mixed
// state are kept exactly.
void unitary_transfer(int num_qubits, const std::complex<double>* unitary, double* out);

}  // namespace ebit
