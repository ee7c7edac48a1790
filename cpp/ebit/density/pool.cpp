#include "ebit/density/pool.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "ebit/base/error.hpp"
#include "ebit/base/math.hpp"
#include "ebit/rng/stream.hpp"

namespace ebit {

namespace {

constexpr std::size_t block = 1024;  // draws from one stream
constexpr std::size_t most_memories = 65536;

[[noreturn]] void refuse_slot(Slot slot) {
    throw InvalidParameter("slot", std::to_string(slot), "a slot of this pool that is still in use");
}

[[noreturn]] void refuse_time(double time, double clock) {
    if (time < clock)
        throw InvalidParameter("time", time, "at least " + to_text(clock) + ", the slot's clock");
    throw InvalidParameter("time", time, "finite");
}

// Times are finite, and so are their differences.
bool can_follow(double time, double clock) { return time >= clock && std::isfinite(time - clock); }

// The expectation values of one qubit of a state.
void relax(const double* kept, double shift, std::size_t outer, std::size_t inner, double* state) {
    for (std::size_t o = 0; o < outer; ++o)
        for (std::size_t i = 0; i < inner; ++i) {
            double* p = state + 4 * inner * o + i;
            p[inner] *= kept[0];
            p[2 * inner] *= kept[1];
            p[3 * inner] = p[3 * inner] * kept[2] + p[0] * shift;
        }
}

}  // namespace

StatePool::StatePool(std::uint64_t key) : key_(key), memories_(1) {
    for (int n = 1; n <= most_slot_qubits; ++n) slots_.emplace_back(n);
}

std::size_t StatePool::size() const {
    std::size_t count = 0;
    for (const Slots& s : slots_) count += s.size();
    return count;
}

std::size_t StatePool::bytes() const {
    std::size_t count = 0;
    for (const Slots& s : slots_) count += s.bytes();
    return count;
}

bool StatePool::holds(Slot slot) const {
    const int n = qubits_of(slot);
    return n >= 1 && n <= most_slot_qubits && slots_of(n).holds(slot);
}

std::vector<Slot> StatePool::slots() const {
    std::vector<Slot> out;
    out.reserve(size());
    for (const Slots& s : slots_)
        for (std::size_t place = 0; place < s.used(); ++place)
            if (const Slot slot = s.slot_at(static_cast<std::uint32_t>(place)); slot != no_slot)
                out.push_back(slot);
    return out;
}

std::int64_t StatePool::add_memory(const Memory& given) {
    given.check();
    Memory memory = given;
    if (memory.rate_z == 0.0) memory.equilibrium_z = 0.0;  // never reached
    const auto known = std::ranges::find(memories_, memory);
    if (known != memories_.end()) return known - memories_.begin();
    if (memories_.size() == most_memories)
        throw InvalidParameter("number of memories", static_cast<double>(most_memories + 1),
                               "at most 65536 in one pool");
    memories_.push_back(memory);
    return static_cast<std::int64_t>(memories_.size()) - 1;
}

// ---- checks ----

void StatePool::require(SlotSpan slots, int num_qubits) const {
    for (const Slot slot : slots) {
        if (!holds(slot)) refuse_slot(slot);
        if (num_qubits != 0 && ebit::qubits_of(slot) != num_qubits)
            throw InvalidParameter("slot", std::to_string(slot),
                                   "one of " + std::to_string(num_qubits) + " qubits, not " +
                                       std::to_string(ebit::qubits_of(slot)));
    }
}

void StatePool::require(SlotSpan slots, Times time, int num_qubits) const {
    require(slots, num_qubits);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const double clock = slots_of(ebit::qubits_of(slots[i])).record(place_of(slots[i])).clock;
        if (!can_follow(time[i], clock)) refuse_time(time[i], clock);
    }
}

void StatePool::require_distinct(SlotSpan slots) const {
    if (slots.size() < 2) return;
    std::vector<Slot> sorted(slots.begin(), slots.end());
    std::ranges::sort(sorted);
    const auto twice = std::ranges::adjacent_find(sorted);
    if (twice != sorted.end())
        throw InvalidParameter("slots", std::to_string(*twice) + " more than once", "different slots");
}

void StatePool::require_joinable(SlotSpan left, SlotSpan right, Times time) const {
    if (left.size() != right.size())
        throw InvalidParameter("right", std::to_string(right.size()) + " slots",
                               "as many as left, " + std::to_string(left.size()));
    require(left, time, 0);
    require(right, time, 0);
    if (left.size() == 1 && left[0] != right[0]) return;
    std::vector<Slot> all(left.begin(), left.end());
    all.insert(all.end(), right.begin(), right.end());
    require_distinct(all);
}

int StatePool::qubits_of_all(SlotSpan slots) const {
    const int n = slots.empty() ? 0 : ebit::qubits_of(slots[0]);
    require(slots, n);
    return n;
}

std::uint16_t StatePool::memory_number(std::int64_t number) const {
    if (number < 0 || number >= static_cast<std::int64_t>(memories_.size()))
        throw InvalidParameter("memory", std::to_string(number),
                               "a number that add_memory returned, or 0 for a perfect memory");
    return static_cast<std::uint16_t>(number);
}

// ---- building blocks ----

StatePool::Stored StatePool::stored(Slot slot) {
    Slots& slots = slots_of(ebit::qubits_of(slot));
    const std::uint32_t place = place_of(slot);
    return {slots.state(place), &slots.record(place), slots.num_qubits()};
}

void StatePool::decay(const SlotRecord& record, int num_qubits, double time, double* state) const {
    const double elapsed = time - record.clock;
    if (elapsed == 0.0) return;
    alignas(64) std::array<double, 24> kept{};
    const auto n = static_cast<std::size_t>(num_qubits);
    for (std::size_t q = 0; q < n; ++q) {
        const Memory& memory = memories_[record.memory[q]];
        kept[3 * q] = memory.rate_x * elapsed;
        kept[3 * q + 1] = memory.rate_y * elapsed;
        kept[3 * q + 2] = memory.rate_z * elapsed;
    }
    math_kernels().exp_negative(kept.data(), kept.data(), (3 * n + 7) / 8 * 8);
    for (std::size_t q = 0; q < n; ++q) {
        if (record.memory[q] == 0) continue;
        const double shift = memories_[record.memory[q]].equilibrium_z * (1.0 - kept[3 * q + 2]);
        relax(&kept[3 * q], shift, std::size_t{1} << 2 * q, std::size_t{1} << 2 * (n - 1 - q), state);
    }
}

StatePool::Stored StatePool::touch(Slot slot, double time) {
    const Stored s = stored(slot);
    decay(*s.record, s.num_qubits, time, s.state);
    s.record->clock = time;
    return s;
}

void StatePool::make_room(int num_qubits, std::size_t count) { slots_of(num_qubits).make_room(count); }

StatePool::Stored StatePool::take(int num_qubits, double clock, double birth, Slot& slot) {
    slot = slots_of(num_qubits).take();
    const Stored s = stored(slot);
    s.record->clock = clock;
    s.record->birth = birth;
    s.record->memory.fill(0);
    return s;
}

void StatePool::give_back(Slot slot) { slots_of(ebit::qubits_of(slot)).give_back(slot); }

double* StatePool::decayed(const Stored& s, double time) {
    double* copy = scratch(s.entries());
    std::copy_n(s.state, s.entries(), copy);
    decay(*s.record, s.num_qubits, time, copy);
    return copy;
}

double* StatePool::scratch(std::size_t count) {
    scratch_.reserve(count);
    return scratch_.data();
}

void StatePool::set_draws(std::uint64_t draws) {
    draws_ = draws;
    if (draws % block == 0) return;  // the next draw fills the block
    uniforms_.reserve(block);
    Stream stream(key_, draws / block);
    fill_uniform(stream, {uniforms_.data(), block});
}

double StatePool::next_uniform() {
    const std::size_t k = draws_ % block;
    if (k == 0) {
        uniforms_.reserve(block);
        Stream stream(key_, draws_ / block);
        fill_uniform(stream, {uniforms_.data(), block});
    }
    ++draws_;
    return uniforms_[k];
}

// ---- what users do ----

void StatePool::store(int num_qubits, Source states, Times time, std::span<const Numbers> memories,
                      std::span<Slot> slots) {
    require_in_range("num_qubits", num_qubits, 1, most_slot_qubits);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        require_finite("time", time[i]);
        for (const Numbers& numbers : memories) memory_number(numbers[i]);
    }
    make_room(num_qubits, slots.size());
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const Stored s = take(num_qubits, time[i], time[i], slots[i]);
        const double* from = states.data + i * states.step;
        for (std::size_t r = 0; r < s.entries(); ++r) s.state[r] = from[r * states.stride];
        for (std::size_t q = 0; q < memories.size(); ++q)
            s.record->memory[q] = static_cast<std::uint16_t>(memories[q][i]);
    }
}

void StatePool::free(SlotSpan slots) {
    require(slots, 0);
    require_distinct(slots);
    for (const Slot slot : slots) give_back(slot);
}

void StatePool::advance(SlotSpan slots, Times time) {
    require(slots, time, 0);
    require_distinct(slots);
    for (std::size_t i = 0; i < slots.size(); ++i) touch(slots[i], time[i]);
}

void StatePool::move(SlotSpan slots, Times time, Numbers qubit, Numbers memory) {
    require(slots, time, 0);
    require_distinct(slots);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        memory_number(memory[i]);
        if (qubit[i] < 0 || qubit[i] >= ebit::qubits_of(slots[i]))
            throw InvalidParameter("qubit", std::to_string(qubit[i]),
                                   "in [0, " + std::to_string(ebit::qubits_of(slots[i]) - 1) + "]");
    }
    for (std::size_t i = 0; i < slots.size(); ++i)
        touch(slots[i], time[i]).record->memory[static_cast<std::size_t>(qubit[i])] =
            static_cast<std::uint16_t>(memory[i]);
}

void StatePool::replace(SlotSpan slots, Times time, Source states) {
    require(slots, time, 0);
    require_distinct(slots);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const Stored s = stored(slots[i]);
        const double* from = states.data + i * states.step;
        for (std::size_t r = 0; r < s.entries(); ++r) s.state[r] = from[r * states.stride];
        s.record->clock = time[i];
    }
}

void StatePool::look(SlotSpan slots, Times time, double* out, std::size_t stride) {
    require(slots, time, 0);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const Stored s = stored(slots[i]);
        const double* copy = decayed(s, time[i]);
        for (std::size_t r = 0; r < s.entries(); ++r) out[r * stride + i] = copy[r];
    }
}

void StatePool::overlap(SlotSpan slots, Times time, std::span<const double> target, double* out) {
    require(slots, time, 0);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const Stored s = stored(slots[i]);
        const double* copy = decayed(s, time[i]);
        double sum = 0.0;
        for (std::size_t r = 0; r < s.entries(); ++r) sum += copy[r] * target[r];
        out[i] = sum / static_cast<double>(std::size_t{1} << s.num_qubits);
    }
}

void StatePool::age(SlotSpan slots, Times time, double* out) {
    require(slots, time, 0);
    for (std::size_t i = 0; i < slots.size(); ++i) out[i] = time[i] - stored(slots[i]).record->birth;
}

}  // namespace ebit
