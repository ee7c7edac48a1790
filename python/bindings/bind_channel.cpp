#include "bindings.hpp"

#include <pybind11/complex.h>
#include <pybind11/stl.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ebit/channel/catalogue.hpp"
#include "ebit/channel/instrument.hpp"
#include "ebit/channel/memory.hpp"
#include "ebit/channel/pauli_transfer.hpp"
#include "ebit/gate/gate.hpp"

namespace ebit::python {

template <std::size_t N>
struct Column<std::array<std::complex<double>, N>> : Row<std::array<std::complex<double>, N>> {};
template <std::size_t B>
struct Column<Instrument<B>> : Row<Instrument<B>> {};
template <>
struct Column<Memory> : Row<Memory> {};

namespace {

py::dict bind_catalogue() {
    py::dict out;
    const auto add = [&](const auto& member) {
        out[member.name] = py::cpp_function(per_element(member.function), py::name(member.name));
    };
    std::apply([&](const auto&... member) { (add(member), ...); }, channels::catalogue);
    return out;
}

// One matrix, side x side, for each row of parameters.
template <class T>
Array<T> gate_matrices(std::string_view name, const Array<double>& parameters, int bits_per_qubit,
                       void (Gate::*fill)(const double*, T*) const) {
    const Gate& g = gate(name);
    const auto count = static_cast<py::ssize_t>(g.parameters.size());
    if (parameters.ndim() != 2 || parameters.shape(1) != count)
        throw std::invalid_argument("internal: parameters have not the shape of the gate");
    const py::ssize_t side = py::ssize_t{1} << bits_per_qubit * g.num_qubits;
    Array<T> out({parameters.shape(0), side, side});
    for (py::ssize_t i = 0; i < parameters.shape(0); ++i)
        (g.*fill)(parameters.data() + i * count, out.mutable_data() + i * side * side);
    return out;
}

void bind_gates(py::module_& m) {
    m.def("gate_names", [] {
        std::vector<std::string_view> names;
        for (const Gate& g : gates()) names.push_back(g.name);
        return names;
    });
    m.def("gate_num_qubits", [](std::string_view name) { return gate(name).num_qubits; });
    m.def("gate_parameters", [](std::string_view name) { return gate(name).parameters; });
    m.def("gate_unitary", [](std::string_view name, const Array<double>& parameters) {
        return gate_matrices(name, parameters, 1, &Gate::unitary_at);
    });
    m.def("gate_transfer", [](std::string_view name, const Array<double>& parameters) {
        return gate_matrices(name, parameters, 2, &Gate::transfer_at);
    });
    m.def("gate_images", [](std::string_view name) {
        std::vector<std::pair<int, bool>> images;
        for (const SignedPauli& p : gate(name).images) images.emplace_back(p.index, p.negative);
        return images;
    });
}

}  // namespace

void bind_channel(py::module_& m) {
    m.attr("channel_catalogue") = bind_catalogue();
    m.def("channel_compose_1", per_element(&compose<16>));
    m.def("channel_compose_2", per_element(&compose<256>));
    m.def("channel_tensor", per_element(&tensor<double, 16>));
    m.def("channel_conjugation_1", per_element(&conjugation<4>));
    m.def("channel_conjugation_2", per_element(&conjugation<16>));
    m.def("channel_twirl_1", per_element(&twirl<16>));
    m.def("channel_twirl_2", per_element(&twirl<256>));
    m.def("channel_pauli_probabilities_1", per_element(&pauli_probabilities<4>));
    m.def("channel_pauli_probabilities_2", per_element(&pauli_probabilities<16>));
    m.def("channel_entanglement_fidelity_1", per_element(&entanglement_fidelity<16>));
    m.def("channel_entanglement_fidelity_2", per_element(&entanglement_fidelity<256>));
    m.def("channel_average_fidelity_1", per_element(&average_fidelity<16>));
    m.def("channel_average_fidelity_2", per_element(&average_fidelity<256>));

    m.def("memory_relaxation", per_element(&Memory::relaxation));
    m.def("memory_depolarizing", per_element(&Memory::depolarizing));
    m.def("memory_pauli_rates", per_element(&Memory::pauli_rates));
    m.def("memory_decay", per_element(&decay));

    m.def("instrument_measure_x", per_element(&instruments::measurement<1>));
    m.def("instrument_measure_y", per_element(&instruments::measurement<2>));
    m.def("instrument_measure_z", per_element(&instruments::measurement<3>));
    m.def("instrument_heralded_erasure", per_element(&instruments::heralded_erasure));

    bind_gates(m);
}

}  // namespace ebit::python
