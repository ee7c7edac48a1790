#include "ebit/chain/sampler.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

constexpr std::uint64_t max_shot = std::uint64_t{1} << 62;
// Blocks whose moments are kept until they can be merged in order.
constexpr std::uint64_t blocks_at_once = 4096;

const Chain& checked(const Chain& chain) {
    chain.check();
    return chain;
}

// The shots of a range that lie in one block, as places in the block.
struct Slice {
    std::size_t begin;
    std::size_t end;
    std::uint64_t at;  // of the first one in the range
};

Slice slice_of(const Shots& shots, std::uint64_t block, std::uint64_t block_shots) {
    const std::uint64_t start = block * block_shots;
    const std::uint64_t begin = std::max(shots.first, start);
    const std::uint64_t end = std::min(shots.first + shots.count, start + block_shots);
    return {begin - start, end - start, begin - shots.first};
}

}  // namespace

void Shots::check() const {
    if (first > max_shot) throw InvalidParameter("first_shot", std::to_string(first), "at most 2^62");
    if (count > max_shot) throw InvalidParameter("shots", std::to_string(count), "at most 2^62");
    if (threads < 1) throw InvalidParameter("threads", std::to_string(threads), "at least 1");
}

struct Sampler::Worker {
    Worker(const Chain& chain, const DeliveredState& state)
        : block(make_block_sampler(chain, state.columns())),
          record(block->block_shots(), state.columns().count) {
        for (std::size_t f = 0; f < state.feature_count(); ++f) features.emplace_back(block->block_shots());
        fidelity.reserve(block->block_shots());
    }
    // In the order of Summary::Quantity.
    std::vector<const double*> quantities(std::size_t from) const {
        std::vector<const double*> all{record.time.data() + from, record.attempts.data() + from};
        for (const auto& feature : features) all.push_back(feature.data() + from);
        return all;
    }

    std::unique_ptr<BlockSampler> block;
    Record record;
    DeliveredState::Columns features;
    DeliveredState::Columns scratch;
    Buffer<double> fidelity;
    LogHistogram waiting_times;  // of the call at hand
    UnitHistogram fidelities;
};

// Workers for the length of one call.
class Sampler::Lease {
  public:
    Lease(const Sampler& sampler, std::uint64_t count) : sampler_(sampler) {
        const std::lock_guard lock(sampler.mutex_);
        sampler.idle_.reserve(sampler.idle_.size() + count);  // for giving them back
        while (workers_.size() < count) {
            if (sampler.idle_.empty()) {
                workers_.push_back(std::make_unique<Worker>(sampler.chain_, *sampler.state_));
            } else {
                workers_.push_back(std::move(sampler.idle_.back()));
                sampler.idle_.pop_back();
            }
        }
    }
    ~Lease() {
        const std::lock_guard lock(sampler_.mutex_);
        for (auto& worker : workers_) sampler_.idle_.push_back(std::move(worker));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Worker& operator[](int worker) { return *workers_[static_cast<std::size_t>(worker)]; }
    auto begin() { return workers_.begin(); }
    auto end() { return workers_.end(); }

  private:
    const Sampler& sampler_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

Sampler::Sampler(const Chain& chain) : chain_(checked(chain)), state_(make_delivered_state(chain_)) {
    idle_.push_back(std::make_unique<Worker>(chain_, *state_));
    block_shots_ = idle_.front()->block->block_shots();
    // F = (1 + xx - yy + zz) / 4.
    fidelity_amplitudes_.resize(state_->feature_count());
    for (std::size_t i = 0; i < 4; ++i) {
        const DeliveredState::Entry& e = state_->entries()[entry(i, i)];
        fidelity_constant_ += 0.25 * phi_plus_signs[i] * e.constant;
        if (e.feature != DeliveredState::Entry::none)
            fidelity_amplitudes_[e.feature] += 0.25 * phi_plus_signs[i] * e.amplitude;
    }
}

Sampler::~Sampler() = default;

void Sampler::fill(Worker& worker, const Shots& shots, std::uint64_t block, Cancellation& cancel) const {
    Stream stream(shots.key, block);
    worker.block->fill(stream, cancel, worker.record);
    state_->evaluate(worker.record.storage, block_shots_, worker.features, worker.scratch);
}

void Sampler::sample(const Shots& shots, const SampleColumns& out, Cancellation& cancel) const {
    shots.check();
    if (shots.count == 0) return;
    const std::uint64_t first = shots.first / block_shots_;
    const std::uint64_t blocks = (shots.first + shots.count - 1) / block_shots_ - first + 1;
    Lease workers(*this, std::min<std::uint64_t>(static_cast<std::uint64_t>(shots.threads), blocks));
    parallel_blocks(blocks, shots.threads, cancel, [&](int w, std::uint64_t b) {
        Worker& worker = workers[w];
        fill(worker, shots, first + b, cancel);
        const Slice slice = slice_of(shots, first + b, block_shots_);
        const Record& record = worker.record;
        std::copy(record.time.data() + slice.begin, record.time.data() + slice.end,
                  out.waiting_time + slice.at);
        for (std::size_t s = slice.begin; s < slice.end; ++s)
            out.attempts[slice.at + s - slice.begin] = static_cast<std::int64_t>(record.attempts[s]);
        for (std::size_t f = 0; f < worker.features.size(); ++f)
            std::copy(worker.features[f].data() + slice.begin, worker.features[f].data() + slice.end,
                      out.features[f] + slice.at);
        cancel.add_done(slice.end - slice.begin);
    });
}

void Sampler::fidelity(Worker& worker) const {
    double* out = worker.fidelity.data();
    std::fill_n(out, block_shots_, fidelity_constant_);
    for (std::size_t f = 0; f < fidelity_amplitudes_.size(); ++f) {
        const double* feature = worker.features[f].data();
        for (std::size_t s = 0; s < block_shots_; ++s) out[s] += fidelity_amplitudes_[f] * feature[s];
    }
}

Summary Sampler::empty_summary() const {
    return {Moments(Summary::first_feature + state_->feature_count()), {}, {}};
}

void Sampler::summarize(const Shots& shots, Summary& summary, Cancellation& cancel) const {
    shots.check();
    if (shots.count == 0) return;
    const std::uint64_t first = shots.first / block_shots_;
    const std::uint64_t end = (shots.first + shots.count - 1) / block_shots_ + 1;
    Lease workers(*this, std::min<std::uint64_t>(static_cast<std::uint64_t>(shots.threads), end - first));
    // A call that is cancelled leaves the summary as it was.
    Summary added = empty_summary();
    added.moments = summary.moments;
    for (auto& worker : workers) {
        worker->waiting_times = {};
        worker->fidelities = {};
    }
    std::vector<Moments> moments;
    for (std::uint64_t start = first; start < end; start += blocks_at_once) {
        const std::uint64_t blocks = std::min(blocks_at_once, end - start);
        moments.assign(blocks, Moments{});
        parallel_blocks(blocks, shots.threads, cancel, [&](int w, std::uint64_t b) {
            Worker& worker = workers[w];
            fill(worker, shots, start + b, cancel);
            fidelity(worker);
            const Slice slice = slice_of(shots, start + b, block_shots_);
            const std::size_t count = slice.end - slice.begin;
            const auto quantities = worker.quantities(slice.begin);
            moments[b] = Moments::of_block(quantities, count);
            worker.waiting_times.add(quantities[Summary::waiting_time], count);
            worker.fidelities.add(worker.fidelity.data() + slice.begin, count);
            cancel.add_done(count);
        });
        for (const Moments& block : moments) added.moments.merge(block);
    }
    for (const auto& worker : workers) {
        added.waiting_time_histogram.merge(worker->waiting_times);
        added.fidelity_histogram.merge(worker->fidelities);
    }
    summary.moments = added.moments;
    summary.waiting_time_histogram.merge(added.waiting_time_histogram);
    summary.fidelity_histogram.merge(added.fidelity_histogram);
}

}  // namespace ebit
