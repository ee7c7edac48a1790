// The catalogue of channels: each member is a scalar function that checks its parameters and
// returns the canonical form. A new member is one function and one row of the table at the end;
// bindings and tests loop over the table.
//
// p_error is the probability that a Pauli other than I happens; p_replace the probability that the
// state is replaced by the maximally mixed one. Sources: Nielsen and Chuang, Quantum Computation
// and Quantum Information, section 8.3, unless stated.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <tuple>

#include "ebit/base/error.hpp"
#include "ebit/channel/memory.hpp"
#include "ebit/channel/pauli_transfer.hpp"

namespace ebit::channels {

// Exclusive events happen with probability 1 at most, up to the rounding of the sum.
inline void require_at_most_one(std::string_view name, double sum) {
    if (sum > 1.0 + 1e-12) throw InvalidParameter(name, sum, "at most 1");
}

inline PauliTransfer pauli(double p_x, double p_y, double p_z) {
    require_probability("p_x", p_x);
    require_probability("p_y", p_y);
    require_probability("p_z", p_z);
    require_at_most_one("p_x + p_y + p_z", p_x + p_y + p_z);
    return pauli_mixture(std::array{0.0, p_x, p_y, p_z});
}

inline PauliTransfer bit_flip(double p_error) {
    return pauli(require_probability("p_error", p_error), 0.0, 0.0);
}
inline PauliTransfer y_flip(double p_error) {
    return pauli(0.0, require_probability("p_error", p_error), 0.0);
}
// Z with probability p_error; coherences are left with 1 - 2 p_error.
inline PauliTransfer dephasing(double p_error) {
    return pauli(0.0, 0.0, require_probability("p_error", p_error));
}

inline PauliTransfer depolarizing_replace(double p_replace) {
    const double kept = 1.0 - require_probability("p_replace", p_replace);
    return scaling(kept, kept, kept);
}
inline PauliTransfer depolarizing_error(double p_error) {
    const double kept = 1.0 - 4.0 / 3.0 * require_probability("p_error", p_error);
    return scaling(kept, kept, kept);
}

// A fraction gamma of the way to the mixed state with `excited_population` of |1>.
inline PauliTransfer generalized_amplitude_damping(double gamma, double excited_population) {
    require_probability("gamma", gamma);
    require_probability("excited_population", excited_population);
    const double coherence = std::sqrt(1.0 - gamma);
    return scaling(coherence, coherence, 1.0 - gamma, (1.0 - 2.0 * excited_population) * gamma);
}
inline PauliTransfer amplitude_damping(double gamma) { return generalized_amplitude_damping(gamma, 0.0); }

// With probability p_reset the qubit is replaced by the mixed state with `excited_population` of |1>.
inline PauliTransfer reset(double p_reset, double excited_population) {
    const double kept = 1.0 - require_probability("p_reset", p_reset);
    require_probability("excited_population", excited_population);
    return scaling(kept, kept, kept, (1.0 - 2.0 * excited_population) * p_reset);
}

// What a memory with relaxation time t1 and coherence time t2 does in `time` seconds (memory.hpp).
inline PauliTransfer memory_decay(double time, double t1, double t2, double excited_population) {
    return decay(Memory::relaxation(t1, t2, excited_population), time);
}

// All expectation values but the trace times `kept`.
inline PauliTransfer2 two_qubit_scaling(double kept) {
    PauliTransfer2 r{};
    r[0] = 1.0;
    for (std::size_t i = 1; i < 16; ++i) r[17 * i] = kept;
    return r;
}
inline PauliTransfer2 two_qubit_depolarizing_error(double p_error) {
    return two_qubit_scaling(1.0 - 16.0 / 15.0 * require_probability("p_error", p_error));
}
inline PauliTransfer2 two_qubit_depolarizing_replace(double p_replace) {
    return two_qubit_scaling(1.0 - require_probability("p_replace", p_replace));
}

// Probabilities of IX, IY, IZ, XI, .., ZZ.
inline PauliTransfer2 two_qubit_pauli(const std::array<double, 15>& probabilities) {
    std::array<double, 16> p{};
    double sum = 0.0;
    for (std::size_t j = 0; j < 15; ++j) {
        p[j + 1] = require_probability("probabilities", probabilities[j]);
        sum += p[j + 1];
    }
    require_at_most_one("sum of probabilities", sum);
    return pauli_mixture(p);
}

template <class Function>
struct Member {
    const char* name;
    Function* function;
};
template <class Function>
Member(const char*, Function*) -> Member<Function>;

inline constexpr std::tuple catalogue{
    Member{"pauli", &pauli},
    Member{"bit_flip", &bit_flip},
    Member{"y_flip", &y_flip},
    Member{"dephasing", &dephasing},
    Member{"depolarizing_error", &depolarizing_error},
    Member{"depolarizing_replace", &depolarizing_replace},
    Member{"amplitude_damping", &amplitude_damping},
    Member{"generalized_amplitude_damping", &generalized_amplitude_damping},
    Member{"reset", &reset},
    Member{"memory_decay", &memory_decay},
    Member{"two_qubit_depolarizing_error", &two_qubit_depolarizing_error},
    Member{"two_qubit_depolarizing_replace", &two_qubit_depolarizing_replace},
    Member{"two_qubit_pauli", &two_qubit_pauli},
};

}  // namespace ebit::channels
