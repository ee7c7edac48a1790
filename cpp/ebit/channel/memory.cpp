#include "ebit/channel/memory.hpp"

#include <cmath>

#include "ebit/base/error.hpp"

namespace ebit {

namespace {

// Shorter than any memory, and far from the end of double precision.
constexpr double shortest_time = 1e-18;
constexpr double largest_rate = 1e18;

double rate_of(const char* name, double time) {
    if (!(time >= shortest_time))
        throw InvalidParameter(name, time, "at least " + to_text(shortest_time) + " s (infinity allowed)");
    return 1.0 / time;
}

}  // namespace

Memory Memory::relaxation(double t1, double t2, double excited_population) {
    const double rate_z = rate_of("t1", t1);
    const double rate_xy = rate_of("t2", t2);
    if (t2 > 2.0 * t1) throw InvalidParameter("t2", t2, "at most 2 t1 = " + to_text(2.0 * t1));
    require_probability("excited_population", excited_population);
    return {rate_xy, rate_xy, rate_z, 1.0 - 2.0 * excited_population};
}

Memory Memory::depolarizing(double time) {
    const double rate = rate_of("time", time);
    return {rate, rate, rate, 0.0};
}

Memory Memory::pauli_rates(double x, double y, double z) {
    require_in_range("x", x, 0.0, largest_rate);
    require_in_range("y", y, 0.0, largest_rate);
    require_in_range("z", z, 0.0, largest_rate);
    return {2.0 * (y + z), 2.0 * (x + z), 2.0 * (x + y), 0.0};
}

void Memory::check() const {
    require_in_range("rate_x", rate_x, 0.0, 4.0 * largest_rate);
    require_in_range("rate_y", rate_y, 0.0, 4.0 * largest_rate);
    require_in_range("rate_z", rate_z, 0.0, 4.0 * largest_rate);
    require_in_range("equilibrium_z", equilibrium_z, -1.0, 1.0);
}

PauliTransfer decay(const Memory& memory, double time) {
    require_non_negative("time", time);
    const double relaxed = -std::expm1(-memory.rate_z * time);
    return scaling(std::exp(-memory.rate_x * time), std::exp(-memory.rate_y * time),
                   std::exp(-memory.rate_z * time), memory.equilibrium_z * relaxed);
}

}  // namespace ebit
