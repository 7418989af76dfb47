#include "gmm/detail/repair.hpp"

#include "gmm/fit_testing.hpp"
#include "gmm/labelled.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

/// Statistics of points that each belong to the component their label says, of M.
Statistics labelled(const asp::Array<double, 2>& points, const std::vector<std::int32_t>& labels,
                    std::size_t components, Covariance covariance) {
    return labelled_statistics<double>({points}, labels, covariance,
                                       asp::Array<double, 2>({components, points.extent(1)}));
}

/// Moments of a whole mixture, as one Gaussian has them: mean [D] and second moment [D, D].
std::pair<std::vector<double>, std::vector<double>> moments(const Mixture& mixture) {
    const std::size_t D = mixture.dimension();
    std::vector<double> mean(D), second(D * D);
    for (std::size_t m = 0; m < mixture.components(); ++m)
        for (std::size_t i = 0; i < D; ++i) {
            mean[i] += mixture.weights(m) * mixture.means(m, i);
            for (std::size_t j = 0; j < D; ++j) {
                const double own = mixture.covariance == Covariance::full
                                       ? mixture.covariances(m, i * D + j)
                                   : i == j ? mixture.covariances(m, i)
                                            : 0.0;
                second[i * D + j] +=
                    mixture.weights(m) * (own + mixture.means(m, i) * mixture.means(m, j));
            }
        }
    return {mean, second};
}

}  // namespace

TEST_CASE("a component without frames takes half of the heaviest") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(90, 2, 3, 7);
    std::vector<std::int32_t> labels(90);
    for (std::size_t n = 0; n < 90; ++n) labels[n] = n % 3 == 0 ? 0 : 2;
    const Update update = m_step(labelled(points, labels, 3, covariance));
    REQUIRE(update.repairs.size() == 1);
    CHECK(update.repairs[0].kind == Repair::Kind::reseeded);
    CHECK(update.repairs[0].component == 1);
    CHECK(update.repairs[0].what ==
          "component 1 had no frames to speak of: it took half of component 2");
    CHECK(is_sound(update.mixture));
    for (std::size_t m = 0; m < 3; ++m)
        CHECK(update.mixture.weights(m) == Approx(1.0 / 3.0).epsilon(1e-15));
    double distance = 0.0;
    for (std::size_t i = 0; i < 2; ++i)
        distance += std::abs(update.mixture.means(1, i) - update.mixture.means(2, i));
    CHECK(distance > 0.1);  // else EM could never tell the two
}

TEST_CASE("the halves of a split component have its moments together") {
    const Covariance covariance = GENERATE(Covariance::full, Covariance::diag);
    const asp::Array<double, 2> points = clusters(90, 3, 2, 8);
    const std::vector<std::int32_t> labels(90, 0);
    const MStepOptions options{.regularization = 0.0};
    const auto whole = moments(m_step(labelled(points, labels, 1, covariance), options).mixture);
    const std::size_t components = GENERATE(2, 3, 5);
    const auto parts =
        moments(m_step(labelled(points, labels, components, covariance), options).mixture);
    for (std::size_t i = 0; i < whole.first.size(); ++i)
        CHECK(parts.first[i] == Approx(whole.first[i]).epsilon(1e-12).margin(1e-12));
    for (std::size_t i = 0; i < whole.second.size(); ++i)
        CHECK(parts.second[i] == Approx(whole.second[i]).epsilon(1e-12).margin(1e-12));
}

TEST_CASE("the least weight decides what is starved, and the heaviest never is") {
    const asp::Array<double, 2> points = clusters(100, 2, 2, 9);
    std::vector<std::int32_t> labels(100, 0);
    labels[1] = labels[3] = 1;
    const Statistics statistics = labelled(points, labels, 2, Covariance::diag);
    CHECK(count_of(m_step(statistics, {.least_weight = 2.0}).repairs, Repair::Kind::reseeded) == 0);
    CHECK(count_of(m_step(statistics, {.least_weight = 2.5}).repairs, Repair::Kind::reseeded) == 1);
    const Update all = m_step(statistics, {.least_weight = 1e6});
    CHECK(count_of(all.repairs, Repair::Kind::reseeded) == 1);
    CHECK(is_sound(all.mixture));
}

TEST_CASE("a variance of nothing is raised to a floor that is far below that of the data") {
    const Covariance covariance = GENERATE(Covariance::full, Covariance::tied, Covariance::diag);
    const asp::Array<double, 2> points = rows({{1, 5}, {2, 5}, {3, 5}, {4, 5}});
    const Update update =
        m_step(labelled(points, {0, 0, 0, 0}, 1, covariance), {.regularization = 0.0});
    REQUIRE(update.repairs.size() == 1);
    CHECK(update.repairs[0].kind == Repair::Kind::variance_floor);
    CHECK(update.repairs[0].what ==
          std::string(covariance == Covariance::tied ? "the tied covariance" : "component 0") +
              ": variance 0 in dimension 1 was raised to 2.5e-19");
    const std::size_t last = update.mixture.covariances.extent(1) - 1;
    CHECK(update.mixture.covariances(0, last) == Approx(25e-20).epsilon(1e-12));
    CHECK(update.mixture.covariances(0, 0) == Approx(1.25));
    CHECK(is_sound(update.mixture));
}

TEST_CASE("a regularization above the floor is all that is added, and the repair tells it") {
    const asp::Array<double, 2> points = rows({{1, 5, 6}, {2, 5, 6}});
    const Update update =
        m_step(labelled(points, {0, 0}, 1, Covariance::diag), {.regularization = 1e-6});
    REQUIRE(update.repairs.size() == 1);
    CHECK(update.repairs[0].what ==
          "component 0: variance 0 in dimension 1 was raised to 1e-06 (2 dimensions in all)");
}

TEST_CASE("a relative floor is a part of the variance of all frames") {
    const asp::Array<double, 2> points = rows({{-1, 0}, {-1.5, 0.5}, {1, 0}, {1.5, 0.5}});
    const Update update = m_step(labelled(points, {0, 0, 1, 1}, 2, Covariance::diag),
                                 {.regularization = 0.0, .relative_floor = 0.5});
    // Variances: of all 1.625 and 0.0625, of each component 0.0625 and 0.0625.
    CHECK(update.mixture.covariances(0, 0) == Approx(0.8125).epsilon(1e-14));
    CHECK(update.mixture.covariances(0, 1) == Approx(0.0625).epsilon(1e-14));
    CHECK(count_of(update.repairs, Repair::Kind::variance_floor) == 2);
}

TEST_CASE("a single round component of one point has a variance for all its directions") {
    const Update update =
        m_step(labelled(rows({{0, 0}}), {0}, 1, Covariance::spherical), {.regularization = 0.0});
    CHECK(update.mixture.covariances(0, 0) == 1e-16);
    REQUIRE(update.repairs.size() == 1);
    CHECK(update.repairs[0].what == "component 0: variance 0 was raised to 1e-16");
}

TEST_CASE("a covariance that is singular along a slope gets a diagonal raised just enough") {
    const Covariance covariance = GENERATE(Covariance::full, Covariance::tied);
    const double scale = GENERATE(1e-6, 1.0, 1e6);
    const asp::Array<double, 2> points =
        mapped(rows({{1, 3, 0}, {2, 6, 1}, {3, 9, 0}, {5, 15, 2}}), scale, 0.0);
    const Update update =
        m_step(labelled(points, {0, 0, 0, 0}, 1, covariance), {.regularization = 0.0});
    REQUIRE(update.repairs.size() == 1);
    CHECK(update.repairs[0].kind == Repair::Kind::jitter);
    CHECK(update.repairs[0].what ==
          std::string(covariance == Covariance::tied ? "the tied covariance" : "component 0") +
              " was not positive definite: its diagonal was raised by 1e-12 of itself");
    CHECK(is_sound(update.mixture));
    // Variance of 1, 2, 3, 5 is 2.1875.
    CHECK(update.mixture.covariances(0, 0) == Approx(2.1875 * scale * scale).epsilon(1e-11));
}

TEST_CASE("what cannot be any data's covariance keeps its diagonal") {
    Statistics statistics =
        labelled(rows({{1, 3}, {2, 6}, {3, 7}}), {0, 0, 0}, 1, Covariance::full);
    statistics.second(0, packed(1, 0)) = 1e12;  // as after taking away what was never there
    const Update update = m_step(statistics);
    REQUIRE(update.repairs.size() == 1);
    CHECK(update.repairs[0].what ==
          "component 0 was not positive definite: only its diagonal was kept");
    CHECK(update.mixture.covariances(0, 1) == 0.0);
    CHECK(is_sound(update.mixture));
}

TEST_CASE("a variance of nothing but rounding goes with no other dimension") {
    const Covariance covariance = GENERATE(Covariance::full, Covariance::tied);
    Statistics statistics =
        labelled(rows({{1, 5, 1}, {2, 5, 3}, {3, 5, 2}}), {0, 0, 0}, 1, covariance);
    statistics = moved(statistics, rows({{2, 5, 2}}));
    statistics.second(0, packed(1, 1)) = -1e-25;
    statistics.second(0, packed(1, 0)) = 1e-9;
    const Update update = m_step(statistics, {.regularization = 0.0});
    CHECK(count_of(update.repairs, Repair::Kind::jitter) == 0);
    CHECK(update.mixture.covariances(0, 3) == 0.0);
    CHECK(update.mixture.covariances(0, 2) == Approx(1.0 / 3.0).epsilon(1e-14));
    CHECK(is_sound(update.mixture));
}

TEST_CASE("variances below zero, left by a subtraction, are raised to the floor") {
    const Covariance covariance = any_covariance();
    Statistics statistics = labelled(rows({{1, 3}, {2, 6}, {3, 7}}), {0, 0, 0}, 1, covariance);
    for (double& value : statistics.second) value = -1e-9;
    for (double& value : statistics.first) value = 0.0;
    CHECK(is_sound(m_step(statistics).mixture));
}

TEST_CASE("the spread of all frames does not depend on their components") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(120, 3, 4, 10);
    std::vector<std::int32_t> labels(120);
    for (std::size_t n = 0; n < 120; ++n) labels[n] = static_cast<std::int32_t>(n % 4);
    const detail::Spread four = detail::spread_of(labelled(points, labels, 4, covariance)),
                         one = detail::spread_of(
                             labelled(points, std::vector<std::int32_t>(120, 0), 1, covariance));
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(four.mean[i] == Approx(one.mean[i]).epsilon(1e-13).margin(1e-13));
        CHECK(four.variance[i] == Approx(one.variance[i]).epsilon(1e-13));
    }
}
