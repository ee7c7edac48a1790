// Maps on one qubit, in registers. Only for *.isa.cpp.
#pragma once

#include "ebit/base/vector.isa.hpp"
#include "ebit/density/linear_map.hpp"

namespace ebit::EBIT_ISA {
namespace {

// Four numbers: the Paulis of a last qubit, or the last run of a state without a batch.
typedef double f64x4 __attribute__((vector_size(32)));

template <class V>
EBIT_INLINE V filled(double x) {
    V v;
    for (std::size_t l = 0; l < sizeof(V) / sizeof(double); ++l) v[l] = x;
    return v;
}

// R rows of T terms each; all are read before one is written.
template <std::size_t R, std::size_t T, class V>
EBIT_INLINE void change_rows(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step,
                             std::size_t run) {
    constexpr std::size_t width = sizeof(V) / sizeof(double);
    V c[R][T];
    std::size_t from[R][T], to[R];
    for (std::size_t r = 0; r < R; ++r) {
        to[r] = map.target[r] * step;
        for (std::size_t t = 0; t < T; ++t) {
            c[r][t] = filled<V>(map.coefficient[r][t]);
            from[r][t] = map.source[r][t] * step;
        }
    }
    for (std::size_t o = 0; o < outer; ++o, data += 4 * step)
        for (std::size_t i = 0; i < run; i += width) {
            V sum[R];
            for (std::size_t r = 0; r < R; ++r) {
                sum[r] = c[r][0] * load<V>(data + from[r][0] + i);
                for (std::size_t t = 1; t < T; ++t) sum[r] += c[r][t] * load<V>(data + from[r][t] + i);
            }
            for (std::size_t r = 0; r < R; ++r) store(data + to[r] + i, sum[r]);
        }
}

// All four rows, each of four terms: every row is read once.
template <class V>
EBIT_INLINE void change_all(const OneQubitRows& map, V (&x)[4]) {
    V sum[4];
    for (std::size_t r = 0; r < 4; ++r) {
        sum[r] = map.coefficient[r][0] * x[0];
        for (std::size_t t = 1; t < 4; ++t) sum[r] += map.coefficient[r][t] * x[t];
    }
    for (std::size_t r = 0; r < 4; ++r) x[r] = sum[r];
}

template <class V>
EBIT_INLINE void dense(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step,
                       std::size_t run) {
    for (std::size_t o = 0; o < outer; ++o, data += 4 * step)
        for (std::size_t i = 0; i < run; i += sizeof(V) / sizeof(double)) {
            V x[4];
            for (std::size_t r = 0; r < 4; ++r) x[r] = load<V>(data + r * step + i);
            change_all(map, x);
            for (std::size_t r = 0; r < 4; ++r) store(data + r * step + i, x[r]);
        }
}

template <class V>
EBIT_INLINE void by_structure(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step,
                              std::size_t run) {
    switch (4 * map.num_terms + map.num_rows) {
        case 5:
            return change_rows<1, 1, V>(map, data, outer, step, run);
        case 6:
            return change_rows<2, 1, V>(map, data, outer, step, run);
        case 7:
            return change_rows<3, 1, V>(map, data, outer, step, run);
        case 8:
            return change_rows<4, 1, V>(map, data, outer, step, run);
        case 9:
            return change_rows<1, 2, V>(map, data, outer, step, run);
        case 10:
            return change_rows<2, 2, V>(map, data, outer, step, run);
        case 11:
            return change_rows<3, 2, V>(map, data, outer, step, run);
        case 12:
            return change_rows<4, 2, V>(map, data, outer, step, run);
        default:
            return dense<V>(map, data, outer, step, run);
    }
}

EBIT_INLINE void transpose(f64x4 (&x)[4]) {
    const f64x4 a = __builtin_shufflevector(x[0], x[1], 0, 4, 2, 6);
    const f64x4 b = __builtin_shufflevector(x[0], x[1], 1, 5, 3, 7);
    const f64x4 c = __builtin_shufflevector(x[2], x[3], 0, 4, 2, 6);
    const f64x4 d = __builtin_shufflevector(x[2], x[3], 1, 5, 3, 7);
    x[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    x[1] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    x[2] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    x[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

// The last qubit of a single state: all four terms of all rows, those that are not there with zero.
void last_qubit(const OneQubitRows& map, double* data, std::size_t outer) {
    OneQubitRows full{4, 4, {0, 1, 2, 3}, {}, {}};
    for (std::size_t r = 0; r < 4; ++r) full.coefficient[r][r] = 1.0;
    for (std::size_t r = 0; r < static_cast<std::size_t>(map.num_rows); ++r) {
        full.coefficient[map.target[r]] = {};
        for (std::size_t t = 0; t < static_cast<std::size_t>(map.num_terms); ++t)
            full.coefficient[map.target[r]][map.source[r][t]] += map.coefficient[r][t];
    }
    if (outer == 1) {
        double x[4] = {data[0], data[1], data[2], data[3]};
        change_all(full, x);
        for (std::size_t r = 0; r < 4; ++r) data[r] = x[r];
        return;
    }
    for (std::size_t o = 0; o < outer; o += 4, data += 16) {
        f64x4 x[4];
        for (std::size_t p = 0; p < 4; ++p) x[p] = load<f64x4>(data + 4 * p);
        transpose(x);
        change_all(full, x);
        transpose(x);
        for (std::size_t p = 0; p < 4; ++p) store(data + 4 * p, x[p]);
    }
}

void one_qubit(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step, std::size_t run) {
    if (map.num_rows == 0) return;
    if (step == 1)
        last_qubit(map, data, outer);
    else if (step == 4)
        by_structure<f64x4>(map, data, outer, step, run);
    else
        by_structure<f64v>(map, data, outer, step, run);
}

}  // namespace
}  // namespace ebit::EBIT_ISA
