#include "ebit/density/program.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "ebit/base/error.hpp"
#include "ebit/density/element_maps.hpp"
#include "ebit/density/qubits.hpp"
#include "ebit/density/schedule.hpp"

namespace ebit {

Program::Program(int num_qubits) : num_qubits_(num_qubits) {
    if (num_qubits < 1 || num_qubits > DensityMatrix::max_qubits)
        throw InvalidParameter("num_qubits", std::to_string(num_qubits), "in [1, 13]");
}

void Program::require_qubits(std::span<const int> qubits) const {
    if (qubits.empty() || qubits.size() > StaticMap::max_qubits)
        throw InvalidParameter("number of qubits of an operation", std::to_string(qubits.size()),
                               "1, 2 or 3");
    ebit::require_qubits(qubits, num_qubits_);
}

void Program::add(std::span<const int> qubits, const double* transfer) {
    require_qubits(qubits);
    const std::size_t size = power_of_four(static_cast<int>(qubits.size()));
    for (std::size_t i = 0; i < size * size; ++i) require_finite("transfer matrix", transfer[i]);
    append(sorted_map(qubits, transfer));
}

void Program::add(ElementStep step, std::size_t batch) {
    require_qubits(step.qubits);
    if (batch_ != 0 && batch != batch_)
        throw InvalidParameter("number of values", std::to_string(batch),
                               "that of the values given before, " + std::to_string(batch_));
    QubitMap map{step.qubits, {}, std::make_shared<const ElementStep>(std::move(step))};
    std::ranges::sort(map.qubits);
    append(std::move(map), batch);
}

// Another thread may be about to run what there is.
void Program::append(QubitMap map, std::size_t batch) {
    const std::lock_guard lock(mutex_);
    if (batch != 0) batch_ = batch;
    maps_.push_back(std::move(map));
    last_.reset();
}

std::shared_ptr<const Schedule> Program::schedule(const DensityMatrix& state) const {
    if (state.num_qubits() != num_qubits_)
        throw InvalidParameter("state", std::to_string(state.num_qubits()) + " qubits",
                               "a state of " + std::to_string(num_qubits_) + " qubits");
    const std::lock_guard lock(mutex_);
    if (batch_ != 0 && (!state.is_batch() || state.size() != batch_))
        throw InvalidParameter(
            "state", state.is_batch() ? "a batch of " + std::to_string(state.size()) : "a single one",
            "a batch of " + std::to_string(batch_) + ", as many as there are values");
    const Shape shape{num_qubits_, state.stride(), state.size()};
    if (!last_ || last_->shape() != shape) last_ = std::make_shared<const Schedule>(maps_, shape);
    return last_;
}

void Program::run(DensityMatrix& state, int threads, Cancellation& cancel) const {
    schedule(state)->run(state.data(), threads, cancel);
}

bool Program::run_small(DensityMatrix& state) const { return schedule(state)->run_small(state.data()); }

Program::Outline Program::outline(const DensityMatrix& state) const {
    const auto planned = schedule(state);
    return {planned->num_maps(), planned->num_passes()};
}

}  // namespace ebit
