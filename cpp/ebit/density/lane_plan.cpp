#include "ebit/density/lane_plan.hpp"

#include <algorithm>

namespace ebit {

namespace {

constexpr LanePattern no_lanes{{}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};

// A number of the state: its run among those of the map, and its lane.
struct LanePlace {
    std::size_t run, lane;
};

// Where the rows of a map lie in runs of `width` numbers.
class Lanes {
  public:
    Lanes(const Placement& placement, std::size_t width) : placement_(placement), width_(width) {
        const std::size_t rows = placement.num_rows;
        const auto& offsets = placement.offsets;
        for (std::size_t r = 0; r < rows; ++r) {
            by_address_[r] = r;
            ascend_ &= r == 0 || offsets[r - 1] < offsets[r];
        }
        if (!ascend_)
            std::sort(by_address_.begin(), by_address_.begin() + static_cast<std::ptrdiff_t>(rows),
                      [&](std::size_t a, std::size_t b) { return offsets[a] < offsets[b]; });
        for (std::size_t a = 0; a < rows; ++a) rank_[by_address_[a]] = a;
        // Positions that share a run: neighbours, or rows of the last qubit but one if it is not acted on.
        for (std::size_t i = 1; i < placement.inner; ++i) idle_[num_idle_++] = i;
        if (width == 16 && placement.inner == 1 && placement.num_levels > 0 && placement.level[0].stride == 4)
            for (std::size_t i = 4; i < 16; i += 4) idle_[num_idle_++] = i;
    }

    bool ascend() const { return ascend_; }  // rows in the order of their addresses
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): the first position is always there
    std::size_t rows_per_run() const { return width_ / num_idle_; }
    std::size_t row(std::size_t address) const { return by_address_[address]; }
    std::size_t rank(std::size_t row) const { return rank_[row]; }
    std::size_t num_idle() const { return num_idle_; }
    LanePlace place(std::size_t row, std::size_t idle) const {
        return {rank_[row] / rows_per_run(), (placement_.offsets[row] + idle_[idle]) % width_};
    }
    std::size_t offset(std::size_t run) const {
        return placement_.offsets[by_address_[run * rows_per_run()]] / width_ * width_;
    }

  private:
    const Placement& placement_;
    std::size_t width_;
    std::array<std::size_t, max_rows> by_address_, rank_;
    std::array<std::size_t, 4> idle_{};
    std::size_t num_idle_ = 1;
    bool ascend_ = true;
};

// The terms of one run while they are collected, by the run they come from.
class Collector {
  public:
    explicit Collector(std::vector<LanePattern>& patterns) : patterns_(patterns) {}

    struct Term {
        std::uint32_t run, pattern;
    };

    void add(std::size_t lane, double coefficient, LanePlace from) {
        std::size_t t = 0;
        while (t < count_ && terms_[t].run < from.run) ++t;
        // The first term from there that has nothing in this lane yet: those before are full.
        while (t < count_ && terms_[t].run == from.run &&
               patterns_[terms_[t].pattern].coefficient[lane] != 0.0)
            ++t;
        if (t == count_ || terms_[t].run != from.run) {
            std::copy_backward(terms_.begin() + t, terms_.begin() + count_, terms_.begin() + count_ + 1);
            terms_[t] = {static_cast<std::uint32_t>(from.run), static_cast<std::uint32_t>(patterns_.size())};
            patterns_.push_back(no_lanes);
            ++count_;
        }
        LanePattern& pattern = patterns_[terms_[t].pattern];
        pattern.coefficient[lane] = coefficient;
        pattern.source[lane] = static_cast<std::int64_t>(from.lane);
    }
    std::span<const Term> terms() const { return {terms_.data(), count_}; }

  private:
    std::vector<LanePattern>& patterns_;
    std::size_t count_ = 0;
    std::array<Term, LanePlan::most_terms + 1> terms_;
};

}  // namespace

void LanePlan::assign(const StaticMap& map, const Placement& placement, std::size_t width) {
    const Lanes lanes(placement, width);
    rows_.count = placement.num_rows / lanes.rows_per_run();
    rows_.changed = 0;
    rows_.terms.clear();
    patterns_.clear();
    for (std::size_t v = 0; v < rows_.count; ++v) {
        offsets_[v] = lanes.offset(v);
        rows_.first[v] = static_cast<std::uint32_t>(rows_.terms.size());
        Collector collector(patterns_);
        for (std::size_t a = v * lanes.rows_per_run(); a < (v + 1) * lanes.rows_per_run(); ++a) {
            const std::size_t row = lanes.row(a);
            rows_.changed |= (map.rows().changed >> row & 1) << v;
            std::array<SparseTerm, max_rows> sorted;
            const auto entries = map.rows().row(row);
            const auto end = std::ranges::copy(entries, sorted.begin()).out;
            if (!lanes.ascend())
                std::ranges::sort(sorted.begin(), end, {},
                                  [&](const SparseTerm& term) { return lanes.rank(term.row); });
            for (std::size_t i = 0; i < lanes.num_idle(); ++i)
                for (const SparseTerm* term = sorted.begin(); term != end; ++term)
                    collector.add(lanes.place(row, i).lane, term->coefficient, lanes.place(term->row, i));
        }
        for (const Collector::Term& term : collector.terms())
            rows_.terms.push_back({0.0, term.run, term.pattern});
    }
    rows_.first[rows_.count] = static_cast<std::uint32_t>(rows_.terms.size());
    plan_.assign(rows_);

    num_levels_ = 0;
    for (Placement::Level level : placement.levels()) {
        if (level.stride < width) level = {level.count * level.stride / width, width};
        if (level.count > 1) level_[num_levels_++] = level;
    }
}

}  // namespace ebit
