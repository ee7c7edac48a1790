#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "ebit/base/error.hpp"
#include "ebit/channel/catalogue.hpp"
#include "ebit/channel/instrument.hpp"
#include "ebit/gate/gate.hpp"

using namespace ebit;

namespace {

template <std::size_t N>
double distance(const std::array<double, N>& a, const std::array<double, N>& b) {
    double largest = 0.0;
    for (std::size_t i = 0; i < N; ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

template <class Call>
std::string refusal(Call call) {
    try {
        call();
    } catch (const InvalidParameter& error) {
        return error.what();
    }
    return "accepted";
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("decays of one memory form a semigroup") {
    for (const Memory& memory : {Memory::relaxation(1.0, 0.7, 0.2), Memory::relaxation(infinity, 0.1),
                                 Memory::pauli_rates(0.1, 0.2, 0.3)})
        CHECK(distance(compose(decay(memory, 0.2), decay(memory, 0.5)), decay(memory, 0.7)) < 1e-15);
    CHECK(Memory::relaxation(1.0, 0.7, 0.5).is_diagonal());
    CHECK_FALSE(Memory::relaxation(1.0, 0.7).is_diagonal());
}

TEST_CASE("a refusal names parameter, value and range") {
    CHECK(refusal([] { channels::dephasing(1.5); }) ==
          "p_error = 1.5 is not allowed: it must be a probability in [0, 1]");
    CHECK(refusal([] { Memory::relaxation(1.0, 3.0); }) ==
          "t2 = 3 is not allowed: it must be at most 2 t1 = 2");
    CHECK(refusal([] { channels::pauli(0.5, 0.5, 0.5); }) ==
          "p_x + p_y + p_z = 1.5 is not allowed: it must be at most 1");
    CHECK(refusal([] { channels::amplitude_damping(std::nan("")); }).starts_with("gamma = nan"));
    CHECK(refusal([] { gate("CNOT"); }).starts_with("gate = CNOT is not allowed: it must be one of I X"));
}

TEST_CASE("Pauli mixtures and probabilities are inverse") {
    const std::array<double, 4> p{0.4, 0.3, 0.2, 0.1};
    CHECK(distance(pauli_probabilities<4>(channels::pauli(p[1], p[2], p[3])), p) < 1e-15);
    const auto two = pauli_probabilities<16>(channels::two_qubit_depolarizing_error(0.3));
    CHECK(two[0] == doctest::Approx(0.7));
    CHECK(two[15] == doctest::Approx(0.02));
}

TEST_CASE("a gate on one half is a tensor product") {
    const auto& h = gate("H");
    PauliTransfer one{};
    std::copy(h.transfer.begin(), h.transfer.end(), one.begin());
    const PauliTransfer2 both = tensor(one, scaling(1.0, 1.0, 1.0));
    CHECK(both[16 * 12 + 4] == 1.0);  // XI -> ZI
    CHECK(average_fidelity(tensor(scaling(1, 1, 1), scaling(1, 1, 1))) == 1.0);
    CHECK(average_fidelity(one) == doctest::Approx(1.0 / 3.0));
}

TEST_CASE("branches of an instrument sum to a channel") {
    const auto meter = instruments::measurement<2>(0.1);
    CHECK(meter.branches[0][0] + meter.branches[1][0] == 1.0);
    CHECK(meter.branches[0][2] == doctest::Approx(0.4));
    CHECK(meter.branches[0][2] + meter.branches[1][2] == 0.0);
}
