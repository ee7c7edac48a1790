#include "ebit/rng/kernels.hpp"

#include "ebit/rng/xoshiro.isa.hpp"

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
    fill(stream, out, count,
         [](Xoshiro& random, std::size_t j) { return to_double(random.next(j) >> 11) * 0x1p-53; });
}

void log_uniform(Stream& stream, double* out, std::size_t count) {
    fill(stream, out, count, [](Xoshiro& random, std::size_t j) { return random.next_log(j); });
}

void geometric_fill(Stream& stream, double inverse_log_failure, double* out, std::size_t count) {
    fill(stream, out, count, [=](Xoshiro& random, std::size_t j) {
        return geometric(random.next_log(j), inverse_log_failure);
    });
}

}  // namespace

extern const RngKernels rng_table;
const RngKernels rng_table{words, uniform, log_uniform, geometric_fill};

}  // namespace ebit::EBIT_ISA
