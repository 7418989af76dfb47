#include "gmm/initialize.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "asp/base/error.hpp"
#include "gmm/detail/checked_frames.hpp"
#include "gmm/detail/kmeans.hpp"
#include "gmm/detail/repair.hpp"
#include "gmm/labelled.hpp"

namespace gmm {
namespace {

// Draws of one seed that must not be the same numbers.
constexpr std::uint64_t for_sample = 1, for_seeds = 2, for_responsibilities = 3, for_part = 5;

template <class Real>
std::size_t sample_size(std::size_t dimension, std::size_t components) {
    constexpr std::size_t bytes = 16U << 20U, most = 65536;
    return std::max(std::min(most, bytes / (dimension * sizeof(Real))), 16 * components);
}

/// k-means++ on a part of the sample: the cost of a seed goes with the frames, what another hundred
/// of them for each seed would add does not.
template <class Real>
asp::Array<double, 2> choose_seeds(const detail::Sample<Real>& sample, std::size_t count,
                                   std::uint64_t seed, const asp::Team* team, const GoOn& go_on) {
    const std::size_t enough = std::max<std::size_t>(2048, 64 * count);
    detail::RandomNumbers random(detail::random_bits(seed, for_seeds));
    if (sample.size() > enough) {
        FramesInMemory<Real> frames(sample.frames());
        const auto part =
            detail::draw_sample<Real>(frames, enough, detail::random_bits(seed, for_part));
        asp::Array<double, 2> seeds = detail::kmeans_seeds(part, count, random, team, go_on);
        if (seeds.extent(0) == count) return seeds;  // else what is rare was left out
    }
    return detail::kmeans_seeds(sample, count, random, team, go_on);
}

/// Up to options.components centres [K, D], all distinct where frames are.
template <class Real>
asp::Array<double, 2> choose_centres(FrameSource<Real>& frames, const FitOptions& options,
                                     const Engine& engine, const GoOn& go_on) {
    const std::size_t M = options.components;
    const std::uint64_t sample_seed = detail::random_bits(options.seed, for_sample);
    if (options.start == Start::random_from_data) {
        const auto sample = detail::draw_sample<Real>(frames, M, sample_seed);
        asp::Array<double, 2> centres(sample.rows.extents());
        std::copy(sample.rows.begin(), sample.rows.end(), centres.begin());
        return centres;
    }
    const std::size_t most = sample_size<Real>(frames.dimension(), M);
    const auto sample = detail::draw_sample<Real>(frames, most, sample_seed);
    asp::Array<double, 2> centres = choose_seeds(sample, M, options.seed, engine.team(), go_on);
    if (options.start != Start::kmeans) return centres;
    detail::LloydOptions lloyd;
    if (sample.size() < frames.size()) {  // all the way on a part: full passes cost as EM's do
        FramesInMemory<Real> part(sample.frames());
        centres = detail::lloyd<Real>(std::move(centres), part, sample, engine, lloyd, go_on);
        lloyd.passes = 10;
    }
    return detail::lloyd<Real>(std::move(centres), frames, sample, engine, lloyd, go_on);
}

/// The same statistics with components of no frames after those that are there.
Statistics widened(const Statistics& from, std::size_t components) {
    if (from.components() == components) return from;
    asp::Array<double, 2> about({components, from.dimension()});
    for (std::size_t m = 0; m < components; ++m) {
        const auto point = from.about[std::min(m, from.components() - 1)];
        std::copy(point.begin(), point.end(), about[m].begin());
    }
    Statistics to = Statistics::zero(from.covariance, about);
    std::copy(from.weight.begin(), from.weight.end(), to.weight.begin());
    std::copy(from.first.begin(), from.first.end(), to.first.begin());
    std::copy(from.second.begin(), from.second.end(), to.second.begin());
    to.total_weight = from.total_weight;
    to.frames = from.frames;
    return to;
}

}  // namespace

template <class Real>
Update initial_mixture(FrameSource<Real>& source, const FitOptions& options, const Engine& engine,
                       const GoOn& go_on) {
    check(options);
    detail::require_frames(source);
    detail::CheckedFrames<Real> frames(source);
    Statistics statistics;
    std::vector<Repair> repairs;
    bool is_stopped = false;
    const GoOn goes_on = [&] {
        is_stopped = is_stopped || !go_on();
        return !is_stopped;
    };
    if (options.start == Start::random) {
        const auto sample =
            detail::draw_sample<Real>(frames, 4096, detail::random_bits(options.seed, for_sample));
        statistics = random_statistics<Real>(
            frames, options.components, sample.mean(), options.covariance,
            detail::random_bits(options.seed, for_responsibilities), engine.team());
    } else {
        const auto centres = choose_centres<Real>(frames, options, engine, goes_on);
        if (is_stopped) return {};
        statistics = nearest_statistics<Real>(frames, centres, options.covariance, engine);
        const std::size_t found = centres.extent(0);
        if (found < options.components)
            repairs.push_back({Repair::Kind::fewer_components, found, 0,
                               fmt::format("{} distinct frames for {} components: some share one",
                                           found, options.components)});
        statistics = widened(statistics, options.components);
    }
    if (!detail::is_finite(statistics)) detail::explain_overflow<Real>(frames);
    Update update = m_step(statistics, options.m_step);
    update.repairs.insert(update.repairs.begin(), repairs.begin(), repairs.end());
    return update;
}

template Update initial_mixture(FrameSource<float>&, const FitOptions&, const Engine&, const GoOn&);
template Update initial_mixture(FrameSource<double>&, const FitOptions&, const Engine&,
                                const GoOn&);

}  // namespace gmm
