#include "ebit/link/detector.hpp"

#include <cmath>

#include "ebit/base/error.hpp"

namespace ebit {

void Detector::check() const {
    require_probability("efficiency", efficiency);
    require_probability("p_dark", p_dark);
}

void FrequencyConverter::check() const {
    require_probability("efficiency", efficiency);
    require_non_negative("noise_photons", noise_photons);
}

Noise noise_through(const FrequencyConverter* converter, double eta) {
    if (converter == nullptr) return {};
    const double registered = eta * converter->noise_photons;
    return converter->single_mode ? Noise{0.0, registered} : Noise{registered, 0.0};
}

double dark_count_probability(double p_dark, Noise noise) {
    return -std::expm1(std::log1p(-p_dark) - noise.many_modes - std::log1p(noise.single_mode));
}

}  // namespace ebit
