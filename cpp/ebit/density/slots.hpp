// Storage for many states of one number of qubits, each 4^n doubles in a row, with what a network
// simulator needs to know of each: a clock, a time of birth, and in which memory each qubit lies.
//
// Slots live in pages of 128 KiB that never move: to take a slot and to give it back are O(1) whatever
// the number of slots, nothing is copied when the storage grows, and it never shrinks. A state is one
// stretch of memory (two cache lines for a pair), because slots are touched one by one, or gathered in any
// order; its record is half a cache line.
//
// A slot is named by a number that is never given twice: its place, the number of qubits and how often
// the place was used before. So a name that is no longer valid is recognised. Every name is at least 2^32.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "ebit/base/buffer.hpp"

namespace ebit {

using Slot = std::int64_t;

// What no state has: the slot of a state that was not kept.
inline constexpr Slot no_slot = -1;
inline constexpr int most_slot_qubits = 6;

// The number of qubits in a slot's name: 0 to 7 in any number, 1 to 6 in a name.
constexpr int qubits_of(Slot slot) { return static_cast<int>(slot >> 32 & 7); }
constexpr std::uint32_t place_of(Slot slot) { return static_cast<std::uint32_t>(slot); }

struct SlotRecord {
    double clock;             // the time at which the state is what is stored
    double birth;             // when the oldest part of the state was made
    std::int32_t generation;  // how often the place was used before; its complement where it is free
    std::array<std::uint16_t, most_slot_qubits> memory;  // of each qubit: a number of the pool's list
};
static_assert(sizeof(SlotRecord) == 32);

class Slots {
  public:
    static constexpr std::int32_t last_generation = (1 << 28) - 1;

    explicit Slots(int num_qubits);

    int num_qubits() const { return num_qubits_; }
    std::size_t entries() const { return std::size_t{1} << 2 * num_qubits_; }  // of one state
    std::size_t size() const { return used_ - free_.size() - retired_; }
    std::size_t capacity() const { return pages_.size() << page_bits_; }
    std::size_t bytes() const;

    // Room for `count` further slots, so that as many calls of take() cannot fail.
    void make_room(std::size_t count);
    // A slot whose state and record are to be written. Needs room.
    Slot take();
    // Needs a valid slot.
    void give_back(Slot slot);

    bool holds(Slot slot) const {
        const std::uint32_t place = place_of(slot);
        return place < used_ && slot >= 0 && slot >> 35 == record(place).generation;
    }

    double* state(std::uint32_t place) {
        return pages_[place >> page_bits_].states.data() + (place & page_mask_) * entries();
    }
    const double* state(std::uint32_t place) const {
        return pages_[place >> page_bits_].states.data() + (place & page_mask_) * entries();
    }
    SlotRecord& record(std::uint32_t place) {
        return pages_[place >> page_bits_].records[place & page_mask_];
    }
    const SlotRecord& record(std::uint32_t place) const {
        return pages_[place >> page_bits_].records[place & page_mask_];
    }

    // Places from 0 to used() - 1 have been taken at least once.
    std::size_t used() const { return used_; }
    Slot slot_at(std::uint32_t place) const;  // no_slot if the place is free
    // Free places, the one that is taken next last.
    const std::vector<std::uint32_t>& free_places() const { return free_; }
    // Takes over the records and free places of other slots, into empty ones; states are to be written.
    void restore(const std::vector<SlotRecord>& records, const std::vector<std::uint32_t>& free_places);

  private:
    static constexpr int page_doubles_bits = 14;

    struct Page {
        Buffer<double> states;
        std::unique_ptr<SlotRecord[]> records;
    };

    int num_qubits_;
    int page_bits_;
    std::uint32_t page_mask_;
    std::vector<Page> pages_;
    std::vector<std::uint32_t> free_;
    std::size_t used_ = 0;
    std::size_t retired_ = 0;  // places whose names are all used up
};

}  // namespace ebit
