#include "ebit/density/row_kernels.hpp"

#include "ebit/base/math.isa.hpp"
#include "ebit/rng/xoshiro.isa.hpp"
#include "ebit/state/pair.hpp"

namespace ebit::EBIT_ISA {
namespace {

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
    over<8>(tile.width, [&]<std::size_t G>(std::size_t i) {
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
    const double* in = tile.rows[tile.terms[instruction.first_term].a];
    double* out = tile.rows[instruction.target];
    const double rate = instruction.number;
    over<4>(tile.width, [=]<std::size_t G>(std::size_t i) {
        f64v x[G];
        for (std::size_t g = 0; g < G; ++g) x[g] = rate * load<f64v>(in + i + g * lanes);
        exp_negative(x);
        for (std::size_t g = 0; g < G; ++g) store(out + i + g * lanes, x[g]);
    });
}

EBIT_INLINE f64v reciprocal(f64v p) {
    return p >= form_tolerance ? 1.0 / larger(p, splat(form_tolerance)) : splat(0.0);
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

// Walsh-Hadamard. Every level is a loop of known length, which the compiler unrolls.
template <int Size, int Half = 1>
EBIT_INLINE void transform(f64v (&p)[Size]) {
    if constexpr (Half < Size) {
        for (int pair = 0; pair < Size / 2; ++pair) {
            const int k = pair / Half * 2 * Half + pair % Half;
            const f64v a = p[k], b = p[k + Half];
            p[k] = a + b;
            p[k + Half] = a - b;
        }
        transform<Size, 2 * Half>(p);
    }
}

// The weights of the characters of an outcome: rows times a factor, or nothing.
template <int Bits>
struct Weights {
    Weights(const RowInstruction& instruction, const RowTile& tile) {
        for (std::uint32_t t = instruction.first_term; t < instruction.first_term + instruction.num_terms;
             ++t) {
            rows[tile.terms[t].b] = tile.rows[tile.terms[t].a];
            factors[tile.terms[t].b] = tile.terms[t].factor;
        }
    }
    // The probabilities of all outcomes.
    EBIT_INLINE void transformed(f64v (&p)[1 << Bits], std::size_t i) const {
        for (int s = 0; s < 1 << Bits; ++s)
            p[s] = rows[s] != nullptr ? factors[s] * load<f64v>(rows[s] + i) : f64v{};
        transform(p);
    }

    const double* rows[1 << Bits] = {};
    double factors[1 << Bits] = {};
};

// The number of cumulative probabilities that are at most (variate) * (their sum).
template <int Bits>
void drawn(const RowInstruction& instruction, const RowTile& tile) {
    constexpr int last = (1 << Bits) - 1;
    const Weights<Bits> weights(instruction, tile);
    const double* variates = tile.rows[instruction.scale];
    double *out = tile.rows[instruction.target], *probability = tile.rows[instruction.second_target];
    for (std::size_t i = 0; i < tile.width; i += lanes) {
        f64v p[last + 1], cumulative[last + 1];
        weights.transformed(p, i);
        cumulative[0] = larger(p[0], f64v{});
        for (int m = 1; m <= last; ++m) cumulative[m] = cumulative[m - 1] + larger(p[m], f64v{});
        const f64v x = load<f64v>(variates + i) * cumulative[last];
        u64v chosen{};
        f64v selected = p[0];
        for (int m = 0; m < last; ++m) {
            const i64v beyond = cumulative[m] <= x;
            chosen -= (u64v)beyond;
            selected = beyond ? p[m + 1] : selected;
        }
        store(out + i, chosen);
        store(probability + i, selected);
    }
}

template <int Bits>
void chosen(const RowInstruction& instruction, const RowTile& tile) {
    const Weights<Bits> weights(instruction, tile);
    const double* given = tile.rows[instruction.scale];
    double *out = tile.rows[instruction.target], *probability = tile.rows[instruction.second_target];
    for (std::size_t i = 0; i < tile.width; i += lanes) {
        f64v p[1 << Bits];
        weights.transformed(p, i);
        const u64v outcome = load<u64v>(given + i);
        f64v selected = p[0];
        for (int m = 1; m < 1 << Bits; ++m)
            selected = outcome == static_cast<std::uint64_t>(m) ? p[m] : selected;
        store(out + i, outcome);
        store(probability + i, selected);
    }
}

template <int Bits>
void outcome(const RowInstruction& instruction, const RowTile& tile) {
    if (instruction.second != Bits) {
        if constexpr (Bits < 8) outcome<Bits + 1>(instruction, tile);
    } else if (instruction.index != 0) {
        drawn<Bits>(instruction, tile);
    } else {
        chosen<Bits>(instruction, tile);
    }
}

void sign(const RowInstruction& instruction, const RowTile& tile) {
    map(instruction, tile, [&](f64v x) { return sign_of((u64v)x, instruction.index); });
}

EBIT_INLINE u64v widened(const std::uint8_t* p) { return __builtin_convertvector(load<bytes>(p), u64v); }

EBIT_INLINE bytes narrowed(u64v x) {
#if EBIT_VECTOR_BYTES == 64
    // GCC takes __builtin_convertvector apart here.
    const __m128i low = _mm512_maskz_cvtepi64_epi8(0xff, (__m512i)x);
    bytes out;
    __builtin_memcpy(&out, &low, sizeof out);
    return out;
#else
    return __builtin_convertvector(x, bytes);
#endif
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
    for (std::size_t i = 0; i < tile.width; i += lanes) store(out + i, narrowed(load<u64v>(in + i)));
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
    const f64v low = splat(range.low), high = splat(range.high);
    unsigned all = (1u << lanes) - 1;
    for (std::size_t i = 0; i < tile.width; i += lanes) {
        const f64v x = load<f64v>(in + i);
        all &= at_most_mask(low, x) & at_most_mask(x, high);
    }
    return all == (1u << lanes) - 1;
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
            outcome<0>(instruction, tile);
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
