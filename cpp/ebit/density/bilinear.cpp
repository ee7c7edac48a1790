#include "ebit/density/bilinear.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "ebit/base/error.hpp"
#include "ebit/density/density_matrix.hpp"
#include "ebit/density/rows.hpp"
#include "ebit/density/structure.hpp"

namespace ebit {

namespace {

constexpr int max_qubits = 8;  // a table has terms by the thousand then

int require_qubits(std::string_view name, int value, int least) {
    if (value < least || value > max_qubits)
        throw InvalidParameter(name, std::to_string(value),
                               "in [" + std::to_string(least) + ", " + std::to_string(max_qubits) + "]");
    return value;
}

void require_below(std::string_view name, const std::vector<std::uint32_t>& column, std::size_t limit) {
    for (const std::uint32_t x : column)
        if (x >= limit) throw InvalidParameter(name, std::to_string(x), "less than " + std::to_string(limit));
}

// Sum over accepted outcomes of the signs of a character.
double accepted_signs(const OutcomeSet& accepted, int num_bits, std::uint32_t character) {
    int sum = 0;
    for (std::uint32_t m = 0; m < 1u << num_bits; ++m)
        if (accepted.words[m / 64] >> m % 64 & 1) sum += std::popcount(m & character) % 2 != 0 ? -1 : 1;
    return sum;
}

BilinearTable::Joined normalised(RowGraph& graph, std::vector<RowValue> rows, const RowValue& probability,
                                 std::uint32_t outcome) {
    const RowValue inverse = graph.function(RowOp::reciprocal, probability);
    rows[0] = constant(1.0);
    for (std::size_t k = 1; k < rows.size(); ++k) rows[k] = graph.product(rows[k], inverse);
    return {std::move(rows), probability, outcome};
}

}  // namespace

OutcomeSet outcome_set(std::span<const std::uint8_t> accepted) {
    OutcomeSet set;
    for (std::size_t m = 0; m < accepted.size(); ++m)
        if (accepted[m] != 0) set.words[m / 64] |= std::uint64_t{1} << m % 64;
    return set;
}

BilinearTable::BilinearTable(int num_left, int num_right, int num_out, int num_bits, Columns columns)
    : num_left_(require_qubits("num_left", num_left, 0)),
      num_right_(require_qubits("num_right", num_right, 0)),
      num_out_(require_qubits("num_out", num_out, 0)),
      num_bits_(num_bits),
      columns_(std::move(columns)) {
    if (num_bits < 0 || num_bits > max_bits)
        throw InvalidParameter("num_bits", std::to_string(num_bits), "in [0, 8]");
    const std::size_t terms = columns_.out.size();
    if (columns_.batch && *columns_.batch == 0) throw InvalidParameter("batch", "0", "at least 1");
    if (columns_.left.size() != terms || columns_.right.size() != terms ||
        columns_.character.size() != terms ||
        columns_.coefficients.size() != terms * columns_.batch.value_or(1))
        throw InvalidParameter("the columns of a table must have one entry for each term");
    require_below("out", columns_.out, power_of_four(num_out));
    require_below("left", columns_.left, power_of_four(num_left));
    require_below("right", columns_.right, power_of_four(num_right));
    require_below("character", columns_.character, std::size_t{1} << num_bits);
    for (const double c : columns_.coefficients) require_finite("coefficient", c);
}

// ---- on a graph of rows ----

// Coefficient times left row.
RowValue BilinearTable::scaled(RowGraph& graph, std::size_t term, const RowValue& left,
                               std::uint32_t first) const {
    if (!columns_.batch) return {columns_.coefficients[term] * left.factor, left.node};
    return graph.product(graph.parameter(first + static_cast<std::uint32_t>(term), false), left);
}

BilinearTable::Joined BilinearTable::averaged(RowGraph& graph, std::span<const RowValue> left,
                                              std::span<const RowValue> right, const OutcomeSet& accepted,
                                              std::uint32_t first_coefficient) const {
    std::vector<std::vector<RowProduct>> products(power_of_four(num_out_));
    // Terms that differ in their characters alone have become one.
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::size_t> place;
    for (std::size_t t = 0; t < num_terms(); ++t) {
        const double signs = accepted_signs(accepted, num_bits_, columns_.character[t]);
        const std::uint32_t k = columns_.out[t], i = columns_.left[t], j = columns_.right[t];
        if (columns_.batch) {
            products[k].push_back({signs, scaled(graph, t, left[i], first_coefficient), right[j]});
            continue;
        }
        const auto [found, is_new] = place.try_emplace({k, std::uint64_t{i} << 32 | j}, products[k].size());
        if (is_new) products[k].push_back({0.0, left[i], right[j]});
        products[k][found->second].factor += signs * columns_.coefficients[t];
    }
    std::vector<RowValue> rows;
    rows.reserve(products.size());
    for (const auto& row : products) rows.push_back(graph.sum(row));
    const RowValue probability = rows[0];
    return normalised(graph, std::move(rows), probability, 0);
}

std::vector<RowValue> BilinearTable::weights(RowGraph& graph, std::span<const RowValue> left,
                                             std::span<const RowValue> right,
                                             std::uint32_t first_coefficient) const {
    std::vector<std::vector<RowProduct>> products(std::size_t{1} << num_bits_);
    for (std::size_t t = 0; t < num_terms(); ++t)
        if (columns_.out[t] == 0)
            products[columns_.character[t]].push_back(
                {1.0, scaled(graph, t, left[columns_.left[t]], first_coefficient), right[columns_.right[t]]});
    std::vector<RowValue> out;
    out.reserve(products.size());
    for (const auto& weight : products) out.push_back(graph.sum(weight));
    return out;
}

BilinearTable::Joined BilinearTable::selected(RowGraph& graph, std::span<const RowValue> left,
                                              std::span<const RowValue> right,
                                              std::uint32_t first_coefficient,
                                              const RowGraph::Outcome& outcome) const {
    const std::size_t num_rows = power_of_four(num_out_);
    std::vector<std::vector<std::size_t>> terms(num_rows);
    for (std::size_t t = 0; t < num_terms(); ++t)
        if (!left[columns_.left[t]].is_zero() && !right[columns_.right[t]].is_zero())
            terms[columns_.out[t]].push_back(t);
    std::vector<RowValue> rows(num_rows);
    for (std::size_t k = 1; k < num_rows; ++k) {
        // A sign that all terms of a row have is one of the row.
        const auto sign = [&](std::size_t t) { return graph.sign(outcome.node, columns_.character[t]); };
        const bool common = std::ranges::all_of(terms[k], [&](std::size_t t) {
            return columns_.character[t] == columns_.character[terms[k][0]];
        });
        std::vector<RowProduct> products;
        for (const std::size_t t : terms[k]) {
            const RowValue plain = scaled(graph, t, left[columns_.left[t]], first_coefficient);
            products.push_back(
                {1.0, common ? plain : graph.product(plain, sign(t)), right[columns_.right[t]]});
        }
        rows[k] = graph.sum(products);
        if (common && !products.empty()) rows[k] = graph.product(rows[k], sign(terms[k][0]));
    }
    return normalised(graph, std::move(rows), outcome.probability, outcome.node);
}

// ---- on states ----

template <class Join>
void BilinearTable::evaluate(std::string mode, const Call& call, RowArrays arrays, const RowCall& how,
                             Cancellation& cancel, Join join) const {
    const Structure left(call.left, power_of_four(num_left_), how.size);
    const Structure right(call.right, power_of_four(num_right_), how.size);
    left.append_to(mode);
    right.append_to(mode);
    const auto program = plans_->get(mode, [&] {
        RowGraph graph;
        RowOutputs outputs;
        join(graph, left.values(graph, 0), right.values(graph, 1), outputs);
        return RowProgram(graph, outputs);
    });
    arrays.inputs = {call.left, call.right};
    arrays.states = {call.state};
    arrays.numbers = {call.probability};
    if (columns_.batch)
        for (std::size_t t = 0; t < num_terms(); ++t)
            arrays.parameters.push_back({columns_.coefficients.data() + t * *columns_.batch, false});
    run(*program, arrays, how, cancel);
}

void BilinearTable::average(const Call& call, const OutcomeSet& accepted, const RowCall& how,
                            Cancellation& cancel) const {
    const std::string mode =
        "average" + std::string(reinterpret_cast<const char*>(accepted.words), sizeof accepted.words);
    evaluate(mode, call, {}, how, cancel,
             [&](RowGraph& graph, const auto& left, const auto& right, RowOutputs& outputs) {
                 Joined made = averaged(graph, left, right, accepted, 0);
                 outputs.states = {std::move(made.state)};
                 outputs.numbers = {made.probability};
             });
}

void BilinearTable::sample(const Call& call, std::uint8_t* outcome, const RowCall& how,
                           Cancellation& cancel) const {
    RowArrays arrays;
    arrays.outcomes = {outcome};
    evaluate("sample", call, std::move(arrays), how, cancel,
             [&](RowGraph& graph, const auto& left, const auto& right, RowOutputs& outputs) {
                 Joined made = selected(graph, left, right, 0, [&](const std::vector<RowValue>& weights) {
                     return graph.drawn(0, num_bits_, weights);
                 });
                 outputs.states = {std::move(made.state)};
                 outputs.numbers = {made.probability};
                 outputs.outcomes = {made.outcome};
             });
}

void BilinearTable::branch(const Call& call, RowArrays::Column<std::uint8_t> outcome, const RowCall& how,
                           Cancellation& cancel) const {
    RowArrays arrays;
    arrays.given = {outcome};
    evaluate(outcome.single ? "branch" : "branches", call, std::move(arrays), how, cancel,
             [&](RowGraph& graph, const auto& left, const auto& right, RowOutputs& outputs) {
                 const std::uint32_t given = graph.given_outcome(0, outcome.single);
                 Joined made = selected(graph, left, right, 0, [&](const std::vector<RowValue>& weights) {
                     return graph.chosen(given, num_bits_, weights);
                 });
                 outputs.states = {std::move(made.state)};
                 outputs.numbers = {made.probability};
             });
}

}  // namespace ebit
