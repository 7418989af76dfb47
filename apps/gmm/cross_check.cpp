#include "gmm/cross_check.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gmm/reference.hpp"

namespace gmm {
namespace {

/// The first frames, in memory.
template <class Real>
struct Sample {
    std::vector<Real> values, weights;
    std::size_t count = 0, dimension;

    Frames<Real> frames() const { return {{values.data(), {count, dimension}}, {}, weights}; }
};

template <class Real>
Sample<Real> sample_of(FrameSource<Real>& frames) {
    Sample<Real> sample;
    sample.dimension = frames.dimension();
    frames.visit([&](const Frames<Real>& block, std::size_t) {
        const std::size_t count = std::min(block.size(), cross_check_frames - sample.count);
        sample.values.insert(sample.values.end(), block.rows.begin(),
                             block.rows.begin() + count * sample.dimension);
        if (!block.weights.empty())
            sample.weights.insert(sample.weights.end(), block.weights.begin(),
                                  block.weights.begin() + static_cast<std::ptrdiff_t>(count));
        sample.count += count;
    });
    return sample;
}

double variance(const Mixture& mixture, std::size_t m, std::size_t i) {
    const std::size_t D = mixture.dimension();
    switch (mixture.covariance) {
        case Covariance::full:
            return mixture.covariances(m, i * D + i);
        case Covariance::tied:
            return mixture.covariances(0, i * D + i);
        case Covariance::diag:
            return mixture.covariances(m, i);
        case Covariance::spherical:
            break;
    }
    return mixture.covariances(m, 0);
}

double covariance_difference(const Mixture& a, const Mixture& b) {
    const std::size_t D = a.dimension(), width = a.covariances.extent(1);
    const bool is_matrix = width == D * D && D > 1;
    double largest = 0.0;
    for (std::size_t m = 0; m < a.covariances.extent(0); ++m)
        for (std::size_t k = 0; k < width; ++k) {
            const std::size_t i = is_matrix ? k / D : k, j = is_matrix ? k % D : k;
            const double scale = std::sqrt(variance(b, m, i) * variance(b, m, j));
            largest =
                std::max(largest, std::abs(a.covariances(m, k) - b.covariances(m, k)) / scale);
        }
    return largest;
}

}  // namespace

template <class Real>
CrossCheck cross_check(const Mixture& mixture, FrameSource<Real>& frames, const Engine& engine,
                       const MStepOptions& options) {
    const Sample<Real> sample = sample_of(frames);
    const Statistics ours = engine.statistics<Real>(mixture, sample.frames());
    const Statistics plain = reference_statistics<Real>(mixture, sample.frames());
    const Mixture a = m_step(ours, options).mixture, b = m_step(plain, options).mixture;
    CrossCheck check{};
    check.frames = sample.count;
    check.log_likelihood =
        ours.log_likelihood / ours.total_weight - plain.log_likelihood / plain.total_weight;
    for (std::size_t m = 0; m < a.components(); ++m) {
        check.weights = std::max(check.weights, std::abs(a.weights(m) - b.weights(m)));
        for (std::size_t i = 0; i < a.dimension(); ++i)
            check.means = std::max(check.means, std::abs(a.means(m, i) - b.means(m, i)) /
                                                    std::sqrt(variance(b, m, i)));
    }
    check.covariances = covariance_difference(a, b);
    // What each precision is promised to keep of a frame's likelihood.
    const double promised = sizeof(Real) == sizeof(double)           ? 1e-9
                            : mixture.covariance == Covariance::diag ? 1e-5
                                                                     : 1e-4;
    const double size = std::abs(plain.log_likelihood / plain.total_weight);
    check.is_rounding = std::abs(check.log_likelihood) <= promised * std::max(1.0, size / 100.0);
    return check;
}
template CrossCheck cross_check(const Mixture&, FrameSource<float>&, const Engine&,
                                const MStepOptions&);
template CrossCheck cross_check(const Mixture&, FrameSource<double>&, const Engine&,
                                const MStepOptions&);

}  // namespace gmm
