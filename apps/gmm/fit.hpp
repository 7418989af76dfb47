#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "gmm/engine.hpp"
#include "gmm/m_step.hpp"

namespace gmm {

enum class Start {
    kmeans,            ///< Lloyd's algorithm after k-means++
    kmeans_plus_plus,  ///< its seeds alone
    random,            ///< random responsibilities
    random_from_data,  ///< means at random frames
};

struct FitOptions {
    Covariance covariance = Covariance::diag;
    std::size_t components = 1;
    Start start = Start::kmeans;
    int starts = 1;           ///< the best of so many counts
    int iterations = 100;     ///< at most
    double tolerance = 1e-3;  ///< [nats a frame] ends when the likelihood changes by less
    std::uint64_t seed = 0;
    MStepOptions m_step = {};
};

/// A fit under way: all that going on from here needs.
struct FitState {
    Mixture mixture;
    int iteration = 0;  ///< iterations done
    bool converged = false;
    std::vector<double> trace;  ///< [iteration] mean log-likelihood [nats a frame] before each
    std::vector<Repair> repairs;
};

/// Asked after each iteration; false: stop here.
using Watch = std::function<bool(const FitState&)>;

/// A mixture to start from. Throws InputError for no frames or no components.
template <class Real>
Update initial_mixture(FrameSource<Real>& frames, const FitOptions& options, const Engine& engine);

/// Goes on from `state` until it converges, `watch` stops it or options.iterations are done.
template <class Real>
FitState continue_fit(FitState state, FrameSource<Real>& frames, const FitOptions& options,
                      const Engine& engine, const Watch& watch = {});

/// Fits from options.starts starts (or from `given` alone) and returns the one of the greatest
/// likelihood. Throws InputError for no frames or no components.
template <class Real>
FitState fit(FrameSource<Real>& frames, const FitOptions& options, const Engine& engine,
             const std::optional<Mixture>& given = {}, const Watch& watch = {});

}  // namespace gmm
