// What a photon meets at the end: single-photon detectors, and frequency converters on the way.
//
// The detection window is the time (and, in a dual rail, the mode) in which one click is waited for.
// Noise light of a converter acts as additional dark counts: a detector that would stay dark with
// probability 1 - p_dark stays dark with
//
//   (1 - p_dark) exp(-n_many) / (1 + n_single),
//
// n_many and n_single the mean noise photons it would register from many modes (Poisson) and from
// the photon's own mode (thermal).
#pragma once

namespace ebit {

struct Detector {
    double efficiency = 1.0;
    double p_dark = 0.0;            // dark-count probability per detector and window
    bool number_resolving = false;  // a threshold detector clicks once for any number of photons

    void check() const;
    bool operator==(const Detector&) const = default;
};

struct FrequencyConverter {
    double efficiency = 1.0;
    double noise_photons = 0.0;  // mean number added per window and mode of the signal, at its output
    bool single_mode = false;    // the noise is one thermal mode, that of the photon, not many

    void check() const;
    bool operator==(const FrequencyConverter&) const = default;
};

// Mean noise photons that a detector registers in a window.
struct Noise {
    double many_modes = 0.0;
    double single_mode = 0.0;
};

// Of a converter (none if null) whose light reaches the detector with efficiency eta.
Noise noise_through(const FrequencyConverter* converter, double eta);
inline Noise operator+(Noise a, Noise b) {
    return {a.many_modes + b.many_modes, a.single_mode + b.single_mode};
}

// Probability of a click without a photon of the signal.
double dark_count_probability(double p_dark, Noise noise);

}  // namespace ebit
