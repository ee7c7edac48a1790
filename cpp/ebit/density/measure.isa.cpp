// Projections and weights, over rows of vectors.
#include "ebit/base/vector.isa.hpp"
#include "ebit/density/measure_kernels.hpp"

namespace ebit::EBIT_ISA {
namespace {

// Elements whose rows are walked together, so that what is known of them stays in the first cache.
constexpr std::size_t tile = 512;

// Vectors for rows of whole cache lines, numbers for the short rows of a single state.
template <class V>
constexpr std::size_t width_of = sizeof(V) / 8;

struct OfTheRow {
    const double* value;
    template <class V>
    EBIT_INLINE V at(std::size_t) const {
        return V{} + *value;
    }
};
struct OfTheElement {
    const double* value;
    template <class V>
    EBIT_INLINE V at(std::size_t e) const {
        return load<V>(value + e);
    }
};

// Both rows of a pair that commutes with the string: a <- (a + t b) scale / 2, b <- t a.
template <class V, class Of>
EBIT_INLINE void project_pair(const PauliProjection& job, double* a, double* b, double flip,
                              std::size_t begin, std::size_t end) {
    const Of sign{job.sign}, scale{job.scale};
    for (std::size_t e = begin; e < end; e += width_of<V>) {
        const V t = sign.template at<V>(e) * flip;
        // Adding zero: no negative zeros.
        const V x = (load<V>(a + e) + t * load<V>(b + e)) * 0.5 * scale.template at<V>(e) + 0.0;
        store(a + e, x);
        store(b + e, t * x + 0.0);
    }
}

template <class V, class Of>
void project_tile(const PauliProjection& job, std::size_t begin, std::size_t end) {
    // The highest bit of the string tells a row from its partner.
    for (std::size_t block = 0; block < job.num_rows; block += 2 * job.highest_bit)
        for (std::size_t q = block; q < block + job.highest_bit; ++q) {
            double* a = job.data + q * job.stride;
            double* b = job.data + (q ^ job.pauli) * job.stride;
            const unsigned phase = (job.high_phases[q >> job.low_bits] +
                                    job.low_phases[q & ((std::size_t{1} << job.low_bits) - 1)]) &
                                   3u;
            if (phase % 2 == 0) {
                project_pair<V, Of>(job, a, b, phase == 0 ? 1.0 : -1.0, begin, end);
            } else {
                for (std::size_t e = begin; e < end; e += width_of<V>) {
                    store(a + e, V{});
                    store(b + e, V{});
                }
            }
        }
}

template <class V, class Of>
void project_in_tiles(const PauliProjection& job) {
    for (std::size_t begin = 0; begin < job.stride; begin += tile)
        project_tile<V, Of>(job, begin, begin + tile < job.stride ? begin + tile : job.stride);
}

void project_pauli(const PauliProjection& job) {
    if (!job.uniform) return project_in_tiles<f64v, OfTheElement>(job);
    if (job.stride % lanes == 0) return project_in_tiles<f64v, OfTheRow>(job);
    project_in_tiles<double, OfTheRow>(job);
}

constexpr std::size_t vectors = 16 / lanes;  // of a block

// Lane l becomes lane l xor x.
template <std::size_t x>
EBIT_INLINE f64v exchanged(f64v v) {
#if EBIT_VECTOR_BYTES == 64
    return __builtin_shufflevector(v, v, 0 ^ x, 1 ^ x, 2 ^ x, 3 ^ x, 4 ^ x, 5 ^ x, 6 ^ x, 7 ^ x);
#elif EBIT_VECTOR_BYTES == 32
    return __builtin_shufflevector(v, v, 0 ^ x, 1 ^ x, 2 ^ x, 3 ^ x);
#else
    return __builtin_shufflevector(v, v, 0 ^ x, 1 ^ x);
#endif
}

struct Block {
    f64v part[vectors];
};

EBIT_INLINE Block load_block(const double* p) {
    Block block;
    for (std::size_t j = 0; j < vectors; ++j) block.part[j] = load<f64v>(p + j * lanes);
    return block;
}

template <std::size_t x>
EBIT_INLINE void project_block(const BlockProjection& job, double* out, const Block& own,
                               const Block& partner, unsigned phase) {
    for (std::size_t j = 0; j < vectors; ++j) {
        const f64v same = load<f64v>(job.same[phase] + j * lanes);
        const f64v other = load<f64v>(job.other[phase] + j * lanes) * job.sign;
        const f64v met = exchanged<x>(partner.part[j ^ job.exchange / lanes]);
        store(out + j * lanes, (same * own.part[j] + other * met) * 0.5 * job.scale + 0.0);
    }
}

template <std::size_t x>
void project_blocks_by(const BlockProjection& job) {
    const std::size_t half = job.highest_bit == 0 ? job.num_blocks : job.highest_bit;
    for (std::size_t first = 0; first < job.num_blocks; first += 2 * half)
        for (std::size_t q = first; q < first + half; ++q) {
            const unsigned phase = (job.high_phases[q >> job.low_bits] +
                                    job.low_phases[q & ((std::size_t{1} << job.low_bits) - 1)]) &
                                   3u;
            double* a = job.data + 16 * q;
            double* b = job.data + 16 * (q ^ job.pauli);
            const Block of_a = load_block(a), of_b = load_block(b);
            project_block<x>(job, a, of_a, of_b, phase);
            if (a != b) project_block<x>(job, b, of_b, of_a, (4 - phase) & 3u);
        }
}

template <std::size_t x>
void project_blocks_from(const BlockProjection& job) {
    if constexpr (x < lanes) {
        if (job.exchange % lanes == x) return project_blocks_by<x>(job);
        project_blocks_from<x + 1>(job);
    }
}

void project_blocks(const BlockProjection& job) { project_blocks_from<0>(job); }

void weigh(const Weighing& job) {
    for (std::size_t e = 0; e < job.width; e += lanes)
        for (std::size_t b = 0; b < job.num_outcomes; ++b) {
            f64v sum{};
            for (std::size_t j = 0; j < job.num_rows; ++j) {
                const double* factor = job.factors + b * job.outcome_step + j;
                f64v f{};
                if (job.element_step == 0)
                    f = splat(*factor);
                else
                    for (std::size_t l = 0; l < lanes; ++l)
                        f[l] = e + l < job.num_elements ? factor[(e + l) * job.element_step] : 0.0;
                sum += f * load<f64v>(job.rows[j] + e);
            }
            store(job.weights + b * job.width + e, larger(splat(0.0), sum));
        }
}

void choose(const Choice& job) {
    for (std::size_t e = 0; e < job.width; e += lanes) {
        f64v total{};
        for (std::size_t b = 0; b < job.num_outcomes; ++b)
            total += load<f64v>(job.weights + b * job.width + e);
        i64v outcome{};
        if (job.uniform == nullptr) {
            outcome = load<i64v>(job.outcome + e);
        } else {
            const f64v x = load<f64v>(job.uniform + e) * total;
            f64v sum{};
            for (std::size_t b = 0; b + 1 < job.num_outcomes; ++b) {
                sum += load<f64v>(job.weights + b * job.width + e);
                outcome += (sum <= x) & 1;
            }
            store(job.outcome + e, outcome);
        }
        f64v chosen{};
        for (std::size_t l = 0; l < lanes; ++l)
            chosen[l] = job.weights[static_cast<std::size_t>(outcome[l]) * job.width + e + l];
        store(job.chosen + e, chosen);
        store(job.total + e, total);
    }
}

// The first row of group g: its digits with zeros inserted for those of the map's qubits.
EBIT_INLINE std::size_t first_row(const ChosenMap& job, std::size_t g) {
    for (int k = 0; k < job.num_qubits; ++k) {
        const int shift = job.shifts[k];
        g = (g >> shift << (shift + 2)) | (g & ((std::size_t{1} << shift) - 1));
    }
    return g;
}

// Places begin .. end of the rows of every group. Entry (i, j) of the matrix at place e is
// `matrix[(i num_inputs + j) entry_step + e - begin]`, or the same number for all places.
template <class V, class Of>
void apply_between(const ChosenMap& job, std::size_t begin, std::size_t end, const double* matrix,
                   std::size_t entry_step) {
    V x[most_map_inputs];
    for (std::size_t g = 0; g < job.num_groups; ++g) {
        const std::size_t first = first_row(job, g);
        const double* source = job.source + first * job.stride;
        double* target = job.target + (job.num_outputs == 1 ? g : first) * job.stride;
        for (std::size_t e = begin; e < end; e += width_of<V>) {
            for (std::size_t j = 0; j < job.num_inputs; ++j)
                x[j] = load<V>(source + job.offsets[j] * job.stride + e);
            for (std::size_t i = 0; i < job.num_outputs; ++i) {
                const double* row = matrix + i * job.num_inputs * entry_step;
                V sum{};
                for (std::size_t j = 0; j < job.num_inputs; ++j)
                    sum += Of{row + j * entry_step}.template at<V>(e - begin) * x[j];
                store(target + job.offsets[i] * job.stride + e, sum);
            }
        }
    }
}

void apply_to_single(const ChosenMap& job, double* matrix) {
    const double* chosen = job.matrices + static_cast<std::size_t>(*job.outcome) * job.outcome_step;
    for (std::size_t k = 0; k < job.num_outputs * job.num_inputs; ++k) matrix[k] = chosen[k] * *job.scale;
    for (std::size_t begin = 0; begin < job.stride; begin += tile) {
        const std::size_t end = begin + tile < job.stride ? begin + tile : job.stride;
        if (job.stride % lanes == 0)
            apply_between<f64v, OfTheRow>(job, begin, end, matrix, 1);
        else
            apply_between<double, OfTheRow>(job, begin, end, matrix, 1);
    }
}

void apply_chosen(const ChosenMap& job) {
    constexpr std::size_t room = 8 * most_map_entries;
    alignas(64) double matrix[room]{};
    if (job.uniform) return apply_to_single(job, matrix);
    const std::size_t entries = job.num_outputs * job.num_inputs;
    const std::size_t width = entries > 16 ? 8 : room / 16;  // elements whose matrices have room
    for (std::size_t begin = 0; begin < job.stride; begin += width) {
        const std::size_t end = begin + width < job.stride ? begin + width : job.stride;
        for (std::size_t e = begin; e < end; ++e) {
            const double* chosen = job.matrices + e * job.element_step +
                                   static_cast<std::size_t>(job.outcome[e]) * job.outcome_step;
            for (std::size_t k = 0; k < entries; ++k)  // elements of the padding have no matrix
                matrix[k * width + e - begin] = job.scale[e] == 0.0 ? 0.0 : chosen[k] * job.scale[e];
        }
        apply_between<f64v, OfTheElement>(job, begin, end, matrix, width);
    }
}

void walsh_hadamard(double* x, std::size_t num_rows, std::size_t width) {
    for (std::size_t half = 1; half < num_rows; half *= 2)
        for (std::size_t block = 0; block < num_rows; block += 2 * half)
            for (std::size_t b = block; b < block + half; ++b) {
                double* low = x + b * width;
                double* high = low + half * width;
                for (std::size_t e = 0; e < width; e += lanes) {
                    const f64v u = load<f64v>(low + e), v = load<f64v>(high + e);
                    store(low + e, u + v);
                    store(high + e, u - v);
                }
            }
}

}  // namespace

extern const MeasureKernels measure_table;
const MeasureKernels measure_table{weigh,          choose,       project_pauli,
                                   project_blocks, apply_chosen, walsh_hadamard};

}  // namespace ebit::EBIT_ISA
