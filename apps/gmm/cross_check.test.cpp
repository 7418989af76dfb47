#include "gmm/cross_check.hpp"

#include <limits>

#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

template <class Real>
CrossCheck check_of(const Mixture& mixture, const asp::Array<double, 2>& points) {
    const asp::Array<Real, 2> values = rounded<Real>(points);
    FramesInMemory<Real> frames({values.view()});
    return cross_check<Real>(mixture, frames, Engine(nullptr, plain_context()), {});
}

/// Statistics of both, alike, for a test to change.
struct Pair {
    explicit Pair(Covariance covariance = Covariance::diag)
        : mixture(mixture_near(clusters(500, 3, 2, 3), 2, covariance, 5)),
          plain(reference_statistics<double>(mixture, {clusters(500, 3, 2, 3).view()})),
          ours(plain) {}
    CrossCheck compare() const { return gmm::compare(mixture, ours, plain, false, {}); }

    Mixture mixture;
    Statistics plain, ours;
};

}  // namespace

TEMPLATE_TEST_CASE("a cross-check of kernels with the plain code finds no more than rounding", "",
                   float, double) {
    const Covariance covariance = any_covariance();
    const auto points = clusters(700, 5, 3, 3);
    const CrossCheck check = check_of<TestType>(mixture_near(points, 4, covariance, 5), points);
    INFO(check.text());
    CHECK(check.frames == 700);
    CHECK(check.is_rounding());
    CHECK(check.means.allowed < (sizeof(TestType) == 4 ? 1e-3 : 1e-8));  // it would tell mistakes
}

TEST_CASE("what is the same on both sides differs by nothing") {
    const CrossCheck check = Pair(any_covariance()).compare();
    CHECK(check.is_rounding());
    CHECK(check.log_likelihood.value == 0.0);
    CHECK(check.weights.value == 0.0);
    CHECK(check.means.value == 0.0);
    CHECK(check.covariances.value == 0.0);
}

TEST_CASE("a cross-check judges likelihood, weights, means and covariances each by itself") {
    Pair pair(any_covariance());
    SECTION("likelihood") {
        pair.ours.log_likelihood += 1e-6 * pair.ours.total_weight;
        CHECK_FALSE(pair.compare().log_likelihood.is_rounding());
        CHECK(pair.compare().means.is_rounding());
    }
    SECTION("weights") {
        pair.ours.weight(1) *= 1.0 + 1e-6;
        CHECK_FALSE(pair.compare().weights.is_rounding());
        CHECK(pair.compare().log_likelihood.is_rounding());
    }
    SECTION("means") {
        pair.ours.first(1, 2) += 1e-6 * pair.ours.weight(1);
        CHECK_FALSE(pair.compare().means.is_rounding());
        CHECK(pair.compare().weights.is_rounding());
    }
    SECTION("covariances") {
        pair.ours.second(0, 0) *= 1.0 + 1e-6;
        CHECK_FALSE(pair.compare().covariances.is_rounding());
        CHECK(pair.compare().means.is_rounding());
    }
    CHECK_FALSE(pair.compare().is_rounding());
}

TEST_CASE("sums that are not finite fail a cross-check, and it says whose") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Pair pair;
    pair.ours.first(0, 1) = nan;
    CHECK_FALSE(pair.compare().is_rounding());
    CHECK(pair.compare().text() ==
          "one iteration over 500 frames by kernels and by the plain code: the kernels' sums are "
          "not finite");
    pair.plain.log_likelihood = nan;
    CHECK_FALSE(pair.compare().is_rounding());
    CHECK(pair.compare().problem == "the plain sums are not finite");
    CHECK_FALSE(CrossCheck::Difference{nan, 1.0}.is_rounding());
}

TEST_CASE("frames without weight are nothing to check by") {
    Pair pair;
    pair.plain *= 0.0;
    CHECK_FALSE(pair.compare().is_rounding());
    CHECK(pair.compare().problem == "the frames have no weight");
}

TEST_CASE("a cross-check tells differences beside what rounding explains") {
    CrossCheck check;
    check.frames = 1;
    check.log_likelihood = {1e-11, 1e-9};
    check.weights = check.means = check.covariances = {2e-10, 1e-9};
    CHECK(check.text() ==
          "one iteration over 1 frame by kernels and by the plain code: likelihood differs by "
          "1.0e-11 (rounding: 1.0e-09) nats a frame, weights 2.0e-10 (rounding: 1.0e-09), means "
          "2.0e-10 (rounding: 1.0e-09) deviations, covariances 2.0e-10 (rounding: 1.0e-09) "
          "variances");
}

TEMPLATE_TEST_CASE("difficult frames differ by no more than rounding", "", float, double) {
    const Covariance covariance = any_covariance();
    auto points = clusters(600, 4, 3, 1);
    const std::string what = GENERATE("far off", "of two scales", "one column twice", "starved",
                                      "on one point", "far outliers");
    Mixture mixture = mixture_near(points, 3, covariance, 1);
    for (std::size_t n = 0; n < 600; ++n) {
        if (what == "far off")
            for (double& value : points[n]) value += 1e4;
        if (what == "of two scales") points(n, 1) *= 1e5;
        if (what == "one column twice") points(n, 1) = points(n, 0);
        if (what == "on one point" && n < 200) std::copy_n(points.begin(), 4, points[n].begin());
        if (what == "far outliers" && n % 50 == 0) points(n, 0) += 1e3;
    }
    FramesInMemory<double> frames({points.view()});
    const Engine engine(nullptr, plain_context());
    FitOptions options;
    options.components = 6;
    options.covariance = covariance;
    options.iterations = 4;
    mixture = fit<double>(frames, options, engine).mixture;
    if (what == "starved")
        for (double& value : mixture.means[0]) value += 1e3;
    const CrossCheck check = check_of<TestType>(mixture, points);
    INFO(what << ", " << name_of(covariance) << ": " << check.text());
    CHECK(check.is_rounding());
}
