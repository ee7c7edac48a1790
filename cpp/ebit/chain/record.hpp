// What a sampler tells of each shot: when the pair was delivered, how many attempts that took, how
// long the qubits of the delivered pair were stored and, if asked, how many operations it took.
//
// Storage enters a state only through a few sums over memories (for a dephasing chain one:
// sum of time / t2). Samplers carry these sums, the columns, and never see a state. A memory that
// waits for a time t adds weight * t to its columns.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ebit/base/buffer.hpp"

namespace ebit {

struct Charge {
    std::uint32_t column;
    double weight;  // per second
    bool operator==(const Charge&) const = default;
};

struct StorageColumns {
    std::size_t count = 0;
    std::size_t nodes = 0;   // the last columns: the storage at every node (with_nodes), not the state's
    bool by_memory = false;  // every stored memory has a column of its own, in order
    // By memory: 2 k is the left qubit of link k, 2 k + 1 its right qubit. Sorted by column.
    std::vector<std::vector<Charge>> memories;

    std::size_t of_state() const { return count - nodes; }
    double weight(std::size_t memory, std::size_t column) const {
        for (const Charge& charge : memories[memory])
            if (charge.column == column) return charge.weight;
        return 0.0;
    }
};

inline constexpr std::size_t operation_counts = 4;

// The shots of one block, as columns.
struct Record {
    Record() = default;
    Record(std::size_t shots, std::size_t columns) { fit(shots, columns, false); }
    // Room for the shots of a block; memory is kept, and no count is left of what stood there.
    void fit(std::size_t shots, std::size_t columns, bool with_counts) {
        time.reserve(shots);
        attempts.reserve(shots);
        storage.resize(columns);
        for (auto& sum : storage) sum.reserve(shots);
        counts = with_counts;
        if (!counts) return;
        for (Buffer<double>* count : operations()) {
            count->reserve(shots);
            std::fill_n(count->data(), shots, 0.0);
        }
    }
    Buffer<double> time;      // seconds until delivery
    Buffer<double> attempts;  // link attempts made, whole numbers
    std::vector<Buffer<double>> storage;

    // Operations that were carried out up to delivery (an attempt that a cut-off ended before does
    // not count), and those of them that were in vain: they failed, or another swap of their cluster
    // did. Whole numbers; samplers fill them only if `counts`.
    bool counts = false;
    Buffer<double> swaps;
    Buffer<double> lost_swaps;
    Buffer<double> distillations;
    Buffer<double> lost_distillations;
    std::array<Buffer<double>*, operation_counts> operations() {
        return {&swaps, &lost_swaps, &distillations, &lost_distillations};
    }
};

}  // namespace ebit
