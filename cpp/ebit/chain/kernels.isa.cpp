#include "ebit/chain/kernels.hpp"

#include "ebit/chain/join.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// One column is the common case; its loop unrolls.
template <bool first, bool single>
EBIT_INLINE void link_row_as(Stream& stream, const LinkRow& row, std::size_t count) {
    Xoshiro random(stream);
    const std::size_t columns = single ? 1 : row.column_count;
    for (std::size_t i = 0; i < count; i += 8) {
        for (std::size_t j = 0; j < parts; ++j) {
            const std::size_t at = i + j * lanes;
            const f64v attempts = geometric(random.next_log(j), row.inverse_log_failure);
            const f64v time = attempts * row.attempt_time;
            store(row.time + at, time);
            if constexpr (first) {
                store(row.latest + at, time);
                store(row.attempts + at, attempts);
            } else {
                store(row.latest + at, larger(load<f64v>(row.latest + at), time));
                store(row.attempts + at, load<f64v>(row.attempts + at) + attempts);
                const Waits wait(load<f64v>(row.before + at), time);
                for (std::size_t c = 0; c < columns; ++c) {
                    const WaitColumn& column = row.columns[c];
                    const f64v waited = wait.of_a * column.weight_before + wait.of_b * column.weight_here;
                    store(column.sum + at, load<f64v>(column.sum + at) + waited);
                }
            }
        }
    }
}

void link_row(Stream& stream, const LinkRow& row, std::size_t count) {
    if (row.before == nullptr)
        link_row_as<true, false>(stream, row, count);
    else if (row.column_count == 1)
        link_row_as<false, true>(stream, row, count);
    else
        link_row_as<false, false>(stream, row, count);
}

void geometric_row(Stream& stream, double inverse_log_failure, double* out, std::size_t count) {
    Xoshiro random(stream);
    for (std::size_t i = 0; i < count; i += 8)
        for (std::size_t j = 0; j < parts; ++j)
            store(out + i + j * lanes, geometric(random.next_log(j), inverse_log_failure));
}

void add_wait(const double* a, const double* b, double weight, double* sum, std::size_t count) {
    for (std::size_t i = 0; i < count; i += lanes)
        store(sum + i, load<f64v>(sum + i) + (load<f64v>(b + i) - load<f64v>(a + i)) * weight);
}

// Adds term(at, j) over all elements in eight running sums, so that every instruction set adds in
// the same order.
template <class Vector, class Scalar>
EBIT_INLINE double sum_of(std::size_t count, Vector vector, Scalar scalar) {
    f64v sums[parts] = {};
    const std::size_t whole = count / 8 * 8;
    for (std::size_t i = 0; i < whole; i += 8)
        for (std::size_t j = 0; j < parts; ++j) sums[j] += vector(i + j * lanes);
    double total = 0.0;
    for (std::size_t l = 0; l < 8; ++l) total += sums[l / lanes][l % lanes];
    for (std::size_t i = whole; i < count; ++i) total += scalar(i);
    return total;
}

double sum(const double* x, std::size_t count) {
    return sum_of(count, [=](std::size_t i) { return load<f64v>(x + i); }, [=](std::size_t i) { return x[i]; });
}

double comoment(const double* x, double mean_x, const double* y, double mean_y, std::size_t count) {
    return sum_of(
        count, [=](std::size_t i) { return (load<f64v>(x + i) - mean_x) * (load<f64v>(y + i) - mean_y); },
        [=](std::size_t i) { return (x[i] - mean_x) * (y[i] - mean_y); });
}

}  // namespace

extern const ChainKernels chain_table;
const ChainKernels chain_table{geometric_row, link_row, add_wait, sum, comoment, join};

}  // namespace ebit::EBIT_ISA
