#include "ebit/state/bell_measurement.hpp"

#include "ebit/base/error.hpp"

namespace ebit {

void BellMeasurement::check() const {
    require_probability("p_success", p_success);
    require_probability("p_replace", p_replace);
    require_probability("p_readout_error", p_readout_error);
}

std::array<double, 4> BellMeasurement::noise() const {
    const double gate = 1.0 - p_replace;
    const double readout = 1.0 - 2.0 * p_readout_error;
    return {1.0, gate * readout, gate * readout * readout, gate * readout};
}

}  // namespace ebit
