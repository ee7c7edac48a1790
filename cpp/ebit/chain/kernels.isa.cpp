#include "ebit/chain/kernels.hpp"

#include "ebit/chain/join.isa.hpp"
#include "ebit/chain/join_states.isa.hpp"
#include "ebit/chain/join_whole_states.isa.hpp"
#include "ebit/chain/lanes.isa.hpp"
#include "ebit/chain/rounds.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// The storage sums of eight shots or fewer: one column stays in a register.
template <bool single>
struct StorageSums {
    EBIT_INLINE StorageSums(const ParallelLinks& links, std::size_t at) : links_(links), at_(at) {
        for (std::size_t c = 0; !single && c < links.column_count; ++c) store(links.sums[c] + at, splat(0.0));
    }
    EBIT_INLINE void add(std::size_t column, f64v x) {
        if constexpr (single)
            sum_ += x;
        else
            store(links_.sums[column] + at_, load<f64v>(links_.sums[column] + at_) + x);
    }
    EBIT_INLINE void finish() {
        if constexpr (single) store(links_.sums[0] + at_, sum_);
    }

  private:
    const ParallelLinks& links_;
    std::size_t at_;
    f64v sum_ = splat(0.0);
};

// Attempts of a link that count: those before the round ends.
template <bool in_rounds>
EBIT_INLINE f64v counted(f64v made, const LinkLaw& law) {
    return in_rounds ? smaller(made, splat(law.most_attempts)) : made;
}

// Of this link and the next.
EBIT_INLINE GeometricPair next_two(const LinkLaw* laws, Xoshiro& random, std::size_t j) {
    const double a = laws[0].inverse_log_failure, b = laws[1].inverse_log_failure;
    if (settles_early(a) && settles_early(b)) return GeometricPairs(a, b).next(random, j);
    const f64v made = geometric(random.next_log(j), a);
    return {made, geometric(random.next_log(j), b)};
}

template <bool single, bool in_rounds>
EBIT_INLINE void parallel_links_part(Xoshiro& random, std::size_t j, const ParallelLinks& links,
                                     std::size_t at) {
    StorageSums<single> sums(links, at);
    f64v first{}, before{}, latest{}, attempts{}, swaps{};
    const auto take = [&](std::size_t k, f64v made) __attribute__((always_inline)) {
        const f64v time = made * links.laws[k].attempt_time;
        attempts += counted<in_rounds>(made, links.laws[k]);
        latest = larger(latest, time);
        if (k == 0) {
            first = before = time;
            return;
        }
        if (in_rounds) swaps += larger(before, time) <= splat(links.limit) ? splat(1.0) : splat(0.0);
        const Waits wait(before, time);
        const std::size_t end = single ? k : links.wait_begin[k + 1];
        for (std::size_t w = single ? k - 1 : links.wait_begin[k]; w < end; ++w)
            sums.add(links.waits[w].column,
                     wait.of_a * links.waits[w].weight_before + wait.of_b * links.waits[w].weight_here);
        before = time;
    };
    std::size_t k = 0;
    for (; k + 1 < links.count; k += 2) {
        const auto [made, next] = next_two(links.laws + k, random, j);
        take(k, made);
        take(k + 1, next);
    }
    if (k < links.count) take(k, geometric(random.next_log(j), links.laws[k].inverse_log_failure));
    for (std::size_t w = 0; w < links.first_wait_count; ++w)
        sums.add(links.first_waits[w].column, (latest - first) * links.first_waits[w].weight);
    for (std::size_t w = 0; w < links.last_wait_count; ++w)
        sums.add(links.last_waits[w].column, (latest - before) * links.last_waits[w].weight);
    sums.finish();
    store(links.latest + at, latest);
    store(links.attempts + at, attempts);
    if (in_rounds) store(links.swaps + at, swaps);
}

template <bool single, bool in_rounds>
EBIT_INLINE void parallel_links_as(Stream& stream, const ParallelLinks& links, std::size_t first,
                                   std::size_t count) {
    Xoshiro random(stream);
    for (std::size_t i = first; i < first + count; i += 8)
        for (std::size_t j = 0; j < parts; ++j)
            parallel_links_part<single, in_rounds>(random, j, links, i + j * lanes);
}

void parallel_links(Stream& stream, const ParallelLinks& links, std::size_t first, std::size_t count) {
    if (links.in_rounds)
        parallel_links_as<false, true>(stream, links, first, count);
    else if (links.column_count == 1)
        parallel_links_as<true, false>(stream, links, first, count);
    else
        parallel_links_as<false, false>(stream, links, first, count);
}

template <bool counted>
EBIT_INLINE std::size_t join_counted(Stream& stream, Join& j) {
    if (j.pairs != nullptr)
        return j.whole ? join_whole_states<true, counted>(stream, j)
                       : join_whole_states<false, counted>(stream, j);
    if (j.states != nullptr)
        return j.whole ? join_states<true, counted>(stream, j) : join_states<false, counted>(stream, j);
    switch (j.source) {
        case Join::Source::links:
            return join_as<Join::Source::links, counted>(stream, j);
        case Join::Source::brief_links:
            return join_as<Join::Source::brief_links, counted>(stream, j);
        default:
            return join_as<Join::Source::arrays, counted>(stream, j);
    }
}

std::size_t join(Stream& stream, Join& j) {
    return j.count_kinds > 0 ? join_counted<true>(stream, j) : join_counted<false>(stream, j);
}

// Adds up terms in 32 running sums, so that every instruction set adds in the same order and no
// addition waits for the one before.
template <class Vector, class Scalar>
EBIT_INLINE double sum_of(std::size_t count, Vector vector, Scalar scalar) {
    constexpr std::size_t step = 32;
    f64v sums[step / lanes] = {};
    const std::size_t whole = count / step * step;
    for (std::size_t i = 0; i < whole; i += step)
        for (std::size_t j = 0; j < step / lanes; ++j) sums[j] += vector(i + j * lanes);
    double total = 0.0;
    for (std::size_t l = 0; l < step; ++l) total += sums[l / lanes][l % lanes];
    for (std::size_t i = whole; i < count; ++i) total += scalar(i);
    return total;
}

double sum(const double* x, std::size_t count) {
    return sum_of(
        count, [=](std::size_t i) { return load<f64v>(x + i); }, [=](std::size_t i) { return x[i]; });
}

double comoment(const double* x, double mean_x, const double* y, double mean_y, std::size_t count) {
    return sum_of(
        count, [=](std::size_t i) { return (load<f64v>(x + i) - mean_x) * (load<f64v>(y + i) - mean_y); },
        [=](std::size_t i) { return (x[i] - mean_x) * (y[i] - mean_y); });
}

}  // namespace

extern const ChainKernels chain_table;
const ChainKernels chain_table{parallel_links, keep_rounds, sum, comoment, slotted, join};

}  // namespace ebit::EBIT_ISA
