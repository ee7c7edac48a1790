#include <pybind11/stl.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bindings.hpp"
#include "ebit/density/measure.hpp"

namespace ebit::python {

namespace {

using Qubits = std::vector<int>;

template <class T>
std::span<const T> span_of(const Array<T>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

// What was made row by row, in the shape (rows, columns).
template <class T>
Array<T> table(const std::vector<T>& values, std::size_t rows) {
    const auto count = static_cast<py::ssize_t>(rows);
    Array<T> out({count, count == 0 ? 0 : static_cast<py::ssize_t>(values.size()) / count});
    std::copy(values.begin(), values.end(), out.mutable_data());
    return out;
}

template <class T>
Array<T> column(const std::vector<T>& values) {
    return Array<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

template <class Compute>
auto released(Compute compute) {
    const py::gil_scoped_release release;
    return compute();
}

PauliString string_on(const DensityMatrix& state, std::string_view pauli, const Qubits& qubits) {
    return pauli_string(pauli, qubits, state.num_qubits());
}

// One matrix (1, outcomes, outputs, inputs) for all elements, or (elements, ..).
OutcomeMaps maps_of(const Array<double>& matrices) {
    if (matrices.ndim() != 4) throw std::invalid_argument("internal: maps have four axes");
    return {span_of(matrices), static_cast<std::size_t>(matrices.shape(1)),
            static_cast<std::size_t>(matrices.shape(2)), matrices.shape(0) != 1};
}

void bind_probabilities(py::module_& m) {
    m.def("density_pauli_row", [](std::string_view pauli, const Qubits& qubits, int num_qubits) {
        const PauliString string = pauli_string(pauli, qubits, num_qubits);
        return std::pair(string.row, string.negative);
    });
    m.def("density_pauli_probabilities",
          [](const DensityMatrix& state, std::string_view pauli, const Qubits& qubits) {
              const PauliString string = string_on(state, pauli, qubits);
              return table(released([&] { return probabilities(state, string); }), 2);
          });
    m.def("density_map_probabilities",
          [](const DensityMatrix& state, const Qubits& qubits, const Array<double>& matrices) {
              const OutcomeMaps maps = maps_of(matrices);
              return table(released([&] { return probabilities(state, qubits, maps); }), maps.num_outcomes);
          });
    m.def("density_bit_probabilities", [](const DensityMatrix& state, const Qubits& qubits,
                                          const std::vector<int>& digits, const Array<double>& errors) {
        return table(
            released([&] { return probabilities(state, BitBasis{qubits, digits}, span_of(errors)); }),
            std::size_t{1} << qubits.size());
    });
    m.def("density_draw", [](const Array<double>& probabilities, std::uint64_t key) {
        const auto size = static_cast<std::size_t>(probabilities.shape(1));
        return column(released([&] { return draw(span_of(probabilities), size, key); }));
    });
    m.def("density_draw_shots", [](const Array<double>& probabilities, std::size_t shots, std::uint64_t key) {
        return column(released([&] { return draw_shots(span_of(probabilities), shots, key); }));
    });
}

}  // namespace

void bind_density_measure(py::module_& m) {
    bind_probabilities(m);
    m.def("density_measure_pauli", [](DensityMatrix& state, std::string_view pauli, const Qubits& qubits,
                                      const Array<double>& errors, std::uint64_t key) {
        const PauliString string = string_on(state, pauli, qubits);
        return column(released([&] { return measure(state, string, span_of(errors), key); }));
    });
    m.def("density_measure_bits", [](DensityMatrix& state, const Qubits& qubits,
                                     const std::vector<int>& digits, const Array<double>& errors,
                                     std::uint64_t key) {
        return table(released([&] { return measure(state, BitBasis{qubits, digits}, span_of(errors), key); }),
                     state.size());
    });
    m.def("density_measure_maps", [](const DensityMatrix& source, DensityMatrix& target, const Qubits& qubits,
                                     const Array<double>& matrices, std::uint64_t key) {
        return column(released([&] { return measure(source, target, qubits, maps_of(matrices), key); }));
    });
    m.def("density_project_pauli", [](DensityMatrix& state, std::string_view pauli, const Qubits& qubits,
                                      const Array<std::int64_t>& outcomes) {
        const PauliString string = string_on(state, pauli, qubits);
        return column(released([&] { return project(state, string, span_of(outcomes)); }));
    });
    m.def("density_project_maps", [](const DensityMatrix& source, DensityMatrix& target, const Qubits& qubits,
                                     const Array<double>& matrices, const Array<std::int64_t>& outcomes) {
        return column(
            released([&] { return project(source, target, qubits, maps_of(matrices), span_of(outcomes)); }));
    });
}

}  // namespace ebit::python
