// How maps of element_maps.hpp reach the states of a batch.
#include <algorithm>
#include <array>
#include <climits>
#include <utility>
#include <vector>

#include "ebit/density/element_kernels.hpp"
#include "ebit/density/element_maps.hpp"

namespace ebit {

void apply(const ElementMaps& maps, std::span<const int> qubits, Rows rows, std::size_t count) {
    const MapPattern& pattern = *maps.pattern;
    const int k = pattern.num_qubits;
    std::array<std::size_t, 64> offsets;
    std::array<int, 3> shifts{INT_MAX, INT_MAX, INT_MAX};
    for (int q = 0; q < k; ++q) {
        const int qubit = qubits[static_cast<std::size_t>(q)];
        shifts[static_cast<std::size_t>(q)] = 2 * (rows.num_qubits - 1 - qubit);
    }
    for (std::size_t i = 0; i < power_of_four(k); ++i)
        offsets[i] = row_on(qubits, i, rows.num_qubits) * rows.stride;
    if (shifts[0] > shifts[1]) std::swap(shifts[0], shifts[1]);
    if (shifts[1] > shifts[2]) std::swap(shifts[1], shifts[2]);
    if (shifts[0] > shifts[1]) std::swap(shifts[0], shifts[1]);

    const RowGroups groups{rows.data,      rows.stride,   power_of_four(rows.num_qubits - k),
                           offsets.data(), shifts.data(), k};
    const ElementKernels& kernels = element_kernels();
    const auto kernel = pattern.structure == MapStructure::diagonal ? kernels.diagonal
                        : pattern.structure == MapStructure::affine ? kernels.affine
                                                                    : kernels.general;
    kernel(groups, {pattern.entries.data(), pattern.entries.size()}, maps.coefficients, maps.stride,
           padded(count));
}

void apply(const ElementOperation& operation, std::span<const int> qubits, Rows rows, std::size_t size,
           const std::uint8_t* mask) {
    const std::size_t width = operation.tile_width();
    std::vector<double> scratch(operation.scratch(std::min(width, size)));
    for (std::size_t first = 0; first < size; first += width) {
        const std::size_t count = std::min(width, size - first);
        const ElementMaps maps =
            operation.tile(first, count, scratch.data(), mask == nullptr ? nullptr : mask + first);
        apply(maps, qubits, {rows.data + first, rows.num_qubits, rows.stride}, count);
    }
}

namespace {

// Some elements after the others: the columns of all of them can be thirty times as much memory as their
// matrices.
template <class Make>
void apply_in_parts(std::span<const int> qubits, Rows rows, std::size_t size, const std::uint8_t* mask,
                    Make make) {
    constexpr std::size_t most_numbers = std::size_t{1} << 20;
    const std::size_t part = most_numbers / power_of_four(2 * static_cast<int>(qubits.size()));
    for (std::size_t first = 0; first < size; first += part) {
        const std::size_t count = std::min(part, size - first);
        apply(make(first, count), qubits, {rows.data + first, rows.num_qubits, rows.stride}, count,
              mask == nullptr ? nullptr : mask + first);
    }
}

}  // namespace

void apply_transfers(const double* matrices, std::span<const int> qubits, Rows rows, std::size_t size,
                     const std::uint8_t* mask) {
    const auto k = static_cast<int>(qubits.size());
    apply_in_parts(qubits, rows, size, mask, [&](std::size_t first, std::size_t count) {
        return ElementOperation::transfers(k, matrices + first * power_of_four(2 * k), 1, count);
    });
}

void apply_unitaries(const std::complex<double>* matrices, std::span<const int> qubits, Rows rows,
                     std::size_t size, const std::uint8_t* mask) {
    const auto k = static_cast<int>(qubits.size());
    apply_in_parts(qubits, rows, size, mask, [&](std::size_t first, std::size_t count) {
        return ElementOperation::unitaries(k, matrices + first * power_of_four(k), count);
    });
}

}  // namespace ebit
