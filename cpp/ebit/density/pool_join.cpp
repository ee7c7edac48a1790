#include "ebit/density/pool_join.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "ebit/base/error.hpp"
#include "ebit/density/rows.hpp"
#include "ebit/state/pair.hpp"

namespace ebit {

namespace {

void require_size(const char* name, int num_qubits, int wanted) {
    if (num_qubits != wanted)
        throw InvalidParameter(name, "a slot of " + std::to_string(num_qubits) + " qubits",
                               "one of " + std::to_string(wanted) + ", as the map takes");
}

}  // namespace

PoolJoin::PoolJoin(std::shared_ptr<const BilinearTable> table, std::vector<std::uint8_t> accepted,
                   std::vector<int> kept)
    : table_(std::move(table)), accepted_(std::move(accepted)), kept_(std::move(kept)) {
    const std::size_t outcomes = std::size_t{1} << table_->num_bits();
    if (accepted_.size() != outcomes)
        throw InvalidParameter("accepted", std::to_string(accepted_.size()) + " flags",
                               "one for each of " + std::to_string(outcomes) + " outcomes");
    if (table_->num_left() < 1 || table_->num_right() < 1 || table_->num_left() > most_slot_qubits ||
        table_->num_right() > most_slot_qubits || table_->num_out() > most_slot_qubits)
        throw InvalidParameter("map", "one on other numbers of qubits", "on states of 1 to 6 qubits");
    if (kept_.size() != static_cast<std::size_t>(table_->num_out()))
        throw InvalidParameter("kept", std::to_string(kept_.size()) + " qubits",
                               "one for each qubit that is left");
    for (const int qubit : kept_)
        require_in_range("kept", qubit, 0, table_->num_left() + table_->num_right() - 1);
    accepts_all_ = std::ranges::count(accepted_, 0) == 0;
    sums_.resize(outcomes);
    for (std::size_t m = 0; m < outcomes; ++m)
        for (std::size_t s = 0; s < outcomes; ++s) {
            signs_.push_back(std::popcount(s & m) % 2 == 0 ? 1.0 : -1.0);
            if (accepted_[m] != 0) sums_[s] += signs_.back();
        }
    all_ = terms_of(std::vector<double>(outcomes, 1.0));
    mean_ = terms_of(sums_);
}

// Those whose character has a weight.
PoolJoin::Terms PoolJoin::terms_of(const std::vector<double>& weight) const {
    const BilinearTable::Columns& c = table_->columns();
    Terms terms;
    std::vector<std::vector<Term>> rows(power_of_four(table_->num_out()));
    for (std::uint32_t t = 0; t < table_->num_terms(); ++t)
        if (weight[c.character[t]] != 0.0)
            rows[c.out[t]].push_back(
                {c.left[t], c.right[t], c.character[t], t, c.batch ? 0.0 : c.coefficients[t]});
    for (const std::vector<Term>& row : rows) {
        terms.list.insert(terms.list.end(), row.begin(), row.end());
        terms.end.push_back(terms.list.size());
    }
    return terms;
}

void PoolJoin::require(StatePool& pool, SlotSpan left, SlotSpan right, Times time) const {
    pool.require_joinable(left, right, time);
    if (left.empty()) return;
    require_size("left", pool.qubits_of_all(left), table_->num_left());
    require_size("right", pool.qubits_of_all(right), table_->num_right());
    if (const auto batch = table_->columns().batch; batch && *batch != left.size())
        throw InvalidParameter("map", "with numbers for " + std::to_string(*batch) + " elements",
                               "with as many as there are slots, " + std::to_string(left.size()));
    if (table_->num_out() > 0) pool.make_room(table_->num_out(), left.size());
}

double PoolJoin::product(const Term& term, const double* left, const double* right,
                         std::size_t element) const {
    const BilinearTable::Columns& c = table_->columns();
    const double coefficient = c.batch ? c.coefficients[*c.batch * term.number + element] : term.coefficient;
    return (coefficient * left[term.left]) * right[term.right];
}

void PoolJoin::evaluate(const Terms& terms, const double* weight, const double* left, const double* right,
                        std::size_t element, double* out) const {
    const Term* term = terms.list.data();
    for (const std::size_t end : terms.end) {
        double sum = 0.0;
        for (const Term* last = terms.list.data() + end; term != last; ++term)
            sum += weight[term->character] * product(*term, left, right, element);
        *out++ = sum;
    }
}

std::size_t PoolJoin::draw(StatePool& pool, const double* left, const double* right,
                           std::size_t element) const {
    const std::size_t outcomes = sums_.size();
    std::array<double, std::size_t{1} << BilinearTable::max_bits> weights;
    std::fill_n(weights.begin(), outcomes, 0.0);
    for (std::size_t t = 0; t < all_.end[0]; ++t)
        weights[all_.list[t].character] += product(all_.list[t], left, right, element);
    // From weights of characters to probabilities of outcomes: a Walsh-Hadamard transform.
    for (std::size_t bit = 1; bit < outcomes; bit *= 2)
        for (std::size_t m = 0; m < outcomes; ++m)
            if ((m & bit) == 0) {
                const double a = weights[m], b = weights[m | bit];
                weights[m] = a + b;
                weights[m | bit] = a - b;
            }
    double sum = 0.0;
    for (std::size_t m = 0; m < outcomes; ++m) weights[m] = sum += std::max(weights[m], 0.0);
    const double u = pool.next_uniform() * sum;
    std::size_t outcome = 0;
    while (outcome + 1 < outcomes && weights[outcome] <= u) ++outcome;
    return outcome;
}

// The probabilities of all outcomes together: 1, up to rounding and a map that loses states.
double PoolJoin::total(const double* left, const double* right, std::size_t element) const {
    double sum = 0.0;
    for (std::size_t t = 0; t < all_.end[0]; ++t)
        if (all_.list[t].character == 0) sum += product(all_.list[t], left, right, element);
    return sum * static_cast<double>(sums_.size());
}

Slot PoolJoin::finish(StatePool& pool, Slot left, Slot right, const double* out) const {
    const SlotRecord a = *pool.stored(left).record, b = *pool.stored(right).record;
    pool.give_back(left);
    pool.give_back(right);
    if (out == nullptr || table_->num_out() == 0) return no_slot;
    Slot slot = no_slot;
    const auto made = pool.take(table_->num_out(), a.clock, std::min(a.birth, b.birth), slot);
    for (std::size_t q = 0; q < kept_.size(); ++q) {
        const int of = kept_[q], n = table_->num_left();
        made.record->memory[q] =
            of < n ? a.memory[static_cast<std::size_t>(of)] : b.memory[static_cast<std::size_t>(of - n)];
    }
    const bool is_lost = out[0] < form_tolerance;
    for (std::size_t r = 0; r < made.entries(); ++r) made.state[r] = is_lost ? 0.0 : out[r] / out[0];
    made.state[0] = 1.0;
    return slot;
}

void PoolJoin::average(StatePool& pool, SlotSpan left, SlotSpan right, Times time, Slot* slots) const {
    require(pool, left, right, time);
    double* out = pool.scratch(power_of_four(table_->num_out()));
    for (std::size_t i = 0; i < left.size(); ++i) {
        const double* a = pool.touch(left[i], time[i]).state;
        const double* b = pool.touch(right[i], time[i]).state;
        evaluate(mean_, sums_.data(), a, b, i, out);
        const bool is_accepted = accepts_all_ || out[0] > pool.next_uniform() * total(a, b, i);
        slots[i] = finish(pool, left[i], right[i], is_accepted ? out : nullptr);
    }
}

void PoolJoin::sample(StatePool& pool, SlotSpan left, SlotSpan right, Times time, Slot* slots,
                      std::uint8_t* outcomes) const {
    require(pool, left, right, time);
    double* out = pool.scratch(power_of_four(table_->num_out()));
    for (std::size_t i = 0; i < left.size(); ++i) {
        const double* a = pool.touch(left[i], time[i]).state;
        const double* b = pool.touch(right[i], time[i]).state;
        const std::size_t m = draw(pool, a, b, i);
        outcomes[i] = static_cast<std::uint8_t>(m);
        if (accepted_[m] != 0) evaluate(all_, &signs_[m * sums_.size()], a, b, i, out);
        slots[i] = finish(pool, left[i], right[i], accepted_[m] != 0 ? out : nullptr);
    }
}

}  // namespace ebit
