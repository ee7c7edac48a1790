#include "ebit/channel/pauli_transfer.hpp"

#include <algorithm>

namespace ebit {

namespace {

using Complex = std::complex<double>;

constexpr std::size_t root(std::size_t n) {
    std::size_t side = 2;
    while (side * side < n) side *= 2;
    return side;
}

// Paulis are numbered in base 4, one digit per qubit; two of them anticommute if an odd number of
// qubits sees two different Paulis other than I.
constexpr bool anticommute(std::size_t a, std::size_t b) {
    bool odd = false;
    for (; a != 0 && b != 0; a /= 4, b /= 4) odd ^= a % 4 != 0 && b % 4 != 0 && a % 4 != b % 4;
    return odd;
}

// Pauli `digit` on one qubit: row r has its only entry in column r ^ flip.
constexpr std::size_t flip(std::size_t digit) { return digit == 1 || digit == 2 ? 1 : 0; }
Complex phase(std::size_t digit, std::size_t row) {
    if (digit == 2) return {0.0, row == 0 ? -1.0 : 1.0};
    return digit == 3 && row == 1 ? -1.0 : 1.0;
}

// The same for `pauli` on up to three qubits.
std::size_t column(std::size_t pauli, std::size_t row) {
    return row ^ (4 * flip(pauli / 16) + 2 * flip(pauli / 4 % 4) + flip(pauli % 4));
}
Complex entry(std::size_t pauli, std::size_t row) {
    const Complex right = phase(pauli / 4 % 4, row / 2 % 2) * phase(pauli % 4, row % 2);
    return pauli < 16 ? right : phase(pauli / 16, row / 4) * right;
}

// K P K^dagger.
template <std::size_t N>
std::array<Complex, N> conjugate(const std::array<Complex, N>& k, std::size_t pauli) {
    constexpr std::size_t d = root(N);
    std::array<Complex, N> out{};
    for (std::size_t row = 0; row < d; ++row)
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j < d; ++j)
                out[d * i + j] +=
                    k[d * i + row] * entry(pauli, row) * std::conj(k[d * j + column(pauli, row)]);
    return out;
}

}  // namespace

template <std::size_t N>
std::array<double, N> compose(const std::array<double, N>& a, const std::array<double, N>& b) {
    constexpr std::size_t n = root(N);
    std::array<double, N> out{};
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t j = 0; j < n; ++j) out[n * i + j] += a[n * i + k] * b[n * k + j];
    return out;
}

template <typename T, std::size_t N>
std::array<T, N * N> tensor(const std::array<T, N>& a, const std::array<T, N>& b) {
    constexpr std::size_t n = root(N);
    std::array<T, N * N> out{};
    for (std::size_t row = 0; row < N; ++row)
        for (std::size_t col = 0; col < N; ++col)
            out[N * row + col] = a[n * (row / n) + col / n] * b[n * (row % n) + col % n];
    return out;
}

template <std::size_t N>
std::array<double, N * N> conjugation(const std::array<Complex, N>& k) {
    constexpr std::size_t d = root(N);
    std::array<double, N * N> r{};
    for (std::size_t j = 0; j < N; ++j) {
        const auto image = conjugate(k, j);
        for (std::size_t i = 0; i < N; ++i) {
            double trace = 0.0;
            for (std::size_t row = 0; row < d; ++row)
                trace += std::real(entry(i, row) * image[d * column(i, row) + row]);
            r[N * i + j] = trace / static_cast<double>(d);
        }
    }
    return r;
}

void conjugation(int num_qubits, const Complex* k, double* transfer) {
    const auto on = [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
        std::array<Complex, N> copy;
        std::copy_n(k, N, copy.begin());
        std::ranges::copy(conjugation(copy), transfer);
    };
    if (num_qubits == 1) return on(std::integral_constant<std::size_t, 4>{});
    if (num_qubits == 2) return on(std::integral_constant<std::size_t, 16>{});
    on(std::integral_constant<std::size_t, 64>{});
}

template <std::size_t N>
std::array<double, N> twirl(const std::array<double, N>& r) {
    constexpr std::size_t n = root(N);
    std::array<double, N> out{};
    for (std::size_t i = 0; i < n; ++i) out[n * i + i] = r[n * i + i];
    return out;
}

template <std::size_t N>
std::array<double, N * N> pauli_mixture(const std::array<double, N>& p) {
    std::array<double, N * N> r{};
    for (std::size_t i = 0; i < N; ++i) {
        double flipped = 0.0;
        for (std::size_t j = 1; j < N; ++j)
            if (anticommute(i, j)) flipped += p[j];
        r[N * i + i] = 1.0 - 2.0 * flipped;
    }
    return r;
}

template <std::size_t N>
std::array<double, N> pauli_probabilities(const std::array<double, N * N>& r) {
    std::array<double, N> p{};
    for (std::size_t j = 0; j < N; ++j) {
        for (std::size_t i = 0; i < N; ++i) p[j] += anticommute(i, j) ? -r[N * i + i] : r[N * i + i];
        p[j] = std::max(0.0, p[j] / static_cast<double>(N));  // not negative by rounding
    }
    return p;
}

template <std::size_t N>
double entanglement_fidelity(const std::array<double, N>& r) {
    constexpr std::size_t n = root(N);
    double trace = 0.0;
    for (std::size_t i = 0; i < n; ++i) trace += r[n * i + i];
    return trace / static_cast<double>(n);
}

template <std::size_t N>
double average_fidelity(const std::array<double, N>& r) {
    constexpr auto d = static_cast<double>(root(root(N)));
    return (d * entanglement_fidelity(r) + 1.0) / (d + 1.0);
}

template PauliTransfer compose(const PauliTransfer&, const PauliTransfer&);
template PauliTransfer2 compose(const PauliTransfer2&, const PauliTransfer2&);
template PauliTransfer2 tensor(const PauliTransfer&, const PauliTransfer&);
template Operator2 tensor(const Operator&, const Operator&);
template PauliTransfer conjugation(const Operator&);
template PauliTransfer2 conjugation(const Operator2&);
template PauliTransfer3 conjugation(const Operator3&);
template PauliTransfer twirl(const PauliTransfer&);
template PauliTransfer2 twirl(const PauliTransfer2&);
template PauliTransfer pauli_mixture(const std::array<double, 4>&);
template PauliTransfer2 pauli_mixture(const std::array<double, 16>&);
template std::array<double, 4> pauli_probabilities(const PauliTransfer&);
template std::array<double, 16> pauli_probabilities(const PauliTransfer2&);
template double entanglement_fidelity(const PauliTransfer&);
template double entanglement_fidelity(const PauliTransfer2&);
template double average_fidelity(const PauliTransfer&);
template double average_fidelity(const PauliTransfer2&);

}  // namespace ebit
