#include "ebit/density/row_rewriter.hpp"

#include <cmath>
#include <utility>

namespace ebit {

RewrittenGraph::RewrittenGraph(const RowGraph& graph, const RowOutputs& outputs) : nodes(graph.nodes()) {
    count_uses(outputs);
    merge_exponentials();
    inline_factors();
    fuse_scales();
    count_uses(outputs);
}

std::vector<std::uint32_t> RewrittenGraph::operands(const RowGraph::Node& node) const {
    std::vector<std::uint32_t> found;
    for (const RowGraph::Term& term : node.terms) {
        found.push_back(term.a);
        if (node.op == RowOp::sum && term.b != 0) found.push_back(term.b);
    }
    if (node.scale != 0) found.push_back(node.scale);
    if (node.op == RowOp::probability) found.push_back(node.index);
    return found;
}

void RewrittenGraph::count_uses(const RowOutputs& outputs) {
    uses_.assign(nodes.size(), 0);
    for (const auto& rows : outputs.states)
        for (const RowValue& row : rows) uses_[row.node] += row.is_zero() ? 0 : 1;
    for (const RowValue& number : outputs.numbers) ++uses_[number.node];
    for (const std::uint32_t outcome : outputs.outcomes) ++uses_[outcome];
    for (const auto& flag : outputs.flags) ++uses_[flag.outcome];
    for (const auto& check : outputs.checks) ++uses_[check.value.node];
    for (std::size_t n = nodes.size(); n-- > 1;) {
        if (uses_[n] == 0) continue;
        for (const std::uint32_t operand : operands(nodes[n])) ++uses_[operand];
    }
    // The instruction of an outcome writes its probability too.
    for (std::size_t n = 1; n < nodes.size(); ++n)
        if (nodes[n].op == RowOp::probability && uses_[nodes[n].index] > 0) ++uses_[n];
}

// exp(-a t) exp(-b t) = exp(-(a + b) t), where nothing else needs the two.
void RewrittenGraph::merge_exponentials() {
    for (RowGraph::Node& node : nodes) {
        if (node.op != RowOp::sum || node.terms.size() != 1 || node.terms[0].factor != 1.0) continue;
        const auto [a, b] = std::pair(node.terms[0].a, node.terms[0].b);
        if (!is_used_once(a, RowOp::exponential) || !is_used_once(b, RowOp::exponential)) continue;
        if (nodes[a].terms != nodes[b].terms) continue;
        node.op = RowOp::exponential;
        node.number = nodes[a].number + nodes[b].number;
        node.terms = nodes[a].terms;
    }
}

// A row c * a that one product alone needs is a factor of that product.
void RewrittenGraph::inline_factors() {
    for (RowGraph::Node& node : nodes) {
        if (node.op != RowOp::sum || node.uniform) continue;
        for (RowGraph::Term& term : node.terms) {
            if (term.b == 0 || std::abs(term.factor) != 1.0) continue;
            if (!is_scaled_row(term.a)) std::swap(term.a, term.b);
            if (!is_scaled_row(term.a)) continue;
            const RowGraph::Term inner = nodes[term.a].terms[0];
            term = {term.factor * inner.factor, inner.a, term.b};
        }
    }
}

bool RewrittenGraph::is_scaled_row(std::uint32_t n) const {
    return is_used_once(n, RowOp::sum) && !nodes[n].uniform && nodes[n].scale == 0 &&
           nodes[n].terms.size() == 1 && nodes[n].terms[0].b == 0;
}

// (a + b + ...) * scale is one instruction.
void RewrittenGraph::fuse_scales() {
    for (RowGraph::Node& node : nodes) {
        if (node.op != RowOp::sum || node.scale != 0 || node.terms.size() != 1) continue;
        if (node.terms[0].factor != 1.0 || node.terms[0].b == 0) continue;
        auto [sum, scale] = std::pair(node.terms[0].a, node.terms[0].b);
        if (!is_open_sum(sum)) std::swap(sum, scale);
        if (!is_open_sum(sum)) continue;
        node.terms = nodes[sum].terms;
        node.scale = scale;
    }
}

bool RewrittenGraph::is_open_sum(std::uint32_t n) const {
    return is_used_once(n, RowOp::sum) && !nodes[n].uniform && nodes[n].scale == 0;
}

}  // namespace ebit
