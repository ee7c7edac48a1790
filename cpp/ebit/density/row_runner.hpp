// Runs a row program over the elements of a batch: blocks of 1024 elements on threads, each tile by
// tile. An element's numbers depend on its own inputs and its place in the batch alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ebit/base/parallel.hpp"
#include "ebit/density/row_program.hpp"

namespace ebit {

// What a program reads and writes. An array that is `single` holds one element for all.
struct RowArrays {
    struct State {
        const double* data;
        std::size_t stride;  // 1 if single
        bool single;
    };
    template <class T>
    struct Column {
        const T* data;
        bool single;
    };
    struct Written {
        double* data;
        std::size_t stride;
    };

    std::vector<State> inputs;
    std::vector<Column<double>> parameters;
    std::vector<Column<std::uint8_t>> flags;
    std::vector<Column<std::uint8_t>> given;
    // Room for whole vectors: a multiple of eight elements.
    std::vector<Written> states;
    std::vector<double*> numbers;
    std::vector<std::uint8_t*> outcomes;
    std::vector<std::uint8_t*> accepted;
};

struct RowCall {
    std::size_t size = 1;                 // elements
    std::span<const std::uint64_t> keys;  // one per sampling step
    int threads = 1;
    std::size_t tile = 0;  // elements, a multiple of eight; 0: as the program likes it
};

inline constexpr std::size_t variates_per_block = 1024;

// Throws InvalidParameter where a check fails, Cancelled.
void run(const RowProgram& program, const RowArrays& arrays, const RowCall& call, Cancellation& cancel);

}  // namespace ebit
