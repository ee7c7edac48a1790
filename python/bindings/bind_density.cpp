#include <pybind11/complex.h>
#include <pybind11/stl.h>

#include <complex>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bindings.hpp"
#include "ebit/base/error.hpp"
#include "ebit/density/density_matrix.hpp"
#include "ebit/density/operation.hpp"

namespace ebit::python {

namespace {

// The numbers of the elements, without the places beyond the last one; no copy.
py::array coefficients(const py::object& self) {
    auto& state = self.cast<DensityMatrix&>();
    const auto rows = static_cast<py::ssize_t>(power_of_four(state.num_qubits()));
    if (!state.is_batch()) return Array<double>({rows}, {8}, state.data(), self);
    return py::array_t<double>({rows, static_cast<py::ssize_t>(state.size())},
                               {8 * static_cast<py::ssize_t>(state.stride()), py::ssize_t{8}}, state.data(),
                               self);
}

// Gives a function of this module the docstring that stands beside its signature in the Python half.
void document(const py::handle& function, const std::string& text) {
    if (Py_TYPE(function.ptr()) == &PyMethodDescr_Type) {  // its text is not pybind11's to free
        reinterpret_cast<PyMethodDescrObject*>(function.ptr())->d_method->ml_doc = strdup(text.c_str());
        return;
    }
    PyObject* inner = PyInstanceMethod_Check(function.ptr()) ? PyInstanceMethod_GET_FUNCTION(function.ptr())
                                                             : function.ptr();
    if (!PyCFunction_Check(inner)) throw py::type_error("internal: only functions of _core are documented");
    auto* method = reinterpret_cast<PyCFunctionObject*>(inner)->m_ml;
    std::free(const_cast<char*>(method->ml_doc));
    method->ml_doc = strdup(text.c_str());
}

}  // namespace

void bind_density(py::module_& m) {
    m.def("document", &document);
    m.def("operation_names", [] {
        std::vector<std::string_view> names;
        for (const Operation& known : operations()) names.push_back(known.name);
        return names;
    });
    m.def("operation_shape", [](std::string_view name) {
        const Operation& found = operation(name);
        return std::pair(found.num_qubits, found.num_parameters);
    });
    // One row of parameters per element.
    m.def("operation_transfer", [](std::string_view name, const Array<double>& parameters) {
        const Operation& found = operation(name);
        if (parameters.ndim() != 2 || parameters.shape(1) != found.num_parameters)
            throw std::invalid_argument("internal: parameters have not the shape of the operation");
        const auto side = static_cast<py::ssize_t>(power_of_four(found.num_qubits));
        Array<double> out({parameters.shape(0), side, side});
        for (py::ssize_t i = 0; i < parameters.shape(0); ++i)
            found.transfer(parameters.data() + i * found.num_parameters,
                           out.mutable_data() + i * side * side);
        return out;
    });

    // Matrices of shape (..., d, d) that were checked.
    m.def("unitary_transfers", [](const Array<std::complex<double>>& unitaries) {
        const py::ssize_t d = unitaries.shape(unitaries.ndim() - 1), side = d * d;
        std::vector<py::ssize_t> shape(unitaries.shape(), unitaries.shape() + unitaries.ndim() - 2);
        shape.insert(shape.end(), {side, side});
        Array<double> out(shape);
        const int num_qubits = side == 4 ? 1 : side == 16 ? 2 : 3;
        for (py::ssize_t i = 0; i < unitaries.size() / side; ++i)
            unitary_transfer(num_qubits, unitaries.data() + i * side, out.mutable_data() + i * side * side);
        return out;
    });

    py::class_<DensityMatrix>(m, "DensityMatrix")
        .def(py::init([](std::int64_t num_qubits, std::optional<std::size_t> batch) {
            const int number = static_cast<int>(num_qubits);
            if (number != num_qubits)
                throw InvalidParameter("num_qubits", std::to_string(num_qubits), "in [0, 13]");
            return std::make_unique<DensityMatrix>(number, batch);
        }))
        .def(py::init([](int num_qubits, std::optional<std::size_t> batch, bool is_set) {
            return is_set ? DensityMatrix(num_qubits, batch) : DensityMatrix::unset(num_qubits, batch);
        }))
        .def_property_readonly("num_qubits", &DensityMatrix::num_qubits)
        .def_property_readonly("batch",
                               [](const DensityMatrix& state) {
                                   return state.is_batch() ? std::optional(state.size()) : std::nullopt;
                               })
        .def_property_readonly("coefficients", &coefficients);
}

}  // namespace ebit::python
