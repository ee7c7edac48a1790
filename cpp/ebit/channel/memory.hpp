// Memories: how a stored qubit decoheres. Every model is reduced to one canonical form, the rates
// at which the three Pauli expectation values relax:
//
//   X -> X exp(-rate_x t),  Y -> Y exp(-rate_y t),
//   Z -> Z exp(-rate_z t) + equilibrium_z (1 - exp(-rate_z t)).
//
// Rates in 1/s. The channels of one memory form a semigroup: decay(s) decay(t) = decay(s + t).
#pragma once

#include "ebit/channel/pauli_transfer.hpp"

namespace ebit {

struct Memory {
    double rate_x = 0.0;
    double rate_y = 0.0;
    double rate_z = 0.0;
    double equilibrium_z = 0.0;

    // A diagonal decay only scales the Pauli expectation values.
    bool is_diagonal() const { return rate_z == 0.0 || equilibrium_z == 0.0; }
    void check() const;
    bool operator==(const Memory&) const = default;

    // Relaxation time t1 and coherence time t2 in seconds, infinite allowed, 0 < t2 <= 2 t1:
    // (generalised) amplitude damping 1 - exp(-t/t1) toward excited_population, the probability of
    // |1> at the end, then dephasing so that coherences decay as exp(-t/t2).
    static Memory relaxation(double t1, double t2, double excited_population = 0.0);
    // All three expectation values decay as exp(-t/time): the state is kept with that probability
    // and replaced by the maximally mixed one otherwise.
    static Memory depolarizing(double time);
    // X, Y and Z errors happen at these rates (1/s).
    static Memory pauli_rates(double x, double y, double z);
};

// The channel of a memory after `time` seconds.
PauliTransfer decay(const Memory& memory, double time);

}  // namespace ebit
