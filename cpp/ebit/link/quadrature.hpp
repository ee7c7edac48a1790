// Gauss-Legendre quadrature: exact for polynomials up to degree 2n - 1.
#pragma once

#include <cstddef>
#include <vector>

namespace ebit {

struct QuadratureRule {
    std::vector<double> node;    // in (-1, 1), ascending
    std::vector<double> weight;  // sum 2
};

QuadratureRule gauss_legendre(std::size_t n);

}  // namespace ebit
