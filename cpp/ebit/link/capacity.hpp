// Capacities of pure-loss channels with free two-way classical communication, in bits (secret key or
// ebits) per channel use and mode. A dual-rail photon uses two modes.
#pragma once

#include <cstdint>
#include <span>

namespace ebit {

// -log2(1 - eta): the capacity (Pirandola, Laurenza, Ottaviani, Banchi, Nat. Commun. 8, 15043 (2017)).
double plob_bound(double transmissivity);
// log2((1 + eta) / (1 - eta)): weaker (Takeoka, Guha, Wilde, Nat. Commun. 5, 5235 (2014)).
double tgw_bound(double transmissivity);
// A chain of links: the smallest PLOB bound (Pirandola, Commun. Phys. 2, 51 (2019)).
double chain_bound(std::span<const double> transmissivities);
// Equidistant repeaters on a channel: -log2(1 - eta^(1 / (repeaters + 1))).
double repeater_bound(double transmissivity, double repeaters);

}  // namespace ebit
