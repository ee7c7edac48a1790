#include "ebit/density/lane_plan.hpp"

#include <algorithm>

namespace ebit {

namespace {

constexpr std::uint32_t identity_pattern = 0;

LanePattern no_lanes() {
    LanePattern pattern;
    for (std::size_t l = 0; l < 8; ++l) {
        pattern.coefficient[l] = 0.0;
        pattern.source[l] = static_cast<std::int64_t>(l);
    }
    return pattern;
}

// The places of the rows, ascending; with several positions inside a vector, those of the first vectors.
struct Places {
    std::array<std::size_t, max_rows> row;  // by address
    std::array<std::size_t, 4> idle;        // relative addresses of positions that share a vector
    std::size_t num_idle = 0;
};

Places places_of(const Placement& placement, std::size_t width) {
    Places places;
    for (std::size_t r = 0; r < placement.num_rows; ++r) places.row[r] = r;
    std::sort(places.row.begin(), places.row.begin() + static_cast<std::ptrdiff_t>(placement.num_rows),
              [&](std::size_t a, std::size_t b) { return placement.offsets[a] < placement.offsets[b]; });
    for (std::size_t i = 0; i < placement.inner; ++i) places.idle[places.num_idle++] = i;
    // The next qubit is not acted on: two of its rows share a vector of eight.
    if (width == 8 && placement.inner == 1 && placement.num_levels > 0 && placement.level[0].stride == 4)
        places.idle[places.num_idle++] = 4;
    return places;
}

}  // namespace

void LanePlan::assign(const StaticMap& map, const Placement& placement, std::size_t width) {
    const Places places = places_of(placement, width);
    const std::size_t per_vector = width / places.num_idle;  // rows
    rows_.count = placement.num_rows / per_vector;
    rows_.changed = 0;
    rows_.terms.clear();
    patterns_.assign(1, no_lanes());
    patterns_[identity_pattern].coefficient.fill(1.0);

    std::array<std::size_t, max_rows> rank;  // of a row among the addresses
    for (std::size_t a = 0; a < placement.num_rows; ++a) rank[places.row[a]] = a;
    for (std::size_t v = 0; v < rows_.count; ++v) {
        offsets_[v] = placement.offsets[places.row[v * per_vector]] / width * width;
        rows_.first[v] = static_cast<std::uint32_t>(rows_.terms.size());
        // Term s of a lane that comes from vector u: found or made, ascending in u.
        const auto pattern_of = [&](std::size_t u, std::size_t s) -> LanePattern& {
            for (std::size_t t = rows_.first[v]; t < rows_.terms.size(); ++t)
                if (rows_.terms[t].row == u && s-- == 0) return patterns_[rows_.terms[t].pattern];
            const auto after = std::find_if(rows_.terms.begin() + rows_.first[v], rows_.terms.end(),
                                            [&](const SparseTerm& term) { return term.row > u; });
            rows_.terms.insert(after, {0.0, static_cast<std::uint32_t>(u),
                                       static_cast<std::uint32_t>(patterns_.size())});
            return patterns_.emplace_back(no_lanes());
        };
        for (std::size_t a = v * per_vector; a < (v + 1) * per_vector; ++a) {
            const std::size_t row = places.row[a];
            if ((map.rows().changed >> row & 1) != 0) rows_.changed |= std::uint64_t{1} << v;
            std::array<SparseTerm, max_rows> terms;
            const auto entries = map.rows().row(row);
            std::ranges::copy(entries, terms.begin());
            const std::span<SparseTerm> sorted(terms.data(), entries.size());
            std::ranges::sort(sorted, {}, [&](const SparseTerm& term) { return rank[term.row]; });
            for (std::size_t i = 0; i < places.num_idle; ++i) {
                std::array<std::size_t, max_rows> used{};  // terms of this lane from each vector
                const std::size_t lane = (placement.offsets[row] + places.idle[i]) % width;
                for (const SparseTerm& term : sorted) {
                    const std::size_t u = rank[term.row] / per_vector;
                    LanePattern& pattern = pattern_of(u, used[u]++);
                    pattern.coefficient[lane] = term.coefficient;
                    pattern.source[lane] = static_cast<std::int64_t>(
                        (placement.offsets[term.row] + places.idle[i]) % width);
                }
            }
        }
        if (rows_.terms.size() == rows_.first[v]) pattern_of(v, 0);  // a row of zeros
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
