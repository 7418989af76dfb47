#pragma once

#include <functional>
#include <optional>

#include "gmm/distributed/ranks.hpp"
#include "gmm/engine.hpp"
#include "gmm/model_file.hpp"

namespace gmm {

/// Who hears of a training under way, and may end it.
struct TrainHooks {
    /// After each iteration.
    std::function<void(const Model&)> iteration_done = {};
    /// Asked after each iteration; true: what there is is the answer.
    std::function<bool()> stop_requested = {};
    /// Others that train the same model, from the same start, on other frames; none: null.
    const Ranks* ranks = nullptr;
};

enum class Ending { converged, not_converged, interrupted };

struct TrainOutcome {
    Model model;  ///< where interrupted: with all that going on needs
    Ending ending;
    int iterations = 0;            ///< of this call, over all starts
    double iteration_seconds = 0;  ///< [s] of these, without the starts
};

/// Trains `model` as model.training says, from where it is: a mixture of no components has not
/// begun. Of several starts the one of the greatest likelihood is the answer. With a `prior` it is
/// adapted. A pass that is ended by Interrupted counts as not begun. The same bits come out however
/// often a training is interrupted and gone on with.
template <class Real>
TrainOutcome train(Model model, FrameSource<Real>& frames, const Engine& engine,
                   const std::optional<Mixture>& prior, const TrainHooks& hooks);

/// Floating-point operations of one iteration over `frames`, as the formulas have them: 8 N D M
/// for diag and spherical, 2 N M (D^2 + 3 D + 2) for full, 6 N D M + 2 N D^2 for tied.
double flops_of_iteration(Covariance covariance, double frames, double dimension,
                          double components);

}  // namespace gmm
