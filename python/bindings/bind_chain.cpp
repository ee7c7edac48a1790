#include "bindings.hpp"

namespace ebit::python {

void bind_chain(py::module_&) {}

}  // namespace ebit::python
