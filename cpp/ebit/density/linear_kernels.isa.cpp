#include "ebit/density/linear_kernels.hpp"

#include "ebit/base/vector.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// Four numbers: the Paulis of a last qubit, or the last run of a state without a batch.
typedef double f64x4 __attribute__((vector_size(32)));

EBIT_INLINE f64x4 splat4(double x) { return f64x4{x, x, x, x}; }

struct Operand {
    double* data;
    std::size_t outer;  // from one outer position to the next; the inner stride is the same for all
};

// Where the rows and slots of one sweep stand. Slots are as far apart from position to position as rows are,
// and fill what is free in between: one index serves all.
class Places {
  public:
    EBIT_INLINE Places(double* base, const std::size_t* offsets, double* slots, std::size_t row, const Walk& walk)
        : base_(base),
          offsets_(offsets),
          slots_(slots),
          row_(row),
          in_between_(walk.inner_stride / row),
          run_(walk.inner * walk.inner_stride),
          walk_(walk) {}

    EBIT_INLINE Operand operator[](std::uint32_t r) const {
        if (r < max_rows) return {base_ + offsets_[r], walk_.outer_stride};
        const std::size_t slot = r - max_rows;
        return {slots_ + slot / in_between_ * walk_.outer * run_ + slot % in_between_ * row_, run_};
    }

  private:
    double* base_;
    const std::size_t* offsets_;
    double* slots_;
    std::size_t row_, in_between_, run_;
    const Walk& walk_;
};

// ---- sparse rows ----

// A row as it is, of whatever kind.
template <class Lanes>
struct Copied : Lanes {
    struct Term {};
    static constexpr std::size_t sources = 1;
    EBIT_INLINE static Term term(const SparseTerm&, const LanePattern*) { return {}; }
    EBIT_INLINE static typename Lanes::V product(Term, const Operand* x, std::size_t at) {
        return load<typename Lanes::V>(x->data + at);
    }
};

// One sum of T terms over all positions. `Lanes` says what a row is and what a term (below).
// Flat: one outer position.
template <class Lanes, bool Flat, std::size_t T>
EBIT_INLINE void sum_terms(const SparseStep& step, const SparseTerm* terms, const LanePattern* patterns,
                           const Places& places, const Walk& walk) {
    typename Lanes::Term term[T];
    Operand x[T][Lanes::sources], target = places[step.target];
    for (std::size_t t = 0; t < T; ++t) {
        term[t] = Lanes::term(terms[t * Lanes::sources], patterns);
        for (std::size_t s = 0; s < Lanes::sources; ++s) x[t][s] = places[terms[t * Lanes::sources + s].row];
    }
    const std::size_t end = walk.inner * walk.inner_stride, stride = Lanes::stride(walk);
    for (std::size_t o = 0; o < (Flat ? 1 : walk.outer); ++o) {
#pragma GCC unroll 2
        for (std::size_t at = 0; at < end; at += stride) {
            typename Lanes::V sum = Lanes::product(term[0], x[0], at);
            for (std::size_t t = 1; t < T; ++t) sum += Lanes::product(term[t], x[t], at);
            store(target.data + at, sum);
        }
        target.data += target.outer;
        for (auto& sources : x)
            for (Operand& source : sources) source.data += source.outer;
    }
}

// The same for any number of terms; P positions at a time stay in registers.
template <class Lanes, std::size_t P>
EBIT_INLINE void sum_at(double* target, const Operand* x, const SparseTerm* terms, std::size_t count,
                        const LanePattern* patterns, std::size_t at, std::size_t stride) {
    using V = typename Lanes::V;
    V sum[P];
    const auto take = [&](std::size_t t, auto add) {
        const auto term = Lanes::term(terms[t], patterns);
        for (std::size_t p = 0; p < P; ++p) add(sum[p], Lanes::product(term, x + t, at + p * stride));
    };
    take(0, [](V& total, V product) { total = product; });
    for (std::size_t t = Lanes::sources; t < count; t += Lanes::sources)
        take(t, [](V& total, V product) { total += product; });
    for (std::size_t p = 0; p < P; ++p) store(target + at + p * stride, sum[p]);
}

template <class Lanes>
EBIT_INLINE void sum_many(const SparseStep& step, const SparseTerm* terms, const LanePattern* patterns,
                          const Places& places, const Walk& walk) {
    Operand x[Lanes::most_terms];
    for (std::size_t t = 0; t < step.num_terms; ++t) x[t] = places[terms[t].row];
    Operand target = places[step.target];
    const std::size_t end = walk.inner * walk.inner_stride, stride = Lanes::stride(walk);
    for (std::size_t o = 0; o < walk.outer; ++o) {
        std::size_t at = 0;
        for (; at + 3 * stride < end; at += 4 * stride)
            sum_at<Lanes, 4>(target.data, x, terms, step.num_terms, patterns, at, stride);
        for (; at < end; at += stride)
            sum_at<Lanes, 1>(target.data, x, terms, step.num_terms, patterns, at, stride);
        target.data += target.outer;
        for (std::size_t t = 0; t < step.num_terms; ++t) x[t].data += x[t].outer;
    }
}

template <class Lanes, bool Flat>
EBIT_INLINE void run(const SparsePlan& plan, const LanePattern* patterns, double* base,
                     const std::size_t* offsets, double* slots, const Walk& walk) {
    const Places places(base, offsets, slots, Lanes::row, walk);
    for (const SparseStep& step : plan.steps()) {
        const SparseTerm* const terms = plan.terms().data() + step.first_term;
        switch (step.num_terms / Lanes::sources) {
            case 0:  // a row that is put aside
                sum_terms<Copied<Lanes>, Flat, 1>(step, terms, patterns, places, walk);
                break;
            case 1:
                sum_terms<Lanes, Flat, 1>(step, terms, patterns, places, walk);
                break;
            case 2:
                sum_terms<Lanes, Flat, 2>(step, terms, patterns, places, walk);
                break;
            case 3:
                sum_terms<Lanes, Flat, 3>(step, terms, patterns, places, walk);
                break;
            case 4:
                sum_terms<Lanes, Flat, 4>(step, terms, patterns, places, walk);
                break;
            default:
                sum_many<Lanes>(step, terms, patterns, places, walk);
        }
    }
}

// A row is eight numbers or more side by side, all with the same coefficient.
struct Whole {
    typedef f64v V;
    typedef f64v Term;
    static constexpr std::size_t row = 8;
    static constexpr std::size_t sources = 1;  // rows in a term
    static constexpr std::size_t most_terms = max_rows;

    EBIT_INLINE static std::size_t stride(const Walk&) { return lanes; }
    EBIT_INLINE static Term term(const SparseTerm& term, const LanePattern*) { return splat(term.coefficient); }
    EBIT_INLINE static V product(Term c, const Operand* x, std::size_t at) { return c * load<V>(x->data + at); }
};

// A row is one vector, whose lanes have coefficients and sources of their own: of one other vector, or, eight
// lanes wide, of two.
struct Mixed {
#if EBIT_VECTOR_BYTES == 64
    typedef f64v V;
#else
    typedef f64x4 V;
#endif
    typedef std::int64_t Index __attribute__((vector_size(sizeof(V))));
    struct Term {
        V coefficient;
        Index source;
    };
    static constexpr std::size_t row = sizeof(V) / sizeof(double);
    static constexpr std::size_t sources = row / 4;
    static constexpr std::size_t most_terms = 2 * LanePlan::most_terms;

    EBIT_INLINE static std::size_t stride(const Walk& walk) { return walk.inner_stride; }
    EBIT_INLINE static Term term(const SparseTerm& term, const LanePattern* patterns) {
        const LanePattern& pattern = patterns[term.pattern];
        const Term loaded{load<V>(pattern.coefficient.data()), load<Index>(pattern.source.data())};
#if EBIT_VECTOR_BYTES == 32
        return {loaded.coefficient, loaded.source * 2 + ((loaded.source * 2 + 1) << 32)};  // of halves
#else
        return loaded;
#endif
    }
    EBIT_INLINE static V product(const Term& term, const Operand* x, std::size_t at) {
        const double* const from = x[0].data + at;
#if EBIT_VECTOR_BYTES == 64
        const __m512d low = _mm512_loadu_pd(from), high = _mm512_loadu_pd(x[1].data + at);
        return term.coefficient * (V)_mm512_permutex2var_pd(low, (__m512i)term.source, high);
#elif EBIT_VECTOR_BYTES == 32
        const __m256 all = _mm256_loadu_ps(reinterpret_cast<const float*>(from));
        return term.coefficient * (V)_mm256_permutevar8x32_ps(all, (__m256i)term.source);
#else
        return term.coefficient *
               V{from[term.source[0]], from[term.source[1]], from[term.source[2]], from[term.source[3]]};
#endif
    }
};

void sweep(const SparsePlan& plan, double* base, const std::size_t* offsets, double* slots, const Walk& walk) {
    if (walk.outer == 1)
        run<Whole, true>(plan, nullptr, base, offsets, slots, walk);
    else
        run<Whole, false>(plan, nullptr, base, offsets, slots, walk);
}

void sweep_lanes(const LanePlan& plan, double* base, double* slots, const Walk& walk) {
    if (walk.outer == 1)
        run<Mixed, true>(plan.plan(), plan.patterns(), base, plan.offsets().data(), slots, walk);
    else
        run<Mixed, false>(plan.plan(), plan.patterns(), base, plan.offsets().data(), slots, walk);
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

extern const LinearKernels linear_table;
const LinearKernels linear_table{Mixed::row, sweep, sweep_lanes, one_qubit};

}  // namespace ebit::EBIT_ISA
