#include "ebit/state/pair.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

using Complex = std::complex<double>;

std::string list(std::span<const double> values) {
    std::string text = "(";
    for (const double value : values) text.append(text.size() > 1 ? ", " : "").append(to_text(value));
    return text + ")";
}

bool all_finite(std::span<const double> values) {
    return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

bool is_one(double trace) { return std::abs(trace - 1.0) <= state_tolerance; }

// Pauli expectation values of one qubit to matrix entries 00, 01, 10, 11, and back.
template <class T>
std::array<Complex, 4> matrix_entries(T id, T x, T y, T z) {
    const Complex iy = Complex(0.0, 1.0) * y;
    return {0.5 * (id + z), 0.5 * (x - iy), 0.5 * (x + iy), 0.5 * (id - z)};
}
std::array<Complex, 4> pauli_values(Complex m00, Complex m01, Complex m10, Complex m11) {
    return {m00 + m11, m01 + m10, Complex(0.0, 1.0) * (m01 - m10), m00 - m11};
}

// Where entries 00, 01, 10, 11 of both qubits are in the 4x4 matrix: row 2 r + r', column 2 s + s'.
constexpr std::size_t place(std::size_t left, std::size_t right) {
    const std::size_t row = 2 * (left / 2) + right / 2;
    const std::size_t column = 2 * (left % 2) + right % 2;
    return entry(row, column);
}

// Whether no eigenvalue lies below -state_tolerance: Cholesky's elimination of the shifted matrix
// must find positive pivots only.
bool is_positive(PairMatrix a) {
    for (std::size_t k = 0; k < 4; ++k) a[entry(k, k)] += state_tolerance;
    for (std::size_t k = 0; k < 4; ++k) {
        const double pivot = a[entry(k, k)].real();
        if (!(pivot > 0.0)) return false;
        for (std::size_t i = k + 1; i < 4; ++i)
            for (std::size_t j = k + 1; j < 4; ++j)
                a[entry(i, j)] -= a[entry(i, k)] * std::conj(a[entry(j, k)]) / pivot;
    }
    return true;
}

bool is_hermitian(const PairMatrix& matrix) {
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = i; j < 4; ++j)
            if (std::abs(matrix[entry(i, j)] - std::conj(matrix[entry(j, i)])) > state_tolerance)
                return false;
    return true;
}

void check_state(std::string_view name, std::span<const double> values, double trace,
                 const PairMatrix& matrix) {
    if (!is_one(trace)) throw InvalidParameter(name, list(values), "a state of trace 1");
    if (!is_positive(matrix))
        throw InvalidParameter(name, list(values), "a state without negative eigenvalues");
}

// The common case: the eigenvalues are the Bell weights.
bool is_bell_diagonal_state(const Correlations& c) {
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j)
            if (i != j && c[entry(i, j)] != 0.0) return false;
    const BellWeights weights = bell_weights(c);
    return is_one(c[0]) && std::ranges::all_of(weights, [](double w) { return w > -state_tolerance; });
}

}  // namespace

Correlations require_state(std::string_view name, const Correlations& c) {
    if (is_bell_diagonal_state(c)) return c;
    if (!all_finite(c)) throw InvalidParameter(name, list(c), "finite");
    check_state(name, c, c[0], density_matrix(c));
    return c;
}

Correlations check_correlations(const Correlations& c) { return require_state("correlations", c); }

BellWeights check_bell_weights(const BellWeights& weights) {
    for (const double weight : weights)
        if (!(weight >= -state_tolerance && weight <= 1.0 + state_tolerance))
            throw InvalidParameter("weights", list(weights), "four probabilities in [0, 1]");
    if (!is_one(weights[0] + weights[1] + weights[2] + weights[3]))
        throw InvalidParameter("weights", list(weights), "four probabilities that add up to 1");
    return weights;
}

double check_werner_parameter(double w) {
    if (!(w >= -1.0 / 3.0 - state_tolerance && w <= 1.0 + state_tolerance))
        throw InvalidParameter("w", w, "in [-1/3, 1]");
    return w;
}

Correlations correlations_of_bell_diagonal(const BellWeights& weights) {
    Correlations c{};
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t k = 0; k < 4; ++k)
            c[entry(i, i)] += phi_plus_signs[i] * pauli_signs[k][i] * weights[k];
    return c;
}

Correlations correlations_of_werner(double w) {
    Correlations c{};
    c[0] = 1.0;
    for (std::size_t i = 1; i < 4; ++i) c[entry(i, i)] = phi_plus_signs[i] * w;
    return c;
}

PairMatrix density_matrix(const Correlations& c) {
    std::array<std::array<Complex, 4>, 4> left_done;
    for (std::size_t j = 0; j < 4; ++j)
        left_done[j] = matrix_entries(c[entry(0, j)], c[entry(1, j)], c[entry(2, j)], c[entry(3, j)]);
    PairMatrix matrix;
    for (std::size_t left = 0; left < 4; ++left) {
        const auto row =
            matrix_entries(left_done[0][left], left_done[1][left], left_done[2][left], left_done[3][left]);
        for (std::size_t right = 0; right < 4; ++right) matrix[place(left, right)] = row[right];
    }
    return matrix;
}

Correlations correlations_of_density_matrix(const PairMatrix& matrix) {
    std::array<double, 32> values;
    for (std::size_t n = 0; n < 16; ++n) {
        values[2 * n] = matrix[n].real();
        values[2 * n + 1] = matrix[n].imag();
    }
    if (!all_finite(values)) throw InvalidParameter("density_matrix", list(values), "finite");
    if (!is_hermitian(matrix)) throw InvalidParameter("density_matrix", list(values), "Hermitian");
    Correlations c;
    std::array<std::array<Complex, 4>, 4> left_done;
    for (std::size_t right = 0; right < 4; ++right)
        left_done[right] = pauli_values(matrix[place(0, right)], matrix[place(1, right)],
                                        matrix[place(2, right)], matrix[place(3, right)]);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto row = pauli_values(left_done[0][i], left_done[1][i], left_done[2][i], left_done[3][i]);
        for (std::size_t j = 0; j < 4; ++j) c[entry(i, j)] = row[j].real();
    }
    check_state("density_matrix", values, c[0], matrix);
    return c;
}

double werner_parameter_of_fidelity(double fidelity) {
    return (4.0 * require_probability("fidelity", fidelity) - 1.0) / 3.0;
}

BellWeights bell_weights(const Correlations& c) {
    BellWeights weights{};
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t i = 0; i < 4; ++i)
            weights[k] += 0.25 * phi_plus_signs[i] * pauli_signs[k][i] * c[entry(i, i)];
    return weights;
}

double werner_parameter(const Correlations& c) {
    return (c[entry(1, 1)] - c[entry(2, 2)] + c[entry(3, 3)]) / 3.0;
}

BellWeights exact_bell_weights(const Correlations& c) {
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j)
            if (i != j && std::abs(c[entry(i, j)]) > form_tolerance)
                throw InvalidParameter("correlations", list(c), "Bell-diagonal, or be twirled first");
    return bell_weights(c);
}

double exact_werner_parameter(const Correlations& c) {
    const double w = werner_parameter(c);
    const Correlations werner = correlations_of_werner(w);
    for (std::size_t n = 1; n < 16; ++n)
        if (std::abs(c[n] - werner[n]) > form_tolerance)
            throw InvalidParameter("correlations", list(c), "those of a Werner state, or be twirled first");
    return w;
}

Correlations apply_left(const PauliTransfer& channel, const Correlations& c) { return compose(channel, c); }

Correlations apply_right(const PauliTransfer& channel, const Correlations& c) {
    Correlations out{};
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j)
            for (std::size_t k = 0; k < 4; ++k) out[entry(i, j)] += c[entry(i, k)] * channel[entry(j, k)];
    return out;
}

}  // namespace ebit
