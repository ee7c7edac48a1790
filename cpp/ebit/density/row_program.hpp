// A row graph as a program for an interpreter of rows: the order of its instructions, and where each
// row stands. What is the same for all elements is computed once per call (the prologue), the rest
// tile by tile; a slot is free again after the last use of its row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ebit/density/row_graph.hpp"

namespace ebit {

// A bit per outcome: records have at most eight bits.
struct OutcomeSet {
    std::uint64_t words[4] = {};
};

// What a program is to deliver.
struct RowOutputs {
    struct Flag {
        std::uint32_t outcome;  // a node
        OutcomeSet accepted;
    };
    struct Check {
        RowValue value;
        double low, high;
        std::string name;
    };
    std::vector<std::vector<RowValue>> states;  // rows
    std::vector<RowValue> numbers;              // one per element
    std::vector<std::uint32_t> outcomes;        // nodes
    std::vector<Flag> flags;
    std::vector<Check> checks;
};

// How a term is read from its rows.
enum class TermKind : std::uint8_t { number, plus, minus, scaled, product, minus_product, scaled_product };

struct RowTerm {
    double factor;
    std::uint32_t a, b;  // places; of a weight of an outcome, b is its character
    TermKind kind;
};

struct RowInstruction {
    RowOp op = RowOp::one;
    std::uint32_t target = 0;
    std::uint32_t second_target = 0;  // of an outcome: its probability
    std::uint32_t scale = 0;          // a place, or RowProgram::none
    std::uint32_t first_term = 0, num_terms = 0;
    double number = 0.0;
    std::uint32_t index = 0, second = 0;
};

// A place is a pointer to a row of the tile: first come the slots, then rows that are the same for
// all elements, then those outside: of inputs, parameters and outputs.
struct RowProgram {
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    enum class Kind : std::uint8_t { one, input, parameter, flag, given, state, number, outcome, accepted };
    struct Outside {
        Kind kind = Kind::one;
        std::uint32_t index = 0, row = 0;
    };
    struct Given {
        std::uint32_t place;
        Outside from;
    };
    struct Range {
        double low, high;
    };

    RowProgram(const RowGraph& graph, const RowOutputs& outputs);

    std::vector<RowTerm> terms;
    // Every place of the prologue is a row of its own; `given` fills some of them before it runs.
    std::vector<RowInstruction> prologue;
    std::vector<Given> given;
    std::uint32_t num_prologue_places = 0;

    std::vector<RowInstruction> body;
    std::uint32_t num_slots = 0;
    std::vector<std::uint32_t> constants;  // places of the prologue that the body reads
    std::vector<Outside> outside;

    std::uint32_t num_steps = 0;  // sampling steps, one stream of variates each
    std::vector<OutcomeSet> accepted;
    std::vector<Range> ranges;  // of checks
    std::vector<std::string> checked;

    std::size_t first_outside() const { return num_slots + constants.size(); }
    std::size_t num_places() const { return first_outside() + outside.size(); }
};

}  // namespace ebit
