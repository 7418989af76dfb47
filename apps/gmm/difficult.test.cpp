// What happens with difficult data: the cases of difficult-data.md, in its order.
#include <limits>

#include "gmm/fit_testing.hpp"

using namespace gmm;
using namespace gmm::testing;

namespace {

FitOptions options_of(Covariance covariance, std::size_t components, double regularization = 1e-6) {
    FitOptions options{.covariance = covariance, .components = components, .scores = true};
    options.m_step.regularization = regularization;
    return options;
}

Start any_start() {
    return GENERATE(Start::kmeans, Start::kmeans_plus_plus, Start::random, Start::random_from_data);
}

/// Whether a fit ended well: a sound mixture and a likelihood that is a number.
bool is_well(const FitState& state) {
    return is_sound(state.mixture) && state.log_likelihood && std::isfinite(*state.log_likelihood);
}

}  // namespace

TEMPLATE_TEST_CASE("a single frame is fitted by a mixture at it", "", float, double) {
    FitOptions options = options_of(any_covariance(), GENERATE(1, 3), GENERATE(0.0, 1e-6));
    options.start = any_start();
    const auto point = rounded<TestType>(rows({{0.1, -3.0}}));
    const FitState state = fit_in_memory<TestType>(point, options);
    CHECK(is_well(state));
    for (std::size_t m = 0; m < options.components; ++m)
        for (std::size_t i = 0; i < 2; ++i)
            CHECK(state.mixture.means(m, i) ==
                  Approx(static_cast<double>(point(0, i))).epsilon(1e-9));
    CHECK(count_of(state.repairs, Repair::Kind::variance_floor) > 0);
}

TEMPLATE_TEST_CASE("fewer frames than components: each frame has one, the others share", "", float,
                   double) {
    FitOptions options = options_of(any_covariance(), 5, GENERATE(0.0, 1e-6));
    const auto points = rounded<TestType>(rows({{0, 0}, {10, 1}, {0, 30}}));
    const FitState state = fit_in_memory<TestType>(points, options);
    CHECK(is_well(state));
    REQUIRE(count_of(state.repairs, Repair::Kind::fewer_components) == 1);
    CHECK(state.repairs[0].what == "3 distinct frames for 5 components: some share one");
    CHECK(state.repairs[0].iteration == 0);
    CHECK(count_of(state.repairs, Repair::Kind::reseeded) >= 2);
    for (std::size_t n = 0; n < 3; ++n) {
        double weight = 0.0;
        for (std::size_t m = 0; m < 5; ++m) {
            const double distance =
                std::hypot(state.mixture.means(m, 0) - static_cast<double>(points(n, 0)),
                           state.mixture.means(m, 1) - static_cast<double>(points(n, 1)));
            if (distance < 1e-3) weight += state.mixture.weights(m);
        }
        CHECK(weight == Approx(1.0 / 3.0).epsilon(1e-6));
    }
}

TEMPLATE_TEST_CASE("any start survives fewer distinct frames than components", "", float, double) {
    FitOptions options = options_of(any_covariance(), 6, GENERATE(0.0, 1e-6));
    options.start = any_start();
    asp::Array<TestType, 2> points({60, 3});
    for (std::size_t n = 0; n < 60; ++n)
        for (std::size_t i = 0; i < 3; ++i)
            points(n, i) = static_cast<TestType>(n % 2 == 0 ? 1.5 : -0.1 * static_cast<double>(i));
    CHECK(is_well(fit_in_memory<TestType>(points, options)));
}

TEMPLATE_TEST_CASE("frames that are all the same give a mixture at their place", "", float,
                   double) {
    FitOptions options = options_of(any_covariance(), GENERATE(1, 2), GENERATE(0.0, 1e-6));
    options.start = any_start();
    const double value = GENERATE(0.0, 0.1, 1e4);
    asp::Array<TestType, 2> points({50, 3}, static_cast<TestType>(value));
    const FitState state = fit_in_memory<TestType>(points, options);
    CHECK(is_well(state));
    for (const double mean : state.mixture.means)
        CHECK(mean == Approx(static_cast<double>(points(0, 0))).epsilon(1e-6).margin(1e-5));
    CHECK(count_of(state.repairs, Repair::Kind::variance_floor) > 0);
}

TEMPLATE_TEST_CASE("a dimension that is constant has the variance of the floor", "", float,
                   double) {
    const Covariance covariance = GENERATE(Covariance::full, Covariance::tied, Covariance::diag);
    const double regularization = GENERATE(0.0, 1e-6), value = GENERATE(0.0, 0.1, 1e4);
    asp::Array<double, 2> wide({300, 3});
    const asp::Array<double, 2> two = clusters(300, 2, 3, 51);
    for (std::size_t n = 0; n < 300; ++n) {
        wide(n, 0) = two(n, 0);
        wide(n, 1) = value;
        wide(n, 2) = two(n, 1);
    }
    const FitState state =
        fit_in_memory<TestType>(rounded<TestType>(wide), options_of(covariance, 3, regularization));
    CHECK(is_well(state));
    const std::size_t place = covariance == Covariance::diag ? 1 : 4;
    for (std::size_t m = 0; m < state.mixture.covariances.extent(0); ++m) {
        CHECK(state.mixture.covariances(m, place) > 0.0);
        CHECK(state.mixture.covariances(m, place) < 2e-6);
        CHECK(state.mixture.covariances(m, 0) > 0.1);
    }
    CHECK(count_of(state.repairs, Repair::Kind::variance_floor) > 0);
}

TEMPLATE_TEST_CASE("a dimension that repeats another one is no obstacle", "", float, double) {
    const Covariance covariance = any_covariance();
    const double regularization = GENERATE(0.0, 1e-6);
    asp::Array<double, 2> points({300, 3});
    const asp::Array<double, 2> two = clusters(300, 2, 3, 52);
    for (std::size_t n = 0; n < 300; ++n) {
        points(n, 0) = two(n, 0);
        points(n, 1) = two(n, 1);
        points(n, 2) = 3.0 * two(n, 0);
    }
    const FitState state = fit_in_memory<TestType>(rounded<TestType>(points),
                                                   options_of(covariance, 3, regularization));
    CHECK(is_well(state));
}

TEST_CASE("an offset of 1e4 in single precision costs no variance") {
    const Covariance covariance = any_covariance();
    const asp::Array<double, 2> points = clusters(2000, 3, 3, 53);
    const auto far = rounded<float>(mapped(points, 1.0, 1e4));
    asp::Array<double, 2> same(far.extents());
    std::copy(far.begin(), far.end(), same.begin());
    const FitState in_single = fit_in_memory<float>(far, options_of(covariance, 3)),
                   in_double = fit_in_memory<double>(same, options_of(covariance, 3));
    CHECK(is_well(in_single));
    CHECK(count_of(in_single.repairs, Repair::Kind::variance_floor) == 0);
    // Both see frames rounded to 1e4 / 2^24 = 6e-4; what a kernel in single precision adds is of
    // that size relative to deviations of 1.
    CHECK(difference(in_single.mixture, in_double.mixture) < 1e-2);
    CHECK(*in_single.log_likelihood == Approx(*in_double.log_likelihood).margin(1e-3));
}

TEST_CASE("two values 1e4 apart in single precision have no variance below 0") {
    const Covariance covariance = any_covariance();
    asp::Array<float, 2> points({200, 1});
    for (std::size_t n = 0; n < 200; ++n) points(n, 0) = n % 2 == 0 ? 0.0F : 9999.0F;
    const FitState state = fit_in_memory<float>(points, options_of(covariance, 2, 0.1));
    CHECK(is_well(state));
    for (const double variance : state.mixture.covariances)
        CHECK(variance == Approx(0.1).epsilon(1e-6));
}

TEMPLATE_TEST_CASE("frames of no weight are as good as absent", "", float, double) {
    const Covariance covariance = any_covariance();
    const Start start = any_start();
    asp::Array<double, 2> points = clusters(300, 2, 3, 54);
    std::vector<TestType> weights(300, 1);
    std::vector<std::int64_t> present;
    for (std::size_t n = 0; n < 300; ++n) {
        if (n % 3 != 1) {
            present.push_back(static_cast<std::int64_t>(n));
            continue;
        }
        weights[n] = 0;
        points(n, 0) += 1e3;
    }
    const auto frames = rounded<TestType>(points);
    FitOptions options = options_of(covariance, 2);
    options.start = start;
    const FitState weighted = fit_in_memory<TestType>(frames, options, weights);
    CHECK(is_well(weighted));
    for (const double mean : weighted.mixture.means) CHECK(std::abs(mean) < 10.0);
    if (start == Start::random_from_data || start == Start::random) return;  // other random numbers
    const Engine engine(nullptr, plain_context());
    const Mixture given = mixture_near(points, 2, covariance, 55);
    FramesInMemory<TestType> some({frames, present}), all({frames, std::nullopt, weights});
    const FitState a = fit<TestType>(some, options, engine, given),
                   b = fit<TestType>(all, options, engine, given);
    // Sums of other order: in single precision some 1e-6 of them, more after ten M-steps.
    CHECK(difference(a.mixture, b.mixture) < (sizeof(TestType) == 4 ? 1e-4 : 1e-9));
}

TEST_CASE("more components than the data has clusters, and outliers, keep a fit sound") {
    const Covariance covariance = any_covariance();
    asp::Array<double, 2> points = clusters(400, 4, 2, 56);
    for (std::size_t i = 0; i < 4; ++i) points(0, i) = 1e6;
    const FitState state = fit_in_memory<double>(points, options_of(covariance, 12, 0.0));
    CHECK(is_well(state));
}

TEST_CASE("a component that collapses onto a frame stays wide enough for single precision") {
    asp::Array<double, 2> points = clusters(400, 2, 2, 57);
    points(0, 0) = points(0, 1) = 50.0;
    const FitState state =
        fit_in_memory<float>(rounded<float>(points), options_of(Covariance::diag, 3, 0.0));
    CHECK(is_well(state));
    double least = INFINITY;
    for (const double variance : state.mixture.covariances) least = std::min(least, variance);
    CHECK(least > 1e-17);
    CHECK(least < 1e-9);
}
