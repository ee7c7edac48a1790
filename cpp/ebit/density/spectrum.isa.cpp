#include "ebit/density/spectrum.hpp"
#include "ebit/base/vector.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// Column by column.
template <std::size_t D>
struct Matrix {
    f64v re[D][D], im[D][D];
};

constexpr std::size_t max_sweeps = 16;  // five to seven are needed

// The row of X^x Z^z up to its phase: a digit in base 4 for every bit.
constexpr std::size_t spread(std::size_t bits) { return (bits & 1) | (bits & 2) << 1 | (bits & 4) << 2; }
constexpr std::size_t row_of(std::size_t x, std::size_t z) { return spread(x) ^ 3 * spread(z); }

// i^w times the i of an imaginary part is real: its sign, for a string with w letters Y.
constexpr double sign_of(std::size_t row) {
    const std::size_t ys = row >> 1 & ~row & 0x15;
    const std::size_t w = (ys & 1) + (ys >> 2 & 1) + (ys >> 4 & 1);
    return (w + 1) / 2 % 2 == 0 ? 1.0 : -1.0;
}

// For every x, a real transform over z gives Re + Im of the entries rho[r, r ^ x]; see convert.hpp.
template <std::size_t D>
EBIT_INLINE void load_matrix(const double* rows, Matrix<D>& m) {
    f64v u[D * D];
    for (std::size_t row = 0; row < D * D; ++row)
        u[row] = load<f64v>(rows + 8 * row) * (sign_of(row) / static_cast<double>(D));
    for (std::size_t step = 1; step < D * D; step *= 4)
        for (std::size_t i = 0; i < D * D; ++i) {
            if (i / step % 4 >= 2) continue;
            f64v &a = u[i], &b = u[i + (3 - 2 * (i / step % 4)) * step];
            const f64v sum = a + b;
            b = a - b;
            a = sum;
        }
    for (std::size_t r = 0; r < D; ++r)
        for (std::size_t c = 0; c < D; ++c) {
            const f64v a = u[row_of(r ^ c, r)], b = u[row_of(r ^ c, c)];
            m.re[c][r] = (a + b) * 0.5;
            m.im[c][r] = (a - b) * 0.5;
        }
}

// Makes two columns orthogonal. Lanes in which they are already keep their bits, so that the sweeps that
// other lanes need change nothing. Returns the lanes that moved.
template <std::size_t D>
EBIT_INLINE i64v rotate(Matrix<D>& m, std::size_t p, std::size_t q) {
    f64v p2{}, q2{}, re{}, im{};  // squared lengths and the product p^+ q
    for (std::size_t r = 0; r < D; ++r) {
        const f64v pr = m.re[p][r], pi = m.im[p][r], qr = m.re[q][r], qi = m.im[q][r];
        p2 += pr * pr + pi * pi;
        q2 += qr * qr + qi * qi;
        re += pr * qr + pi * qi;
        im += pr * qi - pi * qr;
    }
    const f64v product2 = re * re + im * im;
    // Beyond rounding: of the product itself, and of what is left of q along p.
    const i64v moves = (product2 > p2 * q2 * 0x1p-104) & (product2 > larger(p2, q2) * 0x1p-112);
    const f64v delta = (q2 - p2) * 0.5;
    const f64v size = delta < 0.0 ? -delta : delta;
    const f64v inverse = splat(1.0) / (size + square_root(delta * delta + product2));
    const f64v scale = moves ? (delta < 0.0 ? -inverse : inverse) : splat(0.0);
    const f64v tr = re * scale, ti = im * scale;  // tangent times phase
    const f64v cosine = splat(1.0) / square_root(tr * tr + ti * ti + 1.0);
    for (std::size_t r = 0; r < D; ++r) {
        const f64v pr = m.re[p][r], pi = m.im[p][r], qr = m.re[q][r], qi = m.im[q][r];
        m.re[p][r] = cosine * (pr - (tr * qr + ti * qi));
        m.im[p][r] = cosine * (pi - (tr * qi - ti * qr));
        m.re[q][r] = cosine * (qr + (tr * pr - ti * pi));
        m.im[q][r] = cosine * (qi + (tr * pi + ti * pr));
    }
    return moves;
}

template <std::size_t D>
EBIT_INLINE void orthogonalise(Matrix<D>& m) {
    for (std::size_t sweep = 0; sweep < max_sweeps; ++sweep) {
        i64v moved{};
        for (std::size_t p = 0; p < D - 1; ++p)
            for (std::size_t q = p + 1; q < D; ++q) moved |= rotate(m, p, q);
        if (less_mask(moved, i64v{}) == 0) return;
    }
}

template <std::size_t D>
EBIT_INLINE f64v length(const Matrix<D>& m, std::size_t column) {
    f64v sum{};
    for (std::size_t r = 0; r < D; ++r)
        sum += m.re[column][r] * m.re[column][r] + m.im[column][r] * m.im[column][r];
    return square_root(sum);
}

template <std::size_t D>
EBIT_INLINE void store_lengths(Matrix<D>& m, double* out) {
    orthogonalise(m);
    for (std::size_t c = 0; c < D; ++c) store(out + 8 * c, length(m, c));
}

// rho = A A^+. Orthogonalised columns of rho are its eigenvectors times their eigenvalues.
template <std::size_t D>
EBIT_INLINE void load_root(const double* rows, Matrix<D>& m) {
    constexpr double zero = 0x1p-50;  // an eigenvalue up to this is the rounding error of a zero
    load_matrix(rows, m);
    orthogonalise(m);
    for (std::size_t c = 0; c < D; ++c) {
        const f64v value = length(m, c);
        const f64v scale = value > zero ? splat(1.0) / square_root(value) : splat(0.0);
        for (std::size_t r = 0; r < D; ++r) {
            m.re[c][r] *= scale;
            m.im[c][r] *= scale;
        }
    }
}

// A^+ B.
template <std::size_t D>
EBIT_INLINE void multiply(const Matrix<D>& a, const Matrix<D>& b, Matrix<D>& out) {
    for (std::size_t c = 0; c < D; ++c)
        for (std::size_t r = 0; r < D; ++r) {
            f64v re{}, im{};
            for (std::size_t k = 0; k < D; ++k) {
                re += a.re[r][k] * b.re[c][k] + a.im[r][k] * b.im[c][k];
                im += a.re[r][k] * b.im[c][k] - a.im[r][k] * b.re[c][k];
            }
            out.re[c][r] = re;
            out.im[c][r] = im;
        }
}

template <std::size_t D>
void singular(const double* rows, double* out) {
    for (std::size_t j = 0; j < parts; ++j) {
        Matrix<D> m;
        load_matrix(rows + j * lanes, m);
        store_lengths(m, out + j * lanes);
    }
}

template <std::size_t D>
void overlap(const double* left, const double* right, double* out) {
    for (std::size_t j = 0; j < parts; ++j) {
        Matrix<D> a, b, product;
        load_root(left + j * lanes, a);
        load_root(right + j * lanes, b);
        multiply(a, b, product);
        store_lengths(product, out + j * lanes);
    }
}

void spin_flip(const double* rows, double* out) {
    for (std::size_t j = 0; j < parts; ++j) {
        Matrix<4> a, flipped, product;
        load_root(rows + j * lanes, a);
        for (std::size_t c = 0; c < 4; ++c)
            for (std::size_t r = 0; r < 4; ++r) {  // S has -1, 1, 1, -1 on its second diagonal
                const double sign = r == 0 || r == 3 ? -1.0 : 1.0;
                flipped.re[c][r] = a.re[c][3 - r] * sign;
                flipped.im[c][r] = a.im[c][3 - r] * -sign;
            }
        multiply(a, flipped, product);
        store_lengths(product, out + j * lanes);
    }
}

void spin(const double* rows, double* out) {
    for (std::size_t j = 0; j < parts; ++j) {
        Matrix<4> m;
        for (std::size_t c = 0; c < 4; ++c)
            for (std::size_t r = 0; r < 4; ++r) {
                const bool inside = r > 0 && c > 0;
                m.re[c][r] = inside ? load<f64v>(rows + 8 * (4 * r + c) + j * lanes) : splat(0.0);
                m.im[c][r] = splat(0.0);
            }
        store_lengths(m, out + j * lanes);
    }
}

}  // namespace

extern const SpectrumKernels spectrum_table;
const SpectrumKernels spectrum_table{
    {singular<2>, singular<4>, singular<8>}, {overlap<2>, overlap<4>, overlap<8>}, spin_flip, spin};

}  // namespace ebit::EBIT_ISA
