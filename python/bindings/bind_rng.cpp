#include "bindings.hpp"

#include <pybind11/stl.h>

#include <cstdint>
#include <span>
#include <string>

#include "ebit/rng/keys.hpp"
#include "ebit/rng/philox.hpp"
#include "ebit/rng/stream.hpp"

namespace ebit::python {

namespace {

template <class T, class Fill>
Array<T> filled(std::size_t count, Fill fill) {
    Array<T> out(static_cast<py::ssize_t>(count));
    const std::span<T> span(out.mutable_data(), count);
    const py::gil_scoped_release release;
    fill(span);
    return out;
}

}  // namespace

void bind_rng(py::module_& m) {
    m.def("philox4x32", &philox4x32);
    m.def("derived_keys", [](std::uint64_t key, std::size_t count) {
        return filled<std::uint64_t>(count, [&](auto out) {
            for (std::size_t i = 0; i < count; ++i) out[i] = derived_key(key, i);
        });
    });
    py::class_<Stream>(m, "Stream")
        .def(py::init<std::uint64_t, std::uint64_t, std::uint32_t>())
        .def("words",
             [](Stream& s, std::size_t n) {
                 return filled<std::uint64_t>(n, [&](auto out) { fill_words(s, out); });
             })
        .def("uniform",
             [](Stream& s, std::size_t n) {
                 return filled<double>(n, [&](auto out) { fill_uniform(s, out); });
             })
        .def("geometric",
             [](Stream& s, double p, std::size_t n) {
                 return filled<double>(n, [&](auto out) { fill_geometric(s, p, out); });
             })
        .def("bernoulli",
             [](Stream& s, double p, std::size_t n) {
                 return filled<std::uint8_t>(n, [&](auto out) { fill_bernoulli(s, p, out); });
             })
        .def("categorical", [](Stream& s, const Array<double>& weights, std::size_t n) {
            const std::span<const double> w(weights.data(), static_cast<std::size_t>(weights.size()));
            return filled<std::int64_t>(n, [&](auto out) { fill_categorical(s, w, out); });
        });
}

}  // namespace ebit::python
