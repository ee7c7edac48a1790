#include "ebit/chain/block_sampler.hpp"

namespace ebit {

std::size_t block_shots_within(double budget, double cost) {
    std::size_t shots = max_block_shots;
    while (shots > 1 && static_cast<double>(shots) * cost > budget) shots /= 2;
    return shots;
}

std::unique_ptr<BlockSampler> make_block_sampler(const Chain& chain, const StorageColumns& columns) {
    if (chain.protocol != Protocol::swap_asap) return make_nested_sampler(chain, columns);
    return chain.swaps_always_succeed() ? make_parallel_sampler(chain, columns)
                                        : make_slotted_sampler(chain, columns);
}

}  // namespace ebit
