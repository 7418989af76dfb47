#pragma once

#include "gmm/distributed/ranks.hpp"
#include "gmm/fit.hpp"

namespace gmm {

/// Statistics of what all ranks hold, with the same bits everywhere.
void add_up(const Ranks& ranks, Statistics& statistics);

/// The mixture of rank 0, on all of them; its shape is given.
void broadcast(const Ranks& ranks, Mixture& mixture);

/// Goes on from `state`, the same on all ranks, over frames that each holds a `part` of, until it
/// converges, `watch` stops it on one of them, or options.iterations are done. Every rank gets the
/// same state, which is that of one process with all frames up to the order of the sums. Bad input
/// on one of them is an InputError on all.
template <class Real>
FitState continue_distributed_fit(const Ranks& ranks, FitState state, FrameSource<Real>& part,
                                  const FitOptions& options, const Engine& engine,
                                  const Watch& watch = {});

}  // namespace gmm
