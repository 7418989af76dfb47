#pragma once
// For *.test.cpp only.

#include <cmath>
#include <span>

#include "asp/base/testing.hpp"
#include "krylov/reference.hpp"
#include "krylov/testing.hpp"

namespace krylov::testing {

/// Compares a basis [k + 1, n] with the reference's to rounding.
inline void check_powers(const Csr<double>& matrix, std::span<const double> x,
                         const asp::Array<double, 2>& basis) {
    const std::size_t k = basis.extent(0) - 1;
    asp::Array<double, 3> exact({k + 1, 1, x.size()});
    std::copy(x.begin(), x.end(), exact.begin());
    reference_powers(matrix.view(), monomial_basis(k), exact.view());
    REQUIRE(basis.extent(1) == x.size());
    // |A|_inf is at most 4 and |x| at most 1/2; a row of m products is m roundings at most, and
    // rows here have at most 16.
    double bound = 0.5;
    for (std::size_t p = 0; p <= k; ++p, bound *= 4.0)
        for (std::size_t i = 0; i < x.size(); ++i)
            CHECK(std::abs(basis(p, i) - exact(p, 0, i)) <=
                  static_cast<double>(p) * 16.0 * 1.2e-16 * bound);
}

}  // namespace krylov::testing
