// Modified Bessel functions of the first kind, scaled: exp(-x) I_order(x), order 0 or 1, x >= 0.
// (std::cyl_bessel_i overflows for large x and is missing from some standard libraries.)
#pragma once

namespace ebit {

double scaled_bessel_i(int order, double x);

}  // namespace ebit
