// An optical fibre: attenuation, coupling, delay. Lengths in metres, times in seconds.
#pragma once

namespace ebit {

inline constexpr double speed_of_light = 299792458.0;  // m/s, vacuum

struct Fibre {
    double length = 0.0;
    double loss_db = 0.0;   // of the whole fibre, without coupling
    double coupling = 1.0;  // efficiency of coupling into and out of the fibre
    double index = speed_of_light / 2e8;

    static Fibre with_attenuation(double length, double db_per_km, double coupling, double index);

    void check() const;
    double transmissivity() const;  // of the glass alone: 10^(-loss_db / 10)
    double delay() const;           // one way
    bool operator==(const Fibre&) const = default;
};

}  // namespace ebit
