#pragma once

#include <span>
#include <vector>

#include "gmm/detail/prepared.hpp"

namespace gmm::detail {

/// x - about = A y for the y of a component: A lower triangular, of the parameters as they were
/// rounded, so that moments are those of what the kernel has computed.
template <class Real>
std::vector<double> unwhitening(const Prepared<Real>& p, std::size_t m);

/// What a kernel's sums mean, in the frames' own coordinates. `scatter` [D, D] where it is needed.
template <class Real>
Statistics statistics_of(const Prepared<Real>& prepared, std::span<const double> sums,
                         std::span<const double> scatter);

}  // namespace gmm::detail
