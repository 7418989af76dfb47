#include "gmm/online.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "asp/base/error.hpp"
#include "gmm/detail/checked_frames.hpp"
#include "gmm/fit.hpp"

namespace gmm {
namespace {

void check(const OnlineOptions& options) {
    gmm::check(options.start);
    if (!(options.decay > 0.5 && options.decay <= 1.0))  // written so that NaN fails too
        throw asp::InputError(
            fmt::format("decay = {}: expected a number above 0.5 and at most 1", options.decay));
    if (!(options.least_step >= 0.0 && options.least_step <= 1.0))
        throw asp::InputError(
            fmt::format("least step = {}: expected a number from 0 to 1", options.least_step));
}

void take(std::vector<Repair>& all, std::vector<Repair>&& repairs, std::int64_t batch) {
    for (Repair& repair : repairs) {
        repair.iteration = static_cast<int>(batch);
        all.push_back(std::move(repair));
    }
}

/// Of a batch under `fit.mixture`, which the batch gives where there is none; nothing for a batch
/// that says nothing, or where `go_on` says stop.
template <class Real, class Fit>
std::optional<Statistics> statistics_of(Fit& fit, FrameSource<Real>& batch, const FitOptions& start,
                                        const Engine& engine, const GoOn& go_on) {
    const bool is_first = fit.mixture.components() == 0;
    if (batch.size() == 0 && !is_first) return std::nullopt;
    detail::CheckedFrames<Real> frames(batch);
    if (is_first) {
        Update update = initial_mixture<Real>(frames, start, engine, go_on);
        if (update.mixture.components() == 0) return std::nullopt;
        fit.mixture = std::move(update.mixture);
        take(fit.repairs, std::move(update.repairs), fit.batches + 1);
    } else {
        gmm::check(fit.mixture, batch.dimension());
    }
    Statistics statistics =
        finite_statistics<Real>(fit.mixture, frames, engine, start.m_step.regularization);
    if (!(statistics.total_weight > 0.0)) return std::nullopt;
    return statistics;
}

/// M-step of what was learned.
template <class Fit>
void learn(Fit& fit, const Statistics& statistics, const MStepOptions& options) {
    Update update = m_step(statistics, options);
    fit.mixture = std::move(update.mixture);
    take(fit.repairs, std::move(update.repairs), fit.batches);
}

}  // namespace

template <class Real>
OnlineFit partial_fit(OnlineFit fit, FrameSource<Real>& batch, const OnlineOptions& options,
                      const Engine& engine, const GoOn& go_on) {
    check(options);
    std::optional<Statistics> latest =
        statistics_of<Real>(fit, batch, options.start, engine, go_on);
    if (!latest) return fit;
    ++fit.batches;
    fit.log_likelihood = latest->log_likelihood / latest->total_weight;
    *latest *= 1.0 / latest->total_weight;
    if (fit.statistics.components() == 0) {
        fit.statistics = std::move(*latest);
    } else {
        const double step = std::max(std::pow(static_cast<double>(fit.batches), -options.decay),
                                     options.least_step);
        // About the newest means, so that what is far from where the statistics began keeps its
        // digits.
        fit.statistics = moved(fit.statistics, latest->about);
        fit.statistics *= 1.0 - step;
        *latest *= step;
        fit.statistics += *latest;
    }
    learn(fit, fit.statistics, options.start.m_step);
    return fit;
}

template <class Real>
WindowFit slide(WindowFit fit, FrameSource<Real>& batch, const WindowOptions& options,
                const Engine& engine, const GoOn& go_on) {
    check(options.start);
    if (options.batches == 0) throw asp::InputError("a window of 0 batches: expected at least 1");
    std::optional<Statistics> latest =
        statistics_of<Real>(fit, batch, options.start, engine, go_on);
    if (!latest) return fit;
    ++fit.batches;
    fit.log_likelihood = latest->log_likelihood / latest->total_weight;
    if (fit.held.empty()) {
        fit.sum = *latest;
    } else {
        fit.sum = moved(fit.sum, latest->about);
        fit.sum += *latest;
    }
    fit.held.push_back(std::move(*latest));
    for (; fit.held.size() > options.batches; fit.held.pop_front(), ++fit.subtractions)
        fit.sum -= fit.held.front();
    if (fit.subtractions >= options.batches) {
        fit.sum = Statistics::zero(fit.sum.covariance, fit.sum.about);
        for (const Statistics& statistics : fit.held) fit.sum += statistics;
        fit.subtractions = 0;
    }
    learn(fit, fit.sum, options.start.m_step);
    return fit;
}

template OnlineFit partial_fit(OnlineFit, FrameSource<float>&, const OnlineOptions&, const Engine&,
                               const GoOn&);
template OnlineFit partial_fit(OnlineFit, FrameSource<double>&, const OnlineOptions&, const Engine&,
                               const GoOn&);
template WindowFit slide(WindowFit, FrameSource<float>&, const WindowOptions&, const Engine&,
                         const GoOn&);
template WindowFit slide(WindowFit, FrameSource<double>&, const WindowOptions&, const Engine&,
                         const GoOn&);

}  // namespace gmm
