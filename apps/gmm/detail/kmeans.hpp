#pragma once

#include "gmm/detail/random.hpp"
#include "gmm/detail/sample.hpp"
#include "gmm/engine.hpp"
#include "gmm/initialize.hpp"

namespace gmm::detail {

/// Centres [K, D] for the frames of `sample` by greedy k-means++: each is the best of 2 + ln(count)
/// frames drawn in proportion to weight times squared distance from the centres before it. Fewer
/// than `count` where there are not so many distinct frames. Source: Arthur and Vassilvitskii,
/// "k-means++: the advantages of careful seeding" (2007), whose greedy form is scikit-learn's too.
/// Those so far where `go_on`, asked before each, says stop.
template <class Real>
asp::Array<double, 2> kmeans_seeds(const Sample<Real>& sample, std::size_t count,
                                   RandomNumbers& random, const asp::Team* team = nullptr,
                                   const GoOn& go_on = always);

struct LloydOptions {
    int passes = 300;         ///< at most
    double tolerance = 1e-4;  ///< ends when centres move by less: squares, in parts of a variance
};

/// Lloyd's algorithm from `centres` [K, D]. One that has no frames goes to the frame of `sample`
/// that adds most to the inertia, or is left out where every frame is on a centre. `go_on` is asked
/// before each pass. Throws InputError for frames that are not finite.
template <class Real>
asp::Array<double, 2> lloyd(asp::Array<double, 2> centres, FrameSource<Real>& frames,
                            const Sample<Real>& sample, const Engine& engine,
                            const LloydOptions& options = {}, const GoOn& go_on = always);

}  // namespace gmm::detail
