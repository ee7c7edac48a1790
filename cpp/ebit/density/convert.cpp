#include "ebit/density/convert.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

using Complex = std::complex<double>;

// Bits to the low bits of digits in base 4.
std::size_t spread(std::size_t bits) {
    std::size_t out = 0;
    for (int i = 0; bits >> i; ++i) out |= (bits >> i & 1) << 2 * i;
    return out;
}

// The row of X^x Z^z, up to its phase.
std::size_t row_of(std::size_t x, std::size_t z) { return spread(x) ^ 3 * spread(z); }

std::size_t reversed(std::size_t bits, int count) {
    std::size_t out = 0;
    for (int i = 0; i < count; ++i) out |= (bits >> i & 1) << (count - 1 - i);
    return out;
}

// Sums and differences of two runs of numbers.
void butterfly(double* a, double* b, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const double sum = a[i] + b[i];
        b[i] = a[i] - b[i];
        a[i] = sum;
    }
}

// The states are taken in pieces that fit into a cache: W elements at a time, and of those all strings
// with the same x on all but the last three qubits. A piece holds u_x[r], later the coefficients, of
// 2^top blocks (r or z on the first qubits) of 4^low rows (the last qubits), W numbers each.
template <std::size_t W>
class Piece {
  public:
    Piece(int num_qubits, QubitOrder order)
        : low_(std::min(num_qubits, 3)),
          top_(num_qubits - low_),
          block_(power_of_four(low_)),
          numbers_((block_ << top_) * W),
          place_(std::size_t{1} << num_qubits) {
        for (std::size_t r = 0; r < place_.size(); ++r)
            place_[r] = order == QubitOrder::big ? r : reversed(r, num_qubits);
        for (std::size_t x = 0; x < side(); ++x)
            for (std::size_t r = 0; r < side(); ++r) low_row_[x][r] = row_of(x, r);
        for (std::size_t row = 0; row < block_; ++row) low_ys_[row] = std::popcount(row >> 1 & ~row & 0x15);
    }

    std::size_t count() const { return std::size_t{1} << top_; }

    // Calls f(r, c, number) for every entry in the piece `x`: `number` belongs to rho[r, c].
    template <class F>
    void entries(std::size_t x, F f) {
        for (std::size_t r = 0; r < count(); ++r)
            for (std::size_t low_x = 0; low_x < side(); ++low_x)
                for (std::size_t low_r = 0; low_r < side(); ++low_r)
                    f(place_[r << low_ | low_r], place_[(r ^ x) << low_ | (low_r ^ low_x)],
                      at(r, low_row_[low_x][low_r]), at(r ^ x, low_row_[low_x][low_r ^ low_x]));
    }

    // Calls f(row, sign, number) for every string in the piece.
    template <class F>
    void strings(std::size_t x, F f) {
        for (std::size_t z = 0; z < count(); ++z) {
            const std::size_t high = row_of(x, z) << 2 * low_;
            const int ys = std::popcount(x & z);
            for (std::size_t row = 0; row < block_; ++row)
                f(high | row, (ys + low_ys_[row] + 1) / 2 % 2 == 0 ? 1.0 : -1.0, at(z, row));
        }
    }

    void transform() {
        for (std::size_t step = W; step < block_ * W; step *= 4)
            for (std::size_t i = 0; i < numbers_.size(); i += 4 * step) {
                double* const quarter = numbers_.data() + i;
                butterfly(quarter, quarter + 3 * step, step);
                butterfly(quarter + step, quarter + 2 * step, step);
            }
        for (std::size_t step = block_ * W; step < numbers_.size(); step *= 2)
            for (std::size_t i = 0; i < numbers_.size(); i += 2 * step)
                butterfly(numbers_.data() + i, numbers_.data() + i + step, step);
    }

  private:
    std::size_t side() const { return std::size_t{1} << low_; }
    double* at(std::size_t r, std::size_t row) { return numbers_.data() + (r * block_ + row) * W; }

    int low_, top_;
    std::size_t block_;
    std::vector<double> numbers_;
    std::vector<std::size_t> place_;
    std::size_t low_row_[8][8];
    int low_ys_[64];
};

[[noreturn]] void refuse(const Complex* matrix, std::size_t element, std::size_t d, double tolerance) {
    for (std::size_t r = 0; r < d; ++r)
        for (std::size_t c = 0; c <= r; ++c) {
            const Complex a = matrix[r * d + c], b = matrix[c * d + r];
            const auto text = [](Complex z) { return to_text(z.real()) + " + " + to_text(z.imag()) + "i"; };
            const std::string name = "matrix[" + std::to_string(r) + "][" + std::to_string(c) +
                                     "] of element " + std::to_string(element);
            if (!std::isfinite(a.real() + a.imag() + b.real() + b.imag()))
                throw InvalidParameter(name, text(a), "finite");
            const double apart = std::max(std::abs(a.real() - b.real()), std::abs(a.imag() + b.imag()));
            if (!(apart <= tolerance))
                throw InvalidParameter(name, text(a), "the conjugate of the entry opposite, " + text(b));
        }
    throw InvalidParameter("matrix of element " + std::to_string(element), "(its entries)", "Hermitian");
}

// Where the states come from: the next W elements, Re + Im of one of their entries, and what is wrong.
template <std::size_t W>
class Matrices {
  public:
    Matrices(const Complex* data, const DensityMatrix& state, double tolerance)
        : data_(data), d_(std::size_t{1} << state.num_qubits()), size_(state.size()), tolerance_(tolerance) {}

    void begin(std::size_t first) {
        for (std::size_t i = 0; i < W; ++i) matrix_[i] = data_ + std::min(first + i, size_ - 1) * d_ * d_;
        std::fill_n(largest_, W, 0.0);
    }

    double entry(std::size_t i, std::size_t r, std::size_t c) {
        const Complex a = matrix_[i][r * d_ + c], b = matrix_[i][c * d_ + r];
        const double apart = std::max(std::abs(a.real() - b.real()), std::abs(a.imag() + b.imag()));
        const double number = 0.5 * ((a.real() + b.real()) + (a.imag() - b.imag()));
        const double deviation = apart + 0.0 * number;  // NaN where something is not finite: that stays
        if (!(deviation <= largest_[i]) && !std::isnan(largest_[i])) largest_[i] = deviation;
        return number;
    }

    void end(std::size_t first) const {
        for (std::size_t i = 0; i < W; ++i)
            if (!(largest_[i] <= tolerance_))
                refuse(matrix_[i], std::min(first + i, size_ - 1), d_, tolerance_);
    }

  private:
    const Complex* data_;
    std::size_t d_, size_;
    double tolerance_;
    const Complex* matrix_[W];
    double largest_[W];  // deviation from a Hermitian matrix
};

template <std::size_t W>
class Vectors {
  public:
    Vectors(const Complex* data, const DensityMatrix& state)
        : data_(data), d_(std::size_t{1} << state.num_qubits()), size_(state.size()) {}

    void begin(std::size_t first) {
        for (std::size_t i = 0; i < W; ++i) vector_[i] = data_ + std::min(first + i, size_ - 1) * d_;
    }

    double entry(std::size_t i, std::size_t r, std::size_t c) const {
        const Complex a = vector_[i][r], b = vector_[i][c];
        return (a.real() * b.real() + a.imag() * b.imag()) + (a.imag() * b.real() - a.real() * b.imag());
    }

    void end(std::size_t) const {}

  private:
    const Complex* data_;
    std::size_t d_, size_;
    const Complex* vector_[W];
};

template <std::size_t W, class Source>
void set_elements(DensityMatrix& state, QubitOrder order, Source source) {
    Piece<W> piece(state.num_qubits(), order);
    for (std::size_t first = 0; first < state.size(); first += W) {
        source.begin(first);
        for (std::size_t x = 0; x < piece.count(); ++x) {
            piece.entries(x, [&](std::size_t r, std::size_t c, double* number, double*) {
                for (std::size_t i = 0; i < W; ++i) number[i] = source.entry(i, r, c);
            });
            piece.transform();
            piece.strings(x, [&](std::size_t row, double sign, const double* number) {
                double* const out = state.data() + row * state.stride() + first;
                for (std::size_t i = 0; i < W; ++i) out[i] = sign * number[i];
            });
        }
        source.end(first);
    }
}

template <std::size_t W>
void get_elements(const DensityMatrix& state, Complex* matrices, QubitOrder order) {
    Piece<W> piece(state.num_qubits(), order);
    const std::size_t d = std::size_t{1} << state.num_qubits();
    const double half = 0.5 / static_cast<double>(d);
    for (std::size_t first = 0; first < state.size(); first += W) {
        const std::size_t size = std::min(W, state.size() - first);
        for (std::size_t x = 0; x < piece.count(); ++x) {
            piece.strings(x, [&](std::size_t row, double sign, double* number) {
                const double* const in = state.data() + row * state.stride() + first;
                for (std::size_t i = 0; i < W; ++i) number[i] = sign * in[i];
            });
            piece.transform();
            piece.entries(x, [&](std::size_t r, std::size_t c, const double* number, const double* mirror) {
                for (std::size_t i = 0; i < size; ++i)
                    matrices[(first + i) * d * d + r * d + c] = {half * (number[i] + mirror[i]),
                                                                 half * (number[i] - mirror[i])};
            });
        }
    }
}

}  // namespace

void set_matrices(DensityMatrix& state, const Complex* matrices, QubitOrder order, double tolerance) {
    if (state.is_batch())
        set_elements<8>(state, order, Matrices<8>(matrices, state, tolerance));
    else
        set_elements<1>(state, order, Matrices<1>(matrices, state, tolerance));
}

void set_vectors(DensityMatrix& state, const Complex* vectors, QubitOrder order) {
    if (state.is_batch())
        set_elements<8>(state, order, Vectors<8>(vectors, state));
    else
        set_elements<1>(state, order, Vectors<1>(vectors, state));
}

void get_matrices(const DensityMatrix& state, Complex* matrices, QubitOrder order) {
    if (state.is_batch())
        get_elements<8>(state, matrices, order);
    else
        get_elements<1>(state, matrices, order);
}

}  // namespace ebit
