#include "ebit/link/fibre.hpp"

#include <cmath>
#include <numbers>

#include "ebit/base/error.hpp"

namespace ebit {

Fibre Fibre::with_attenuation(double length, double db_per_km, double coupling, double index) {
    require_non_negative("length", length);
    require_non_negative("attenuation_db_per_km", db_per_km);
    return {length, db_per_km * (length / 1e3), coupling, index};
}

void Fibre::check() const {
    require_non_negative("length", length);
    require_non_negative("loss_db", loss_db);
    require_probability("coupling", coupling);
    require_in_range("index", index, 1.0, 10.0);
}

double Fibre::transmissivity() const { return std::exp(-std::numbers::ln10 * loss_db / 10.0); }

double Fibre::delay() const { return length * index / speed_of_light; }

}  // namespace ebit
