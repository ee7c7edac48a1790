// What fills a block of shots. One object serves one worker: it holds the compiled chain and
// scratch memory, and nothing of the blocks it filled before.
#pragma once

#include <cstddef>
#include <memory>

#include "ebit/base/parallel.hpp"
#include "ebit/chain/chain.hpp"
#include "ebit/chain/record.hpp"
#include "ebit/rng/stream.hpp"

namespace ebit {

class BlockSampler {
  public:
    virtual ~BlockSampler() = default;
    // Shots per block, fixed by the chain: at most 1024, fewer where a shot is dear.
    virtual std::size_t block_shots() const = 0;
    // Fills at least the first `shots` shots of `record`, a block of block_shots(); what stands in them
    // depends on the stream alone. Throws Cancelled soon after `cancel` is requested.
    virtual void fill(Stream& stream, Cancellation& cancel, Record& record, std::size_t shots) = 0;
    // Turns to another chain and keeps its memory, or returns false: that chain needs a new sampler.
    virtual bool turn_to(const Chain&, const StorageColumns&) { return false; }
};

inline constexpr std::size_t max_block_shots = 1024;

// The largest power of two that keeps the work of a block, at `cost` a shot, within `budget`.
std::size_t block_shots_within(double budget, double cost);

// Refuses chains whose attempts could not be counted exactly in a double.
void require_countable(double attempts_per_pair, double most);

// Which sampler a chain takes.
enum class SamplerKind { parallel, restarting, lanes, multiplexed, nested };
SamplerKind sampler_kind(const Chain& chain);

// The sampler for a chain's protocol; `columns` says which storage sums to keep.
std::unique_ptr<BlockSampler> make_block_sampler(const Chain& chain, const StorageColumns& columns);
// The ones it chooses from.
std::unique_ptr<BlockSampler> make_parallel_sampler(const Chain& chain, const StorageColumns& columns);
std::unique_ptr<BlockSampler> make_restarting_sampler(const Chain& chain, const StorageColumns& columns);
std::unique_ptr<BlockSampler> make_lanes_sampler(const Chain& chain, const StorageColumns& columns);
std::unique_ptr<BlockSampler> make_multiplexed_sampler(const Chain& chain, const StorageColumns& columns);
std::unique_ptr<BlockSampler> make_nested_sampler(const Chain& chain, const StorageColumns& columns);

}  // namespace ebit
