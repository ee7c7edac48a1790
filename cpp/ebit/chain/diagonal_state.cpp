#include <algorithm>

#include "ebit/base/math.hpp"
#include "ebit/chain/delivered_state.hpp"

namespace ebit {

namespace {

class DiagonalState final : public DeliveredState {
  public:
    explicit DiagonalState(const Chain& chain) {
        const auto later = undecayed_factor(chain);
        const Correlations& first = chain.links.front().state;
        std::vector<std::vector<double>> known;
        for (std::size_t i = 0; i < 4; ++i) {
            for (std::size_t j = 0; j < 4; ++j) {
                Entry& e = entries_[entry(i, j)];
                const double undecayed = first[entry(i, j)] * later[j];
                const auto weights = decay_rates(chain, i, j);
                const bool varies =
                    std::any_of(weights.begin(), weights.end(), [](double w) { return w != 0.0; });
                if (undecayed == 0.0 || !varies)
                    e.constant = undecayed;
                else
                    e = {0.0, undecayed, column_of(weights, known)};
            }
        }
        feature_count_ = columns_.count = known.size();
        columns_.memories.resize(2 * chain.size());
        for (std::size_t m = 0; m < columns_.memories.size(); ++m)
            for (std::uint32_t c = 0; c < known.size(); ++c)
                if (known[c][m] != 0.0) columns_.memories[m].push_back({c, known[c][m]});
    }

    void evaluate(const Columns& storage, std::size_t shots, Columns& features, Columns&) const override {
        for (std::size_t f = 0; f < feature_count_; ++f)
            math_kernels().exp_negative(storage[f].data(), features[f].data(), (shots + 7) / 8 * 8);
    }

  private:
    // By memory: the rate at which its storage lowers entry (i, j). The left end qubit carries row
    // i; all other qubits end up in column j.
    static std::vector<double> decay_rates(const Chain& chain, std::size_t i, std::size_t j) {
        std::vector<double> rates(2 * chain.size(), 0.0);
        for (std::size_t m = 0; m < rates.size(); ++m) {
            const Memory memory = memory_at(chain, m);
            const std::array<double, 4> by_pauli{0.0, memory.rate_x, memory.rate_y, memory.rate_z};
            if (is_stored(chain, m)) rates[m] = by_pauli[m == 0 ? i : j];
        }
        return rates;
    }

    static std::size_t column_of(const std::vector<double>& weights,
                                 std::vector<std::vector<double>>& known) {
        const auto found = std::find(known.begin(), known.end(), weights);
        const auto index = static_cast<std::size_t>(found - known.begin());
        if (found == known.end()) known.push_back(weights);
        return index;
    }
};

}  // namespace

std::unique_ptr<DeliveredState> make_diagonal_state(const Chain& chain) {
    return std::make_unique<DiagonalState>(chain);
}

}  // namespace ebit
