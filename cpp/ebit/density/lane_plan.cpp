#include "ebit/density/lane_plan.hpp"

#include <algorithm>

namespace ebit {

namespace {

LanePattern no_lanes() {
    LanePattern pattern;
    for (std::size_t l = 0; l < 8; ++l) {
        pattern.coefficient[l] = 0.0;
        pattern.source[l] = static_cast<std::int64_t>(l);
    }
    return pattern;
}

// A number of the state: its vector among those of the map, and its lane.
struct LanePlace {
    std::size_t vector, lane;
};

// Where the rows of a map lie in vectors.
class Lanes {
  public:
    Lanes(const Placement& placement, std::size_t width) : placement_(placement), width_(width) {
        const std::size_t rows = placement.num_rows;
        for (std::size_t r = 0; r < rows; ++r) by_address_[r] = r;
        std::sort(by_address_.begin(), by_address_.begin() + static_cast<std::ptrdiff_t>(rows),
                  [&](std::size_t a, std::size_t b) { return placement.offsets[a] < placement.offsets[b]; });
        for (std::size_t a = 0; a < rows; ++a) rank_[by_address_[a]] = a;
        for (std::size_t i = 0; i < placement.inner; ++i) idle_[num_idle_++] = i;
        // The next qubit is not acted on: two of its rows share a vector of eight.
        if (width == 8 && placement.inner == 1 && placement.num_levels > 0 && placement.level[0].stride == 4)
            idle_[num_idle_++] = 4;
    }

    std::size_t rows_per_vector() const { return width_ / num_idle_; }
    std::size_t row(std::size_t address) const { return by_address_[address]; }
    std::size_t rank(std::size_t row) const { return rank_[row]; }
    std::size_t num_idle() const { return num_idle_; }  // positions that share a vector
    LanePlace place(std::size_t row, std::size_t idle) const {
        return {rank_[row] / rows_per_vector(), (placement_.offsets[row] + idle_[idle]) % width_};
    }
    std::size_t offset(std::size_t vector) const {
        return placement_.offsets[by_address_[vector * rows_per_vector()]] / width_ * width_;
    }
    // Two neighbours in memory are the sources of one term.
    bool in_pairs() const { return width_ == 8 && offset(1) == offset(0) + 8; }

  private:
    const Placement& placement_;
    std::size_t width_;
    std::array<std::size_t, max_rows> by_address_, rank_;
    std::array<std::size_t, 4> idle_;
    std::size_t num_idle_ = 0;
};

// The terms of one vector while they are collected, by source: one vector or a pair.
class Collector {
  public:
    explicit Collector(std::size_t per_source) : per_source_(per_source) { used_.fill(0); }

    void start_lane() { used_.fill(0); }
    void add(std::size_t lane, double coefficient, LanePlace from) {
        const std::size_t source = from.vector / per_source_;
        const std::size_t nth = used_[source]++;
        auto found = terms_.begin();
        for (std::size_t before = nth; found != terms_.end() && found->source <= source; ++found)
            if (found->source == source && before-- == 0) break;
        if (found == terms_.end() || found->source != source) found = terms_.insert(found, {source, no_lanes()});
        found->pattern.coefficient[lane] = coefficient;
        found->pattern.source[lane] = static_cast<std::int64_t>(from.vector % per_source_ * 8 + from.lane);
    }
    struct Term {
        std::size_t source;
        LanePattern pattern;
    };
    std::vector<Term>& terms() { return terms_; }

  private:
    std::size_t per_source_;
    std::array<std::size_t, max_rows> used_;
    std::vector<Term> terms_;
};

}  // namespace

void LanePlan::assign(const StaticMap& map, const Placement& placement, std::size_t width) {
    const Lanes lanes(placement, width);
    const std::size_t per_source = lanes.in_pairs() ? 2 : 1;
    rows_.count = placement.num_rows / lanes.rows_per_vector();
    rows_.changed = 0;
    rows_.terms.clear();
    patterns_.assign(1, no_lanes());  // that of a vector put aside
    patterns_[0].coefficient.fill(1.0);
    for (std::size_t v = 0; v < rows_.count; ++v) {
        offsets_[v] = lanes.offset(v);
        rows_.first[v] = static_cast<std::uint32_t>(rows_.terms.size());
        Collector collector(per_source);
        for (std::size_t a = v * lanes.rows_per_vector(); a < (v + 1) * lanes.rows_per_vector(); ++a) {
            const std::size_t row = lanes.row(a);
            rows_.changed |= (map.rows().changed >> row & 1) << v;
            std::array<SparseTerm, max_rows> sorted;
            const auto entries = map.rows().row(row);
            const auto end = std::ranges::copy(entries, sorted.begin()).out;
            std::ranges::sort(sorted.begin(), end, {}, [&](const SparseTerm& t) { return lanes.rank(t.row); });
            for (std::size_t i = 0; i < lanes.num_idle(); ++i) {
                collector.start_lane();
                for (const SparseTerm* term = sorted.begin(); term != end; ++term)
                    collector.add(lanes.place(row, i).lane, term->coefficient, lanes.place(term->row, i));
            }
        }
        for (const Collector::Term& term : collector.terms()) {
            const auto pattern = static_cast<std::uint32_t>(patterns_.size());
            const auto first = static_cast<std::uint32_t>(term.source * per_source);
            patterns_.push_back(term.pattern);
            rows_.terms.push_back({0.0, first, pattern});
            if (width == 8)
                rows_.terms.push_back({0.0, first + static_cast<std::uint32_t>(per_source) - 1, pattern});
        }
    }
    rows_.first[rows_.count] = static_cast<std::uint32_t>(rows_.terms.size());
    plan_.assign(rows_);

    num_levels_ = 0;
    for (Placement::Level level : placement.levels()) {
        if (level.stride < width) level = {level.count * level.stride / width, width};
        level_[num_levels_++] = level;
    }
}

}  // namespace ebit
