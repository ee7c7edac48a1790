#include "ebit/density/spectrum.hpp"

#include <algorithm>
#include <array>

#include "ebit/base/isa.hpp"
#include "ebit/density/rows.hpp"

EBIT_KERNEL_TABLE(SpectrumKernels, spectrum_table, spectrum_kernels)

namespace ebit {

namespace {

constexpr std::size_t tile = 8;
constexpr std::size_t max_rows = power_of_four(max_spectrum_qubits);

struct alignas(64) Tile {
    std::array<double, max_rows * tile> numbers;

    // Elements first .. first + 7; past the last one it is repeated.
    const double* filled(const StateView& states, std::size_t first) {
        for (std::size_t row = 0; row < power_of_four(states.num_qubits); ++row)
            for (std::size_t i = 0; i < tile; ++i) {
                const auto element = static_cast<std::ptrdiff_t>(std::min(first + i, states.size - 1));
                numbers[row * tile + i] = states.data[static_cast<std::ptrdiff_t>(row) * states.row_step +
                                                      element * states.element_step];
            }
        return numbers.data();
    }
};

// `kernel(first, values)` gives the values of eight elements.
template <class Kernel>
void in_tiles(std::size_t size, int num_qubits, double* out, Kernel kernel) {
    alignas(64) std::array<double, (std::size_t{1} << max_spectrum_qubits) * tile> values;
    for (std::size_t first = 0; first < size; first += tile) {
        kernel(first, values.data());
        for (std::size_t j = 0; j < std::size_t{1} << num_qubits; ++j)
            std::copy_n(values.data() + j * tile, std::min(tile, size - first), out + j * size + first);
    }
}

std::size_t table_index(const StateView& states) { return static_cast<std::size_t>(states.num_qubits - 1); }

}  // namespace

void singular_values(const StateView& states, double* out) {
    const auto kernel = spectrum_kernels().singular[table_index(states)];
    Tile rows;
    in_tiles(states.size, states.num_qubits, out,
             [&](std::size_t first, double* values) { kernel(rows.filled(states, first), values); });
}

void overlap_values(const StateView& left, const StateView& right, double* out) {
    const auto kernel = spectrum_kernels().overlap[table_index(left)];
    Tile a, b;
    in_tiles(std::max(left.size, right.size), left.num_qubits, out, [&](std::size_t first, double* values) {
        kernel(a.filled(left, first), b.filled(right, first), values);
    });
}

void spin_flip_values(const StateView& states, double* out) {
    Tile rows;
    in_tiles(states.size, 2, out, [&](std::size_t first, double* values) {
        spectrum_kernels().spin_flip(rows.filled(states, first), values);
    });
}

void spin_values(const StateView& states, double* out) {
    Tile rows;
    in_tiles(states.size, 2, out, [&](std::size_t first, double* values) {
        spectrum_kernels().spin(rows.filled(states, first), values);
    });
}

}  // namespace ebit
