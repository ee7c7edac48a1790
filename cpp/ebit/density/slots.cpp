#include "ebit/density/slots.hpp"

#include "ebit/base/error.hpp"

namespace ebit {

Slots::Slots(int num_qubits)
    : num_qubits_(num_qubits),
      page_bits_(page_doubles_bits - 2 * num_qubits),
      page_mask_((1U << page_bits_) - 1) {}

std::size_t Slots::bytes() const {
    const std::size_t page = sizeof(double) << page_doubles_bits;
    return pages_.size() * page + capacity() * (sizeof(SlotRecord) + sizeof(std::uint32_t));
}

void Slots::make_room(std::size_t count) {
    if (free_.size() + capacity() - used_ >= count) return;
    const std::size_t needed = used_ + count - free_.size();
    if (needed > 0xFFFFFFFF)
        throw InvalidParameter("number of states", static_cast<double>(needed), "below 2^32 in one pool");
    while (capacity() < needed) {
        const std::size_t places = std::size_t{1} << page_bits_;
        Page page{Buffer<double>(std::size_t{1} << page_doubles_bits),
                  std::make_unique_for_overwrite<SlotRecord[]>(places)};
        free_.reserve(capacity() + places);  // so that give_back() cannot fail
        pages_.push_back(std::move(page));
    }
}

Slot Slots::take() {
    std::uint32_t place = 0;
    if (free_.empty()) {
        place = static_cast<std::uint32_t>(used_++);
        record(place).generation = 0;
    } else {
        place = free_.back();
        free_.pop_back();
        record(place).generation = ~record(place).generation + 1;
    }
    return slot_at(place);
}

void Slots::give_back(Slot slot) {
    const std::uint32_t place = place_of(slot);
    std::int32_t& generation = record(place).generation;
    if (generation == last_generation)
        ++retired_;
    else
        free_.push_back(place);
    generation = ~generation;
}

Slot Slots::slot_at(std::uint32_t place) const {
    const Slot generation = record(place).generation;
    return generation < 0 ? no_slot : generation << 35 | Slot{num_qubits_} << 32 | place;
}

void Slots::restore(const std::vector<SlotRecord>& records, const std::vector<std::uint32_t>& free_places) {
    make_room(records.size());
    used_ = records.size();
    std::size_t idle = 0;
    for (std::uint32_t place = 0; place < used_; ++place) {
        record(place) = records[place];
        idle += records[place].generation < 0;
    }
    free_.assign(free_places.begin(), free_places.end());
    retired_ = idle - free_.size();
}

}  // namespace ebit
