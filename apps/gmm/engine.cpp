#include "gmm/engine.hpp"

#include <algorithm>
#include <cmath>

#include "gmm/reference.hpp"

namespace gmm {

struct Engine::State {};

Engine::Engine(const asp::Team* team, asp::Context) : team_(team), state_(new State) {}
Engine::~Engine() = default;

template <class Real>
Statistics Engine::statistics(const Mixture& mixture, FrameSource<Real>& frames) const {
    Statistics total = Statistics::zero(mixture.covariance, mixture.means);
    frames.visit([&](const Frames<Real>& block, std::size_t) {
        for (std::size_t lo = 0; lo < block.size(); lo += slab_frames)
            total += reference_statistics(mixture,
                                          block.part(lo, std::min(block.size(), lo + slab_frames)));
    });
    return total;
}

template <class Real>
void Engine::evaluate(const Mixture& mixture, const Frames<Real>& frames,
                      const FrameResults& results) const {
    const asp::Array<double, 2> joint = reference_log_joint(mixture, frames);
    for (std::size_t n = 0; n < frames.size(); ++n) {
        const auto row = joint[n];
        const double* const best = std::max_element(row.begin(), row.end());
        double sum = 0.0;
        for (const double value : row) sum += std::exp(value - *best);
        const double log_likelihood = *best + std::log(sum);
        if (!results.log_likelihood.empty()) results.log_likelihood[n] = log_likelihood;
        if (!results.component.empty())
            results.component[n] = static_cast<std::int32_t>(best - row.begin());
        if (!results.responsibilities.empty())
            for (std::size_t m = 0; m < row.size(); ++m)
                results.responsibilities(n, m) = std::exp(row[m] - log_likelihood);
    }
}

template <class Real>
Assignment Engine::assign(asp::View<const double, 2> centres, FrameSource<Real>& frames,
                          std::span<std::int32_t> labels) const {
    const std::size_t M = centres.extent(0), D = centres.extent(1);
    Assignment result{asp::Array<double, 1>({M}), asp::Array<double, 2>({M, D}), 0.0};
    frames.visit([&](const Frames<Real>& block, std::size_t first) {
        for (std::size_t n = 0; n < block.size(); ++n) {
            const auto x = block.rows[block.row(n)];
            std::size_t nearest = 0;
            double least = INFINITY;
            for (std::size_t m = 0; m < M; ++m) {
                double distance = 0.0;
                for (std::size_t i = 0; i < D; ++i) {
                    const double d = static_cast<double>(x[i]) - centres(m, i);
                    distance += d * d;
                }
                if (distance < least) {
                    least = distance;
                    nearest = m;
                }
            }
            const double w = block.weight(n);
            result.weight(nearest) += w;
            for (std::size_t i = 0; i < D; ++i)
                result.first(nearest, i) += w * (static_cast<double>(x[i]) - centres(nearest, i));
            result.inertia += w * least;
            if (!labels.empty()) labels[first + n] = static_cast<std::int32_t>(nearest);
        }
    });
    return result;
}

template Statistics Engine::statistics(const Mixture&, FrameSource<float>&) const;
template Statistics Engine::statistics(const Mixture&, FrameSource<double>&) const;
template void Engine::evaluate(const Mixture&, const Frames<float>&, const FrameResults&) const;
template void Engine::evaluate(const Mixture&, const Frames<double>&, const FrameResults&) const;
template Assignment Engine::assign(asp::View<const double, 2>, FrameSource<float>&,
                                   std::span<std::int32_t>) const;
template Assignment Engine::assign(asp::View<const double, 2>, FrameSource<double>&,
                                   std::span<std::int32_t>) const;

}  // namespace gmm
