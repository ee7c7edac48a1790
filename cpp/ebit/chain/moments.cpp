#include "ebit/chain/moments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ebit/chain/kernels.hpp"

namespace ebit {

Moments Moments::of_block(std::span<const double* const> quantities, std::size_t count) {
    Moments block(quantities.size());
    block.count_ = count;
    double* mean = block.means();
    for (std::size_t i = 0; i < quantities.size(); ++i)
        mean[i] = chain_kernels().sum(quantities[i], count) / static_cast<double>(count);
    for (std::size_t i = 0; i < quantities.size(); ++i)
        for (std::size_t j = 0; j <= i; ++j)
            block.comoments()[place(i, j)] =
                chain_kernels().comoment(quantities[i], mean[i], quantities[j], mean[j], count);
    return block;
}

void Moments::merge(const Moments& block) {
    if (block.count_ == 0) return;
    const double here = static_cast<double>(count_), there = static_cast<double>(block.count_);
    const double share = there / (here + there);
    double* mean = means();
    for (std::size_t i = 0; i < quantities_; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            const double between = (block.mean(i) - mean[i]) * (block.mean(j) - mean[j]) * here * share;
            const double added = block.comoment(place(i, j)) + between;
            comoments()[place(i, j)] += added;
            squares()[place(i, j)] += added * added;
            weighted()[place(i, j)] += added * there;
        }
    for (std::size_t i = 0; i < quantities_; ++i) mean[i] += (block.mean(i) - mean[i]) * share;
    count_ += block.count_;
    count_squares_ += there * there;
    ++blocks_;
}

double Moments::covariance(std::size_t i, std::size_t j) const {
    if (count_ < 2) return 0.0;
    return comoment(place(i, j)) / static_cast<double>(count_ - 1);
}

double Moments::covariance_error(std::size_t i, std::size_t j) const {
    if (blocks_ < 2) return std::numeric_limits<double>::quiet_NaN();
    const double mean = covariance(i, j), blocks = static_cast<double>(blocks_);
    const double spread =
        square(place(i, j)) - 2.0 * mean * weighted(place(i, j)) + mean * mean * count_squares_;
    return std::sqrt(std::max(spread, 0.0) * blocks / (blocks - 1.0)) / static_cast<double>(count_);
}

}  // namespace ebit
