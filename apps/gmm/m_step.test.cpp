#include "gmm/m_step.hpp"

#include <limits>

#include "asp/base/error.hpp"
#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

/// Weighted covariance of component m (tied: the weights of all add) by the formulas of
/// scikit-learn's source, but in two passes: sum r (x - mean)(x - mean)^T / sum r.
double covariance_by_hand(const asp::Array<double, 2>& points,
                          const asp::Array<double, 2>& responsibilities,
                          const asp::Array<double, 2>& means, std::size_t m, std::size_t i,
                          std::size_t j) {
    double sum = 0.0, weight = 0.0;
    for (std::size_t n = 0; n < points.extent(0); ++n) {
        sum += responsibilities(n, m) * (points(n, i) - means(m, i)) * (points(n, j) - means(m, j));
        weight += responsibilities(n, m);
    }
    return sum / weight;
}

double weight_of(const asp::Array<double, 2>& responsibilities, std::size_t m) {
    double sum = 0.0;
    for (std::size_t n = 0; n < responsibilities.extent(0); ++n) sum += responsibilities(n, m);
    return sum;
}

}  // namespace

TEST_CASE("an M-step gives the weighted moments of each component, raised by the regularization") {
    const Covariance covariance = any_covariance();
    constexpr std::size_t N = 400, D = 3, M = 4;
    constexpr double regularization = 0.125;
    const asp::Array<double, 2> points = clusters(N, D, M, 3);
    const Mixture before = mixture_near(points, M, covariance, 4);
    const Engine engine(nullptr, plain_context());
    asp::Array<double, 2> r({N, M});
    engine.evaluate<double>(before, {points}, {.responsibilities = r});
    const Mixture after = m_step(reference_statistics(before, Frames<double>{points}),
                                 {.regularization = regularization})
                              .mixture;
    for (std::size_t m = 0; m < M; ++m) {
        CHECK(after.weights(m) == Approx(weight_of(r, m) / N).epsilon(1e-12));
        for (std::size_t i = 0; i < D; ++i) {
            double mean = 0.0;
            for (std::size_t n = 0; n < N; ++n) mean += r(n, m) * points(n, i) / weight_of(r, m);
            CHECK(after.means(m, i) == Approx(mean).epsilon(1e-12));
        }
    }
    const auto by_hand = [&](std::size_t m, std::size_t i, std::size_t j) {
        return covariance_by_hand(points, r, after.means, m, i, j);
    };
    const auto expected = [&](std::size_t m, std::size_t place) {
        const std::size_t i = place / D, j = place % D;
        double sum = 0.0;
        switch (covariance) {
            case Covariance::full:
                return by_hand(m, i, j) + (i == j ? regularization : 0.0);
            case Covariance::tied:
                for (std::size_t k = 0; k < M; ++k) sum += weight_of(r, k) / N * by_hand(k, i, j);
                return sum + (i == j ? regularization : 0.0);
            case Covariance::diag:
                return by_hand(m, place, place) + regularization;
            case Covariance::spherical:
                break;
        }
        for (std::size_t k = 0; k < D; ++k) sum += by_hand(m, k, k) / D;
        return sum + regularization;
    };
    for (std::size_t m = 0; m < after.covariances.extent(0); ++m)
        for (std::size_t place = 0; place < after.covariances.extent(1); ++place)
            CHECK(after.covariances(m, place) ==
                  Approx(expected(m, place)).epsilon(1e-11).margin(1e-13));
}

TEST_CASE("an M-step does not depend on how often all frames count") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(200, 2, 3, 5);
    const Statistics once =
        reference_statistics(mixture_near(points, 3, covariance, 6), Frames<double>{points});
    Statistics often = once;
    often *= 0x1p40;
    CHECK(is_same(m_step(once).mixture, m_step(often).mixture));
    often *= 0x1p-80;  // frames that weigh next to nothing are frames all the same
    CHECK(is_same(m_step(once).mixture, m_step(often).mixture));
}

TEST_CASE("an M-step says what statistics it expects") {
    const asp::Array<double, 2> about({2, 3});
    Statistics none = Statistics::zero(Covariance::diag, about);
    CHECK(message_of<asp::InputError>([&] { m_step(none); }) ==
          "statistics: expected frames of a positive total weight");
    none.weight(0) = 1.0;
    none.second(0, 1) = std::numeric_limits<double>::quiet_NaN();
    CHECK(message_of<asp::InputError>([&] { m_step(none); }) == "statistics: expected finite sums");
}

TEST_CASE("options of an M-step are numbers of at least 0") {
    CHECK(message_of<asp::InputError>([] { check(MStepOptions{.regularization = -1.0}); }) ==
          "regularization = -1: expected a number that is at least 0");
    CHECK(message_of<asp::InputError>([] { check(MStepOptions{.relative_floor = NAN}); }) ==
          "relative floor = nan: expected a number that is at least 0");
    CHECK(message_of<asp::InputError>([] { check(MStepOptions{.least_weight = INFINITY}); }) ==
          "least weight = inf: expected a number that is at least 0");
}

TEST_CASE("each kind of repair has a name") {
    CHECK(name_of(Repair::Kind::variance_floor) == "variance_floor");
    CHECK(name_of(Repair::Kind::jitter) == "jitter");
    CHECK(name_of(Repair::Kind::reseeded) == "reseeded");
    CHECK(name_of(Repair::Kind::fewer_components) == "fewer_components");
}
