#pragma once

#include <vector>

#include "gmm/frames.hpp"

namespace gmm::detail {

/// Some frames, held.
template <class Real>
struct Sample {
    asp::Array<Real, 2> rows;          ///< [S, D]
    std::vector<Real> weights;         ///< [S] above 0
    std::vector<std::size_t> origins;  ///< [S] their numbers among all frames, for complaints

    std::size_t size() const { return rows.extent(0); }
    std::size_t dimension() const { return rows.extent(1); }
    Frames<Real> frames() const { return {rows, std::nullopt, weights, origins}; }
    /// Mean [D] and mean over directions of the variance.
    std::vector<double> mean() const;
    double variance() const;
};

/// At most `most` of the frames that have a weight, all where there are not more; otherwise drawn
/// without replacement with probabilities in proportion to the weights, each counting the same
/// from then on. In the order of the frames; one pass. Throws InputError for values that are not
/// finite, and where all weights are 0.
template <class Real>
Sample<Real> draw_sample(FrameSource<Real>& frames, std::size_t most, std::uint64_t seed);

}  // namespace gmm::detail
