#pragma once

#include "gmm/engine.hpp"
#include "gmm/fit_options.hpp"

namespace gmm {

/// A mixture to start from, the same for the same seed. Out of core: centres are looked for among
/// at most 65536 frames (or those that 16 MiB hold, but 16 a component at least), drawn by their
/// weights; Lloyd's algorithm then goes on with all. Throws InputError for no frames, no
/// components, weights that are negative or all 0, and values that are not finite.
template <class Real>
Update initial_mixture(FrameSource<Real>& frames, const FitOptions& options, const Engine& engine);

}  // namespace gmm
