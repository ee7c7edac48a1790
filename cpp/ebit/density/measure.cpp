#include "ebit/density/measure.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <string>

#include "ebit/base/buffer.hpp"
#include "ebit/base/error.hpp"
#include "ebit/base/isa.hpp"
#include "ebit/density/measure_kernels.hpp"
#include "ebit/density/qubits.hpp"
#include "ebit/rng/stream.hpp"
#include "ebit/state/pair.hpp"

EBIT_KERNEL_TABLE(MeasureKernels, measure_table, measure_kernels)

namespace ebit {

namespace {

// Elements that share a stream, and their numbers of it.
constexpr std::size_t block_size = 1024;

void fill_block(std::uint64_t key, std::size_t block, std::size_t draw, std::span<double> out) {
    Stream stream(key, block);
    std::vector<double> earlier(draw == 0 ? 0 : block_size);
    for (std::size_t d = 0; d < draw; ++d) fill_uniform(stream, earlier);
    fill_uniform(stream, out);
}

// ---- weights of outcomes, for `width` elements from `begin` on ----

// Some rows of a state. Those of a single state are copied to rows of eight, zero beyond the first number.
class RowsOf {
  public:
    RowsOf(const DensityMatrix& state, std::vector<std::size_t> rows)
        : stride_(state.is_batch() ? state.stride() : 8), pointers_(rows.size()), from_(rows.size()) {
        if (!state.is_batch()) copied_.reserve(8 * rows.size());
        for (std::size_t j = 0; j < rows.size(); ++j) {
            if (state.is_batch()) {
                pointers_[j] = state.data() + rows[j] * stride_;
            } else {
                copied_[8 * j] = state.data()[rows[j]];
                pointers_[j] = copied_.data() + 8 * j;
            }
        }
    }
    const double* const* from(std::size_t begin) {
        std::ranges::transform(pointers_, from_.begin(), [&](const double* p) { return p + begin; });
        return from_.data();
    }
    std::size_t size() const { return pointers_.size(); }

  private:
    std::size_t stride_;
    Buffer<double> copied_;
    std::vector<const double*> pointers_, from_;
};

// Linear forms of rows: strings, branches, effects.
struct Forms {
    RowsOf rows;
    std::vector<double> own;
    std::span<const double> factors;
    std::size_t num_outcomes, outcome_step, element_step, size;

    void operator()(std::size_t begin, std::size_t width, double* weights) {
        measure_kernels().weigh({rows.from(begin), rows.size(), factors.data() + begin * element_step,
                                 outcome_step, element_step, size - std::min(size, begin), num_outcomes,
                                 width, weights});
    }
};

Forms forms(const DensityMatrix& state, PauliString pauli) {
    const double half = pauli.negative ? -0.5 : 0.5;
    Forms out{RowsOf(state, {0, pauli.row}), {0.5, half, 0.5, -half}, {}, 2, 2, 0, state.size()};
    out.factors = out.own;
    return out;
}

// The strings on some qubits alone, counted like those of a state on these qubits.
std::vector<std::size_t> local_rows(std::span<const int> qubits, int num_qubits) {
    std::vector<std::size_t> rows(power_of_four(static_cast<int>(qubits.size())));
    for (std::size_t j = 0; j < rows.size(); ++j) rows[j] = row_on(qubits, j, num_qubits);
    return rows;
}

void require_maps(const DensityMatrix& state, std::span<const int> qubits, const OutcomeMaps& maps) {
    require_qubits(qubits, state.num_qubits());
    const std::size_t inputs = power_of_four(static_cast<int>(qubits.size()));
    if (inputs > most_map_inputs)
        throw InvalidParameter("qubits", std::to_string(qubits.size()), "at most 4");
    if (maps.num_outputs * inputs > most_map_entries)
        throw InvalidParameter("qubits", std::to_string(qubits.size()), "at most 2 for an instrument");
    if (maps.matrices.size() !=
        (maps.per_element ? state.size() : 1) * maps.num_outcomes * maps.num_outputs * inputs)
        throw std::invalid_argument("internal: the maps have not the shape of the state");
}

Forms forms(const DensityMatrix& state, std::span<const int> qubits, const OutcomeMaps& maps) {
    require_maps(state, qubits, maps);
    RowsOf rows(state, local_rows(qubits, state.num_qubits()));
    const std::size_t outcome_step = maps.num_outputs * rows.size();
    return {std::move(rows),   {},           maps.matrices,
            maps.num_outcomes, outcome_step, maps.per_element ? maps.num_outcomes * outcome_step : 0,
            state.size()};
}

// The distribution of bits is the Walsh-Hadamard transform of the rows with I or the basis on every qubit.
struct BitWeights {
    RowsOf rows;
    std::vector<double> factors;

    void operator()(std::size_t begin, std::size_t width, double* weights) {
        const double* const* from = rows.from(begin);
        for (std::size_t s = 0; s < rows.size(); ++s)
            for (std::size_t e = 0; e < width; ++e) weights[s * width + e] = factors[s] * from[s][e];
        measure_kernels().walsh_hadamard(weights, rows.size(), width);
        std::for_each_n(weights, rows.size() * width, [](double& w) { w = w < 0.0 ? 0.0 : w; });
    }
};

BitWeights bit_weights(const DensityMatrix& state, const BitBasis& basis,
                       std::span<const double> p_readout_error) {
    require_qubits(basis.qubits, state.num_qubits());
    const std::size_t bits = basis.qubits.size();
    std::vector<std::size_t> rows(std::size_t{1} << bits);
    std::vector<double> factors(rows.size(), std::ldexp(1.0, -static_cast<int>(bits)));
    for (std::size_t s = 0; s < rows.size(); ++s)
        for (std::size_t k = 0; k < bits; ++k) {
            if ((s >> (bits - 1 - k) & 1) == 0) continue;
            rows[s] |= static_cast<std::size_t>(basis.digits[k])
                       << digit_shift(basis.qubits[k], state.num_qubits());
            if (!p_readout_error.empty())
                factors[s] *= 1.0 - 2.0 * require_probability("p_readout_error", p_readout_error[k]);
        }
    return {RowsOf(state, std::move(rows)), std::move(factors)};
}

// ---- decisions ----

// Outcomes come from a run key or are given, one or one per element.
struct Source {
    std::optional<std::uint64_t> key;
    std::span<const std::int64_t> given;
};

struct Decision {
    Buffer<std::int64_t> outcome;
    Buffer<double> probability;
    Buffer<double> scale;  // 1 / weight, or 0 for an outcome that left no state, and in the padding
};

double require_trace(double trace, std::size_t element) {
    if (trace > 0.0 && std::isfinite(trace)) return trace;
    throw InvalidParameter("trace of state " + std::to_string(element), trace, "positive and finite");
}

void settle(Decision& decision, std::size_t at, double chosen, double total) {
    decision.probability[at] = chosen / require_trace(total, at);
    decision.scale[at] = decision.probability[at] < form_tolerance ? 0.0 : 1.0 / chosen;
}

void start(Decision& decision, const Source& source, std::size_t size, std::size_t num_outcomes) {
    if (source.key) return;
    for (std::size_t e = 0; e < size; ++e) {
        const std::int64_t outcome = source.given[source.given.size() == 1 ? 0 : e];
        if (outcome < 0 || outcome >= static_cast<std::int64_t>(num_outcomes))
            throw InvalidParameter("outcome", std::to_string(outcome),
                                   "in 0 .. " + std::to_string(num_outcomes - 1));
        decision.outcome[e] = outcome;
    }
}

// Blocks of elements are walked in tiles whose weights stay in the second cache.
std::size_t tile_width(std::size_t num_outcomes) {
    return std::clamp<std::size_t>(std::bit_floor((std::size_t{1} << 15) / num_outcomes), 8, block_size);
}

// Nothing of the state is changed before the outcomes of all its elements are known.
template <class Weigh>
Decision decide(std::size_t size, std::size_t num_outcomes, const Source& source, Weigh weigh) {
    const std::size_t all = padded(size), width = std::min(tile_width(num_outcomes), all);
    Decision decision{Buffer<std::int64_t>(all), Buffer<double>(all), Buffer<double>(all)};
    start(decision, source, size, num_outcomes);
    Buffer<double> weights(num_outcomes * width), uniform(std::min(block_size, all)), chosen(width),
        total(width);
    for (std::size_t block = 0; block < all; block += block_size) {
        const std::size_t block_end = std::min(block + block_size, all);
        if (source.key) fill_block(*source.key, block / block_size, 0, {uniform.data(), block_end - block});
        for (std::size_t begin = block; begin < block_end; begin += width) {
            const std::size_t count = std::min(width, block_end - begin);
            weigh(begin, count, weights.data());
            measure_kernels().choose({weights.data(), num_outcomes, count,
                                      source.key ? uniform.data() + (begin - block) : nullptr,
                                      decision.outcome.data() + begin, chosen.data(), total.data()});
            for (std::size_t e = 0; e < std::min(count, size - std::min(size, begin)); ++e)
                settle(decision, begin + e, chosen[e], total[e]);
        }
    }
    std::fill(decision.outcome.data() + size, decision.outcome.data() + all, 0);
    return decision;
}

template <class Weigh>
Probabilities all_probabilities(std::size_t size, std::size_t num_outcomes, Weigh weigh) {
    const std::size_t all = padded(size), width = std::min(tile_width(num_outcomes), all);
    Probabilities out(num_outcomes * size);
    Buffer<double> weights(num_outcomes * width);
    for (std::size_t begin = 0; begin < all; begin += width) {
        const std::size_t count = std::min(width, all - begin);
        weigh(begin, count, weights.data());
        for (std::size_t e = 0; e < std::min(count, size - std::min(size, begin)); ++e) {
            double total = 0.0;
            for (std::size_t b = 0; b < num_outcomes; ++b) total += weights[b * count + e];
            require_trace(total, begin + e);
            for (std::size_t b = 0; b < num_outcomes; ++b)
                out[b * size + begin + e] = weights[b * count + e] / total;
        }
    }
    return out;
}

// ---- projections ----

// Trailing qubits on which nothing happens make the rows of a single state longer.
int trailing_qubits(const DensityMatrix& state, std::size_t touched) {
    int count = 0;
    while (!state.is_batch() && count < state.num_qubits() && (touched >> 2 * count & 3) == 0) ++count;
    return count;
}

void project_single_blocks(DensityMatrix& state, PauliString pauli, double sign, double scale) {
    const ProductPhases of_rest(pauli.row >> 4, state.num_qubits() - 2), of_block(pauli.row & 15, 2);
    BlockProjection job{.data = state.data(),
                        .num_blocks = power_of_four(state.num_qubits() - 2),
                        .pauli = pauli.row >> 4,
                        .highest_bit = std::bit_floor(pauli.row >> 4),
                        .high_phases = of_rest.high.data(),
                        .low_phases = of_rest.low.data(),
                        .low_bits = of_rest.low_bits,
                        .exchange = pauli.row & 15,
                        .same = {},
                        .other = {},
                        .sign = sign,
                        .scale = scale};
    for (unsigned phase = 0; phase < 4; ++phase)
        for (std::size_t q = 0; q < 16; ++q) {
            const unsigned both = (phase + of_block.high[0] + of_block.low[q]) & 3u;
            job.same[phase][q] = both % 2 == 0 ? 1.0 : 0.0;
            job.other[phase][q] = both == 0 ? 1.0 : both == 2 ? -1.0 : 0.0;
        }
    measure_kernels().project_blocks(job);
}

void project_rows(DensityMatrix& state, PauliString pauli, const double* sign, const double* scale) {
    const int trailing = trailing_qubits(state, pauli.row);
    const std::size_t string = pauli.row >> 2 * trailing;
    const int num_qubits = state.num_qubits() - trailing;
    const ProductPhases phases(string, num_qubits);
    measure_kernels().project_pauli({state.data(), power_of_four(num_qubits),
                                     state.stride() * power_of_four(trailing), string, std::bit_floor(string),
                                     phases.high.data(), phases.low.data(), phases.low_bits,
                                     !state.is_batch(), sign, scale});
}

void project_by(DensityMatrix& state, PauliString pauli, const Decision& decision) {
    Buffer<double> sign(padded(state.size()));
    for (std::size_t e = 0; e < padded(state.size()); ++e)
        sign[e] = (decision.outcome[e] == 1) == pauli.negative ? 1.0 : -1.0;
    if (!state.is_batch() && state.num_qubits() > 1 && pauli.row % 16 != 0)
        project_single_blocks(state, pauli, sign[0], decision.scale[0]);
    else
        project_rows(state, pauli, sign.data(), decision.scale.data());
    // Exactly, whatever was rounded.
    for (std::size_t e = 0; e < state.stride(); ++e) {
        state.data()[e] = 1.0;
        state.data()[pauli.row * state.stride() + e] = decision.scale[e] == 0.0 ? 0.0 : sign[e];
    }
}

void apply_by(const DensityMatrix& source, DensityMatrix& target, std::span<const int> qubits,
              const OutcomeMaps& maps, const Decision& decision) {
    std::size_t touched = 0;
    for (const int qubit : qubits) touched |= std::size_t{3} << digit_shift(qubit, source.num_qubits());
    const int trailing = trailing_qubits(source, touched);
    const int num_qubits = source.num_qubits() - trailing;
    const std::vector<std::size_t> offsets = local_rows(qubits, num_qubits);
    std::vector<int> shifts;
    for (const int qubit : qubits) shifts.push_back(digit_shift(qubit, num_qubits));
    std::ranges::sort(shifts);
    const std::size_t outcome_step = maps.num_outputs * offsets.size();
    measure_kernels().apply_chosen(
        {source.data(), target.data(), power_of_four(num_qubits - static_cast<int>(qubits.size())),
         source.stride() * power_of_four(trailing), offsets.data(), offsets.size(), maps.num_outputs,
         shifts.data(), static_cast<int>(shifts.size()), maps.matrices.data(), outcome_step,
         maps.per_element ? maps.num_outcomes * outcome_step : 0, !source.is_batch(), decision.outcome.data(),
         decision.scale.data()});
    std::fill_n(target.data(), target.stride(), 1.0);
}

// ---- reports ----

// Turns bits (bit `place` of `stride` per element) where uniform number `draw` is below the readout error.
void flip(Bits& bits, std::size_t place, std::size_t stride, std::span<const double> p_readout_error,
          std::uint64_t key) {
    if (std::ranges::all_of(p_readout_error, [](double p) { return p == 0.0; })) return;
    const bool one = p_readout_error.size() == 1;
    std::vector<double> uniform(block_size);
    for (std::size_t at = place, e = 0; at < bits.size(); at += stride, ++e) {
        if (e % block_size == 0) fill_block(key, e / block_size, 1 + place, uniform);
        bits[at] ^= uniform[e % block_size] < p_readout_error[one ? 0 : at];
    }
}

void require_errors(std::span<const double> p_readout_error, std::size_t bits) {
    for (const double p : p_readout_error) require_probability("p_readout_error", p);
    if (p_readout_error.size() != 1 && p_readout_error.size() != bits)
        throw std::invalid_argument("internal: readout errors have not the shape of the bits");
}

template <class T>
std::vector<T> first(const Buffer<T>& values, std::size_t size) {
    return {values.data(), values.data() + size};
}

Decision decide(const DensityMatrix& state, PauliString pauli, const Source& source) {
    return decide(state.size(), 2, source, forms(state, pauli));
}

Decision decide(const DensityMatrix& state, std::span<const int> qubits, const OutcomeMaps& maps,
                const Source& source) {
    return decide(state.size(), maps.num_outcomes, source, forms(state, qubits, maps));
}

Source given(std::span<const std::int64_t> outcomes, std::size_t size) {
    if (outcomes.size() != 1 && outcomes.size() != size)
        throw std::invalid_argument("internal: outcomes have not the shape of the state");
    return {std::nullopt, outcomes};
}

}  // namespace

Probabilities probabilities(const DensityMatrix& state, PauliString pauli) {
    return all_probabilities(state.size(), 2, forms(state, pauli));
}

Probabilities probabilities(const DensityMatrix& state, std::span<const int> qubits,
                            const OutcomeMaps& maps) {
    return all_probabilities(state.size(), maps.num_outcomes, forms(state, qubits, maps));
}

Probabilities probabilities(const DensityMatrix& state, const BitBasis& basis,
                            std::span<const double> p_readout_error) {
    return all_probabilities(state.size(), std::size_t{1} << basis.qubits.size(),
                             bit_weights(state, basis, p_readout_error));
}

Bits measure(DensityMatrix& state, PauliString pauli, std::span<const double> p_readout_error,
             std::uint64_t key) {
    require_errors(p_readout_error, state.size());
    const Decision decision = decide(state, pauli, {key, {}});
    project_by(state, pauli, decision);
    Bits bits(state.size());
    for (std::size_t e = 0; e < bits.size(); ++e) bits[e] = decision.outcome[e] == 1;
    flip(bits, 0, 1, p_readout_error, key);
    return bits;
}

Bits measure(DensityMatrix& state, const BitBasis& basis, std::span<const double> p_readout_error,
             std::uint64_t key) {
    const std::size_t count = basis.qubits.size();
    require_errors(p_readout_error, state.size() * count);
    const Decision all =
        decide(state.size(), std::size_t{1} << count, {key, {}}, bit_weights(state, basis, {}));
    Bits bits(state.size() * count);
    Outcomes bit(state.size());
    for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t e = 0; e < bit.size(); ++e) bit[e] = all.outcome[e] >> (count - 1 - k) & 1;
        const PauliString pauli{static_cast<std::size_t>(basis.digits[k])
                                    << digit_shift(basis.qubits[k], state.num_qubits()),
                                false};
        project_by(state, pauli, decide(state, pauli, {std::nullopt, bit}));
        for (std::size_t e = 0; e < bit.size(); ++e) bits[e * count + k] = static_cast<std::uint8_t>(bit[e]);
    }
    for (std::size_t k = 0; k < count; ++k) flip(bits, k, count, p_readout_error, key);
    return bits;
}

Outcomes measure(const DensityMatrix& source, DensityMatrix& target, std::span<const int> qubits,
                 const OutcomeMaps& maps, std::uint64_t key) {
    const Decision decision = decide(source, qubits, maps, {key, {}});
    apply_by(source, target, qubits, maps, decision);
    return first(decision.outcome, source.size());
}

Probabilities project(DensityMatrix& state, PauliString pauli, std::span<const std::int64_t> outcomes) {
    const Decision decision = decide(state, pauli, given(outcomes, state.size()));
    project_by(state, pauli, decision);
    return first(decision.probability, state.size());
}

Probabilities project(const DensityMatrix& source, DensityMatrix& target, std::span<const int> qubits,
                      const OutcomeMaps& maps, std::span<const std::int64_t> outcomes) {
    const Decision decision = decide(source, qubits, maps, given(outcomes, source.size()));
    apply_by(source, target, qubits, maps, decision);
    return first(decision.probability, source.size());
}

Outcomes draw(std::span<const double> probabilities, std::size_t size, std::uint64_t key) {
    const std::size_t num_outcomes = probabilities.size() / size;
    Outcomes out(size);
    std::vector<double> uniform(block_size);
    for (std::size_t e = 0; e < size; ++e) {
        if (e % block_size == 0) fill_block(key, e / block_size, 0, uniform);
        double total = 0.0, sum = 0.0;
        for (std::size_t b = 0; b < num_outcomes; ++b) total += probabilities[b * size + e];
        for (std::size_t b = 0; b + 1 < num_outcomes; ++b)
            out[e] += (sum += probabilities[b * size + e]) <= uniform[e % block_size] * total;
    }
    return out;
}

Outcomes draw_shots(std::span<const double> probabilities, std::size_t shots, std::uint64_t key) {
    std::vector<double> sums;
    double total = 0.0;
    for (const double p : probabilities) sums.push_back(total += p);
    Outcomes out(shots);
    std::vector<double> uniform(block_size);
    for (std::size_t shot = 0; shot < shots; ++shot) {
        if (shot % block_size == 0) fill_block(key, shot / block_size, 0, uniform);
        out[shot] =
            std::upper_bound(sums.begin(), sums.end(), uniform[shot % block_size] * total) - sums.begin();
    }
    return out;
}

}  // namespace ebit
