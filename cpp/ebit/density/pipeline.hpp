// A pipeline: steps on registers, each one a state or a batch of states, written down once and run
// as a whole, tile by tile, so that nothing between its inputs and outputs is ever written to memory.
//
// Registers, numbers, outcomes and flags are values: a step reads some and makes new ones, counted in
// the order in which they are made. All steps become one graph of rows (row_graph.hpp), in which maps
// that permute, scale or sign the coefficients cost nothing, and coefficients that are zero, because
// an input is a single state with a known pattern, take no part.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ebit/density/bilinear.hpp"
#include "ebit/density/density_matrix.hpp"
#include "ebit/density/operation.hpp"
#include "ebit/density/row_plans.hpp"

namespace ebit {

class Pipeline {
  public:
    // A number that is known, or a parameter of the call.
    struct Operand {
        static constexpr std::uint32_t none = 0xFFFFFFFF;
        double number = 0.0;
        std::uint32_t parameter = none;
        bool is_known() const { return parameter == none; }
    };
    // Where a flag of the call is set, or where the parity of some bits of an outcome is odd.
    struct Condition {
        bool is_flag;
        std::uint32_t index;
        std::uint32_t bits = 0;
    };
    struct Joined {
        std::uint32_t state, probability, outcome;  // no outcome where outcomes were averaged
    };

    // ---- writing it down; each returns the number of what it makes, or throws InvalidParameter ----

    std::uint32_t input(int num_qubits);
    std::uint32_t parameter(std::string name);
    std::uint32_t flag();
    // A transfer matrix for every element, given with the call.
    std::uint32_t matrices(int num_qubits);

    // A memory as its rates and its equilibrium, which may differ from element to element.
    using MemoryOperands = std::array<Operand, 4>;
    std::uint32_t decay(std::uint32_t state, const MemoryOperands& memory, Operand time, int qubit);
    std::uint32_t transfer(std::uint32_t state, std::span<const double> matrix, std::vector<int> qubits);
    std::uint32_t named(std::uint32_t state, const Operation& operation, std::vector<Operand> parameters,
                        std::vector<int> qubits);
    std::uint32_t matrix(std::uint32_t state, std::uint32_t matrices, std::vector<int> qubits);
    std::uint32_t where(const Condition& condition, std::uint32_t yes, std::uint32_t no);
    Joined average(std::shared_ptr<const BilinearTable> table, std::uint32_t left, std::uint32_t right,
                   const OutcomeSet& accepted);
    // Draws with the key of the next sampling step.
    Joined sample(std::shared_ptr<const BilinearTable> table, std::uint32_t left, std::uint32_t right);

    void return_state(std::uint32_t state);
    void return_number(std::uint32_t number);
    void return_outcome(std::uint32_t outcome);
    void return_flag(std::uint32_t outcome, const OutcomeSet& accepted);

    std::size_t num_numbers() const { return numbers_.size(); }
    std::size_t num_outcomes() const { return outcomes_.size(); }
    std::size_t num_flags() const { return flags_.size(); }

    // ---- running it ----

    struct Call {
        std::vector<const DensityMatrix*> inputs;
        std::vector<RowArrays::Column<double>> parameters;
        std::vector<RowArrays::Column<std::uint8_t>> flags;
        // Row-major; the elements of an entry side by side, with room for whole vectors.
        std::vector<const double*> matrices;
        std::size_t size = 1;
        std::uint64_t key = 0;  // sampling step s draws with derived_key(key, s)
        int threads = 1;
        std::size_t tile = 0;
        std::vector<RowArrays::Written> states;
        std::vector<double*> numbers;
        std::vector<std::uint8_t*> outcomes, accepted;
    };
    void run(const Call& call, Cancellation& cancel) const;

  private:
    struct Input {
        std::uint32_t index;
    };
    struct Decay {
        std::uint32_t state;
        MemoryOperands memory;
        Operand time;
        int qubit;
    };
    struct Transfer {
        std::uint32_t state;
        std::vector<double> matrix;
        std::vector<int> qubits;
    };
    struct Named {
        std::uint32_t state;
        const Operation* operation;
        std::vector<Operand> parameters;
        std::vector<int> qubits;
    };
    struct Matrix {
        std::uint32_t state, matrices;
        std::vector<int> qubits;
    };
    struct Where {
        Condition condition;
        std::uint32_t yes, no;
    };
    struct Join {
        std::shared_ptr<const BilinearTable> table;
        std::uint32_t left, right;
        bool is_sampled;
        std::uint32_t step;
        OutcomeSet accepted;
    };
    using Step = std::variant<Input, Decay, Transfer, Named, Matrix, Where, Join>;
    struct ReturnedFlag {
        std::uint32_t outcome;
        OutcomeSet accepted;
    };

    std::uint32_t add(Step step, int num_qubits);
    void check_state(std::uint32_t state) const;
    void check_qubits(std::uint32_t state, std::span<const int> qubits) const;
    void check_outcome(std::uint32_t outcome) const;
    Joined join(Join step);

    friend class PipelineLowering;

    std::vector<Step> steps_;  // step r makes register r
    std::vector<int> qubits_;  // of register r
    std::vector<int> input_qubits_, matrix_qubits_;
    std::vector<std::string> parameters_;
    std::uint32_t num_flags_ = 0, num_joins_ = 0, num_samples_ = 0;
    std::vector<std::uint32_t> outcome_bits_;  // of the join that made it
    std::vector<std::uint32_t> states_, numbers_, outcomes_;
    std::vector<ReturnedFlag> flags_;

    std::shared_ptr<RowPlans> plans_ = std::make_shared<RowPlans>();
};

}  // namespace ebit
