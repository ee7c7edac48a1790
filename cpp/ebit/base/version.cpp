#include "ebit/base/version.hpp"

namespace ebit {

const char* version() { return EBIT_VERSION; }

}  // namespace ebit
