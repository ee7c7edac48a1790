#include "ebit/link/free_space.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>

#include "ebit/base/error.hpp"
#include "ebit/link/bessel.hpp"
#include "ebit/link/fibre.hpp"
#include "ebit/link/quadrature.hpp"

namespace ebit {

namespace {

constexpr double earth_radius = 6371e3;
constexpr double shortest_wavelength = 1e-8;
constexpr double longest_wavelength = 1e-2;
constexpr double widest_waist = 100.0;
// Beyond this many sigma a Rayleigh variate lies with probability 1e-16.
constexpr double rayleigh_reach = 8.6;

double radius_at(const FreeSpace& s, double z) {
    return s.waist * std::hypot(1.0, z * s.wavelength / (std::numbers::pi * s.waist * s.waist));
}

// From X rays to microwaves: outside these lies a length in another unit.
void require_wavelength(double wavelength) {
    require_in_range("wavelength", wavelength, shortest_wavelength, longest_wavelength);
}

// A beam that diverges by pi/2 or more is no beam, and no telescope is wider than a hundred metres.
void require_waist(double waist, double wavelength) {
    const double least = 2.0 * wavelength / (std::numbers::pi * std::numbers::pi);
    if (!(waist > least && waist <= widest_waist))
        throw InvalidParameter("waist", waist,
                               "above 2 wavelength / pi^2 = " + to_text(least) +
                                   " m, where the beam diverges by pi/2, and at most " +
                                   to_text(widest_waist) + " m");
}

void require_elevation(double elevation) {
    if (!(elevation > 0.0 && elevation <= std::numbers::pi / 2.0))
        throw InvalidParameter("elevation", elevation, "an angle in (0, pi/2]");
}

std::function<double(double)> transmissivity_law(const FreeSpace& s) {
    const double clear = s.atmosphere();
    const double a = s.aperture_radius;
    const double w = s.beam_radius();
    if (s.capture == Capture::weibull)
        return [clear, law = weibull_capture(a, w)](double r) { return clear * law(r); };
    return [=](double r) { return clear * displaced_gaussian_capture(r, a, w); };
}

// The law of the transmissivity, given that the displacement lies between two values. Where the beam
// crosses the rim of the aperture the transmissivity changes on the scale of w, elsewhere the
// Rayleigh density on the scale of sigma: between those edges Gauss-Legendre quadrature converges
// fast.
Fading law_between(const FreeSpace& s, double from, double to, std::size_t nodes) {
    if (s.steady_transmissivity) return steady(*s.steady_transmissivity);
    const auto transmissivity = transmissivity_law(s);
    const double sigma = s.wander();
    if (sigma == 0.0) return steady(transmissivity(0.0));
    const QuadratureRule rule = gauss_legendre(nodes);
    const double rim = 4.0 * s.beam_radius();
    const std::array<double, 4> edges{from, std::clamp(s.aperture_radius - rim, from, to),
                                      std::clamp(s.aperture_radius + rim, from, to), to};
    Fading law;
    double total = 0.0;
    for (std::size_t panel = 0; panel + 1 < edges.size(); ++panel) {
        const double half = (edges[panel + 1] - edges[panel]) / 2.0;
        if (!(half > 0.0)) continue;
        for (std::size_t i = 0; i < nodes; ++i) {
            const double r = edges[panel] + half * (1.0 + rule.node[i]);
            const double x = r / sigma;
            law.transmissivity.push_back(transmissivity(r));
            law.weight.push_back(rule.weight[i] * (half / sigma) * x * std::exp(-x * x / 2.0));
            total += law.weight.back();
        }
    }
    for (double& weight : law.weight) weight /= total;
    return law;
}

}  // namespace

void FreeSpace::check() const {
    require_positive("distance", distance);
    require_positive("aperture_radius", aperture_radius);
    require_wavelength(wavelength);
    require_waist(waist, wavelength);
    require_non_negative("pointing_jitter", pointing_jitter);
    require_probability("zenith_transmissivity", zenith_transmissivity);
    require_elevation(elevation);
    require_non_negative("cn2", cn2);
    if (turbulent_path) {
        require_positive("turbulent_path", *turbulent_path);
        if (*turbulent_path > distance)
            throw InvalidParameter("turbulent_path", *turbulent_path,
                                   "at most distance = " + to_text(distance));
    }
    require_probability("coupling", coupling);
    if (steady_transmissivity) require_probability("steady_transmissivity", *steady_transmissivity);
    const double w = beam_radius();
    const double sigma = wander();
    const double ratio = aperture_radius / w;
    // Powers of these enter the formulas.
    if (!(w < 1e100 && sigma < 1e100 && ratio > 1e-70 && ratio < 1e70))
        throw InvalidParameter("distance", distance,
                               "such that beam radius and wander at the receiver (" + to_text(w) + " m, " +
                                   to_text(sigma) + " m) stay within floating-point range");
}

double FreeSpace::beam_radius() const { return radius_at(*this, distance); }

double FreeSpace::wander() const {
    const double jitter = pointing_jitter * distance;
    if (cn2 == 0.0) return jitter;
    const double path = turbulent_path.value_or(distance);
    const double entering = radius_at(*this, distance - path);
    return std::hypot(jitter, std::sqrt(1.919 * cn2 * path * path * path / std::cbrt(2.0 * entering)));
}

double FreeSpace::atmosphere() const { return std::pow(zenith_transmissivity, 1.0 / std::sin(elevation)); }

double FreeSpace::delay() const { return distance / speed_of_light; }

double FreeSpace::transmissivity(double r) const {
    return steady_transmissivity ? *steady_transmissivity
                                 : transmissivity_law(*this)(require_non_negative("displacement", r));
}

Fading FreeSpace::fading(std::int64_t nodes) const {
    if (nodes < 1 || nodes > 1000) throw InvalidParameter("nodes", std::to_string(nodes), "in [1, 1000]");
    return law_between(*this, 0.0, rayleigh_reach * wander(), static_cast<std::size_t>(nodes));
}

Fading FreeSpace::blocks(std::int64_t n) const {
    if (n < 1 || n > 1000) throw InvalidParameter("n", std::to_string(n), "in [1, 1000]");
    const double weight = 1.0 / static_cast<double>(n);
    // The displacement that a fraction k / n of the time is not exceeded.
    const auto quantile = [&](std::int64_t k) {
        const double log_tail = std::log1p(-static_cast<double>(k) * weight);
        return wander() * (k == n ? rayleigh_reach : std::sqrt(-2.0 * log_tail));
    };
    Fading result;
    for (std::int64_t k = 0; k < n; ++k) {
        result.transmissivity.push_back(law_between(*this, quantile(k), quantile(k + 1), 48).mean());
        result.weight.push_back(weight);
    }
    return result;
}

double waist_of_divergence(double divergence, double wavelength) {
    require_wavelength(wavelength);
    if (!(divergence > 0.0 && divergence < std::numbers::pi / 2.0))
        throw InvalidParameter("divergence", divergence, "an angle in (0, pi/2)");
    return wavelength / (std::numbers::pi * divergence);
}

double displaced_gaussian_capture(double r, double a, double w) {
    if (r == 0.0) return -std::expm1(-2.0 * (a / w) * (a / w));
    // Power per distance rho from the centre of the aperture, integrated over the angle. Far outside
    // the beam it is below 1e-36 of its peak, and left out.
    const double reach = 6.5 * w;
    const double low = std::max(0.0, std::min(r, a) - reach);
    const double high = std::min(a, r + reach);
    static const QuadratureRule rule = gauss_legendre(96);
    const double half = (high - low) / 2.0;
    double sum = 0.0;
    for (std::size_t i = 0; i < rule.node.size(); ++i) {
        const double rho = (low + half * (1.0 + rule.node[i])) / w;
        const double offset = rho - r / w;
        sum +=
            rule.weight[i] * rho * std::exp(-2.0 * offset * offset) * scaled_bessel_i(0, 4.0 * rho * (r / w));
    }
    return std::min(1.0, 4.0 * half / w * sum);
}

WeibullCapture weibull_capture(double a, double w) {
    const double x = (a / w) * (a / w);
    const double t0_squared = -std::expm1(-2.0 * x);
    // outside = 1 - exp(-4x) I0(4x), excess = 2 t0^2 / outside - 1. Both cancel for a small aperture,
    // where their power series are summed instead.
    double outside = 1.0 - scaled_bessel_i(0, 4.0 * x);
    double excess = 2.0 * t0_squared / outside - 1.0;
    if (x < 0.1) {
        double double_x = -1.0;  // (-1)^(k + 1) (2x)^k / k!
        double ratio = 1.0;      // 2^k (2k - 1)!! / k!
        double numerator = 0.0;
        outside = 0.0;
        for (int k = 1; k <= 24; ++k) {
            double_x *= -2.0 * x / k;
            ratio *= 2.0 * (2 * k - 1) / k;
            outside += double_x * ratio;
            numerator += double_x * (2.0 - ratio);
        }
        excess = numerator / outside;
    }
    const double g = std::log1p(excess);
    const double shape = 8.0 * x * scaled_bessel_i(1, 4.0 * x) / (outside * g);
    return {t0_squared, shape, a * std::pow(g, -1.0 / shape)};
}

double WeibullCapture::operator()(double r) const {
    return t0_squared * std::exp(-std::pow(r / scale, shape));
}

double slant_range(double altitude, double elevation) {
    require_positive("altitude", altitude);
    require_elevation(elevation);
    const double rise = earth_radius * std::sin(elevation);
    const double above = altitude * (2.0 * earth_radius + altitude);
    return above / (std::sqrt(rise * rise + above) + rise);
}

}  // namespace ebit
