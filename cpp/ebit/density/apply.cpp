#include "ebit/density/apply.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/base/math.hpp"
#include "ebit/density/linear_map.hpp"

namespace ebit {

namespace {

// Of every operation without parameters, in the order of operations().
std::vector<StaticMap> compiled() {
    std::vector<StaticMap> maps(operations().size());
    for (std::size_t i = 0; i < maps.size(); ++i)
        if (const Operation& operation = operations()[i]; operation.num_parameters == 0)
            maps[i].assign(operation.num_qubits, operation.gate->transfer.data());
    return maps;
}

// Single states on so few qubits that starting a kernel would cost more than the work: their rows are
// visited one by one, in the order in which the kernels add.
constexpr int few_qubits = 3;

bool is_small(Rows rows) { return rows.stride == 1 && rows.num_qubits <= few_qubits; }

// Calls work(the rows of a group, by offset) for every group of rows that a map on these qubits works on.
template <class Work>
void for_groups(std::span<const int> qubits, Rows rows, Work work) {
    std::array<std::size_t, 64> offsets;
    std::size_t filled = 1, all = 0;
    offsets[0] = 0;
    for (std::size_t q = qubits.size(); q-- > 0; filled *= 4) {
        const std::size_t digit = step(rows, qubits[q]);
        all += 3 * digit;
        for (std::size_t i = filled; i < 4 * filled; ++i)
            offsets[i] = offsets[i % filled] + i / filled * digit;
    }
    for (std::size_t base = 0; base < power_of_four(rows.num_qubits); ++base)
        if ((base & all) == 0) work(rows.data + base, offsets);
}

void apply_small(const StaticMap& map, std::span<const int> qubits, Rows rows) {
    const SparseRows& sparse = map.rows();
    for_groups(qubits, rows, [&](double* data, const std::array<std::size_t, 64>& offsets) {
        std::array<double, 64> in;
        for (std::size_t i = 0; i < sparse.count; ++i) in[i] = data[offsets[i]];
        for (std::uint64_t changed = sparse.changed; changed != 0; changed &= changed - 1) {
            const auto row = static_cast<std::size_t>(std::countr_zero(changed));
            const auto terms = sparse.row(row);
            double sum = terms[0].coefficient * in[terms[0].row];
            for (const SparseTerm& term : terms.subspan(1)) sum += term.coefficient * in[term.row];
            data[offsets[row]] = sum;
        }
    });
}

void turn_small(const Gate& gate, const double* parameters, std::span<const int> qubits, Rows rows) {
    for (std::size_t p = 0; p < gate.parameters.size(); ++p)
        require_finite(gate.parameters[p], parameters[p]);
    for (const GateFactor& factor : gate.factors) {
        const double angle = factor.scale * parameters[factor.parameter];
        const auto [sine, cosine] = sine_cosine(angle);
        for_groups(qubits, rows,
                   [&, s = sine, c = cosine](double* data, const std::array<std::size_t, 64>& offsets) {
                       for (const auto& [from, to] : factor.rotation.planes()) {
                           double &a = data[offsets[from]], &b = data[offsets[to]];
                           const double x = a, y = b;
                           a = c * x - s * y;
                           b = s * x + c * y;
                       }
                   });
    }
}

void multiply_small(const std::array<double, 256>& transfer, std::span<const int> qubits, Rows rows) {
    for_groups(qubits, rows, [&](double* data, const std::array<std::size_t, 64>& offsets) {
        std::array<double, 16> in;
        for (std::size_t i = 0; i < 16; ++i) in[i] = data[offsets[i]];
        for (std::size_t row = 0; row < 16; ++row) {
            double sum = 0.0;
            for (std::size_t column = 0; column < 16; ++column)
                sum += transfer[16 * row + column] * in[column];
            data[offsets[row]] = sum;
        }
    });
}

}  // namespace

void apply(const Operation& operation, const double* parameters, std::span<const int> qubits, Rows rows) {
    if (operation.num_parameters == 0) {
        static const std::vector<StaticMap> maps = compiled();
        const StaticMap& map = maps[static_cast<std::size_t>(&operation - operations().data())];
        return qubits.size() > 1 && is_small(rows) ? apply_small(map, qubits, rows)
                                                   : apply(map, qubits, rows);
    }
    if (operation.gate != nullptr && is_small(rows))
        return turn_small(*operation.gate, parameters, qubits, rows);
    // With the exponential of this library, as everywhere else where states decay.
    static const Operation* const memory_decay = &ebit::operation("memory_decay");
    if (&operation == memory_decay) {
        const auto [time, t1, t2, excited] =
            std::array{parameters[0], parameters[1], parameters[2], parameters[3]};
        return apply_decay(Memory::relaxation(t1, t2, excited), time, qubits[0], rows);
    }
    std::array<double, 256> transfer;
    operation.transfer(parameters, transfer.data());
    if (qubits.size() == 2 && is_small(rows)) return multiply_small(transfer, qubits, rows);
    apply_transfer(transfer.data(), qubits, rows);
}

void apply_decay(const Memory& memory, double time, int qubit, Rows rows) {
    require_non_negative("time", time);
    std::array<double, 8> kept{memory.rate_x * time, memory.rate_y * time, memory.rate_z * time};
    math_kernels().exp_negative(kept.data(), kept.data(), kept.size());
    const PauliTransfer r = scaling(kept[0], kept[1], kept[2], memory.equilibrium_z * (1.0 - kept[2]));
    apply_transfer(r.data(), {&qubit, 1}, rows);
}

}  // namespace ebit
