#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "ebit/base/error.hpp"
#include "ebit/density/element_maps.hpp"

using namespace ebit;

namespace {

using Numbers = std::vector<double>;

Numbers random_numbers(std::size_t count, unsigned seed, double low, double high) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> uniform(low, high);
    Numbers out(count);
    for (double& x : out) x = uniform(engine);
    return out;
}

// The transfer matrix of one element times its rows, entry by entry.
void act(const Numbers& transfer, const std::vector<int>& qubits, Rows rows, std::size_t element) {
    const std::size_t k = qubits.size(), side = power_of_four(static_cast<int>(k));
    const std::size_t all = power_of_four(rows.num_qubits);
    Numbers out(all);
    const auto digits = [&](std::size_t row) {
        std::size_t index = 0;
        for (const int q : qubits) index = 4 * index + (row >> 2 * (rows.num_qubits - 1 - q) & 3);
        return index;
    };
    const auto with_digits = [&](std::size_t row, std::size_t index) {
        for (std::size_t q = 0; q < k; ++q) {
            const int shift = 2 * (rows.num_qubits - 1 - qubits[q]);
            row = (row & ~(std::size_t{3} << shift)) | (index >> 2 * (k - 1 - q) & 3) << shift;
        }
        return row;
    };
    for (std::size_t row = 0; row < all; ++row)
        for (std::size_t column = 0; column < side; ++column)
            out[row] += transfer[side * digits(row) + column] *
                        rows.data[with_digits(row, column) * rows.stride + element];
    for (std::size_t row = 0; row < all; ++row) rows.data[row * rows.stride + element] = out[row];
}

// The operation on a batch of `size` against `transfer_of(element)` on each.
template <class TransferOf>
double error(const ElementOperation& operation, int num_qubits, const std::vector<int>& qubits,
             std::size_t size, TransferOf transfer_of, const std::uint8_t* mask = nullptr) {
    const std::size_t stride = padded(size);
    Numbers fast = random_numbers(power_of_four(num_qubits) * stride, 3, -1.0, 1.0), slow = fast;
    apply(operation, qubits, {fast.data(), num_qubits, stride}, size, mask);
    for (std::size_t i = 0; i < size; ++i)
        if (mask == nullptr || mask[i] != 0)
            act(transfer_of(i), qubits, {slow.data(), num_qubits, stride}, i);
    double largest = 0.0;
    for (std::size_t row = 0; row < power_of_four(num_qubits); ++row)
        for (std::size_t i = 0; i < size; ++i)
            largest = std::max(largest, std::abs(fast[row * stride + i] - slow[row * stride + i]));
    for (const double x : fast) largest = std::isfinite(x) ? largest : 1.0;
    return largest;
}

Numbers as_numbers(const PauliTransfer& r) { return {r.begin(), r.end()}; }

}  // namespace

TEST_CASE("every member of the catalogue, per element") {
    constexpr std::size_t size = 517;
    for (const Operation& member : operations()) {
        CAPTURE(member.name);
        Numbers values = random_numbers(15 * size, 7, 0.04, 0.06);
        std::vector<Parameter> parameters;
        parameters.reserve(15);
        for (int p = 0; p < member.num_parameters; ++p)
            parameters.push_back({values.data() + static_cast<std::size_t>(p) * size, 1});
        const auto operation = ElementOperation::named(member, parameters, size);
        const std::vector<int> qubits = member.num_qubits == 1   ? std::vector{1}
                                        : member.num_qubits == 2 ? std::vector{2, 0}
                                                                 : std::vector{2, 0, 3};
        const auto transfer_of = [&](std::size_t i) {
            Numbers own;
            for (const Parameter& p : parameters) own.push_back(p[i]);
            Numbers out(power_of_four(2 * member.num_qubits));
            member.transfer(own.data(), out.data());
            return out;
        };
        CHECK(error(operation, 4, qubits, size, transfer_of) < 1e-14);
        std::vector<std::uint8_t> mask(size);
        for (std::size_t i = 0; i < size; ++i) mask[i] = i % 3 == 0;
        CHECK(error(operation, 4, qubits, size, transfer_of, mask.data()) < 1e-14);
    }
}

TEST_CASE("decays for times and memories of each element's own") {
    constexpr std::size_t size = 1003;
    const Numbers times = random_numbers(size, 5, 0.0, 2.0);
    for (const Memory& memory :
         {Memory::relaxation(1.0, 0.7, 0.2), Memory::relaxation(1.0, 0.7, 0.5), Memory::depolarizing(0.4),
          Memory::relaxation(INFINITY, 0.3), Memory::pauli_rates(0.1, 0.2, 0.3), Memory{1.0, 2.0, 3.0, 0.5},
          Memory{1.0, 2.0, 0.0, 0.5}, Memory{}}) {
        const auto expected = [&](std::size_t i) { return as_numbers(decay(memory, times[i])); };
        CHECK(error(ElementOperation::decay(memory, {times.data(), 1}, size), 2, {1}, size, expected) <
              1e-15);
        const std::vector<Memory> memories(size, memory);
        CHECK(error(ElementOperation::decay(memories, {times.data(), 1}), 2, {0}, size, expected) < 1e-15);
    }
    CHECK(ElementOperation::decay(Memory::relaxation(1.0, 0.7), {times.data(), 1}, size).pattern().numbers ==
          3);
    CHECK(ElementOperation::decay(Memory::depolarizing(1.0), {times.data(), 1}, size).pattern().numbers == 1);
}

TEST_CASE("one matrix for all, under a mask") {
    const Operation& gate = operation("CX");
    Numbers matrix(256);
    gate.transfer(nullptr, matrix.data());
    std::vector<std::uint8_t> mask(100);
    for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = i % 7 < 3;
    const auto made = ElementOperation::transfers(2, matrix.data(), 0, mask.size());
    CHECK(error(made, 3, {0, 2}, mask.size(), [&](std::size_t) { return matrix; }, mask.data()) == 0.0);
    CHECK(error(made, 3, {2, 1}, mask.size(), [&](std::size_t) { return matrix; }) == 0.0);
}

TEST_CASE("a matrix of each element's own, more of them than are tabulated at once") {
    constexpr std::size_t size = 4096 + 13;  // of two qubits
    const Numbers matrices = random_numbers(256 * size, 5, -0.3, 0.3);
    std::vector<std::uint8_t> mask(size, 1);
    mask[4100] = 0;
    Numbers fast = random_numbers(16 * padded(size), 3, -1.0, 1.0), slow = fast;
    apply_transfers(matrices.data(), std::array{1, 0}, {fast.data(), 2, padded(size)}, size, mask.data());
    for (std::size_t i = 0; i < size; ++i)
        if (mask[i] != 0)
            act({&matrices[256 * i], &matrices[256 * i] + 256}, {1, 0}, {slow.data(), 2, padded(size)}, i);
    double largest = 0.0;
    for (std::size_t row = 0; row < 16; ++row)
        for (std::size_t i = 0; i < size; ++i)
            largest =
                std::max(largest, std::abs(fast[row * padded(size) + i] - slow[row * padded(size) + i]));
    CHECK(largest < 1e-14);
}

TEST_CASE("a bad parameter is named wherever it stands") {
    for (const std::size_t place : {0, 7, 8, 12}) {
        Numbers values(13, 0.5);
        values[place] = 1.5;
        const std::array<Parameter, 1> parameters{{{values.data(), 1}}};
        for (const char* name : {"dephasing", "amplitude_damping"})
            CHECK_THROWS_AS(ElementOperation::named(operation(name), parameters, values.size()),
                            InvalidParameter);
        values[place] = std::nan("");
        CHECK_THROWS_WITH_AS(ElementOperation::decay(Memory{}, parameters[0], values.size()),
                             "time = nan is not allowed: it must be non-negative and finite",
                             InvalidParameter);
    }
}
