#include "ebit/density/row_runner.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <string>

#include "ebit/base/buffer.hpp"
#include "ebit/base/error.hpp"
#include "ebit/base/isa.hpp"
#include "ebit/density/row_kernels.hpp"
#include "ebit/density/rows.hpp"

EBIT_KERNEL_TABLE(RowKernels, row_table, row_kernels)

namespace ebit {

namespace {

using Kind = RowProgram::Kind;

// Slots and constants fit into the first-level cache.
std::size_t tile_width(const RowProgram& program) {
    constexpr std::size_t cache = std::size_t{32} * 1024 / sizeof(double);
    const std::size_t rows = std::max<std::size_t>(program.first_outside(), 1);
    return std::clamp(std::bit_floor(cache / rows), std::size_t{64}, std::size_t{512});
}

[[noreturn]] void refuse(const RowProgram& program, const RowInstruction& check, const double* values,
                         std::size_t count) {
    const RowProgram::Range& range = program.ranges[check.index];
    const double* bad =
        std::find_if_not(values, values + count, [&](double x) { return x >= range.low && x <= range.high; });
    throw InvalidParameter(program.checked[check.index], bad == values + count ? values[0] : *bad,
                           "in [" + to_text(range.low) + ", " + to_text(range.high) + "]");
}

// The rows that are the same for all elements, each as eight equal numbers.
class Prologue {
  public:
    Prologue(const RowProgram& program, const RowArrays& arrays)
        : rows_(std::size_t{8} * program.num_prologue_places) {
        for (const auto& [place, from] : program.given) std::fill_n(row(place), 8, value(from, arrays));
        std::vector<double*> places(program.num_prologue_places);
        for (std::uint32_t p = 0; p < places.size(); ++p) places[p] = row(p);
        const RowTile tile{places.data(), 8, program.terms.data(), nullptr, nullptr, program.ranges.data()};
        const auto& list = program.prologue;
        const std::size_t done = row_kernels().run(list.data(), list.size(), tile);
        if (done < list.size())
            refuse(program, list[done], places[program.terms[list[done].first_term].a], 8);
    }

    double number(std::uint32_t place) const { return rows_[std::size_t{8} * place]; }

  private:
    double* row(std::uint32_t place) { return rows_.data() + std::size_t{8} * place; }

    static double value(const RowProgram::Outside& from, const RowArrays& arrays) {
        switch (from.kind) {
            case Kind::input:
                return arrays.inputs[from.index].data[from.row];
            case Kind::parameter:
                return arrays.parameters[from.index].data[0];
            case Kind::flag:
                return arrays.flags[from.index].data[0] != 0 ? -1.0 : 1.0;
            case Kind::given:
                return std::bit_cast<double>(std::uint64_t{arrays.given[from.index].data[0]});
            default:
                return 1.0;
        }
    }

    Buffer<double> rows_;
};

class Worker {
  public:
    Worker(const RowProgram& program, const RowArrays& arrays, const RowCall& call, std::size_t width,
           const Prologue& prologue)
        : program_(program), arrays_(arrays), call_(call), width_(width) {
        scratch_.reserve((program.first_outside() + program.outside.size()) * width);
        for (std::size_t p = 0; p < program.num_places(); ++p) rows_.push_back(scratch_.data() + p * width);
        for (std::size_t c = 0; c < program.constants.size(); ++c)
            std::fill_n(rows_[program.num_slots + c], width, prologue.number(program.constants[c]));
    }

    void run_block(std::uint64_t block) {
        streams_.clear();
        for (std::uint32_t s = 0; s < program_.num_steps; ++s) streams_.emplace_back(call_.keys[s], block);
        const std::size_t first = block * variates_per_block;
        const std::size_t end = std::min(first + variates_per_block, call_.size);
        for (std::size_t at = first; at < end; at += width_) run_tile(at, std::min(width_, end - at));
    }

  private:
    void run_tile(std::size_t first, std::size_t count) {
        for (std::size_t o = 0; o < program_.outside.size(); ++o)
            rows_[program_.first_outside() + o] = outside(o, first, count);
        const RowTile tile{rows_.data(),
                           padded(count),
                           program_.terms.data(),
                           streams_.data(),
                           program_.accepted.data(),
                           program_.ranges.data()};
        const auto& list = program_.body;
        const std::size_t done = row_kernels().run(list.data(), list.size(), tile);
        if (done < list.size())
            refuse(program_, list[done], rows_[program_.terms[list[done].first_term].a], count);
    }

    double* outside(std::size_t o, std::size_t first, std::size_t count) {
        const auto& [kind, index, row] = program_.outside[o];
        switch (kind) {
            case Kind::input:
                return const_cast<double*>(arrays_.inputs[index].data) + row * arrays_.inputs[index].stride +
                       first;
            case Kind::parameter:
                return whole(arrays_.parameters[index].data, o, first, count);
            case Kind::flag:
                return whole(arrays_.flags[index].data, o, first, count);
            case Kind::given:
                return whole(arrays_.given[index].data, o, first, count);
            case Kind::state:
                return arrays_.states[index].data + row * arrays_.states[index].stride + first;
            case Kind::number:
                return arrays_.numbers[index] + first;
            case Kind::outcome:
                return reinterpret_cast<double*>(arrays_.outcomes[index] + first);
            default:
                return reinterpret_cast<double*>(arrays_.accepted[index] + first);
        }
    }

    // Columns of the caller end with their last element: what follows it is read from a copy.
    template <class T>
    double* whole(const T* column, std::size_t o, std::size_t first, std::size_t count) {
        if (count % 8 == 0) return reinterpret_cast<double*>(const_cast<T*>(column + first));
        double* own = scratch_.data() + (program_.first_outside() + o) * width_;
        T* copy = reinterpret_cast<T*>(own);
        std::memcpy(copy, column + first, count * sizeof(T));
        std::fill(copy + count, copy + padded(count), column[first + count - 1]);
        return own;
    }

    const RowProgram& program_;
    const RowArrays& arrays_;
    const RowCall& call_;
    std::size_t width_;
    Buffer<double> scratch_;
    std::vector<double*> rows_;
    std::vector<Stream> streams_;
};

}  // namespace

void run(const RowProgram& program, const RowArrays& arrays, const RowCall& call, Cancellation& cancel) {
    const Prologue prologue(program, arrays);
    const std::size_t width = std::min(call.tile > 0 ? call.tile : tile_width(program), padded(call.size));
    const std::uint64_t blocks = (call.size + variates_per_block - 1) / variates_per_block;
    const int threads =
        static_cast<int>(std::min<std::uint64_t>(static_cast<std::uint64_t>(call.threads), blocks));
    std::vector<std::unique_ptr<Worker>> workers(static_cast<std::size_t>(threads));
    parallel_blocks(blocks, threads, cancel, [&](int w, std::uint64_t block) {
        auto& worker = workers[static_cast<std::size_t>(w)];
        if (!worker) worker = std::make_unique<Worker>(program, arrays, call, width, prologue);
        worker->run_block(block);
        cancel.add_done(1);
    });
}

}  // namespace ebit
