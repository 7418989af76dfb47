#include "gmm/selection.hpp"

#include <cmath>

#include "asp/base/error.hpp"

namespace gmm {
namespace {

// From here on a pass keeps all harts busy by itself, and data of one mixture stays in the caches.
constexpr std::size_t many_frames = 32 * slab_frames;

template <class Real>
std::vector<FitState> fit_all(const Frames<Real>& frames, std::span<const std::size_t> components,
                              const FitOptions& options, const Engine& engine,
                              const ManyWatch& watch) {
    if (frames.size() < many_frames) {
        std::vector<Job> jobs;
        for (const std::size_t M : components) jobs.push_back({frames.chosen, M});
        return fit_many<Real>({frames.rows, std::nullopt, frames.weights}, jobs, options, engine,
                              watch);
    }
    std::vector<FitState> states;
    bool is_stopped = false;
    const GoOn go_on = [&] {
        is_stopped = is_stopped || (watch && !watch(states.size()));
        return !is_stopped;
    };
    for (const std::size_t M : components) {
        FitOptions own = options;
        own.components = M;
        FramesInMemory<Real> source(frames);
        states.push_back(fit<Real>(
            source, own, engine, {}, [&go_on](const FitState&) { return go_on(); }, go_on));
        if (!go_on()) break;
    }
    states.resize(components.size());
    return states;
}

}  // namespace

double bic(const Mixture& mixture, double log_likelihood, double count) {
    return static_cast<double>(free_parameters(mixture)) * std::log(count) - 2.0 * log_likelihood;
}

double aic(const Mixture& mixture, double log_likelihood) {
    return 2.0 * static_cast<double>(free_parameters(mixture)) - 2.0 * log_likelihood;
}

template <class Real>
Selection select_components(const Frames<Real>& frames, std::span<const std::size_t> components,
                            const FitOptions& options, const Engine& engine, Criterion criterion,
                            const ManyWatch& watch) {
    if (components.empty())
        throw asp::InputError("no numbers of components: expected at least one");
    for (const std::size_t M : components)
        if (M == 0) throw asp::InputError("components = 0: expected at least 1");
    FitOptions scored = options;
    scored.scores = true;
    std::vector<FitState> states = fit_all(frames, components, scored, engine, watch);
    double count = 0.0;
    for (std::size_t n = 0; n < frames.size(); ++n) count += frames.weight(n);
    Selection selection{{}, 0};
    const auto criterion_of = [criterion](const Candidate& candidate) {
        return criterion == Criterion::bic ? candidate.bic : candidate.aic;
    };
    for (FitState& state : states) {
        Candidate candidate{std::move(state), INFINITY, INFINITY};
        if (candidate.fit.log_likelihood) {  // not those that `watch` stopped
            const double sum = *candidate.fit.log_likelihood * count;
            candidate.bic = bic(candidate.fit.mixture, sum, count);
            candidate.aic = aic(candidate.fit.mixture, sum);
        }
        selection.candidates.push_back(std::move(candidate));
        if (criterion_of(selection.candidates.back()) <
            criterion_of(selection.candidates[selection.best]))
            selection.best = selection.candidates.size() - 1;
    }
    return selection;
}

template Selection select_components(const Frames<float>&, std::span<const std::size_t>,
                                     const FitOptions&, const Engine&, Criterion, const ManyWatch&);
template Selection select_components(const Frames<double>&, std::span<const std::size_t>,
                                     const FitOptions&, const Engine&, Criterion, const ManyWatch&);

}  // namespace gmm
