#pragma once

#include <functional>

#include "gmm/engine.hpp"
#include "gmm/fit_options.hpp"

namespace gmm {

/// Asked between the passes of something long; false: stop here.
using GoOn = std::function<bool()>;
inline bool always() {
    return true;
}

/// A mixture to start from, the same for the same seed. Out of core: centres are looked for among
/// at most 65536 frames (or those that 16 MiB hold, but 16 a component at least), drawn by their
/// weights; Lloyd's algorithm then makes ten passes over all at most. A mixture of no components
/// where `go_on` says stop. Throws InputError for no frames, no components, weights that are
/// negative or all 0, and values that are not finite.
template <class Real>
Update initial_mixture(FrameSource<Real>& frames, const FitOptions& options, const Engine& engine,
                       const GoOn& go_on = always);

}  // namespace gmm
