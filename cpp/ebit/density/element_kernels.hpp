// The kernels of element_maps.hpp. Counts and strides are multiples of eight; inputs of a parameter are
// one number (step 0) or `count` of them (step 1).
#pragma once

#include <cstddef>
#include <cstdint>

#include "ebit/density/element_maps.hpp"

namespace ebit {

// Where the groups of 4^k rows stand that a map works on: group g begins at the row that has zeros
// inserted into g at `shifts` (in bits, ascending); row i of the group is `offsets[i]` numbers further.
struct RowGroups {
    double* data;
    std::size_t stride;
    std::size_t count;
    const std::size_t* offsets;
    const int* shifts;
    int num_qubits;
};

struct EntryList {
    const MapEntry* entries;
    std::size_t size;
};

struct ElementKernels {
    // row *= coefficient, for every entry.
    void (*diagonal)(const RowGroups& groups, EntryList entries, const double* coefficients,
                     std::size_t stride, std::size_t count);
    // x, y, z scaled by columns of their own, z shifted.
    void (*affine)(const RowGroups& groups, EntryList entries, const double* coefficients, std::size_t stride,
                   std::size_t count);
    void (*general)(const RowGroups& groups, EntryList entries, const double* coefficients,
                    std::size_t stride, std::size_t count);

    // out = exp(-rate time); with an equilibrium the shift equilibrium (1 - out) as well.
    void (*decay)(Parameter rate, Parameter time, double* out, std::size_t count);
    void (*relaxation)(Parameter rate, Parameter time, Parameter equilibrium, double* out, double* shift,
                       std::size_t count);
    // sqrt(1 - gamma), 1 - gamma and the shift (1 - 2 excited) gamma.
    void (*damping)(Parameter gamma, Parameter excited_population, double* coherence, double* kept,
                    double* shift, std::size_t count);
    // out = 1 - factor p.
    void (*one_minus)(double factor, Parameter p, double* out, std::size_t count);
    // cos, sin and -sin of scale angle, |scale angle| <= 2^17.
    void (*rotation)(double scale, Parameter angle, double* cosine, double* sine, double* minus_sine,
                     std::size_t count);
    // column = other where the mask is 0.
    void (*blend)(const std::uint8_t* mask, double other, double* column, std::size_t count);
    // Whether all of them are in [low, high].
    bool (*within)(const double* values, double low, double high, std::size_t count);
};

const ElementKernels& element_kernels();

}  // namespace ebit
