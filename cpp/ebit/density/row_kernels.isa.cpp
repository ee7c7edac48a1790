#include "ebit/density/row_kernels.hpp"

#include "ebit/base/math.isa.hpp"
#include "ebit/rng/xoshiro.isa.hpp"

namespace ebit::EBIT_ISA {
namespace {

// Calls body(i, vectors) for groups of vectors that fill the width, `body` a template of the number
// of vectors: a long list of terms is then read once per group.
constexpr std::size_t group = 4;

template <class Body>
EBIT_INLINE void over(std::size_t width, Body body) {
    std::size_t i = 0;
    for (; i + group * lanes <= width; i += group * lanes) body.template operator()<group>(i);
    for (; i < width; i += lanes) body.template operator()<1>(i);
}

// ---- sums of products ----

template <std::size_t G>
EBIT_INLINE void add_term(f64v (&sum)[G], const RowTerm& term, double* const* rows, std::size_t i) {
    const double* a = term.kind == TermKind::number ? nullptr : rows[term.a] + i;
    const double* b = term.kind >= TermKind::product ? rows[term.b] + i : nullptr;
    const double factor = term.factor;
    switch (term.kind) {
        case TermKind::number:
            for (std::size_t g = 0; g < G; ++g) sum[g] += factor;
            break;
        case TermKind::plus:
            for (std::size_t g = 0; g < G; ++g) sum[g] += load<f64v>(a + g * lanes);
            break;
        case TermKind::minus:
            for (std::size_t g = 0; g < G; ++g) sum[g] -= load<f64v>(a + g * lanes);
            break;
        case TermKind::scaled:
            for (std::size_t g = 0; g < G; ++g) sum[g] += factor * load<f64v>(a + g * lanes);
            break;
        case TermKind::product:
            for (std::size_t g = 0; g < G; ++g)
                sum[g] += load<f64v>(a + g * lanes) * load<f64v>(b + g * lanes);
            break;
        case TermKind::minus_product:
            for (std::size_t g = 0; g < G; ++g)
                sum[g] -= load<f64v>(a + g * lanes) * load<f64v>(b + g * lanes);
            break;
        case TermKind::scaled_product:
            for (std::size_t g = 0; g < G; ++g)
                sum[g] += factor * load<f64v>(a + g * lanes) * load<f64v>(b + g * lanes);
            break;
    }
}

void sum(const RowInstruction& instruction, const RowTile& tile) {
    const RowTerm* terms = tile.terms + instruction.first_term;
    const double* scale = instruction.scale == RowProgram::none ? nullptr : tile.rows[instruction.scale];
    double* out = tile.rows[instruction.target];
    over(tile.width, [&]<std::size_t G>(std::size_t i) {
        f64v total[G];
        // Not 0 + x: an optimiser may not drop the zero, which loses a sign of zero.
        for (std::size_t g = 0; g < G; ++g) total[g] = splat(-0.0);
        for (std::uint32_t t = 0; t < instruction.num_terms; ++t) add_term<G>(total, terms[t], tile.rows, i);
        if (scale != nullptr)
            for (std::size_t g = 0; g < G; ++g) total[g] *= load<f64v>(scale + i + g * lanes);
        for (std::size_t g = 0; g < G; ++g) store(out + i + g * lanes, total[g]);
    });
}

// ---- functions of one row ----

template <class Function>
EBIT_INLINE void map(const RowInstruction& instruction, const RowTile& tile, Function function) {
    const double* in = tile.rows[tile.terms[instruction.first_term].a];
    double* out = tile.rows[instruction.target];
    for (std::size_t i = 0; i < tile.width; i += lanes) store(out + i, function(load<f64v>(in + i)));
}

void exponential(const RowInstruction& instruction, const RowTile& tile) {
    const double rate = instruction.number;
    map(instruction, tile, [=](f64v x) { return exp_negative(rate * x); });
}

// A branch less likely than this has lost its state to rounding.
constexpr double least_probability = 1e-12;

EBIT_INLINE f64v reciprocal(f64v p) {
    return p >= least_probability ? 1.0 / larger(p, splat(least_probability)) : splat(0.0);
}

void choice(const RowInstruction& instruction, const RowTile& tile) {
    const RowTerm* terms = tile.terms + instruction.first_term;
    const double *sign = tile.rows[terms[0].a], *yes = tile.rows[terms[1].a], *no = tile.rows[terms[2].a];
    double* out = tile.rows[instruction.target];
    for (std::size_t i = 0; i < tile.width; i += lanes) {
        const f64v y = terms[1].factor * load<f64v>(yes + i), n = terms[2].factor * load<f64v>(no + i);
        store(out + i, terms[0].factor * load<f64v>(sign + i) < 0.0 ? y : n);
    }
}

void variate(const RowInstruction& instruction, const RowTile& tile) {
    double* out = tile.rows[instruction.target];
    Xoshiro random(tile.streams[instruction.index]);
    for (std::size_t i = 0; i < tile.width; i += 8)
        for (std::size_t j = 0; j < parts; ++j) store(out + i + j * lanes, random.next_uniform(j));
}

// ---- outcomes ----

typedef std::uint8_t bytes __attribute__((vector_size(lanes)));

// -1 where the parity of outcome & character is odd, else 1.
EBIT_INLINE f64v sign_of(u64v outcome, std::uint64_t character) {
    u64v x = outcome & character;
    x ^= x >> 4;
    x ^= x >> 2;
    x ^= x >> 1;
    return (f64v)((x << 63) | 0x3ff0000000000000);
}

template <int Bits>
EBIT_INLINE void transform(f64v (&p)[1 << Bits]) {
    for (int half = 1; half < 1 << Bits; half *= 2)
        for (int start = 0; start < 1 << Bits; start += 2 * half)
            for (int k = start; k < start + half; ++k) {
                const f64v a = p[k], b = p[k + half];
                p[k] = a + b;
                p[k + half] = a - b;
            }
}

// Probabilities of all outcomes; then the outcome is the number of cumulative probabilities that are
// at most (variate) * (their sum), or a given one.
template <int Bits>
void outcome(const RowInstruction& instruction, const RowTile& tile) {
    constexpr int size = 1 << Bits;
    const RowTerm* terms = tile.terms + instruction.first_term;
    const double* selector = tile.rows[instruction.scale];
    double *out = tile.rows[instruction.target], *probability = tile.rows[instruction.second_target];
    const bool is_drawn = instruction.index != 0;
    for (std::size_t i = 0; i < tile.width; i += lanes) {
        f64v p[size];
        for (int m = 0; m < size; ++m) p[m] = f64v{};
        for (std::uint32_t t = 0; t < instruction.num_terms; ++t)
            p[terms[t].b] = terms[t].factor * load<f64v>(tile.rows[terms[t].a] + i);
        transform<Bits>(p);
        const f64v given = load<f64v>(selector + i);
        u64v chosen = (u64v)given;
        if (is_drawn) {
            f64v total{};
            for (int m = 0; m < size; ++m) total += larger(p[m], f64v{});
            const f64v x = given * total;
            f64v cumulative{};
            chosen = u64v{};
            for (int m = 0; m + 1 < size; ++m) {
                cumulative += larger(p[m], f64v{});
                chosen -= (u64v)(cumulative <= x);
            }
        }
        f64v selected = p[0];
        for (int m = 1; m < size; ++m)
            selected = chosen == static_cast<std::uint64_t>(m) ? p[m] : selected;
        store(out + i, chosen);
        store(probability + i, selected);
    }
}

void outcome(const RowInstruction& instruction, const RowTile& tile) {
    switch (instruction.second) {
        case 0:
            return outcome<0>(instruction, tile);
        case 1:
            return outcome<1>(instruction, tile);
        case 2:
            return outcome<2>(instruction, tile);
        case 3:
            return outcome<3>(instruction, tile);
        case 4:
            return outcome<4>(instruction, tile);
        case 5:
            return outcome<5>(instruction, tile);
        case 6:
            return outcome<6>(instruction, tile);
        case 7:
            return outcome<7>(instruction, tile);
        default:
            return outcome<8>(instruction, tile);
    }
}

void sign(const RowInstruction& instruction, const RowTile& tile) {
    map(instruction, tile, [&](f64v x) { return sign_of((u64v)x, instruction.index); });
}

EBIT_INLINE u64v widened(const std::uint8_t* p) {
    return __builtin_convertvector(load<bytes>(p), u64v);
}

void sign_of_flag(const RowInstruction& instruction, const RowTile& tile) {
    const auto* flags =
        reinterpret_cast<const std::uint8_t*>(tile.rows[tile.terms[instruction.first_term].a]);
    double* out = tile.rows[instruction.target];
    for (std::size_t i = 0; i < tile.width; i += lanes) store(out + i, sign_of(widened(flags + i) & 1, 1));
}

void given(const RowInstruction& instruction, const RowTile& tile) {
    const auto* outcomes =
        reinterpret_cast<const std::uint8_t*>(tile.rows[tile.terms[instruction.first_term].a]);
    double* out = tile.rows[instruction.target];
    for (std::size_t i = 0; i < tile.width; i += lanes) store(out + i, widened(outcomes + i));
}

void store_outcome(const RowInstruction& instruction, const RowTile& tile) {
    const double* in = tile.rows[tile.terms[instruction.first_term].a];
    auto* out = reinterpret_cast<std::uint8_t*>(tile.rows[instruction.target]);
    for (std::size_t i = 0; i < tile.width; i += lanes)
        store(out + i, __builtin_convertvector(load<u64v>(in + i), bytes));
}

void store_flag(const RowInstruction& instruction, const RowTile& tile) {
    const double* in = tile.rows[tile.terms[instruction.first_term].a];
    auto* out = reinterpret_cast<std::uint8_t*>(tile.rows[instruction.target]);
    const std::uint64_t* set = tile.accepted[instruction.index].words;
    for (std::size_t i = 0; i < tile.width; ++i) {
        std::uint64_t outcome;
        __builtin_memcpy(&outcome, in + i, sizeof outcome);
        out[i] = static_cast<std::uint8_t>(set[outcome >> 6] >> (outcome & 63) & 1);
    }
}

bool passes(const RowInstruction& instruction, const RowTile& tile) {
    const double* in = tile.rows[tile.terms[instruction.first_term].a];
    const auto& range = tile.ranges[instruction.index];
    i64v good = ~i64v{};
    for (std::size_t i = 0; i < tile.width; i += lanes) {
        const f64v x = load<f64v>(in + i);
        good &= (x >= range.low) & (x <= range.high);
    }
    std::int64_t all = -1;
    for (std::size_t l = 0; l < lanes; ++l) all &= good[l];
    return all != 0;
}

bool execute(const RowInstruction& instruction, const RowTile& tile) {
    switch (instruction.op) {
        case RowOp::sum:
            sum(instruction, tile);
            break;
        case RowOp::exponential:
            exponential(instruction, tile);
            break;
        case RowOp::square_root:
            map(instruction, tile, [](f64v x) { return square_root(x); });
            break;
        case RowOp::reciprocal:
            map(instruction, tile, [](f64v x) { return reciprocal(x); });
            break;
        case RowOp::choice:
            choice(instruction, tile);
            break;
        case RowOp::variate:
            variate(instruction, tile);
            break;
        case RowOp::outcome:
            outcome(instruction, tile);
            break;
        case RowOp::sign:
            sign(instruction, tile);
            break;
        case RowOp::sign_of_flag:
            sign_of_flag(instruction, tile);
            break;
        case RowOp::given:
            given(instruction, tile);
            break;
        case RowOp::store_outcome:
            store_outcome(instruction, tile);
            break;
        case RowOp::store_flag:
            store_flag(instruction, tile);
            break;
        case RowOp::check:
            return passes(instruction, tile);
        default:  // one, input and parameter stand outside, a probability comes with its outcome
            break;
    }
    return true;
}

std::size_t run(const RowInstruction* instructions, std::size_t count, const RowTile& tile) {
    for (std::size_t n = 0; n < count; ++n)
        if (!execute(instructions[n], tile)) return n;
    return count;
}

}  // namespace

extern const RowKernels row_table;
const RowKernels row_table{run};

}  // namespace ebit::EBIT_ISA
