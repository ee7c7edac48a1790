// The slot in which something happens, for each of a fixed number of places, and which comes next:
// a tree of minima.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace ebit {

class Calendar {
  public:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    explicit Calendar(std::size_t places) : leaves_(std::bit_ceil(places)), earliest_(2 * leaves_, never) {}

    void clear() { std::fill(earliest_.begin(), earliest_.end(), never); }

    void set(std::size_t place, std::int64_t slot) {
        std::size_t i = leaves_ + place;
        earliest_[i] = slot;
        while (i > 1) {
            slot = std::min(slot, earliest_[i ^ 1]);
            i /= 2;
            if (earliest_[i] == slot) return;
            earliest_[i] = slot;
        }
    }

    std::int64_t next() const { return earliest_[1]; }

    // The first place whose slot is next().
    std::size_t first() const {
        std::size_t i = 1;
        while (i < leaves_) i = 2 * i + (earliest_[2 * i] == earliest_[1] ? 0 : 1);
        return i - leaves_;
    }

  private:
    std::size_t leaves_;
    std::vector<std::int64_t> earliest_;  // of the two children; the leaves are the places
};

}  // namespace ebit
