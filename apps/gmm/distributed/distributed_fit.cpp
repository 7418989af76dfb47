#include "gmm/distributed/distributed_fit.hpp"

#include <algorithm>
#include <cmath>

#include "asp/base/error.hpp"

namespace gmm {
namespace {

template <class Real>
Statistics all_statistics(const Ranks& ranks, const Mixture& mixture, FrameSource<Real>& part,
                          const Engine& engine, double regularization) {
    Statistics statistics = Statistics::zero(mixture.covariance, mixture.means);
    std::optional<std::string> problem;
    try {
        statistics = engine.statistics<Real>(mixture, part, regularization);
        if (!std::isfinite(statistics.log_likelihood))
            problem =
                "values that are not finite, or whose squares leave the range of the "
                "arithmetic";
    } catch (const asp::InputError& error) {
        problem = error.what();
    }
    ranks.agree(problem);
    add_up(ranks, statistics);
    if (!(statistics.total_weight > 0.0))
        throw asp::InputError("all weights are 0: expected one above 0");
    return statistics;
}

/// Adds what the M-step did to the state; whether a component was re-seeded.
bool record(FitState& state, std::vector<Repair>&& repairs) {
    bool is_reseeded = false;
    for (Repair& repair : repairs) {
        const bool is_new_kind =
            std::none_of(state.repairs.begin(), state.repairs.end(), [&](const Repair& known) {
                return known.kind == repair.kind && known.component == repair.component;
            });
        const bool is_seed = repair.kind == Repair::Kind::reseeded;
        is_reseeded = is_reseeded || is_seed;
        repair.iteration = state.iteration;
        if (is_seed || is_new_kind) state.repairs.push_back(std::move(repair));
    }
    return is_reseeded;
}

}  // namespace

void add_up(const Ranks& ranks, Statistics& statistics) {
    std::vector<double> values;
    const auto pack = [&](const auto& array) {
        values.insert(values.end(), array.begin(), array.end());
    };
    pack(statistics.weight);
    pack(statistics.first);
    pack(statistics.second);
    // 2^53 frames are more than there are.
    for (const double value : {statistics.log_likelihood, statistics.total_weight,
                               static_cast<double>(statistics.frames)})
        values.push_back(value);
    ranks.add_up(values);
    const double* from = values.data();
    const auto unpack = [&](auto& array) {
        std::copy_n(from, array.size(), array.begin());
        from += array.size();
    };
    unpack(statistics.weight);
    unpack(statistics.first);
    unpack(statistics.second);
    statistics.log_likelihood = from[0];
    statistics.total_weight = from[1];
    statistics.frames = static_cast<std::int64_t>(from[2]);
}

void broadcast(const Ranks& ranks, Mixture& mixture) {
    ranks.broadcast({mixture.weights.data(), mixture.weights.size()});
    ranks.broadcast({mixture.means.data(), mixture.means.size()});
    ranks.broadcast({mixture.covariances.data(), mixture.covariances.size()});
}

template <class Real>
FitState continue_distributed_fit(const Ranks& ranks, FitState state, FrameSource<Real>& part,
                                  const FitOptions& options, const Engine& engine,
                                  const Watch& watch) {
    bool was_reseeded = false;
    while (!state.converged && state.iteration < options.iterations) {
        const Statistics statistics =
            all_statistics<Real>(ranks, state.mixture, part, engine, options.m_step.regularization);
        const double mean = statistics.log_likelihood / statistics.total_weight;
        const double rise = state.trace.empty() ? INFINITY : mean - state.trace.back();
        if (!was_reseeded) state.greatest_fall = std::max(state.greatest_fall, -rise);
        state.trace.push_back(mean);
        // The same statistics: the same mixture on all ranks, without sending it.
        Update update = m_step(statistics, options.m_step);
        state.mixture = std::move(update.mixture);
        ++state.iteration;
        was_reseeded = record(state, std::move(update.repairs));
        state.converged = std::abs(rise) < options.tolerance && !was_reseeded;
        const bool stops = watch && !watch(state);
        if (ranks.any(stops)) break;
    }
    return state;
}

template FitState continue_distributed_fit(const Ranks&, FitState, FrameSource<float>&,
                                           const FitOptions&, const Engine&, const Watch&);
template FitState continue_distributed_fit(const Ranks&, FitState, FrameSource<double>&,
                                           const FitOptions&, const Engine&, const Watch&);

}  // namespace gmm
