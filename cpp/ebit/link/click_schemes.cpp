#include <cmath>

#include "ebit/base/error.hpp"
#include "ebit/link/schemes.hpp"

namespace ebit {

namespace {

// Probability of a flip that dephases: 1/2 destroys the phase, more would undo itself.
void require_dephasing(const char* name, const PerNode& p) {
    for (const double value : p) require_in_range(name, value, 0.0, 0.5);
}

// What two independent flips leave of a coherence.
double kept(const PerNode& p) { return (1.0 - 2.0 * p[0]) * (1.0 - 2.0 * p[1]); }

// Probabilities of exactly one click in a pair of detectors behind the beam splitter, for no photon,
// one photon and two photons.
struct OneClick {
    double none, one, two;
};

OneClick one_click(double p_dark, double visibility, bool number_resolving) {
    const double dark = 1.0 - p_dark;
    if (number_resolving) return {2.0 * p_dark * dark, dark * dark, 0.0};
    return {2.0 * p_dark * dark, dark, dark * (1.0 + visibility) / 2.0};
}

// A photon and the noise of its converter on their way through arm and beam splitter.
struct Arrival {
    double eta;
    Noise noise;
};

Arrival arrival(const Arm& arm, double transmissivity, const Detector& detector) {
    const double rest = transmissivity * arm.coupling() * detector.efficiency;
    const double eta = arm.source_efficiency * arm.converter_efficiency() * rest;
    return {eta, noise_through(arm.converter_or_null(), rest / 2.0)};
}

template <class Scheme>
ElementaryLink click_link(const Arm& a, const Arm& b, const Scheme& scheme, const Herald& herald,
                          Correlations (*event)(double, double, double, const Scheme&)) {
    a.check();
    b.check();
    scheme.check();
    herald.check();
    return heralded_link(a, b, herald, [&](double transmissivity_a, double transmissivity_b) {
        const Arrival from_a = arrival(a, transmissivity_a, scheme.detector);
        const Arrival from_b = arrival(b, transmissivity_b, scheme.detector);
        const double p_dark = dark_count_probability(scheme.detector.p_dark, from_a.noise + from_b.noise);
        return event(from_a.eta, from_b.eta, p_dark, scheme);
    });
}

}  // namespace

void SingleClick::check() const {
    detector.check();
    for (const double value : bright_population) require_probability("bright_population", value);
    require_probability("visibility", visibility);
    require_non_negative("phase_std", phase_std);
    require_dephasing("p_double_excitation", p_double_excitation);
    require_dephasing("p_dephasing", p_dephasing);
}

Correlations single_click_event(double eta_a, double eta_b, double p_dark, const SingleClick& scheme) {
    const OneClick d = one_click(p_dark, scheme.visibility, scheme.detector.number_resolving);
    const double a1 = scheme.bright_population[0], a0 = 1.0 - a1;
    const double b1 = scheme.bright_population[1], b0 = 1.0 - b1;
    const double lost_a = 1.0 - eta_a, lost_b = 1.0 - eta_b;
    // Populations of |ab>: which nodes are bright.
    const double w00 = a0 * b0 * d.none;
    const double w10 = a1 * b0 * (eta_a * d.one + lost_a * d.none);
    const double w01 = a0 * b1 * (eta_b * d.one + lost_b * d.none);
    const double w11 =
        a1 * b1 *
        (eta_a * eta_b * d.two + (eta_a * lost_b + eta_b * lost_a) * d.one + lost_a * lost_b * d.none);
    const double phase = std::exp(-scheme.phase_std * scheme.phase_std / 2.0);
    const double coherence = std::sqrt(a1 * a0 * eta_a) * std::sqrt(b1 * b0 * eta_b) * d.one *
                             std::sqrt(scheme.visibility) * phase * kept(scheme.p_double_excitation) *
                             kept(scheme.p_dephasing);
    Correlations c{};
    c[entry(0, 0)] = w00 + w01 + w10 + w11;
    c[entry(3, 0)] = (w00 + w01) - (w10 + w11);
    c[entry(0, 3)] = (w00 + w10) - (w01 + w11);
    c[entry(3, 3)] = (w00 + w11) - (w01 + w10);
    c[entry(1, 1)] = c[entry(2, 2)] = 2.0 * coherence;
    return c;
}

ElementaryLink single_click(const Arm& a, const Arm& b, const SingleClick& scheme, const Herald& herald) {
    return click_link(a, b, scheme, herald, &single_click_event);
}

void DoubleClick::check() const {
    detector.check();
    require_probability("visibility", visibility);
    require_dephasing("p_dephasing", p_dephasing);
}

Correlations double_click_event(double eta_a, double eta_b, double p_dark, const DoubleClick& scheme) {
    const OneClick d = one_click(p_dark, scheme.visibility, scheme.detector.number_resolving);
    const double lost_a = 1.0 - eta_a, lost_b = 1.0 - eta_b;
    const double apart = eta_a * eta_b * d.one * d.one / 2.0;      // photons in different bins: Psi+-
    const double together = eta_a * eta_b * d.two * d.none / 2.0;  // in one bin: |00> or |11>
    const double blind =
        (eta_a * lost_b + eta_b * lost_a) * d.one * d.none + lost_a * lost_b * d.none * d.none;
    Correlations c{};
    c[entry(0, 0)] = apart + together + blind;
    c[entry(1, 1)] = c[entry(2, 2)] = apart * scheme.visibility * kept(scheme.p_dephasing);
    c[entry(3, 3)] = together - apart;
    return c;
}

ElementaryLink double_click(const Arm& a, const Arm& b, const DoubleClick& scheme, const Herald& herald) {
    return click_link(a, b, scheme, herald, &double_click_event);
}

}  // namespace ebit
