// A telescope link through free space or atmosphere: a Gaussian beam, a circular aperture, and a
// beam that wanders. Lengths in metres, angles in radians, times in seconds.
//
// The beam has radius (1/e^2 of the intensity) w(z) = w0 sqrt(1 + (z lambda / (pi w0^2))^2). Its
// centre at the receiver is displaced by r, Rayleigh-distributed with scale sigma,
//
//   sigma^2 = (pointing_jitter z)^2 + 1.919 cn2 L^3 (2 w(z - L))^(-1/3),
//
// L the path through turbulence before the receiver (Vasylyev, Semenov, Vogel, PRL 108, 220501
// (2012), with w(z - L) the radius on entering it; weak turbulence: the beam wanders and is not
// broadened). A displaced beam is captured with probability
//
//   Capture::gaussian   the power of the displaced Gaussian inside the aperture, exactly; averaged
//                       over r it is 1 - exp(-2 a^2 / (w^2 + 4 sigma^2));
//   Capture::weibull    t0^2 exp(-(r / scale)^shape), the approximation of that paper, under which
//                       -ln(eta / t0^2) follows a Weibull law.
//
// The transmissivity is zenith_transmissivity^(1 / sin(elevation)) times the capture; it fades with
// r and keeps its value over a coherence time of the turbulence, far longer than one attempt.
#pragma once

#include <cstdint>
#include <numbers>
#include <optional>

#include "ebit/link/fading.hpp"

namespace ebit {

enum class Capture { gaussian, weibull };

struct FreeSpace {
    double distance = 1.0;         // z
    double aperture_radius = 0.1;  // a, of the receiver
    double waist = 0.1;            // w0, at the transmitter; in (2 lambda / pi^2, 100]
    double wavelength = 1550e-9;   // in [1e-8, 1e-2]
    double pointing_jitter = 0.0;  // standard deviation per axis
    double zenith_transmissivity = 1.0;
    double elevation = std::numbers::pi / 2.0;
    double cn2 = 0.0;                        // refractive-index structure constant, m^(-2/3)
    std::optional<double> turbulent_path{};  // L, the whole distance if not given
    double coupling = 1.0;                   // efficiency of the optics behind the aperture
    Capture capture = Capture::gaussian;
    std::optional<double> steady_transmissivity{};  // instead of the fading one: one coherence time

    void check() const;
    double beam_radius() const;  // w(z)
    double wander() const;       // sigma
    double atmosphere() const;   // zenith_transmissivity^(1 / sin(elevation))
    double delay() const;        // one way
    // Of a beam whose centre is displaced by r.
    double transmissivity(double r) const;
    // Nodes and weights for averages over the law of the transmissivity, most transparent first; up
    // to three panels of `nodes` each.
    Fading fading(std::int64_t nodes = 48) const;
    // n equally probable quantile blocks, each with its mean transmissivity, most transparent first.
    Fading blocks(std::int64_t n) const;
    bool operator==(const FreeSpace&) const = default;
};

// Waist whose beam diverges with half-angle theta < pi/2 (1/e^2) in the far field: lambda / (pi theta).
double waist_of_divergence(double divergence, double wavelength);

// Power of a Gaussian beam of radius w inside a circle of radius a at distance r from its centre.
double displaced_gaussian_capture(double r, double a, double w);

// t0^2 exp(-(r / scale)^shape) for the same power.
struct WeibullCapture {
    double t0_squared;
    double shape;
    double scale;
    double operator()(double r) const;
};
WeibullCapture weibull_capture(double a, double w);

// Line of sight to a satellite at `altitude` seen at `elevation`, around a sphere of 6371 km.
double slant_range(double altitude, double elevation);

}  // namespace ebit
