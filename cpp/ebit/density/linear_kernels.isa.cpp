#include "ebit/density/linear_kernels.hpp"

#include "ebit/base/vector.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// Four numbers: the Paulis of a last qubit, or the last run of a state without a batch.
typedef double f64x4 __attribute__((vector_size(32)));

EBIT_INLINE f64x4 splat4(double x) { return f64x4{x, x, x, x}; }

struct Operand {
    double* data;
    std::size_t stride;  // from one run to the next
};

// target = sum of T terms, in their order, over all positions.
template <std::size_t T>
EBIT_INLINE void sum_terms(Operand target, const Operand* source, const SparseTerm* terms, Walk walk) {
    f64v c[T];
    Operand x[T];
    for (std::size_t t = 0; t < T; ++t) {
        c[t] = splat(terms[t].coefficient);
        x[t] = source[t];
    }
    for (std::size_t o = 0; o < walk.outer; ++o) {
#pragma GCC unroll 2
        for (std::size_t i = 0; i < walk.inner; i += lanes) {
            f64v sum = c[0] * load<f64v>(x[0].data + i);
            for (std::size_t t = 1; t < T; ++t) sum += c[t] * load<f64v>(x[t].data + i);
            store(target.data + i, sum);
        }
        target.data += target.stride;
        for (std::size_t t = 0; t < T; ++t) x[t].data += x[t].stride;
    }
}

// The same for any number of terms: eight numbers at a time stay in registers.
EBIT_INLINE void sum_many(Operand target, const Operand* source, const SparseTerm* terms, std::size_t count,
                          Walk walk) {
    for (std::size_t o = 0; o < walk.outer; ++o)
        for (std::size_t i = 0; i < walk.inner; i += 8) {
            f64v sum[parts];
            for (std::size_t j = 0; j < parts; ++j)
                sum[j] =
                    terms[0].coefficient * load<f64v>(source[0].data + o * source[0].stride + i + j * lanes);
            for (std::size_t t = 1; t < count; ++t) {
                const f64v c = splat(terms[t].coefficient);
                const double* x = source[t].data + o * source[t].stride + i;
                for (std::size_t j = 0; j < parts; ++j) sum[j] += c * load<f64v>(x + j * lanes);
            }
            for (std::size_t j = 0; j < parts; ++j)
                store(target.data + o * target.stride + i + j * lanes, sum[j]);
        }
}

void sweep(const StaticMap& map, double* base, const std::size_t* offsets, double* slots, Walk walk) {
    const std::size_t slot = walk.outer * walk.inner;
    const auto operand = [=](std::uint32_t row) {
        return row < first_slot ? Operand{base + offsets[row], walk.stride}
                                : Operand{slots + (row - first_slot) * slot, walk.inner};
    };
    const SparseTerm* const terms = map.terms().data();
    for (const SparseStep& step : map.steps()) {
        const SparseTerm* const own = terms + step.first_term;
        Operand source[first_slot];
        for (std::size_t t = 0; t < step.num_terms; ++t) source[t] = operand(own[t].row);
        const Operand target = operand(step.target);
        switch (step.num_terms) {
            case 1:
                sum_terms<1>(target, source, own, walk);
                break;
            case 2:
                sum_terms<2>(target, source, own, walk);
                break;
            case 3:
                sum_terms<3>(target, source, own, walk);
                break;
            case 4:
                sum_terms<4>(target, source, own, walk);
                break;
            default:
                sum_many(target, source, own, step.num_terms, walk);
        }
    }
}

// ---- one qubit ----

template <class V>
EBIT_INLINE V filled(double x) {
    V v;
    for (std::size_t l = 0; l < sizeof(V) / sizeof(double); ++l) v[l] = x;
    return v;
}

// R rows of T terms each; all are read before one is written.
template <std::size_t R, std::size_t T, class V>
EBIT_INLINE void change_rows(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step) {
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
        for (std::size_t i = 0; i < step; i += width) {
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
EBIT_INLINE void dense(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step) {
    for (std::size_t o = 0; o < outer; ++o, data += 4 * step)
        for (std::size_t i = 0; i < step; i += sizeof(V) / sizeof(double)) {
            V x[4];
            for (std::size_t r = 0; r < 4; ++r) x[r] = load<V>(data + r * step + i);
            change_all(map, x);
            for (std::size_t r = 0; r < 4; ++r) store(data + r * step + i, x[r]);
        }
}

template <class V>
EBIT_INLINE void by_structure(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step) {
    switch (4 * map.num_terms + map.num_rows) {
        case 5:
            return change_rows<1, 1, V>(map, data, outer, step);
        case 6:
            return change_rows<2, 1, V>(map, data, outer, step);
        case 7:
            return change_rows<3, 1, V>(map, data, outer, step);
        case 8:
            return change_rows<4, 1, V>(map, data, outer, step);
        case 9:
            return change_rows<1, 2, V>(map, data, outer, step);
        case 10:
            return change_rows<2, 2, V>(map, data, outer, step);
        case 11:
            return change_rows<3, 2, V>(map, data, outer, step);
        case 12:
            return change_rows<4, 2, V>(map, data, outer, step);
        default:
            return dense<V>(map, data, outer, step);
    }
}

EBIT_INLINE void transpose(f64x4 (&x)[4]) {
    typedef std::int64_t i64x4 __attribute__((vector_size(32)));
    const f64x4 a = __builtin_shuffle(x[0], x[1], i64x4{0, 4, 2, 6});
    const f64x4 b = __builtin_shuffle(x[0], x[1], i64x4{1, 5, 3, 7});
    const f64x4 c = __builtin_shuffle(x[2], x[3], i64x4{0, 4, 2, 6});
    const f64x4 d = __builtin_shuffle(x[2], x[3], i64x4{1, 5, 3, 7});
    x[0] = __builtin_shuffle(a, c, i64x4{0, 1, 4, 5});
    x[1] = __builtin_shuffle(b, d, i64x4{0, 1, 4, 5});
    x[2] = __builtin_shuffle(a, c, i64x4{2, 3, 6, 7});
    x[3] = __builtin_shuffle(b, d, i64x4{2, 3, 6, 7});
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

void one_qubit(const OneQubitRows& map, double* data, std::size_t outer, std::size_t step) {
    if (map.num_rows == 0) return;
    if (step == 1)
        last_qubit(map, data, outer);
    else if (step == 4)
        by_structure<f64x4>(map, data, outer, step);
    else
        by_structure<f64v>(map, data, outer, step);
}

// ---- positions that are not whole vectors ----

void gather_fours(const Gather& g, const double* base) {
    for (std::size_t r = 0; r < g.rows; ++r)
        for (std::size_t p = 0; p < g.count; ++p)
            store(g.scratch + r * g.pitch + 4 * p, load<f64x4>(base + g.offsets[r] + p * g.stride));
}

void scatter_fours(const Gather& g, double* base) {
    for (std::size_t r = 0; r < g.rows; ++r)
        for (std::size_t p = 0; p < g.count; ++p)
            store(base + g.offsets[r] + p * g.stride, load<f64x4>(g.scratch + r * g.pitch + 4 * p));
}

// Calls move(first row, position) for every four rows that differ in the last qubit and four positions.
template <class Move>
EBIT_INLINE void by_fours(const Gather& g, Move move) {
    for (std::size_t high = 0; high < g.rows; high += 4 * g.last_weight)
        for (std::size_t low = 0; low < g.last_weight; ++low)
            for (std::size_t p = 0; p < g.count; p += 4) move(high + low, p);
}

void gather_ones(const Gather& g, const double* base) {
    by_fours(g, [&](std::size_t row, std::size_t p) {
        f64x4 x[4];
        for (std::size_t j = 0; j < 4; ++j) x[j] = load<f64x4>(base + g.offsets[row] + (p + j) * g.stride);
        transpose(x);
        for (std::size_t j = 0; j < 4; ++j) store(g.scratch + (row + j * g.last_weight) * g.pitch + p, x[j]);
    });
}

void scatter_ones(const Gather& g, double* base) {
    by_fours(g, [&](std::size_t row, std::size_t p) {
        f64x4 x[4];
        for (std::size_t j = 0; j < 4; ++j)
            x[j] = load<f64x4>(g.scratch + (row + j * g.last_weight) * g.pitch + p);
        transpose(x);
        for (std::size_t j = 0; j < 4; ++j) store(base + g.offsets[row] + (p + j) * g.stride, x[j]);
    });
}

}  // namespace

extern const LinearKernels linear_table;
const LinearKernels linear_table{sweep, one_qubit, gather_fours, scatter_fours, gather_ones, scatter_ones};

}  // namespace ebit::EBIT_ISA
