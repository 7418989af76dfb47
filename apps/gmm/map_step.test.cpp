#include <limits>

#include "asp/base/error.hpp"
#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

constexpr std::size_t N = 300, D = 3, M = 4;

struct Case {
    explicit Case(Covariance covariance)
        : points(clusters(N, D, M, 11)),
          prior(mixture_near(points, M, covariance, 12)),
          statistics(reference_statistics(prior, Frames<double>{points})) {}

    asp::Array<double, 2> points;
    Mixture prior;
    Statistics statistics;
};

Relevance all(double relevance) {
    return {.weights = relevance, .means = relevance, .variances = relevance};
}

}  // namespace

TEST_CASE("adaptation of no relevance is the M-step") {
    const Case data(any_covariance());
    const Mixture adapted = map_step(data.statistics, data.prior, all(0.0)).mixture;
    CHECK(difference(adapted, m_step(data.statistics).mixture) < 1e-12);
}

TEST_CASE("adaptation of infinite relevance is the prior") {
    const Case data(any_covariance());
    const double infinite = std::numeric_limits<double>::infinity();
    const Mixture adapted = map_step(data.statistics, data.prior, all(infinite)).mixture;
    CHECK(difference(adapted, data.prior) < 1e-15);  // weights are made to sum to 1 again
}

TEST_CASE("what is to be kept is the prior's, the rest is adapted") {
    const Case data(any_covariance());
    const Mixture only_means =
        map_step(data.statistics, data.prior,
                 {.means = 4.0, .keeps_weights = true, .keeps_variances = true})
            .mixture;
    CHECK(is_same(only_means.covariances, data.prior.covariances));
    CHECK(difference(only_means.weights, data.prior.weights) < 1e-15);
    CHECK(difference(only_means.means, data.prior.means) > 1e-3);
    const Mixture only_variances =
        map_step(data.statistics, data.prior,
                 {.variances = 4.0, .keeps_weights = true, .keeps_means = true})
            .mixture;
    CHECK(is_same(only_variances.means, data.prior.means));
    CHECK(difference(only_variances.covariances, data.prior.covariances) > 1e-3);
}

TEST_CASE("diagonal adaptation follows Reynolds, Quatieri and Dunn") {
    const Case data(Covariance::diag);
    constexpr double r = 16.0;
    const Mixture adapted =
        map_step(data.statistics, data.prior, all(r), {.regularization = 0.0}).mixture;
    // alpha = n / (n + r); mean = alpha E[x] + (1 - alpha) mean';
    // variance = alpha E[x^2] + (1 - alpha) (variance' + mean'^2) - mean^2.
    const Statistics about_zero = moved(data.statistics, asp::Array<double, 2>({M, D}));
    std::vector<double> weights(M);
    double sum = 0.0;
    for (std::size_t m = 0; m < M; ++m) {
        const double n = about_zero.weight(m), alpha = n / (n + r);
        weights[m] = alpha * n / N + (1.0 - alpha) * data.prior.weights(m);
        sum += weights[m];
        for (std::size_t i = 0; i < D; ++i) {
            const double before = data.prior.means(m, i),
                         mean = alpha * about_zero.first(m, i) / n + (1.0 - alpha) * before,
                         variance =
                             alpha * about_zero.second(m, i) / n +
                             (1.0 - alpha) * (data.prior.covariances(m, i) + before * before) -
                             mean * mean;
            CHECK(adapted.means(m, i) == Approx(mean).epsilon(1e-12).margin(1e-12));
            // E[x^2] and mean^2 are up to 30 here and cancel.
            CHECK(adapted.covariances(m, i) == Approx(variance).margin(1e-12));
        }
    }
    for (std::size_t m = 0; m < M; ++m)
        CHECK(adapted.weights(m) == Approx(weights[m] / sum).epsilon(1e-12));
}

TEST_CASE("a tied prior's covariance counts its factor for each component") {
    const Case data(Covariance::tied);
    const Mixture adapted =
        map_step(data.statistics, data.prior,
                 {.variances = 25.0, .keeps_weights = true, .keeps_means = true},
                 {.regularization = 0.0})
            .mixture;
    // N = 300 frames stand against 4 times 25.
    for (std::size_t i = 0; i < D; ++i)
        for (std::size_t j = 0; j <= i; ++j)
            CHECK(adapted.covariances(0, i * D + j) ==
                  Approx(0.75 * data.statistics.second(0, packed(i, j)) / N +
                         0.25 * data.prior.covariances(0, i * D + j))
                      .epsilon(1e-12)
                      .margin(1e-13));
}

TEST_CASE("the regularization counts with the data") {
    const Case data(any_covariance());
    const auto adapted = [&](double regularization) {
        return map_step(data.statistics, data.prior, all(10.0), {.regularization = regularization})
            .mixture;
    };
    const Mixture without = adapted(0.0), with = adapted(1.0);
    const bool is_tied = data.prior.covariance == Covariance::tied;
    for (std::size_t m = 0; m < without.covariances.extent(0); ++m) {
        const double n = is_tied ? double{N} : data.statistics.weight(m);
        CHECK(with.covariances(m, 0) - without.covariances(m, 0) ==
              Approx(n / (n + (is_tied ? 40.0 : 10.0))).epsilon(1e-12));
    }
}

TEST_CASE("adaptation with factors of their own does not depend on where the origin lies") {
    const Covariance covariance = any_covariance();
    const Case here(covariance);
    const Relevance relevance{.weights = 3.0, .means = 50.0, .variances = 5.0};
    const Mixture adapted = map_step(here.statistics, here.prior, relevance).mixture;
    Mixture prior = here.prior;
    for (double& value : prior.means) value += 1000.0;
    const asp::Array<double, 2> points = mapped(here.points, 1.0, 1000.0);
    Mixture there =
        map_step(reference_statistics(prior, Frames<double>{points}), prior, relevance).mixture;
    for (double& value : there.means) value -= 1000.0;
    CHECK(difference(adapted, there) < 1e-9);  // 1000 / 1e-16, times deviations up to 10
}

TEST_CASE("a component without frames stays as the prior has it") {
    const Case data(any_covariance());
    Mixture prior = data.prior;
    for (std::size_t i = 0; i < D; ++i) prior.means(1, i) = 1e3;
    const Statistics statistics = reference_statistics(prior, Frames<double>{data.points});
    REQUIRE(statistics.weight(1) == 0.0);
    const Update update = map_step(statistics, prior, all(2.0));
    CHECK(update.repairs.empty());
    for (std::size_t i = 0; i < D; ++i) CHECK(update.mixture.means(1, i) == 1e3);
    if (prior.covariance != Covariance::tied)
        for (std::size_t i = 0; i < prior.covariances.extent(1); ++i)
            CHECK(update.mixture.covariances(1, i) == prior.covariances(1, i));
    CHECK(update.mixture.weights(1) > 0.0);
    CHECK(is_sound(map_step(statistics, prior, all(0.0)).mixture));
}

TEST_CASE("adaptation to no frames at all is the prior") {
    const Case data(any_covariance());
    const Statistics none = Statistics::zero(data.prior.covariance, data.prior.means);
    CHECK(is_same(map_step(none, data.prior, all(0.0)).mixture, data.prior));
}

TEST_CASE("adaptation to a single frame stays sound") {
    const Case data(any_covariance());
    const Statistics one = reference_statistics(data.prior, Frames<double>{data.points}.part(0, 1));
    CHECK(is_sound(map_step(one, data.prior, all(0.0)).mixture));
    CHECK(is_sound(map_step(one, data.prior, all(10.0)).mixture));
}

TEST_CASE("adaptation says what it expects") {
    const Case data(Covariance::diag);
    const Mixture other = mixture_near(data.points, 2, Covariance::full, 12);
    CHECK(message_of<asp::InputError>([&] { map_step(data.statistics, other, all(1.0)); }) ==
          "the prior has 2 full components of 3 dimensions: expected 4 diag components of 3 "
          "dimensions, as the statistics have");
    CHECK(message_of<asp::InputError>([&] {
              map_step(data.statistics, data.prior, {.weights = -1.0});
          }) == "relevance of weights = -1: expected a number that is at least 0");
    CHECK(message_of<asp::InputError>([&] {
              map_step(data.statistics, data.prior, {.means = NAN});
          }) == "relevance of means = nan: expected a number that is at least 0");
    CHECK(message_of<asp::InputError>([&] {
              map_step(data.statistics, data.prior, {.variances = -2.0});
          }) == "relevance of variances = -2: expected a number that is at least 0");
    Statistics broken = data.statistics;
    broken.first(0, 0) = INFINITY;
    CHECK(message_of<asp::InputError>([&] { map_step(broken, data.prior, all(1.0)); }) ==
          "statistics: expected finite sums");
}
