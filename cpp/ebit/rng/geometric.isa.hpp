// Two vectors of geometric variates at a time. Only for *.isa.cpp.
//
// Where vectors have sixteen single-precision lanes, both logarithms are first taken in single
// precision. That settles all variates unless one falls within the error of a whole number, which is
// rare; then they are taken again, from the same words, in double precision. So variates are the same bits
// as those of geometric(), and fused operations are allowed on the way.
//
// The error. With x = k + 1 the whole number drawn, L = log(x / 2^53) and t = L / log(1 - p): k and k + 1
// round by 2^-24 each, hence log(x) is within 1.2e-7; the polynomial is within 4e-8 of log(1 + f), its
// rounding adds 5e-8; that of e log(2) + log(1 + f) adds 6e-8 |L|, that of the factor and the product 1.2e-7
// |t|. Together t is within 2.1e-7 / |log(1 - p)| + 1.8e-7 |t|; the limits below are twice that.
#pragma once

#include "ebit/rng/xoshiro.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

struct GeometricPair {
    f64v first, second;
};

// Whether single precision settles most variates with this 1 / log(1 - p).
EBIT_INLINE bool settles_early(double inverse_log_failure) { return inverse_log_failure > -4000.0; }

// Of variates with these 1 / log(1 - p), for which settles_early().
class GeometricPairs {
  public:
    EBIT_INLINE GeometricPairs(double first, double second) : first_(first), second_(second) {
#if EBIT_VECTOR_BYTES == 64
        factor_ = joined(splat8(static_cast<float>(first)), splat8(static_cast<float>(second)));
        inner_ = 0.5f + 4.2e-7f * factor_;  // factors are negative
#endif
    }

    EBIT_INLINE GeometricPair next(Xoshiro& random, std::size_t j) const {
        const u64v a = random.next(j) >> 11, b = random.next(j) >> 11;
#if EBIT_VECTOR_BYTES == 64
        const f32v k = joined(__builtin_convertvector(a, half), __builtin_convertvector(b, half));
        const f32v t = log_of_53_bits(k + 1.0f) * factor_;
        const f32v whole =
            (f32v)_mm512_maskz_roundscale_ps(0xffff, (__m512)t, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
        const f32v from_middle = (f32v)((i32v)(t - whole - 0.5f) & 0x7fffffff);
        const f32v inner = fused(t, f32v{} - 3.6e-7f, inner_);
        if (__builtin_expect(_mm512_cmp_ps_mask((__m512)from_middle, (__m512)inner, _CMP_NLT_UQ) == 0, 1)) {
            const f32v made = whole + 1.0f;
            const half low = __builtin_shufflevector(made, made, 0, 1, 2, 3, 4, 5, 6, 7);
            const half high = __builtin_shufflevector(made, made, 8, 9, 10, 11, 12, 13, 14, 15);
            // GCC takes __builtin_convertvector apart here.
            return {(f64v)_mm512_maskz_cvtps_pd(0xff, (__m256)low),
                    (f64v)_mm512_maskz_cvtps_pd(0xff, (__m256)high)};
        }
#endif
        return {geometric(log_scaled(to_double(a) + 1.0, 53), first_),
                geometric(log_scaled(to_double(b) + 1.0, 53), second_)};
    }

  private:
#if EBIT_VECTOR_BYTES == 64
    typedef float f32v __attribute__((vector_size(64)));
    typedef std::int32_t i32v __attribute__((vector_size(64)));
    typedef float half __attribute__((vector_size(32)));

    EBIT_INLINE static half splat8(float x) { return half{} + x; }
    EBIT_INLINE static f32v joined(half low, half high) {
        return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }
    EBIT_INLINE static f32v fused(f32v a, f32v b, f32v c) {
        return (f32v)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
    }
    EBIT_INLINE static f32v fused(f32v a, f32v b, float c) { return fused(a, b, f32v{} + c); }

    // log(x / 2^53), x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2).
    EBIT_INLINE static f32v log_of_53_bits(f32v x) {
        const i32v e = ((i32v)x - 0x3f3504f3) >> 23;
        const f32v f = (f32v)((i32v)x - (e << 23)) - 1.0f;
        const f32v f2 = f * f;
        const f32v c01 = fused(f, f32v{} + 0.33335261f, -0.50000584f);
        const f32v c23 = fused(f, f32v{} + 0.19888278f, -0.24961465f);
        const f32v c45 = fused(f, f32v{} + 0.16335636f, -0.17326002f);
        const f32v low = fused(f2, fused(f2, fused(f2, f32v{} - 0.10034582f, c45), c23), c01);
        const f32v exponent = __builtin_convertvector(e - 53, f32v);
        return fused(exponent, f32v{} + 0.693147181f, fused(f2, low, f));
    }

    f32v factor_;
    f32v inner_;
#endif
    double first_;
    double second_;
};

}  // namespace
}  // namespace ebit::EBIT_ISA
