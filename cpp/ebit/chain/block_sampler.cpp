#include "ebit/chain/block_sampler.hpp"

#include "ebit/base/error.hpp"
#include "ebit/chain/lanes.hpp"

namespace ebit {

std::size_t block_shots_within(double budget, double cost) {
    std::size_t shots = max_block_shots;
    while (shots > 1 && static_cast<double>(shots) * cost > budget) shots /= 2;
    return shots;
}

void require_countable(double attempts_per_pair, double most) {
    if (attempts_per_pair > most)
        throw InvalidParameter("the mean number of attempts per pair", attempts_per_pair,
                               "at most " + to_text(most) + ", so that attempts can be counted");
}

std::unique_ptr<BlockSampler> make_block_sampler(const Chain& chain, const StorageColumns& columns) {
    if (chain.is_slotted()) {
        if (chain.slotted_rules().memories > 1) return make_multiplexed_sampler(chain, columns);
        if (chain.size() <= SlottedLanes::most_segments) return make_lanes_sampler(chain, columns);
        return chain.slotted_rules().policy == Policy::doubling ? make_multiplexed_sampler(chain, columns)
                                                                : make_slotted_sampler(chain, columns);
    }
    return chain.protocol == Protocol::swap_asap ? make_parallel_sampler(chain, columns)
                                                 : make_nested_sampler(chain, columns);
}

}  // namespace ebit
