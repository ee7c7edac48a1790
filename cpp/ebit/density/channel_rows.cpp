#include "ebit/density/channel_rows.hpp"

#include <array>
#include <cstddef>

#include "ebit/density/rows.hpp"

namespace ebit {

namespace {

// a + b x
RowValue affine(RowGraph& graph, double a, double b, const RowValue& x) {
    if (x.is_constant()) return constant(a + b * x.factor);
    const std::array products{RowProduct{a, constant(1.0)}, RowProduct{b, x}};
    return graph.sum(products);
}

RowMatrix scaling(const RowValue& x, const RowValue& y, const RowValue& z, const RowValue& shift_z = {}) {
    RowMatrix out(16);
    out[0] = constant(1.0);
    out[5] = x;
    out[10] = y;
    out[12] = shift_z;
    out[15] = z;
    return out;
}

RowMatrix two_qubit_scaling(const RowValue& kept) {
    RowMatrix out(256);
    for (std::size_t i = 1; i < 16; ++i) out[17 * i] = kept;
    out[0] = constant(1.0);
    return out;
}

RowMatrix damping(RowGraph& graph, const RowValue& gamma, const RowValue& excited) {
    const RowValue kept = affine(graph, 1.0, -1.0, gamma);
    const RowValue coherence = graph.function(RowOp::square_root, kept);
    return scaling(coherence, coherence, kept, graph.product(affine(graph, 1.0, -2.0, excited), gamma));
}

RowMatrix pauli(RowGraph& graph, std::span<const RowValue> p, RowOutputs& outputs) {
    const auto kept = [&](const RowValue& a, const RowValue& b) {
        const std::array products{RowProduct{1.0, constant(1.0)}, RowProduct{-2.0, a}, RowProduct{-2.0, b}};
        return graph.sum(products);
    };
    const std::array all{RowProduct{1.0, p[0]}, RowProduct{1.0, p[1]}, RowProduct{1.0, p[2]}};
    outputs.checks.push_back({graph.row(graph.sum(all)), 0.0, 1.0 + 1e-12, "p_x + p_y + p_z"});
    return scaling(kept(p[1], p[2]), kept(p[0], p[2]), kept(p[0], p[1]));
}

}  // namespace

std::optional<RowMatrix> channel_rows(RowGraph& graph, std::string_view name, std::span<const RowValue> p,
                                      RowOutputs& outputs) {
    const RowValue one = constant(1.0);
    std::optional<RowMatrix> made;
    if (name == "pauli") {
        made = pauli(graph, p, outputs);
    } else if (name == "bit_flip") {
        const RowValue kept = affine(graph, 1.0, -2.0, p[0]);
        made = scaling(one, kept, kept);
    } else if (name == "y_flip") {
        const RowValue kept = affine(graph, 1.0, -2.0, p[0]);
        made = scaling(kept, one, kept);
    } else if (name == "dephasing") {
        const RowValue kept = affine(graph, 1.0, -2.0, p[0]);
        made = scaling(kept, kept, one);
    } else if (name == "depolarizing_replace") {
        const RowValue kept = affine(graph, 1.0, -1.0, p[0]);
        made = scaling(kept, kept, kept);
    } else if (name == "depolarizing_error") {
        const RowValue kept = affine(graph, 1.0, -4.0 / 3.0, p[0]);
        made = scaling(kept, kept, kept);
    } else if (name == "amplitude_damping") {
        made = damping(graph, p[0], {});
    } else if (name == "generalized_amplitude_damping") {
        made = damping(graph, p[0], p[1]);
    } else if (name == "two_qubit_depolarizing_replace") {
        made = two_qubit_scaling(affine(graph, 1.0, -1.0, p[0]));
    } else if (name == "two_qubit_depolarizing_error") {
        made = two_qubit_scaling(affine(graph, 1.0, -16.0 / 15.0, p[0]));
    }
    return made;
}

RowMatrix decay_rows(RowGraph& graph, std::span<const RowValue, 4> memory, const RowValue& time) {
    const auto kept = [&](const RowValue& rate) {
        if (rate.is_constant()) return graph.exponential(rate.factor, time);
        return graph.exponential(1.0, graph.product(rate, time));
    };
    const RowValue z = kept(memory[2]), equilibrium = memory[3];
    RowValue shift{};
    if (z != constant(1.0)) {
        const std::array products{RowProduct{1.0, equilibrium}, RowProduct{-1.0, equilibrium, z}};
        shift = graph.sum(products);
    }
    return scaling(kept(memory[0]), kept(memory[1]), z, shift);
}

std::vector<RowValue> mapped(RowGraph& graph, std::span<const RowValue> state, std::span<const int> qubits,
                             const RowMatrix& matrix) {
    const std::size_t side = power_of_four(static_cast<int>(qubits.size()));
    int num_qubits = 0;
    while (power_of_four(num_qubits) < state.size()) ++num_qubits;
    // Where string q of the map's qubits stands, relative to the string with I on all of them.
    std::vector<std::size_t> offsets(side);
    for (std::size_t q = 0; q < side; ++q) offsets[q] = row_on(qubits, q, num_qubits);
    std::vector<RowValue> out(state.begin(), state.end());
    for (std::size_t base = 0; base < state.size(); ++base) {
        if ((base & offsets[side - 1]) != 0) continue;
        for (std::size_t i = 0; i < side; ++i) {
            std::vector<RowProduct> products;
            for (std::size_t j = 0; j < side; ++j)
                if (!matrix[side * i + j].is_zero())
                    products.push_back({1.0, matrix[side * i + j], state[base + offsets[j]]});
            out[base + offsets[i]] = graph.sum(products);
        }
    }
    return out;
}

}  // namespace ebit
