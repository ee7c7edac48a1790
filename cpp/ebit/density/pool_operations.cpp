#include "ebit/density/pool_operations.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "ebit/base/error.hpp"
#include "ebit/density/apply.hpp"
#include "ebit/density/linear_map.hpp"
#include "ebit/density/pauli_string.hpp"
#include "ebit/density/qubits.hpp"
#include "ebit/state/pair.hpp"

namespace ebit {

namespace {

using Stored = StatePool::Stored;

// (1 + sign P) rho (1 + sign P) / 4, divided by its trace.
void project(const Stored& s, std::size_t pauli, double sign) {
    const double twice = s.state[0] + sign * s.state[pauli];
    if (twice < 2.0 * form_tolerance) {
        std::fill_n(s.state, s.entries(), 0.0);
        s.state[0] = 1.0;
        return;
    }
    for (std::size_t row = 0; row < s.entries(); ++row) {
        const std::size_t partner = row ^ pauli;
        if (partner < row) continue;
        const unsigned phase = product_phase(pauli, row);
        const double factor = phase == 0 ? sign : -sign;
        const double value = phase & 1 ? 0.0 : (s.state[row] + factor * s.state[partner]) / twice;
        s.state[row] = value;
        s.state[partner] = phase & 1 ? 0.0 : factor * value;
    }
    s.state[0] = 1.0;
}

std::uint8_t measured(StatePool& pool, const Stored& s, const PauliString& pauli, double p_readout_error) {
    const double sign = pauli.negative ? -1.0 : 1.0;
    const double p_zero = 0.5 * (s.state[0] + sign * s.state[pauli.row]);
    const bool is_one = p_zero <= pool.next_uniform() * s.state[0];
    project(s, pauli.row, is_one ? -sign : sign);
    const bool wrong = p_readout_error > 0.0 && pool.next_uniform() < p_readout_error;
    return is_one != wrong;
}

}  // namespace

void apply(StatePool& pool, SlotSpan slots, Times time, const double* transfer, std::size_t step,
           std::span<const int> qubits) {
    const int n = pool.qubits_of_all(slots);
    if (slots.empty()) return;
    require_qubits(qubits, n);
    pool.require(slots, time, n);
    pool.require_distinct(slots);
    const auto rows = [&](std::size_t i) { return Rows{pool.touch(slots[i], time[i]).state, n, 1}; };
    if (step == 0 && slots.size() > 1) {
        const StaticMap map(static_cast<int>(qubits.size()), transfer);
        for (std::size_t i = 0; i < slots.size(); ++i) apply(map, qubits, rows(i));
    } else {
        for (std::size_t i = 0; i < slots.size(); ++i) apply_transfer(transfer + i * step, qubits, rows(i));
    }
}

// What the operation refuses is refused before the state is touched.
void apply(StatePool& pool, Slot slot, double time, const Operation& operation, const double* parameters,
           std::span<const int> qubits) {
    pool.require({&slot, 1}, {&time, 0}, 0);
    const Stored s = pool.stored(slot);
    require_qubits(qubits, s.num_qubits);
    double* copy = pool.decayed(s, time);
    apply(operation, parameters, qubits, {copy, s.num_qubits, 1});
    std::copy_n(copy, s.entries(), s.state);
    s.record->clock = time;
}

void measure(StatePool& pool, SlotSpan slots, Times time, std::string_view pauli, std::span<const int> qubits,
             double p_readout_error, std::uint8_t* outcomes) {
    require_probability("p_readout_error", p_readout_error);
    const int n = pool.qubits_of_all(slots);
    if (slots.empty()) return;
    const PauliString string = pauli_string(pauli, qubits, n);
    pool.require(slots, time, n);
    pool.require_distinct(slots);
    for (std::size_t i = 0; i < slots.size(); ++i)
        outcomes[i] = measured(pool, pool.touch(slots[i], time[i]), string, p_readout_error);
}

void fidelity(StatePool& pool, SlotSpan slots, Times time, const Rows* target, double* out) {
    static constexpr std::array<double, 16> phi_plus{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1};
    const int n = target == nullptr ? 2 : target->num_qubits;
    if (target == nullptr && !slots.empty() && pool.qubits_of_all(slots) != n)
        throw InvalidParameter("target", "none", "a pure state of as many qubits as the slot");
    pool.require(slots, n);
    if (target == nullptr) return pool.overlap(slots, time, phi_plus, out);
    const std::span<const double> values(target->data, power_of_four(n));
    double square = 0.0;
    for (const double value : values) square += value * value;
    const double purity = square / static_cast<double>(std::size_t{1} << n);
    if (!(std::abs(purity - 1.0) < 1e-9))
        throw InvalidParameter("target", "a state of purity " + to_text(purity), "a pure state");
    pool.overlap(slots, time, values, out);
}

void tensor(StatePool& pool, SlotSpan left, SlotSpan right, Times time, Slot* slots) {
    pool.require_joinable(left, right, time);
    if (left.empty()) return;
    const int n_left = pool.qubits_of_all(left), n_right = pool.qubits_of_all(right);
    if (n_left + n_right > most_slot_qubits)
        throw InvalidParameter("number of qubits", n_left + n_right, "at most 6 in one slot");
    pool.make_room(n_left + n_right, left.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
        const Stored a = pool.touch(left[i], time[i]), b = pool.touch(right[i], time[i]);
        const double birth = std::min(a.record->birth, b.record->birth);
        const Stored joint = pool.take(n_left + n_right, time[i], birth, slots[i]);
        for (std::size_t j = 0; j < a.entries(); ++j)
            for (std::size_t k = 0; k < b.entries(); ++k)
                joint.state[j * b.entries() + k] = a.state[j] * b.state[k];
        std::copy_n(b.record->memory.begin(), n_right,
                    std::copy_n(a.record->memory.begin(), n_left, joint.record->memory.begin()));
        pool.give_back(left[i]);
        pool.give_back(right[i]);
    }
}

void discard(StatePool& pool, SlotSpan old, Times time, std::span<const int> qubits, Slot* slots) {
    const int n = pool.qubits_of_all(old);
    if (old.empty()) return;
    require_qubits(qubits, n);
    const int kept = n - static_cast<int>(qubits.size());
    if (kept == 0)
        throw InvalidParameter("qubits", "all", "fewer than the slot has: free() gives up the rest");
    pool.require(old, time, n);
    pool.require_distinct(old);
    pool.make_room(kept, old.size());
    std::array<int, most_slot_qubits> left{};
    int count = 0;
    for (int q = 0; q < n; ++q)
        if (std::ranges::find(qubits, q) == qubits.end()) left[static_cast<std::size_t>(count++)] = q;
    for (std::size_t i = 0; i < old.size(); ++i) {
        const Stored from = pool.touch(old[i], time[i]);
        const Stored to = pool.take(kept, time[i], from.record->birth, slots[i]);
        for (std::size_t row = 0; row < to.entries(); ++row)
            to.state[row] = from.state[row_on({left.data(), static_cast<std::size_t>(kept)}, row, n)];
        for (std::size_t q = 0; q < static_cast<std::size_t>(kept); ++q)
            to.record->memory[q] = from.record->memory[static_cast<std::size_t>(left[q])];
        pool.give_back(old[i]);
    }
}

}  // namespace ebit
