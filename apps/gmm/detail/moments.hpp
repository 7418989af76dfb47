#pragma once

#include <span>

#include "gmm/detail/prepared.hpp"

namespace gmm::detail {

/// What a kernel's sums mean, in the frames' own coordinates. `scatter` [D, D] where it is needed.
template <class Real>
Statistics statistics_of(const Prepared<Real>& prepared, std::span<const double> sums,
                         std::span<const double> scatter);

/// By how much second moments about the statistics' points exceed the covariances that they make,
/// with `regularization` added to variances: epsilon times that is lost of these. The most of any
/// component, of the sum over the directions of Cholesky's method; infinity where a covariance is
/// not positive definite.
double excess(const Statistics& statistics, double regularization);

}  // namespace gmm::detail
