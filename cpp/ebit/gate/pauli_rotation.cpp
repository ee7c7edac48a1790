#include "ebit/gate/pauli_rotation.hpp"

#include <cstddef>

#include "ebit/base/math.hpp"

namespace ebit {

namespace {

// The power of i in the product of two Paulis: P Q = i^phase (P xor Q).
unsigned phase(unsigned p, unsigned q) {
    if (p == 0 || q == 0 || p == q) return 0;
    return q == p % 3 + 1 ? 1 : 3;  // XY = iZ, YZ = iX, ZX = iY
}

unsigned phase_of_strings(unsigned p, unsigned q) {
    unsigned sum = 0;
    for (; p != 0 && q != 0; p /= 4, q /= 4) sum += phase(p % 4, q % 4);
    return sum % 4;
}

}  // namespace

PauliRotation::PauliRotation(int num_qubits, std::uint8_t pauli) : num_qubits_(num_qubits), pauli_(pauli) {
    for (unsigned from = 0; from < 1u << 2 * num_qubits; ++from) {
        // -i P Q is + (P xor Q) where the phase is i; the same plane seen from the other string has -i.
        if (phase_of_strings(pauli, from) == 1)
            planes_.push_back({static_cast<std::uint8_t>(from), static_cast<std::uint8_t>(from ^ pauli)});
    }
}

void PauliRotation::turn_transfer(double angle, double* transfer) const {
    const auto [s, c] = sine_cosine(angle);
    const std::size_t side = std::size_t{1} << 2 * num_qubits_;
    for (const Plane& plane : planes_) {
        double *from = transfer + plane.from * side, *to = transfer + plane.to * side;
        for (std::size_t column = 0; column < side; ++column) {
            const double x = from[column], y = to[column];
            from[column] = c * x - s * y;
            to[column] = s * x + c * y;
        }
    }
}

void PauliRotation::turn_unitary(double angle, std::complex<double>* unitary) const {
    using Complex = std::complex<double>;
    const auto [s, c] = sine_cosine(angle / 2.0);
    const std::size_t side = std::size_t{1} << num_qubits_;
    // P has one entry i^k in each row, `flip` away from the diagonal.
    std::size_t flip = 0;
    for (int q = 0; q < num_qubits_; ++q) {
        const unsigned digit = pauli_ >> 2 * q & 3u;
        flip |= std::size_t{digit == 1 || digit == 2} << q;
    }
    const auto entry = [&](std::size_t row) {
        Complex value = 1.0;
        for (int q = 0; q < num_qubits_; ++q) {
            const unsigned digit = pauli_ >> 2 * q & 3u;
            const bool set = (row >> q & 1) != 0;
            if (digit == 2) value *= set ? Complex(0.0, 1.0) : Complex(0.0, -1.0);
            if (digit == 3 && set) value = -value;
        }
        return value;
    };
    const std::vector<Complex> before(unitary, unitary + side * side);
    for (std::size_t row = 0; row < side; ++row)
        for (std::size_t column = 0; column < side; ++column)
            unitary[row * side + column] =
                c * before[row * side + column] -
                Complex(0.0, s) * entry(row) * before[(row ^ flip) * side + column];
}

}  // namespace ebit
