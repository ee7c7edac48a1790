// The kernels of measurement. An outcome is decided from weights (its probability times the trace), then
// the state is projected. Nothing is contracted or reordered, so that outcomes and states are the same
// bits on every instruction set and for every size of a batch.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ebit {

// weights[b][e] = max(0, sum_j factors[e element_step + b outcome_step + j] rows[j][e]) for elements
// e < width, a multiple of eight; factors of elements from num_elements on are zero.
struct Weighing {
    const double* const* rows;
    std::size_t num_rows;
    const double* factors;
    std::size_t outcome_step, element_step;
    std::size_t num_elements;
    std::size_t num_outcomes;
    std::size_t width;
    double* weights;
};

// The outcome of every element: the number of running sums of the weights that are at most u total, u
// its uniform variate; or what stands in `outcome`, if there are no variates.
struct Choice {
    const double* weights;  // [num_outcomes][width]
    std::size_t num_outcomes;
    std::size_t width;
    const double* uniform;
    std::int64_t* outcome;
    double* chosen;  // weight of the outcome
    double* total;   // of all outcomes
};

// Rows q and q xor pauli are projected together. Sign and scale are the same for all numbers of a row (of
// a single state, whose trailing qubits with I are the elements), or by element.
struct PauliProjection {
    double* data;
    std::size_t num_rows, stride;
    std::size_t pauli, highest_bit;
    const std::uint8_t *high_phases, *low_phases;  // Q P = i^(high + low) (Q xor P)
    int low_bits;
    bool uniform;
    const double* sign;   // of the eigenvalue
    const double* scale;  // 1 / weight of the outcome, or 0 where that is empty
};

// The same for a single state and a string that acts on one of the last two qubits: rows are blocks of 16
// numbers, on which `pauli` exchanges places, and `exchange` does inside a block. A number becomes
// (same[phase][place] itself + sign other[phase][place] its partner) scale / 2, with the phase of its block.
struct BlockProjection {
    double* data;
    std::size_t num_blocks;
    std::size_t pauli, highest_bit;  // of the other qubits, 0 where there is none
    const std::uint8_t *high_phases, *low_phases;
    int low_bits;
    std::size_t exchange;
    double same[4][16], other[4][16];
    double sign, scale;
};

// One of a list of matrices on some qubits: in every group of rows that differ on these qubits alone,
// row i becomes scale sum_j matrix[i][j] (row j). With num_outputs = 1 the qubits are gone afterwards
// and the target has a row per group; else it is the source.
struct ChosenMap {
    const double* source;
    double* target;
    std::size_t num_groups, stride;
    const std::size_t* offsets;  // of the rows of a group
    std::size_t num_inputs, num_outputs;
    const int* shifts;  // places of the qubits' digits, ascending
    int num_qubits;
    const double* matrices;  // entry (i, j) of outcome b of element e: e element_step + b outcome_step + ..
    std::size_t outcome_step, element_step;
    bool uniform;
    const std::int64_t* outcome;
    const double* scale;
};

inline constexpr std::size_t most_map_inputs = 256;
inline constexpr std::size_t most_map_entries = 256;  // an effect on four qubits, or a branch on two

struct MeasureKernels {
    void (*weigh)(const Weighing&);
    void (*choose)(const Choice&);
    void (*project_pauli)(const PauliProjection&);
    void (*project_blocks)(const BlockProjection&);
    void (*apply_chosen)(const ChosenMap&);
    // In place, for every element: x[b] <- sum_s (-1)^popcount(b & s) x[s].
    void (*walsh_hadamard)(double* x, std::size_t num_rows, std::size_t width);
};

const MeasureKernels& measure_kernels();

}  // namespace ebit
