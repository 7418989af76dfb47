#include "gmm/fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "asp/base/error.hpp"
#include "gmm/detail/checked_frames.hpp"
#include "gmm/detail/random.hpp"
#include "gmm/detail/repair.hpp"

namespace gmm {
namespace {

constexpr std::uint64_t for_starts = 4;  // beside the numbers of initialize.cpp

std::uint64_t seed_of(int start, std::uint64_t seed) {
    if (start == 0) return seed;
    return detail::random_bits(detail::random_bits(seed, for_starts),
                               static_cast<std::uint64_t>(start));
}

bool is_done(const FitState& state, const FitOptions& options) {
    return state.converged || state.iteration >= options.iterations;
}

bool was_reseeded(const FitState& state) {
    return std::any_of(state.repairs.begin(), state.repairs.end(), [&state](const Repair& repair) {
        return repair.kind == Repair::Kind::reseeded && repair.iteration == state.iteration;
    });
}

void record(FitState& state, std::vector<Repair>&& repairs) {
    for (Repair& repair : repairs) {
        const bool is_known =
            repair.kind != Repair::Kind::reseeded &&
            std::any_of(state.repairs.begin(), state.repairs.end(), [&repair](const Repair& r) {
                return r.kind == repair.kind && r.component == repair.component;
            });
        if (is_known) continue;
        repair.iteration = state.iteration;
        state.repairs.push_back(std::move(repair));
    }
}

template <class Real>
void iterate(FitState& state, FrameSource<Real>& frames, const FitOptions& options,
             const Engine& engine) {
    const Statistics statistics = detail::weighed_statistics<Real>(state.mixture, frames, engine,
                                                                   options.m_step.regularization);
    const double mean = statistics.log_likelihood / statistics.total_weight;
    bool is_close = false;
    if (!state.trace.empty()) {
        const double rise = mean - state.trace.back();
        is_close = std::abs(rise) < options.tolerance;
        if (!was_reseeded(state)) state.greatest_fall = std::max(state.greatest_fall, -rise);
    }
    state.trace.push_back(mean);
    Update update = m_step(statistics, options.m_step);
    state.mixture = std::move(update.mixture);
    ++state.iteration;
    record(state, std::move(update.repairs));
    state.converged = is_close && !was_reseeded(state);
}

/// Puts the better of the two last starts into `state`.
void keep_best(FitState& state) {
    if (state.best.empty()) return;
    FitState before = std::move(state.best.front());
    state.best.clear();
    const bool is_better =
        !state.trace.empty() && !before.trace.empty() && state.trace.back() > before.trace.back();
    if (is_better) return;
    before.starts_left = state.starts_left;
    state = std::move(before);
}

/// Puts the next start in the place of one that is done, beside the best so far; or leaves that as
/// it is, and is false, where `go_on` says stop.
template <class Real>
bool begin_next_start(FitState& state, FrameSource<Real>& frames, const FitOptions& options,
                      const Engine& engine, const GoOn& go_on) {
    FitState next;
    next.start = state.start + 1;
    next.starts_left = state.starts_left - 1;
    FitOptions own = options;
    own.seed = seed_of(next.start, options.seed);
    Update update = initial_mixture(frames, own, engine, go_on);
    if (update.mixture.components() == 0) return false;
    next.mixture = std::move(update.mixture);
    record(next, std::move(update.repairs));
    keep_best(state);
    next.best.push_back(std::move(state));
    state = std::move(next);
    return true;
}

}  // namespace

bool is_finished(const FitState& state, const FitOptions& options) {
    return state.starts_left == 0 && is_done(state, options);
}

template <class Real>
FitState continue_fit(FitState state, FrameSource<Real>& source, const FitOptions& options,
                      const Engine& engine, const Watch& watch, const GoOn& go_on) {
    check(options);
    check(state.mixture, source.dimension());
    detail::require_frames(source);
    detail::CheckedFrames<Real> frames(source);
    for (;;) {
        while (!is_done(state, options)) {
            iterate<Real>(state, frames, options, engine);
            if (watch && !watch(state)) return state;
        }
        if (state.starts_left == 0) break;
        if (!begin_next_start<Real>(state, frames, options, engine, go_on)) return state;
    }
    keep_best(state);
    if (options.scores) {
        const Statistics statistics = detail::weighed_statistics<Real>(
            state.mixture, frames, engine, options.m_step.regularization);
        state.log_likelihood = statistics.log_likelihood / statistics.total_weight;
    }
    return state;
}

template <class Real>
FitState fit(FrameSource<Real>& frames, const FitOptions& options, const Engine& engine,
             const std::optional<Mixture>& given, const Watch& watch, const GoOn& go_on) {
    check(options);
    detail::require_frames(frames);
    FitState state;
    if (given) {
        state.mixture = *given;
    } else {
        Update start = initial_mixture(frames, options, engine, go_on);
        if (start.mixture.components() == 0) return state;
        state.mixture = std::move(start.mixture);
        record(state, std::move(start.repairs));
        state.starts_left = options.starts - 1;
    }
    return continue_fit(std::move(state), frames, options, engine, watch, go_on);
}

template <class Real>
Statistics finite_statistics(const Mixture& mixture, FrameSource<Real>& frames,
                             const Engine& engine, double regularization) {
    Statistics statistics = engine.statistics<Real>(mixture, frames, regularization);
    if (!detail::is_finite(statistics)) detail::explain_overflow(frames);
    return statistics;
}

template FitState fit(FrameSource<float>&, const FitOptions&, const Engine&,
                      const std::optional<Mixture>&, const Watch&, const GoOn&);
template FitState fit(FrameSource<double>&, const FitOptions&, const Engine&,
                      const std::optional<Mixture>&, const Watch&, const GoOn&);
template FitState continue_fit(FitState, FrameSource<float>&, const FitOptions&, const Engine&,
                               const Watch&, const GoOn&);
template FitState continue_fit(FitState, FrameSource<double>&, const FitOptions&, const Engine&,
                               const Watch&, const GoOn&);
template Statistics finite_statistics(const Mixture&, FrameSource<float>&, const Engine&, double);
template Statistics finite_statistics(const Mixture&, FrameSource<double>&, const Engine&, double);

}  // namespace gmm
