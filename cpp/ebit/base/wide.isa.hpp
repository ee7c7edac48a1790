// Sixteen lanes at once, whatever the width of a vector: as many vectors as it takes, so that none waits
// for the one before. Only for *.isa.cpp.
#pragma once

#include "ebit/base/vector.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

constexpr std::size_t wide = 16;
constexpr std::size_t wide_parts = wide / lanes;

template <class V>
struct Wide {
    V part[wide_parts];
};
using Words = Wide<u64v>;
using Reals = Wide<f64v>;

template <class V, class T>
EBIT_INLINE Wide<V> load_as(const T* p) {
    Wide<V> x;
    for (std::size_t j = 0; j < wide_parts; ++j) x.part[j] = load<V>(p + j * lanes);
    return x;
}
EBIT_INLINE Words load_wide(const std::uint64_t* p) { return load_as<u64v>(p); }
EBIT_INLINE Reals load_wide(const double* p) { return load_as<f64v>(p); }

template <class V, class T>
EBIT_INLINE void store_wide(T* p, const Wide<V>& x) {
    for (std::size_t j = 0; j < wide_parts; ++j) store(p + j * lanes, x.part[j]);
}

EBIT_INLINE Words words(std::uint64_t x) {
    Words all;
    for (std::size_t j = 0; j < wide_parts; ++j) all.part[j] = u64v{} + x;
    return all;
}
EBIT_INLINE Reals reals(double x) {
    Reals all;
    for (std::size_t j = 0; j < wide_parts; ++j) all.part[j] = splat(x);
    return all;
}

#define EBIT_WIDE_OPERATOR(op)                                                           \
    template <class V>                                                                   \
    EBIT_INLINE Wide<V> operator op(Wide<V> a, const Wide<V>& b) {                       \
        for (std::size_t j = 0; j < wide_parts; ++j) a.part[j] = a.part[j] op b.part[j]; \
        return a;                                                                        \
    }
EBIT_WIDE_OPERATOR(&)
EBIT_WIDE_OPERATOR(|)
EBIT_WIDE_OPERATOR(^)
EBIT_WIDE_OPERATOR(+)
EBIT_WIDE_OPERATOR(-)
EBIT_WIDE_OPERATOR(*)
#undef EBIT_WIDE_OPERATOR

EBIT_INLINE Words operator~(Words a) {
    for (std::size_t j = 0; j < wide_parts; ++j) a.part[j] = ~a.part[j];
    return a;
}
EBIT_INLINE Words operator<<(Words a, int by) {
    for (std::size_t j = 0; j < wide_parts; ++j) a.part[j] = a.part[j] << by;
    return a;
}
EBIT_INLINE Words operator>>(Words a, int by) {
    for (std::size_t j = 0; j < wide_parts; ++j) a.part[j] = a.part[j] >> by;
    return a;
}

// All ones in lanes that are not zero.
EBIT_INLINE Words nonzero(Words a) {
    for (std::size_t j = 0; j < wide_parts; ++j) a.part[j] = (u64v)(a.part[j] != 0);
    return a;
}
EBIT_INLINE Words equal(Words a, const Words& b) {
    for (std::size_t j = 0; j < wide_parts; ++j) a.part[j] = (u64v)(a.part[j] == b.part[j]);
    return a;
}

EBIT_INLINE Words select(const Words& mask, const Words& a, const Words& b) {
    return (mask & a) | (~mask & b);
}
// Lanes of a where `mask` is all ones, of b where it is zero.
EBIT_INLINE Reals select(const Words& mask, Reals a, const Reals& b) {
    for (std::size_t j = 0; j < wide_parts; ++j) a.part[j] = mask.part[j] != 0 ? a.part[j] : b.part[j];
    return a;
}

// The lowest set bit of every lane.
EBIT_INLINE Words lowest(Words a) {
    for (std::size_t j = 0; j < wide_parts; ++j) a.part[j] = a.part[j] & (0 - a.part[j]);
    return a;
}

// The highest set bit of every lane.
EBIT_INLINE Words highest(Words a) {
    for (std::size_t j = 0; j < wide_parts; ++j) {
#if EBIT_VECTOR_BYTES == 64
        const __m512i zeros = _mm512_lzcnt_epi64((__m512i)a.part[j]);
        a.part[j] = (u64v)_mm512_maskz_srlv_epi64(0xff, _mm512_set1_epi64(INT64_MIN), zeros);
#else
        u64v x = a.part[j];
        for (const int by : {1, 2, 4, 8, 16, 32}) x |= x >> by;
        a.part[j] = x ^ (x >> 1);
#endif
    }
    return a;
}

// The number of set bits of every lane.
EBIT_INLINE Reals count_bits(const Words& a) {
    Reals count;
    for (std::size_t j = 0; j < wide_parts; ++j) {
#if EBIT_VECTOR_BYTES == 64
        count.part[j] = to_double((u64v)_mm512_popcnt_epi64((__m512i)a.part[j]));
#else
        u64v x = a.part[j];
        x -= (x >> 1) & 0x5555555555555555;
        x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333);
        x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
        x += x >> 8;
        x += x >> 16;
        x += x >> 32;
        count.part[j] = to_double(x & 0x7f);
#endif
    }
    return count;
}

// The bits that are set in some lane.
EBIT_INLINE std::uint64_t united(const Words& a) {
    u64v x = a.part[0];
    for (std::size_t j = 1; j < wide_parts; ++j) x |= a.part[j];
#if EBIT_VECTOR_BYTES == 64
    x |= __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
#endif
#if EBIT_VECTOR_BYTES >= 32
    x |= __builtin_shufflevector(x, x, 2, 3, 0, 1
#if EBIT_VECTOR_BYTES == 64
                                 ,
                                 4, 5, 6, 7
#endif
    );
#endif
    return x[0] | x[1];
}

EBIT_INLINE bool any(const Words& a) {
    u64v x = a.part[0];
    for (std::size_t j = 1; j < wide_parts; ++j) x |= a.part[j];
#if EBIT_VECTOR_BYTES == 64
    return _mm512_test_epi64_mask((__m512i)x, (__m512i)x) != 0;
#elif EBIT_VECTOR_BYTES == 32
    return _mm256_testz_si256((__m256i)x, (__m256i)x) == 0;
#else
    return (x[0] | x[1]) != 0;
#endif
}

// A bit per lane that is not zero.
EBIT_INLINE unsigned lanes_of(const Words& a) {
    unsigned mask = 0;
    for (std::size_t j = 0; j < wide_parts; ++j)
        mask |= (less_mask(i64v{} - 1, (i64v)(a.part[j] == 0)) & ((1u << lanes) - 1)) << j * lanes;
    return mask;
}

}  // namespace
}  // namespace ebit::EBIT_ISA
