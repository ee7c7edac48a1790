// Attempts to join pairs of which every shot carries the whole state (whole_state.hpp). Only for
// *.isa.cpp.
#pragma once

#include "ebit/chain/join_states.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// By component, of correlations (i, j) and of the framed ones (16 + i); those that are not carried
// are zero.
struct WholeState {
    f64v of[20];
    EBIT_INLINE f64v four_fidelity() const { return ((of[5] - of[10]) + of[15]) + 1.0; }
};

EBIT_INLINE WholeState load_whole(const PairJoin& pairs, const JoinColumn* columns, bool of_a,
                                  std::size_t at) {
    WholeState state;
    for (f64v& component : state.of) component = splat(0.0);
    state.of[0] = splat(1.0);
    for (std::size_t c = 0; c < pairs.component_count; ++c)
        state.of[pairs.components[c]] = load<f64v>((of_a ? columns[c].a : columns[c].b) + at);
    return state;
}

// The rate at which something of pair a, or of pair b, decays.
struct Rates {
    double a;
    double b;
    EBIT_INLINE bool is(const Rates& other) const { return a == other.a && b == other.b; }
};

// Factors on X, Y and Z of the left (side 0) and right (side 1) qubit of the earlier pair.
struct QubitDecay {
    f64v factor[2][3];
};

EBIT_INLINE QubitDecay decay_of(const PairJoin& pairs, const Waits& wait) {
    QubitDecay decay;
    for (std::size_t side = 0; side < 2; ++side)
        for (std::size_t i = 0; i < 3; ++i) {
            const auto rates = [&](std::size_t s, std::size_t p) {
                return Rates{pairs.memory_a.rates[s][p], pairs.memory_b.rates[s][p]};
            };
            const Rates here = rates(side, i);
            // Most memories have one rate or two, often the same ones on both sides.
            if (i > 0 && here.is(rates(side, i - 1)))
                decay.factor[side][i] = decay.factor[side][i - 1];
            else if (side > 0 && here.is(rates(0, i)))
                decay.factor[side][i] = decay.factor[0][i];
            else if (here.is({0.0, 0.0}))
                decay.factor[side][i] = splat(1.0);
            else
                decay.factor[side][i] = exp_negative(wait.of_a * here.a + wait.of_b * here.b);
        }
    return decay;
}

// A pair after its wait, where it waits.
EBIT_INLINE void wait_out(WholeState& state, const PairMemory& memory, const QubitDecay& decay, i64v waits) {
    const f64v one = splat(1.0);
    f64v left[3], right[3];
    for (std::size_t i = 0; i < 3; ++i) {
        left[i] = waits ? decay.factor[0][i] : one;
        right[i] = waits ? decay.factor[1][i] : one;
    }
    const f64v fed_left = (one - left[2]) * memory.equilibrium[0];
    const f64v fed_right = (one - right[2]) * memory.equilibrium[1];
    f64v* const correlations = state.of;
    f64v* const framed = state.of + 16;
    for (std::size_t j = 0; j < 4; ++j) {
        correlations[4 + j] *= left[0];
        correlations[8 + j] *= left[1];
        correlations[12 + j] = correlations[12 + j] * left[2] + correlations[j] * fed_left;
    }
    framed[1] *= left[0];
    framed[2] *= left[1];
    framed[3] = framed[3] * left[2] + framed[0] * fed_left;
    for (std::size_t i = 0; i < 4; ++i) {
        correlations[4 * i + 1] *= right[0];
        correlations[4 * i + 2] *= right[1];
        correlations[4 * i + 3] = correlations[4 * i + 3] * right[2] + framed[i] * fed_right;
    }
}

// Of the earlier pair: xx and yy decay with one exponential each, zz is
// e_l e_r zz + e_l (1 - e_r) q_r B[3] + (1 - e_l) e_r q_l A[0][3] + (1 - e_l) (1 - e_r) q_l q_r B[0].
template <bool whole>
EBIT_INLINE f64v good_for(const Join& join, const Attempt& attempt, const Waits& wait,
                          const QubitDecay& decay, const WholeState& a, const WholeState& b) {
    const PairMemory &memory_a = join.pairs->memory_a, &memory_b = join.pairs->memory_b;
    const i64v a_first = attempt.time_a < attempt.time_b;
    const auto early = [&](std::size_t component) { return a_first ? a.of[component] : b.of[component]; };
    const auto either = [&](double of_a, double of_b) { return a_first ? splat(of_a) : splat(of_b); };
    const auto rate = [&](std::size_t side, std::size_t i) {
        return either(memory_a.rates[side][i], memory_b.rates[side][i]);
    };
    const f64v left = either(memory_a.equilibrium[0], memory_b.equilibrium[0]);
    const f64v right = either(memory_a.equilibrium[1], memory_b.equilibrium[1]);
    const f64v of_left = left * early(3), of_right = right * early(19), of_both = left * right * early(16);
    const auto& e = decay.factor;
    const WaitingFidelity<5> pair{
        (of_both + 1.0) - splat(4.0 * join.cutoff.value),
        {early(5), -early(10), ((early(15) - of_left) - of_right) + of_both, of_right - of_both,
         of_left - of_both},
        {rate(0, 0) + rate(1, 0), rate(0, 1) + rate(1, 1), rate(0, 2) + rate(1, 2), rate(0, 2), rate(1, 2)},
        {e[0][0] * e[1][0], e[0][1] * e[1][1], e[0][2] * e[1][2], e[0][2], e[1][2]}};
    return time_above<whole>(pair, wait.of_a + wait.of_b);
}

EBIT_INLINE WholeState joined(const PairJoin& pairs, const WholeState& a, const WholeState& b) {
    WholeState out;
    for (f64v& component : out.of) component = splat(0.0);
    for (const PairTerm* term = pairs.terms; term != pairs.terms + pairs.term_count; ++term)
        out.of[term->out] += (a.of[term->a] * b.of[term->b]) * term->factor;
    return out;
}

template <bool whole, bool counted>
EBIT_INLINE std::size_t join_whole_states(Stream& stream, Join& join) {
    Xoshiro random(stream);
    const PairJoin& pairs = *join.pairs;
    const Attempts<Source::arrays> attempts(join);
    RunCosts<whole, false> costs(join);
    CountTotals<counted> counts(join);
    std::size_t n = 0;
    for (std::size_t i = 0; i < join.count; i += 8) {
        for (std::size_t j = 0; j < parts; ++j) {
            const std::size_t at = i + j * lanes;
            const Attempt attempt = attempts.next(random, at, j);
            const Waits wait(attempt.time_a, attempt.time_b);
            WholeState a = load_whole(pairs, join.columns, true, at);
            WholeState b = load_whole(pairs, join.columns, false, at);
            const QubitDecay decay = decay_of(pairs, wait);
            const Judgement judgement =
                join.cutoff.kind == CutOff::Kind::fidelity
                    ? judge_fidelity(join.cutoff.value, attempt, a.four_fidelity(), b.four_fidelity(),
                                     good_for<whole>(join, attempt, wait, decay, a, b))
                    : judge_time(join.cutoff, attempt, wait);
            const i64v a_waits = attempt.time_a < attempt.time_b;
            wait_out(a, pairs.memory_a, decay, a_waits);
            wait_out(b, pairs.memory_b, decay, ~a_waits);
            const WholeState out = joined(pairs, a, b);
            unsigned mask = judgement.passes;
            f64v scale = splat(1.0);
            if (!pairs.distils) {
                mask &= swap_successes(random, j, join.threshold);
            } else {
                mask &= happens(random, j, out.of[0]);
                scale = scale / out.of[0];
            }
            costs.add(judgement.duration, attempt.attempts, mask, n);
            counts.add(at, judgement.passes, mask, n);
            for (std::size_t c = 0; c < pairs.component_count; ++c)
                store_selected(join.columns[c].out + n, out.of[pairs.components[c]] * scale, mask);
            add_storage(join, pairs.component_count, wait, at, n, mask);
            n += static_cast<std::size_t>(__builtin_popcount(mask));
        }
    }
    costs.finish(n);
    counts.finish(n);
    return n;
}

}  // namespace
}  // namespace ebit::EBIT_ISA
