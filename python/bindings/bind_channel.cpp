#include "bindings.hpp"

namespace ebit::python {

void bind_channel(py::module_&) {}

}  // namespace ebit::python
