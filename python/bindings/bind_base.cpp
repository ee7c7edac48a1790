#include "bindings.hpp"

#include "ebit/base/isa.hpp"
#include "ebit/base/version.hpp"

namespace ebit::python {

void bind_base(py::module_& m) {
    m.def("version", &version);
    m.def("isa", [] { return isa_name(active_isa()); });
}

}  // namespace ebit::python
