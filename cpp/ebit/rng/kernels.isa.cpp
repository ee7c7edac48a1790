#include "ebit/rng/kernels.hpp"

#include "ebit/rng/geometric.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

template <class Make, class T>
EBIT_INLINE void fill(Stream& stream, T* out, std::size_t count, Make make) {
    Xoshiro random(stream);
    for (std::size_t i = 0; i < count; i += 8)
        for (std::size_t j = 0; j < parts; ++j) store(out + i + j * lanes, make(random, j));
}

void words(Stream& stream, std::uint64_t* out, std::size_t count) {
    fill(stream, out, count, [](Xoshiro& random, std::size_t j) { return random.next(j); });
}

void uniform(Stream& stream, double* out, std::size_t count) {
    fill(stream, out, count, [](Xoshiro& random, std::size_t j) { return random.next_uniform(j); });
}

void log_uniform(Stream& stream, double* out, std::size_t count) {
    fill(stream, out, count, [](Xoshiro& random, std::size_t j) { return random.next_log(j); });
}

void geometric_pairs(Stream& stream, double inverse_log_failure, double* out, std::size_t count) {
    Xoshiro random(stream);
    const GeometricPairs pairs(inverse_log_failure, inverse_log_failure);
    std::size_t i = 0;
    for (; i + 8 < count; i += 16)
        for (std::size_t j = 0; j < parts; ++j) {
            const GeometricPair made = pairs.next(random, j);
            store(out + i + j * lanes, made.first);
            store(out + i + 8 + j * lanes, made.second);
        }
    for (std::size_t j = 0; i < count && j < parts; ++j)
        store(out + i + j * lanes, geometric(random.next_log(j), inverse_log_failure));
}

void geometric_fill(Stream& stream, double inverse_log_failure, double* out, std::size_t count) {
    if (settles_early(inverse_log_failure)) return geometric_pairs(stream, inverse_log_failure, out, count);
    fill(stream, out, count,
         [=](Xoshiro& random, std::size_t j) { return geometric(random.next_log(j), inverse_log_failure); });
}

typedef std::uint8_t bytes __attribute__((vector_size(lanes)));

void bernoulli(Stream& stream, std::int64_t threshold, std::uint8_t* out, std::size_t count) {
    fill(stream, out, count, [=](Xoshiro& random, std::size_t j) {
        return __builtin_convertvector(random.next_success(j, threshold) & 1, bytes);
    });
}

void categorical(Stream& stream, double sum, const double* cumulative, std::size_t size, std::int64_t* out,
                 std::size_t count) {
    fill(stream, out, count, [=](Xoshiro& random, std::size_t j) {
        const f64v x = random.next_uniform(j) * sum;
        i64v below{};  // a binary search in every lane: entries before `below` are at most x
        for (std::size_t step = size / 2; step > 0; step /= 2) {
            f64v entry{};
            for (std::size_t l = 0; l < lanes; ++l)
                entry[l] = cumulative[static_cast<std::size_t>(below[l]) + step - 1];
            below += (entry <= x) & static_cast<std::int64_t>(step);
        }
        return below;
    });
}

}  // namespace

extern const RngKernels rng_table;
const RngKernels rng_table{words, uniform, log_uniform, geometric_fill, bernoulli, categorical};

}  // namespace ebit::EBIT_ISA
