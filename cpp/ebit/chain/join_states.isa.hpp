// Attempts to join pairs whose states decide what happens: fidelity cut-offs and distillation.
// Only for *.isa.cpp.
//
// Every shot carries the diagonal correlations x, y, z of its pair (xx, yy, zz; Phi+ is 1, -1, 1).
// A bilateral CNOT from the kept pair k to the measured pair t, of which both work with probability
// g, and readouts that leave the factor m of the parity, agree with probability p:
//
//   p = (1 + g m z_k z_t) / 2
//   x = g (x_k x_t + m y_k y_t) / 2p,   y = g (m x_k y_t + y_k x_t) / 2p,   z = g (z_k + m z_t) / 2p
//
// DEJMPS first exchanges Phi- and Psi- of both pairs, (x, y, z) -> (x, -z, -y); BBPSSW twirls them,
// and what comes out, to Werner states; EPL keeps the pair only if both readouts are 1, half of the
// equal ones. (C. H. Bennett et al., Phys. Rev. Lett. 76, 722 (1996); D. Deutsch et al., Phys. Rev.
// Lett. 77, 2818 (1996); E. T. Campbell, S. C. Benjamin, Phys. Rev. Lett. 101, 130502 (2008).)
#pragma once

#include "ebit/chain/join_fidelity.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// A bit per lane that is set with probability p, to 2^-53, and never where p is 0.
EBIT_INLINE unsigned happens(Xoshiro& random, std::size_t j, f64v p) {
    return at_most_mask(to_double(random.next(j) >> 11) * 0x1p-53 + 0x1p-53, p);
}

// The storage sums that come after `first` columns of states.
EBIT_INLINE void add_storage(const Join& join, std::size_t first, const Waits& wait, std::size_t at,
                             std::size_t n, unsigned mask) {
    for (std::size_t c = first; c < join.column_count; ++c)
        store_selected(join.columns[c].out + n, column_value(join.columns[c], wait, at), mask);
}

struct DiagonalState {
    f64v x, y, z;
    EBIT_INLINE f64v four_fidelity() const { return ((x - y) + z) + 1.0; }
};

EBIT_INLINE DiagonalState twirled(const DiagonalState& s) {
    const f64v w = ((s.x - s.y) + s.z) * (1.0 / 3.0);
    return {w, -w, w};
}

EBIT_INLINE DiagonalState exchanged(const DiagonalState& s) { return {s.x, -s.z, -s.y}; }

EBIT_INLINE DiagonalState load_state(const JoinColumn* columns, bool of_a, std::size_t at) {
    const auto value = [&](std::size_t c) { return load<f64v>((of_a ? columns[c].a : columns[c].b) + at); };
    return {value(0), value(1), value(2)};
}

// What the wait leaves of x, y and z of the earlier pair.
struct Decay {
    f64v factor[3];
};

EBIT_INLINE Decay decay_of(const StateJoin& join, const Waits& wait) {
    Decay decay;
    for (std::size_t i = 0; i < 3; ++i) {
        const double ra = join.rates_a[i], rb = join.rates_b[i];
        if (i > 0 && ra == join.rates_a[i - 1] && rb == join.rates_b[i - 1])
            decay.factor[i] = decay.factor[i - 1];
        else
            decay.factor[i] =
                ra == 0.0 && rb == 0.0 ? splat(1.0) : exp_negative(wait.of_a * ra + wait.of_b * rb);
    }
    return decay;
}

EBIT_INLINE DiagonalState decayed(const DiagonalState& s, const Decay& decay, i64v waits) {
    const f64v one = splat(1.0);
    return {s.x * (waits ? decay.factor[0] : one), s.y * (waits ? decay.factor[1] : one),
            s.z * (waits ? decay.factor[2] : one)};
}

// How long a pair stays at 4 F >= limit where its fidelity relaxes with a single rate.
template <bool whole>
EBIT_INLINE f64v time_above_limit(const DiagonalState& s, const double (&rates)[3], double limit) {
    const f64v zero = splat(0.0);
    f64v constant = splat(1.0), decaying = zero;
    double rate = 0.0;
    const f64v terms[3] = {s.x, -s.y, s.z};
    for (std::size_t i = 0; i < 3; ++i) {
        (rates[i] == 0.0 ? constant : decaying) += terms[i];
        rate = rates[i] == 0.0 ? rate : rates[i];
    }
    const f64v needed = splat(limit) - constant;
    if (rate == 0.0) return splat(forever);
    const i64v falls = needed > 0.0;
    // Where the pair is good now, the ratio is at least one.
    const f64v ratio = falls ? larger(decaying / needed, splat(1.0)) : splat(1.0);
    f64v time = smaller(log_scaled(ratio, 0) * (1.0 / rate), splat(0x1p51));
    if constexpr (whole) time = floor_positive(time);
    return falls ? time : splat(forever);
}

template <bool whole, bool single_rate>
EBIT_INLINE f64v good_for(const Join& join, const Attempt& attempt, const Waits& wait, const Decay& decay,
                          const DiagonalState& a, const DiagonalState& b) {
    const StateJoin& states = *join.states;
    const double limit = 4.0 * join.cutoff.value;
    const i64v a_first = attempt.time_a < attempt.time_b;
    if constexpr (single_rate)
        return a_first ? time_above_limit<whole>(a, states.rates_a, limit)
                       : time_above_limit<whole>(b, states.rates_b, limit);
    WaitingFidelity<3> pair{
        splat(1.0 - limit), {a_first ? a.x : b.x, a_first ? -a.y : -b.y, a_first ? a.z : b.z}, {}, {}};
    for (std::size_t i = 0; i < 3; ++i) {
        pair.rate[i] = a_first ? splat(states.rates_a[i]) : splat(states.rates_b[i]);
        pair.decayed[i] = decay.factor[i];
    }
    return time_above<whole>(pair, wait.of_a + wait.of_b);
}

// The kept pair of a distillation; returns the probability that it is kept.
EBIT_INLINE f64v distil(const StateJoin& join, DiagonalState k, DiagonalState t, DiagonalState& out) {
    if (join.twirls) {
        k = twirled(k);
        t = twirled(t);
    }
    if (join.exchanges) {
        k = exchanged(k);
        t = exchanged(t);
    }
    const f64v p = ((k.z * t.z) * (join.gate * join.readout) + 1.0) * 0.5;
    const f64v scale = splat(0.5 * join.gate) / p;
    out = {(k.x * t.x + (k.y * t.y) * join.readout) * scale, ((k.x * t.y) * join.readout + k.y * t.x) * scale,
           (k.z + t.z * join.readout) * scale};
    if (join.twirls) out = twirled(out);
    return p * join.share;
}

template <bool whole, bool counted, bool single_rate>
EBIT_INLINE std::size_t join_states(Stream& stream, Join& join) {
    Xoshiro random(stream);
    const StateJoin& states = *join.states;
    const Attempts<Source::arrays> attempts(join);
    RunCosts<whole, false> costs(join);
    CountTotals<counted> counts(join);
    std::size_t n = 0;
    for (std::size_t i = 0; i < join.count; i += 8) {
        for (std::size_t j = 0; j < parts; ++j) {
            const std::size_t at = i + j * lanes;
            const Attempt attempt = attempts.next(random, at, j);
            const Waits wait(attempt.time_a, attempt.time_b);
            DiagonalState a = load_state(join.columns, true, at), b = load_state(join.columns, false, at),
                          out;
            const Decay decay = decay_of(states, wait);
            const Judgement judgement =
                join.cutoff.kind == CutOff::Kind::fidelity
                    ? judge_fidelity(join.cutoff.value, attempt, a.four_fidelity(), b.four_fidelity(),
                                     good_for<whole, single_rate>(join, attempt, wait, decay, a, b))
                    : judge_time(join.cutoff, attempt, wait);
            const i64v a_waits = attempt.time_a < attempt.time_b;
            a = decayed(a, decay, a_waits);
            b = decayed(b, decay, ~a_waits);
            unsigned mask = judgement.passes;
            if (!states.distils) {
                mask &= swap_successes(random, j, join.threshold);
                out = {(a.x * b.x) * states.swap_factors[0], (a.y * b.y) * states.swap_factors[1],
                       (a.z * b.z) * states.swap_factors[2]};
            } else {
                mask &= happens(random, j, distil(states, a, b, out));
            }
            costs.add(judgement.duration, attempt.attempts, mask, n);
            counts.add(at, judgement.passes, mask, n);
            store_selected(join.columns[0].out + n, out.x, mask);
            store_selected(join.columns[1].out + n, out.y, mask);
            store_selected(join.columns[2].out + n, out.z, mask);
            add_storage(join, 3, wait, at, n, mask);
            n += static_cast<std::size_t>(__builtin_popcount(mask));
        }
    }
    costs.finish(n);
    counts.finish(n);
    return n;
}

// What decays of a waiting pair decays at one rate in most memories.
template <bool whole, bool counted>
EBIT_INLINE std::size_t join_states(Stream& stream, Join& join) {
    return join.states->single_rate ? join_states<whole, counted, true>(stream, join)
                                    : join_states<whole, counted, false>(stream, join);
}

}  // namespace
}  // namespace ebit::EBIT_ISA
