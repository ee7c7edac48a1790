// What a sampler tells of each shot: when the pair was delivered, how many attempts that took, and
// how long the qubits of the delivered pair were stored.
//
// Storage enters a state only through a few sums over memories (for a dephasing chain one:
// sum of time / t2). Samplers carry these sums, the columns, and never see a state. A memory that
// waits for a time t adds weight * t to its columns.
#pragma once

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
    bool by_memory = false;  // every stored memory has a column of its own, in order
    // By memory: 2 k is the left qubit of link k, 2 k + 1 its right qubit. Sorted by column.
    std::vector<std::vector<Charge>> memories;

    double weight(std::size_t memory, std::size_t column) const {
        for (const Charge& charge : memories[memory])
            if (charge.column == column) return charge.weight;
        return 0.0;
    }
};

// The shots of one block, as columns.
struct Record {
    Record(std::size_t shots, std::size_t columns) : time(shots), attempts(shots) {
        for (std::size_t c = 0; c < columns; ++c) storage.emplace_back(shots);
    }
    Buffer<double> time;      // seconds until delivery
    Buffer<double> attempts;  // link attempts made, whole numbers
    std::vector<Buffer<double>> storage;
};

}  // namespace ebit
