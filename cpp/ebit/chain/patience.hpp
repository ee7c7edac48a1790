// How long a shot may go on, one at a time: it looks for a cancellation now and then, and ends with an
// error where it would never end, or could not be counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "ebit/base/parallel.hpp"

namespace ebit {

// Slots and attempts stay exact as doubles.
inline constexpr std::int64_t most_slots = std::int64_t{1} << 53;

class Patience {
  public:
    void begin_block(Cancellation& cancel) { cancel_ = &cancel; }
    void begin_shot() { looks_ = 0; }

    // Counts steps of work of a shot that has come to slot `now` with so many attempts.
    void step(std::size_t steps, std::int64_t now, std::int64_t attempts) {
        work_ += steps;
        if (work_ < steps_per_look) return;
        work_ = 0;
        if (cancel_->requested()) throw Cancelled{};
        if (++looks_ > most_looks)
            throw std::runtime_error(
                "a shot takes more than 2^31 steps: the chain has next to no chance to deliver");
        if (now > most_slots || attempts > most_slots)
            throw std::runtime_error("a shot takes more than 2^53 slots or attempts: they cannot be counted");
    }

  private:
    // Between two looks at the cancellation: some 0.1 ms.
    static constexpr std::size_t steps_per_look = 20000;
    // Within one shot: some ten seconds.
    static constexpr std::uint64_t most_looks = (std::uint64_t{1} << 31) / steps_per_look;

    Cancellation* cancel_ = nullptr;
    std::size_t work_ = 0;
    std::uint64_t looks_ = 0;
};

}  // namespace ebit
