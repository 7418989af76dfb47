#pragma once

#include <algorithm>
#include <cmath>
#include <random>

#include "gmm/frames.hpp"
#include "gmm/mixture.hpp"

namespace gmm::testing {

/// Points of M round clusters whose centres lie in a cube of edge 10 about 0, always the same for
/// the same seed.
inline asp::Array<double, 2> clusters(std::size_t frames, std::size_t dimension,
                                      std::size_t components, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1p-53; };
    const auto normal = [&] {
        return std::sqrt(-2.0 * std::log(1.0 - uniform())) *
               std::cos(6.283185307179586 * uniform());
    };
    asp::Array<double, 2> centres({components, dimension});
    for (double& value : centres) value = 10.0 * uniform() - 5.0;
    asp::Array<double, 2> points({frames, dimension});
    for (std::size_t n = 0; n < frames; ++n)
        for (std::size_t i = 0; i < dimension; ++i)
            points(n, i) = centres(n % components, i) + normal();
    return points;
}

/// A mixture to start from: means at points, covariances near the unit matrix, all different.
inline Mixture mixture_near(const asp::Array<double, 2>& points, std::size_t components,
                            Covariance covariance, std::uint64_t seed) {
    const std::size_t D = points.extent(1);
    std::mt19937_64 random(seed);
    Mixture mixture;
    mixture.covariance = covariance;
    mixture.weights = asp::Array<double, 1>({components});
    mixture.means = asp::Array<double, 2>({components, D});
    mixture.covariances = asp::Array<double, 2>(covariance_extents(covariance, components, D));
    const bool is_matrix = covariance == Covariance::full || covariance == Covariance::tied;
    double sum = 0.0;
    for (std::size_t m = 0; m < components; ++m) {
        mixture.weights(m) = 1.0 + static_cast<double>(m % 3);
        sum += mixture.weights(m);
        const std::size_t n = random() % points.extent(0);
        for (std::size_t i = 0; i < D; ++i) mixture.means(m, i) = points(n, i);
    }
    for (double& weight : mixture.weights) weight /= sum;
    for (std::size_t m = 0; m < mixture.covariances.extent(0); ++m)
        for (std::size_t i = 0; i < mixture.covariances.extent(1); ++i) {
            const std::size_t row = i / D, column = i % D;
            mixture.covariances(m, i) =
                !is_matrix ? 1.0 + 0.1 * static_cast<double>((i + m) % 5)
                : row == column
                    ? 2.0 + 0.1 * static_cast<double>((i + m) % 5)
                    : 1.0 /
                          static_cast<double>(1 + (row > column ? row - column : column - row) + D);
        }
    return mixture;
}

/// The same frames in blocks, as a file has them.
template <class Real>
class Blocks final : public FrameSource<Real> {
public:
    Blocks(const Frames<Real>& frames, std::size_t slabs)
        : frames_(frames), block_(slabs * slab_frames) {}
    std::size_t size() const override { return frames_.size(); }
    std::size_t dimension() const override { return frames_.dimension(); }
    void visit(const typename FrameSource<Real>::Take& take) override {
        for (std::size_t lo = 0; lo < size(); lo += block_)
            take(frames_.part(lo, std::min(size(), lo + block_)), lo);
    }

private:
    Frames<Real> frames_;
    std::size_t block_;
};

}  // namespace gmm::testing
