#include "ebit/density/linear_kernels.hpp"

#include "ebit/base/vector.isa.hpp"
#include "ebit/density/one_qubit.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

struct Operand {
    double* data;
    std::size_t outer;  // from one outer position to the next; the inner stride is the same for all
};

// Where the rows and slots of one sweep stand. Slots are as far apart from position to position as rows are,
// and fill what is free in between: one index serves all.
class Places {
  public:
    EBIT_INLINE Places(double* base, const std::size_t* offsets, double* slots, std::size_t row,
                       const Walk& walk)
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

// One sum of T terms over all positions. `Lanes` says what a row is and what a term (below).
// Flat: one outer position. G terms in a row come from the same row.
template <class Lanes, bool Flat, std::size_t T, std::size_t G = 1>
EBIT_INLINE void sum_terms(const SparseStep& step, const SparseTerm* terms, const LanePattern* patterns,
                           const Places& places, const Walk& walk) {
    typename Lanes::Term term[T];
    Operand x[T / G], target = places[step.target];
    for (std::size_t t = 0; t < T; ++t) term[t] = Lanes::term(terms[t], patterns);
    for (std::size_t g = 0; g < T / G; ++g) x[g] = places[terms[g * G].row];
    const std::size_t end = walk.inner * walk.inner_stride, stride = Lanes::stride(walk);
    for (std::size_t o = 0; o < (Flat ? 1 : walk.outer); ++o) {
#pragma GCC unroll 2
        for (std::size_t at = 0; at < end; at += stride) {
            typename Lanes::From from = Lanes::fetch(x[0].data + at);
            typename Lanes::V sum = Lanes::product(term[0], from);
            for (std::size_t t = 1; t < T; ++t) {
                if (t % G == 0) from = Lanes::fetch(x[t / G].data + at);
                sum += Lanes::product(term[t], from);
            }
            store(target.data + at, sum);
        }
        target.data += target.outer;
        for (Operand& source : x) source.data += source.outer;
    }
}

// The same for any number of terms; P positions at a time stay in registers.
template <class Lanes, std::size_t P>
EBIT_INLINE void sum_at(double* target, const Operand* x, const SparseTerm* terms, std::size_t count,
                        const LanePattern* patterns, std::size_t at, std::size_t stride) {
    using V = typename Lanes::V;
    V sum[P];
    typename Lanes::From from[P];
    const auto read = [&](std::size_t t) {
        for (std::size_t p = 0; p < P; ++p) from[p] = Lanes::fetch(x[t].data + at + p * stride);
    };
    read(0);
    const auto first = Lanes::term(terms[0], patterns);
    for (std::size_t p = 0; p < P; ++p) sum[p] = Lanes::product(first, from[p]);
    for (std::size_t t = 1; t < count; ++t) {
        if (terms[t].row != terms[t - 1].row) read(t);
        const auto term = Lanes::term(terms[t], patterns);
        for (std::size_t p = 0; p < P; ++p) sum[p] += Lanes::product(term, from[p]);
    }
    for (std::size_t p = 0; p < P; ++p) store(target + at + p * stride, sum[p]);
}

template <class Lanes>
EBIT_INLINE void sum_many(const SparseStep& step, const SparseTerm* terms, const LanePattern* patterns,
                          const Places& places, const Walk& walk) {
    Operand x[LanePlan::most_terms];
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

template <class Lanes>
EBIT_INLINE void put_aside(Operand row, Operand slot, const Walk& walk) {
    const std::size_t end = walk.inner * walk.inner_stride, stride = Lanes::stride(walk);
    for (std::size_t o = 0; o < walk.outer; ++o, row.data += row.outer, slot.data += slot.outer)
        for (std::size_t at = 0; at < end; at += stride) store(slot.data + at, Lanes::plain(row.data + at));
}

template <class Lanes, bool Flat>
EBIT_INLINE void run(const SparsePlan& plan, const LanePattern* patterns, double* base,
                     const std::size_t* offsets, double* slots, const Walk& walk) {
    const Places places(base, offsets, slots, Lanes::row, walk);
    for (const SparseStep& step : plan.steps()) {
        const SparseTerm* const terms = plan.terms().data() + step.first_term;
        if (step.target >= max_rows) {
            put_aside<Lanes>(places[terms[0].row], places[step.target], walk);
            continue;
        }
        switch (step.num_terms) {
            case 1:
                sum_terms<Lanes, Flat, 1>(step, terms, patterns, places, walk);
                break;
            case 2:
                if (Lanes::shares && terms[0].row == terms[1].row)
                    sum_terms<Lanes, Flat, 2, 2>(step, terms, patterns, places, walk);
                else
                    sum_terms<Lanes, Flat, 2>(step, terms, patterns, places, walk);
                break;
            case 3:
                sum_terms<Lanes, Flat, 3>(step, terms, patterns, places, walk);
                break;
            case 4:
                if (Lanes::shares && terms[0].row == terms[3].row)
                    sum_terms<Lanes, Flat, 4, 4>(step, terms, patterns, places, walk);
                else if (Lanes::shares && terms[0].row == terms[1].row && terms[2].row == terms[3].row)
                    sum_terms<Lanes, Flat, 4, 2>(step, terms, patterns, places, walk);
                else
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
    static constexpr bool shares = false;  // several terms from one row

    EBIT_INLINE static std::size_t stride(const Walk&) { return lanes; }
    typedef V From;
    EBIT_INLINE static V plain(const double* x) { return load<V>(x); }
    EBIT_INLINE static From fetch(const double* x) { return plain(x); }
    EBIT_INLINE static Term term(const SparseTerm& term, const LanePattern*) {
        return splat(term.coefficient);
    }
    EBIT_INLINE static V product(Term c, V from) { return c * from; }
};

// A row is a run of neighbouring numbers, whose lanes have coefficients and sources of their own: sixteen in
// two vectors where a permutation takes from two, four otherwise.
#if EBIT_VECTOR_BYTES == 64
struct Sixteen {
    f64v low, high;

    EBIT_INLINE Sixteen& operator+=(const Sixteen& other) {
        low += other.low;
        high += other.high;
        return *this;
    }
};
EBIT_INLINE void store(double* p, const Sixteen& x) {
    store(p, x.low);
    store(p + lanes, x.high);
}

struct Mixed {
    typedef Sixteen V;
    struct Term {
        f64v low, high;  // coefficients
        i64v from_low, from_high;
    };
    static constexpr std::size_t row = 16;
    static constexpr bool shares = true;

    EBIT_INLINE static std::size_t stride(const Walk& walk) { return walk.inner_stride; }
    typedef V From;
    EBIT_INLINE static V plain(const double* x) { return {load<f64v>(x), load<f64v>(x + lanes)}; }
    EBIT_INLINE static From fetch(const double* x) { return plain(x); }
    EBIT_INLINE static Term term(const SparseTerm& term, const LanePattern* patterns) {
        const LanePattern& pattern = patterns[term.pattern];
        const double* const coefficient = pattern.coefficient.data();
        const std::int64_t* const source = pattern.source.data();
        return {load<f64v>(coefficient), load<f64v>(coefficient + lanes), load<i64v>(source),
                load<i64v>(source + lanes)};
    }
    EBIT_INLINE static V product(const Term& term, const V& from) {
        const auto permuted = [&](i64v index) {
            return (f64v)_mm512_permutex2var_pd((__m512d)from.low, (__m512i)index, (__m512d)from.high);
        };
        return {term.low * permuted(term.from_low), term.high * permuted(term.from_high)};
    }
};
#else
struct Mixed {
    typedef f64x4 V;
    typedef std::int64_t i64x4 __attribute__((vector_size(32)));
    struct Term {
        V coefficient;
        i64x4 source;
    };
    static constexpr std::size_t row = 4;
    static constexpr bool shares = true;

    EBIT_INLINE static std::size_t stride(const Walk& walk) { return walk.inner_stride; }
    EBIT_INLINE static V plain(const double* x) { return load<V>(x); }
#if EBIT_VECTOR_BYTES == 32
    typedef V From;
    EBIT_INLINE static From fetch(const double* x) { return plain(x); }
    EBIT_INLINE static Term term(const SparseTerm& term, const LanePattern* patterns) {
        const LanePattern& pattern = patterns[term.pattern];
        const auto source = load<i64x4>(pattern.source.data());
        return {load<V>(pattern.coefficient.data()), source * 2 + ((source * 2 + 1) << 32)};  // of halves
    }
    EBIT_INLINE static V product(const Term& term, V from) {
        return term.coefficient * (V)_mm256_permutevar8x32_ps((__m256)from, (__m256i)term.source);
    }
#else
    // Permuted by loads: shuffles by variables are slow.
    typedef const double* From;
    EBIT_INLINE static From fetch(const double* x) { return x; }
    EBIT_INLINE static Term term(const SparseTerm& term, const LanePattern* patterns) {
        const LanePattern& pattern = patterns[term.pattern];
        return {load<V>(pattern.coefficient.data()), load<i64x4>(pattern.source.data())};
    }
    EBIT_INLINE static V product(const Term& term, From from) {
        const i64x4& s = term.source;
        return term.coefficient * V{from[s[0]], from[s[1]], from[s[2]], from[s[3]]};
    }
#endif
};
#endif

void sweep(const SparsePlan& plan, double* base, const std::size_t* offsets, double* slots,
           const Walk& walk) {
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

}  // namespace

extern const LinearKernels linear_table;
const LinearKernels linear_table{Mixed::row, sweep, sweep_lanes, one_qubit};

}  // namespace ebit::EBIT_ISA
