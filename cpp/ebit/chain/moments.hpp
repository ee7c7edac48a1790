// Means and covariances of several quantities, gathered block by block.
//
// Blocks are centred on their own means and merged with the pairwise update of T. F. Chan,
// G. H. Golub, R. J. LeVeque (1979), which keeps its digits where a variance is small beside a mean.
// Merging in block order gives the same bits whatever threads gathered the blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ebit {

class Moments {
  public:
    explicit Moments(std::size_t quantities = 0)
        : quantities_(quantities),
          pairs_(quantities * (quantities + 1) / 2),
          sums_(quantities_ + 3 * pairs_) {}

    // The moments of `count` values of each quantity.
    static Moments of_block(std::span<const double* const> quantities, std::size_t count);
    // `block` as of of_block.
    void merge(const Moments& block);

    std::uint64_t count() const { return count_; }
    std::size_t quantities() const { return quantities_; }
    double mean(std::size_t i) const { return sums_[i]; }
    // Of the distribution, not of the mean; 0 before the second value.
    double covariance(std::size_t i, std::size_t j) const;
    // Its standard error, from the spread of what the blocks contributed; NaN before the second block.
    double covariance_error(std::size_t i, std::size_t j) const;

  private:
    static std::size_t place(std::size_t i, std::size_t j) {
        return i < j ? place(j, i) : i * (i + 1) / 2 + j;
    }
    // In one piece of memory, for there may be many of these: means, sums of (x_i - mean_i) (x_j - mean_j),
    // and, as a block of n values adds about n covariances to such a sum, over the blocks sums of the
    // squares of what they add, and of n times it.
    double* means() { return sums_.data(); }
    double* comoments() { return sums_.data() + quantities_; }
    double* squares() { return sums_.data() + quantities_ + pairs_; }
    double* weighted() { return sums_.data() + quantities_ + 2 * pairs_; }
    double comoment(std::size_t pair) const { return sums_[quantities_ + pair]; }
    double square(std::size_t pair) const { return sums_[quantities_ + pairs_ + pair]; }
    double weighted(std::size_t pair) const { return sums_[quantities_ + 2 * pairs_ + pair]; }

    std::size_t quantities_;
    std::size_t pairs_;
    std::vector<double> sums_;
    std::uint64_t count_ = 0;
    double count_squares_ = 0.0;  // sum of n^2
    std::uint64_t blocks_ = 0;
};

}  // namespace ebit
