#include "bindings.hpp"

namespace ebit::python {

void bind_link(py::module_&) {}

}  // namespace ebit::python
