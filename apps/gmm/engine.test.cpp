#include "gmm/engine.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "asp/harts/hart_pool.hpp"
#include "gmm/m_step.hpp"
#include "gmm/reference.hpp"
#include "gmm/specializer.hpp"
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

Covariance any_covariance() {
    return GENERATE(Covariance::full, Covariance::tied, Covariance::diag, Covariance::spherical);
}

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

TEST_CASE(
    "what is wanted of each frame is the reference's, on any number of harts and past a slab") {
    const Covariance covariance = any_covariance();
    const std::size_t M = GENERATE(3, 20), N = 2 * slab_frames + 77;
    CAPTURE(name_of(covariance), M);
    const asp::Array<double, 2> points = testing::clusters(N, 4, M, 8);
    const Mixture mixture = testing::mixture_near(points, M, covariance, 5);
    const asp::Array<double, 2> joint = reference_log_joint(mixture, Frames<double>{points});
    std::vector<double> first;
    for (const std::size_t harts : {0, 1, 2, 3}) {
        asp::HartPool pool(std::max<std::size_t>(harts, 1));
        const asp::Lease lease = pool.request();
        const asp::Team team(lease);
        const Engine engine(harts == 0 ? nullptr : &team);
        std::vector<double> likelihood(N);
        std::vector<std::int32_t> component(N);
        asp::Array<double, 2> shares({N, M});
        engine.evaluate(mixture, Frames<double>{points}, {likelihood, shares, component});
        if (first.empty()) first = likelihood;
        CHECK(first == likelihood);
        std::size_t wrong = 0;
        for (std::size_t n = 0; n < N; ++n) {
            const auto row = joint[n];
            const auto best =
                static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
            double sum = 0.0;
            for (const double value : row) sum += std::exp(value - row[best]);
            const double expected = row[best] + std::log(sum);
            wrong += std::abs(likelihood[n] - expected) > 1e-10 * std::abs(expected);
            wrong += static_cast<std::size_t>(component[n]) != best;
            for (std::size_t m = 0; m < M; ++m)
                wrong += std::abs(shares(n, m) - std::exp(row[m] - expected)) > 1e-10;
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE(
    "statistics have the same bits on any number of harts, and for built-in and specialized "
    "kernels") {
    const Covariance covariance = any_covariance();
    const std::size_t M = GENERATE(3, 20);
    const double narrowing = GENERATE(1.0, 1e-6);  // the second asks for differences from means
    CAPTURE(name_of(covariance), M, narrowing);
    const asp::Array<double, 2> points = testing::clusters(3 * slab_frames + 100, 5, M, 8);
    const asp::Array<float, 2> data = rounded<float>(points);
    Mixture mixture = testing::mixture_near(points, M, covariance, 5);
    for (double& value : mixture.covariances) value *= narrowing;
    std::vector<double> first;
    for (const std::size_t harts : {1, 2, 3})
        for (const long tile : {0, 16, 48, 160}) {  // 0: built in
            if (tile != 0 && harts == 3) continue;
            asp::HartPool pool(harts);
            const asp::Lease lease = pool.request();
            const asp::Team team(lease);
            asp::Context context =
                asp::process_context(tile == 0 ? asp::Mode::off : asp::Mode::synchronous);
            context.tuned = [tile](const asp::Specializer&, const asp::Problem& problem,
                                   const asp::Features&) -> std::optional<asp::TunedVariant> {
                const bool is_white = config_of(problem).form == Form::whitened;
                return asp::TunedVariant{{{"tile", is_white && tile == 160 ? 96 : tile}}, "test"};
            };
            const Engine engine(&team, context);
            const Statistics found = engine.statistics(mixture, Frames<float>{data});
            std::vector<double> bits(found.second.begin(), found.second.end());
            bits.insert(bits.end(), found.first.begin(), found.first.end());
            bits.push_back(found.log_likelihood);
            if (first.empty()) first = bits;
            CHECK(first == bits);
        }
}

TEST_CASE("components that shrink a thousandfold in one step keep their variances") {
    const Covariance covariance = any_covariance();
    const std::size_t N = 4000, D = 3;
    asp::Array<double, 2> points = testing::clusters(N, D, 1, 8);
    for (std::size_t n = 0; n < N; ++n)
        for (std::size_t i = 0; i < D; ++i)
            points(n, i) = 1e-3 * points(n, i) + (n % 2 == 0 ? 10.0 : -10.0);
    Mixture mixture{covariance, asp::Array<double, 1>({2}), asp::Array<double, 2>({2, D}),
                    asp::Array<double, 2>(covariance_extents(covariance, 2, D))};
    for (std::size_t m = 0; m < 2; ++m) {
        mixture.weights(m) = 0.5;
        for (std::size_t i = 0; i < D; ++i) mixture.means(m, i) = m == 0 ? 10.0 : -10.0;
    }
    const bool is_matrix = covariance == Covariance::full || covariance == Covariance::tied;
    for (std::size_t m = 0; m < mixture.covariances.extent(0); ++m)
        for (std::size_t k = 0; k < mixture.covariances.extent(1); ++k)
            mixture.covariances(m, k) = is_matrix && k % (D + 1) != 0 ? 0.0 : 1.0;
    const asp::Array<float, 2> data = rounded<float>(points);
    MStepOptions plain;
    plain.regularization = 0.0;
    const Frames<float> frames{data};
    const Mixture expected = m_step(reference_statistics(mixture, frames), plain).mixture;
    const Mixture found = m_step(Engine().statistics(mixture, frames), plain).mixture;
    // The data themselves are rounded to 1e-6, a thousandth of the deviation, alike for both.
    for (std::size_t m = 0; m < 2; ++m)
        for (std::size_t i = 0; i < D; ++i)
            CHECK(variance_of(found, m, i) == Approx(variance_of(expected, m, i)).epsilon(1e-4));
}

TEMPLATE_TEST_CASE("a frame too far off for squares is of no component, by any kernel", "", float,
                   double) {
    const Covariance covariance = any_covariance();
    const std::size_t M = GENERATE(3, 16, 20), N = 40, D = 4;
    const double narrowing = GENERATE(1.0, 1e-12);  // the second asks for differences from means
    const asp::Array<double, 2> points = testing::clusters(N, D, M, 8);
    Mixture mixture = testing::mixture_near(points, M, covariance, 5);
    for (double& value : mixture.covariances) value *= narrowing;
    asp::Array<TestType, 2> data = rounded<TestType>(points);
    data(7, 2) = std::numeric_limits<TestType>::max() / 4;
    std::vector<double> likelihood(N);
    asp::Array<double, 2> shares({N, M});
    Engine().evaluate(mixture, Frames<TestType>{data}, {likelihood, shares, {}});
    CHECK(likelihood[7] == -std::numeric_limits<double>::infinity());
    for (std::size_t m = 0; m < M; ++m) CHECK(shares(7, m) == 0.0);
    CHECK(std::isfinite(likelihood[6]));
    CHECK_FALSE(std::isfinite(Engine().statistics(mixture, Frames<TestType>{data}).log_likelihood));
}

TEST_CASE("nearest centres and their sums are those that one counts by hand") {
    const std::size_t M = GENERATE(1, 3, 40), N = slab_frames + 50, D = 3;
    const asp::Array<double, 2> points = testing::clusters(N, D, M, 2);
    const asp::Array<double, 2> centres =
        testing::mixture_near(points, M, Covariance::diag, 3).means;
    std::vector<std::int32_t> labels(N);
    FramesInMemory<double> source(Frames<double>{points});
    const Assignment found = Engine().assign<double>(centres, source, labels);
    Assignment expected{asp::Array<double, 1>({M}), asp::Array<double, 2>({M, D}), 0.0};
    for (std::size_t n = 0; n < N; ++n) {
        double least = std::numeric_limits<double>::infinity();
        std::size_t nearest = 0;
        for (std::size_t m = 0; m < M; ++m) {
            double square = 0.0;
            for (std::size_t i = 0; i < D; ++i) square += std::pow(points(n, i) - centres(m, i), 2);
            if (square < least) {
                least = square;
                nearest = m;
            }
        }
        CHECK(static_cast<std::size_t>(labels[n]) == nearest);
        expected.weight(nearest) += 1.0;
        expected.inertia += least;
        for (std::size_t i = 0; i < D; ++i)
            expected.first(nearest, i) += points(n, i) - centres(nearest, i);
    }
    CHECK(found.inertia == Approx(expected.inertia).epsilon(1e-11));
    for (std::size_t m = 0; m < M; ++m) {
        CHECK(found.weight(m) == Approx(expected.weight(m)));
        for (std::size_t i = 0; i < D; ++i)
            CHECK(std::abs(found.first(m, i) - expected.first(m, i)) < 1e-9);
    }
}
