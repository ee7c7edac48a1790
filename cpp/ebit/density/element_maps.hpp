// Linear maps that differ from element to element of a batch: a transfer matrix on one to three qubits
// whose entries are columns, one number per element. Only entries that are not zero for everybody have
// a column, and entries that are always equal share one: a decay needs three columns, depolarizing one.
//
//   ElementOperation   what to do: made once, checks every parameter, knows the pattern of its matrices
//   ElementMaps        the columns of some neighbouring elements (a tile)
//
// so that a batch is done tile by tile, columns and rows staying in cache. Every sum starts at +0 and
// runs over the columns of the matrix in order: an element's bits depend on its own numbers alone.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ebit/channel/memory.hpp"
#include "ebit/density/operation.hpp"
#include "ebit/density/rows.hpp"

namespace ebit {

// Entry (row, column) of a transfer matrix 4^k x 4^k is in column `number` of the coefficients.
struct MapEntry {
    std::uint8_t row;
    std::uint8_t column;
    std::uint16_t number;
};

enum class MapStructure { diagonal, affine, general };  // affine: x, y, z scaled, z shifted

struct MapPattern {
    int num_qubits = 1;
    MapStructure structure = MapStructure::general;
    std::vector<MapEntry> entries;  // by row, then column
    std::uint64_t rows = 0;         // a bit per row that may change; others are those of the identity
    std::size_t numbers = 0;        // columns of coefficients
};

// Column j of coefficients starts at coefficients + j * stride, a multiple of eight.
struct ElementMaps {
    const MapPattern* pattern;
    const double* coefficients;
    std::size_t stride;
};

// Acts on the first `count` elements of the rows, whose stride holds a multiple of eight; `qubits` are
// different ones of the state, as many as the pattern has.
void apply(const ElementMaps& maps, std::span<const int> qubits, Rows rows, std::size_t count);

// One number for all elements (step 0), or one for each (step 1).
struct Parameter {
    const double* values;
    std::size_t step;
    double operator[](std::size_t i) const { return values[i * step]; }
};

// Which matrices a batch gets. Parameters are read again for every tile and must outlive it; matrices are
// copied. Whatever is refused (InvalidParameter) is refused here, before any state has changed.
class ElementOperation {
  public:
    // As many parameters as the operation has.
    static ElementOperation named(const Operation& operation, std::span<const Parameter> parameters,
                                  std::size_t size);
    static ElementOperation decay(const Memory& memory, Parameter time, std::size_t size);
    // A memory of each element's own.
    static ElementOperation decay(std::span<const Memory> memories, Parameter time);
    // Row-major, 4^k x 4^k: `size` of them, or one for all (step 0).
    static ElementOperation transfers(int num_qubits, const double* matrices, std::size_t step,
                                      std::size_t size);

    // Row-major, 2^k x 2^k: `size` of them. Not checked for being unitary.
    static ElementOperation unitaries(int num_qubits, const std::complex<double>* matrices, std::size_t size);

    // Its parameters may point to numbers of its own.
    ElementOperation(ElementOperation&&) = default;
    ElementOperation& operator=(ElementOperation&&) = default;

    const MapPattern& pattern() const { return pattern_; }

    // How many elements to take at a time, and how many numbers `tile` needs for them as scratch space.
    std::size_t tile_width() const;
    std::size_t scratch(std::size_t count) const { return pattern_.numbers * padded(count); }

    // The maps of elements first .. first + count - 1, first a multiple of eight. Where `mask` (a byte for
    // each of the `count` elements, if it is given) is 0 nothing happens.
    ElementMaps tile(std::size_t first, std::size_t count, double* scratch,
                     const std::uint8_t* mask = nullptr) const;

  private:
    enum class Source { table, decay, damping, one_minus, rotation };

    ElementOperation(Source source, std::size_t size) : source_(source), size_(size) {}
    static std::optional<ElementOperation> closed_form(const Operation& operation,
                                                       std::span<const Parameter> parameters,
                                                       std::size_t size);
    void keep(int num_qubits, const double* matrix);
    template <class Transfer>
    void tabulate(int num_qubits, std::size_t count, Transfer transfer);
    void compute(std::span<const Parameter> parameters, std::size_t count, double* out,
                 std::size_t stride) const;

    Source source_;
    std::size_t size_;
    MapPattern pattern_;
    std::vector<Parameter> parameters_;  // of all sources but the table
    std::vector<double> constants_;      // what parameters_ points to where it is not the caller's
    double factor_ = 1.0;                // of one_minus: 1 - factor p; of rotation: of the angle
    std::vector<double> table_;          // coefficients, column by column
    std::size_t table_stride_ = 0;       // 0: the same for all elements
};

// The whole batch of `size` elements, tile by tile.
void apply(const ElementOperation& operation, std::span<const int> qubits, Rows rows, std::size_t size,
           const std::uint8_t* mask = nullptr);

// A matrix of each element's own, as for ElementOperation::transfers and ::unitaries.
void apply_transfers(const double* matrices, std::span<const int> qubits, Rows rows, std::size_t size,
                     const std::uint8_t* mask = nullptr);
void apply_unitaries(const std::complex<double>* matrices, std::span<const int> qubits, Rows rows,
                     std::size_t size, const std::uint8_t* mask = nullptr);

}  // namespace ebit
