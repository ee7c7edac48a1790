#include "bindings.hpp"

namespace ebit::python {

void bind_state(py::module_&) {}

}  // namespace ebit::python
