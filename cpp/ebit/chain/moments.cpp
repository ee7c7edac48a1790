#include "ebit/chain/moments.hpp"

#include <algorithm>

#include "ebit/chain/kernels.hpp"

namespace ebit {

Moments Moments::of_block(std::span<const double* const> quantities, std::size_t count) {
    Moments block(quantities.size());
    block.count_ = count;
    for (std::size_t i = 0; i < quantities.size(); ++i)
        block.mean_[i] = chain_kernels().sum(quantities[i], count) / static_cast<double>(count);
    for (std::size_t i = 0; i < quantities.size(); ++i)
        for (std::size_t j = 0; j <= i; ++j)
            block.comoment_[place(i, j)] =
                chain_kernels().comoment(quantities[i], block.mean_[i], quantities[j], block.mean_[j], count);
    return block;
}

void Moments::merge(const Moments& later) {
    if (later.count_ == 0) return;
    const double here = static_cast<double>(count_), there = static_cast<double>(later.count_);
    const double share = there / (here + there);
    for (std::size_t i = 0; i < mean_.size(); ++i)
        for (std::size_t j = 0; j <= i; ++j)
            comoment_[place(i, j)] += later.comoment_[place(i, j)] + (later.mean_[i] - mean_[i]) *
                                                                         (later.mean_[j] - mean_[j]) * here *
                                                                         share;
    for (std::size_t i = 0; i < mean_.size(); ++i) mean_[i] += (later.mean_[i] - mean_[i]) * share;
    count_ += later.count_;
}

double Moments::covariance(std::size_t i, std::size_t j) const {
    if (count_ < 2) return 0.0;
    return comoment_[place(std::max(i, j), std::min(i, j))] / static_cast<double>(count_ - 1);
}

}  // namespace ebit
