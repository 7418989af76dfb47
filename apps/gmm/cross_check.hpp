#pragma once

#include <cstddef>

#include "gmm/engine.hpp"
#include "gmm/m_step.hpp"

namespace gmm {

/// How one iteration by kernels differs from the plain one in double precision, both from the same
/// mixture and over the same frames.
struct CrossCheck {
    std::size_t frames;     ///< that were looked at
    double log_likelihood;  ///< [nats a frame]
    double weights;         ///< largest difference
    double means;           ///< largest, in standard deviations of its component
    double covariances;     ///< largest, relative to the variances of its row and column
    bool is_rounding;       ///< the likelihoods differ by no more than the arithmetic explains
};

constexpr std::size_t cross_check_frames = 20000;

/// Of the first frames, at most cross_check_frames.
template <class Real>
CrossCheck cross_check(const Mixture& mixture, FrameSource<Real>& frames, const Engine& engine,
                       const MStepOptions& options);

}  // namespace gmm
