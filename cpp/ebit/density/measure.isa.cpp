// Projections and weights, over rows of vectors.
#include "ebit/base/vector.isa.hpp"
#include "ebit/density/measure_kernels.hpp"

namespace ebit::EBIT_ISA {
namespace {

// Elements whose rows are walked together, so that what is known of them stays in the first cache.
constexpr std::size_t tile = 512;

// Vectors for rows of whole cache lines, numbers for the short rows of a single state.
template <class V>
constexpr std::size_t width_of = sizeof(V) / sizeof(double);

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
EBIT_INLINE void project_pair(const PauliProjection& job, double* a, double* b, double flip, std::size_t begin,
                              std::size_t end) {
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
    alignas(64) double matrix[most_map_inputs * 8];
    if (job.uniform) return apply_to_single(job, matrix);
    for (std::size_t begin = 0; begin < job.stride; begin += 8) {
        for (std::size_t l = 0; l < 8; ++l) {
            const std::size_t e = begin + l;
            const double* chosen = job.matrices + e * job.element_step +
                                   static_cast<std::size_t>(job.outcome[e]) * job.outcome_step;
            for (std::size_t k = 0; k < job.num_outputs * job.num_inputs; ++k)
                matrix[8 * k + l] = job.scale[e] == 0.0 ? 0.0 : chosen[k] * job.scale[e];
        }
        apply_between<f64v, OfTheElement>(job, begin, begin + 8, matrix, 8);
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
const MeasureKernels measure_table{weigh, choose, project_pauli, apply_chosen, walsh_hadamard};

}  // namespace ebit::EBIT_ISA
