#pragma once

#include <cstddef>
#include <span>

namespace gmm::detail {

/// Lower Cholesky factor of a symmetric matrix [D*D], row-major, in its place (what lies above the
/// diagonal becomes zero); false where the matrix is not positive definite.
bool cholesky(std::span<double> matrix, std::size_t dimension);

/// Inverse of a lower triangular matrix [D*D], row-major, in its place.
void invert_lower(std::span<double> factor, std::size_t dimension);

}  // namespace gmm::detail
