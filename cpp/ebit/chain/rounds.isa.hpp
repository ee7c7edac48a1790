// Deliveries of a chain that starts again at its global cut-off: the rounds that came to their end
// in time, each with what the rounds since the delivery before it have cost. Only for *.isa.cpp.
#pragma once

#include "ebit/chain/join.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

std::size_t keep_rounds(Rounds& rounds) {
    RunTotals<true> tried(rounds.made_rounds, rounds.rounds_carry);
    RunTotals<true> attempts(rounds.made_attempts, rounds.attempts_carry);
    RunTotals<true> swaps(rounds.made_swaps, rounds.swaps_carry);
    std::size_t n = 0;
    for (std::size_t i = 0; i < rounds.count; i += lanes) {
        const f64v latest = load<f64v>(rounds.latest + i);
        const unsigned mask = at_most_mask(latest, splat(rounds.limit));
        tried.add(splat(1.0), mask, n);
        attempts.add(load<f64v>(rounds.attempts + i), mask, n);
        swaps.add(load<f64v>(rounds.swaps + i), mask, n);
        store_selected(rounds.made_latest + n, latest, mask);
        for (std::size_t c = 0; c < rounds.column_count; ++c)
            store_selected(rounds.made_sums[c] + n, load<f64v>(rounds.sums[c] + i), mask);
        n += static_cast<std::size_t>(__builtin_popcount(mask));
    }
    rounds.rounds_carry = tried.finish(n);
    rounds.attempts_carry = attempts.finish(n);
    rounds.swaps_carry = swaps.finish(n);
    return n;
}

}  // namespace
}  // namespace ebit::EBIT_ISA
