#include "ebit/link/elementary_link.hpp"

#include <cmath>
#include <string>

#include "ebit/base/error.hpp"
#include "ebit/state/pair.hpp"

namespace ebit {

void ElementaryLink::check() const {
    require_in_range("p_success", p_success, 1e-12, 1.0);
    require_in_range("attempt_time", attempt_time, 1e-15, 1e9);
    require_state("state", state);
    if (!std::isnan(transmissivity)) require_probability("transmissivity", transmissivity);
    if (modes < 1) throw InvalidParameter("modes", std::to_string(modes), "at least 1");
}

}  // namespace ebit
