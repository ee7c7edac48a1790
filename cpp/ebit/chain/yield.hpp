// Rough means of what the pairs of a tree cost, for the sizes of blocks and buffers.
#pragma once

#include <vector>

#include "ebit/chain/tree.hpp"

namespace ebit {

struct Yield {
    double time;       // per pair, in units
    double attempts;   // link attempts per pair
    double links;      // drawn per pair
    double p_success;  // of one attempt to join
};

// By tree node.
std::vector<Yield> mean_yields(const Tree& tree);

}  // namespace ebit
