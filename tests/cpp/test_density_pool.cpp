#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/channel/memory.hpp"
#include "ebit/density/pool.hpp"
#include "ebit/density/pool_join.hpp"
#include "ebit/density/pool_operations.hpp"
#include "ebit/density/pool_snapshot.hpp"
#include "ebit/state/correlations.hpp"
#include "ebit/state/pair.hpp"
#include "ebit/state/swap.hpp"

using namespace ebit;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

const std::vector<Memory>& kinds() {
    static const std::vector<Memory> all{Memory{}, Memory::relaxation(2.0, 0.7, 0.2),
                                         Memory::depolarizing(1.5), Memory::pauli_rates(0.1, 0.2, 0.4)};
    return all;
}

StatePool with_memories(std::uint64_t key) {
    StatePool pool(key);
    for (const Memory& memory : kinds()) pool.add_memory(memory);
    return pool;
}

Times at(const double& time) { return {&time, 0}; }
Times at_clock(StatePool& pool, const Slot& slot) { return {&pool.stored(slot).record->clock, 0}; }
SlotSpan one(const Slot& slot) { return {&slot, 1}; }

Slot store(StatePool& pool, const std::vector<double>& state, int num_qubits, double time,
           const std::vector<std::int64_t>& numbers) {
    std::vector<Numbers> memories;
    for (const std::int64_t& number : numbers) memories.push_back({&number, 0});
    Slot slot = no_slot;
    pool.store(num_qubits, {state.data(), 1, 0}, at(time), memories, {&slot, 1});
    return slot;
}

// The noiseless swap as a table: outcome m = 2x + z is that of swap_outcomes.
PoolJoin swap_step(bool accepts_all = true) {
    BilinearTable::Columns c;
    for (std::uint32_t i = 0; i < 4; ++i)
        for (std::uint32_t j = 0; j < 4; ++j)
            for (std::uint32_t k = 0; k < 4; ++k) {
                c.out.push_back(4 * i + j);
                c.left.push_back(4 * i + k);
                c.right.push_back(4 * k + j);
                // X, Y, Z change sign with the bits z, x and z, x of the outcome.
                const std::array<std::uint32_t, 4> characters{0, 1, 3, 2};
                c.character.push_back(characters[k]);
                c.coefficients.push_back(0.25 * phi_plus_signs[k]);
            }
    return {std::make_shared<const BilinearTable>(2, 2, 2, 2, c),
            accepts_all ? std::vector<std::uint8_t>{1, 1, 1, 1} : std::vector<std::uint8_t>{1, 0, 0, 1},
            {0, 3}};
}

// What a slot must hold.
struct Record {
    std::vector<double> state;
    int num_qubits;
    double clock;
    std::vector<std::int64_t> memory;
};

void decay_slowly(Record& r, double time) {
    const auto n = static_cast<std::size_t>(r.num_qubits);
    for (std::size_t q = 0; q < n; ++q) {
        const PauliTransfer map = decay(kinds()[static_cast<std::size_t>(r.memory[q])], time - r.clock);
        const std::size_t unit = std::size_t{1} << 2 * (n - 1 - q);
        std::vector<double> out(r.state.size());
        for (std::size_t row = 0; row < out.size(); ++row)
            for (std::size_t digit = 0; digit < 4; ++digit) {
                const std::size_t own = row / unit % 4;
                out[row] += map[4 * own + digit] * r.state[row + digit * unit - own * unit];
            }
        r.state = out;
    }
    r.clock = time;
}

double distance(const std::vector<double>& a, const double* b) {
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

std::vector<double> random_state(std::mt19937_64& random, int num_qubits) {
    std::uniform_real_distribution<double> small(-0.05, 0.05);
    std::vector<double> state(std::size_t{1} << 2 * num_qubits);
    for (double& x : state) x = small(random);
    state[0] = 1.0;
    return state;
}

}  // namespace

TEST_CASE("a long random story of slots agrees with a map of arrays") {
    std::mt19937_64 random(5);
    StatePool pool = with_memories(3);
    std::map<Slot, Record> twin;
    std::vector<Slot> gone;
    const PoolJoin step = swap_step(false);
    double time = 0.0;
    const auto any = [&](int num_qubits) {
        std::vector<Slot> fitting;
        for (const auto& [slot, record] : twin)
            if (num_qubits == 0 || record.num_qubits == num_qubits) fitting.push_back(slot);
        return fitting.empty() ? no_slot : fitting[random() % fitting.size()];
    };
    const auto forget = [&](Slot slot) {
        twin.erase(slot);
        gone.push_back(slot);
    };
    for (int n = 0; n < 8000; ++n) {
        time += 0.001;
        const std::uint64_t kind = random() % 10;
        if (kind < 5) {
            const int qubits = 1 + static_cast<int>(random() % 4);
            std::vector<std::int64_t> memory;
            for (int q = 0; q < qubits; ++q)
                memory.push_back(static_cast<std::int64_t>(random() % kinds().size()));
            const auto state = random_state(random, qubits);
            const Slot slot = store(pool, state, qubits, time, memory);
            REQUIRE(twin.count(slot) == 0);
            twin[slot] = {state, qubits, time, memory};
        } else if (kind < 7) {
            const Slot slot = any(0);
            if (slot == no_slot) continue;
            pool.free(one(slot));
            forget(slot);
        } else if (kind == 7) {
            const Slot left = any(2), right = any(2);
            if (left == right) continue;
            Record a = twin[left], b = twin[right];
            decay_slowly(a, time);
            decay_slowly(b, time);
            Slot slot = no_slot;
            std::uint8_t outcome = 0;
            step.sample(pool, one(left), one(right), at(time), &slot, &outcome);
            REQUIRE((slot == no_slot) == (outcome == 1 || outcome == 2));
            Correlations ca, cb;
            std::copy_n(a.state.begin(), 16, ca.begin());
            std::copy_n(b.state.begin(), 16, cb.begin());
            const Correlations made = normalised(swap_outcomes(ca, cb, {1.0, 1.0, 1.0, 1.0})[outcome]);
            forget(left);
            forget(right);
            if (slot != no_slot)
                twin[slot] = {{made.begin(), made.end()}, 2, time, {a.memory[0], b.memory[1]}};
        } else if (kind == 8) {
            const Slot left = any(2), right = any(1);
            if (left == no_slot || right == no_slot) continue;
            Record a = twin[left], b = twin[right];
            decay_slowly(a, time);
            decay_slowly(b, time);
            Slot slot = no_slot;
            tensor(pool, one(left), one(right), at(time), &slot);
            Record joint{{}, 3, time, {a.memory[0], a.memory[1], b.memory[0]}};
            for (const double x : a.state)
                for (const double y : b.state) joint.state.push_back(x * y);
            forget(left);
            forget(right);
            twin[slot] = joint;
        } else if (const Slot slot = any(3); slot != no_slot) {
            Record r = twin[slot];
            decay_slowly(r, time);
            const std::array<int, 1> first{0};
            Slot rest = no_slot;
            discard(pool, one(slot), at(time), first, &rest);
            forget(slot);
            twin[rest] = {{r.state.begin(), r.state.begin() + 16}, 2, time, {r.memory[1], r.memory[2]}};
        }
    }
    CHECK(pool.size() == twin.size());
    CHECK(twin.size() > 100);
    double worst = 0.0;
    std::vector<double> out(256);
    for (auto& [slot, record] : twin) {
        pool.look(one(slot), at(time), out.data(), 1);
        decay_slowly(record, time);
        worst = std::max(worst, distance(record.state, out.data()));
    }
    CHECK(worst < 1e-13);
    CHECK(std::none_of(gone.begin(), gone.end(), [&](Slot slot) { return pool.holds(slot); }));
    CHECK(gone.size() > 1000);
}

TEST_CASE("what was freed is refused for ever") {
    StatePool pool(1);
    const std::vector<double> state{1.0, 0.0, 0.0, 1.0};
    const Slot old = store(pool, state, 1, 0.0, {});
    pool.free(one(old));
    const Slot anew = store(pool, state, 1, 0.0, {});
    CHECK(place_of(anew) == place_of(old));
    CHECK(anew != old);
    CHECK_THROWS_AS(pool.free(one(old)), InvalidParameter);
    for (const Slot slot : {Slot{0}, Slot{1}, no_slot, std::numeric_limits<Slot>::min(),
                            std::numeric_limits<Slot>::max(), anew + 1, anew | Slot{7} << 32}) {
        CHECK_FALSE(pool.holds(slot));
        CHECK_THROWS_AS(pool.advance(one(slot), at(1.0)), InvalidParameter);
    }
    CHECK(pool.holds(anew));
}

TEST_CASE("a place whose names are used up is not used again") {
    Slots slots(2);
    slots.make_room(4);
    const Slot first = slots.take();
    std::vector<SlotRecord> records(1, slots.record(0));
    records[0].generation = ~(Slots::last_generation - 1);
    Slots late(2);
    late.restore(records, {0});
    late.make_room(4);
    const Slot last = late.take();
    CHECK(place_of(last) == place_of(first));
    CHECK(last > first);
    late.give_back(last);
    CHECK(late.size() == 0);
    CHECK_FALSE(late.holds(last));
    CHECK(place_of(late.take()) == 1);
    CHECK(late.size() == 1);
}

TEST_CASE("time does not go back, and is a number") {
    StatePool pool = with_memories(1);
    const Slot slot = store(pool, {1.0, 0.5, 0.0, 0.5}, 1, 2.0, {1});
    double out = 0.0;
    for (const double time : {1.9, not_a_number, inf, -inf}) {
        CHECK_THROWS_AS(pool.advance(one(slot), at(time)), InvalidParameter);
        CHECK_THROWS_AS(pool.age(one(slot), at(time), &out), InvalidParameter);
        CHECK_THROWS_AS(store(pool, {1.0, 0.0, 0.0, 1.0}, 1, time == 1.9 ? not_a_number : time, {}),
                        InvalidParameter);
    }
    pool.advance(one(slot), at(2.0));
    CHECK(pool.size() == 1);
}

TEST_CASE("a call that is refused changes nothing") {
    StatePool pool = with_memories(1);
    std::vector<Slot> slots;
    for (int i = 0; i < 5; ++i) slots.push_back(store(pool, {1.0, 0.5, 0.0, 0.5}, 1, 0.0, {1}));
    const std::string before = save(pool);
    const std::array<double, 5> times{1.0, 1.0, 1.0, 1.0, not_a_number};
    CHECK_THROWS_AS(pool.advance(slots, {times.data(), 1}), InvalidParameter);
    slots.push_back(slots[0]);
    CHECK_THROWS_AS(pool.free(slots), InvalidParameter);
    CHECK(save(pool) == before);
}

TEST_CASE("a snapshot is the pool") {
    StatePool pool = with_memories(9);
    std::vector<Slot> slots;
    std::mt19937_64 random(1);
    for (int n = 0; n < 50; ++n) slots.push_back(store(pool, random_state(random, 2), 2, 0.1 * n, {1, 2}));
    pool.free(std::span(slots).subspan(10, 5));
    pool.next_uniform();
    StatePool other = load(save(pool));
    CHECK(other.slots() == pool.slots());
    CHECK(save(other) == save(pool));
    CHECK(other.next_uniform() == pool.next_uniform());
    CHECK(store(other, random_state(random, 2), 2, 9.0, {}) ==
          store(pool, random_state(random, 2), 2, 9.0, {}));
    CHECK_THROWS_AS(load(save(pool).substr(1)), InvalidParameter);
    CHECK_THROWS_AS(load(""), InvalidParameter);
}

TEST_CASE("memories that a snapshot lists twice are refused: slots would refer to none") {
    StatePool pool = with_memories(9);
    std::mt19937_64 random(1);
    store(pool, random_state(random, 2), 2, 0.0, {3, 3});
    std::string bytes = save(pool);
    const std::size_t list = 4 * sizeof(std::uint64_t);
    bytes.replace(list + 3 * sizeof(Memory), sizeof(Memory), bytes, list + 2 * sizeof(Memory),
                  sizeof(Memory));
    CHECK_THROWS_AS(load(bytes), InvalidParameter);
}

TEST_CASE("what was cut off or changed is refused, or a pool like any other") {
    StatePool pool = with_memories(9);
    std::mt19937_64 random(1);
    std::vector<Slot> slots;
    for (int n = 0; n < 4; ++n) slots.push_back(store(pool, random_state(random, 2), 2, 0.1 * n, {1, 3}));
    pool.free(std::span(slots).subspan(1, 2));
    const std::string bytes = save(pool);
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (const int mask : {1, 0x80, 0xff}) {
            std::string other = bytes;
            other[at] = static_cast<char>(other[at] ^ mask);
            try {
                StatePool made = load(other);
                for (const Slot slot : made.slots()) made.advance(one(slot), at_clock(made, slot));
                const std::vector<double> state = random_state(random, 2);
                made.free(one(store(made, state, 2, 9.0, {})));
            } catch (const InvalidParameter& refused) {
                CHECK(std::string(refused.what()) != "");
            }
            CHECK_THROWS_AS(load(bytes.substr(0, at)), InvalidParameter);
        }
}
