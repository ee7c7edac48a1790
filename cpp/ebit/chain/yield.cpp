#include "ebit/chain/yield.hpp"

#include <algorithm>
#include <cmath>

namespace ebit {

namespace {

// As if waiting times were exponential.
double p_passing(const CutOff& cutoff, double time_a, double time_b) {
    const double tau = cutoff.value;
    switch (cutoff.kind) {
        case CutOff::Kind::none:
            return 1.0;
        case CutOff::Kind::fidelity:
            return 0.5;
        case CutOff::Kind::run_time:
            return std::expm1(-tau / time_a) * std::expm1(-tau / time_b);
        case CutOff::Kind::memory_time:
            break;
    }
    const double late =
        (time_a * std::exp(-tau / time_a) + time_b * std::exp(-tau / time_b)) / (time_a + time_b);
    return std::max(1.0 - late, 1.0 / (time_a + time_b));
}

Yield of_join(const TreeNode& node, const Yield& a, const Yield& b) {
    const double operation = node.states.distils ? 0.5 * node.states.share : node.p_swap;
    const double p = std::max(p_passing(node.cutoff, a.time, b.time), 0x1p-50) * operation;
    const double latest = a.time + b.time - a.time * b.time / (a.time + b.time);
    return {latest / p, (a.attempts + b.attempts) / p, (a.links + b.links) / p, p};
}

}  // namespace

std::vector<Yield> mean_yields(const Tree& tree) {
    std::vector<Yield> yields;
    yields.reserve(tree.nodes.size());
    for (const TreeNode& node : tree.nodes)
        yields.push_back(node.is_link()
                             ? Yield{node.attempt_time / node.p_success, 1.0 / node.p_success, 1.0, 1.0}
                             : of_join(node, yields[node.a], yields[node.b]));
    return yields;
}

}  // namespace ebit
