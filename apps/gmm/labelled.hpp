#pragma once

#include <cstdint>
#include <span>

#include "gmm/engine.hpp"

namespace gmm {

/// Statistics of frames of which each belongs to one component: labels [N], in [0, M). In double
/// precision and bitwise the same for any number of harts. Their log-likelihood stays 0. Throws
/// InputError for a label that names no component.
template <class Real>
Statistics labelled_statistics(const Frames<Real>& frames, std::span<const std::int32_t> labels,
                               Covariance covariance, const asp::Array<double, 2>& about,
                               const asp::Team* team = nullptr);

/// The same of frames that each belong to the nearest of `centres` [M, D]; holds labels for a part
/// of the frames at a time only.
template <class Real>
Statistics nearest_statistics(FrameSource<Real>& frames, const asp::Array<double, 2>& centres,
                              Covariance covariance, const Engine& engine);

/// Statistics under responsibilities drawn from (0, 1) and made to sum to 1, about one point [D].
template <class Real>
Statistics random_statistics(FrameSource<Real>& frames, std::size_t components,
                             std::span<const double> about, Covariance covariance,
                             std::uint64_t seed, const asp::Team* team = nullptr);

}  // namespace gmm
