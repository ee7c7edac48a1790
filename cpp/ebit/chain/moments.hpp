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
        : mean_(quantities),
          comoment_(quantities * (quantities + 1) / 2),
          squares_(comoment_.size()),
          weighted_(comoment_.size()) {}

    // The moments of `count` values of each quantity.
    static Moments of_block(std::span<const double* const> quantities, std::size_t count);
    // `block` as of of_block.
    void merge(const Moments& block);

    std::uint64_t count() const { return count_; }
    std::size_t quantities() const { return mean_.size(); }
    double mean(std::size_t i) const { return mean_[i]; }
    // Of the distribution, not of the mean; 0 before the second value.
    double covariance(std::size_t i, std::size_t j) const;
    // Its standard error, from the spread of what the blocks contributed; NaN before the second block.
    double covariance_error(std::size_t i, std::size_t j) const;

  private:
    static std::size_t place(std::size_t i, std::size_t j) {
        return i < j ? place(j, i) : i * (i + 1) / 2 + j;
    }

    std::uint64_t count_ = 0;
    std::vector<double> mean_;
    std::vector<double> comoment_;  // sums of (x_i - mean_i) (x_j - mean_j)
    // What a block of n values adds to a comoment is about n covariances: sums over blocks of its
    // square, of n times it, and of n^2.
    std::vector<double> squares_;
    std::vector<double> weighted_;
    double count_squares_ = 0.0;
    std::uint64_t blocks_ = 0;
};

}  // namespace ebit
