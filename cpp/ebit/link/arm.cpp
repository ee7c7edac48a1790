#include "ebit/link/arm.hpp"

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

Fading law_of(const Fibre& fibre) { return steady(fibre.transmissivity()); }
Fading law_of(const FreeSpace& space) { return space.fading(); }

}  // namespace

void Arm::check() const {
    std::visit([](const auto& m) { m.check(); }, medium);
    require_probability("source_efficiency", source_efficiency);
    if (converter) converter->check();
}

double Arm::delay() const {
    return std::visit([](const auto& m) { return m.delay(); }, medium);
}

double Arm::coupling() const {
    return std::visit([](const auto& m) { return m.coupling; }, medium);
}

Fading Arm::fading() const {
    return std::visit([](const auto& m) { return law_of(m); }, medium);
}

}  // namespace ebit
