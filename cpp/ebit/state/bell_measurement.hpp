// A Bell-state measurement, as it acts on the pair that a swap leaves behind.
//
// A CNOT followed by replacement of both qubits by the mixed state with probability p_replace, and
// two readouts, each wrong with probability p_readout_error. Averaged over outcomes, with the
// reported Pauli undone, it multiplies the swapped pair's xx, yy and zz by one factor each.
#pragma once

#include <array>

namespace ebit {

struct BellMeasurement {
    double p_success = 1.0;  // heralded success of the measurement
    double p_replace = 0.0;
    double p_readout_error = 0.0;

    void check() const;
    // Factors on (1, xx, yy, zz).
    std::array<double, 4> noise() const;
    bool operator==(const BellMeasurement&) const = default;
};

}  // namespace ebit
