#include "ebit/density/element_kernels.hpp"

#include "ebit/base/math.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

EBIT_INLINE std::size_t first_row(const RowGroups& groups, std::size_t group) {
    std::size_t row = group;
    for (int k = 0; k < groups.num_qubits; ++k) {
        const std::size_t below = (std::size_t{1} << groups.shifts[k]) - 1;
        row = (row & ~below) << 2 | (row & below);
    }
    return row;
}

template <class Work>
EBIT_INLINE void for_groups(const RowGroups& groups, Work work) {
    for (std::size_t g = 0; g < groups.count; ++g) work(groups.data + first_row(groups, g) * groups.stride);
}

void diagonal(const RowGroups& groups, EntryList entries, const double* coefficients, std::size_t stride,
              std::size_t count) {
    for_groups(groups, [&](double* data) {
        for (std::size_t e = 0; e < entries.size; ++e) {
            double* row = data + groups.offsets[entries.entries[e].row];
            const double* factor = coefficients + entries.entries[e].number * stride;
            for (std::size_t i = 0; i < count; i += lanes)
                store(row + i, load<f64v>(row + i) * load<f64v>(factor + i));
        }
    });
}

// The entries are those of x, y, the shift and z.
void affine(const RowGroups& groups, EntryList entries, const double* coefficients, std::size_t stride,
            std::size_t count) {
    const double* of_x = coefficients + entries.entries[0].number * stride;
    const double* of_y = coefficients + entries.entries[1].number * stride;
    const double* shift = coefficients + entries.entries[2].number * stride;
    const double* of_z = coefficients + entries.entries[3].number * stride;
    for_groups(groups, [&](double* one) {
        double *x = one + groups.offsets[1], *y = one + groups.offsets[2], *z = one + groups.offsets[3];
        for (std::size_t i = 0; i < count; i += lanes) {
            store(x + i, load<f64v>(x + i) * load<f64v>(of_x + i));
            store(y + i, load<f64v>(y + i) * load<f64v>(of_y + i));
            store(z + i,
                  load<f64v>(shift + i) * load<f64v>(one + i) + load<f64v>(of_z + i) * load<f64v>(z + i));
        }
    });
}

// Eight elements at a time, so that what an entry costs besides its products is shared by all of them.
struct Eight {
    f64v part[parts];
};

void general(const RowGroups& groups, EntryList entries, const double* coefficients, std::size_t stride,
             std::size_t count) {
    const std::size_t size = std::size_t{1} << 2 * groups.num_qubits;
    for_groups(groups, [&](double* data) {
        for (std::size_t i = 0; i < count; i += 8) {
            Eight in[64];
            for (std::size_t c = 0; c < size; ++c)
                for (std::size_t j = 0; j < parts; ++j)
                    in[c].part[j] = load<f64v>(data + groups.offsets[c] + i + j * lanes);
            for (std::size_t e = 0; e < entries.size;) {
                const std::size_t row = entries.entries[e].row;
                Eight sum{};
                for (; e < entries.size && entries.entries[e].row == row; ++e) {
                    const double* factor = coefficients + entries.entries[e].number * stride + i;
                    const Eight& x = in[entries.entries[e].column];
                    for (std::size_t j = 0; j < parts; ++j)
                        sum.part[j] += load<f64v>(factor + j * lanes) * x.part[j];
                }
                for (std::size_t j = 0; j < parts; ++j)
                    store(data + groups.offsets[row] + i + j * lanes, sum.part[j]);
            }
        }
    });
}

EBIT_INLINE f64v at(const Parameter& parameter, std::size_t i) {
    return parameter.step == 0 ? splat(*parameter.values) : load<f64v>(parameter.values + i);
}

void decay(Parameter rate, Parameter time, double* out, std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) store(out + i, exp_negative(at(rate, i) * at(time, i)));
}

void relaxation(Parameter rate, Parameter time, Parameter equilibrium, double* out, double* shift,
                std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) {
        const f64v kept = exp_negative(at(rate, i) * at(time, i));
        store(out + i, kept);
        store(shift + i, at(equilibrium, i) * (splat(1.0) - kept));
    }
}

void damping(Parameter gamma, Parameter excited_population, double* coherence, double* kept, double* shift,
             std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) {
        const f64v lost = at(gamma, i), rest = splat(1.0) - lost;
        store(coherence + i, square_root(rest));
        store(kept + i, rest);
        store(shift + i, (splat(1.0) - 2.0 * at(excited_population, i)) * lost);
    }
}

void one_minus(double factor, Parameter p, double* out, std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) store(out + i, splat(1.0) - factor * at(p, i));
}

void rotation(double scale, Parameter angle, double* cosine, double* sine, double* minus_sine,
              std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) {
        const SineCosine of = sine_cosine(scale * at(angle, i));
        store(cosine + i, of.cosine);
        store(sine + i, of.sine);
        store(minus_sine + i, -of.sine);
    }
}

typedef std::uint8_t bytes __attribute__((vector_size(lanes)));

void blend(const std::uint8_t* mask, double other, double* column, std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes) {
        const u64v chosen = __builtin_convertvector(load<bytes>(mask + i), u64v);
        store(column + i, chosen != 0 ? load<f64v>(column + i) : splat(other));
    }
}

bool within(const double* values, double low, double high, std::size_t count) {
    i64v good = ~i64v{};
    for (std::size_t i = 0; i < count; i += lanes) {
        const f64v x = load<f64v>(values + i);
        good &= (x >= low) & (x <= high);
    }
    for (std::size_t l = 0; l < lanes; ++l)
        if (good[l] == 0) return false;
    return true;
}

}  // namespace

extern const ElementKernels element_table;
const ElementKernels element_table{diagonal, affine,    general,  decay, relaxation,
                                   damping,  one_minus, rotation, blend, within};

}  // namespace ebit::EBIT_ISA
