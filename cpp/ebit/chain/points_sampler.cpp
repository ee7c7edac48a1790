#include "ebit/chain/points_sampler.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "ebit/base/error.hpp"
#include "ebit/chain/sampler.hpp"

namespace ebit {

namespace {

// Blocks whose moments are kept until they can be merged in order, without and with telemetry.
constexpr std::uint64_t units_at_once = 4096;
constexpr std::uint64_t telemetry_units_at_once = 256;
// Units that a thread takes at a time: neighbours, so that it seldom turns to another point.
constexpr std::uint64_t longest_stretch = 64;

void require_one_each(std::size_t given, std::size_t points) {
    if (given != points) throw std::invalid_argument("internal: not one entry for every point");
}

}  // namespace

// A worker, and the point that it is at.
class PointsSampler::PointWorker {
  public:
    PointWorker(const ChainPoints& points, bool telemetry)
        : points_(points), chain_(points.chain), telemetry_(telemetry) {}

    Worker& at(std::size_t point) {
        if (worker_ && point == point_) return *worker_;
        point_ = point;
        if (worker_) {
            points_.rewrite(point, chain_);
            worker_->turn_to(chain_);
        } else {
            points_.write(point, chain_);
            worker_.emplace(chain_, telemetry_);
        }
        return *worker_;
    }

  private:
    const ChainPoints& points_;
    Chain chain_;
    bool telemetry_;
    std::size_t point_ = std::numeric_limits<std::size_t>::max();
    std::optional<Worker> worker_;
};

// The blocks of all points that hold the shots asked for, numbered in the order of the points.
class PointsSampler::Units {
  public:
    struct Unit {
        std::size_t point;
        std::uint64_t block;
        Slice slice;
    };

    // first(point) and end(point) are numbers of shots.
    template <class First, class End>
    Units(const std::vector<std::uint32_t>& block_shots, First first, End end) : block_shots_(block_shots) {
        starts_.reserve(block_shots.size() + 1);
        ranges_.reserve(block_shots.size());
        starts_.push_back(0);
        for (std::size_t p = 0; p < block_shots.size(); ++p) {
            ranges_.push_back({first(p), std::max(first(p), end(p)) - first(p)});
            const auto [from, count] = ranges_.back();
            const std::uint64_t blocks =
                count == 0 ? 0 : (from + count - 1) / block_shots[p] - from / block_shots[p] + 1;
            starts_.push_back(starts_.back() + blocks);
        }
    }
    std::uint64_t count() const { return starts_.back(); }

    // Calls work(worker, unit, number) for the units `begin` to `end` - 1.
    template <class Work>
    void run(std::uint64_t begin, std::uint64_t end, int threads, Cancellation& cancel, Work work) const {
        const std::uint64_t share = (end - begin) / (static_cast<std::uint64_t>(threads) * 8) + 1;
        const std::uint64_t stretch = std::min(share, longest_stretch);
        const std::uint64_t stretches = (end - begin + stretch - 1) / stretch;
        parallel_blocks(stretches, threads, cancel, [&](int worker, std::uint64_t s) {
            const std::uint64_t from = begin + s * stretch, to = std::min(from + stretch, end);
            std::size_t point = point_of(from);
            for (std::uint64_t u = from; u < to; ++u) {
                while (starts_[point + 1] <= u) ++point;
                const Range& range = ranges_[point];
                const std::uint64_t block = range.first / block_shots_[point] + (u - starts_[point]);
                work(worker,
                     Unit{point, block, Slice::of(range.first, range.count, block, block_shots_[point])}, u);
            }
        });
    }
    std::size_t point_of(std::uint64_t unit) const {
        const auto after = std::upper_bound(starts_.begin(), starts_.end(), unit);
        return static_cast<std::size_t>(after - starts_.begin()) - 1;
    }
    std::uint64_t end_of(std::size_t point) const { return starts_[point + 1]; }

  private:
    struct Range {
        std::uint64_t first;
        std::uint64_t count;
    };
    const std::vector<std::uint32_t>& block_shots_;
    std::vector<std::uint64_t> starts_;  // by point: units of the points before it
    std::vector<Range> ranges_;
};

PointsSampler::PointsSampler(ChainPoints points) : points_(std::move(points)) {
    points_.check();
    block_shots_.reserve(count());
    features_.reserve(count());
    Chain chain = points_.chain;
    points_.write(0, chain);
    std::optional<Worker> worker;
    for (std::size_t p = 0; p < count(); ++p) {
        points_.rewrite(p, chain);
        try {
            chain.check_rules();
            if (worker)
                worker->turn_to(chain);
            else
                worker.emplace(chain, false);
        } catch (const InvalidParameter& error) {
            throw InvalidParameter(std::string(error.what()) + " (at point " + std::to_string(p) + ")");
        }
        block_shots_.push_back(static_cast<std::uint32_t>(worker->block_shots()));
        features_.push_back(static_cast<std::uint32_t>(worker->state().feature_count()));
        most_features_ = std::max<std::size_t>(most_features_, features_.back());
    }
}

std::vector<std::array<DeliveredState::Entry, 16>> PointsSampler::entries() const {
    std::vector<std::array<DeliveredState::Entry, 16>> all;
    all.reserve(count());
    Chain chain = points_.chain;
    points_.write(0, chain);
    std::unique_ptr<DeliveredState> state = make_delivered_state(chain);
    for (std::size_t p = 0; p < count(); ++p) {
        points_.rewrite(p, chain);
        if (!state->turn_to(chain)) state = make_delivered_state(chain);
        all.push_back(state->entries());
    }
    return all;
}

void PointsSampler::sample(const PointShots& shots, const PointColumns& out, Cancellation& cancel) const {
    Shots{.first = shots.first, .count = shots.count, .threads = shots.threads}.check();
    require_one_each(shots.keys.size(), count());
    const bool telemetry = out.storage_times != nullptr;
    if (telemetry) require_telemetry(points_.chain);
    const Units units(
        block_shots_, [&](std::size_t) { return shots.first; },
        [&](std::size_t) { return shots.first + shots.count; });
    std::vector<PointWorker> workers;
    workers.reserve(static_cast<std::size_t>(shots.threads));
    for (int w = 0; w < shots.threads; ++w) workers.emplace_back(points_, telemetry);
    std::vector<SampleColumns> columns(workers.size());
    units.run(0, units.count(), shots.threads, cancel, [&](int w, const Units::Unit& unit, std::uint64_t) {
        Worker& worker = workers[static_cast<std::size_t>(w)].at(unit.point);
        worker.fill(shots.keys[unit.point], unit.block, unit.slice.end, cancel);
        SampleColumns& target = columns[static_cast<std::size_t>(w)];
        set_columns(unit.point, shots.count, out, target);
        worker.copy(unit.slice, target);
        cancel.add_done(unit.slice.count());
    });
}

void PointsSampler::set_columns(std::size_t point, std::uint64_t shots, const PointColumns& out,
                                SampleColumns& columns) const {
    columns.waiting_time = out.waiting_time + point * shots;
    columns.attempts = out.attempts + point * shots;
    columns.features.resize(features_[point]);
    for (std::size_t f = 0; f < columns.features.size(); ++f)
        columns.features[f] = out.features + (point * most_features_ + f) * shots;
    if (out.storage_times == nullptr) return;
    for (std::size_t k = 0; k < operation_counts; ++k)
        columns.operations[k] = out.operations + (point * operation_counts + k) * shots;
    columns.storage_times.resize(node_count());
    for (std::size_t i = 0; i < node_count(); ++i)
        columns.storage_times[i] = out.storage_times + (point * node_count() + i) * shots;
}

std::vector<SummaryMoments> PointsSampler::empty_summaries(bool telemetry) const {
    if (telemetry) require_telemetry(points_.chain);
    std::vector<SummaryMoments> all;
    all.reserve(count());
    for (const std::uint32_t features : features_) all.emplace_back(features, telemetry ? node_count() : 0);
    return all;
}

void PointsSampler::summarize(std::span<const std::uint64_t> keys, std::span<const std::uint64_t> ends,
                              int threads, std::vector<SummaryMoments>& summaries,
                              Cancellation& cancel) const {
    Shots{.threads = threads}.check();
    for (const std::size_t given : {keys.size(), ends.size(), summaries.size()})
        require_one_each(given, count());
    const bool telemetry = !summaries.front().nodes.empty();
    const Units units(
        block_shots_, [&](std::size_t p) { return summaries[p].all.count(); },
        [&](std::size_t p) { return ends[p]; });
    std::vector<PointWorker> workers;
    workers.reserve(static_cast<std::size_t>(threads));
    for (int w = 0; w < threads; ++w) workers.emplace_back(points_, telemetry);
    const std::uint64_t at_once = telemetry ? telemetry_units_at_once : units_at_once;
    std::vector<SummaryMoments> moments;
    for (std::uint64_t begin = 0; begin < units.count(); begin += at_once) {
        const std::uint64_t end = std::min(begin + at_once, units.count());
        moments.resize(end - begin);
        units.run(begin, end, threads, cancel, [&](int w, const Units::Unit& unit, std::uint64_t number) {
            Worker& worker = workers[static_cast<std::size_t>(w)].at(unit.point);
            worker.fill(keys[unit.point], unit.block, unit.slice.end, cancel);
            moments[number - begin] = worker.moments(unit.slice);
            cancel.add_done(unit.slice.count());
        });
        std::size_t point = units.point_of(begin);
        for (std::uint64_t u = begin; u < end; ++u) {
            while (units.end_of(point) <= u) ++point;
            summaries[point].merge(moments[u - begin]);
        }
    }
}

}  // namespace ebit
