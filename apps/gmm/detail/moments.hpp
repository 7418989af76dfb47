#pragma once

#include <span>

#include "gmm/detail/prepared.hpp"

namespace gmm::detail {

/// What a kernel's sums mean, in the frames' own coordinates. `scatter` [D, D] where it is needed.
template <class Real>
Statistics statistics_of(const Prepared<Real>& prepared, std::span<const double> sums,
                         std::span<const double> scatter);

}  // namespace gmm::detail
