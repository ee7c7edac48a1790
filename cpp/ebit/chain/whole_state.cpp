#include "ebit/chain/whole_state.hpp"

#include <algorithm>

#include "ebit/chain/delivered_state.hpp"
#include "ebit/gate/gate.hpp"

namespace ebit {

namespace {

constexpr std::array<std::uint8_t, 3> diagonal{entry(1, 1), entry(2, 2), entry(3, 3)};

// A bilinear map of two pairs' correlations.
class Bilinear {
  public:
    static constexpr std::size_t size = 16;

    double& operator()(std::size_t out, std::size_t a, std::size_t b) {
        return factors_[(out * size + a) * size + b];
    }

    // Of twirled pairs, and twirled: (xx, yy, zz) -> w (1, -1, 1), w = (xx - yy + zz) / 3.
    Bilinear twirled() {
        Bilinear result;
        for (const auto& [out, from_out] : twirl_terms())
            for (const auto& [from_a, a] : twirl_terms())
                for (const auto& [from_b, b] : twirl_terms())
                    result(out, a, b) += weight(out, from_out) * weight(from_a, a) * weight(from_b, b) *
                                         (*this)(from_out, from_a, from_b);
        return result;
    }

  private:
    static std::vector<std::pair<std::size_t, std::size_t>> twirl_terms() {
        std::vector<std::pair<std::size_t, std::size_t>> terms{{0, 0}};
        for (const std::size_t to : diagonal)
            for (const std::size_t from : diagonal) terms.emplace_back(to, from);
        return terms;
    }
    static double weight(std::size_t to, std::size_t from) {
        return to == 0 ? 1.0 : phi_plus_signs[to / 4] * phi_plus_signs[from / 4] / 3.0;
    }

    std::vector<double> factors_ = std::vector<double>(size * size * size);
};

template <std::size_t N>
std::array<double, N> transfer_of(const char* name) {
    std::array<double, N> r;
    std::copy_n(gate(name).transfer.begin(), N, r.begin());
    return r;
}

// What a node does to its qubits of the kept and of the measured pair, but for the readout.
PauliTransfer2 node_transfer(Operation operation, const BellMeasurement& bsm, const char* rotation) {
    PauliTransfer2 r = transfer_of<256>("CX");
    if (operation == Operation::dejmps) {
        const auto turn = transfer_of<16>(rotation);
        r = compose(r, tensor(turn, turn));
    }
    for (std::size_t e = 16; e < r.size(); ++e) r[e] *= 1.0 - bsm.p_replace;
    return r;
}

// The readouts that keep the pair: sum of weight * P (x) P' of the measured pair, P and P' being I or Z.
struct Kept {
    std::size_t left;
    std::size_t right;
    double weight;
};
std::vector<Kept> kept_readouts(Operation operation, const BellMeasurement& left,
                                const BellMeasurement& right) {
    const double l = 1.0 - 2.0 * left.p_readout_error, r = 1.0 - 2.0 * right.p_readout_error;
    if (operation == Operation::epl)
        return {{0, 0, 0.25}, {3, 0, -0.25 * l}, {0, 3, -0.25 * r}, {3, 3, 0.25 * l * r}};
    return {{0, 0, 0.5}, {3, 3, 0.5 * l * r}};
}

Bilinear circuit(Operation operation, const BellMeasurement& left, const BellMeasurement& right) {
    const PauliTransfer2 on_left = node_transfer(operation, left, "SQRT_X");
    const PauliTransfer2 on_right = node_transfer(operation, right, "SQRT_X_DAG");
    Bilinear map;
    for (const Kept& kept : kept_readouts(operation, left, right))
        for (std::size_t out = 0; out < 16; ++out) {
            // Row of the Pauli that is asked for after the CNOTs; columns: before, kept and measured qubit.
            const double* row_left = &on_left[16 * entry(out / 4, kept.left)];
            const double* row_right = &on_right[16 * entry(out % 4, kept.right)];
            for (std::size_t l = 0; l < 16; ++l)
                for (std::size_t r = 0; r < 16; ++r)
                    map(out, entry(l / 4, r / 4), entry(l % 4, r % 4)) +=
                        kept.weight * row_left[l] * row_right[r];
        }
    return map;
}

std::uint8_t small(std::size_t component) { return static_cast<std::uint8_t>(component); }

using Reached = std::array<bool, state_components>;

// What waiting and terms make of components that are reached.
Reached spread(Reached reached, const std::vector<PairTable>& tables, bool relaxes) {
    for (std::size_t i = 0; i < 4 && relaxes; ++i) {
        reached[entry(3, i)] |= reached[i];
        reached[entry(i, 3)] |= reached[framed + i];
    }
    reached[framed + 3] |= relaxes && reached[framed];
    for (const PairTable& table : tables)
        for (const PairTerm& term : table)
            if (relaxes || term.out < framed) reached[term.out] |= reached[term.a] && reached[term.b];
    return reached;
}

}  // namespace

PairTable swap_table(const std::array<double, 4>& noise) {
    PairTable table;
    const auto factor = [&](std::size_t j) { return phi_plus_signs[j] * noise[j]; };
    for (std::size_t e = 0; e < framed; ++e)
        table.push_back({small(e), small(e), small(entry(e % 4, e % 4)), factor(e % 4)});
    for (std::size_t i = 0; i < 4; ++i)
        table.push_back({small(framed + i), small(entry(i, 3)), small(framed + 3), factor(3)});
    return table;
}

PairTable distillation_table(Operation operation, const BellMeasurement& left, const BellMeasurement& right) {
    Bilinear map = circuit(operation, left, right);
    if (operation == Operation::bbpssw) map = map.twirled();
    PairTable table;
    for (std::size_t out = 0; out < state_components; ++out) {
        const std::size_t from = out < framed ? out : entry(out - framed, 0);
        for (std::size_t a = 0; a < 16; ++a)
            for (std::size_t b = 0; b < 16; ++b)
                if (map(from, a, b) != 0.0)
                    table.push_back({small(out), small(a), small(b), map(from, a, b)});
    }
    return table;
}

std::array<double, state_components> link_components(const Correlations& state) {
    std::array<double, state_components> components;
    std::copy(state.begin(), state.end(), components.begin());
    for (std::size_t i = 0; i < 4; ++i) components[framed + i] = state[entry(i, 0)];
    return components;
}

std::vector<std::uint8_t> carried_components(const Chain& chain) {
    bool relaxes = false;
    for (std::size_t m = 0; m < 2 * chain.size(); ++m)
        relaxes |= is_stored(chain, m) && !memory_at(chain, m).is_diagonal();
    std::vector<PairTable> tables;
    tables.reserve(chain.levels.size());
    for (const Level& level : chain.levels)
        tables.push_back(level.operation == Operation::swap ? swap_table({1.0, 1.0, 1.0, 1.0})
                                                            : distillation_table(level.operation, {}, {}));
    Reached reached{};
    for (const ElementaryLink& link : chain.links) {
        const auto components = link_components(link.state);
        for (std::size_t e = 0; e < (relaxes ? state_components : framed); ++e)
            reached[e] |= components[e] != 0.0;
    }
    for (Reached before{}; before != reached;) {
        before = reached;
        reached = spread(reached, tables, relaxes);
    }
    std::vector<std::uint8_t> carried;
    for (std::size_t e = 1; e < state_components; ++e)
        if (reached[e]) carried.push_back(small(e));
    const bool is_enough = std::includes(diagonal.begin(), diagonal.end(), carried.begin(), carried.end());
    return is_enough ? std::vector<std::uint8_t>(diagonal.begin(), diagonal.end()) : carried;
}

bool is_diagonal(const std::vector<std::uint8_t>& components) {
    return std::equal(components.begin(), components.end(), diagonal.begin(), diagonal.end());
}

}  // namespace ebit
