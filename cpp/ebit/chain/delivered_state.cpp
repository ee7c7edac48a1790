#include "ebit/chain/delivered_state.hpp"

namespace ebit {

bool is_stored(const Chain& chain, std::size_t memory) {
    if (memory == 0) return chain.end_nodes[0] == EndNode::store;
    if (memory + 1 == 2 * chain.size()) return chain.end_nodes[1] == EndNode::store;
    return true;
}

Memory memory_at(const Chain& chain, std::size_t memory) {
    return chain.stored_memory(memory / 2, memory % 2);
}

std::array<double, 4> undecayed_factor(const Chain& chain) {
    std::array<double, 4> factor{1.0, 1.0, 1.0, 1.0};
    for (std::size_t k = 1; k < chain.size(); ++k) {
        const auto noise = chain.nodes[k].bsm.noise();
        for (std::size_t j = 1; j < 4; ++j)
            factor[j] *= phi_plus_signs[j] * noise[j] * chain.links[k].state[entry(j, j)];
    }
    return factor;
}

bool has_diagonal_state(const Chain& chain) {
    if (chain.carries_states()) return false;
    for (std::size_t m = 0; m < 2 * chain.size(); ++m)
        if (is_stored(chain, m) && !memory_at(chain, m).is_diagonal()) return false;
    return true;
}

std::unique_ptr<DeliveredState> make_delivered_state(const Chain& chain) {
    if (chain.carries_states()) return make_carried_state(chain);
    return has_diagonal_state(chain) ? make_diagonal_state(chain) : make_relaxing_state(chain);
}

}  // namespace ebit
