#include "ebit/gate/gate.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <string>
#include <utility>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

using Complex = std::complex<double>;

constexpr Complex i{0.0, 1.0};
constexpr double half = 0.5;
constexpr double root_half = std::numbers::sqrt2 / 2.0;
constexpr Complex plus{0.5, 0.5};  // sqrt(P) = plus I + minus P for any P with P^2 = 1
constexpr Complex minus{0.5, -0.5};

constexpr Operator identity{1, 0, 0, 1};
constexpr Operator pauli_x{0, 1, 1, 0};
constexpr Operator pauli_y{0, -i, i, 0};
constexpr Operator pauli_z{1, 0, 0, -1};

template <std::size_t N>
std::array<Complex, N> sum(Complex a, const std::array<Complex, N>& p, Complex b,
                           const std::array<Complex, N>& q) {
    std::array<Complex, N> out{};
    for (std::size_t k = 0; k < N; ++k) out[k] = a * p[k] + b * q[k];
    return out;
}

// Applies q to the second qubit where the first has eigenvalue -1 of p.
Operator2 controlled(const Operator& p, const Operator& q) {
    return sum(1.0, tensor(sum(half, identity, half, p), identity), 1.0,
               tensor(sum(half, identity, -half, p), q));
}

Operator sqrt_of(const Operator& p) { return sum(plus, identity, minus, p); }
Operator sqrt_dag_of(const Operator& p) { return sum(minus, identity, plus, p); }
Operator2 sqrt_of(const Operator2& p) { return sum(plus, tensor(identity, identity), minus, p); }
Operator2 sqrt_dag_of(const Operator2& p) { return sum(minus, tensor(identity, identity), plus, p); }

// If R is a signed permutation, its entries are made exact and returned as images of the Paulis.
std::vector<SignedPauli> clifford_images(std::vector<double>& transfer, std::size_t n) {
    constexpr double rounding = 1e-12;
    std::vector<SignedPauli> images;
    for (std::size_t col = 0; col < n; ++col)
        for (std::size_t row = 0; row < n; ++row)
            if (const double value = transfer[n * row + col]; std::abs(std::abs(value) - 1.0) < rounding)
                images.push_back({static_cast<std::uint8_t>(row), value < 0.0});
    if (images.size() != n) return {};
    for (double& value : transfer) value = std::round(value) + 0.0;  // no negative zeros
    return images;
}

template <std::size_t N>
Gate make(std::string_view name, const std::array<Complex, N>& unitary) {
    const auto r = conjugation(unitary);
    Gate gate;
    gate.name = name;
    gate.num_qubits = N == 4 ? 1 : N == 16 ? 2 : 3;
    gate.unitary.assign(unitary.begin(), unitary.end());
    gate.transfer.assign(r.begin(), r.end());
    gate.images = clifford_images(gate.transfer, N);
    return gate;
}

// Applies u to the last two qubits where the first is |1>.
Operator3 controlled(const Operator2& u) {
    Operator3 out{};
    for (std::size_t k = 0; k < 4; ++k) {
        out[9 * k] = 1.0;
        for (std::size_t j = 0; j < 4; ++j) out[8 * (4 + k) + 4 + j] = u[4 * k + j];
    }
    return out;
}

// A factor in words: the rotation about a Pauli string by `scale` times a parameter.
struct Turn {
    std::string_view pauli;
    double scale = 1.0;
    std::size_t parameter = 0;
};

Gate make(std::string_view name, std::vector<std::string_view> parameters, std::initializer_list<Turn> turns,
          double phase = 0.0, std::size_t phased = 0) {
    Gate gate;
    gate.name = name;
    gate.num_qubits = static_cast<int>(turns.begin()->pauli.size());
    gate.parameters = std::move(parameters);
    gate.phase = phase;
    gate.phased = phased;
    for (const Turn& turn : turns) {
        unsigned pauli = 0;
        for (const char letter : turn.pauli)
            pauli = 4 * pauli + static_cast<unsigned>(std::string_view("IXYZ").find(letter));
        gate.factors.push_back(
            {PauliRotation(gate.num_qubits, static_cast<std::uint8_t>(pauli)), turn.parameter, turn.scale});
    }
    const std::size_t d = std::size_t{1} << gate.num_qubits;
    gate.unitary.resize(d * d);
    for (std::size_t k = 0; k < d; ++k) gate.unitary[(d + 1) * k] = 1.0;
    gate.transfer.resize(d * d * d * d);
    for (std::size_t k = 0; k < d * d; ++k) gate.transfer[(d * d + 1) * k] = 1.0;
    return gate;
}

std::vector<Gate> table() {
    const Complex t = std::polar(1.0, std::numbers::pi / 4.0);
    const Operator &x = pauli_x, &y = pauli_y, &z = pauli_z;
    const Operator2 swap{1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    return {
        make("I", identity),
        make("X", x),
        make("Y", y),
        make("Z", z),
        make("H", sum(root_half, x, root_half, z)),
        make("H_XY", sum(root_half, x, root_half, y)),
        make("H_YZ", sum(root_half, y, root_half, z)),
        make("S", Operator{1, 0, 0, i}),
        make("S_DAG", Operator{1, 0, 0, -i}),
        make("SQRT_X", sqrt_of(x)),
        make("SQRT_X_DAG", sqrt_dag_of(x)),
        make("SQRT_Y", sqrt_of(y)),
        make("SQRT_Y_DAG", sqrt_dag_of(y)),
        make("C_XYZ", Operator{minus, -plus, minus, plus}),  // X -> Y -> Z -> X
        make("C_ZYX", Operator{plus, plus, -minus, minus}),  // Z -> Y -> X -> Z
        make("T", Operator{1, 0, 0, t}),
        make("T_DAG", Operator{1, 0, 0, std::conj(t)}),
        make("CX", controlled(z, x)),
        make("CY", controlled(z, y)),
        make("CZ", controlled(z, z)),
        make("XCX", controlled(x, x)),
        make("XCY", controlled(x, y)),
        make("XCZ", controlled(x, z)),
        make("YCX", controlled(y, x)),
        make("YCY", controlled(y, y)),
        make("YCZ", controlled(y, z)),
        make("SWAP", swap),
        make("ISWAP", Operator2{1, 0, 0, 0, 0, 0, i, 0, 0, i, 0, 0, 0, 0, 0, 1}),
        make("ISWAP_DAG", Operator2{1, 0, 0, 0, 0, 0, -i, 0, 0, -i, 0, 0, 0, 0, 0, 1}),
        make("SQRT_XX", sqrt_of(tensor(x, x))),
        make("SQRT_XX_DAG", sqrt_dag_of(tensor(x, x))),
        make("SQRT_YY", sqrt_of(tensor(y, y))),
        make("SQRT_YY_DAG", sqrt_dag_of(tensor(y, y))),
        make("SQRT_ZZ", sqrt_of(tensor(z, z))),
        make("SQRT_ZZ_DAG", sqrt_dag_of(tensor(z, z))),
        make("CCX", controlled(controlled(z, x))),
        make("CCZ", controlled(controlled(z, z))),
        make("CSWAP", controlled(swap)),
        make("RX", {"angle"}, {{"X"}}),
        make("RY", {"angle"}, {{"Y"}}),
        make("RZ", {"angle"}, {{"Z"}}),
        make("PHASE", {"angle"}, {{"Z"}}, half, 1),
        make("U3", {"theta", "phi", "lambda"}, {{"Z", 1.0, 2}, {"Y", 1.0, 0}, {"Z", 1.0, 1}}, half, 2),
        make("RXX", {"angle"}, {{"XX"}}),
        make("RYY", {"angle"}, {{"YY"}}),
        make("RZZ", {"angle"}, {{"ZZ"}}),
        make("CRX", {"angle"}, {{"IX", half}, {"ZX", -half}}),
        make("CRY", {"angle"}, {{"IY", half}, {"ZY", -half}}),
        make("CRZ", {"angle"}, {{"IZ", half}, {"ZZ", -half}}),
        make("CPHASE", {"angle"}, {{"ZI", half}, {"IZ", half}, {"ZZ", -half}}, 0.25, 1),
    };
}

}  // namespace

std::span<const Gate> gates() {
    static const std::vector<Gate> all = table();
    return all;
}

const Gate& gate(std::string_view name) {
    const auto found = std::ranges::find(gates(), name, &Gate::name);
    if (found != gates().end()) return *found;
    std::string allowed = "one of";
    for (const Gate& known : gates()) allowed.append(" ").append(known.name);
    throw InvalidParameter("gate", name, allowed);
}

void Gate::transfer_at(const double* values, double* out) const {
    for (std::size_t p = 0; p < parameters.size(); ++p) require_finite(parameters[p], values[p]);
    std::ranges::copy(transfer, out);
    for (const GateFactor& factor : factors)
        factor.rotation.turn_transfer(factor.scale * values[factor.parameter], out);
}

void Gate::unitary_at(const double* values, std::complex<double>* out) const {
    for (std::size_t p = 0; p < parameters.size(); ++p) require_finite(parameters[p], values[p]);
    std::ranges::copy(unitary, out);
    for (const GateFactor& factor : factors)
        factor.rotation.turn_unitary(factor.scale * values[factor.parameter], out);
    double sum = 0.0;
    for (std::size_t p = parameters.size() - phased; p < parameters.size(); ++p) sum += phase * values[p];
    if (phased > 0)
        for (std::size_t k = 0; k < unitary.size(); ++k) out[k] *= std::polar(1.0, sum);
}

}  // namespace ebit
