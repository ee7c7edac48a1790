// Histograms of fixed size, so that a run's memory does not grow with its shots. Counts are
// integers: merging them in any order gives the same result.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ebit {

// Positive numbers on a scale with 2^bits bins per factor of two: bin edges are the doubles whose low
// 52 - bits bits are zero. Whole numbers up to 2^(bits + 1) have bins of their own.
template <int bits>
class LogHistogram {
  public:
    static constexpr std::uint64_t lowest = std::bit_cast<std::uint64_t>(0x1p-52) >> (52 - bits);
    static constexpr std::size_t size = std::size_t{136} << bits;  // up to 2^84: all times a chain can take

    LogHistogram() : counts_(size) {}
    void add(const double* values, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) ++counts_[bin(values[i])];
    }
    void merge(const LogHistogram& other) {
        for (std::size_t b = 0; b < size; ++b) counts_[b] += other.counts_[b];
    }
    const std::vector<std::int64_t>& counts() const { return counts_; }
    static double lower_edge(std::size_t b) { return std::bit_cast<double>((lowest + b) << (52 - bits)); }

  private:
    static std::size_t bin(double value) {
        const std::uint64_t key = std::bit_cast<std::uint64_t>(value) >> (52 - bits);
        return key < lowest ? 0 : key - lowest >= size ? size - 1 : key - lowest;
    }
    std::vector<std::int64_t> counts_;
};

using TimeHistogram = LogHistogram<8>;

// Storage times: coarser, for there is one histogram per node, and zeros apart.
class StorageHistogram {
  public:
    using Times = LogHistogram<4>;

    void add(const double* values, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            if (values[i] == 0.0)
                ++zeros_;
            else
                times_.add(values + i, 1);
        }
    }
    void merge(const StorageHistogram& other) {
        zeros_ += other.zeros_;
        times_.merge(other.times_);
    }
    std::int64_t zeros() const { return zeros_; }
    const std::vector<std::int64_t>& counts() const { return times_.counts(); }

  private:
    std::int64_t zeros_ = 0;
    Times times_;
};

// Numbers in [0, 1] in 1000 equal bins.
class UnitHistogram {
  public:
    static constexpr std::size_t size = 1000;

    UnitHistogram() : counts_(size) {}
    void add(const double* values, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) ++counts_[bin(values[i])];
    }
    void merge(const UnitHistogram& other) {
        for (std::size_t b = 0; b < size; ++b) counts_[b] += other.counts_[b];
    }
    const std::vector<std::int64_t>& counts() const { return counts_; }

  private:
    // Rounding may put a value a little outside.
    static std::size_t bin(double value) {
        const double scaled = value * static_cast<double>(size);
        if (!(scaled > 0.0)) return 0;
        return scaled >= static_cast<double>(size) ? size - 1 : static_cast<std::size_t>(scaled);
    }
    std::vector<std::int64_t> counts_;
};

}  // namespace ebit
