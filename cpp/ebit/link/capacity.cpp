#include "ebit/link/capacity.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ebit/base/error.hpp"

namespace ebit {

// log1p: for eta below 1e-16 the logarithm of 1 - eta would be 0.
double plob_bound(double transmissivity) {
    require_probability("transmissivity", transmissivity);
    return -std::log1p(-transmissivity) / std::numbers::ln2;
}

double tgw_bound(double transmissivity) {
    require_probability("transmissivity", transmissivity);
    return 2.0 * std::atanh(transmissivity) / std::numbers::ln2;
}

double chain_bound(std::span<const double> transmissivities) {
    if (transmissivities.empty()) throw InvalidParameter("transmissivities", "()", "at least one link");
    double weakest = 1.0;
    for (const double eta : transmissivities)
        weakest = std::min(weakest, require_probability("transmissivities", eta));
    return plob_bound(weakest);
}

double repeater_bound(double transmissivity, double repeaters) {
    require_probability("transmissivity", transmissivity);
    if (!(require_non_negative("repeaters", repeaters) == std::floor(repeaters)))
        throw InvalidParameter("repeaters", repeaters, "a whole number");
    const double log_eta = std::log(transmissivity) / (repeaters + 1.0);
    // Near eta = 1 the complement 1 - eta is what has to be accurate.
    if (log_eta < -1.0) return plob_bound(std::exp(log_eta));
    return -std::log2(-std::expm1(log_eta));
}

}  // namespace ebit
