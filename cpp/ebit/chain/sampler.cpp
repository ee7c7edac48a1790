#include "ebit/chain/sampler.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

constexpr std::uint64_t max_shot = std::uint64_t{1} << 62;
// Blocks whose moments are kept until they can be merged in order, without and with telemetry.
constexpr std::uint64_t blocks_at_once = 4096;
constexpr std::uint64_t telemetry_blocks_at_once = 64;

const Chain& checked(const Chain& chain) {
    chain.check();
    return chain;
}

}  // namespace

void Shots::check() const {
    if (first > max_shot) throw InvalidParameter("first_shot", std::to_string(first), "at most 2^62");
    if (count > max_shot) throw InvalidParameter("shots", std::to_string(count), "at most 2^62");
    if (threads < 1) throw InvalidParameter("threads", std::to_string(threads), "at least 1");
}

// A worker with the histograms of the call at hand.
struct Sampler::Gatherer {
    Gatherer(const Chain& chain, bool telemetry) : worker(chain, telemetry) {}

    void clear() {
        waiting_times = {};
        fidelities = {};
        storage_times.assign(worker.telemetry() ? worker.telemetry()->node_count() : 0, {});
    }
    void add(const Slice& slice) {
        waiting_times.add(worker.times() + slice.begin, slice.count());
        fidelities.add(worker.fidelities() + slice.begin, slice.count());
        for (std::size_t i = 0; i < storage_times.size(); ++i)
            storage_times[i].add(worker.telemetry()->node(i) + slice.begin, slice.count());
    }
    void merge_into(Summary& summary) const {
        summary.waiting_time_histogram.merge(waiting_times);
        summary.fidelity_histogram.merge(fidelities);
        for (std::size_t i = 0; i < storage_times.size(); ++i)
            summary.storage_histograms[i].merge(storage_times[i]);
    }

    Worker worker;
    TimeHistogram waiting_times;
    UnitHistogram fidelities;
    std::vector<StorageHistogram> storage_times;
};

// Workers for the length of one call.
class Sampler::Lease {
  public:
    Lease(const Sampler& sampler, std::uint64_t count, bool telemetry)
        : sampler_(sampler), idle_(sampler.idle_[telemetry]) {
        const std::lock_guard lock(sampler.mutex_);
        idle_.reserve(idle_.size() + count);  // for giving them back
        while (workers_.size() < count) {
            if (idle_.empty()) {
                workers_.push_back(std::make_unique<Gatherer>(sampler.chain_, telemetry));
            } else {
                workers_.push_back(std::move(idle_.back()));
                idle_.pop_back();
            }
        }
    }
    ~Lease() {
        const std::lock_guard lock(sampler_.mutex_);
        for (auto& worker : workers_) idle_.push_back(std::move(worker));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Gatherer& operator[](int worker) { return *workers_[static_cast<std::size_t>(worker)]; }
    auto begin() { return workers_.begin(); }
    auto end() { return workers_.end(); }

  private:
    const Sampler& sampler_;
    std::vector<std::unique_ptr<Gatherer>>& idle_;
    std::vector<std::unique_ptr<Gatherer>> workers_;
};

Sampler::Sampler(const Chain& chain) : chain_(checked(chain)), state_(make_delivered_state(chain_)) {
    idle_[false].push_back(std::make_unique<Gatherer>(chain_, false));
    block_shots_ = idle_[false].front()->worker.block_shots();
}

Sampler::~Sampler() = default;

void Sampler::sample(const Shots& shots, const SampleColumns& out, Cancellation& cancel) const {
    shots.check();
    if (shots.count == 0) return;
    const std::uint64_t first = shots.first / block_shots_;
    const std::uint64_t blocks = (shots.first + shots.count - 1) / block_shots_ - first + 1;
    Lease workers(*this, std::min<std::uint64_t>(static_cast<std::uint64_t>(shots.threads), blocks),
                  out.has_telemetry());
    parallel_blocks(blocks, shots.threads, cancel, [&](int w, std::uint64_t b) {
        Worker& worker = workers[w].worker;
        const Slice slice = Slice::of(shots.first, shots.count, first + b, block_shots_);
        worker.fill(shots.key, first + b, slice.end, cancel);
        worker.copy(slice, out);
        cancel.add_done(slice.count());
    });
}

Summary Sampler::empty_summary(bool telemetry) const {
    if (telemetry) require_telemetry(chain_);
    const std::size_t nodes = telemetry ? chain_.size() + 1 : 0;
    return {SummaryMoments(state_->feature_count(), nodes), {}, {}, std::vector<StorageHistogram>(nodes)};
}

void Sampler::summarize(const Shots& shots, Summary& summary, Cancellation& cancel) const {
    shots.check();
    if (shots.count == 0) return;
    const bool telemetry = summary.has_telemetry();
    const std::uint64_t first = shots.first / block_shots_;
    const std::uint64_t end = (shots.first + shots.count - 1) / block_shots_ + 1;
    Lease workers(*this, std::min<std::uint64_t>(static_cast<std::uint64_t>(shots.threads), end - first),
                  telemetry);
    // A call that is cancelled leaves the summary as it was.
    SummaryMoments added = summary.moments;
    for (auto& worker : workers) worker->clear();
    std::vector<SummaryMoments> moments;
    const std::uint64_t at_once = telemetry ? telemetry_blocks_at_once : blocks_at_once;
    for (std::uint64_t start = first; start < end; start += at_once) {
        const std::uint64_t blocks = std::min(at_once, end - start);
        moments.assign(blocks, SummaryMoments{});
        parallel_blocks(blocks, shots.threads, cancel, [&](int w, std::uint64_t b) {
            Gatherer& gatherer = workers[w];
            const Slice slice = Slice::of(shots.first, shots.count, start + b, block_shots_);
            gatherer.worker.fill(shots.key, start + b, slice.end, cancel);
            gatherer.add(slice);
            moments[b] = gatherer.worker.moments(slice);
            cancel.add_done(slice.count());
        });
        for (const SummaryMoments& block : moments) added.merge(block);
    }
    summary.moments = std::move(added);
    for (const auto& worker : workers) worker->merge_into(summary);
}

}  // namespace ebit
