#include "ebit/density/pool_snapshot.hpp"

#include <cmath>
#include <cstring>
#include <type_traits>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

constexpr std::uint64_t format = 0x0001'6c6f'6f70'6265;  // "ebpool" and a version

class Writer {
  public:
    template <class T>
    void put(const T* values, std::size_t count) {
        static_assert(std::is_trivially_copyable_v<T>);
        bytes_.append(reinterpret_cast<const char*>(values), count * sizeof(T));
    }
    void put(std::uint64_t value) { put(&value, 1); }
    std::string bytes() && { return std::move(bytes_); }

  private:
    std::string bytes_;
};

class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    template <class T>
    void get(T* values, std::size_t count) {
        require(count <= bytes_.size() / sizeof(T));
        if (count != 0) std::memcpy(static_cast<void*>(values), bytes_.data(), count * sizeof(T));
        bytes_.remove_prefix(count * sizeof(T));
    }
    template <class T>
    std::vector<T> array(std::uint64_t count) {
        require(count <= bytes_.size() / sizeof(T));
        std::vector<T> values(count);
        get(values.data(), count);
        return values;
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        get(&value, 1);
        return value;
    }
    void require(bool ok) const {
        if (!ok)
            throw InvalidParameter("snapshot", "a string of bytes", "one that a pool of this version wrote");
    }
    bool is_empty() const { return bytes_.empty(); }

  private:
    std::string_view bytes_;
};

void save(const Slots& slots, Writer& out) {
    out.put(slots.used());
    out.put(slots.free_places().size());
    out.put(slots.free_places().data(), slots.free_places().size());
    for (std::uint32_t place = 0; place < slots.used(); ++place) out.put(&slots.record(place), 1);
    for (std::uint32_t place = 0; place < slots.used(); ++place)
        if (slots.slot_at(place) != no_slot) out.put(slots.state(place), slots.entries());
}

void require_records(const Reader& in, const std::vector<SlotRecord>& records, std::size_t num_qubits,
                     std::size_t memories) {
    for (const SlotRecord& r : records) {
        const std::int32_t generation = r.generation < 0 ? ~r.generation : r.generation;
        in.require(generation <= Slots::last_generation);
        if (r.generation < 0) continue;
        in.require(std::isfinite(r.clock) && std::isfinite(r.birth));
        for (std::size_t q = 0; q < num_qubits; ++q) in.require(r.memory[q] < memories);
    }
}

// Every free place is listed once; those that are not listed have used up their names.
void require_free(const Reader& in, const std::vector<SlotRecord>& records,
                  const std::vector<std::uint32_t>& free) {
    std::vector<bool> listed(records.size());
    for (const std::uint32_t place : free) {
        in.require(place < records.size() && records[place].generation < 0 && !listed[place]);
        listed[place] = true;
    }
    for (std::size_t place = 0; place < records.size(); ++place)
        if (const std::int32_t generation = records[place].generation; generation < 0)
            in.require(listed[place] != (~generation == Slots::last_generation));
}

void load(Slots& slots, Reader& in, std::size_t memories) {
    const std::uint64_t used = in.number();
    const auto free = in.array<std::uint32_t>(in.number());
    const auto records = in.array<SlotRecord>(used);
    in.require(used <= 0xFFFFFFFF);
    require_records(in, records, static_cast<std::size_t>(slots.num_qubits()), memories);
    require_free(in, records, free);
    slots.restore(records, free);
    for (std::uint32_t place = 0; place < used; ++place)
        if (slots.slot_at(place) != no_slot) in.get(slots.state(place), slots.entries());
}

}  // namespace

std::string save(const StatePool& pool) {
    Writer out;
    out.put(format);
    out.put(pool.key());
    out.put(pool.draws());
    out.put(pool.memories().size());
    out.put(pool.memories().data(), pool.memories().size());
    for (int n = 1; n <= most_slot_qubits; ++n) save(pool.slots_of(n), out);
    return std::move(out).bytes();
}

StatePool load(std::string_view bytes) {
    Reader in(bytes);
    in.require(in.number() == format);
    StatePool pool(in.number());
    pool.set_draws(in.number());
    const auto memories = in.array<Memory>(in.number());
    in.require(!memories.empty() && memories[0] == Memory{});
    for (std::size_t i = 1; i < memories.size(); ++i)
        in.require(pool.add_memory(memories[i]) == static_cast<std::int64_t>(i));
    for (int n = 1; n <= most_slot_qubits; ++n) load(pool.slots_of(n), in, memories.size());
    in.require(in.is_empty());
    return pool;
}

}  // namespace ebit
