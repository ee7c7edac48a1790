#include "bindings.hpp"

PYBIND11_MODULE(_core, m, pybind11::mod_gil_not_used()) {
    ebit::python::bind_base(m);
    ebit::python::bind_rng(m);
    ebit::python::bind_channel(m);
    ebit::python::bind_state(m);
    ebit::python::bind_density(m);
    ebit::python::bind_density_apply(m);
    ebit::python::bind_density_program(m);
    ebit::python::bind_density_measure(m);
    ebit::python::bind_density_convert(m);
    ebit::python::bind_density_pool(m);
    ebit::python::bind_density_pipeline(m);
    ebit::python::bind_link(m);
    ebit::python::bind_chain(m);
}
