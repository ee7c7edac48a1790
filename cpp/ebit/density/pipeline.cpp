#include "ebit/density/pipeline.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "ebit/base/error.hpp"
#include "ebit/density/qubits.hpp"
#include "ebit/density/rows.hpp"

namespace ebit {

namespace {

constexpr int max_qubits = 6;

// a after b, both on the same qubits.
std::vector<double> composed(std::span<const double> a, std::span<const double> b, std::size_t side) {
    std::vector<double> out(side * side, 0.0);
    for (std::size_t i = 0; i < side; ++i)
        for (std::size_t j = 0; j < side; ++j)
            for (std::size_t k = 0; k < side; ++k) out[side * i + k] += a[side * i + j] * b[side * j + k];
    return out;
}

}  // namespace

std::uint32_t Pipeline::add(Step step, int num_qubits) {
    steps_.push_back(std::move(step));
    qubits_.push_back(num_qubits);
    return static_cast<std::uint32_t>(steps_.size() - 1);
}

void Pipeline::check_state(std::uint32_t state) const {
    if (state >= steps_.size()) throw InvalidParameter("state", state, "a register of this pipeline");
}

void Pipeline::check_qubits(std::uint32_t state, std::span<const int> qubits) const {
    check_state(state);
    require_qubits(qubits, qubits_[state]);
}

std::uint32_t Pipeline::input(int num_qubits) {
    if (num_qubits < 0 || num_qubits > max_qubits)
        throw InvalidParameter("num_qubits", std::to_string(num_qubits),
                               "in [0, " + std::to_string(max_qubits) + "] in a pipeline");
    input_qubits_.push_back(num_qubits);
    return add(Input{static_cast<std::uint32_t>(input_qubits_.size() - 1)}, num_qubits);
}

std::uint32_t Pipeline::parameter(std::string name) {
    parameters_.push_back(std::move(name));
    return static_cast<std::uint32_t>(parameters_.size() - 1);
}

std::uint32_t Pipeline::flag() { return num_flags_++; }

std::uint32_t Pipeline::matrices(int num_qubits) {
    matrix_qubits_.push_back(num_qubits);
    return static_cast<std::uint32_t>(matrix_qubits_.size() - 1);
}

std::uint32_t Pipeline::decay(std::uint32_t state, const MemoryOperands& memory, Operand time, int qubit) {
    check_qubits(state, {&qubit, 1});
    if (time.is_known()) require_non_negative("time", time.number);
    return add(Decay{state, memory, time, qubit}, qubits_[state]);
}

std::uint32_t Pipeline::transfer(std::uint32_t state, std::span<const double> matrix,
                                 std::vector<int> qubits) {
    check_qubits(state, qubits);
    for (const double x : matrix) require_finite("transfer", x);
    const std::size_t side = power_of_four(static_cast<int>(qubits.size()));
    if (matrix.size() != side * side)
        throw InvalidParameter("transfer must be a matrix of side " + std::to_string(side));
    // Two maps in a row on the same qubits are one.
    if (const auto* before = std::get_if<Transfer>(&steps_[state]); before && before->qubits == qubits)
        return add(Transfer{before->state, composed(matrix, before->matrix, side), qubits}, qubits_[state]);
    return add(Transfer{state, {matrix.begin(), matrix.end()}, std::move(qubits)}, qubits_[state]);
}

std::uint32_t Pipeline::named(std::uint32_t state, const Operation& operation,
                              std::vector<Operand> parameters, std::vector<int> qubits) {
    check_qubits(state, qubits);
    if (static_cast<int>(parameters.size()) != operation.num_parameters ||
        static_cast<int>(qubits.size()) != operation.num_qubits)
        throw InvalidParameter("operation", operation.name, "with all of its parameters and qubits");
    return add(Named{state, &operation, std::move(parameters), std::move(qubits)}, qubits_[state]);
}

std::uint32_t Pipeline::matrix(std::uint32_t state, std::uint32_t matrices, std::vector<int> qubits) {
    check_qubits(state, qubits);
    if (matrices >= matrix_qubits_.size() || matrix_qubits_[matrices] != static_cast<int>(qubits.size()))
        throw InvalidParameter("matrices", matrices, "one for as many qubits");
    return add(Matrix{state, matrices, std::move(qubits)}, qubits_[state]);
}

std::uint32_t Pipeline::where(const Condition& condition, std::uint32_t yes, std::uint32_t no) {
    check_state(yes);
    check_state(no);
    const bool exists = condition.is_flag
                            ? condition.index < num_flags_
                            : condition.index < outcome_bits_.size() &&
                                  condition.bits < std::uint32_t{1} << outcome_bits_[condition.index];
    if (!exists) throw InvalidParameter("condition", condition.index, "a flag or bits of an outcome drawn");
    return add(Where{condition, yes, no}, qubits_[no]);
}

Pipeline::Joined Pipeline::join(Join step) {
    check_state(step.left);
    check_state(step.right);
    const auto check = [&](const char* name, std::uint32_t state, int num_qubits) {
        if (qubits_[state] != num_qubits)
            throw InvalidParameter(std::string(name) + " has " + std::to_string(qubits_[state]) +
                                   " qubits: the map takes " + std::to_string(num_qubits));
    };
    check("left", step.left, step.table->num_left());
    check("right", step.right, step.table->num_right());
    const int num_out = step.table->num_out();
    if (step.is_sampled) step.step = num_samples_++;
    outcome_bits_.push_back(step.is_sampled ? static_cast<std::uint32_t>(step.table->num_bits()) : 0);
    const std::uint32_t number = num_joins_++;
    return {add(std::move(step), num_out), number, number};
}

Pipeline::Joined Pipeline::average(std::shared_ptr<const BilinearTable> table, std::uint32_t left,
                                   std::uint32_t right, const OutcomeSet& accepted) {
    return join({std::move(table), left, right, false, 0, accepted});
}

Pipeline::Joined Pipeline::sample(std::shared_ptr<const BilinearTable> table, std::uint32_t left,
                                  std::uint32_t right) {
    return join({std::move(table), left, right, true, 0, {}});
}

void Pipeline::return_state(std::uint32_t state) {
    check_state(state);
    states_.push_back(state);
}
void Pipeline::return_number(std::uint32_t number) {
    if (number >= num_joins_) throw InvalidParameter("number", number, "one of this pipeline");
    numbers_.push_back(number);
}
void Pipeline::check_outcome(std::uint32_t outcome) const {
    if (outcome >= num_joins_) throw InvalidParameter("outcome", outcome, "one of this pipeline");
}
void Pipeline::return_outcome(std::uint32_t outcome) {
    check_outcome(outcome);
    outcomes_.push_back(outcome);
}
void Pipeline::return_flag(std::uint32_t outcome, const OutcomeSet& accepted) {
    check_outcome(outcome);
    flags_.push_back({outcome, accepted});
}

}  // namespace ebit
