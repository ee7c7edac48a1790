#include "ebit/link/elementary_link.hpp"

#include "ebit/base/error.hpp"

namespace ebit {

void ElementaryLink::check() const {
    require_in_range("p_success", p_success, 1e-12, 1.0);
    require_positive("attempt_time", attempt_time);
}

}  // namespace ebit
