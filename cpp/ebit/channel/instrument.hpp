// The canonical form of a measurement, a heralded loss or an erasure: one map per herald. A branch
// is not normalised: acting on the expectation values r of a state, branch b happens with
// probability (R_b r)[0] and leaves R_b r divided by it. The branches sum to a channel, the one
// that is left when the herald is forgotten.
#pragma once

#include <array>
#include <cstddef>

#include "ebit/base/error.hpp"
#include "ebit/channel/pauli_transfer.hpp"

namespace ebit {

template <std::size_t B>
struct Instrument {
    std::array<PauliTransfer, B> branches;  // the index is the herald
};

namespace instruments {

// Projective measurement of Pauli Axis (1, 2, 3: X, Y, Z). Herald 0 says +1, herald 1 says -1 and
// is wrong with probability p_readout_error; the qubit is left in the true eigenstate.
template <std::size_t Axis>
Instrument<2> measurement(double p_readout_error) {
    static_assert(Axis >= 1 && Axis <= 3);
    require_probability("p_readout_error", p_readout_error);
    const auto branch = [&](double sign) {
        PauliTransfer r{};
        r[0] = r[5 * Axis] = 0.5;
        r[Axis] = r[4 * Axis] = 0.5 * sign * (1.0 - 2.0 * p_readout_error);
        return r;
    };
    return {{branch(1.0), branch(-1.0)}};
}

// Herald 0: nothing happened. Herald 1, with probability p_erasure: the qubit was lost and the
// maximally mixed state stands in its place.
inline Instrument<2> heralded_erasure(double p_erasure) {
    const double kept = 1.0 - require_probability("p_erasure", p_erasure);
    Instrument<2> out{};
    for (std::size_t i = 0; i < 4; ++i) out.branches[0][5 * i] = kept;
    out.branches[1][0] = p_erasure;
    return out;
}

}  // namespace instruments

}  // namespace ebit
