// How far a double is from a reference computed in a longer format.
#pragma once

#include <cmath>

namespace ebit::tests {

// In units of the spacing of doubles at the reference.
inline double ulps(double value, long double reference) {
    const double nearest = std::abs(static_cast<double>(reference));
    const double spacing = std::nextafter(nearest, INFINITY) - nearest;
    return static_cast<double>(std::abs(static_cast<long double>(value) - reference) /
                               static_cast<long double>(spacing));
}

}  // namespace ebit::tests
