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

template <class T>
Array<T> square(const std::vector<T>& entries, int side) {
    Array<T> out({side, side});
    std::copy(entries.begin(), entries.end(), out.mutable_data());
    return out;
}

void bind_gates(py::module_& m) {
    m.def("gate_names", [] {
        std::vector<std::string_view> names;
        for (const Gate& g : gates()) names.push_back(g.name);
        return names;
    });
    m.def("gate_num_qubits", [](std::string_view name) { return gate(name).num_qubits; });
    m.def("gate_unitary", [](std::string_view name) {
        const Gate& g = gate(name);
        return square(g.unitary, 1 << g.num_qubits);
    });
    m.def("gate_transfer", [](std::string_view name) {
        const Gate& g = gate(name);
        return square(g.transfer, 1 << 2 * g.num_qubits);
    });
    m.def("gate_images", [](std::string_view name) {
        std::vector<std::pair<int, bool>> images;
        for (const SignedPauli& p : gate(name).images) images.emplace_back(p.index, p.negative);
        return images;
    });
    m.def("gate_rx", per_element(&rx));
    m.def("gate_ry", per_element(&ry));
    m.def("gate_rz", per_element(&rz));
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
