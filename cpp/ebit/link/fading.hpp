// The law of a transmissivity that fluctuates: E[f(eta)] = sum_i weight[i] f(transmissivity[i]).
// A steady medium has one node.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ebit {

struct Fading {
    std::vector<double> transmissivity;
    std::vector<double> weight;  // sum 1

    double mean() const {
        double sum = 0.0;
        for (std::size_t i = 0; i < weight.size(); ++i) sum += weight[i] * transmissivity[i];
        return std::min(1.0, sum);  // rounding
    }
    bool operator==(const Fading&) const = default;
};

inline Fading steady(double transmissivity) { return {{transmissivity}, {1.0}}; }

}  // namespace ebit
