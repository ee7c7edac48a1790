#include "ebit/density/apply.hpp"

#include <array>
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

}  // namespace

void apply(const Operation& operation, const double* parameters, std::span<const int> qubits, Rows rows) {
    if (operation.num_parameters == 0) {
        static const std::vector<StaticMap> maps = compiled();
        return apply(maps[static_cast<std::size_t>(&operation - operations().data())], qubits, rows);
    }
    std::array<double, 256> transfer;
    operation.transfer(parameters, transfer.data());
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
