#include "gmm/fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "asp/base/error.hpp"
#include "gmm/detail/checked_frames.hpp"
#include "gmm/detail/random.hpp"

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
    const Statistics statistics = detail::finite_statistics<Real>(state.mixture, frames, engine);
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

/// The next start, with the best so far.
template <class Real>
FitState next_start(FitState state, int number, FrameSource<Real>& frames,
                    const FitOptions& options, const Engine& engine) {
    FitState next;
    next.start = number;
    next.starts_left = state.starts_left - 1;
    next.best.push_back(std::move(state));
    FitOptions own = options;
    own.seed = seed_of(number, options.seed);
    Update update = initial_mixture(frames, own, engine);
    next.mixture = std::move(update.mixture);
    record(next, std::move(update.repairs));
    return next;
}

}  // namespace

bool is_finished(const FitState& state, const FitOptions& options) {
    return state.starts_left == 0 && is_done(state, options);
}

template <class Real>
FitState continue_fit(FitState state, FrameSource<Real>& source, const FitOptions& options,
                      const Engine& engine, const Watch& watch) {
    check(options);
    check(state.mixture, source.dimension());
    detail::require_frames(source);
    detail::CheckedFrames<Real> frames(source);
    for (int number = state.start + 1;; ++number) {
        while (!is_done(state, options)) {
            iterate<Real>(state, frames, options, engine);
            if (watch && !watch(state)) return state;
        }
        keep_best(state);
        if (state.starts_left == 0) break;
        state = next_start<Real>(std::move(state), number, frames, options, engine);
    }
    if (options.scores) {
        const Statistics statistics =
            detail::finite_statistics<Real>(state.mixture, frames, engine);
        state.log_likelihood = statistics.log_likelihood / statistics.total_weight;
    }
    return state;
}

template <class Real>
FitState fit(FrameSource<Real>& frames, const FitOptions& options, const Engine& engine,
             const std::optional<Mixture>& given, const Watch& watch) {
    check(options);
    detail::require_frames(frames);
    FitState state;
    if (given) {
        state.mixture = *given;
    } else {
        Update start = initial_mixture(frames, options, engine);
        state.mixture = std::move(start.mixture);
        record(state, std::move(start.repairs));
        state.starts_left = options.starts - 1;
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

}  // namespace gmm
