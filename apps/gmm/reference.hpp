#pragma once

#include "gmm/frames.hpp"
#include "gmm/mixture.hpp"
#include "gmm/statistics.hpp"

namespace gmm {

/// The plain versions, in double precision and by the book: what kernels are checked against.

/// ln(w_m N(x_n; mean_m, covariance_m)) [N, M].
template <class Real>
asp::Array<double, 2> reference_log_joint(const Mixture& mixture, const Frames<Real>& frames);

/// Responsibilities first, statistics then, about the means. Source: Bishop (2006), section 9.2.2.
template <class Real>
Statistics reference_statistics(const Mixture& mixture, const Frames<Real>& frames);

}  // namespace gmm
