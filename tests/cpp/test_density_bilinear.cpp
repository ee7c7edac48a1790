#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/density/bilinear.hpp"
#include "ebit/density/channel_rows.hpp"
#include "ebit/density/pipeline.hpp"
#include "ebit/density/row_graph.hpp"
#include "ebit/density/row_program.hpp"

using namespace ebit;

namespace {

constexpr std::array<double, 4> signs{1.0, 1.0, -1.0, 1.0};
// Characters of D_m on I, X, Y, Z for outcome m = 2 x + z.
constexpr std::array<std::uint32_t, 4> characters{0, 1, 3, 2};

// An ideal swap, with the Pauli undone on the right: 64 terms.
BilinearTable swap_table() {
    BilinearTable::Columns columns;
    for (std::uint32_t i = 0; i < 4; ++i)
        for (std::uint32_t j = 0; j < 4; ++j)
            for (std::uint32_t k = 0; k < 4; ++k) {
                columns.out.push_back(4 * i + j);
                columns.left.push_back(4 * i + k);
                columns.right.push_back(4 * k + j);
                columns.character.push_back(characters[k] ^ characters[j]);
                columns.coefficients.push_back(0.25 * signs[k]);
            }
    return BilinearTable(2, 2, 2, 2, columns);
}

std::size_t terms_of(const std::vector<RowInstruction>& list, RowOp op) {
    std::size_t terms = 0;
    for (const RowInstruction& made : list)
        if (made.op == op) terms += made.num_terms;
    return terms;
}

std::vector<RowValue> rows(RowGraph& graph, std::uint32_t state, const std::vector<std::uint32_t>& kept) {
    std::vector<RowValue> out(16);
    for (const std::uint32_t row : kept) out[row] = graph.input(state, row, false);
    return out;
}

// What a sampled swap costs when only some rows of its inputs can be non-zero.
std::size_t products_of_swap(const std::vector<std::uint32_t>& kept) {
    RowGraph graph;
    RowOutputs outputs;
    const BilinearTable table = swap_table();
    const auto left = rows(graph, 0, kept), right = rows(graph, 1, kept);
    auto made = table.selected(graph, left, right, 0, [&](const std::vector<RowValue>& weights) {
        return graph.drawn(0, 2, weights);
    });
    outputs.states = {made.state};
    const RowProgram program(graph, outputs);
    std::size_t products = 0;
    for (const RowInstruction& instruction : program.body)
        for (std::uint32_t t = 0; instruction.op == RowOp::sum && t < instruction.num_terms; ++t)
            if (program.terms[instruction.first_term + t].kind >= TermKind::product) ++products;
    return products;
}

DensityMatrix bell_pair() {
    DensityMatrix pair = DensityMatrix::unset(2, std::nullopt);
    for (std::size_t r = 0; r < 16; ++r) pair.data()[r] = r % 5 == 0 ? signs[r / 5] : 0.0;
    return pair;
}

}  // namespace

TEST_CASE("expressions are simplified as they are built") {
    RowGraph graph;
    const RowValue x = graph.input(0, 1, false), y = graph.input(0, 2, false), one = constant(1.0);
    CHECK(graph.product(x, {}).is_zero());
    CHECK(graph.product(x, one) == x);
    CHECK(graph.product(-x, one) == -x);
    CHECK(graph.product(x, y) == graph.product(y, x));
    CHECK(graph.product(-x, y) == -graph.product(x, y));
    CHECK(graph.product(x, constant(0.5)) == RowValue{0.5, x.node});
    const std::array sum{RowProduct{1.0, x, y}, RowProduct{0.0, x, x}, RowProduct{1.0, x, {}}};
    CHECK(graph.sum(sum) == graph.product(x, y));
    const std::array difference{RowProduct{1.0, x}, RowProduct{-1.0, y}};
    const std::array negative{RowProduct{-1.0, x}, RowProduct{1.0, y}};
    CHECK(graph.sum(difference) == -graph.sum(negative));
    CHECK(graph.exponential(0.0, x) == one);
    CHECK(graph.choice(y, x, x) == x);
    CHECK(graph.choice(constant(-1.0), x, y) == x);
    CHECK(graph.choice(y, -x, x) == graph.product(y, x));
    CHECK(graph.sign(0, 0) == one);
}

TEST_CASE("factors of different operands are not exchanged with their sums") {
    RowGraph graph;
    const RowValue x = graph.input(0, 1, false), y = graph.input(0, 2, false);
    const std::array once{RowProduct{0.3, x, y}, RowProduct{1.0, x}};
    const std::array again{RowProduct{0.3, y, x}, RowProduct{1.0, x}};
    CHECK(graph.sum(once) == graph.sum(once));
    CHECK(graph.sum(once).node != graph.sum(again).node);  // (0.3 x) y is not (0.3 y) x to the last bit
}

TEST_CASE("rows that are zero take no part in a swap") {
    CHECK(products_of_swap({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}) >= 64);
    // Bell-diagonal: one product for each coefficient, and the weight of the outcomes.
    CHECK(products_of_swap({0, 5, 10, 15}) <= 8);
    // With the marginals that relaxation leaves.
    CHECK(products_of_swap({0, 3, 5, 10, 12, 15}) <= 24);
}

TEST_CASE("slots are used again") {
    RowGraph graph;
    RowOutputs outputs;
    const RowValue time = graph.parameter(0, false);
    std::vector<RowValue> state = rows(graph, 0, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
    const auto short_program = [&](int steps) {
        std::vector<RowValue> now = state;
        for (int s = 0; s < steps; ++s) {
            const std::array memory{constant(1.0 + s), constant(2.0), constant(1.5), constant(0.3)};
            const int qubit = s % 2;
            now = mapped(graph, now, {&qubit, 1}, decay_rows(graph, memory, time));
        }
        outputs.states = {now};
        return RowProgram(graph, outputs).num_slots;
    };
    const std::uint32_t few = short_program(4);
    CHECK(short_program(60) <= few + 8);
}

TEST_CASE("what is the same for all elements is computed once") {
    RowGraph graph;
    RowOutputs outputs;
    const RowValue time = graph.parameter(0, true), x = graph.input(0, 1, false);
    outputs.states = {{graph.product(x, graph.exponential(2.0, time))}};
    const RowProgram program(graph, outputs);
    CHECK(terms_of(program.prologue, RowOp::exponential) == 1);
    CHECK(terms_of(program.body, RowOp::exponential) == 0);
    CHECK(program.constants.size() == 1);
}

TEST_CASE("exponentials that only their product needs are one") {
    RowGraph graph;
    RowOutputs outputs;
    const RowValue time = graph.parameter(0, false);
    const RowValue a = graph.exponential(2.0, time), b = graph.exponential(3.0, time);
    outputs.numbers = {graph.product(a, b)};
    CHECK(terms_of(RowProgram(graph, outputs).body, RowOp::exponential) == 1);
    outputs.numbers.push_back(a);
    CHECK(terms_of(RowProgram(graph, outputs).body, RowOp::exponential) == 2);
}

TEST_CASE("a swap of Bell pairs is a Bell pair for every outcome") {
    const BilinearTable table = swap_table();
    const DensityMatrix pair = bell_pair();
    DensityMatrix made(2, 3000);
    std::vector<double> probability(3000);
    std::vector<std::uint8_t> outcome(3000);
    const std::uint64_t key = 5;
    Cancellation cancel;
    const RowArrays::State single{pair.data(), 1, true};
    const BilinearTable::Call call{single, single, {made.data(), made.stride()}, probability.data()};
    table.sample(call, outcome.data(), {3000, {&key, 1}, 1, 0}, cancel);
    std::array<int, 4> counts{};
    for (std::size_t k = 0; k < 3000; ++k) {
        CHECK(probability[k] == 0.25);
        for (std::size_t r = 0; r < 16; ++r) CHECK(made.data()[r * made.stride() + k] == pair.data()[r]);
        ++counts[outcome[k]];
    }
    for (const int count : counts) CHECK(std::abs(count - 750) < 5 * 24);

    DensityMatrix again(2, 3000);
    std::vector<std::uint8_t> others(3000);
    const BilinearTable::Call second{single, single, {again.data(), again.stride()}, probability.data()};
    table.sample(second, others.data(), {3000, {&key, 1}, 3, 8}, cancel);
    CHECK(others == outcome);
}

TEST_CASE("tables that are none are refused") {
    const BilinearTable::Columns one{{0}, {0}, {0}, {0}, {1.0}};
    CHECK_NOTHROW(BilinearTable(1, 1, 1, 1, one));
    CHECK_THROWS_AS(BilinearTable(-1, 1, 1, 1, one), InvalidParameter);
    CHECK_THROWS_AS(BilinearTable(1, 9, 1, 1, one), InvalidParameter);
    CHECK_THROWS_AS(BilinearTable(1, 1, 1, 9, one), InvalidParameter);
    for (auto column : {&BilinearTable::Columns::out, &BilinearTable::Columns::left,
                        &BilinearTable::Columns::right, &BilinearTable::Columns::character}) {
        BilinearTable::Columns bad = one;
        (bad.*column)[0] = 4;
        CHECK_THROWS_AS(BilinearTable(1, 1, 1, 1, bad), InvalidParameter);
        (bad.*column).clear();
        CHECK_THROWS_AS(BilinearTable(1, 1, 1, 1, bad), InvalidParameter);
    }
    BilinearTable::Columns bad = one;
    bad.coefficients[0] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(BilinearTable(1, 1, 1, 1, bad), InvalidParameter);
}

TEST_CASE("steps of a pipeline that are none are refused") {
    Pipeline pipeline;
    const std::uint32_t state = pipeline.input(2);
    const Pipeline::MemoryOperands memory{};
    CHECK_THROWS_AS(pipeline.input(7), InvalidParameter);
    CHECK_THROWS_AS(pipeline.decay(state, memory, {1.0}, 2), InvalidParameter);
    CHECK_THROWS_AS(pipeline.decay(state + 1, memory, {1.0}, 0), InvalidParameter);
    CHECK_THROWS_AS(pipeline.decay(state, memory, {-1.0}, 0), InvalidParameter);
    CHECK_THROWS_AS(pipeline.transfer(state, std::vector<double>(16), {0, 1}), InvalidParameter);
    CHECK_THROWS_AS(pipeline.transfer(state, std::vector<double>(256), {1, 1}), InvalidParameter);
    CHECK_THROWS_AS(pipeline.where({true, 0}, state, state), InvalidParameter);
    CHECK_THROWS_AS(pipeline.named(state, operation("dephasing"), {}, {0}), InvalidParameter);
    const auto table = std::make_shared<const BilinearTable>(swap_table());
    const auto averaged = pipeline.average(table, state, state, {{1}});
    CHECK_THROWS_AS(pipeline.where({false, averaged.outcome, 1}, state, state), InvalidParameter);
    const std::uint32_t small = pipeline.input(1);
    CHECK_THROWS_AS(pipeline.sample(table, small, state), InvalidParameter);
}
