#include <pybind11/stl.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "bindings.hpp"
#include "ebit/link/capacity.hpp"
#include "ebit/link/schemes.hpp"

namespace ebit::python {

// Rows of doubles: an option that is not taken is NaN, a flag 0 or 1.
namespace {

bool flag(double x) { return x != 0.0; }

std::optional<double> option(double x) { return std::isnan(x) ? std::nullopt : std::optional(x); }

std::int64_t count(double x) {
    return x < 0x1p62 ? static_cast<std::int64_t>(x) : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

template <>
struct Column<Fibre> : Row<Fibre> {};

template <>
struct Column<FreeSpace> {
    static constexpr py::ssize_t width = 12;
    static FreeSpace read(const double* p) {
        const Capture capture = flag(p[10]) ? Capture::weibull : Capture::gaussian;
        return {p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], option(p[8]), p[9], capture, option(p[11])};
    }
};

template <>
struct Column<Detector> {
    static constexpr py::ssize_t width = 3;
    static Detector read(const double* p) { return {p[0], p[1], flag(p[2])}; }
};

template <>
struct Column<FrequencyConverter> {
    static constexpr py::ssize_t width = 3;
    static FrequencyConverter read(const double* p) { return {p[0], p[1], flag(p[2])}; }
};

// Source efficiency, converter (NaN if there is none), whether the medium is free space, and its row,
// that of a fibre filled up to the same length.
template <>
struct Column<Arm> {
    static constexpr py::ssize_t width = 17;
    static Arm read(const double* p) {
        std::optional<FrequencyConverter> converter;
        if (!std::isnan(p[1])) converter = Column<FrequencyConverter>::read(p + 1);
        if (flag(p[4])) return {Column<FreeSpace>::read(p + 5), p[0], converter};
        return {Column<Fibre>::read(p + 5), p[0], converter};
    }
};

template <>
struct Column<Herald> {
    static constexpr py::ssize_t width = 3;
    static Herald read(const double* p) { return {p[0], count(p[1]), flag(p[2]) ? Frame::psi : Frame::phi}; }
};

template <>
struct Column<SingleClick> {
    static constexpr py::ssize_t width = 11;
    static SingleClick read(const double* p) {
        return {Column<Detector>::read(p), {p[3], p[4]}, p[5], p[6], {p[7], p[8]}, {p[9], p[10]}};
    }
};

template <>
struct Column<DoubleClick> {
    static constexpr py::ssize_t width = 6;
    static DoubleClick read(const double* p) { return {Column<Detector>::read(p), p[3], {p[4], p[5]}}; }
};

template <>
struct Column<SpdcMidpoint> {
    static constexpr py::ssize_t width = 6;
    static SpdcMidpoint read(const double* p) {
        return {Column<Detector>::read(p), p[3], p[4], option(p[5])};
    }
};

template <>
struct Column<ElementaryLink> {
    static constexpr py::ssize_t width = 20;
    static ElementaryLink read(const double* p) {
        return {p[0], p[1], Column<Correlations>::read(p + 2), p[18], count(p[19])};
    }
    static void write(double* p, const ElementaryLink& link) {
        p[0] = link.p_success;
        p[1] = link.attempt_time;
        Column<Correlations>::write(p + 2, link.state);
        p[18] = link.transmissivity;
        p[19] = static_cast<double>(link.modes);
    }
};

namespace {

template <class T>
void check(const T& value) {
    value.check();
}

Array<double> to_array(const std::vector<double>& values) {
    return Array<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

// Of one free-space medium, as a single row.
template <class Law>
py::tuple law_of(const Array<double>& row, Law law) {
    const FreeSpace space = Column<FreeSpace>::read(row.data());
    Fading fading;
    {
        const py::gil_scoped_release release;
        fading = law(space);
    }
    return py::make_tuple(to_array(fading.transmissivity), to_array(fading.weight));
}

void bind_media(py::module_& m) {
    m.def("check_fibre", per_element(&check<Fibre>));
    m.def("fibre_loss_db", per_element(+[](double length, double db_per_km) {
              return Fibre::with_attenuation(length, db_per_km, 1.0, 1.0).loss_db;
          }));
    m.def("fibre_transmissivity", per_element(+[](const Fibre& f) { return f.transmissivity(); }));
    m.def("fibre_delay", per_element(+[](const Fibre& f) { return f.delay(); }));

    m.def("check_free_space", per_element(&check<FreeSpace>));
    m.def("free_space_beam_radius", per_element(+[](const FreeSpace& s) { return s.beam_radius(); }));
    m.def("free_space_wander", per_element(+[](const FreeSpace& s) { return s.wander(); }));
    m.def("free_space_delay", per_element(+[](const FreeSpace& s) { return s.delay(); }));
    m.def("free_space_transmissivity",
          per_element(+[](const FreeSpace& s, double r) { return s.transmissivity(r); }));
    m.def("free_space_mean_transmissivity",
          per_element(+[](const FreeSpace& s) { return s.fading().mean(); }));
    m.def("free_space_weibull", per_element(+[](const FreeSpace& s) {
              const WeibullCapture law = weibull_capture(s.aperture_radius, s.beam_radius());
              return std::array<double, 3>{law.t0_squared, law.shape, law.scale};
          }));
    m.def("free_space_fading", [](const Array<double>& row, std::int64_t nodes) {
        return law_of(row, [=](const FreeSpace& s) { return s.fading(nodes); });
    });
    m.def("free_space_blocks", [](const Array<double>& row, std::int64_t n) {
        return law_of(row, [=](const FreeSpace& s) { return s.blocks(n); });
    });
    m.def("waist_of_divergence", per_element(&waist_of_divergence));
    m.def("slant_range", per_element(&slant_range));
}

void bind_hardware(py::module_& m) {
    m.def("check_detector", per_element(&check<Detector>));
    m.def("check_frequency_converter", per_element(&check<FrequencyConverter>));
    m.def("check_elementary_link", per_element(&check<ElementaryLink>));
}

void bind_schemes(py::module_& m) {
    m.def("single_click", per_element(&single_click));
    m.def("double_click", per_element(&double_click));
    m.def("spdc_midpoint", per_element(&spdc_midpoint));
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
