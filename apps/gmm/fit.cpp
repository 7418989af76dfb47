#include "gmm/fit.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "asp/base/error.hpp"

namespace gmm {

template <class Real>
Update initial_mixture(FrameSource<Real>& frames, const FitOptions& options, const Engine&) {
    const std::size_t M = options.components, D = frames.dimension();
    Mixture one;
    one.covariance = options.covariance;
    Statistics all = Statistics::zero(options.covariance, asp::Array<double, 2>({1, D}));
    std::mt19937_64 random(options.seed);
    asp::Array<double, 2> means({M, D});
    std::vector<std::size_t> picked(M);
    for (std::size_t& p : picked) p = random() % frames.size();
    frames.visit([&](const Frames<Real>& block, std::size_t first) {
        for (std::size_t m = 0; m < M; ++m)
            if (picked[m] >= first && picked[m] < first + block.size())
                for (std::size_t i = 0; i < D; ++i)
                    means(m, i) = static_cast<double>(block.rows(block.row(picked[m] - first), i));
    });
    Update update;
    update.mixture.covariance = options.covariance;
    update.mixture.means = means;
    update.mixture.weights = asp::Array<double, 1>({M}, 1.0 / static_cast<double>(M));
    update.mixture.covariances =
        asp::Array<double, 2>(covariance_extents(options.covariance, M, D));
    for (std::size_t m = 0; m < update.mixture.covariances.extent(0); ++m) {
        auto row = update.mixture.covariances[m];
        const bool is_matrix = row.size() == D * D && D > 1;
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = !is_matrix || i % (D + 1) == 0 ? 1.0 : 0.0;
    }
    return update;
}

template <class Real>
FitState continue_fit(FitState state, FrameSource<Real>& frames, const FitOptions& options,
                      const Engine& engine, const Watch& watch) {
    while (!state.converged && state.iteration < options.iterations) {
        const Statistics statistics = engine.statistics<Real>(state.mixture, frames);
        Update update = m_step(statistics, options.m_step);
        state.mixture = std::move(update.mixture);
        for (Repair& repair : update.repairs) {
            repair.iteration = state.iteration + 1;
            state.repairs.push_back(std::move(repair));
        }
        const double mean = statistics.log_likelihood / statistics.total_weight;
        state.converged =
            !state.trace.empty() && std::abs(mean - state.trace.back()) < options.tolerance;
        state.trace.push_back(mean);
        ++state.iteration;
        if (watch && !watch(state)) break;
    }
    return state;
}

template <class Real>
FitState fit(FrameSource<Real>& frames, const FitOptions& options, const Engine& engine,
             const std::optional<Mixture>& given, const Watch& watch) {
    FitState state;
    if (given) {
        state.mixture = *given;
    } else {
        Update start = initial_mixture(frames, options, engine);
        state.mixture = std::move(start.mixture);
        state.repairs = std::move(start.repairs);
    }
    return continue_fit(std::move(state), frames, options, engine, watch);
}

template FitState fit(FrameSource<float>&, const FitOptions&, const Engine&,
                      const std::optional<Mixture>&, const Watch&);
template FitState fit(FrameSource<double>&, const FitOptions&, const Engine&,
                      const std::optional<Mixture>&, const Watch&);
template FitState continue_fit(FitState, FrameSource<float>&, const FitOptions&, const Engine&,
                               const Watch&);
template FitState continue_fit(FitState, FrameSource<double>&, const FitOptions&, const Engine&,
                               const Watch&);
template Update initial_mixture(FrameSource<float>&, const FitOptions&, const Engine&);
template Update initial_mixture(FrameSource<double>&, const FitOptions&, const Engine&);

}  // namespace gmm
