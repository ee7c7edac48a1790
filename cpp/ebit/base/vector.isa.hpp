// Vectors of the width of the instruction set a kernel source is compiled for. Only for *.isa.cpp.
//
// Everything has internal linkage, so that no copy for one instruction set can be taken by the
// linker for another. Every operation is exact or correctly rounded and none is contracted, so
// that results are the same bits on every level.
#pragma once

#include <cstddef>
#include <cstdint>

#if EBIT_VECTOR_BYTES > 16
#include <immintrin.h>
#endif

namespace ebit::EBIT_ISA {
namespace {

typedef double f64v __attribute__((vector_size(EBIT_VECTOR_BYTES)));
typedef std::int64_t i64v __attribute__((vector_size(EBIT_VECTOR_BYTES)));
typedef std::uint64_t u64v __attribute__((vector_size(EBIT_VECTOR_BYTES)));

constexpr std::size_t lanes = EBIT_VECTOR_BYTES / 8;
constexpr std::size_t parts = 8 / lanes;  // vectors that make up eight lanes

#define EBIT_INLINE [[gnu::always_inline]] inline

EBIT_INLINE f64v splat(double x) { return f64v{} + x; }

template <class V, class T>
EBIT_INLINE V load(const T* p) {
    V v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}

template <class V, class T>
EBIT_INLINE void store(T* p, V v) {
    __builtin_memcpy(p, &v, sizeof v);
}

// Calls body(i) for groups of `Group` vectors from element i on, then for single ones, until `count`
// elements are done; the body is a template of the number of vectors. What a group has in common is read
// once, and its vectors do not wait for each other.
template <std::size_t Group, class Body>
EBIT_INLINE void over(std::size_t count, Body body) {
    std::size_t i = 0;
    for (; i + Group * lanes <= count; i += Group * lanes) body.template operator()<Group>(i);
    for (; i < count; i += lanes) body.template operator()<1>(i);
}

EBIT_INLINE f64v larger(f64v a, f64v b) { return a > b ? a : b; }

EBIT_INLINE f64v smaller(f64v a, f64v b) { return a < b ? a : b; }

// Correctly rounded.
EBIT_INLINE f64v square_root(f64v x) {
#if EBIT_VECTOR_BYTES == 64
    return (f64v)_mm512_maskz_sqrt_pd(0xff, (__m512d)x);
#elif EBIT_VECTOR_BYTES == 32
    return (f64v)_mm256_sqrt_pd((__m256d)x);
#else
    for (std::size_t l = 0; l < lanes; ++l) x[l] = __builtin_sqrt(x[l]);
    return x;
#endif
}

// Exact for x < 2^53.
EBIT_INLINE f64v to_double(u64v x) {
#if EBIT_VECTOR_BYTES == 64
    return __builtin_convertvector(x, f64v);
#else
    const u64v high = (x >> 32) | 0x4530000000000000;        // 2^84 + 2^32 (x >> 32)
    const u64v low = (x & 0xffffffff) | 0x4330000000000000;  // 2^52 + x mod 2^32
    return ((f64v)high - splat(0x1.00000001p84)) + (f64v)low;
#endif
}

// Exact for whole 0 <= x < 2^52.
EBIT_INLINE i64v to_int(f64v x) {
#if EBIT_VECTOR_BYTES == 64
    return __builtin_convertvector(x, i64v);
#else
    return (i64v)((u64v)(x + splat(0x1p52)) & 0x000fffffffffffff);
#endif
}

// For 0 <= x < 2^52.
EBIT_INLINE f64v floor_positive(f64v x) {
#if EBIT_VECTOR_BYTES == 64
    // The masked form: GCC 12 warns of the undefined operand inside the plain one.
    return (f64v)_mm512_maskz_roundscale_pd(0xff, (__m512d)x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
#elif EBIT_VECTOR_BYTES == 32
    return (f64v)_mm256_floor_pd((__m256d)x);
#else
    const f64v nearest = (x + splat(0x1p52)) - splat(0x1p52);
    return nearest - (nearest > x ? splat(1.0) : splat(0.0));
#endif
}

// Sums of lanes 0 .. l. Exact where whole numbers stay below 2^53.
EBIT_INLINE f64v prefix_sum(f64v x) {
#if EBIT_VECTOR_BYTES == 64
    const __m512i by1 = _mm512_setr_epi64(0, 0, 1, 2, 3, 4, 5, 6),
                  by2 = _mm512_setr_epi64(0, 0, 0, 1, 2, 3, 4, 5);
    const __m512i by4 = _mm512_setr_epi64(0, 0, 0, 0, 0, 1, 2, 3);
    x += (f64v)_mm512_maskz_permutexvar_pd(0xfe, by1, (__m512d)x);
    x += (f64v)_mm512_maskz_permutexvar_pd(0xfc, by2, (__m512d)x);
    return x + (f64v)_mm512_maskz_permutexvar_pd(0xf0, by4, (__m512d)x);
#else
    for (std::size_t l = 1; l < lanes; ++l) x[l] += x[l - 1];
    return x;
#endif
}

// The last lane, in every lane.
EBIT_INLINE f64v last_lane(f64v x) {
#if EBIT_VECTOR_BYTES == 64
    return (f64v)_mm512_maskz_permutexvar_pd(0xff, _mm512_set1_epi64(7), (__m512d)x);
#else
    return splat(x[lanes - 1]);
#endif
}

// A bit per lane that is set where a < b.
EBIT_INLINE unsigned less_mask(i64v a, i64v b) {
#if EBIT_VECTOR_BYTES == 64
    return _mm512_cmplt_epi64_mask((__m512i)a, (__m512i)b);
#elif EBIT_VECTOR_BYTES == 32
    return static_cast<unsigned>(_mm256_movemask_pd((__m256d)(a < b)));
#else
    unsigned mask = 0;
    const i64v below = a < b;
    for (std::size_t l = 0; l < lanes; ++l) mask |= static_cast<unsigned>(below[l] & 1) << l;
    return mask;
#endif
}

// A bit per lane that is set where a <= b.
EBIT_INLINE unsigned at_most_mask(f64v a, f64v b) {
#if EBIT_VECTOR_BYTES == 64
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LE_OQ);
#elif EBIT_VECTOR_BYTES == 32
    return static_cast<unsigned>(_mm256_movemask_pd((__m256d)(a <= b)));
#else
    unsigned mask = 0;
    const i64v below = a <= b;
    for (std::size_t l = 0; l < lanes; ++l) mask |= static_cast<unsigned>(below[l] & 1) << l;
    return mask;
#endif
}

// Writes the lanes whose bit is set to out, in order; may write up to a whole vector there.
EBIT_INLINE void store_selected(double* out, f64v x, unsigned mask) {
#if EBIT_VECTOR_BYTES == 64
    _mm512_storeu_pd(out, _mm512_maskz_compress_pd(static_cast<__mmask8>(mask), (__m512d)x));
#else
    for (std::size_t l = 0; l < lanes; ++l) {
        *out = x[l];
        out += mask >> l & 1u;
    }
#endif
}

}  // namespace
}  // namespace ebit::EBIT_ISA
