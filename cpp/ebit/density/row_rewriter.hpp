// What only the whole of a graph can tell: which rows are needed, and which are needed once and can
// be part of the instruction that needs them.
#pragma once

#include <cstdint>
#include <vector>

#include "ebit/density/row_graph.hpp"
#include "ebit/density/row_program.hpp"

namespace ebit {

struct RewrittenGraph {
    RewrittenGraph(const RowGraph& graph, const RowOutputs& outputs);

    std::vector<RowGraph::Node> nodes;

    bool is_needed(std::uint32_t n) const { return n == 0 || uses_[n] > 0; }
    // Nodes whose rows this one reads.
    std::vector<std::uint32_t> operands(const RowGraph::Node& node) const;

  private:
    void count_uses(const RowOutputs& outputs);
    void merge_exponentials();
    void inline_factors();
    void fuse_scales();
    bool is_used_once(std::uint32_t n, RowOp op) const { return nodes[n].op == op && uses_[n] == 1; }
    bool is_scaled_row(std::uint32_t n) const;
    bool is_open_sum(std::uint32_t n) const;

    std::vector<std::uint32_t> uses_;
};

}  // namespace ebit
