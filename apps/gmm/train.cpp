#include "gmm/train.hpp"

#include <chrono>
#include <cmath>

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

double likelihood_of(const FitState& state) {
    return state.trace.empty() ? -INFINITY : state.trace.back();
}

/// Goes on with `state` by maximum a posteriori, as continue_fit does by maximum likelihood.
template <class Real>
FitState continue_adaptation(FitState state, FrameSource<Real>& frames, const Training& training,
                             const Mixture& prior, const Engine& engine, const Watch& watch) {
    const FitOptions& options = training.options;
    while (!state.converged && state.iteration < options.iterations) {
        const Statistics statistics = engine.statistics<Real>(state.mixture, frames);
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
        const int starts = prior_ ? 1 : options().starts;
        outcome_.ending = Ending::interrupted;
        try {
            if (!has_begun(model())) model().state = start(model().start);
            while (true) {
                if (!go_on()) return std::move(outcome_);
                if (model().start + 1 >= starts) break;
                // Before anything is given up: this may be interrupted too.
                FitState next = start(model().start + 1);
                if (!model().best || likelihood_of(model().state) > likelihood_of(*model().best))
                    model().best = std::move(model().state);
                model().state = std::move(next);
                ++model().start;
            }
        } catch (const Interrupted&) {
            return std::move(outcome_);
        }
        if (model().best && likelihood_of(*model().best) >= likelihood_of(model().state))
            model().state = std::move(*model().best);
        model().best.reset();
        outcome_.ending = model().state.converged ? Ending::converged : Ending::not_converged;
        return std::move(outcome_);
    }

private:
    Model& model() { return outcome_.model; }
    const FitOptions& options() { return model().training.options; }

    FitState start(int number) {
        if (prior_) return {*prior_, 0, false, {}, {}};
        FitOptions one = options();
        one.seed = seed_of_start(one.seed, number);
        Update first = initial_mixture<Real>(frames_, one, engine_);
        return {std::move(first.mixture), 0, false, {}, std::move(first.repairs)};
    }

    /// To the end of one start; false where somebody stops it.
    bool go_on() {
        bool is_stopped = false;
        Clock::time_point last = Clock::now();
        const Watch watch = [&](const FitState& state) {
            outcome_.iteration_seconds += seconds_since(last);
            ++outcome_.iterations;
            // A copy: what continue_fit works on is lost where a pass is interrupted.
            model().state = state;
            if (hooks_.iteration_done) hooks_.iteration_done(model());
            const bool is_done = state.converged || state.iteration >= options().iterations;
            is_stopped = !is_done && hooks_.stop_requested && hooks_.stop_requested();
            last = Clock::now();
            return !is_stopped;
        };
        FitState state = model().state;
        model().state =
            prior_ ? continue_adaptation<Real>(std::move(state), frames_, model().training, *prior_,
                                               engine_, watch)
                   : continue_fit<Real>(std::move(state), frames_, options(), engine_, watch);
        return !is_stopped;
    }

    FrameSource<Real>& frames_;
    const Engine& engine_;
    const std::optional<Mixture>& prior_;
    const TrainHooks& hooks_;
    TrainOutcome outcome_{};
};

}  // namespace

std::uint64_t seed_of_start(std::uint64_t seed, int start) {
    return seed + static_cast<std::uint64_t>(start);
}

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

double bayesian_information_criterion(const Mixture& mixture, double log_likelihood,
                                      double total_weight) {
    return static_cast<double>(free_parameters(mixture)) * std::log(total_weight) -
           2.0 * log_likelihood;
}

double akaike_information_criterion(const Mixture& mixture, double log_likelihood) {
    return 2.0 * static_cast<double>(free_parameters(mixture)) - 2.0 * log_likelihood;
}

}  // namespace gmm
