#include <complex>

#include "bindings.hpp"
#include "ebit/density/convert.hpp"
#include "ebit/density/spectrum.hpp"

namespace ebit::python {

namespace {

using Complex = std::complex<double>;

QubitOrder order_of(bool little) { return little ? QubitOrder::little : QubitOrder::big; }

const Complex* data_of(const Array<Complex>& array, std::size_t count) {
    if (static_cast<std::size_t>(array.size()) != count)
        throw std::invalid_argument("internal: not the entries of this state");
    return array.data();
}

// (4^n, N) numbers in any layout; no copy.
StateView view_of(const py::array_t<double>& rows) {
    if (rows.ndim() != 2) throw std::invalid_argument("internal: coefficients must have two axes");
    int num_qubits = 1;
    while (num_qubits < max_spectrum_qubits && rows.shape(0) > py::ssize_t{1} << 2 * num_qubits) ++num_qubits;
    if (rows.shape(0) != py::ssize_t{1} << 2 * num_qubits)
        throw std::invalid_argument("internal: not the coefficients of one to three qubits");
    return {rows.data(), num_qubits, rows.strides(0) / 8, rows.strides(1) / 8,
            static_cast<std::size_t>(rows.shape(1))};
}

template <class Function>
Array<double> values_of(const StateView& states, std::size_t size, Function function) {
    Array<double> out({py::ssize_t{1} << states.num_qubits, static_cast<py::ssize_t>(size)});
    double* const values = out.mutable_data();
    const py::gil_scoped_release release;
    if (size > 0) function(values);
    return out;
}

auto values_per_state(void (*function)(const StateView&, double*)) {
    return [function](const py::array_t<double>& rows) {
        const StateView states = view_of(rows);
        return values_of(states, states.size, [&](double* out) { function(states, out); });
    };
}

}  // namespace

void bind_density_convert(py::module_& m) {
    m.def("set_matrices",
          [](DensityMatrix& state, const Array<Complex>& matrices, bool little, double tolerance) {
              const Complex* const data = data_of(matrices, power_of_four(state.num_qubits()) * state.size());
              const py::gil_scoped_release release;
              set_matrices(state, data, order_of(little), tolerance);
          });
    m.def("set_vectors", [](DensityMatrix& state, const Array<Complex>& vectors, bool little) {
        const Complex* const data = data_of(vectors, (std::size_t{1} << state.num_qubits()) * state.size());
        const py::gil_scoped_release release;
        set_vectors(state, data, order_of(little));
    });
    m.def("get_matrices", [](const DensityMatrix& state, bool little) {
        const py::ssize_t d = py::ssize_t{1} << state.num_qubits();
        Array<Complex> out({static_cast<py::ssize_t>(state.size()), d, d});
        Complex* const data = out.mutable_data();
        const py::gil_scoped_release release;
        get_matrices(state, data, order_of(little));
        return out;
    });
    m.def("singular_values", values_per_state(&singular_values));
    m.def("spin_flip_values", values_per_state(&spin_flip_values));
    m.def("spin_values", values_per_state(&spin_values));
    m.def("overlap_values", [](const py::array_t<double>& left, const py::array_t<double>& right) {
        const StateView a = view_of(left), b = view_of(right);
        if (a.num_qubits != b.num_qubits || (a.size != b.size && a.size != 1 && b.size != 1))
            throw std::invalid_argument("internal: states that do not fit");
        const std::size_t size = a.size == 0 || b.size == 0 ? 0 : std::max(a.size, b.size);
        return values_of(a, size, [&](double* out) { overlap_values(a, b, out); });
    });
}

}  // namespace ebit::python
