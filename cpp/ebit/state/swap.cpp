#include "ebit/state/swap.hpp"

#include "ebit/state/pair.hpp"

namespace ebit {

Correlations swap(const Correlations& ab, const Correlations& bc, const std::array<double, 4>& noise) {
    Correlations ac;
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j)
            ac[entry(i, j)] = ab[entry(i, j)] * phi_plus_signs[j] * noise[j] * bc[entry(j, j)];
    return ac;
}

std::array<Correlations, 4> swap_outcomes(const Correlations& ab, const Correlations& bc,
                                          const std::array<double, 4>& noise) {
    std::array<Correlations, 4> branches{};
    for (std::size_t m = 0; m < 4; ++m)
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t k = 0; k < 4; ++k) {
                const double factor =
                    0.25 * ab[entry(i, k)] * phi_plus_signs[k] * noise[k] * pauli_signs[m][k];
                for (std::size_t j = 0; j < 4; ++j) branches[m][entry(i, j)] += factor * bc[entry(k, j)];
            }
    return branches;
}

Correlations undo_pauli(const Correlations& correlations, std::size_t m) {
    Correlations out;
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j) out[entry(i, j)] = correlations[entry(i, j)] * pauli_signs[m][j];
    return out;
}

Correlations normalised(const Correlations& branch) {
    const double probability = branch[0];
    if (probability < form_tolerance) return {1.0};
    Correlations out;
    for (std::size_t n = 0; n < 16; ++n) out[n] = branch[n] / probability;
    return out;
}

}  // namespace ebit
