// Logarithm, exponential, sine and cosine on vectors, in one fixed operation order without fused operations.
// Only for *.isa.cpp. The errors stated are measured in tests/cpp/test_base.cpp and test_rng.cpp.
#pragma once

#include "ebit/base/vector.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// ln 2 in two parts; the first has 33 bits, so that its product with a small integer is exact.
constexpr double ln2_high = 0x1.62e42fefp-1;
constexpr double ln2_low = 0x1.473de6af278edp-34;

// log(x / 2^scale) for normal x > 0, within 3 ulp. With x = 2^e m, sqrt(1/2) <= m < sqrt(2),
// f = m - 1, s = f / (2 + f): log(m) = 2 atanh(s) = s (2 + R(s^2)), R a minimax fit with relative
// error 2^-59.
EBIT_INLINE f64v log_scaled(f64v x, int scale) {
    constexpr std::uint64_t sqrt_half = 0x3fe6a09e00000000;
    const u64v shifted = (u64v)x - sqrt_half + 0x3ff0000000000000;
    const f64v e = (f64v)((shifted >> 52) | 0x4330000000000000) - splat(0x1p52 + 1023.0 + scale);
    const f64v f = (f64v)((shifted & 0x000fffffffffffff) + sqrt_half) - splat(1.0);
    const f64v s = f / (f + 2.0);
    const f64v z = s * s;
    const f64v z2 = z * z;
    const f64v even =
        ((splat(0x1.2f05659483424p-3) * z2 + 0x1.74663eea824cdp-3) * z2 + 0x1.24924941f132bp-2) * z2 +
        0x1.5555555555592p-1;
    const f64v odd = (splat(0x1.39a1ba82a83b4p-3) * z2 + 0x1.c71c52095296dp-3) * z2 + 0x1.999999997fdb6p-2;
    return e * 0x1.62e42fefa39efp-1 + s * (z * (even + z * odd) + 2.0);
}

// exp(-x) for x >= 0, within 1 ulp; zero beyond 708. Several vectors at a time, step by step: a CPU that
// waits for the result of one goes on with the next.
template <std::size_t G>
EBIT_INLINE void exp_negative(f64v (&x)[G]) {
    const f64v shift = splat(0x1.8p52);
    f64v bounded[G], rounded[G], k[G], high[G], low[G], r[G], rest[G], r2[G], r4[G], a[G], b[G], c[G];
#define EBIT_EACH for (std::size_t g = 0; g < G; ++g)
    EBIT_EACH bounded[g] = x[g] < 709.0 ? x[g] : splat(709.0);
    // -x / ln 2, its nearest integer in the low bits.
    EBIT_EACH rounded[g] = bounded[g] * -0x1.71547652b82fep0 + shift;
    EBIT_EACH k[g] = rounded[g] - shift;
    EBIT_EACH high[g] = -bounded[g] - k[g] * ln2_high;
    EBIT_EACH low[g] = k[g] * ln2_low;
    EBIT_EACH r[g] = high[g] - low[g];
    EBIT_EACH rest[g] = (high[g] - r[g]) - low[g];  // what rounding took from r
    EBIT_EACH r2[g] = r[g] * r[g];
    EBIT_EACH r4[g] = r2[g] * r2[g];
    EBIT_EACH a[g] = (0.50000000000000010224 + r[g] * 0.1666666666666667453) +
                     r2[g] * (0.04166666666662411914 + r[g] * 0.0083333333333222072959);
    EBIT_EACH b[g] = (0.0013888888917217381193 + r[g] * 0.0001984126988659099934) +
                     r2[g] * (0.00002480152129105732975 + r[g] * 2.7557242336680357124e-6);
    EBIT_EACH c[g] = 2.7620090487429893126e-7 + r[g] * 2.5110049895858716253e-8;
    EBIT_EACH c[g] = 1.0 + (r[g] + (rest[g] + r2[g] * (a[g] + r4[g] * (b[g] + r4[g] * c[g]))));
    EBIT_EACH c[g] = (f64v)((u64v)c[g] + ((u64v)rounded[g] << 52));
    EBIT_EACH x[g] = x[g] < 708.0 ? c[g] : splat(0.0);
#undef EBIT_EACH
}

EBIT_INLINE f64v exp_negative(f64v x) {
    f64v one[1] = {x};
    exp_negative(one);
    return one[0];
}

struct SineCosine {
    f64v sine, cosine;
};

// For |x| <= 2^17, within 2 ulp (sine near its zeros: 2^-53 times a distance below 1e-16). x = k pi/2 + r
// with pi/2 in three parts, the first two of 33 bits, whose products with k are exact; |r| <= pi/4, where
// the minimax polynomials are those of fdlibm (Sun Microsystems, 1993).
EBIT_INLINE SineCosine sine_cosine(f64v x) {
    const f64v shift = splat(0x1.8p52);
    const f64v rounded = x * 0x1.45f306dc9c883p-1 + shift;
    const f64v k = rounded - shift;
    const f64v high = x - k * 1.57079632673412561417e+00;
    const f64v low = k * 6.07710050630396597660e-11;
    const f64v r = high - low;
    const f64v rest = ((high - r) - low) - k * 2.02226624879595063154e-21;
    const f64v z = r * r;
    const f64v s = -1.66666666666666324348e-01 +
                   z * (8.33333333332248946124e-03 +
                        z * (-1.98412698298579493134e-04 +
                             z * (2.75573137070700676789e-06 +
                                  z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10))));
    const f64v c = 4.16666666666666019037e-02 +
                   z * (-1.38888888888741095749e-03 +
                        z * (2.48015872894767294178e-05 +
                             z * (-2.75573143513906633035e-07 +
                                  z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))));
    const f64v sine = r + (r * z * s + rest);
    const f64v half = z * 0.5, one = splat(1.0) - half;
    const f64v cosine = one + (((splat(1.0) - one) - half) + (z * z * c - r * rest));
    // The quarter turns stand in the low bits.
    const u64v quarter = (u64v)rounded;
    const i64v odd = (i64v)((quarter & 1) != 0);
    const f64v a = odd ? cosine : sine, b = odd ? sine : cosine;
    return {(f64v)((u64v)a ^ (quarter >> 1 & 1) << 63), (f64v)((u64v)b ^ ((quarter + 1) >> 1 & 1) << 63)};
}

}  // namespace
}  // namespace ebit::EBIT_ISA
