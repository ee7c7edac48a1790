// Many chains that have all but their numbers in common: the points of a sweep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ebit/chain/chain.hpp"

namespace ebit {

// Rows of numbers: one for all points, or one for each.
struct PointTable {
    std::size_t width = 0;
    std::vector<double> values;

    bool varies() const { return values.size() > width; }
    std::size_t rows() const { return width == 0 ? 0 : values.size() / width; }
    const double* row(std::size_t point) const { return values.data() + (varies() ? point * width : 0); }
};

struct ChainPoints {
    static constexpr std::size_t link_width = 18;  // p_success, attempt_time, state
    static constexpr std::size_t node_width = 7;   // see Memory and BellMeasurement

    std::size_t count = 1;
    Chain chain;  // its numbers are those of any point
    std::vector<PointTable> links;
    std::vector<std::uint32_t> table_of_link;
    std::vector<PointTable> nodes;
    std::vector<std::uint32_t> table_of_node;
    // Of the nested protocol the cut-off of every level, of the slotted one of every node, of
    // swap-asap the global one.
    PointTable cutoffs;

    // Throws InvalidParameter where the tables do not fit together or a number is out of range. What
    // Chain::check_rules says is still to be asked of every point.
    void check() const;
    // Writes the numbers of a point into a copy of `chain`.
    void write(std::size_t point, Chain& target) const;
    // Those only that differ from point to point.
    void rewrite(std::size_t point, Chain& target) const;

  private:
    void write_members(std::size_t point, Chain& target, bool all) const;
    void write_cutoffs(std::size_t point, Chain& target) const;
};

}  // namespace ebit
