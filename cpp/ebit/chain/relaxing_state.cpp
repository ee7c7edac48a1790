#include <algorithm>

#include "ebit/base/math.hpp"
#include "ebit/chain/delivered_state.hpp"

namespace ebit {

namespace {

// Factors by which storage acts on the shots of a block.
enum Factor : std::size_t {
    left_x,
    left_y,
    left_z,   // the left end qubit
    first_z,  // the right qubit of the first link
    later_x,
    later_y,  // all qubits but the left end
    later_z,  // zz of all links after the first, with their Bell measurements
    scratch_left,
    scratch_right,
    factor_count
};

double pauli_rate(const Memory& memory, Factor factor) {
    if (factor == left_x || factor == later_x) return memory.rate_x;
    if (factor == left_y || factor == later_y) return memory.rate_y;
    return memory.rate_z;
}

class RelaxingState final : public DeliveredState {
  public:
    explicit RelaxingState(const Chain& chain)
        : chain_(chain),
          undecayed_(undecayed_factor(chain)),
          left_equilibrium_(memory_at(chain, 0).equilibrium_z),
          right_equilibrium_(memory_at(chain, 1).equilibrium_z) {
        columns_.by_memory = true;
        columns_.memories.resize(2 * chain.size());
        for (std::size_t m = 0; m < columns_.memories.size(); ++m)
            if (is_stored(chain, m))
                columns_.memories[m].push_back({static_cast<std::uint32_t>(columns_.count++), 1.0});
        entries_[0].constant = 1.0;
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < 4; ++j)
                if (i + j > 0 && varies(i, j)) entries_[entry(i, j)] = {0.0, 1.0, feature_count_++};
    }

    void evaluate(const Columns& storage, std::size_t shots, Columns& features,
                  Columns& work) const override {
        const std::size_t padded = (shots + 7) / 8 * 8;
        work.resize(factor_count);
        for (auto& buffer : work) buffer.reserve(padded);
        const std::size_t memories = columns_.memories.size();
        for (const Factor f : {left_x, left_y, left_z}) decay(f, 0, 1, storage, padded, work);
        decay(first_z, 1, 2, storage, padded, work);
        for (const Factor f : {later_x, later_y}) decay(f, 1, memories, storage, padded, work);
        evaluate_later_z(storage, padded, work);
        for (std::size_t e = 0; e < entries_.size(); ++e)
            if (entries_[e].feature != Entry::none)
                evaluate_entry(e / 4, e % 4, padded, work, features[entries_[e].feature].data());
    }

  private:
    // Relaxation feeds Z from the identity, on either side.
    bool varies(std::size_t i, std::size_t j) const {
        const Correlations& c = chain_.links.front().state;
        const auto row_is_fed = [&](std::size_t row) {
            return c[entry(row, j)] != 0.0 || (j == 3 && c[entry(row, 0)] != 0.0);
        };
        const bool reaches_end = j == 0 || j == 3 || undecayed_[j] != 0.0;
        return reaches_end && (row_is_fed(i) || (i == 3 && row_is_fed(0)));
    }

    // work[target] = exp(-sum of rate * time over memories from .. to - 1)
    void decay(Factor target, std::size_t from, std::size_t to, const Columns& storage, std::size_t shots,
               Columns& work) const {
        double* sum = work[target].data();
        std::fill_n(sum, shots, 0.0);
        for (std::size_t m = from; m < to; ++m) {
            const double rate = pauli_rate(memory_at(chain_, m), target);
            if (columns_.memories[m].empty() || rate == 0.0) continue;
            const double* time = storage[columns_.memories[m].front().column].data();
            for (std::size_t s = 0; s < shots; ++s) sum[s] += rate * time[s];
        }
        math_kernels().exp_negative(sum, sum, shots);
    }

    void evaluate_later_z(const Columns& storage, std::size_t shots, Columns& work) const {
        double* later = work[later_z].data();
        std::fill_n(later, shots, 1.0);
        for (std::size_t k = 1; k < chain_.size(); ++k) {
            decay(scratch_left, 2 * k, 2 * k + 1, storage, shots, work);
            decay(scratch_right, 2 * k + 1, 2 * k + 2, storage, shots, work);
            const Correlations& c = chain_.links[k].state;
            const double noise = chain_.nodes[k].bsm.noise()[3];
            const double left = memory_at(chain_, 2 * k).equilibrium_z;
            const double right = memory_at(chain_, 2 * k + 1).equilibrium_z;
            for (std::size_t s = 0; s < shots; ++s) {
                const double u = work[scratch_left][s], v = work[scratch_right][s];
                const double a = left * (1.0 - u), b = right * (1.0 - v);
                const double fed = a * b + a * v * c[entry(0, 3)] + u * b * c[entry(3, 0)];
                later[s] *= noise * (fed + u * v * c[entry(3, 3)]);
            }
        }
    }

    void evaluate_entry(std::size_t i, std::size_t j, std::size_t shots, const Columns& work,
                        double* out) const {
        for (std::size_t s = 0; s < shots; ++s) {
            const double value = before_left_decay(i, j, s, work);
            if (i == 0)
                out[s] = value;
            else
                out[s] = value * work[left_x + i - 1][s];
            if (i == 3)
                out[s] += before_left_decay(0, j, s, work) * left_equilibrium_ * (1.0 - work[left_z][s]);
        }
    }

    // Entry (i, j) with everything but the left end qubit's decay.
    double before_left_decay(std::size_t i, std::size_t j, std::size_t s, const Columns& work) const {
        const Correlations& c = chain_.links.front().state;
        if (j == 0) return c[entry(i, 0)];
        if (j < 3) return c[entry(i, j)] * undecayed_[j] * work[j == 1 ? later_x : later_y][s];
        const double v = work[first_z][s];
        return (c[entry(i, 3)] * v + c[entry(i, 0)] * right_equilibrium_ * (1.0 - v)) * work[later_z][s];
    }

    Chain chain_;
    std::array<double, 4> undecayed_;
    double left_equilibrium_;  // of the first link's memories
    double right_equilibrium_;
};

}  // namespace

std::unique_ptr<DeliveredState> make_relaxing_state(const Chain& chain) {
    return std::make_unique<RelaxingState>(chain);
}

}  // namespace ebit
