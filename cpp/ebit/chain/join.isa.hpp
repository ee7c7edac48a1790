// Attempts to join pairs of shots, eight at a time: the pass that every level of a nested chain is.
// Only for *.isa.cpp.
//
// A success ends a run of attempts. The duration of a run is a difference of two running totals,
// so the pass keeps running totals and writes them where an attempt succeeded; a second, shorter
// pass takes the differences. The cost of such a pass is that of its random numbers and of its running
// totals: two small whole numbers share one.
#pragma once

#include "ebit/chain/kernels.hpp"
#include "ebit/rng/geometric.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

constexpr unsigned all_lanes = (1u << lanes) - 1;

// How long the earlier of two pairs waits for the other.
struct Waits {
    EBIT_INLINE Waits(f64v time_a, f64v time_b)
        : of_a(larger(time_b - time_a, splat(0.0))), of_b(larger(time_a - time_b, splat(0.0))) {}
    f64v of_a;
    f64v of_b;
};

struct Attempt {
    f64v time_a;
    f64v time_b;
    f64v attempts;
};

using Source = Join::Source;

// The attempts of a pass, one vector after another.
template <Source source>
class Attempts {
  public:
    EBIT_INLINE explicit Attempts(const Join& join)
        : join_(join), pairs_(join.inverse_log_failure_a, join.inverse_log_failure_b) {}

    EBIT_INLINE Attempt next(Xoshiro& random, std::size_t at, std::size_t j) const {
        if constexpr (source == Source::brief_links) {
            const auto [a, b] = pairs_.next(random, j);
            return {a, b, a + b};
        } else if constexpr (source == Source::links) {
            const f64v a = geometric(random.next_log(j), join_.inverse_log_failure_a);
            const f64v b = geometric(random.next_log(j), join_.inverse_log_failure_b);
            return {a * join_.attempt_time_a, b * join_.attempt_time_b, a + b};
        } else {
            return {load<f64v>(join_.time_a + at), load<f64v>(join_.time_b + at),
                    load<f64v>(join_.attempts_a + at) + load<f64v>(join_.attempts_b + at)};
        }
    }

  private:
    const Join& join_;
    GeometricPairs pairs_;
};

EBIT_INLINE f64v column_value(const JoinColumn& column, const Waits& wait, std::size_t at) {
    f64v sum = wait.of_a * column.weight_a + wait.of_b * column.weight_b;
    if (column.a != nullptr) sum += load<f64v>(column.a + at);
    if (column.b != nullptr) sum += load<f64v>(column.b + at);
    return sum;
}

// Sums over runs of attempts, each ended by a success: differences of running totals where totals are
// whole numbers and so exact, else sums in the order of the attempts.
template <bool whole>
class RunTotals {
  public:
    EBIT_INLINE RunTotals(double* out, double carry) : total_(splat(carry)), out_(out), sum_(carry) {}

    EBIT_INLINE void add(f64v x, unsigned mask, std::size_t n) {
        if constexpr (whole) {
            const f64v totals = prefix_sum(x) + total_;
            total_ = last_lane(totals);
            store_selected(out_ + n, totals, mask);
        } else {
            for (std::size_t l = 0; l < lanes; ++l) {
                sum_ += x[l];
                out_[n] = sum_;
                const bool success = mask >> l & 1u;
                n += success;
                sum_ = success ? 0.0 : sum_;
            }
        }
    }

    // Turns totals into sums of runs; returns what the unfinished run holds.
    double finish(std::size_t n) {
        if constexpr (!whole) return sum_;
        if (n == 0) return total_[0];
        const double rest = total_[0] - out_[n - 1];
        // From the back, so that every total is read before it is overwritten.
        for (std::size_t i = (n - 1 + lanes - 1) / lanes; i-- > 0;) {
            double* at = out_ + 1 + i * lanes;
            store(at, load<f64v>(at) - load<f64v>(at - 1));
        }
        return rest;
    }

  private:
    f64v total_;
    double* out_;
    double sum_;
};

// The time and the link attempts of runs of attempts.
template <bool whole, bool brief>
class RunCosts {
  public:
    EBIT_INLINE explicit RunCosts(Join& join)
        : join_(join), time_(join.time, join.time_carry), attempts_(join.attempts, join.attempts_carry) {}

    EBIT_INLINE void add(f64v duration, f64v attempts, unsigned mask, std::size_t n) {
        time_.add(duration, mask, n);
        attempts_.add(attempts, mask, n);
    }

    EBIT_INLINE void finish(std::size_t n) {
        join_.time_carry = time_.finish(n);
        join_.attempts_carry = attempts_.finish(n);
    }

  private:
    Join& join_;
    RunTotals<whole> time_;
    RunTotals<true> attempts_;
};

// Both below 2^26, as one whole number below 2^53.
template <>
class RunCosts<true, true> {
  public:
    EBIT_INLINE explicit RunCosts(Join& join)
        : join_(join), both_(join.time, join.time_carry * shift + join.attempts_carry) {}

    EBIT_INLINE void add(f64v duration, f64v attempts, unsigned mask, std::size_t n) {
        both_.add(duration * shift + attempts, mask, n);
    }

    EBIT_INLINE void finish(std::size_t n) {
        const f64v rest = splat(both_.finish(n));
        for (std::size_t i = 0; i < n; i += lanes) {
            const f64v both = load<f64v>(join_.time + i);
            const f64v time = floor_positive(both * (1.0 / shift));
            store(join_.time + i, time);
            store(join_.attempts + i, both - time * shift);
        }
        const f64v time = floor_positive(rest * (1.0 / shift));
        join_.time_carry = time[0];
        join_.attempts_carry = rest[0] - time[0] * shift;
    }

  private:
    static constexpr double shift = 0x1p26;
    Join& join_;
    RunTotals<true> both_;
};

// 1 in the lanes of the mask, else 0.
EBIT_INLINE f64v ones(unsigned mask) {
    f64v x = splat(0.0);
    for (std::size_t l = 0; l < lanes; ++l) x[l] = mask >> l & 1u ? 1.0 : 0.0;
    return x;
}

EBIT_INLINE f64v count_value(const JoinCount& count, std::size_t at, unsigned passes, unsigned successes) {
    f64v sum = splat(0.0);
    if (count.a != nullptr) sum += load<f64v>(count.a + at);
    if (count.b != nullptr) sum += load<f64v>(count.b + at);
    if (count.tried) sum += ones(passes);
    if (count.in_vain) sum += ones(passes & ~successes);
    return sum;
}

// The counts of a pass, or none at all.
template <bool counted>
class CountTotals {
  public:
    EBIT_INLINE explicit CountTotals(Join&) {}
    EBIT_INLINE void add(std::size_t, unsigned, unsigned, std::size_t) {}
    EBIT_INLINE void finish(std::size_t) {}
};

template <>
class CountTotals<true> {
  public:
    EBIT_INLINE explicit CountTotals(Join& join)
        : join_(join), totals_{total(0), total(1), total(2), total(3)} {}
    EBIT_INLINE void add(std::size_t at, unsigned passes, unsigned successes, std::size_t n) {
        for (std::size_t k = 0; k < join_.count_kinds; ++k)
            totals_[k].add(count_value(join_.counts[k], at, passes, successes), successes, n);
    }
    EBIT_INLINE void finish(std::size_t n) {
        for (std::size_t k = 0; k < join_.count_kinds; ++k) join_.counts[k].carry = totals_[k].finish(n);
    }

  private:
    EBIT_INLINE RunTotals<true> total(std::size_t k) const {
        return k < join_.count_kinds ? RunTotals<true>(join_.counts[k].out, join_.counts[k].carry)
                                     : RunTotals<true>(nullptr, 0.0);
    }
    Join& join_;
    RunTotals<true> totals_[max_counts];
};

// Whether an attempt passes its cut-off, and how long it lasts.
struct Judgement {
    unsigned passes;
    f64v duration;
};

EBIT_INLINE Judgement judge_time(const CutOff& cutoff, const Attempt& attempt, const Waits& wait) {
    const f64v latest = larger(attempt.time_a, attempt.time_b);
    const f64v limit = splat(cutoff.value);
    if (cutoff.kind == CutOff::Kind::memory_time) {
        const f64v waited = wait.of_a + wait.of_b;
        const f64v expiry = smaller(attempt.time_a, attempt.time_b) + limit;
        return {at_most_mask(waited, limit), waited <= limit ? latest : expiry};
    }
    if (cutoff.kind == CutOff::Kind::run_time) return {at_most_mask(latest, limit), smaller(latest, limit)};
    return {all_lanes, latest};
}

EBIT_INLINE unsigned swap_successes(Xoshiro& random, std::size_t j, std::int64_t threshold) {
    return less_mask((i64v)(random.next(j) >> 2), i64v{} + threshold);
}

template <Source source, bool whole, bool cut, bool counted>
EBIT_INLINE std::size_t join_probabilistic(Stream& stream, Join& join) {
    Xoshiro random(stream);
    const Attempts<source> attempts(join);
    RunCosts<whole, source == Source::brief_links> costs(join);
    CountTotals<counted> counts(join);
    // What is stored might be part of `join`, for all that the compiler knows.
    const std::size_t count = join.count, column_count = join.column_count;
    const std::int64_t threshold = join.threshold;
    std::size_t n = 0;
    for (std::size_t i = 0; i < count; i += 8) {
        for (std::size_t j = 0; j < parts; ++j) {
            const std::size_t at = i + j * lanes;
            const Attempt attempt = attempts.next(random, at, j);
            const Waits wait(attempt.time_a, attempt.time_b);
            const Judgement judgement = judge_time(cut ? join.cutoff : CutOff{}, attempt, wait);
            const unsigned mask = judgement.passes & swap_successes(random, j, threshold);
            costs.add(judgement.duration, attempt.attempts, mask, n);
            counts.add(at, judgement.passes, mask, n);
            for (std::size_t c = 0; c < column_count; ++c)
                store_selected(join.columns[c].out + n, column_value(join.columns[c], wait, at), mask);
            n += static_cast<std::size_t>(__builtin_popcount(mask));
        }
    }
    costs.finish(n);
    counts.finish(n);
    return n;
}

template <Source source, bool counted>
EBIT_INLINE std::size_t join_sure(Stream& stream, const Join& join) {
    Xoshiro random(stream);
    const Attempts<source> attempts(join);
    for (std::size_t i = 0; i < join.count; i += 8) {
        for (std::size_t j = 0; j < parts; ++j) {
            const std::size_t at = i + j * lanes;
            const Attempt attempt = attempts.next(random, at, j);
            store(join.time + at, larger(attempt.time_a, attempt.time_b));
            store(join.attempts + at, attempt.attempts);
            const Waits wait(attempt.time_a, attempt.time_b);
            for (std::size_t c = 0; c < join.column_count; ++c)
                store(join.columns[c].out + at, column_value(join.columns[c], wait, at));
            for (std::size_t k = 0; counted && k < join.count_kinds; ++k)
                store(join.counts[k].out + at, count_value(join.counts[k], at, all_lanes, all_lanes));
        }
    }
    return join.count;
}

template <Source source, bool whole, bool counted>
EBIT_INLINE std::size_t join_from(Stream& stream, Join& join) {
    return join.cutoff.kind == CutOff::Kind::none
               ? join_probabilistic<source, whole, false, counted>(stream, join)
               : join_probabilistic<source, whole, true, counted>(stream, join);
}

template <Source source, bool counted>
EBIT_INLINE std::size_t join_as(Stream& stream, Join& join) {
    if (join.sure) return join_sure<source, counted>(stream, join);
    if constexpr (source == Source::brief_links)
        return join_from<source, true, counted>(stream, join);
    else
        return join.whole ? join_from<source, true, counted>(stream, join)
                          : join_from<source, false, counted>(stream, join);
}

}  // namespace
}  // namespace ebit::EBIT_ISA
