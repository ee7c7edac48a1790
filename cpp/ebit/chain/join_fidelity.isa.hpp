// Fidelity cut-offs: for how long a waiting pair is good enough. Only for *.isa.cpp.
//
// Four times the fidelity, less four times the cut-off, is a sum of exponentials of the time t that the
// pair has waited,
//
//   g(t) = sum_k c_k exp(-r_k t),   one of the rates zero.
//
// The pair fails where g first falls below zero. Most pairs pass because a bound says so; the others,
// one by one, by the roots of g: between neighbouring zeros of (e^(r_0 t) g)', a sum with one term
// less, e^(r_0 t) g is monotone and has one zero at most, and so has g; and so on down to a single
// term, which has none (Rolle). The order of terms is of no consequence, nor are equal rates.
//
// Everything in one fixed order of operations: the same bits on every instruction set.
#pragma once

#include "ebit/chain/join.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

constexpr double forever = 0x1p60;

// g from k exponentials and a constant; `decayed` are exp(-rate t) when the wait is over.
template <std::size_t k>
struct WaitingFidelity {
    f64v constant;
    f64v amplitude[k];
    f64v rate[k];
    f64v decayed[k];
};

template <std::size_t terms>
class Crossing {
  public:
    Crossing(const double (&amplitudes)[terms], const double (&rates)[terms]) {
        for (std::size_t k = 0; k < terms; ++k) {
            rates_[k] = rates[k];
            level_[0][k] = amplitudes[k];
        }
        for (std::size_t m = 0; m + 1 < terms; ++m)
            for (std::size_t k = m + 1; k < terms; ++k)
                level_[m + 1][k] = level_[m][k] * (rates_[m] - rates_[k]);
    }

    // The first time in [0, end] at which g falls below zero; `forever` if it does not. A g that is
    // known to fall all the way needs no other levels.
    double first(double end, bool falls) const {
        Point points[terms + 1] = {at(0.0), at(end)};
        std::size_t count = 2;
        for (std::size_t m = falls ? 1 : terms; m-- > 0;) {
            // Between these points level m is monotone, but for a positive factor.
            Point next[terms + 1] = {points[0]};
            std::size_t found = 1;
            for (std::size_t i = 1; i < count; ++i)
                if (is_negative(m, points[i - 1]) != is_negative(m, points[i]))
                    next[found++] = zero(m, points[i - 1], points[i]);
            next[found++] = points[count - 1];
            for (std::size_t i = 0; i < found; ++i) points[i] = next[i];
            count = found;
        }
        if (is_negative(0, points[0])) return 0.0;
        return count > 2 ? points[1].time : forever;
    }

  private:
    struct Point {
        double time;
        double decayed[8];  // exp(-rate time)
    };

    Point at(double time) const {
        Point point{time, {}};
        for (std::size_t j = 0; j < 8; j += lanes)
            store(point.decayed + j, exp_negative(load<f64v>(rates_ + j) * time));
        return point;
    }

    double value(std::size_t m, const Point& point) const {
        double sum = 0.0;
        for (std::size_t k = m; k < terms; ++k) sum += level_[m][k] * point.decayed[k];
        return sum;
    }
    double slope(std::size_t m, const Point& point) const {
        double sum = 0.0;
        for (std::size_t k = m; k < terms; ++k) sum -= rates_[k] * (level_[m][k] * point.decayed[k]);
        return sum;
    }
    bool is_negative(std::size_t m, const Point& point) const { return value(m, point) < 0.0; }

    // Between two points at which level m differs in sign: Newton's steps from the first, or half of
    // what is left where they leave it or do not shrink. A step so short has doubled all digits.
    Point zero(std::size_t m, const Point& from, const Point& to) const {
        const bool negative = is_negative(m, from);
        double low = from.time, high = to.time, step = high - low;
        const double tiny = 0x1p-60 * step;
        Point point = from;
        for (int round = 0; round < 200; ++round) {
            const double next = point.time - value(m, point) / slope(m, point);
            const double length = next > point.time ? next - point.time : point.time - next;
            const bool is_good = next > low && next < high && 2.0 * length <= step;
            if (is_good && length <= 0x1p-30 * next) return at(next);
            step = is_good ? length : 0.5 * (high - low);
            point = at(is_good ? next : low + step);
            (is_negative(m, point) == negative ? low : high) = point.time;
            if (step <= 0x1p-51 * high + tiny) break;
        }
        return point;
    }

    double rates_[8] = {};
    double level_[terms][terms] = {};
};

// For how long the earlier pairs of an attempt stay good enough, as far as the attempt needs to know:
// `forever` where they do until the later one is there.
template <bool whole, std::size_t k>
EBIT_INLINE f64v time_above(const WaitingFidelity<k>& pair, f64v wait) {
    const f64v zero = splat(0.0);
    f64v start = pair.constant, end = pair.constant, lowest = pair.constant, steepest = zero;
    for (std::size_t i = 0; i < k; ++i) {
        const f64v left = pair.amplitude[i] * pair.decayed[i];
        const i64v decays = pair.amplitude[i] > 0.0;
        start += pair.amplitude[i];
        end += left;
        lowest += decays ? left : pair.amplitude[i];
        steepest -= (decays ? left : pair.amplitude[i]) * pair.rate[i];
    }
    // Never below zero, or not at the end of a fall.
    const unsigned falls = at_most_mask(steepest, zero);
    const unsigned passes = at_most_mask(zero, lowest) | (at_most_mask(zero, end) & falls);
    const unsigned good_now = at_most_mask(zero, start);
    f64v lasts = start < zero ? zero : splat(forever);
    for (unsigned rest = good_now & ~passes; rest != 0; rest &= rest - 1) {
        const auto l = static_cast<std::size_t>(__builtin_ctz(rest));
        double amplitudes[k + 1] = {pair.constant[l]}, rates[k + 1] = {};
        for (std::size_t i = 0; i < k; ++i) {
            amplitudes[i + 1] = pair.amplitude[i][l];
            rates[i + 1] = pair.rate[i][l];
        }
        lasts[l] = Crossing<k + 1>(amplitudes, rates).first(wait[l], falls >> l & 1u);
    }
    if constexpr (whole) lasts = lasts < 0x1p51 ? floor_positive(smaller(lasts, splat(0x1p51))) : lasts;
    return lasts;
}

// Of pairs of these four-fold fidelities, the earlier of which is good enough for the time `lasts`.
EBIT_INLINE Judgement judge_fidelity(double cutoff, const Attempt& attempt, f64v fidelity_a, f64v fidelity_b,
                                     f64v lasts) {
    const f64v needed = splat(4.0 * cutoff);
    const i64v a_first = attempt.time_a < attempt.time_b;
    const i64v tie = attempt.time_a == attempt.time_b;
    const f64v lower = smaller(fidelity_a, fidelity_b);
    const f64v early = tie ? lower : (a_first ? fidelity_a : fidelity_b);
    const f64v late = tie ? lower : (a_first ? fidelity_b : fidelity_a);
    const f64v earliest = smaller(attempt.time_a, attempt.time_b);
    const f64v latest = larger(attempt.time_a, attempt.time_b);
    const f64v expiry = earliest + lasts;
    const unsigned early_good = at_most_mask(needed, early), late_good = at_most_mask(needed, late);
    const unsigned in_time = at_most_mask(latest, expiry);
    const f64v waits = latest <= expiry ? latest : expiry;
    return {early_good & late_good & in_time, early >= needed ? waits : earliest};
}

}  // namespace
}  // namespace ebit::EBIT_ISA
