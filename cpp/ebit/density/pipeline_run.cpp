// How the steps of a pipeline become a row program, and how that is run.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/density/channel_rows.hpp"
#include "ebit/density/pipeline.hpp"
#include "ebit/density/rows.hpp"
#include "ebit/density/structure.hpp"
#include "ebit/rng/keys.hpp"

namespace ebit {

namespace {

constexpr double largest = std::numeric_limits<double>::max();

bool is_closed_form(const Operation& operation) {
    RowGraph graph;
    RowOutputs outputs;
    const std::array parameters{constant(0.0), constant(0.0), constant(0.0)};
    return channel_rows(graph, operation.name, parameters, outputs).has_value();
}

bool has_closed_form(const Operation& operation) {
    static const std::vector<bool> known = [] {
        std::vector<bool> all;
        for (const Operation& each : operations()) all.push_back(is_closed_form(each));
        return all;
    }();
    return known[static_cast<std::size_t>(&operation - operations().data())];
}

}  // namespace

// What depends on the call: the structure of its inputs, and matrices of operations that have to be
// tabulated. `key` tells calls apart that need programs of their own.
struct PipelineInputs {
    std::vector<Structure> states;
    std::vector<Structure> matrices;  // as many rows as entries
    std::vector<RowArrays::State> tables;
    std::vector<std::vector<double>> tabulated;
    std::string key;
};

class PipelineLowering {
  public:
    PipelineLowering(const Pipeline& pipeline, const Pipeline::Call& call)
        : pipeline_(pipeline), call_(call) {
        for (const DensityMatrix* input : call.inputs) {
            const RowArrays::State state{input->data(), input->stride(), !input->is_batch()};
            add_structure(known_.states, state, power_of_four(input->num_qubits()));
        }
        for (std::size_t m = 0; m < call.matrices.size(); ++m) {
            const std::size_t side = power_of_four(pipeline.matrix_qubits_[m]);
            add_table({call.matrices[m], padded(call.size), false}, side * side);
        }
        for (const auto& step : pipeline.steps_)
            if (const auto* named = std::get_if<Pipeline::Named>(&step);
                named != nullptr && !has_closed_form(*named->operation))
                tabulate(*named);
        for (const auto& parameter : call.parameters) known_.key.push_back(parameter.single ? '1' : 'n');
        for (const auto& flag : call.flags) known_.key.push_back(flag.single ? '1' : 'n');
    }

    const std::string& key() const { return known_.key; }

    RowProgram program() {
        std::uint32_t tabulated = static_cast<std::uint32_t>(call_.matrices.size());
        for (const auto& step : pipeline_.steps_)
            std::visit([&](const auto& known) { lower(known, tabulated); }, step);
        for (const std::uint32_t state : pipeline_.states_) outputs_.states.push_back(states_[state]);
        for (const std::uint32_t number : pipeline_.numbers_)
            outputs_.numbers.push_back(probabilities_[number]);
        for (const std::uint32_t outcome : pipeline_.outcomes_)
            outputs_.outcomes.push_back(outcome_nodes_[outcome]);
        for (const auto& [outcome, accepted] : pipeline_.flags_)
            outputs_.flags.push_back({outcome_nodes_[outcome], accepted});
        return RowProgram(graph_, outputs_);
    }

    RowArrays arrays() const {
        RowArrays arrays;
        for (const DensityMatrix* input : call_.inputs)
            arrays.inputs.push_back({input->data(), input->stride(), !input->is_batch()});
        for (const RowArrays::State& table : known_.tables) arrays.inputs.push_back(table);
        arrays.parameters = call_.parameters;
        for (const auto& step : pipeline_.steps_) {
            const auto* join = std::get_if<Pipeline::Join>(&step);
            if (join == nullptr) continue;
            const auto& columns = join->table->columns();
            const std::size_t elements = columns.batch.value_or(0);
            for (std::size_t t = 0; elements > 0 && t < join->table->num_terms(); ++t)
                arrays.parameters.push_back({columns.coefficients.data() + t * elements, false});
        }
        arrays.flags = call_.flags;
        arrays.states = call_.states;
        arrays.numbers = call_.numbers;
        arrays.outcomes = call_.outcomes;
        arrays.accepted = call_.accepted;
        return arrays;
    }

  private:
    // ---- what is known before ----

    void add_structure(std::vector<Structure>& list, const RowArrays::State& state, std::size_t num_rows) {
        list.emplace_back(state, num_rows, call_.size);
        list.back().append_to(known_.key);
    }
    void add_table(const RowArrays::State& table, std::size_t num_rows) {
        known_.tables.push_back(table);
        add_structure(known_.matrices, table, num_rows);
    }

    // The transfer matrix of every element.
    void tabulate(const Pipeline::Named& step) {
        bool single = true;
        for (const auto& operand : step.parameters)
            single = single && (operand.is_known() || call_.parameters[operand.parameter].single);
        const std::size_t count = single ? 1 : call_.size;
        const std::size_t side = power_of_four(step.operation->num_qubits);
        const std::size_t stride = single ? 1 : padded(count);
        std::vector<double> table(side * side * stride), parameters(step.parameters.size()),
            made(side * side);
        for (std::size_t k = 0; k < count; ++k) {
            for (std::size_t p = 0; p < parameters.size(); ++p) parameters[p] = value(step.parameters[p], k);
            step.operation->transfer(parameters.data(), made.data());
            for (std::size_t e = 0; e < made.size(); ++e) table[e * stride + k] = made[e];
        }
        known_.tabulated.push_back(std::move(table));
        add_table({known_.tabulated.back().data(), stride, single}, side * side);
    }
    double value(const Pipeline::Operand& operand, std::size_t k) const {
        if (operand.is_known()) return operand.number;
        const auto& column = call_.parameters[operand.parameter];
        return column.data[column.single ? 0 : k];
    }

    // ---- steps ----

    RowValue value(const Pipeline::Operand& operand) {
        if (operand.is_known()) return constant(operand.number);
        return graph_.parameter(operand.parameter, call_.parameters[operand.parameter].single);
    }

    // Once for each parameter and range.
    void check(const Pipeline::Operand& operand, double low, double high) {
        const RowOutputs::Check made{value(operand), low, high, pipeline_.parameters_[operand.parameter]};
        for (const auto& known : outputs_.checks)
            if (known.value == made.value && known.low == low && known.high == high) return;
        outputs_.checks.push_back(made);
    }

    void lower(const Pipeline::Input& step, std::uint32_t&) {
        states_.push_back(known_.states[step.index].values(graph_, step.index));
    }

    void lower(const Pipeline::Decay& step, std::uint32_t&) {
        const RowValue time = value(step.time);
        if (!step.time.is_known()) check(step.time, 0.0, largest);
        std::array<RowValue, 4> memory;
        for (std::size_t i = 0; i < 4; ++i) memory[i] = value(step.memory[i]);
        const RowMatrix matrix = decay_rows(graph_, memory, time);
        states_.push_back(mapped(graph_, states_[step.state], {&step.qubit, 1}, matrix));
    }

    void lower(const Pipeline::Transfer& step, std::uint32_t&) {
        RowMatrix matrix;
        matrix.reserve(step.matrix.size());
        for (const double x : step.matrix) matrix.push_back(constant(x));
        states_.push_back(mapped(graph_, states_[step.state], step.qubits, matrix));
    }

    void lower(const Pipeline::Named& step, std::uint32_t& tabulated) {
        std::vector<RowValue> parameters;
        parameters.reserve(step.parameters.size());
        for (const auto& operand : step.parameters) parameters.push_back(value(operand));
        auto matrix = channel_rows(graph_, step.operation->name, parameters, outputs_);
        if (!matrix) {
            matrix = table(tabulated++);
        } else {
            for (const auto& operand : step.parameters)
                if (!operand.is_known()) check(operand, 0.0, 1.0);
        }
        states_.push_back(mapped(graph_, states_[step.state], step.qubits, *matrix));
    }

    void lower(const Pipeline::Matrix& step, std::uint32_t&) {
        states_.push_back(mapped(graph_, states_[step.state], step.qubits, table(step.matrices)));
    }
    RowMatrix table(std::uint32_t number) {
        return known_.matrices[number].values(graph_,
                                              static_cast<std::uint32_t>(call_.inputs.size()) + number);
    }

    void lower(const Pipeline::Where& step, std::uint32_t&) {
        const auto& condition = step.condition;
        const RowValue sign = condition.is_flag
                                  ? graph_.sign_of_flag(condition.index, call_.flags[condition.index].single)
                                  : graph_.sign(outcome_nodes_[condition.index], condition.bits);
        std::vector<RowValue> rows;
        rows.reserve(states_[step.yes].size());
        for (std::size_t r = 0; r < states_[step.yes].size(); ++r)
            rows.push_back(graph_.choice(sign, states_[step.yes][r], states_[step.no][r]));
        states_.push_back(std::move(rows));
    }

    void lower(const Pipeline::Join& step, std::uint32_t&) {
        const auto &left = states_[step.left], &right = states_[step.right];
        const BilinearTable& table = *step.table;
        BilinearTable::Joined made;
        if (step.is_sampled)
            made = table.selected(graph_, left, right, first_coefficient_, [&](const auto& weights) {
                return graph_.drawn(step.step, table.num_bits(), weights);
            });
        else
            made = table.averaged(graph_, left, right, step.accepted, first_coefficient_);
        if (table.columns().batch) first_coefficient_ += static_cast<std::uint32_t>(table.num_terms());
        states_.push_back(std::move(made.state));
        probabilities_.push_back(made.probability);
        outcome_nodes_.push_back(made.outcome);
    }

    const Pipeline& pipeline_;
    const Pipeline::Call& call_;
    PipelineInputs known_;
    RowGraph graph_;
    RowOutputs outputs_;
    std::vector<std::vector<RowValue>> states_;  // by register
    std::vector<RowValue> probabilities_;
    std::vector<std::uint32_t> outcome_nodes_;
    std::uint32_t first_coefficient_ = static_cast<std::uint32_t>(call_.parameters.size());
};

void Pipeline::run(const Call& call, Cancellation& cancel) const {
    PipelineLowering lowering(*this, call);
    const auto program = plans_->get(lowering.key(), [&] { return lowering.program(); });
    std::vector<std::uint64_t> keys;
    keys.reserve(num_samples_);
    for (std::uint32_t s = 0; s < num_samples_; ++s) keys.push_back(derived_key(call.key, s));
    ebit::run(*program, lowering.arrays(), {call.size, keys, call.threads, call.tile}, cancel);
}

}  // namespace ebit
