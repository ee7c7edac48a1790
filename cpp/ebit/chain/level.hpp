// The levels of a nested protocol. Plain enough for kernel sources.
#pragma once

#include <compare>

namespace ebit {

// When an attempt to join two pairs, made at times t_a and t_b, gives up on both. In seconds, or a
// fidelity:
//   memory_time  passes iff |t_a - t_b| <= value, else fails at min(t_a, t_b) + value
//   run_time     passes iff max(t_a, t_b) <= value, else fails at value
//   fidelity     passes iff both pairs are still as good as value when the later one is made; fails
//                as soon as one of them is not
// (B. Li, T. Coopmans, D. Elkouss, IEEE Trans. Quantum Eng. 2, 4103015 (2021), section III).
struct CutOff {
    enum class Kind { none, memory_time, run_time, fidelity };
    Kind kind = Kind::none;
    double value = 0.0;
    auto operator<=>(const CutOff&) const = default;
};

// What joins two pairs: a swap at the node between them, or a distillation of two pairs of the same
// nodes, of which the first is kept. Of a distillation both nodes apply a CNOT from the kept pair to
// the other, and read that one. BBPSSW and DEJMPS keep the pair if the readouts agree, EPL if both are 1.
enum class Operation { swap, bbpssw, dejmps, epl };

// One level of a nested protocol, bottom-up.
struct Level {
    Operation operation = Operation::swap;
    CutOff cutoff;
    bool operator==(const Level&) const = default;
};

}  // namespace ebit
