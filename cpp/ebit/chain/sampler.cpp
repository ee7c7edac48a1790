#include "ebit/chain/sampler.hpp"

#include <algorithm>
#include <optional>
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

void copy_counts(const Buffer<double>& counts, const Slice& slice, std::int64_t* out) {
    for (std::size_t s = slice.begin; s < slice.end; ++s)
        out[slice.at + s - slice.begin] = static_cast<std::int64_t>(counts[s]);
}

void copy_telemetry(Record& record, const Telemetry& telemetry, const Slice& slice,
                    const SampleColumns& out) {
    for (std::size_t k = 0; k < operation_counts; ++k)
        copy_counts(*record.operations()[k], slice, out.operations[k]);
    for (std::size_t i = 0; i < telemetry.node_count(); ++i)
        std::copy(telemetry.node(i) + slice.begin, telemetry.node(i) + slice.end,
                  out.storage_times[i] + slice.at);
}

// The moments of a summary, of a block or of all so far.
struct SummaryMoments {
    SummaryMoments() = default;
    explicit SummaryMoments(const Summary& summary) : all(summary.moments) {
        for (const Summary::Node& node : summary.nodes) nodes.push_back(node.moments);
    }
    void merge(const SummaryMoments& block) {
        all.merge(block.all);
        for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].merge(block.nodes[i]);
    }
    void move_to(Summary& summary) {
        summary.moments = std::move(all);
        for (std::size_t i = 0; i < nodes.size(); ++i) summary.nodes[i].moments = std::move(nodes[i]);
    }

    Moments all;
    std::vector<Moments> nodes;  // with telemetry: the storage time of every node
};

}  // namespace

void Shots::check() const {
    if (first > max_shot) throw InvalidParameter("first_shot", std::to_string(first), "at most 2^62");
    if (count > max_shot) throw InvalidParameter("shots", std::to_string(count), "at most 2^62");
    if (threads < 1) throw InvalidParameter("threads", std::to_string(threads), "at least 1");
}

struct Sampler::Worker {
    Worker(const Chain& chain, const DeliveredState& state, const StorageColumns& columns,
           bool with_telemetry)
        : block(make_block_sampler(chain, columns)),
          record(block->block_shots(), columns.count, with_telemetry) {
        for (std::size_t f = 0; f < state.feature_count(); ++f) features.emplace_back(block->block_shots());
        fidelity.reserve(block->block_shots());
        if (with_telemetry) telemetry.emplace(chain, columns, block->block_shots());
    }
    // In the order of Summary::Quantity.
    std::vector<const double*> quantities(std::size_t from) {
        std::vector<const double*> all{record.time.data() + from, record.attempts.data() + from};
        for (const auto& feature : features) all.push_back(feature.data() + from);
        if (telemetry) {
            all.push_back(fidelity.data() + from);
            all.push_back(telemetry->secret_fraction() + from);
            for (const auto* count : record.operations()) all.push_back(count->data() + from);
            all.push_back(telemetry->storage_time() + from);
        }
        return all;
    }
    void clear_histograms() {
        waiting_times = {};
        fidelities = {};
        storage_times.assign(telemetry ? telemetry->node_count() : 0, {});
    }
    // Shots of the block it has filled: to the histograms, and as moments.
    SummaryMoments add(std::size_t from, std::size_t count) {
        SummaryMoments moments;
        moments.all = Moments::of_block(quantities(from), count);
        waiting_times.add(record.time.data() + from, count);
        fidelities.add(fidelity.data() + from, count);
        for (std::size_t i = 0; i < storage_times.size(); ++i) {
            const double* storage = telemetry->node(i) + from;
            moments.nodes.push_back(Moments::of_block({&storage, 1}, count));
            storage_times[i].add(storage, count);
        }
        return moments;
    }
    void merge_histograms(Summary& summary) const {
        summary.waiting_time_histogram.merge(waiting_times);
        summary.fidelity_histogram.merge(fidelities);
        for (std::size_t i = 0; i < storage_times.size(); ++i)
            summary.nodes[i].histogram.merge(storage_times[i]);
    }

    std::unique_ptr<BlockSampler> block;
    Record record;
    DeliveredState::Columns features;
    DeliveredState::Columns scratch;
    Buffer<double> fidelity;
    std::optional<Telemetry> telemetry;
    // Of the call at hand.
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
                workers_.push_back(sampler.make_worker(telemetry));
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
    Worker& operator[](int worker) { return *workers_[static_cast<std::size_t>(worker)]; }
    auto begin() { return workers_.begin(); }
    auto end() { return workers_.end(); }

  private:
    const Sampler& sampler_;
    std::vector<std::unique_ptr<Worker>>& idle_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

Sampler::Sampler(const Chain& chain) : chain_(checked(chain)), state_(make_delivered_state(chain_)) {
    idle_[false].push_back(make_worker(false));
    block_shots_ = idle_[false].front()->block->block_shots();
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

std::unique_ptr<Sampler::Worker> Sampler::make_worker(bool telemetry) const {
    const StorageColumns columns = telemetry ? with_nodes(chain_, state_->columns()) : state_->columns();
    return std::make_unique<Worker>(chain_, *state_, columns, telemetry);
}

void Sampler::fill(Worker& worker, const Shots& shots, std::uint64_t block, Cancellation& cancel) const {
    Stream stream(shots.key, block);
    worker.block->fill(stream, cancel, worker.record);
    state_->evaluate(worker.record.storage, block_shots_, worker.features, worker.scratch);
    if (worker.telemetry) worker.telemetry->evaluate(worker.record, *state_, worker.features);
}

void Sampler::sample(const Shots& shots, const SampleColumns& out, Cancellation& cancel) const {
    shots.check();
    if (shots.count == 0) return;
    const std::uint64_t first = shots.first / block_shots_;
    const std::uint64_t blocks = (shots.first + shots.count - 1) / block_shots_ - first + 1;
    Lease workers(*this, std::min<std::uint64_t>(static_cast<std::uint64_t>(shots.threads), blocks),
                  out.has_telemetry());
    parallel_blocks(blocks, shots.threads, cancel, [&](int w, std::uint64_t b) {
        Worker& worker = workers[w];
        fill(worker, shots, first + b, cancel);
        const Slice slice = slice_of(shots, first + b, block_shots_);
        Record& record = worker.record;
        std::copy(record.time.data() + slice.begin, record.time.data() + slice.end,
                  out.waiting_time + slice.at);
        copy_counts(record.attempts, slice, out.attempts);
        for (std::size_t f = 0; f < worker.features.size(); ++f)
            std::copy(worker.features[f].data() + slice.begin, worker.features[f].data() + slice.end,
                      out.features[f] + slice.at);
        if (worker.telemetry) copy_telemetry(worker.record, *worker.telemetry, slice, out);
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

Summary Sampler::empty_summary(bool telemetry) const {
    std::size_t quantities = Summary::first_feature + state_->feature_count();
    if (telemetry) require_telemetry(chain_);
    if (telemetry) quantities += Summary::telemetry_quantities;
    return {Moments(quantities), {}, {}, std::vector<Summary::Node>(telemetry ? chain_.size() + 1 : 0)};
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
    SummaryMoments added(summary);
    for (auto& worker : workers) worker->clear_histograms();
    std::vector<SummaryMoments> moments;
    const std::uint64_t at_once = telemetry ? telemetry_blocks_at_once : blocks_at_once;
    for (std::uint64_t start = first; start < end; start += at_once) {
        const std::uint64_t blocks = std::min(at_once, end - start);
        moments.assign(blocks, SummaryMoments{});
        parallel_blocks(blocks, shots.threads, cancel, [&](int w, std::uint64_t b) {
            Worker& worker = workers[w];
            fill(worker, shots, start + b, cancel);
            fidelity(worker);
            const Slice slice = slice_of(shots, start + b, block_shots_);
            moments[b] = worker.add(slice.begin, slice.end - slice.begin);
            cancel.add_done(slice.end - slice.begin);
        });
        for (const SummaryMoments& block : moments) added.merge(block);
    }
    added.move_to(summary);
    for (const auto& worker : workers) worker->merge_histograms(summary);
}

}  // namespace ebit
