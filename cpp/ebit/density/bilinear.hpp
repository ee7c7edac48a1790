// Steps on two states: swapping, purification, teleportation, fusion. Whatever gates, noise,
// measurements and corrections such a step consists of, for outcome m of its measurements
//
//   out_m[k] = sum over terms (k, i, j, s, c) of (-1)^popcount(s & m) (c left[i]) right[j],
//
// added in the order of the terms; out_m[0] is the probability of m. A coefficient c is one number,
// or one per element. A branch less likely than 1e-12 has no state and counts as maximally mixed.
//
// An outcome is drawn as the number of cumulative probabilities (in order of the outcomes, those
// below zero by rounding taken as zero) that are at most u times their sum, u the uniform variate of
// the element: number k mod 1024 of Stream(key, k / 1024).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ebit/base/parallel.hpp"
#include "ebit/density/row_graph.hpp"
#include "ebit/density/row_plans.hpp"
#include "ebit/density/row_program.hpp"
#include "ebit/density/row_runner.hpp"

namespace ebit {

class BilinearTable {
  public:
    static constexpr int max_bits = 8;

    struct Columns {
        std::vector<std::uint32_t> out, left, right, character;
        std::vector<double> coefficients;    // of one element after the other for each term
        std::optional<std::size_t> batch{};  // elements; without it a coefficient is one number
    };

    // Throws InvalidParameter.
    BilinearTable(int num_left, int num_right, int num_out, int num_bits, Columns columns);

    int num_left() const { return num_left_; }
    int num_right() const { return num_right_; }
    int num_out() const { return num_out_; }
    int num_bits() const { return num_bits_; }
    std::size_t num_terms() const { return columns_.out.size(); }
    const Columns& columns() const { return columns_; }

    // ---- on a graph of rows ----

    // Coefficients of a table with a batch are parameters of the graph from this number on.
    struct Joined {
        std::vector<RowValue> state;  // normalised
        RowValue probability;
        std::uint32_t outcome = 0;  // a node, if there is one
    };
    Joined averaged(RowGraph& graph, std::span<const RowValue> left, std::span<const RowValue> right,
                    const OutcomeSet& accepted, std::uint32_t first_coefficient) const;
    // `outcome` makes an outcome of the weights of the characters.
    template <class MakeOutcome>
    Joined selected(RowGraph& graph, std::span<const RowValue> left, std::span<const RowValue> right,
                    std::uint32_t first_coefficient, MakeOutcome outcome) const;

    // ---- on states ----

    // Two states, and where their successor goes: the elements of `call`.
    struct Call {
        RowArrays::State left, right;
        RowArrays::Written state;
        double* probability;
    };
    void average(const Call& call, const OutcomeSet& accepted, const RowCall& how,
                 Cancellation& cancel) const;
    void sample(const Call& call, std::uint8_t* outcome, const RowCall& how, Cancellation& cancel) const;
    void branch(const Call& call, RowArrays::Column<std::uint8_t> outcome, const RowCall& how,
                Cancellation& cancel) const;

  private:
    RowValue scaled(RowGraph& graph, std::size_t term, const RowValue& left, std::uint32_t first) const;
    Joined selected(RowGraph& graph, std::span<const RowValue> left, std::span<const RowValue> right,
                    std::uint32_t first_coefficient, const RowGraph::Outcome& outcome) const;
    std::vector<RowValue> weights(RowGraph& graph, std::span<const RowValue> left,
                                  std::span<const RowValue> right, std::uint32_t first_coefficient) const;
    template <class Join>
    void evaluate(std::string mode, const Call& call, RowArrays arrays, const RowCall& how,
                  Cancellation& cancel, Join join) const;

    int num_left_, num_right_, num_out_, num_bits_;
    Columns columns_;
    std::shared_ptr<RowPlans> plans_ = std::make_shared<RowPlans>();
};

// The accepted outcomes as a set, of one flag per outcome.
OutcomeSet outcome_set(std::span<const std::uint8_t> accepted);

template <class MakeOutcome>
BilinearTable::Joined BilinearTable::selected(RowGraph& graph, std::span<const RowValue> left,
                                              std::span<const RowValue> right,
                                              std::uint32_t first_coefficient, MakeOutcome outcome) const {
    return selected(graph, left, right, first_coefficient,
                    outcome(weights(graph, left, right, first_coefficient)));
}

}  // namespace ebit
