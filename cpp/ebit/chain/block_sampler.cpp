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

SamplerKind sampler_kind(const Chain& chain) {
    if (chain.protocol == Protocol::nested || chain.protocol == Protocol::doubling)
        return SamplerKind::nested;
    if (!chain.is_slotted()) return chain.restarts() ? SamplerKind::restarting : SamplerKind::parallel;
    const bool in_lanes = chain.size() <= SlottedLanes::most_segments && chain.slotted_rules().memories == 1;
    return in_lanes ? SamplerKind::lanes : SamplerKind::multiplexed;
}

std::unique_ptr<BlockSampler> make_block_sampler(const Chain& chain, const StorageColumns& columns) {
    switch (sampler_kind(chain)) {
        case SamplerKind::parallel:
            return make_parallel_sampler(chain, columns);
        case SamplerKind::restarting:
            return make_restarting_sampler(chain, columns);
        case SamplerKind::lanes:
            return make_lanes_sampler(chain, columns);
        case SamplerKind::multiplexed:
            return make_multiplexed_sampler(chain, columns);
        case SamplerKind::nested:
            break;
    }
    return make_nested_sampler(chain, columns);
}

}  // namespace ebit
