// A pool of stored states, as a network simulator holds them: states of 1 to 6 qubits, each in a slot with
// its own clock. Whoever touches a slot says when; the state is first brought to that time, every qubit
// decaying in its memory (channel/memory.hpp), so that nothing is computed while a state only waits.
// Looking (look, overlap) leaves the slot as it is. Seconds, from any origin.
//
// Every function takes many slots, or one: slots that are changed must differ. All is checked before
// anything is changed: a slot that is no longer valid, a time before its clock, a number out of range are
// refused (InvalidParameter), and then the pool is as it was.
//
// Random outcome number k of the pool is drawn with uniform variate k mod 1024 of Stream(key, k / 1024): it
// depends on the key and the order of calls alone, and a call for many slots draws like one call for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ebit/base/buffer.hpp"
#include "ebit/channel/memory.hpp"
#include "ebit/density/slots.hpp"

namespace ebit {

// One value per slot (step 1), or one for all (step 0).
template <class T>
struct Each {
    const T* data;
    std::size_t step;
    const T& operator[](std::size_t i) const { return data[i * step]; }
};
using Times = Each<double>;
using Numbers = Each<std::int64_t>;
using SlotSpan = std::span<const Slot>;

class StatePool {
  public:
    explicit StatePool(std::uint64_t key);

    std::size_t size() const;
    std::size_t bytes() const;
    bool holds(Slot slot) const;
    std::vector<Slot> slots() const;  // by number of qubits, then by place

    // Memories are referred to by their number in a list that only grows; number 0 is perfect, equal
    // ones have one number.
    std::int64_t add_memory(const Memory& memory);
    std::span<const Memory> memories() const { return memories_; }

    // Stores state i = states[r * stride + i * step], 0 <= r < 4^n, with qubit q in memories[q][i].
    struct Source {
        const double* data;
        std::size_t stride;
        std::size_t step;
    };
    void store(int num_qubits, Source states, Times time, std::span<const Numbers> memories,
               std::span<Slot> slots);
    void free(SlotSpan slots);
    // Brings the states to these times.
    void advance(SlotSpan slots, Times time);
    // The qubit is in another memory from now on.
    void move(SlotSpan slots, Times time, Numbers qubit, Numbers memory);
    // Puts other states, of as many qubits, in the place of those that are there.
    void replace(SlotSpan slots, Times time, Source states);

    // State i to out[r * stride + i].
    void look(SlotSpan slots, Times time, double* out, std::size_t stride);
    // tr(rho T) for one operator T with as many coefficients as the states.
    void overlap(SlotSpan slots, Times time, std::span<const double> target, double* out);
    // How long ago the oldest part of a state was made.
    void age(SlotSpan slots, Times time, double* out);

    // ---- what further operations are built of ----
    struct Stored {
        double* state;
        SlotRecord* record;
        int num_qubits;
        std::size_t entries() const { return std::size_t{1} << 2 * num_qubits; }
    };
    // Throws unless every slot is valid, has `num_qubits` (unless 0) and can be brought to its time, and
    // all differ.
    void require(SlotSpan slots, int num_qubits) const;
    void require(SlotSpan slots, Times time, int num_qubits) const;
    void require_distinct(SlotSpan slots) const;
    // Slots that are joined two by two: as many, all different.
    void require_joinable(SlotSpan left, SlotSpan right, Times time) const;
    std::uint16_t memory_number(std::int64_t number) const;  // if there is such a memory
    int qubits_of_all(SlotSpan slots) const;
    Stored stored(Slot slot);  // of a valid slot
    // A valid slot, brought to a time that it can be brought to.
    Stored touch(Slot slot, double time);
    void make_room(int num_qubits, std::size_t count);
    // A slot for a state to be written, in perfect memories. Needs room.
    Stored take(int num_qubits, double clock, double birth, Slot& slot);
    void give_back(Slot slot);
    double next_uniform();
    // For the next user alone: room for some numbers, or a copy of a state at some time.
    double* scratch(std::size_t count);
    double* decayed(const Stored& stored, double time);

    // ---- snapshots ----
    Slots& slots_of(int num_qubits) { return slots_[static_cast<std::size_t>(num_qubits - 1)]; }
    const Slots& slots_of(int num_qubits) const { return slots_[static_cast<std::size_t>(num_qubits - 1)]; }
    std::uint64_t key() const { return key_; }
    std::uint64_t draws() const { return draws_; }
    void set_draws(std::uint64_t draws);

  private:
    void decay(const SlotRecord& record, int num_qubits, double time, double* state) const;

    std::uint64_t key_;
    std::uint64_t draws_ = 0;
    Buffer<double> uniforms_;  // those of the block that the next draw is from
    Buffer<double> scratch_;
    std::vector<Memory> memories_;
    std::vector<Slots> slots_;
};

}  // namespace ebit
