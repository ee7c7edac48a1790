// The heralded schemes: hardware in, elementary link out.
//
// Each scheme has an event function, the unnormalised heralded state (frame psi, qubits a and b,
// probability of the herald at [0][0]) for given efficiencies, and a function that assembles the
// link. eta_a, eta_b are the efficiencies from node to registered photon, detectors included; p_dark
// is the probability that a detector clicks in a window without a photon. Parameters with two values
// belong to nodes a and b.
#pragma once

#include <array>
#include <optional>

#include "ebit/link/arm.hpp"
#include "ebit/link/herald.hpp"

namespace ebit {

using PerNode = std::array<double, 2>;

// Single click (Cabrillo et al., PRA 59, 1025 (1999)). Each node emits
// sqrt(bright) |1>|photon> + sqrt(1 - bright) |0>|vacuum>; the photons meet on a balanced beam
// splitter and the attempt counts if exactly one of its two detectors clicks.
struct SingleClick {
    Detector detector{};
    PerNode bright_population{0.5, 0.5};
    double visibility = 1.0;                // of two-photon interference: overlap amplitude squared
    double phase_std = 0.0;                 // Gaussian noise of the phase between the arms, radians
    PerNode p_double_excitation{0.0, 0.0};  // of a bright node: the second photon betrays it
    PerNode p_dephasing{0.0, 0.0};          // Z on the prepared qubit

    void check() const;
};
Correlations single_click_event(double eta_a, double eta_b, double p_dark, const SingleClick& scheme);
ElementaryLink single_click(const Arm& a, const Arm& b, const SingleClick& scheme, const Herald& herald);

// Double click (Barrett and Kok, PRA 71, 060310 (2005)). Each node emits one photon in one of two
// bins (time, polarisation), |0>|early> + |1>|late>; the attempt counts if each bin has exactly one
// click.
struct DoubleClick {
    Detector detector{};
    double visibility = 1.0;
    PerNode p_dephasing{0.0, 0.0};

    void check() const;
};
Correlations double_click_event(double eta_a, double eta_b, double p_dark, const DoubleClick& scheme);
ElementaryLink double_click(const Arm& a, const Arm& b, const DoubleClick& scheme, const Herald& herald);

// A source of polarisation-entangled pairs in the middle: two two-mode squeezers, P(n) pairs =
// (n + 1) l^n / (1 + l)^(n + 2), l = mean_pairs / 2, each n-pair state a singlet of the two light
// fields. Each side analyses polarisation with two detectors; the attempt counts if both sides click
// (threshold detectors: a double click is a random bit) or count exactly one (number-resolving).
//
// Source, losses, dark counts and detection treat all polarisations alike, so the pair that is
// handed on is symmetric under U (x) U: a Werner state, fixed by its error rate in one basis,
//
//   w = 1 - 2 E,   E the error rate between two measurements in the same basis.
//
// Vacuum and multi-pair contributions are in p_success and w. A memory that absorbs the light with a
// herald, instead of a measurement, is described as far as it acts like such an analyser.
struct SpdcMidpoint {
    Detector detector{};
    double mean_pairs = 0.1;    // per attempt
    double misalignment = 0.0;  // probability that a photon goes to the wrong detector of its pair
    // Seconds between pump pulses if nothing waits for the herald; otherwise a slot as usual.
    std::optional<double> pulse_period{};

    void check() const;
};
Correlations spdc_event(double eta_a, double eta_b, PerNode p_dark, const SpdcMidpoint& scheme);
ElementaryLink spdc_midpoint(const Arm& a, const Arm& b, const SpdcMidpoint& scheme, const Herald& herald);

}  // namespace ebit
