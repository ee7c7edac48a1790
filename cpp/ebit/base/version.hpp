// The version of the library, the same as the Python package's.
#pragma once

namespace ebit {

const char* version();

}  // namespace ebit
