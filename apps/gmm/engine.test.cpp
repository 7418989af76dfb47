#include "gmm/engine.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "asp/harts/hart_pool.hpp"
#include "gmm/reference.hpp"
#include "gmm/testing.hpp"

using Catch::Detail::Approx;
using namespace gmm;

namespace {

template <class Real>
asp::Array<Real, 2> rounded(const asp::Array<double, 2>& points) {
    asp::Array<Real, 2> result(points.extents());
    std::copy(points.begin(), points.end(), result.begin());
    return result;
}

constexpr Covariance all[]{Covariance::full, Covariance::tied, Covariance::diag,
                           Covariance::spherical};

template <class Real>
void check_against_reference(Covariance covariance, std::size_t N, std::size_t D, std::size_t M,
                             double tolerance) {
    CAPTURE(name_of(covariance), N, D, M, sizeof(Real));
    const asp::Array<double, 2> points = testing::clusters(std::max(N, M), D, M, N + D + M);
    const Mixture mixture = testing::mixture_near(points, M, covariance, 5);
    const asp::Array<Real, 2> data = rounded<Real>(points);
    const Frames<Real> frames = Frames<Real>{data}.part(0, N);
    const Statistics expected = reference_statistics(mixture, frames);
    const Statistics found = moved(Engine().statistics(mixture, frames), expected.about);
    CHECK(found.log_likelihood == Approx(expected.log_likelihood).epsilon(tolerance));
    CHECK(found.total_weight == Approx(static_cast<double>(N)));
    if (N == 0) return;
    for (std::size_t m = 0; m < M; ++m)
        CHECK(std::abs(found.weight(m) - expected.weight(m)) <= tolerance * static_cast<double>(N));
    double most_second = 0.0, size = 1.0;
    for (std::size_t i = 0; i < found.second.size(); ++i) {
        most_second =
            std::max(most_second, std::abs(found.second.data()[i] - expected.second.data()[i]));
        size = std::max(size, std::abs(expected.second.data()[i]));
    }
    CHECK(most_second < 10.0 * tolerance * size);
    double most = 0.0;
    for (std::size_t i = 0; i < found.first.size(); ++i)
        most = std::max(most, std::abs(found.first.data()[i] - expected.first.data()[i]));
    CHECK(most < 20.0 * tolerance * static_cast<double>(N));
}

}  // namespace

TEST_CASE(
    "kernels' statistics are those of the reference, at all sizes round a vector and a tile") {
    for (const Covariance covariance : all)
        for (const auto& [N, D, M] :
             {std::tuple(0, 3, 2), std::tuple(1, 1, 1), std::tuple(15, 2, 3), std::tuple(17, 5, 16),
              std::tuple(49, 7, 17), std::tuple(100, 15, 9), std::tuple(97, 16, 33),
              std::tuple(65, 19, 80), std::tuple(481, 4, 5)}) {
            const auto n = static_cast<std::size_t>(N), d = static_cast<std::size_t>(D),
                       m = static_cast<std::size_t>(M);
            check_against_reference<double>(covariance, n, d, m, 1e-11);
            // Scores reach hundreds: a few of their roundings.
            check_against_reference<float>(covariance, n, d, m, 1e-4);
        }
}
