// One file per room binds its functions into _core; arguments arrive checked for type, and the
// library checks them for range. Nothing is computed here.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

namespace ebit::python {

namespace py = pybind11;

// C-contiguous input: other layouts and types are converted by the Python layer, not here.
template <class T>
using Array = py::array_t<T, py::array::c_style>;

void bind_base(py::module_& m);
void bind_channel(py::module_& m);
void bind_state(py::module_& m);
void bind_link(py::module_& m);
void bind_chain(py::module_& m);

}  // namespace ebit::python
