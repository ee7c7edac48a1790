#include <algorithm>

#include "ebit/base/math.hpp"
#include "ebit/chain/delivered_state.hpp"

namespace ebit {

namespace {

class DiagonalState final : public DeliveredState {
  public:
    explicit DiagonalState(const Chain& chain) { compile(chain); }

    bool turn_to(const Chain& chain) override {
        if (!has_diagonal_state(chain)) return false;
        compile(chain);
        return true;
    }

    void evaluate(const Columns& storage, std::size_t shots, Columns& features, Columns&) const override {
        for (std::size_t f = 0; f < feature_count_; ++f)
            math_kernels().exp_negative(storage[f].data(), features[f].data(), (shots + 7) / 8 * 8);
    }

  private:
    void compile(const Chain& chain) {
        gather_rates(chain);
        const auto later = undecayed_factor(chain);
        const Correlations& first = chain.links.front().state;
        known_.clear();
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 4; ++j) {
                const double undecayed = first[entry(i, j)] * later[j];
                if (undecayed == 0.0 || !decays(i, j))
                    entries_[entry(i, j)] = {undecayed, 0.0, Entry::none};
                else
                    entries_[entry(i, j)] = {0.0, undecayed, column_of(i, j)};
            }
        feature_count_ = columns_.count = known_.size();
        columns_.memories.resize(rates_.size());
        for (std::size_t m = 0; m < rates_.size(); ++m) {
            columns_.memories[m].clear();
            for (std::uint32_t c = 0; c < known_.size(); ++c)
                if (const double rate = rate_of(m, known_[c]); rate != 0.0)
                    columns_.memories[m].push_back({c, rate});
        }
    }

    // By memory and Pauli operator: the rate at which storage lowers its expectation value.
    void gather_rates(const Chain& chain) {
        rates_.resize(2 * chain.size());
        for (std::size_t m = 0; m < rates_.size(); ++m) {
            rates_[m] = {};
            if (!is_stored(chain, m)) continue;
            const Memory memory = memory_at(chain, m);
            rates_[m] = {0.0, memory.rate_x, memory.rate_y, memory.rate_z};
        }
    }

    // An entry of the correlations: the left end qubit carries row i, all others end up in column j.
    struct Place {
        std::size_t i;
        std::size_t j;
    };

    double rate_of(std::size_t memory, Place place) const {
        return rates_[memory][memory == 0 ? place.i : place.j];
    }

    bool decays(std::size_t i, std::size_t j) const {
        for (std::size_t m = 0; m < rates_.size(); ++m)
            if (rate_of(m, {i, j}) != 0.0) return true;
        return false;
    }

    // Entries whose memories all have the same rates share a column.
    std::size_t column_of(std::size_t i, std::size_t j) {
        const auto alike = [&](Place known) {
            for (std::size_t m = 0; m < rates_.size(); ++m)
                if (rate_of(m, known) != rate_of(m, {i, j})) return false;
            return true;
        };
        const auto found = std::find_if(known_.begin(), known_.end(), alike);
        const auto index = static_cast<std::size_t>(found - known_.begin());
        if (found == known_.end()) known_.push_back({i, j});
        return index;
    }

    std::vector<std::array<double, 4>> rates_;
    std::vector<Place> known_;  // by column
};

}  // namespace

std::unique_ptr<DeliveredState> make_diagonal_state(const Chain& chain) {
    return std::make_unique<DiagonalState>(chain);
}

}  // namespace ebit
