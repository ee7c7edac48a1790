#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <span>

#include "bindings.hpp"
#include "ebit/link/capacity.hpp"
#include "ebit/link/schemes.hpp"

namespace ebit::python {

namespace {

template <class T>
T checked(T value) {
    value.check();
    return value;
}

template <class Compute>
auto without_gil(Compute compute) {
    const py::gil_scoped_release release;
    return compute();
}

Array<double> to_array(const std::vector<double>& values) {
    return Array<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

py::tuple to_tuple(const Fading& law) {
    return py::make_tuple(to_array(law.transmissivity), to_array(law.weight));
}

Array<double> to_array(const Correlations& state) {
    Array<double> out({4, 4});
    std::memcpy(out.mutable_data(), state.data(), sizeof state);
    return out;
}

py::tuple to_tuple(const ElementaryLink& link) {
    return py::make_tuple(link.p_success, link.attempt_time, to_array(link.state), link.transmissivity,
                          link.modes);
}

Frame frame_of(bool psi) { return psi ? Frame::psi : Frame::phi; }

void bind_media(py::module_& m) {
    py::class_<Fibre>(m, "Fibre")
        .def(py::init([](double length, double loss_db, double coupling, double index) {
            return checked(Fibre{length, loss_db, coupling, index});
        }))
        .def_static("with_attenuation",
                    [](double length, double db_per_km, double coupling, double index) {
                        return checked(Fibre::with_attenuation(length, db_per_km, coupling, index));
                    })
        .def_readonly("loss_db", &Fibre::loss_db)
        .def("transmissivity", &Fibre::transmissivity)
        .def("delay", &Fibre::delay);
    py::class_<FreeSpace>(m, "FreeSpace")
        .def(py::init([](double distance, double aperture_radius, double waist, double wavelength,
                         double pointing_jitter, double zenith_transmissivity, double elevation, double cn2,
                         std::optional<double> turbulent_path, double coupling, bool weibull,
                         std::optional<double> steady_transmissivity) {
            return checked(FreeSpace{distance, aperture_radius, waist, wavelength, pointing_jitter,
                                     zenith_transmissivity, elevation, cn2, turbulent_path, coupling,
                                     weibull ? Capture::weibull : Capture::gaussian, steady_transmissivity});
        }))
        .def("beam_radius", &FreeSpace::beam_radius)
        .def("wander", &FreeSpace::wander)
        .def("delay", &FreeSpace::delay)
        .def("transmissivity",
             [](const FreeSpace& s, const Array<double>& r) {
                 Array<double> out(r.size());
                 for (py::ssize_t i = 0; i < r.size(); ++i)
                     out.mutable_data()[i] = s.transmissivity(r.data()[i]);
                 return out;
             })
        .def("mean_transmissivity",
             [](const FreeSpace& s) { return without_gil([&] { return s.fading().mean(); }); })
        .def("fading",
             [](const FreeSpace& s, std::int64_t nodes) {
                 return to_tuple(without_gil([&] { return s.fading(nodes); }));
             })
        .def("blocks", [](const FreeSpace& s,
                          std::int64_t n) { return to_tuple(without_gil([&] { return s.blocks(n); })); })
        .def("weibull", [](const FreeSpace& s) {
            const WeibullCapture law = weibull_capture(s.aperture_radius, s.beam_radius());
            return py::make_tuple(law.t0_squared, law.shape, law.scale);
        });
    m.def("waist_of_divergence", &waist_of_divergence);
    m.def("slant_range", per_element(&slant_range));
}

void bind_hardware(py::module_& m) {
    py::class_<Detector>(m, "Detector")
        .def(py::init([](double efficiency, double p_dark, bool number_resolving) {
            return checked(Detector{efficiency, p_dark, number_resolving});
        }));
    py::class_<FrequencyConverter>(m, "FrequencyConverter")
        .def(py::init([](double efficiency, double noise_photons, bool single_mode) {
            return checked(FrequencyConverter{efficiency, noise_photons, single_mode});
        }));
    py::class_<Arm>(m, "Arm").def(
        py::init([](Medium medium, double source_efficiency, std::optional<FrequencyConverter> converter) {
            return checked(Arm{medium, source_efficiency, converter});
        }));
    py::class_<Herald>(m, "Herald").def(py::init([](double preparation_time, std::int64_t modes, bool psi) {
        return checked(Herald{preparation_time, modes, frame_of(psi)});
    }));
}

void bind_schemes(py::module_& m) {
    m.def("single_click",
          [](const Arm& a, const Arm& b, const Herald& herald, const Detector& detector, PerNode bright,
             double visibility, double phase_std, PerNode double_excitation, PerNode dephasing) {
              return to_tuple(without_gil([&] {
                  return single_click(
                      a, b, {detector, bright, visibility, phase_std, double_excitation, dephasing}, herald);
              }));
          });
    m.def("double_click", [](const Arm& a, const Arm& b, const Herald& herald, const Detector& detector,
                             double visibility, PerNode dephasing) {
        return to_tuple(
            without_gil([&] { return double_click(a, b, {detector, visibility, dephasing}, herald); }));
    });
    m.def("spdc_midpoint", [](const Arm& a, const Arm& b, const Herald& herald, const Detector& detector,
                              double mean_pairs, double misalignment, std::optional<double> pulse_period) {
        return to_tuple(without_gil(
            [&] { return spdc_midpoint(a, b, {detector, mean_pairs, misalignment, pulse_period}, herald); }));
    });
    m.def("check_elementary_link", [](double p_success, double attempt_time, const Array<double>& state,
                                      double transmissivity, std::int64_t modes) {
        ElementaryLink{p_success, attempt_time, Column<Correlations>::read(state.data()), transmissivity,
                       modes}
            .check();
    });
}

void bind_capacity(py::module_& m) {
    m.def("plob_bound", per_element(&plob_bound));
    m.def("tgw_bound", per_element(&tgw_bound));
    m.def("repeater_bound", per_element(&repeater_bound));
    m.def("chain_bound", [](const Array<double>& rows) {
        const auto links = static_cast<std::size_t>(rows.shape(1));
        Array<double> out(rows.shape(0));
        for (py::ssize_t i = 0; i < rows.shape(0); ++i)
            out.mutable_data()[i] =
                chain_bound(std::span<const double>(rows.data() + i * rows.shape(1), links));
        return out;
    });
}

}  // namespace

void bind_link(py::module_& m) {
    bind_media(m);
    bind_hardware(m);
    bind_schemes(m);
    bind_capacity(m);
}

}  // namespace ebit::python
