#include "ebit/channel/memory.hpp"

#include <cmath>

#include "ebit/base/error.hpp"

namespace ebit {

Memory Memory::relaxation(double t1, double t2, double excited_population) {
    require_positive_or_infinite("t1", t1);
    require_positive_or_infinite("t2", t2);
    if (t2 > 2.0 * t1) throw InvalidParameter("t2", t2, "at most 2 t1 = " + to_text(2.0 * t1));
    require_probability("excited_population", excited_population);
    return {1.0 / t2, 1.0 / t2, 1.0 / t1, 1.0 - 2.0 * excited_population};
}

Memory Memory::depolarizing(double time) {
    const double rate = 1.0 / require_positive_or_infinite("time", time);
    return {rate, rate, rate, 0.0};
}

Memory Memory::pauli_rates(double x, double y, double z) {
    require_non_negative("rate_x", x);
    require_non_negative("rate_y", y);
    require_non_negative("rate_z", z);
    return {2.0 * (y + z), 2.0 * (x + z), 2.0 * (x + y), 0.0};
}

PauliTransfer decay(const Memory& memory, double time) {
    require_non_negative("time", time);
    const double z = std::exp(-memory.rate_z * time);
    PauliTransfer r{};
    r[0] = 1.0;
    r[5] = std::exp(-memory.rate_x * time);
    r[10] = std::exp(-memory.rate_y * time);
    r[12] = memory.equilibrium_z * -std::expm1(-memory.rate_z * time);
    r[15] = z;
    return r;
}

}  // namespace ebit
