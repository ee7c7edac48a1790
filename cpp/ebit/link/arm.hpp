// One arm of a heralded link, from a node to the station where the photons of both sides meet (or
// from the station to the node, for a source in the middle).
#pragma once

#include <optional>
#include <variant>

#include "ebit/link/detector.hpp"
#include "ebit/link/fading.hpp"
#include "ebit/link/fibre.hpp"
#include "ebit/link/free_space.hpp"

namespace ebit {

using Medium = std::variant<Fibre, FreeSpace>;

struct Arm {
    Medium medium = Fibre{};
    double source_efficiency = 1.0;                 // a photon that should be there enters the arm
    std::optional<FrequencyConverter> converter{};  // at the node

    void check() const;
    double delay() const;     // of the medium, one way
    double coupling() const;  // of the medium
    Fading fading() const;    // transmissivity of the medium alone
    const FrequencyConverter* converter_or_null() const { return converter ? &*converter : nullptr; }
    double converter_efficiency() const { return converter ? converter->efficiency : 1.0; }
};

}  // namespace ebit
