#include "gmm/train.hpp"

#include <chrono>
#include <cmath>

#include "gmm/detail/checked_frames.hpp"
#include "gmm/distributed/distributed_fit.hpp"
#include "gmm/session.hpp"

namespace gmm {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

bool has_begun(const Model& model) {
    return model.state.mixture.weights.extent(0) > 0;
}

/// Goes on with `state` by maximum a posteriori, as continue_fit does by maximum likelihood.
template <class Real>
FitState continue_adaptation(FitState state, FrameSource<Real>& frames, const Training& training,
                             const Mixture& prior, const Engine& engine, const Watch& watch) {
    const FitOptions& options = training.options;
    while (!state.converged && state.iteration < options.iterations) {
        const Statistics statistics = detail::weighed_statistics<Real>(
            state.mixture, frames, engine, options.m_step.regularization);
        Update update = map_step(statistics, prior, training.relevance, options.m_step);
        const double mean = statistics.log_likelihood / statistics.total_weight;
        state.converged =
            !state.trace.empty() && std::abs(mean - state.trace.back()) < options.tolerance;
        state.trace.push_back(mean);
        state.mixture = std::move(update.mixture);
        ++state.iteration;
        for (Repair& repair : update.repairs) {
            repair.iteration = state.iteration;
            state.repairs.push_back(std::move(repair));
        }
        if (!watch(state)) break;
    }
    return state;
}

/// One training, from start to start.
template <class Real>
class Run {
public:
    Run(Model model, FrameSource<Real>& frames, const Engine& engine,
        const std::optional<Mixture>& prior, const TrainHooks& hooks)
        : frames_(frames), engine_(engine), prior_(prior), hooks_(hooks) {
        outcome_.model = std::move(model);
    }

    TrainOutcome go() {
        outcome_.ending = Ending::interrupted;
        try {
            if (!has_begun(model())) model().state = begin();
            FitState state = go_on(model().state);
            if (is_stopped_) return std::move(outcome_);
            model().state = std::move(state);
        } catch (const Interrupted&) {
            return std::move(outcome_);
        }
        outcome_.ending = model().state.converged ? Ending::converged : Ending::not_converged;
        return std::move(outcome_);
    }

private:
    Model& model() { return outcome_.model; }
    const FitOptions& options() { return model().training.options; }

    FitState begin() {
        FitState state;
        if (prior_) {
            state.mixture = *prior_;
            return state;
        }
        Update first = initial_mixture<Real>(frames_, options(), engine_);
        state.mixture = std::move(first.mixture);
        state.repairs = std::move(first.repairs);
        state.starts_left = options().starts - 1;
        return state;
    }

    FitState go_on(FitState state) {
        Clock::time_point last = Clock::now();
        const Watch watch = [&](const FitState& now) {
            outcome_.iteration_seconds += seconds_since(last);
            ++outcome_.iterations;
            // A copy: what continue_fit works on is lost where a pass is interrupted.
            model().state = now;
            if (hooks_.iteration_done) hooks_.iteration_done(model());
            // The last iteration is followed by nothing that would take long.
            is_stopped_ =
                !is_finished(now, options()) && hooks_.stop_requested && hooks_.stop_requested();
            last = Clock::now();
            return !is_stopped_;
        };
        if (hooks_.ranks != nullptr) {
            state = continue_distributed_fit<Real>(*hooks_.ranks, std::move(state), frames_,
                                                   options(), engine_, watch);
            is_stopped_ = !is_finished(state, options());  // by whichever rank
            return state;
        }
        if (prior_)
            return continue_adaptation<Real>(std::move(state), frames_, model().training, *prior_,
                                             engine_, watch);
        return continue_fit<Real>(std::move(state), frames_, options(), engine_, watch);
    }

    FrameSource<Real>& frames_;
    const Engine& engine_;
    const std::optional<Mixture>& prior_;
    const TrainHooks& hooks_;
    TrainOutcome outcome_{};
    bool is_stopped_ = false;
};

}  // namespace

template <class Real>
TrainOutcome train(Model model, FrameSource<Real>& frames, const Engine& engine,
                   const std::optional<Mixture>& prior, const TrainHooks& hooks) {
    return Run<Real>(std::move(model), frames, engine, prior, hooks).go();
}
template TrainOutcome train(Model, FrameSource<float>&, const Engine&,
                            const std::optional<Mixture>&, const TrainHooks&);
template TrainOutcome train(Model, FrameSource<double>&, const Engine&,
                            const std::optional<Mixture>&, const TrainHooks&);

double flops_of_iteration(Covariance covariance, double frames, double dimension,
                          double components) {
    const double N = frames, D = dimension, M = components;
    if (covariance == Covariance::full) return 2.0 * N * M * (D * D + 3.0 * D + 2.0);
    if (covariance == Covariance::tied) return 6.0 * N * D * M + 2.0 * N * D * D;
    return 8.0 * N * D * M;
}

}  // namespace gmm
