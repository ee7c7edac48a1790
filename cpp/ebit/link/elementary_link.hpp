// The canonical form of a heralded link: what a repeater chain needs to know of the hardware.
#pragma once

#include <cstdint>
#include <limits>

#include "ebit/state/correlations.hpp"

namespace ebit {

struct ElementaryLink {
    double p_success = 1.0;     // probability that one attempt heralds a pair, all modes together
    double attempt_time = 1.0;  // seconds between attempts
    Correlations state{};       // the heralded pair, target Phi+
    // Of the medium alone, end to end and per mode, for capacity bounds; NaN where there is none.
    double transmissivity = std::numeric_limits<double>::quiet_NaN();
    std::int64_t modes = 1;  // multiplexed modes that one attempt tries

    void check() const;
    bool operator==(const ElementaryLink&) const = default;
};

}  // namespace ebit
