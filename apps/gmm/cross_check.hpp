#pragma once

#include <cstddef>
#include <string>

#include "gmm/engine.hpp"
#include "gmm/m_step.hpp"

namespace gmm {

/// How one iteration by kernels differs from the plain one in double precision, both from the same
/// mixture and over the same frames.
struct CrossCheck {
    /// Of all numbers of a kind the one that comes closest to what is allowed, or is furthest
    /// beyond it.
    struct Difference {
        double value = 0.0, allowed = 0.0;
        bool is_rounding() const { return value <= allowed; }  ///< no for NaN
    };
    std::size_t frames = 0;     ///< that were looked at
    Difference log_likelihood;  ///< [nats a frame]
    Difference weights;         ///< relative
    Difference means;           ///< in standard deviations of its component
    Difference covariances;     ///< relative to the variances of its row and column
    std::string problem;        ///< why nothing could be compared; empty: it could

    bool is_rounding() const;  ///< no difference is more than the arithmetic explains
    std::string text() const;  ///< for a person, one line
};

constexpr std::size_t cross_check_frames = 20000;

/// Of the first frames, at most cross_check_frames.
template <class Real>
CrossCheck cross_check(const Mixture& mixture, FrameSource<Real>& frames, const Engine& engine,
                       const MStepOptions& options);

/// What `ours`, of kernels in single or double precision, and `plain` make of `mixture`. Sums that
/// are not finite are a problem. Components without frames and those that are split for them, whose
/// places are a choice, are left out.
CrossCheck compare(const Mixture& mixture, const Statistics& ours, const Statistics& plain,
                   bool is_single, const MStepOptions& options);

}  // namespace gmm
