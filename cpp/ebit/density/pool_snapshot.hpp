// A pool as a string of bytes, and back: slots keep their names, and outcomes are drawn on as if nothing
// had happened. Byte order is that of the machine; what load() refuses (InvalidParameter) was not written
// by save() of this version.
#pragma once

#include <string>
#include <string_view>

#include "ebit/density/pool.hpp"

namespace ebit {

std::string save(const StatePool& pool);
StatePool load(std::string_view bytes);

}  // namespace ebit
