// From what one attempt heralds at given transmissivities to an elementary link.
#pragma once

#include <cstdint>
#include <functional>

#include "ebit/link/arm.hpp"
#include "ebit/link/elementary_link.hpp"

namespace ebit {

// The stations herald Psi+ (Psi- where a Z has been undone); Phi+ is one X on qubit b away.
enum class Frame { phi, psi };

struct Herald {
    double preparation_time = 0.0;  // seconds per attempt, beside the signals' travel
    std::int64_t modes = 1;         // multiplexed: every attempt tries this many
    Frame frame = Frame::phi;

    void check() const;
};

// The unnormalised heralded state, frame psi: [0][0] is the probability of the herald. The arguments
// are the transmissivities of the two media during one attempt.
using HeraldEvent = std::function<Correlations(double transmissivity_a, double transmissivity_b)>;

// Averages the event over the fading of both arms, which are independent and take new values for
// every attempt. A slot lasts 2 max(delay_a, delay_b) + preparation_time: signal and answer.
// The link's transmissivity is that whose capacity bound equals the average bound over the fading.
ElementaryLink heralded_link(const Arm& a, const Arm& b, const Herald& herald, const HeraldEvent& event);

// 1 - (1 - p)^modes.
double any_of_modes(double p, std::int64_t modes);

}  // namespace ebit
