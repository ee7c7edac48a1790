#include <bit>

#include "bindings.hpp"
#include "ebit/state/bell_measurement.hpp"
#include "ebit/state/figures.hpp"
#include "ebit/state/pair.hpp"
#include "ebit/state/swap.hpp"

namespace ebit::python {

namespace {

// A complex number travels as two doubles.
using ComplexEntries = std::array<double, 32>;
using Branches = std::array<double, 64>;

}  // namespace

void bind_state(py::module_& m) {
    m.def("check_correlations", per_element(&check_correlations));
    m.def("check_bell_weights", per_element(&check_bell_weights));
    m.def("check_werner_parameter", per_element(&check_werner_parameter));
    m.def("correlations_of_bell_diagonal", per_element(&correlations_of_bell_diagonal));
    m.def("correlations_of_werner", per_element(&correlations_of_werner));
    m.def("werner_parameter_of_fidelity", per_element(&werner_parameter_of_fidelity));
    m.def("bell_weights", per_element(&bell_weights));
    m.def("werner_parameter", per_element(&werner_parameter));
    m.def("exact_bell_weights", per_element(&exact_bell_weights));
    m.def("exact_werner_parameter", per_element(&exact_werner_parameter));
    m.def("apply_left", per_element(&apply_left));
    m.def("apply_right", per_element(&apply_right));
    m.def("density_matrix", per_element(+[](const Correlations& c) {
              return std::bit_cast<ComplexEntries>(density_matrix(c));
          }));
    m.def("correlations_of_density_matrix", per_element(+[](const ComplexEntries& entries) {
              return correlations_of_density_matrix(std::bit_cast<PairMatrix>(entries));
          }));

    m.def("bell_measurement_noise",
          per_element(+[](double p_success, double p_replace, double p_readout_error) {
              const BellMeasurement bsm{p_success, p_replace, p_readout_error};
              bsm.check();
              return bsm.noise();
          }));
    m.def("swap", per_element(&swap));
    m.def("swap_outcomes", per_element(+[](const Correlations& ab, const Correlations& bc,
                                           const std::array<double, 4>& noise) {
              return std::bit_cast<Branches>(swap_outcomes(ab, bc, noise));
          }));
    m.def("undo_paulis", per_element(+[](const Branches& flat) {
              auto branches = std::bit_cast<std::array<Correlations, 4>>(flat);
              for (std::size_t outcome = 0; outcome < 4; ++outcome)
                  branches[outcome] = undo_pauli(branches[outcome], outcome);
              return std::bit_cast<Branches>(branches);
          }));
    m.def("normalised", per_element(&normalised));

    m.def("binary_entropy", per_element(&binary_entropy));
    m.def("qber", per_element(&qber));
    m.def("purity", per_element(&purity));
    m.def("secret_fraction_bb84", per_element(&secret_fraction_bb84));
    m.def("secret_fraction_six_state", per_element(&secret_fraction_six_state));
}

}  // namespace ebit::python
