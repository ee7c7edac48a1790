#include <cmath>

#include "ebit/base/error.hpp"
#include "ebit/link/schemes.hpp"

namespace ebit {

namespace {

// The generating function of one squeezer, E[s^n t^n] = 1 / (1 + l (1 - s t)), at s, t = 1 - eta
// or 1. Sums of positive terms only: at high loss a difference of these would cancel.
struct Squeezers {
    double a, b, both;  // 1 + l eta: neither side a, nor b, nor any of them registers a photon
    double pair;        // eta_a eta_b l (1 + l)
};

Squeezers squeezers(double l, double eta_a, double eta_b) {
    return {1.0 + l * eta_a, 1.0 + l * eta_b, 1.0 + l * (eta_a + eta_b - eta_a * eta_b),
            eta_a * eta_b * l * (1.0 + l)};
}

// Both sides click. The product of the two bits +-1, measured in the same basis, counts 0 without a
// coincidence; it is positive if they differ, as in a singlet.
struct Coincidence {
    double gain;     // probability
    double product;  // mean
};

// Gain of Ma, Fung, Lo, PRA 76, 012307 (2007), with dark counts also beside photons.
Coincidence threshold(double l, double eta_a, double eta_b, const PerNode& p_dark) {
    const Squeezers g = squeezers(l, eta_a, eta_b);
    const double dark_a = 1.0 - p_dark[0], dark_b = 1.0 - p_dark[1];
    // Side a clicks: 1 - dark_a^2 / g.a^2, as a product.
    const double clicks_a = (l * eta_a + p_dark[0]) * (g.a + dark_a) / (g.a * g.a);
    const double clicks_b = (l * eta_b + p_dark[1]) * (g.b + dark_b) / (g.b * g.b);
    const double ab = g.a * g.b;
    // 1 / both - 1 / ab: no side registers a photon of a squeezer, less the same for independent sides.
    const double joint = g.pair / (ab * g.both);
    const double dark = dark_a * dark_b;
    return {clicks_a * clicks_b + dark * dark * joint * (1.0 / g.both + 1.0 / ab), 2.0 * dark * joint};
}

// Counts of 0 and 1 at the two detectors of one squeezer, rows side a, columns side b.
struct Counts {
    double none, only_a, only_b, one_each;
};

Counts with_dark_counts(const Counts& photons, const PerNode& p) {
    const double qa = 1.0 - p[0], qb = 1.0 - p[1];
    return {qa * qb * photons.none, qb * (qa * photons.only_a + p[0] * photons.none),
            qa * (qb * photons.only_b + p[1] * photons.none),
            qa * qb * photons.one_each + qa * p[1] * photons.only_a + p[0] * qb * photons.only_b +
                p[0] * p[1] * photons.none};
}

Coincidence number_resolving(double l, double eta_a, double eta_b, const PerNode& p_dark) {
    const double both = squeezers(l, eta_a, eta_b).both;
    const double ra = l * eta_a * (1.0 - eta_b) / both, rb = l * eta_b * (1.0 - eta_a) / both;
    const Counts photons{1.0 / both, ra / both, rb / both, (l * eta_a * eta_b / both + 2.0 * ra * rb) / both};
    const Counts c = with_dark_counts(photons, p_dark);
    const double anticorrelated = 2.0 * c.one_each * c.none;
    const double correlated = 2.0 * c.only_a * c.only_b;
    return {anticorrelated + correlated, anticorrelated - correlated};
}

}  // namespace

void SpdcMidpoint::check() const {
    detector.check();
    require_in_range("mean_pairs", mean_pairs, 0.0, 1e6);
    require_in_range("misalignment", misalignment, 0.0, 0.5);
    if (pulse_period) require_positive("pulse_period", *pulse_period);
}

Correlations spdc_event(double eta_a, double eta_b, PerNode p_dark, const SpdcMidpoint& scheme) {
    const double l = scheme.mean_pairs / 2.0;
    const Coincidence both = scheme.detector.number_resolving ? number_resolving(l, eta_a, eta_b, p_dark)
                                                              : threshold(l, eta_a, eta_b, p_dark);
    const double product = (1.0 - 2.0 * scheme.misalignment) * both.product;
    Correlations c{};
    c[entry(0, 0)] = both.gain;
    c[entry(1, 1)] = c[entry(2, 2)] = product;
    c[entry(3, 3)] = -product;
    return c;
}

ElementaryLink spdc_midpoint(const Arm& a, const Arm& b, const SpdcMidpoint& scheme, const Herald& herald) {
    a.check();
    b.check();
    scheme.check();
    herald.check();
    // The converter stands at the node, behind the medium: only the detector lies beyond it.
    const double efficiency = scheme.detector.efficiency;
    const auto eta = [&](const Arm& arm, double transmissivity) {
        return arm.source_efficiency * transmissivity * arm.coupling() * arm.converter_efficiency() *
               efficiency;
    };
    const auto dark = [&](const Arm& arm) {
        return dark_count_probability(scheme.detector.p_dark,
                                      noise_through(arm.converter_or_null(), efficiency));
    };
    const PerNode p_dark{dark(a), dark(b)};
    ElementaryLink link = heralded_link(a, b, herald, [&](double transmissivity_a, double transmissivity_b) {
        return spdc_event(eta(a, transmissivity_a), eta(b, transmissivity_b), p_dark, scheme);
    });
    if (scheme.pulse_period) link.attempt_time = *scheme.pulse_period;
    return link;
}

}  // namespace ebit
