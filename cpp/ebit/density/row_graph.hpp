// What a step on batches computes, as expressions over rows: a row is one number per element, say
// one Pauli coefficient of every state. Building an expression simplifies it, so that a program
// does only what the structure of its inputs leaves to do: terms with a zero vanish, factors of one
// and signs cost nothing, equal expressions are one, what no output needs is left out.
//
// Every rule keeps the bits of the result (but for signs of zeros), with one exception: a constant
// factor is carried along until it meets an addition, so that two of them are one multiplication.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace ebit {

enum class RowOp : std::uint8_t {
    one,           // the number one
    input,         // a row of an input state
    parameter,     // one number per element
    sign_of_flag,  // -1 where a flag is set, else 1
    given,         // outcomes that are given
    sum,           // (sum of terms) * scale
    exponential,   // exp(-number * row), row >= 0
    square_root,
    variate,      // uniform variates of a sampling step
    outcome,      // an outcome drawn, or given; its probability is the node after it
    probability,  // of that outcome
    sign,         // of a character: (-1)^popcount(outcome & index)
    reciprocal,   // 1 / row, zero for a branch that has no state
    choice,       // one row where a sign is negative, else another
    check,        // stops the run if a number is out of range
    // Only of instructions:
    store_outcome,  // as bytes
    store_flag      // whether an outcome is accepted
};

// factor * node; node 0 is the number one.
struct RowValue {
    double factor = 0.0;
    std::uint32_t node = 0;

    bool is_zero() const { return factor == 0.0; }
    bool is_constant() const { return node == 0; }
    bool operator==(const RowValue&) const = default;
};

constexpr RowValue constant(double number) { return {number, 0}; }
constexpr RowValue operator-(const RowValue& x) { return {-x.factor, x.node}; }

// (factor * a) * b
struct RowProduct {
    double factor;
    RowValue a;
    RowValue b = {1.0, 0};
};

class RowGraph {
  public:
    struct Term {
        double factor;
        std::uint32_t a, b;  // nodes
        bool operator==(const Term&) const = default;
    };
    struct Node {
        RowOp op = RowOp::one;
        bool uniform = true;  // the same for all elements
        std::vector<Term> terms{};
        std::uint32_t scale = 0;
        double number = 0.0;
        std::uint32_t index = 0, second = 0;
    };

    RowGraph();

    RowValue input(std::uint32_t state, std::uint32_t row, bool uniform);
    RowValue parameter(std::uint32_t index, bool uniform);
    RowValue sign_of_flag(std::uint32_t index, bool uniform);
    std::uint32_t given_outcome(std::uint32_t index, bool uniform);

    // In the order of the terms.
    RowValue sum(std::span<const RowProduct> products);
    RowValue product(const RowValue& a, const RowValue& b);
    RowValue exponential(double rate, const RowValue& time);
    RowValue function(RowOp op, const RowValue& x);  // square_root, reciprocal
    // `yes` where `sign` is negative.
    RowValue choice(const RowValue& sign, const RowValue& yes, const RowValue& no);

    // The outcome of a measurement: its probabilities are the Walsh-Hadamard transform of `weights`,
    // one for each character. Drawn by the variates of a sampling step, or equal to a given one.
    struct Outcome {
        std::uint32_t node;
        RowValue probability;
    };
    Outcome drawn(std::uint32_t step, int num_bits, std::span<const RowValue> weights);
    Outcome chosen(std::uint32_t given, int num_bits, std::span<const RowValue> weights);
    RowValue sign(std::uint32_t outcome, std::uint32_t character);

    // The value with a row of its own, factor 1.
    RowValue row(const RowValue& x) { return {1.0, row_of(x)}; }

    const std::vector<Node>& nodes() const { return nodes_; }

  private:
    std::uint32_t add(Node node);
    std::uint32_t row_of(const RowValue& x);
    bool uniform(std::span<const Term> terms) const;
    Outcome outcome(Node node, int num_bits, std::span<const RowValue> weights);

    std::vector<Node> nodes_;
    std::unordered_map<std::string, std::uint32_t> known_;
};

}  // namespace ebit
