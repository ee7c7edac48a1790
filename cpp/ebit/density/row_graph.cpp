#include "ebit/density/row_graph.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ebit {

namespace {

template <class T>
void append(std::string& key, const T& value) {
    key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string key_of(const RowGraph::Node& node) {
    std::string key;
    append(key, node.op);
    append(key, node.scale);
    append(key, node.number);
    append(key, node.index);
    append(key, node.second);
    for (const RowGraph::Term& term : node.terms) {
        append(key, term.factor);
        append(key, term.a);
        append(key, term.b);
    }
    return key;
}

}  // namespace

RowGraph::RowGraph() { add({}); }

std::uint32_t RowGraph::add(Node node) {
    const auto next = static_cast<std::uint32_t>(nodes_.size());
    const auto [place, is_new] = known_.try_emplace(key_of(node), next);
    if (is_new) nodes_.push_back(std::move(node));
    return place->second;
}

bool RowGraph::uniform(std::span<const Term> terms) const {
    return std::ranges::all_of(
        terms, [&](const Term& term) { return nodes_[term.a].uniform && nodes_[term.b].uniform; });
}

RowValue RowGraph::input(std::uint32_t state, std::uint32_t row, bool uniform) {
    return {1.0, add({.op = RowOp::input, .uniform = uniform, .index = state, .second = row})};
}

RowValue RowGraph::parameter(std::uint32_t index, bool uniform) {
    return {1.0, add({.op = RowOp::parameter, .uniform = uniform, .index = index})};
}

RowValue RowGraph::sign_of_flag(std::uint32_t index, bool uniform) {
    return {1.0, add({.op = RowOp::sign_of_flag, .uniform = uniform, .index = index})};
}

std::uint32_t RowGraph::given_outcome(std::uint32_t index, bool uniform) {
    return add({.op = RowOp::given, .uniform = uniform, .index = index});
}

RowValue RowGraph::sum(std::span<const RowProduct> products) {
    std::vector<Term> terms;
    for (const RowProduct& product : products) {
        const double factor = product.factor * product.a.factor * product.b.factor;
        if (factor == 0.0) continue;
        auto [a, b] = std::pair(product.a.node, product.b.node);
        if (a == 0) std::swap(a, b);
        // A factor of size one commutes with rounding, and so do the rows then.
        if (std::abs(factor) == 1.0 && b != 0 && a > b) std::swap(a, b);
        terms.push_back({factor, a, b});
    }
    if (terms.empty()) return {};
    if (terms.size() == 1 && terms[0].b == 0) return {terms[0].factor, terms[0].a};
    // The sign of a sum is that of its first term.
    const double sign = terms[0].factor < 0.0 ? -1.0 : 1.0;
    if (sign < 0.0)
        for (Term& term : terms) term.factor = -term.factor;
    // What several rows use, c * a, is a row of its own.
    for (Term& term : terms)
        if (std::abs(term.factor) != 1.0 && term.b != 0) {
            const double size = std::abs(term.factor);
            Node scaled{.op = RowOp::sum, .uniform = nodes_[term.a].uniform, .terms = {{size, term.a, 0}}};
            term.a = add(std::move(scaled));
            term.factor = term.factor < 0.0 ? -1.0 : 1.0;
            if (term.a > term.b) std::swap(term.a, term.b);
        }
    const bool same = uniform(terms);
    return {sign, add({.op = RowOp::sum, .uniform = same, .terms = std::move(terms)})};
}

RowValue RowGraph::product(const RowValue& a, const RowValue& b) {
    const RowProduct only{1.0, a, b};
    return sum({&only, 1});
}

// A value as a row by itself.
std::uint32_t RowGraph::row_of(const RowValue& x) {
    if (x.factor == 1.0) return x.node;
    return add({.op = RowOp::sum, .uniform = nodes_[x.node].uniform, .terms = {{x.factor, x.node, 0}}});
}

RowValue RowGraph::exponential(double rate, const RowValue& time) {
    const double factor = rate * time.factor;
    if (factor == 0.0) return constant(1.0);
    const Term of{1.0, time.node, 0};
    return {1.0, add({.op = RowOp::exponential,
                      .uniform = nodes_[time.node].uniform,
                      .terms = {of},
                      .number = factor})};
}

RowValue RowGraph::function(RowOp op, const RowValue& x) {
    const std::uint32_t row = row_of(x);
    return {1.0, add({.op = op, .uniform = nodes_[row].uniform, .terms = {{1.0, row, 0}}})};
}

RowValue RowGraph::choice(const RowValue& sign, const RowValue& yes, const RowValue& no) {
    if (yes == no) return yes;
    if (sign.is_constant()) return sign.factor < 0.0 ? yes : no;
    if (yes == -no) return product(sign, no);
    std::vector<Term> terms{{sign.factor, sign.node, 0}, {yes.factor, yes.node, 0}, {no.factor, no.node, 0}};
    const bool same = uniform(terms);
    return {1.0, add({.op = RowOp::choice, .uniform = same, .terms = std::move(terms)})};
}

RowGraph::Outcome RowGraph::outcome(Node node, int num_bits, std::span<const RowValue> weights) {
    node.op = RowOp::outcome;
    node.second = static_cast<std::uint32_t>(num_bits);
    for (std::uint32_t s = 0; s < weights.size(); ++s)
        if (!weights[s].is_zero()) node.terms.push_back({weights[s].factor, weights[s].node, s});
    const std::uint32_t drawn = add(std::move(node));
    const bool same = nodes_[drawn].uniform;
    return {drawn, {1.0, add({.op = RowOp::probability, .uniform = same, .index = drawn})}};
}

RowGraph::Outcome RowGraph::drawn(std::uint32_t step, int num_bits, std::span<const RowValue> weights) {
    const std::uint32_t variate = add({.op = RowOp::variate, .uniform = false, .index = step});
    return outcome({.uniform = false, .scale = variate, .index = 1}, num_bits, weights);
}

RowGraph::Outcome RowGraph::chosen(std::uint32_t given, int num_bits, std::span<const RowValue> weights) {
    bool same = nodes_[given].uniform;
    for (const RowValue& weight : weights) same = same && nodes_[weight.node].uniform;
    return outcome({.uniform = same, .scale = given}, num_bits, weights);
}

RowValue RowGraph::sign(std::uint32_t outcome, std::uint32_t character) {
    if (character == 0) return constant(1.0);
    const bool same = nodes_[outcome].uniform;
    const Term of{1.0, outcome, 0};
    return {1.0, add({.op = RowOp::sign, .uniform = same, .terms = {of}, .index = character})};
}

}  // namespace ebit
