#include "bindings.hpp"

#include "ebit/base/version.hpp"

namespace ebit::python {

void bind_base(py::module_& m) {
    m.def("version", &version);
}

}  // namespace ebit::python
