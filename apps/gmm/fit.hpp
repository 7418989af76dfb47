#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "gmm/engine.hpp"
#include "gmm/fit_options.hpp"
#include "gmm/initialize.hpp"

namespace gmm {

/// A fit under way: all that going on from here needs, to the bit.
struct FitState {
    Mixture mixture;
    int iteration = 0;  ///< iterations done
    bool converged = false;
    std::vector<double> trace;  ///< [iteration] mean log-likelihood [nats a frame] before each
    /// In the order they were made; of those of one kind that a component needs again and again
    /// (floors, jitter) the first.
    std::vector<Repair> repairs;
    /// [nats a frame] most that the likelihood ever fell by, where no component had been re-seeded
    /// just before. Rounding and regularization explain little; more is a mistake.
    double greatest_fall = 0.0;
    int start = 0;               ///< which of the starts this is
    int starts_left = 0;         ///< further ones to come
    std::vector<FitState> best;  ///< of the starts before this one; none or one
    /// [nats a frame] of `mixture`, with FitOptions::scores and at the end only.
    std::optional<double> log_likelihood;
};
/// Whether continue_fit would find nothing left to do.
bool is_finished(const FitState& state, const FitOptions& options);

/// Asked after each iteration; false: stop here.
using Watch = std::function<bool(const FitState&)>;

/// Goes on from `state` with its start and those left, each until it converges or
/// options.iterations are done, and returns the one of the greatest likelihood; or the state as it
/// is when `watch` says stop, or `go_on` while a further start is looked for. A fit that was
/// stopped and goes on with the same frames and options ends with the same bits as one that was
/// not. Throws InputError as fit does.
template <class Real>
FitState continue_fit(FitState state, FrameSource<Real>& frames, const FitOptions& options,
                      const Engine& engine, const Watch& watch = {}, const GoOn& go_on = always);

/// Fits from options.starts starts and returns the one of the greatest likelihood; or from `given`
/// alone, which then decides components and covariance; stopped while the first start is looked
/// for, a state without a mixture. Converged: the mean log-likelihood has
/// changed by less than the tolerance, and no component was re-seeded after that. Throws InputError
/// for options out of range, no frames, weights that are negative or all 0, values that are not
/// finite (with row and column) or too large for Real, and a given mixture that is none or of
/// another dimension.
template <class Real>
FitState fit(FrameSource<Real>& frames, const FitOptions& options, const Engine& engine,
             const std::optional<Mixture>& given = {}, const Watch& watch = {},
             const GoOn& go_on = always);

/// Engine::statistics of frames that may be none: throws InputError for values that are not finite
/// (with row and column) or too large for Real.
template <class Real>
Statistics finite_statistics(const Mixture& mixture, FrameSource<Real>& frames,
                             const Engine& engine, double regularization = 0.0);

/// Throws InputError where arrays have not the shapes of one mixture of `dimension` dimensions, the
/// weights are negative or do not sum to 1, a mean is not finite or a covariance not positive
/// definite.
void check(const Mixture& mixture, std::size_t dimension);

}  // namespace gmm
